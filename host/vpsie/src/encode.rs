//! Texts where only some characters may stand: forms, and parts of paths.

/// `name=value&name=value`.
pub fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_.~".contains(&it);
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_escapes_a_form() {
        assert_eq!(form(&[("a", "x y&b=1"), ("c", "é+")]), "a=x%20y%26b%3D1&c=%C3%A9%2B");
    }
}
