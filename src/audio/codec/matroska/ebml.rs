//! EBML elements (RFC 8794): identifiers, sizes, numbers, and a walk over master elements.

use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// An element's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Identifier with its marker bits, as specifications print it.
    pub id: u32,
    /// Where the head begins, and the body.
    pub start: u64,
    pub body: u64,
    /// Where the body ends; `None` is "unknown", as live streams write it.
    pub end: Option<u64>,
}

impl Element {
    /// Bytes of the body, if that is known and at most `limit`.
    pub fn len(&self, limit: usize) -> Result<usize> {
        self.end
            .and_then(|end| usize::try_from(end - self.body).ok())
            .filter(|len| *len <= limit)
            .ok_or_else(|| Error::limit(format!("element 0x{:X} is larger than {limit} bytes", self.id)).at(self.start))
    }
}

/// The length of a variable-size number from its first byte; 0 is invalid.
fn width(first: u8) -> usize {
    if first == 0 { 0 } else { first.leading_zeros() as usize + 1 }
}

/// A variable-size number (RFC 8794, 4) in front of `bytes`, marker removed,
/// and its length; all ones is "unknown".
pub fn number(bytes: &[u8]) -> Option<(Option<u64>, usize)> {
    let width = width(*bytes.first()?);
    let bytes = bytes.get(..width).filter(|b| !b.is_empty())?;
    let raw = bytes.iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let mask = (1u64 << (7 * width)) - 1;
    let value = raw & mask;
    Some(((value != mask).then_some(value), width))
}

/// The element at the reader's position, which moves to its body; `None` at
/// the end of the file.
pub fn next(source: &mut ByteReader) -> Result<Option<Element>> {
    let start = source.position();
    let head = source.peek(12)?;
    let Some(&first) = head.first() else { return Ok(None) };
    let id_width = width(first);
    let parsed = (1..=4).contains(&id_width).then_some(head).and_then(|head| {
        let id = head.get(..id_width)?.iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
        let (size, size_width) = number(&head[id_width..])?;
        Some((id, size, id_width + size_width))
    });
    let Some((id, size, len)) = parsed else {
        return Err(Error::malformed("no valid EBML element").at(start));
    };
    let body = start + len as u64;
    source.seek(body)?;
    Ok(Some(Element { id, start, body, end: size.map(|size| body.saturating_add(size)) }))
}

/// The children of a master element that is held in memory whole.
pub struct Children<'a>(pub &'a [u8]);

impl<'a> Iterator for Children<'a> {
    type Item = (u32, &'a [u8]);

    /// Identifier and body; the walk ends at the first invalid or cut child.
    fn next(&mut self) -> Option<Self::Item> {
        let id_width = width(*self.0.first()?);
        let id = self.0.get(..id_width).filter(|_| (1..=4).contains(&id_width))?;
        let id = id.iter().fold(0u32, |n, b| n << 8 | u32::from(*b));
        let (size, size_width) = number(&self.0[id_width..])?;
        let rest = &self.0[id_width + size_width..];
        let size = usize::try_from(size?).ok().filter(|size| *size <= rest.len())?;
        let (body, rest) = rest.split_at(size);
        self.0 = rest;
        Some((id, body))
    }
}

/// An unsigned integer element.
pub fn uint(body: &[u8]) -> u64 {
    body.iter().take(8).fold(0, |n, b| n << 8 | u64::from(*b))
}

/// A signed integer element.
pub fn int(body: &[u8]) -> i64 {
    let bits = 8 * body.len().min(8) as u32;
    if bits == 0 { 0 } else { (uint(body) << (64 - bits)) as i64 >> (64 - bits) }
}

/// A floating-point element of four or eight bytes.
pub fn float(body: &[u8]) -> f64 {
    match body {
        [a, b, c, d] => f64::from(f32::from_be_bytes([*a, *b, *c, *d])),
        [a, b, c, d, e, f, g, h] => f64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_rfc_8794() {
        assert_eq!(number(&[0x82]), Some((Some(2), 1)));
        assert_eq!(number(&[0x40, 0x02]), Some((Some(2), 2)));
        assert_eq!(number(&[0xff]), Some((None, 1)));
        assert_eq!(number(&[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some((None, 8)));
        assert_eq!(number(&[0x00]), None);
        assert_eq!(number(&[0x40]), None);
    }

    #[test]
    fn integers_extend_their_sign() {
        assert_eq!((int(&[0xff]), int(&[0x00, 0xff]), int(&[])), (-1, 255, 0));
        assert_eq!((uint(&[1, 0]), float(&[0x3f, 0x80, 0, 0])), (256, 1.0));
    }
}
