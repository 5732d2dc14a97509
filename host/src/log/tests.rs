use super::*;
use crate::looked::example;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked with it").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("nobody panicked with it").clone()).expect("UTF-8")
    }
}

fn unset(_: &str) -> Result<String, VarError> {
    Err(VarError::NotPresent)
}

fn written(format: LogFormat, level: Option<&str>, set: Option<&str>, say: impl FnOnce()) -> String {
    let page = Page::default();
    let filter =
        filter(level, |_| set.map(ToString::to_string).ok_or(VarError::NotPresent)).expect("a level");
    let writer = page.clone();
    tracing::subscriber::with_default(subscriber(format, filter, move || writer.clone()), say);
    page.text()
}

#[test]
fn a_line_for_people_or_programs() {
    let looked = example("2026-11-20T10:00:00Z");
    let trace = TraceId::of(7, 1);
    let text = written(LogFormat::Text, None, None, || tick(&looked, None, trace));
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(&format!("INFO 14 nodes: 2 to remove, 1 leaving, 11 to keep; web-3 Remove Drain, web-4 Remove Empty, web-9 Leaving Evicting; to add: batch +1 tick=1 trace={trace} leads=true dry=false")), "{text}");

    let json = written(LogFormat::Json, None, None, || tick(&looked, None, trace));
    let line: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&line["level"], &line["tick"]), (&"INFO".into(), &1.into()), "{json}");
    assert_eq!(line["trace"], trace.to_string());
    assert!(line["message"].as_str().is_some_and(|it| it.starts_with("14 nodes: 2 to remove")), "{json}");
}

#[test]
fn only_what_changed_is_a_line() {
    let first = example("2026-11-20T10:00:00Z");
    assert_eq!(line(&first, Some(&first.plan)), None);
    // Half a minute later the same goes; other reasons to stay are no change.
    let later = example("2026-11-20T10:00:30Z");
    assert_eq!(line(&later, Some(&first.plan)), None);
    let much_later = example("2026-11-20T10:10:00Z");
    assert_eq!(
        line(&much_later, Some(&first.plan)).as_deref(),
        Some(
            "14 nodes: 2 to remove, 1 leaving, 11 to keep; db-1 Remove Drain, web-3 Keep BudgetSpent, \
             web-9 Leaving TakeBack; to add: batch +1"
        )
    );
    let mut gone = first.clone();
    let mut plan = (*first.plan).clone();
    plan.nodes.retain(|it| &*it.name != "web-9");
    plan.additions.clear();
    gone.plan = Arc::new(plan);
    assert_eq!(
        line(&gone, Some(&first.plan)).as_deref(),
        Some("13 nodes: 2 to remove, 0 leaving, 11 to keep; web-9 gone")
    );
}

#[test]
fn the_flag_counts_more_than_the_variable() {
    let say = || {
        tracing::debug!("fine");
        tracing::error!("coarse");
    };
    let lines = |level, set| written(LogFormat::Text, level, set, say).lines().count();
    assert_eq!(lines(None, None), 1);
    assert_eq!(lines(None, Some("debug")), 2);
    assert_eq!(lines(Some("error"), Some("debug")), 1);
    assert_eq!(lines(Some("vpsie_autoscaler=debug"), None), 2);
    assert_eq!(lines(Some("off"), None), 0);
    let refused = filter(Some("loud=very"), unset).expect_err("that is no level");
    assert!(refused.starts_with("--log-level: \"loud=very\" is no level"), "{refused}");
}
