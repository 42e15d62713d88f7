//! Going to a frame: from the seek table and the places already known to
//! narrower and narrower brackets.

use super::FlacStream;
use super::{Found, Frames};
use crate::audio::Result;
use crate::audio::codec::Length;
use crate::audio::codec::flac::header::MIN_FRAME;
use crate::audio::codec::flac::scan::{Candidate, next_candidate};

/// A frame at or before the one searched for.
#[derive(Debug, Clone, Copy)]
struct Low {
    start: u64,
    /// The frame after its last.
    end: u64,
    offset: u64,
}

/// Whether candidates must prove themselves by their CRC-16.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    Header,
    WholeFrame,
}

impl FlacStream {
    /// Makes the last frame that starts at or before `frame` the next to be given.
    pub(super) fn go_near(&mut self, frame: u64) -> Result<()> {
        let low = self.search(frame, Trust::Header)?;
        if self.confirm(low)? {
            return Ok(());
        }
        // The file is damaged, or something else looked like a header.
        let low = self.search(frame, Trust::WholeFrame)?;
        if !self.confirm(low)? {
            self.frames.source.seek(low.offset)?;
            self.next = low.start;
        }
        Ok(())
    }

    /// Decodes the frame found and keeps it as the next.
    fn confirm(&mut self, low: Low) -> Result<bool> {
        self.frames.source.seek(low.offset)?;
        match self.frames.decode_here()? {
            Found::Frame { header, len, start }
                if start == low.start && self.frames.format_of(&header) == Some(self.frames.format) =>
            {
                self.frames.source.skip(len as u64)?;
                self.next = start;
                self.ready = Some(header);
                self.keep(start, low.offset);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Remembers the place of a frame.
    fn keep(&mut self, start: u64, offset: u64) {
        const MAX_POINTS: usize = 1 << 16;
        if self.points.len() < MAX_POINTS {
            self.points.insert(start, offset);
        }
    }

    /// The last frame that starts at or before `frame`.
    fn search(&mut self, frame: u64, trust: Trust) -> Result<Low> {
        /// Brackets of fewer bytes are searched from their start.
        const NARROW: u64 = 48 << 10;
        /// Guesses before halving takes over: interpolation can be led astray for ever.
        const GUESSES: u32 = 8;

        let frames = &mut self.frames;
        let mut low = Low { start: 0, end: 0, offset: frames.numbering.audio_start };
        let mut high = frames.source.len().unwrap_or(u64::MAX);
        let mut high_start = match self.length {
            Length::Exact(n) | Length::Estimate(n) if n > frame => n,
            _ => u64::MAX,
        };
        if trust == Trust::Header {
            if let Some((start, offset)) = self.points.range(..=frame).next_back().map(|(s, o)| (*s, *o)) {
                match frames.check_point(start, offset)? {
                    Some(point) => low = point,
                    // A table that lies once is not asked again.
                    None => self.points.clear(),
                }
            }
            if let Some((start, offset)) = self.points.range(frame.saturating_add(1)..).next().map(|(s, o)| (*s, *o)) {
                match frames.check_point(start, offset)? {
                    Some(point) if offset > low.offset => (high, high_start) = (point.offset, start),
                    _ => self.points.clear(),
                }
            }
        }
        let mut tries = 0;
        while high != u64::MAX && frame >= low.end && high - low.offset > NARROW {
            let span = high - low.offset;
            let guess = if tries < GUESSES && high_start != u64::MAX {
                // A frame's length early, to come out before the frame rather than behind it.
                let bytes =
                    |frames: u64| (u128::from(frames) * u128::from(span) / u128::from(high_start - low.start)) as u64;
                let back = bytes(low.end.saturating_sub(low.start).max(4096));
                bytes(frame - low.start).saturating_sub(back)
            } else {
                span / 2
            };
            tries += 1;
            let guess = low.offset + guess.clamp(MIN_FRAME as u64, span - 1);
            match frames.next_frame(guess, high, low.start, high_start, trust)? {
                Some(found) if found.start <= frame => low = found,
                Some(found) => (high, high_start) = (guess, found.start),
                None => high = guess,
            }
        }
        while frame >= low.end {
            match frames.next_frame(low.offset + 1, high, low.start, frame.saturating_add(1), trust)? {
                Some(found) => low = found,
                None => break,
            }
        }
        Ok(low)
    }
}

impl Frames {
    /// The first frame in the bytes `from..to` that starts after frame
    /// `after` and before frame `before`.
    fn next_frame(&mut self, from: u64, to: u64, after: u64, before: u64, trust: Trust) -> Result<Option<Low>> {
        let mut from = from;
        loop {
            let numbering = self.numbering;
            let found = next_candidate(&mut self.source, from, to, |candidate| {
                numbering.start_of(candidate).is_some_and(|start| start > after && start < before)
            })?;
            let Some(candidate) = found else { return Ok(None) };
            if trust == Trust::WholeFrame {
                self.source.seek(candidate.offset)?;
                if !matches!(self.decode_here()?, Found::Frame { .. }) {
                    from = candidate.offset + 1;
                    continue;
                }
            }
            return Ok(self.low(&candidate));
        }
    }

    fn low(&self, candidate: &Candidate) -> Option<Low> {
        let start = self.numbering.start_of(candidate)?;
        Some(Low { start, end: start + u64::from(candidate.header.block_size), offset: candidate.offset })
    }

    /// The frame that a seek point names, if it is there.
    fn check_point(&mut self, start: u64, offset: u64) -> Result<Option<Low>> {
        let found = next_candidate(&mut self.source, offset, offset.saturating_add(1), |_| true)?;
        Ok(found.and_then(|candidate| self.low(&candidate)).filter(|low| low.start == start))
    }
}
