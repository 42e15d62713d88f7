//! CAF: the information chunk (Core Audio Format Specification 1.0, "Information Chunk").

use super::{Tags, keys, text};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Bytes of the file header: mark, version, flags.
const FILE_HEADER: u64 = 8;
/// What the audio itself tells, and tells rightly.
const DURATION: &str = "approximate duration in seconds";

/// Reads the chunks before the audio and, where the source can seek, behind it.
pub fn read(mut source: ByteReader, tags: &mut Tags) -> Result<()> {
    source.skip(FILE_HEADER)?;
    loop {
        let Some(&[a, b, c, d, ref size @ ..]) = source.peek(12)?.first_chunk::<12>() else { return Ok(()) };
        let (id, size) = ([a, b, c, d], i64::from_be_bytes(*size));
        source.skip(12)?;
        let start = source.position();
        // Audio that goes on to the end of the file has the size -1.
        let is_last = &id == b"data" && (size < 0 || !source.is_seekable());
        let size = match u64::try_from(size) {
            Ok(size) if !is_last => size,
            _ if is_last => return Ok(()),
            _ => return Err(Error::malformed("a chunk declares a negative size").at(start)),
        };
        if &id == b"info" {
            let body = source.read_up_to(usize::try_from(size).unwrap_or(usize::MAX).min(MAX_TAG))?;
            tags.part(|tags| read_info(&body, tags))?;
        }
        source.seek(start.saturating_add(size))?;
    }
}

/// Keys and values, each ended by a NUL, behind their number.
fn read_info(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let (count, mut rest) =
        bytes.split_first_chunk::<4>().ok_or_else(|| Error::malformed("the info chunk is too short"))?;
    for _ in 0..u32::from_be_bytes(*count) {
        if rest.is_empty() {
            return Err(Error::malformed("the info chunk ends too early"));
        }
        let (key, behind) = text::split_nul(rest);
        let (value, behind) = text::split_nul(behind);
        let key = text::guess(key);
        if key != DURATION {
            tags.note(own_name(&key), &text::guess(value));
        }
        rest = behind;
    }
    Ok(())
}

fn own_name(key: &str) -> &str {
    keys::name_where(|known| !known.caf.is_empty() && known.caf == key).unwrap_or(key)
}

impl Tags {
    /// The body of the `info` chunk of a CAF file; empty where there is
    /// nothing for it. A key stands in it once, so several values are joined
    /// by "; ". It holds no pictures.
    pub fn to_caf_info(&self) -> Vec<u8> {
        let groups = self.grouped();
        if groups.is_empty() {
            return Vec::new();
        }
        let mut body = (groups.len() as u32).to_be_bytes().to_vec();
        for (key, values) in groups {
            let key = keys::find(key).map(|known| known.caf).filter(|name| !name.is_empty()).unwrap_or(key);
            for text in [key, &values.join("; ")] {
                body.extend(text.as_bytes());
                body.push(0);
            }
        }
        body
    }
}
