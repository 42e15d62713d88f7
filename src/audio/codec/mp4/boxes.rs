//! Boxes (ISO/IEC 14496-12, 4.2), QuickTime's atoms: sizes, types and fields.

use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// A box type or codec: four characters.
pub type FourCc = [u8; 4];

/// A four-character code as people read it: `mp4a`, or `ms\x00\x02`.
pub fn name(code: FourCc) -> String {
    code.escape_ascii().to_string()
}

/// Where a box lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct BoxHeader {
    pub kind: FourCc,
    pub start: u64,
    pub body: u64,
    pub end: u64,
}

impl BoxHeader {
    /// Bytes behind the header.
    pub fn len(&self) -> u64 {
        self.end - self.body
    }

    /// Reads the body, at most its first `limit` bytes.
    pub fn read(&self, source: &mut ByteReader, limit: usize) -> Result<Vec<u8>> {
        source.seek(self.body)?;
        source.read_vec(usize::try_from(self.len()).unwrap_or(usize::MAX).min(limit))
    }
}

/// Reads the header of the box at `at`; none where the parent ends. A box
/// that claims more than its parent holds ends with the parent.
pub fn read_header(source: &mut ByteReader, at: u64, parent_end: u64) -> Result<Option<BoxHeader>> {
    if parent_end.saturating_sub(at) < 8 {
        return Ok(None);
    }
    source.seek(at)?;
    let head = source.peek(16)?;
    let Some((size, kind)) = head.first_chunk::<8>().map(|h| {
        let [a, b, c, d, kind @ ..] = *h;
        (u32::from_be_bytes([a, b, c, d]), kind)
    }) else {
        return Ok(None);
    };
    let (header, size) = match size {
        // To the end of the file (or of the parent).
        0 => (8, parent_end - at),
        1 => match head.get(8..16).and_then(|s| s.try_into().ok()) {
            Some(size) => (16, u64::from_be_bytes(size)),
            None => return Ok(None),
        },
        size => (8, u64::from(size)),
    };
    if size < header {
        return Err(Error::malformed(format!("the {} box declares a size of {size} bytes", name(kind))).at(at));
    }
    let end = at.saturating_add(size).min(parent_end);
    Ok(Some(BoxHeader { kind, start: at, body: (at + header).min(end), end }))
}

/// The fields of a box that was read into memory, one after the other.
pub struct Fields<'a> {
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, tail) =
            self.bytes.split_at_checked(n).ok_or_else(|| Error::malformed("a box is too short for its fields"))?;
        self.bytes = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    pub fn skip(&mut self, n: usize) -> Result<()> {
        self.take(n).map(drop)
    }

    pub fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn four_cc(&mut self) -> Result<FourCc> {
        self.array()
    }

    /// A time: 32 bits in version 0 of a box, 64 in version 1.
    pub fn time(&mut self, version: u8) -> Result<u64> {
        if version == 0 { self.u32().map(u64::from) } else { self.u64() }
    }

    /// The version and flags at the start of a full box.
    pub fn version_and_flags(&mut self) -> Result<(u8, u32)> {
        let [version, flags @ ..] = self.array::<4>()?;
        let [a, b, c] = flags;
        Ok((version, u32::from_be_bytes([0, a, b, c])))
    }

    /// The next box among those in memory: its type and body.
    pub fn child(&mut self) -> Option<(FourCc, &'a [u8])> {
        let [a, b, c, d, kind @ ..] = *self.bytes.first_chunk::<8>()?;
        let size = match u32::from_be_bytes([a, b, c, d]) as usize {
            0 => self.bytes.len(),
            size => size.min(self.bytes.len()),
        };
        let (whole, tail) = self.bytes.split_at(size);
        self.bytes = tail;
        // A size below 8 (64-bit sizes have no use in a box held in memory) ends the list.
        whole.get(8..).map(|body| (kind, body))
    }
}

/// The first child box of a type among boxes in memory.
pub fn find(bytes: &[u8], kind: FourCc) -> Option<&[u8]> {
    let mut fields = Fields::new(bytes);
    std::iter::from_fn(|| fields.child()).find(|(k, _)| *k == kind).map(|(_, body)| body)
}
