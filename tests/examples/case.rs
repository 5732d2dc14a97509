//! Prints the objects of a case, as `kubectl get -o yaml` would:
//!
//! ```text
//! cargo run --release -p tests --example case -- tests/cases/pdb.txt:12
//! ```
//!
//! The time of the decision and the policies stand above, as comments.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(place) = std::env::args().nth(1) else { return fail("which case? FILE:LINE") };
    let Some((file, line)) = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)))
    else {
        return fail("which case? FILE:LINE");
    };
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => return fail(&format!("{file}: {error}")),
    };
    match tests::scenario::find(&text, line) {
        Ok((title, input)) => {
            println!("# {title}\n# --now {}", input.now);
            if let Some(policies) = &input.policies {
                println!("# policies.yaml: {policies}");
            }
            let list = tests::scenario::as_list(&input);
            print!("{}", serde_yaml_ng::to_string(&list).expect("objects are YAML"));
            ExitCode::SUCCESS
        }
        Err(mistake) => fail(&format!("{file}:{}: {}", mistake.line, mistake.text)),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::from(2)
}
