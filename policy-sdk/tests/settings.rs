//! What a user is told about settings that cannot be used.

use policy_sdk::kit::{Chance, settings};
use policy_sdk::records::{Diagnostic, Settings};
use policy_sdk::settings::{Object, Tree};

#[derive(Debug, PartialEq)]
struct Cellar {
    bottles: i64,
    light: bool,
    locked: bool,
    name: String,
    shelves: Vec<i64>,
}

fn cellar(object: &mut Object<'_>) -> Cellar {
    Cellar {
        bottles: object.whole("bottles", 0..=100, 12),
        light: object.word("light", &[("on", true), ("off", false)], false),
        locked: object.flag("locked", true),
        name: object.text("name").unwrap_or("cellar").to_owned(),
        shelves: object.list("shelves", |shelf| shelf.object(|shelf| shelf.whole("height", 1..=9, 1))),
    }
}

fn read(settings: &Settings) -> Result<Cellar, Vec<Diagnostic>> {
    Tree::new(settings).read(cellar)
}

#[test]
fn what_is_not_given_has_its_default() {
    let empty =
        Cellar { bottles: 12, light: false, locked: true, name: "cellar".to_owned(), shelves: vec![] };
    assert_eq!(read(&Settings::default()), Ok(empty));
    for json in ["null", "{}", r#"{"bottles": null, "shelves": null}"#] {
        assert!(read(&settings(json)).is_ok(), "{json}");
    }
    let full =
        r#"{"bottles": 0, "light": "on", "locked": false, "name": "a", "shelves": [{"height": 3}, {}]}"#;
    let wanted = Cellar { bottles: 0, light: true, locked: false, name: "a".to_owned(), shelves: vec![3, 1] };
    assert_eq!(read(&settings(full)), Ok(wanted));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let rows = [
        (r#"{"botles": 1}"#, "/botles", r#"unknown setting; did you mean "bottles"?"#),
        (r#"{"x/~y": 1}"#, "/x~1~0y", "unknown setting; known are bottles, light, locked, name, shelves"),
        (r#"{"bottles": 101}"#, "/bottles", "found 101, expected a whole number from 0 to 100"),
        (r#"{"bottles": 1.5}"#, "/bottles", "found 1.5, expected a whole number from 0 to 100"),
        (r#"{"bottles": "1"}"#, "/bottles", r#"found "1", expected a whole number from 0 to 100"#),
        (r#"{"light": "of"}"#, "/light", r#"found "of", expected one of on, off; did you mean "on"?"#),
        (r#"{"light": true}"#, "/light", "found true, expected one of on, off"),
        (r#"{"locked": "no"}"#, "/locked", r#"found "no", expected true or false"#),
        (r#"{"name": 7}"#, "/name", "found 7, expected a text"),
        (r#"{"shelves": {}}"#, "/shelves", "found an object, expected a list"),
        (r#"{"shelves": [{}, 1]}"#, "/shelves/1", "found 1, expected an object"),
        (
            r#"{"shelves": [{"height": 0}]}"#,
            "/shelves/0/height",
            "found 0, expected a whole number from 1 to 9",
        ),
        (r#"{"bottles": 1, "bottles": 2}"#, "/bottles", "is given twice"),
        ("[]", "", "found a list, expected an object"),
    ];
    for (json, pointer, text) in rows {
        let told = Diagnostic { pointer: pointer.to_owned(), text: text.to_owned() };
        assert_eq!(read(&settings(json)), Err(vec![told]), "{json}");
    }
    let both = read(&settings(r#"{"light": 1, "x": 1, "bottles": -1}"#)).unwrap_err();
    assert_eq!(both.len(), 3, "{both:?}");
}

#[test]
fn an_item_that_nobody_wants_is_not_left_out_in_silence() {
    let settings = settings(r#"{"all": [1, 2]}"#);
    let read = Tree::new(&settings).read(|object| object.list("all", |_| None::<()>));
    let told = read.unwrap_err();
    let places: Vec<&str> = told.iter().map(|told| told.pointer.as_str()).collect();
    assert_eq!(places, ["/all/0", "/all/1"]);
}

#[test]
fn a_long_text_is_cut_where_it_is_quoted() {
    let json = format!(r#"{{"light": "{}"}}"#, "ü".repeat(10_000));
    let told = read(&settings(&json)).unwrap_err();
    assert!(told[0].text.len() < 200, "{}", told[0].text);
}

#[test]
fn no_tree_makes_it_panic() {
    let words = ["bottles", "light", "name", "shelves", "height", "on"];
    for seed in 0..20_000 {
        let _ = read(&Chance::new(seed).settings(&words));
    }
}
