//! An empty control plane to try things on: etcd and the apiserver, until standard input ends.
//!
//! ```text
//! cargo run --release -p tests --example plane
//! ```

use std::io::Read;
use tests::plane::Plane;

fn main() {
    let plane = Plane::start();
    println!("export KUBECONFIG={}\nCtrl-D ends it", plane.admin().display());
    let mut nothing = Vec::new();
    // However it ends, that is the end.
    let _ = std::io::stdin().read_to_end(&mut nothing);
}
