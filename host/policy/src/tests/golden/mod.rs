//! A guest that was built when 1.0.0 of the contract was published is loaded for ever, and what it is told
//! and what it answers is the same as then.

mod all;

use super::parity::{Native, said};
use crate::wasm::{Guest, Limits, Module};
use all::All;
use policy_sdk::kit::{self, Chance};
use policy_sdk::records::Property;
use std::sync::Arc;

const BUILT: &[u8] = include_bytes!("all-1.0.0.wasm");

const WORLDS: u64 = 500;

const SETTINGS: [&str; 3] = [
    "{}",
    r#"{"number": -1000, "flag": false, "keys": ["a", "ü", ""]}"#,
    r#"{"zone": "Nowhere", "number": 1e2}"#,
];

const ANNOTATIONS: [&str; 2] = ["autoscaler.vpsie.com/scale-down-zone", "autoscaler.vpsie.com/other"];

#[test]
fn what_was_built_against_a_release_answers_as_ever() {
    let module = Arc::new(Module::of(BUILT).expect("a policy"));
    assert_eq!(module.surface.exports.len(), 4, "{:?}", module.surface.exports);
    for seed in 0..WORLDS {
        let mut chance = Chance::new(seed);
        let world = chance.world(&ANNOTATIONS);
        let settings = kit::settings(chance.of::<&str>(&SETTINGS));
        let built = Guest::start(Arc::clone(&module), &settings, Limits::default(), &world, &world);
        let source =
            policy_sdk::settings::Tree::new(&settings).read(<All as policy_sdk::settings::Settings>::read);
        let (built, source) = match (built, source) {
            (Ok(built), Ok(source)) => (built, source),
            (Err(crate::wasm::Unfit::Settings(built)), Err(source)) => {
                assert_eq!(built, source, "seed {seed}");
                continue;
            }
            (built, source) => panic!("seed {seed}: {built:?}, {source:?}"),
        };
        assert_eq!((&*built.metadata.name, &*built.metadata.version), ("all", "1.0.0"));
        let known = |it: &Property| it.key == "settings-schema" && it.value.contains("\"minimum\":-1000");
        assert!(built.metadata.more.iter().any(known));
        let source = Native {
            windows: Some(Box::new(source.clone())),
            vetoer: Some(Box::new(source.clone())),
            scorer: Some(Box::new(source)),
        };
        let batch = world.batch();
        assert_eq!(said(&built, &world, &batch), said(&source, &world, &batch), "seed {seed}");
    }
}
