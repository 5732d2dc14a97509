use super::*;
use crate::looked::example;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

#[test]
fn identifiers_are_told_by_seed_and_number() {
    assert_eq!(TraceId::of(1, 2), TraceId::of(1, 2));
    let all: BTreeSet<String> =
        (0..20).flat_map(|seed| (0..200).map(move |tick| TraceId::of(seed, tick).to_string())).collect();
    assert_eq!(all.len(), 20 * 200);
    assert!(all.iter().all(|it| it.len() == 32 && it.bytes().all(|it| it.is_ascii_hexdigit())));
}

#[test]
fn spans_stand_in_one_another() {
    let looked = example("2026-11-20T10:00:00Z");
    let millis = |it| Some(Duration::from_millis(it));
    let took =
        Took { observe: millis(10), decide: millis(40), policies: millis(5), journal: None, act: millis(20) };
    let (began, whole) = (Duration::from_secs(1_795_168_800), Duration::from_millis(75));
    let trace = TraceId::of(3, 1);
    let spans = spans(&Span { trace, began, whole, took, looked: Some(&looked) });
    let by_name: BTreeMap<&str, &Value> =
        spans.iter().map(|it| (it["name"].as_str().expect("a name"), it)).collect();
    assert_eq!(by_name.keys().copied().collect::<Vec<_>>(), ["act", "decide", "observe", "policies", "tick"]);
    let millis_of = |name: &str, at: &str| -> u64 {
        let nanos: u64 = by_name[name][at].as_str().expect("a text").parse().expect("a number");
        (nanos - 1_795_168_800_000_000_000) / 1_000_000
    };
    for (name, parent, starts, ends) in [
        ("tick", None, 0, 75),
        ("observe", Some("tick"), 0, 10),
        ("decide", Some("tick"), 10, 50),
        ("policies", Some("decide"), 10, 15),
        ("act", Some("tick"), 50, 70),
    ] {
        let span = by_name[name];
        assert_eq!(span["traceId"], trace.to_string());
        assert_eq!(span["spanId"].as_str().map(str::len), Some(16));
        assert_eq!(span.get("parentSpanId"), parent.map(|it| &by_name[it]["spanId"]), "{name}");
        assert_eq!(
            (millis_of(name, "startTimeUnixNano"), millis_of(name, "endTimeUnixNano")),
            (starts, ends)
        );
    }
    let ids: BTreeSet<&str> = spans.iter().filter_map(|it| it["spanId"].as_str()).collect();
    assert_eq!(ids.len(), spans.len());
    let attributes = by_name["tick"]["attributes"].as_array().expect("attributes");
    let of = |key: &str| attributes.iter().find(|it| it["key"] == key).map(|it| it["value"].clone());
    assert_eq!(of("nodes"), Some(json!({"intValue": "14"})));
    assert_eq!(of("removals"), Some(json!({"intValue": "2"})));
    assert_eq!(of("leads"), Some(json!({"boolValue": true})));
}

/// What is asked of a collector that answers with these, one after another.
fn collector(answers: &'static [u16]) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (heard, hear) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().expect("a connection");
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).expect("a head");
            }
            let length = head
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .and_then(|it| it.lines().next().and_then(|it| it.parse::<usize>().ok()));
            let mut body = vec![0; length.expect("a length")];
            reader.read_exact(&mut body).expect("a body");
            let _ = heard.send((head, serde_json::from_slice(&body).expect("JSON")));
            let answer = format!("HTTP/1.1 {answer} It\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).expect("it listens");
        }
    });
    (url, hear)
}

#[test]
fn a_collector_gets_what_it_can_read() {
    let (url, hear) = collector(&[200, 503]);
    let metrics = Arc::new(Metrics::new());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let _inside = runtime.enter();
    let exporter =
        Exporter::start(|_| Ok(url.clone()), metrics.clone()).expect("a URL").expect("it is named");
    let span = Span {
        trace: TraceId::of(1, 1),
        began: Duration::from_secs(1),
        whole: Duration::from_millis(2),
        took: Took { observe: Some(Duration::from_millis(1)), ..Took::default() },
        looked: None,
    };
    for _ in 0..2 {
        exporter.tell(&span);
        let (head, body) = hear.recv().expect("a post");
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/json\r\n"), "{head}");
        let resource = &body["resourceSpans"][0];
        let name = json!({"key": "service.name", "value": {"stringValue": "vpsie-autoscaler"}});
        assert_eq!(resource["resource"]["attributes"][0], name);
        let spans = resource["scopeSpans"][0]["spans"].as_array().expect("spans");
        assert_eq!(spans.iter().map(|it| &it["name"]).collect::<Vec<_>>(), ["tick", "observe"]);
        assert_eq!(spans[0]["attributes"], json!([{"key": "decided", "value": {"boolValue": false}}]));
    }
    // Counted by what became of them, as soon as the answers are there.
    let told = |result: &str| {
        metrics.text().contains(&format!("vpsie_autoscaler_traces_total{{result=\"{result}\"}} 1"))
    };
    while !(told("Sent") && told("Failed")) {
        std::thread::yield_now();
    }
}

#[test]
fn without_a_collector_nothing_is_begun() {
    let metrics = Arc::new(Metrics::new());
    let start = |set: Result<String, VarError>| Exporter::start(|_| set.clone(), metrics.clone());
    assert!(start(Err(VarError::NotPresent)).is_ok_and(|it| it.is_none()));
    assert!(start(Ok(" ".into())).is_ok_and(|it| it.is_none()));
    let refused = start(Ok("collector:4318".into())).expect_err("that is no URL");
    assert!(refused.starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: "), "{refused}");
}
