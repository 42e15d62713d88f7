//! FLAC: the VORBIS_COMMENT and PICTURE blocks (RFC 9639, 8.6 and 8.8).

use super::{Tags, vorbis_comment};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// The type of a VORBIS_COMMENT block.
const COMMENTS: u8 = 4;
/// The type of a PICTURE block.
const PICTURE: u8 = 6;
/// The most bytes that a block can have: its size has 24 bits.
const MAX_BLOCK: usize = (1 << 24) - 1;

/// Reads the blocks behind the `fLaC` marker.
pub fn read(mut source: ByteReader, tags: &mut Tags) -> Result<()> {
    // A stream may also begin with a frame, without marker and blocks.
    if source.peek(4)? != b"fLaC" {
        return Ok(());
    }
    source.skip(4)?;
    loop {
        let [flags, a, b, c] = source.read_array()?;
        let (kind, size) = (flags & 0x7f, u32::from_be_bytes([0, a, b, c]));
        if matches!(kind, COMMENTS | PICTURE) {
            let block = source.read_vec(size as usize)?;
            tags.part(|tags| read_block(kind, &block, tags))?;
        } else {
            source.skip(u64::from(size))?;
        }
        if flags & 0x80 != 0 {
            return Ok(());
        }
    }
}

/// Reads a block that has its header in front, as Ogg FLAC has it in a packet.
/// True if it is the last.
pub fn read_packet(packet: &[u8], tags: &mut Tags) -> Result<bool> {
    let Some(([flags, ..], block)) = packet.split_first_chunk::<4>() else { return Ok(true) };
    tags.part(|tags| read_block(flags & 0x7f, block, tags))?;
    Ok(flags & 0x80 != 0)
}

fn read_block(kind: u8, block: &[u8], tags: &mut Tags) -> Result<()> {
    match kind {
        COMMENTS => vorbis_comment::read(block, tags),
        PICTURE if tags.picture_bytes() < MAX_TAG => vorbis_comment::read_picture(block, tags),
        PICTURE => Err(Error::limit("the pictures are larger than the limit")),
        _ => Ok(()),
    }
}

impl Tags {
    /// The metadata blocks that hold the tags, each with its type and without
    /// its header: VORBIS_COMMENT, which names the encoder as `vendor` and
    /// should always be there, and PICTURE blocks.
    pub fn to_flac_blocks(&self, vendor: &str) -> Result<Vec<(u8, Vec<u8>)>> {
        let mut blocks = vec![(COMMENTS, self.to_comment_block(vendor, MAX_BLOCK)?)];
        for picture in &self.pictures {
            let block = vorbis_comment::picture_block(picture);
            if block.len() > MAX_BLOCK {
                return Err(Error::limit(format!(
                    "a picture of {} bytes is more than a FLAC metadata block can hold",
                    picture.data.len()
                )));
            }
            blocks.push((PICTURE, block));
        }
        Ok(blocks)
    }
}
