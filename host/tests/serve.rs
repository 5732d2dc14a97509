//! The port of the controller over real HTTP, and the commands that ask it. What is decided about is
//! `examples/cluster.yaml`, so that `plan` says what must come out.

use decide::memory::Memory;
use decide::time::Time;
use policy::Set;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use vpsie_autoscaler::looked::Looked;
use vpsie_autoscaler::metrics::Metrics;
use vpsie_autoscaler::serve::{self, Health, Server, Sources};
use vpsie_autoscaler::{clock, objects, tick};

const NOW: &str = "2026-11-20T10:00:00Z";
const EXAMPLE: &str = "examples/cluster.yaml";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is below the root").to_path_buf()
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vpsie-autoscaler"));
    command.args(arguments).current_dir(root()).env_clear().output().expect("the program starts")
}

fn plan(arguments: &[&str]) -> String {
    let output = run(&[&["plan", "-f", EXAMPLE, "--now", NOW], arguments].concat());
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a tick on the example publishes.
fn looked() -> Looked {
    let inputs = objects::gather([root().join(EXAMPLE)]).expect("the example is there");
    let world = objects::read(&inputs, Time::parse(NOW).expect("a time")).expect("it can be read").world;
    let mut memory = Memory::default();
    memory.absorb(&world);
    let policies = Set::shipped();
    let plan = tick::decide(&world, &memory, &policies, None).plan;
    Looked {
        tick: 7,
        world: Arc::new(world),
        memory: Arc::new(memory),
        policies: Arc::new(policies),
        plan: Arc::new(plan),
        leads: true,
        dry: false,
    }
}

/// A controller as far as its port is concerned.
struct Controller {
    runtime: tokio::runtime::Runtime,
    server: Option<Server>,
    address: SocketAddr,
    tell: watch::Sender<Option<Arc<Looked>>>,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

impl Controller {
    /// One that has not decided yet.
    fn new() -> Controller {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let (tell, looked) = watch::channel(None);
        let health = Arc::new(Health::new(Duration::from_secs(10), clock::running()));
        let metrics = Arc::new(Metrics::new());
        let sources = Sources {
            looked,
            health: health.clone(),
            policies: Arc::new(|| json!({"active": {"generation": 3}})),
            metrics: metrics.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = {
            let _inside = runtime.enter();
            serve::start(listener, sources).expect("it starts")
        };
        let address = server.address();
        Controller { runtime, server: Some(server), address, tell, health, metrics }
    }

    /// One that has decided about the example, and is well.
    fn that_decided() -> Controller {
        let it = Controller::new();
        it.health.ticked(clock::running());
        it.health.synced(Vec::new());
        it.health.policies(Ok(()));
        it.publish(looked());
        it
    }

    fn publish(&self, looked: Looked) {
        self.metrics.looked(&looked);
        self.tell.send_replace(Some(Arc::new(looked)));
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn get(&self, target: &str) -> Reply {
        self.ask(&format!("GET {target} HTTP/1.1\r\nhost: it\r\n\r\n"))
    }

    fn ask(&self, request: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        Reply::read(stream)
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn read(mut stream: TcpStream) -> Reply {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).expect("a status");
        Reply { status, head: head.to_lowercase(), body: body.to_string() }
    }

    fn json(&self) -> Value {
        assert!(self.head.contains("content-type: application/json"), "{}", self.head);
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn is_text(&self) -> bool {
        self.head.contains("content-type: text/plain; charset=utf-8")
    }
}

#[test]
fn probes_tell_alive_from_ready() {
    let controller = Controller::new();
    let (live, ready) = (controller.get("/healthz"), controller.get("/readyz?verbose"));
    assert_eq!((live.status, ready.status), (200, 503));
    assert!(live.body.starts_with("[+] loop: no tick in the "), "{}", live.body);
    assert!(
        ready.body.contains("\n[-] synced: nothing has been listed yet\n[-] policies: not loaded yet\n"),
        "{}",
        ready.body
    );
    for path in ["/plan", "/explain/web-7"] {
        let reply = controller.get(path);
        assert_eq!((reply.status, reply.is_text()), (503, true));
        assert_eq!(reply.body, "nothing has been decided yet; /readyz says what is missing\n");
    }
    let status = controller.get("/status");
    assert_eq!((status.status, &status.json()["well"]), (503, &json!(false)));

    controller.health.ticked(clock::running());
    controller.health.synced(Vec::new());
    controller.health.policies(Ok(()));
    let ready = controller.get("/readyz");
    assert_eq!(ready.status, 200, "{}", ready.body);
    controller.health.policies(Err("policies.yaml: no such policy".into()));
    let ready = controller.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.ends_with("[-] policies: policies.yaml: no such policy\n"), "{}", ready.body);
    assert_eq!(controller.get("/healthz").status, 200);
}

#[test]
fn plan_and_explanations_are_those_of_the_command_line() {
    let controller = Controller::that_decided();
    for (target, arguments) in [
        ("/plan", &["-o", "json"] as &[&str]),
        ("/plan?o=yaml", &["-o", "yaml"]),
        ("/plan?o=table", &[]),
        ("/explain/web-7", &["-o", "json", "--explain", "web-7"]),
        ("/explain/web-3?o=table", &["--explain", "web-3"]),
        ("/explain/control-1?o=yaml", &["-o", "yaml", "--explain", "control-1"]),
    ] {
        let reply = controller.get(target);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(reply.body == plan(arguments), "{target} differs:\n{}", reply.body);
    }
    let table = controller.ask("GET /explain/web-9 HTTP/1.1\r\nhost: it\r\naccept: text/plain\r\n\r\n");
    assert!(table.is_text());
    assert_eq!(table.body, plan(&["--explain", "web-9"]));
    let narrow = controller.get("/plan?o=table&width=60&colour");
    assert!(narrow.body.contains("\u{1b}[1m14 nodes at"), "{}", narrow.body);
    // Many at once all get the same.
    let expect = plan(&["--explain", "web-7"]);
    std::thread::scope(|scope| {
        let asks = (0..16).map(|_| scope.spawn(|| controller.get("/explain/web-7?o=table").body));
        for it in asks.collect::<Vec<_>>() {
            assert_eq!(it.join().expect("an answer"), expect);
        }
    });
}

#[test]
fn what_cannot_be_answered_says_why() {
    let controller = Controller::that_decided();
    for (request, status, body) in [
        ("GET /explain/wbe-7", 404, "there is no node \"wbe-7\"; nearest: web-7, "),
        ("GET /explain/", 404, "there is no node \"\"; nearest: "),
        ("GET /explain/../../etc/passwd", 404, "there is no node \"../../etc/passwd\"; nearest: "),
        ("GET /plans", 404, "there is no page \"/plans\"; / lists them all\n"),
        ("GET /plan?o=xml", 400, "o=xml: expected json, yaml or table\n"),
        ("GET /plan?o=table&width=wide", 400, "width=wide: expected a number\n"),
        ("POST /plan", 405, "only GET: nothing can be changed here\n"),
        ("DELETE /explain/web-7", 405, "only GET: nothing can be changed here\n"),
        ("GET /", 200, "/healthz        whether this process should live\n"),
    ] {
        let reply = controller.ask(&format!("{request} HTTP/1.1\r\nhost: it\r\n\r\n"));
        assert_eq!((reply.status, reply.is_text()), (status, true), "{request}");
        assert!(reply.body.starts_with(body), "{request}: {}", reply.body);
    }
    // A body is not waited for, nor read.
    let reply = controller.ask("POST /plan HTTP/1.1\r\nhost: it\r\ncontent-length: 1000000000\r\n\r\n");
    assert_eq!(reply.status, 405);
    let head = controller.ask("HEAD /plan HTTP/1.1\r\nhost: it\r\n\r\n");
    assert_eq!((head.status, &*head.body), (200, ""));
    // One that asks without end is cut off.
    let mut stream = TcpStream::connect(controller.address).expect("it listens");
    let _ = stream.write_all(format!("GET /explain/{}", "a".repeat(100_000)).as_bytes());
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    assert_eq!(controller.get("/healthz").status, 200);
}

#[test]
fn figures_and_policies_are_told() {
    let controller = Controller::that_decided();
    let reply = controller.get("/metrics");
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("content-type: text/plain; version=0.0.4"), "{}", reply.head);
    assert!(reply.body.contains("\nvpsie_autoscaler_nodes{reason=\"Evicting\",verdict=\"Leaving\"} 1\n"));
    assert_eq!(controller.get("/policies").json(), json!({"active": {"generation": 3}}));
}

#[test]
fn status_tells_programs_what_it_tells_people() {
    let controller = Controller::that_decided();
    let status = controller.get("/status").json();
    assert_eq!(status["well"], true);
    let last = &status["last"];
    assert_eq!((&last["tick"], &last["leads"], &last["leavingCount"]), (&json!(7), &json!(true), &json!(3)));
    assert_eq!(last["nodes"][0], json!({"verdict": "Remove", "reason": "Drain", "nodes": 1}));
    assert_eq!(last["groups"][0]["adding"], 1);

    let output = run(&["status", "--controller", &controller.url()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let (first, rest) = text.split_once('\n').expect("lines");
    assert!(first.starts_with("vpsie-autoscaler 0.1.0 leads; tick 7, "), "{first}");
    let expect = std::fs::read_to_string(root().join("host/tests/status.txt")).unwrap_or_default();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(root().join("host/tests/status.txt"), rest).expect("it can be written");
    } else {
        assert_eq!(rest, expect, "UPDATE_EXPECT=1 writes what is printed now");
    }

    // What is wrong comes first, and the exit status tells.
    let mut looked = looked();
    let mut world = (*looked.world).clone();
    world.gaps.push("metrics cannot be read: the server is down".into());
    looked.world = Arc::new(world);
    (looked.leads, looked.dry) = (false, true);
    controller.publish(looked);
    controller.health.policies(Err("policies.yaml cannot be read".into()));
    let output = run(&["status", "--controller", &controller.url()]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(1), String::new()));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("vpsie-autoscaler 0.1.0 follows, dry run: nothing is carried out; tick 7, "),
        "{text}"
    );
    let wrong = [
        "wrong: policies: policies.yaml cannot be read",
        "wrong: gap: metrics cannot be read: the server is down",
    ];
    assert_eq!(lines[1..3], wrong);
}

#[test]
fn explain_asks_the_controller() {
    let controller = Controller::that_decided();
    let url = controller.url();
    for arguments in [&["web-7"] as &[&str], &["web-7", "-o", "json"], &["web-3", "-o", "yaml"]] {
        let output = run(&[&["explain", "--controller", &url], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let expect = plan(&[&["--explain"], arguments].concat());
        assert_eq!(String::from_utf8_lossy(&output.stdout), expect);
    }
    for (node, says) in [
        ("wbe-7", "error: there is no node \"wbe-7\"; nearest: web-7"),
        ("../plan", "error: no node can be called \"../plan\""),
        ("", "error: no node can be called \"\""),
    ] {
        let output = run(&["explain", node, "--controller", &url]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{node}");
        assert!(stderr(&output).starts_with(says), "{}", stderr(&output));
    }
}

#[test]
fn who_does_not_answer_is_told_apart() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let nobody = format!("http://{}", free.local_addr().expect("an address"));
    drop(free);
    let stranger = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let other = format!("http://{}", stranger.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in stranger.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nserver: other\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi",
            );
        }
    });
    let idle = Controller::new();
    for (command, url, code, says) in [
        ("status", &*nobody, 1, &*format!("error: nobody answers at {nobody}: ")),
        ("status", &other, 1, &*format!("error: it is not the controller that answers at {other} (200 OK)")),
        ("status", "127.0.0.1:8080", 2, "error: --controller: "),
        ("status", "ftp://there", 2, "error: --controller: ftp://there/: expected http://HOST:PORT"),
        ("explain", &*nobody, 1, &*format!("error: nobody answers at {nobody}: ")),
        ("explain", &idle.url(), 1, "error: nothing has been decided yet; /readyz says what is missing"),
    ] {
        let node: &[&str] = if command == "explain" { &["web-7"] } else { &[] };
        let output = run(&[&[command, "--controller", url], node].concat());
        assert_eq!(output.status.code(), Some(code), "{command} {url}: {}", stderr(&output));
        assert!(stderr(&output).starts_with(says), "{}", stderr(&output));
    }
    let output = run(&["status", "--controller", &nobody]);
    assert!(stderr(&output).contains("kubectl -n kube-system port-forward deployment/vpsie-autoscaler 8080"));
}

/// More than may be open at once say nothing: they are cut off, and the next is answered.
#[test]
fn silent_connections_keep_nobody_out() {
    let controller = Controller::that_decided();
    let silent: Vec<TcpStream> =
        (0..150).map(|_| TcpStream::connect(controller.address).expect("it listens")).collect();
    assert_eq!(controller.get("/healthz").status, 200);
    drop(silent);
}

#[test]
fn it_ends_when_it_is_told_to() {
    let mut controller = Controller::that_decided();
    // One that is asked and slow to ask is let go after the grace.
    let mut slow = TcpStream::connect(controller.address).expect("it listens");
    slow.write_all(b"GET /plan HT").expect("it reads");
    let server = controller.server.take().expect("it runs");
    controller.runtime.block_on(server.stop(Duration::from_millis(50)));
    assert!(TcpStream::connect(controller.address).is_err());
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert_eq!(rest, b"");
}
