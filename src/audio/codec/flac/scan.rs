//! Finding frames where their places are not known.

use super::header::{FrameHeader, MAX_HEADER};
use crate::audio::Result;
use crate::audio::source::ByteReader;

/// Something that looks like a frame: sync code, sane fields, right CRC-8.
/// One in some millions is not, so what matters is confirmed by decoding.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Where it starts.
    pub offset: u64,
    /// Its header.
    pub header: FrameHeader,
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
