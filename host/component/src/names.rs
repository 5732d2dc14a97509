//! Names of the parts of a component, which only debuggers read and which are a thirtieth of it.

/// What each binary begins with.
const HEADER_BYTES: usize = 8;

/// The id of a section that anyone may add.
const CUSTOM: u8 = 0;

/// The component without the section of its names; none where the bytes are not what they should be.
pub(crate) fn without(component: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = component.split_at_checked(HEADER_BYTES)?;
    let mut kept = header.to_vec();
    while let [id, after_id @ ..] = rest {
        let (length, content) = number(after_id)?;
        let (content, next) = content.split_at_checked(length)?;
        let name = number(content).and_then(|(length, name)| name.get(..length));
        if *id != CUSTOM || name != Some(b"component-name") {
            kept.extend_from_slice(rest.strip_suffix(next)?);
        }
        rest = next;
    }
    Some(kept)
}

/// A number of at most 32 bits in LEB128, and what follows.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (position, byte) in bytes.iter().enumerate().take(5) {
        number |= usize::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[position + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn only_the_names_go() {
        let header = b"\0asm\x0d\0\x01\0";
        let (names, other) = (b"\x00\x10\x0ecomponent-namex", b"\x00\x05\x03abcx");
        let types = b"\x07\x81\x00\x42";
        let whole = [&header[..], types, names, other].concat();
        assert_eq!(without(&whole), Some([&header[..], types, other].concat()));
        assert_eq!(without(&whole[..whole.len() - 1]), None);
        assert_eq!(without(b"\0asm"), None);
    }
}
