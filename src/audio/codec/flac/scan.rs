//! Finding frames where their places are not known.

use super::header::{FrameHeader, MAX_HEADER};
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Something that looks like a frame: sync code, sane fields, right CRC-8.
/// One in some millions is not, so what matters is confirmed by decoding.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Where it starts.
    pub offset: u64,
    /// Its header.
    pub header: FrameHeader,
}

/// What decoding candidates that are no frames has cost.
///
/// A header of ten bytes may announce half a million samples, so a file made
/// of nothing else would keep a decoder busy for hours.
#[derive(Debug, Default)]
pub struct Effort {
    /// Samples decoded in vain, less those that the bytes passed make up for.
    samples: u64,
    /// Where the last try was.
    offset: u64,
}

impl Effort {
    /// Samples decoded in vain that are always allowed: a quarter of a second's work.
    const FREE: u64 = 1 << 25;
    /// More samples per byte than damaged files of real audio have.
    const PER_BYTE: u64 = 8;

    /// Counts a try for nothing at `offset`.
    ///
    /// # Errors
    /// [`crate::audio::ErrorKind::Limit`] once there were too many for what was passed.
    pub fn count(&mut self, offset: u64, header: &FrameHeader) -> Result<()> {
        let passed = offset.saturating_sub(self.offset).saturating_mul(Self::PER_BYTE);
        let cost = u64::from(header.block_size) * u64::from(header.channels.count());
        self.samples = self.samples.saturating_sub(passed) + cost;
        self.offset = offset;
        if self.samples > Self::FREE {
            let message = "too much looks like FLAC frames and is none: the search for the next one is given up";
            return Err(Error::limit(message).at(offset));
        }
        Ok(())
    }
}

/// The first candidate in `from..to` that `accepts` takes. The source is left anywhere.
pub fn next_candidate(
    source: &mut ByteReader,
    from: u64,
    to: u64,
    mut accepts: impl FnMut(&Candidate) -> bool,
) -> Result<Option<Candidate>> {
    const WINDOW: usize = 4096;
    let mut at = from;
    while at < to {
        source.seek(at)?;
        let window = source.peek_more(WINDOW)?;
        let is_last = window.len() < WINDOW;
        // A header that is cut off by the window's end is left for the next one.
        let starts = if is_last { window.len() } else { window.len() - MAX_HEADER };
        let starts = starts.min(usize::try_from(to - at).unwrap_or(usize::MAX));
        let mut i = 0;
        while let Some(run) = window[i..starts].iter().position(|byte| *byte == 0xff) {
            i += run;
            if let Ok(header) = FrameHeader::parse(&window[i..]) {
                let candidate = Candidate { offset: at + i as u64, header };
                if accepts(&candidate) {
                    return Ok(Some(candidate));
                }
            }
            i += 1;
        }
        if is_last {
            break;
        }
        at += starts as u64;
    }
    Ok(None)
}
