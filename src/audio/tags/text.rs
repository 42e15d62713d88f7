//! Text as files code it.

use std::borrow::Cow;

/// What Windows-1252 has at 0x80 to 0x9F, where ISO 8859-1 has control
/// characters that no text uses: what is called Latin-1 in files is often this.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Latin-1.
pub fn latin1(bytes: &[u8]) -> String {
    let decode = |byte: &u8| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        byte => char::from(*byte),
    };
    bytes.iter().map(decode).collect()
}

/// UTF-8, or Latin-1 where it is none: the two that programs write where the
/// format names no coding, or names UTF-8 and is not obeyed.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(latin1(bytes)),
    }
}

/// UTF-16; a byte order mark decides, and `is_big` where there is none.
pub fn utf16(bytes: &[u8], is_big: bool) -> String {
    let (is_big, bytes) = match bytes {
        [0xfe, 0xff, rest @ ..] => (true, rest),
        [0xff, 0xfe, rest @ ..] => (false, rest),
        _ => (is_big, bytes),
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    // Lists may have a mark in front of every value.
    text.filter(|c| *c != '\u{feff}').collect()
}

/// What stands before the first NUL.
pub fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// A field of fixed size: what stands before the first NUL, without the spaces that pad it.
pub fn field(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    guess(&bytes[..end]).trim_end().to_owned()
}

/// A NUL-terminated string and what follows it.
pub fn split_nul(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings() {
        assert_eq!(latin1(b"na\xefve \x80\x99"), "naïve €™");
        assert_eq!((&*guess("é".as_bytes()), &*guess(b"\xe9")), ("é", "é"));
        assert_eq!(utf16(b"\xff\xfe\x42\x30\x3d\xd8\x00\xde", true), "あ😀");
        assert_eq!(utf16(b"\x30\x42\xd8\x3d", true), "あ\u{fffd}");
        assert_eq!(field(b"abc  \0junk"), "abc");
    }
}
