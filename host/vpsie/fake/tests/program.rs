//! The fake as a program, and what can be turned from outside.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// It ends with the test.
struct Program {
    child: Child,
    address: String,
    said: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    fn start(arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vpsie-fake"));
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut said = String::new();
        let out = child.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut said).expect("it says where it is");
        let address = said.split_once(' ').expect("an address").0.trim_start_matches("http://").to_string();
        Program { child, address, said }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let length = body.len();
        let head = "host: it\r\nconnection: close\r\nvpsie-auth: fake-token-0123456789";
        write!(stream, "{method} {path} HTTP/1.1\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}")
            .expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
        let body = answer.split_once("\r\n\r\n").map_or("", |it| it.1);
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn state(&self) -> Value {
        self.ask("GET", "/_mock/state", "").1["data"].clone()
    }
}

#[test]
fn serves_and_can_be_turned() {
    let program = Program::start(&["--speed", "1000", "--workers", "1", "--workers-max", "2", "--seed", "7"]);
    assert!(program.said.starts_with("http://127.0.0.1:"), "{}", program.said);
    let state = program.state();
    assert_eq!(state["workers"].as_array().map(Vec::len), Some(2), "{state}");
    let cluster = state["clusters"][0]["identifier"].as_str().expect("a cluster");
    let add = format!("/apps/v2/k8s/cluster/byId/{cluster}/add/slave/group/{}", state["groups"][0]["number"]);

    let (status, said) =
        program.ask("POST", "/_mock/faults", r#"{"fault":"error-on-200","on":"add/slave","times":1}"#);
    assert_eq!((status, &said["data"]), (200, &json!(true)));
    assert_eq!(program.ask("POST", &add, "").1["error"], json!(true));
    assert_eq!(program.ask("POST", &add, "").1, json!({"error": false, "data": true}));
    let (status, said) = program.ask("POST", &add, "");
    let limit = "Worker nodes count exceeds the allowed limit 2";
    assert_eq!((status, &said["message"]), (500, &json!(limit)));

    // 180 s of its time are 180 ms; whoever looks for longer has waited long enough.
    let joined = || program.state()["joined"].as_array().map(Vec::len);
    assert!((0..100_000).any(|_| joined() == Some(3)), "it joins");

    let log = program.ask("GET", "/_mock/log", "").1["data"].clone();
    let heard: Vec<_> = log.as_array().expect("a log").iter().map(|it| it["status"].clone()).collect();
    assert_eq!(heard, [200, 200, 500]);
}

#[test]
fn what_makes_no_sense_is_said() {
    let program = Program::start(&[]);
    for (path, body, words) in [
        ("/_mock/faults", r#"{"fault":"bad-weather"}"#, "fault: \"bad-weather\" is none"),
        ("/_mock/faults", r#"{"fault":"slow","times":"often"}"#, "times: expected a whole number"),
        ("/_mock/clock", r#"{"pass_ms":1000}"#, "a clock that is turned by hand"),
        ("/_mock/else", "", "there is state"),
    ] {
        let (status, said) = program.ask("POST", path, body);
        let message = said["message"].as_str().expect("words");
        assert!(status >= 400 && message.contains(words), "{path}: {status} {said}");
    }
    let output =
        Command::new(env!("CARGO_BIN_EXE_vpsie-fake")).args(["--speed", "0"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    let port = program.address.rsplit(':').next().expect("a port");
    let taken =
        Command::new(env!("CARGO_BIN_EXE_vpsie-fake")).args(["--port", port]).output().expect("it starts");
    assert_eq!(taken.status.code(), Some(1));
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(said.contains("--port chooses another port"), "{said}");
}
