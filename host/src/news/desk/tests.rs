//! Events as an API server gets them.

use super::*;
use crate::news::Kind;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

/// An API server that knows one NodeGroup and takes events, or does not; and what it was sent.
fn api_server(takes: bool) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let (heard, hear) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|it| it > 0) {}
            let length = head
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .and_then(|it| it.lines().next().and_then(|it| it.parse::<usize>().ok()));
            let mut body = vec![0; length.unwrap_or_default()];
            reader.read_exact(&mut body).expect("a body");
            let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_string();
            let (status, answer) = match line.split_once(' ').unwrap_or_default() {
                ("POST", _) if takes => (201, json!({})),
                ("GET", path) if path.ends_with("/nodegroups/web") => {
                    (200, json!({"metadata": {"uid": "group-uid"}}))
                }
                _ => {
                    (403, json!({"kind": "Status", "status": "Failure", "message": "forbidden", "code": 403}))
                }
            };
            let _ = heard.send((line, serde_json::from_slice(&body).unwrap_or_default()));
            let answer = answer.to_string();
            let _ = write!(
                reader.get_mut(),
                "HTTP/1.1 {status} It\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    (url, hear)
}

fn told(about: About, text: &str) -> News {
    News { about, kind: Kind::Warning, reason: "ScaleDownHeld", text: text.into() }
}

fn node() -> About {
    About::Node { name: "web-1".into(), uid: "node-uid".into() }
}

fn desk(url: &str, metrics: &Arc<Metrics>) -> Desk {
    let mut config = kube::Config::new(url.parse().expect("a URL"));
    config.default_retry = false;
    Desk::open(kube::Client::try_from(config).expect("a client"), metrics.clone())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

const NOW: Time = Time(1_795_168_800);

#[test]
fn events_are_what_kubectl_shows() {
    let runtime = runtime();
    let _inside = runtime.enter();
    let metrics = Arc::new(Metrics::new());
    let (url, hear) = api_server(true);
    let desk = desk(&url, &metrics);
    let group = About::Group { namespace: "kube-system".into(), name: "web".into() };
    desk.tell(
        vec![told(node(), "a pod came"), told(group, "\u{e4}".repeat(700).as_str()), told(About::Config, "")],
        NOW,
    );

    let (line, mut event) = hear.recv().expect("an event");
    assert_eq!(line, "POST /api/v1/namespaces/default/events");
    let name = event["metadata"]["name"].take();
    assert!(name.as_str().is_some_and(|it| it.starts_with("web-1.") && it.len() > 15), "{name}");
    let expect = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": null, "namespace": "default"},
        "involvedObject": {"apiVersion": "v1", "kind": "Node", "name": "web-1", "uid": "node-uid"},
        "type": "Warning",
        "reason": "ScaleDownHeld",
        "message": "a pod came",
        "source": {"component": "vpsie-autoscaler"},
        "reportingComponent": "vpsie-autoscaler",
        "firstTimestamp": "2026-11-20T10:00:00Z",
        "lastTimestamp": "2026-11-20T10:00:00Z",
        "count": 1,
    });
    assert_eq!(event, expect);

    let (line, _) = hear.recv().expect("a question");
    assert_eq!(line, "GET /apis/autoscaler.vpsie.com/v1alpha1/namespaces/kube-system/nodegroups/web");
    let (line, event) = hear.recv().expect("an event");
    assert_eq!(line, "POST /api/v1/namespaces/kube-system/events");
    assert_eq!(event["involvedObject"]["uid"], "group-uid");
    assert_eq!(event["involvedObject"]["namespace"], "kube-system");
    let message = event["message"].as_str().expect("a text");
    assert!(message.len() <= 1024 && message.ends_with("\u{e4}..."), "{}", message.len());

    // One whose object cannot be looked up is written all the same.
    let (line, _) = hear.recv().expect("a question");
    assert_eq!(line, "GET /apis/autoscaler.vpsie.com/v1alpha1/autoscalerconfigs/default");
    let (line, event) = hear.recv().expect("an event");
    assert_eq!(line, "POST /api/v1/namespaces/default/events");
    let object = json!({"apiVersion": OURS, "kind": "AutoscalerConfig", "name": "default"});
    assert_eq!(event["involvedObject"], object);
    let series = "vpsie_autoscaler_events_emitted_total{event_type=\"Warning\",object_kind=\"AutoscalerConfig\",reason=\"ScaleDownHeld\"} 1";
    while !metrics.text().contains(series) {
        std::thread::yield_now();
    }
}

#[test]
fn too_much_is_dropped_and_failures_are_counted() {
    let runtime = runtime();
    let _inside = runtime.enter();
    let metrics = Arc::new(Metrics::new());
    let (url, hear) = api_server(false);
    let desk = desk(&url, &metrics);
    desk.tell(vec![told(node(), "again"); 13], NOW);
    assert!(metrics.text().contains("vpsie_autoscaler_event_buffer_dropped_total{why=\"TooMany\"} 3\n"));
    for _ in 0..10 {
        hear.recv().expect("an event");
    }
    while !metrics.text().contains("vpsie_autoscaler_events_failed_total 10\n") {
        std::thread::yield_now();
    }
}
