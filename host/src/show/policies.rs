//! The generations of policies, for people: what decides, what is on its way, what was sent back and why.

use super::columns::{Cell, Columns};
use super::look::{Look, Style, visible};
use serde_json::Value;
use std::fmt::Write;

/// As much of a digest as people compare.
const DIGITS: usize = 12;

/// `status` is what `/policies` serves.
#[must_use]
pub fn policies(status: &Value, look: Look) -> String {
    let mut out = String::new();
    let active = &status["active"];
    let origin = match text(&active["origin"]) {
        "directory" => "from the policy directory",
        "last-good" => "from before the restart: the policy directory cannot be used",
        "held" => "keeps every node: the policy directory cannot be used",
        "built-in" => "the built-in policies",
        other => other,
    };
    let proved = if active["proved"] == true { "" } else { ", not proved by a tick yet" };
    let head = format!(
        "generation {} ({}) is active since {}: {origin}{proved}",
        active["number"],
        digest(active),
        text(&active["since"])
    );
    line(&mut out, look, Style::Strong, &head);
    let directory = &status["directory"];
    if let Some(trouble) = directory["trouble"].as_str() {
        line(&mut out, look, Style::Bad, &format!("trouble: {trouble}"));
    }
    let candidate = &status["candidate"];
    if candidate.is_object() {
        let (stage, since) = (text(&candidate["stage"]), text(&candidate["since"]));
        let told =
            format!("candidate {} ({}): {stage}, since {since}", candidate["number"], digest(candidate));
        line(&mut out, look, Style::Plain, &(told + &replayed(&candidate["replayed"])));
    } else if directory["moving"] == true {
        line(&mut out, look, Style::Plain, "the policy directory is moving");
    }
    let rejected = &status["rejected"];
    if rejected.is_object() {
        let (stage, at) = (text(&rejected["stage"]), text(&rejected["at"]));
        let reason = text(&rejected["reason"]).replace('\n', "; ");
        let told = format!("rejected ({}) before it was {stage}, at {at}: {reason}", digest(rejected));
        line(&mut out, look, Style::Warn, &told);
    }
    for it in status["quarantine"].as_array().into_iter().flatten() {
        line(&mut out, look, Style::Warn, &format!("quarantine ({}): {}", digest(it), text(&it["reason"])));
    }
    out.push('\n');
    members(&active["policies"], look, &mut out);
    out.push('\n');
    let earlier = status["earlier"].as_array().into_iter().flatten();
    let earlier: Vec<String> = earlier.map(|it| format!("{} ({})", it["number"], digest(it))).collect();
    if !earlier.is_empty() {
        line(&mut out, look, Style::Plain, &format!("can go back to: {}", earlier.join(", ")));
    }
    if let Some(kept) = status["lastGood"].as_str() {
        line(&mut out, look, Style::Plain, &format!("survives a restart: {}", short(kept)));
    }
    line(&mut out, look, Style::Plain, &format!("time zones: {}", text(&status["zoneData"])));
    out
}

fn members(policies: &Value, look: Look, out: &mut String) {
    let mut columns = Columns::new(&[
        "POLICY",
        "VERSION",
        "HOOKS",
        "SOURCE",
        "MODE",
        "WEIGHT>",
        "CALLS>",
        "FAULTS>",
        "LAST FAULT",
    ]);
    for it in policies.as_array().into_iter().flatten() {
        let hooks: Vec<&str> = it["hooks"].as_array().into_iter().flatten().map(text).collect();
        let mode = match (text(&it["mode"]), text(&it["onFault"])) {
            ("enforce", "ignore") => "enforce, faults ignored",
            (mode, _) => mode,
        };
        let style = if it["faults"] == 0 { Style::Plain } else { Style::Bad };
        columns.row([
            Cell::from(text(&it["name"])),
            Cell::from(text(&it["version"])),
            Cell::from(hooks.join(" + ")),
            Cell::from(text(&it["source"])),
            Cell::from(mode),
            Cell::from(it["weight"].to_string()),
            Cell::from(it["calls"].to_string()),
            Cell::from(it["faults"].to_string()).style(style),
            Cell::from(text(&it["lastFault"]["text"])),
        ]);
    }
    columns.write("", look, out);
}

fn replayed(it: &Value) -> String {
    match it["ticks"].as_u64() {
        None | Some(0) => String::new(),
        Some(ticks) => {
            format!("; in the last {ticks} ticks it changes {} of {} verdicts", it["changed"], it["verdicts"])
        }
    }
}

fn line(out: &mut String, look: Look, style: Style, told: &str) {
    let _ = writeln!(out, "{}", look.paint(style, &visible(told)));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn digest(of: &Value) -> &str {
    short(text(&of["digest"]))
}

fn short(digest: &str) -> &str {
    let digits = digest.strip_prefix("sha256:").unwrap_or(digest);
    digits.get(..DIGITS).unwrap_or(digits)
}
