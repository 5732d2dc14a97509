//! Just enough of Kubernetes' quantities to know a node's size: what `use` speaks of in percent.

/// Thousandths of a core.
#[must_use]
pub fn millis(text: &str) -> Option<u64> {
    match text.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => text.parse::<u64>().ok()?.checked_mul(1000),
    }
}

#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let number = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// `49.9%` in hundredths of a percent.
#[must_use]
pub fn hundredths(text: &str) -> Option<u64> {
    let text = text.strip_suffix('%')?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 2 {
        return None;
    }
    let part: u64 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<u64>().ok()? * 100 + part)
}
