//! The definitions on disk are those of the types, and know the fields that `objects` reads.

use super::definitions;
use std::path::{Path, PathBuf};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/crds").join(name)
}

#[test]
fn files_are_what_the_types_say() {
    for (name, definition) in definitions() {
        let yaml = serde_yaml_ng::to_string(&definition).expect("plain data");
        let text = format!(
            "# Generated from host/src/kinds; UPDATE_EXPECT=1 with its tests writes it anew.\n{yaml}"
        );
        let path = file(name);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == text,
            "{} is not what the types say: run this test with UPDATE_EXPECT=1",
            path.display()
        );
    }
}
