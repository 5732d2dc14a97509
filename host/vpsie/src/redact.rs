//! The words of the API, before they are told: without secrets, on one line, of a bearable length.

use crate::credentials::Secret;

const CHARACTERS_MAX: usize = 300;

pub fn redact(text: &str, secrets: &[Secret]) -> String {
    let mut text = text.to_string();
    // The longest first: one may be a part of another.
    let mut secrets: Vec<&str> = secrets.iter().map(Secret::expose).filter(|it| !it.is_empty()).collect();
    secrets.sort_unstable_by_key(|it| std::cmp::Reverse(it.len()));
    for secret in secrets {
        text = text.replace(secret, "***");
    }
    let line: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
    let line = line.trim();
    match line.char_indices().nth(CHARACTERS_MAX) {
        None => line.to_string(),
        Some((end, _)) => format!("{}...", line[..end].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left() {
        let secrets = ["abc", "abcdef", ""].map(Secret::new);
        assert_eq!(redact("no abcdef,\nno abc", &secrets), "no ***, no ***");
        assert_eq!(redact(&"é".repeat(400), &secrets).chars().count(), CHARACTERS_MAX + 3);
    }
}
