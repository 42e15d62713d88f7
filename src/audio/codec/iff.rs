//! Chunks as EA IFF 85 has them, and after it RIFF and AIFF: a four-character
//! name, a 32-bit size, the body, and a pad byte after a body of odd size.

use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// The order of bytes in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// RIFF.
    Little,
    /// AIFF and RIFX.
    Big,
}

impl ByteOrder {
    /// Two bytes as a number.
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Four bytes as a number.
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    /// A number as four bytes.
    pub fn u32_bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// One chunk of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Its four-character name.
    pub id: [u8; 4],
    /// Position of its body.
    pub start: u64,
    /// Bytes in its body, as it declares.
    pub size: u64,
}

impl Chunk {
    /// Reads the header at the position of `source`; `None` at its end.
    pub fn read(source: &mut ByteReader, order: ByteOrder) -> Result<Option<Self>> {
        let chunk = Self::read_any(source, order)?;
        if let Some(chunk) = &chunk {
            chunk.check_name()?;
        }
        Ok(chunk)
    }

    /// As [`Chunk::read`], whatever its name.
    pub fn read_any(source: &mut ByteReader, order: ByteOrder) -> Result<Option<Self>> {
        let position = source.position();
        let Some(&[a, b, c, d, size @ ..]) = source.peek(8)?.first_chunk::<8>() else {
            return Ok(None);
        };
        source.skip(8)?;
        Ok(Some(Self { id: [a, b, c, d], start: position + 8, size: u64::from(order.u32(size)) }))
    }

    /// Fails where there is something else than a chunk.
    pub fn check_name(&self) -> Result<()> {
        if is_name(&self.id) {
            return Ok(());
        }
        Err(Error::malformed(format!("expected a chunk here, but \"{}\" is no name of one", self.name()))
            .at(self.start - 8))
    }

    /// Position of the byte after the body.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.size)
    }

    /// The name, for messages.
    pub fn name(&self) -> String {
        self.id.escape_ascii().to_string()
    }

    /// The body, but no more than `limit` bytes of it.
    pub fn body(&self, source: &mut ByteReader, limit: usize) -> Result<Vec<u8>> {
        source.seek(self.start)?;
        source.read_vec(usize::try_from(self.size).unwrap_or(usize::MAX).min(limit))
    }

    /// Moves to the next chunk.
    ///
    /// Some programs leave out the pad byte. It is zero, and no name begins
    /// with zero; where it is something else, the likelier of the two places
    /// for a name decides.
    pub fn skip(&self, source: &mut ByteReader) -> Result<()> {
        source.seek(self.end())?;
        if self.size % 2 == 1 {
            let unpadded = match source.peek(5)? {
                [0, ..] => false,
                [name @ .., _] if name.len() == 4 && is_known(name) => true,
                [_, name @ ..] if name.len() == 4 => !is_name(name),
                _ => false,
            };
            if !unpadded {
                source.skip(1)?;
            }
        }
        Ok(())
    }
}

/// Appends a chunk with its pad byte.
///
/// # Errors
/// LIMIT for a body whose size no chunk can tell.
pub fn append_chunk(bytes: &mut Vec<u8>, order: ByteOrder, id: [u8; 4], body: &[u8]) -> Result<()> {
    let size = u32::try_from(body.len())
        .map_err(|_| Error::limit(format!("a \"{}\" chunk of {} bytes is too large", id.escape_ascii(), body.len())))?;
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&order.u32_bytes(size));
    bytes.extend_from_slice(body);
    bytes.resize(bytes.len() + body.len() % 2, 0);
    Ok(())
}

/// Whether this can be the name of a chunk: printable characters.
pub fn is_name(id: &[u8]) -> bool {
    id.iter().all(|c| matches!(c, b' '..=b'~'))
}

/// The names that matter most: they are not to be missed by a byte.
fn is_known(id: &[u8]) -> bool {
    matches!(id, b"fmt " | b"data" | b"fact" | b"LIST" | b"bext" | b"JUNK" | b"COMM" | b"SSND" | b"FVER")
}
