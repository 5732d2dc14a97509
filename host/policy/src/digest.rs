//! Which policy this is, in one word.

use policy_sdk::records::Settings;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Of a built-in policy: name, version and settings. Each part is led by its length, so that no two
/// lists of parts read the same.
pub(crate) fn built_in(name: &str, version: &str, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    let mut part = |it: &[u8]| {
        hash.update((it.len() as u64).to_le_bytes());
        hash.update(it);
    };
    part(name.as_bytes());
    part(version.as_bytes());
    for item in &settings.items {
        let text = |symbol| settings.symbols.get(symbol).unwrap_or_default();
        part(&item.parent.to_le_bytes());
        part(text(item.key).as_bytes());
        part(&item.kind.to_le_bytes());
        part(text(item.text).as_bytes());
    }
    let mut text = "sha256:".to_owned();
    for byte in hash.finalize() {
        write!(text, "{byte:02x}").expect("a String takes all");
    }
    text
}
