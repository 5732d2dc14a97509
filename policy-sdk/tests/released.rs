//! What was published stays as it is: guests that were built against it are out there, and a record that
//! changes breaks them, late. New data are a new function or a new interface.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything in an interface, by its name and what it is, in one spelling.
type Items = BTreeMap<String, String>;

fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("wit").join(below)
}

/// The text of a contract without remarks and with single blanks.
fn text(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_else(|it| panic!("{}: {it}", file.display()));
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let spaced: String = lines.collect::<Vec<_>>().join(" ").chars().flat_map(spaced).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Signs stand alone, so that only words and signs count.
fn spaced(letter: char) -> Vec<char> {
    let of_a_word = letter.is_ascii_alphanumeric() || "-%_@./".contains(letter);
    if of_a_word { vec![letter] } else { vec![' ', letter, ' '] }
}

/// `types/record tick` to its fields, `view/labels` to its signature.
fn items(text: &str) -> Items {
    let mut items = Items::new();
    for interface in text.split("interface ").skip(1) {
        let (name, rest) = interface.split_once(" { ").expect("an interface has a body");
        let body = rest.split("world ").next().unwrap_or_default();
        let mut rest = body.trim();
        while !rest.is_empty() && rest != "}" {
            let (item, after) = first(rest);
            let words = if item.starts_with("record ") || item.starts_with("type ") { 2 } else { 1 };
            let key: Vec<&str> = item.split(' ').take(words).collect();
            if !item.starts_with("use ") {
                items.insert(format!("{name}/{}", key.join(" ")), item.to_owned());
            }
            rest = after;
        }
    }
    items
}

/// The first item of a body, up to its semicolon or its closing brace, and what follows.
fn first(body: &str) -> (&str, &str) {
    let semicolon = body.find(';').unwrap_or(body.len());
    let brace = body.find('{').unwrap_or(body.len());
    let braced = brace < semicolon && body.starts_with("record ");
    let used = body.starts_with("use ");
    let end = if braced {
        body.find('}')
    } else if used {
        body.find(';')
    } else {
        Some(semicolon)
    };
    let end = end.map_or(body.len(), |end| (end + 1).min(body.len()));
    (body[..end].trim(), body[end..].trim())
}

/// The releases that a guest of today's version stands among: a new major promises nothing about the old one.
fn released(major: &str) -> Vec<PathBuf> {
    let versions = std::fs::read_dir(folder("released")).expect("releases");
    let versions = versions.map(|version| version.expect("an entry"));
    let of_major =
        versions.filter(|it| it.file_name().to_str().and_then(|it| it.split('.').next()) == Some(major));
    of_major.map(|version| version.path()).collect()
}

#[test]
fn what_was_released_is_there_unchanged() {
    let text_now = text(&folder("scale-down.wit"));
    let version = text_now.split("scale-down@").nth(1).expect("a version");
    let releases = released(version.split('.').next().unwrap_or_default());
    assert!(!releases.is_empty(), "{version}");
    let now = items(&text_now);
    for release in releases {
        let then = items(&text(&release.join("scale-down.wit")));
        assert!(then.len() > 50, "{} of {}", then.len(), release.display());
        for (name, item) in then {
            assert_eq!(now.get(&name), Some(&item), "{name} of {}", release.display());
        }
    }
}

#[test]
fn a_change_is_found() {
    let text = text(&folder("scale-down.wit"));
    let now = items(&text);
    let changes = [
        ("record pace { group : group-index ,", "record pace { group : u64 ,"),
        ("record fault { code : string ,", "record fault { kind : string ,"),
        ("tally : func ( label : string )", "tally : func ( label : string , most : u32 )"),
        ("type sym = u32 ;", "type sym = u64 ;"),
        ("least : u32 )", "least : u64 )"),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        assert_ne!(items(&text.replace(from, to)), now, "{to}");
    }
}
