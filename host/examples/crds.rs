//! Prints the definitions of our kinds: `cargo run --release --example crds | kubectl apply -f -`.

use vpsie_autoscaler::kinds;

fn main() -> Result<(), serde_yaml_ng::Error> {
    for (_, definition) in kinds::definitions() {
        println!("---\n{}", serde_yaml_ng::to_string(&definition)?.trim_end());
    }
    Ok(())
}
