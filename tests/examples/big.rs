//! Prints a large cluster for `plan -f -`: `big packing|affinity|surge [how many nodes or pods]`.

use std::io::Write;
use tests::big;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    let count = arguments.next().map_or(2000, |it| it.parse().expect("a number"));
    let objects = match kind.as_str() {
        "packing" => big::packing(count, 40),
        "affinity" => big::affinity(count, count * 10, false),
        "surge" => big::surge(count, 20),
        _ => panic!("packing, affinity or surge"),
    };
    std::io::stdout().lock().write_all(objects.as_bytes())
}
