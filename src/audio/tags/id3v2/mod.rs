//! ID3v2.2 to 2.4 (id3.org: "ID3v2.2.0", "ID3v2.3.0", "ID3v2.4.0 Main
//! Structure" and "Native Frames").

mod frames;
mod read;
mod write;

pub use read::{read_in_front, read_tag};

/// The header of a tag (ID3v2.4 structure, 3.1).
#[derive(Debug, Clone, Copy)]
pub struct Header {
    major: u8,
    flags: u8,
    /// Bytes between header and footer.
    size: u32,
}

impl Header {
    /// Bytes of the header.
    pub const SIZE: usize = 10;
    const UNSYNCHRONISED: u8 = 0x80;
    /// In version 2.2 the flag says that the tag is compressed, in no way that was ever defined.
    const EXTENDED_HEADER: u8 = 0x40;
    const FOOTER: u8 = 0x10;

    /// Reads the header at the start of `bytes`, if there is one.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[b'I', b'D', b'3', major, minor, flags, ref size @ ..] = bytes.first_chunk::<{ Self::SIZE }>()? else {
            return None;
        };
        let size = synchsafe(*size)?;
        (major != 0xff && minor != 0xff).then_some(Self { major, flags, size })
    }

    /// Bytes of the whole tag.
    pub fn tag_size(&self) -> u64 {
        let footer = if self.flags & Self::FOOTER != 0 { Self::SIZE } else { 0 };
        Self::SIZE as u64 + u64::from(self.size) + footer as u64
    }
}

/// A number in four bytes of which only seven bits count, so that no sync word
/// of MPEG audio appears; none if the eighth bit is set.
fn synchsafe(bytes: [u8; 4]) -> Option<u32> {
    let is_safe = bytes.iter().all(|byte| byte & 0x80 == 0);
    is_safe.then(|| bytes.iter().fold(0, |n, byte| n << 7 | u32::from(*byte)))
}

/// The greatest number of that kind.
const MAX_SYNCHSAFE: usize = (1 << 28) - 1;
