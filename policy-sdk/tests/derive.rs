//! What `#[derive(Settings)]` reads, and what it says of itself.

use policy_sdk::Settings;
use policy_sdk::kit::settings;
use policy_sdk::records::Diagnostic;
use policy_sdk::settings::{Settings, Tree, Words};

/// One of each.
#[derive(Debug, PartialEq, Settings)]
struct Cellar {
    /// how many there are,
    /// "full" ones
    #[setting(default = 12, range = 0..=100)]
    bottles: u16,
    #[setting(default = -3, range = -10..=30)]
    degrees_at_night: i8,
    #[setting(default = true)]
    locked: bool,
    #[setting(default = "cellar", name = "called")]
    name: String,
    #[setting(default = Light::VeryDim)]
    light: Light,
    steps: Option<u32>,
    door: Option<Light>,
    #[setting(range = 1..=9)]
    shelves: Vec<i64>,
    owners: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Settings)]
enum Light {
    Off,
    VeryDim,
}

fn read(json: &str) -> Result<Cellar, Vec<Diagnostic>> {
    Tree::new(&settings(json)).read(Cellar::read)
}

#[test]
fn what_is_not_given_has_its_default() {
    let defaults = Cellar {
        bottles: 12,
        degrees_at_night: -3,
        locked: true,
        name: "cellar".to_owned(),
        light: Light::VeryDim,
        steps: None,
        door: None,
        shelves: Vec::new(),
        owners: Vec::new(),
    };
    assert_eq!(read("{}"), Ok(defaults));
}

#[test]
fn everything_can_be_given() {
    let json = r#"{"bottles": 0, "degreesAtNight": 30, "locked": false, "called": "a", "light": "off", "steps": 7,
        "door": "very-dim", "shelves": [1, 9], "owners": ["b", "c"]}"#;
    let wanted = Cellar {
        bottles: 0,
        degrees_at_night: 30,
        locked: false,
        name: "a".to_owned(),
        light: Light::Off,
        steps: Some(7),
        door: Some(Light::VeryDim),
        shelves: vec![1, 9],
        owners: vec!["b".to_owned(), "c".to_owned()],
    };
    assert_eq!(read(json), Ok(wanted));
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let rows = [
        (r#"{"bottles": 101}"#, "/bottles", "found 101, expected a whole number from 0 to 100"),
        (
            r#"{"degreesAtNight": -11}"#,
            "/degreesAtNight",
            "found -11, expected a whole number from -10 to 30",
        ),
        (r#"{"steps": -1}"#, "/steps", "found -1, expected a whole number from 0 to 4294967295"),
        (
            r#"{"name": "a"}"#,
            "/name",
            "unknown setting; known are bottles, degreesAtNight, locked, called, light, steps, door, shelves, owners",
        ),
        (r#"{"light": "of"}"#, "/light", r#"found "of", expected one of off, very-dim; did you mean "off"?"#),
        (r#"{"shelves": [1, 10]}"#, "/shelves/1", "found 10, expected a whole number from 1 to 9"),
        (r#"{"owners": [1]}"#, "/owners/0", "found 1, expected a text"),
    ];
    for (json, pointer, text) in rows {
        let told = Diagnostic { pointer: pointer.to_owned(), text: text.to_owned() };
        assert_eq!(read(json), Err(vec![told]), "{json}");
    }
}

#[test]
fn the_schema_says_the_same() {
    let wanted = concat!(
        r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Settings of the policy policy-sdk","#,
        r#""type":"object","additionalProperties":false,"properties":{"#,
        r#""bottles":{"description":"how many there are, \"full\" ones","#,
        r#""type":"integer","minimum":0,"maximum":100,"default":12},"#,
        r#""degreesAtNight":{"type":"integer","minimum":-10,"maximum":30,"default":-3},"#,
        r#""locked":{"type":"boolean","default":true},"#,
        r#""called":{"type":"string","default":"cellar"},"#,
        r#""light":{"enum":["off","very-dim"],"default":"very-dim"},"#,
        r#""steps":{"type":"integer","minimum":0,"maximum":4294967295},"#,
        r#""door":{"enum":["off","very-dim"]},"#,
        r#""shelves":{"type":"array","default":[],"items":{"type":"integer","minimum":1,"maximum":9}},"#,
        r#""owners":{"type":"array","default":[],"items":{"type":"string"}}}}"#,
    );
    assert_eq!(Cellar::SCHEMA, wanted);
    assert_eq!(Light::WORDS, [("off", Light::Off), ("very-dim", Light::VeryDim)]);
}
