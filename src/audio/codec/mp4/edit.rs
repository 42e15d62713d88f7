//! Which part of the media is the audio: edit lists and iTunSMPB.

use crate::audio::codec::Trim;

/// One entry of an edit list (ISO/IEC 14496-12, 8.6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// In the movie time scale; 0 is the rest of the media.
    pub duration: u64,
    /// In the media time scale; `None` is an empty edit: a pause before the media.
    pub media_time: Option<u64>,
}

/// What iTunes writes of an encoder's delay and padding, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gapless {
    pub delay: u64,
    pub frames: u64,
}

impl Gapless {
    /// Reads the text of an iTunSMPB comment: hexadecimal numbers, of which the
    /// second is the delay, the third the padding and the fourth the length.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_ascii_whitespace().map(|n| u64::from_str_radix(n, 16).ok());
        let delay = numbers.nth(1)??;
        let frames = numbers.nth(1)??;
        // All zeros stand in files that were never measured.
        (frames > 0 && delay < 1 << 32 && frames < 1 << 48).then_some(Self { delay, frames })
    }
}

/// The clocks of a track: movie and media ticks a second, frames a second.
#[derive(Debug, Clone, Copy)]
pub struct TimeScales {
    pub movie: u32,
    pub media: u32,
    pub rate: u32,
}

/// `value * to / from`, rounded to the nearest.
pub fn rescale(value: u64, from: u32, to: u32) -> u64 {
    let from = u128::from(from.max(1));
    u64::try_from((u128::from(value) * u128::from(to) + from / 2) / from).unwrap_or(u64::MAX)
}

impl TimeScales {
    /// Frames in that many media ticks.
    pub fn frames(&self, media: u64) -> u64 {
        rescale(media, self.media, self.rate)
    }

    /// Whether `movie` ticks could be what a writer made of `frames`, rounded up or down.
    fn is_rounded(&self, movie: u64, frames: u64) -> bool {
        let told = u128::from(movie) * u128::from(self.rate);
        let exact = u128::from(frames) * u128::from(self.movie);
        told.abs_diff(exact) < u128::from(self.rate)
    }

    /// The first piece of media that sounds: its time, its duration (0 is all
    /// the rest), and whether it is the only one. Edits that follow each other
    /// in the media are one; empty edits say when the audio starts in the
    /// presentation, and hold none.
    fn join(self, edits: &[Edit]) -> Option<(u64, u64, bool)> {
        let mut sounding = edits.iter().filter_map(|edit| edit.media_time.map(|time| (time, edit.duration)));
        let (time, mut duration) = sounding.next()?;
        for (next, more) in sounding {
            let end = self.frames(time).saturating_add(rescale(duration, self.movie, self.rate));
            let tick = u64::from(self.rate / self.movie.max(1));
            if duration == 0 || self.frames(next).abs_diff(end) > tick {
                return Some((time, duration, false));
            }
            duration = if more == 0 { 0 } else { duration.saturating_add(more) };
        }
        Some((time, duration, true))
    }

    /// Whether the edit list leaves out or repeats something in the middle, which is not followed.
    pub fn is_in_pieces(self, edits: &[Edit]) -> bool {
        self.join(edits).is_some_and(|(_, _, is_one)| !is_one)
    }

    /// The raw frames that are the audio. `media_end` is the frame where the
    /// media ends, if known; `delay` is what the codec's own set-up leaves out.
    ///
    /// An edit's duration is told in the movie time scale, often milliseconds:
    /// up to 47 frames too coarse. Where it is what the whole rest of the media
    /// rounds to, the media's own end is meant, which is exact; so is iTunSMPB.
    pub fn trim(self, edits: &[Edit], gapless: Option<Gapless>, media_end: Option<u64>, delay: u64) -> Trim {
        let from_gapless = |g: Gapless| Trim { start: g.delay, end: Some(g.delay.saturating_add(g.frames)) };
        let Some((time, duration, _)) = self.join(edits) else {
            return gapless.map_or(Trim { start: delay, end: media_end }, from_gapless);
        };
        let start = self.frames(time);
        let agrees = |g: &Gapless| g.delay == start && (duration == 0 || self.is_rounded(duration, g.frames));
        if let Some(gapless) = gapless.filter(agrees) {
            return from_gapless(gapless);
        }
        let end = match media_end {
            _ if duration == 0 => media_end,
            Some(end) if self.is_rounded(duration, end.saturating_sub(start)) => media_end,
            _ => Some(start.saturating_add(rescale(duration, self.movie, self.rate))),
        };
        Trim { start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECONDS: TimeScales = TimeScales { movie: 1000, media: 44_100, rate: 44_100 };

    fn edit(media_time: u64, duration: u64) -> Edit {
        Edit { duration, media_time: Some(media_time) }
    }

    /// 100,003 frames are 2267.64 ms: 2267 or 2268, as a writer rounds.
    #[test]
    fn a_rounded_duration_means_the_whole_media() {
        for duration in [2267, 2268] {
            let trim = MILLISECONDS.trim(&[edit(1024, duration)], None, Some(101_027), 0);
            assert_eq!(trim, Trim { start: 1024, end: Some(101_027) });
        }
        // 2266 ms are 99,930.6 frames: an end of its own.
        let trim = MILLISECONDS.trim(&[edit(1024, 2266)], None, Some(101_027), 0);
        assert_eq!(trim, Trim { start: 1024, end: Some(1024 + 99_931) });
    }

    #[test]
    fn itunes_is_believed_where_the_edit_list_agrees() {
        let gapless = Gapless::parse(" 00000000 00000400 0000015D 00000000000186A3 00000000").unwrap();
        assert_eq!(gapless, Gapless { delay: 1024, frames: 100_003 });
        let whole = Trim { start: 1024, end: Some(101_027) };
        assert_eq!(MILLISECONDS.trim(&[], Some(gapless), Some(101_376), 0), whole);
        assert_eq!(MILLISECONDS.trim(&[edit(1024, 2268)], Some(gapless), Some(101_376), 0), whole);
        // A cut made later.
        let cut = Trim { start: 5000, end: Some(5000 + 44_100) };
        assert_eq!(MILLISECONDS.trim(&[edit(5000, 1000)], Some(gapless), Some(101_376), 0), cut);
    }

    #[test]
    fn edits_in_a_row_are_one() {
        let pause = Edit { duration: 500, media_time: None };
        let edits = [pause, edit(0, 1000), edit(44_100, 500)];
        assert_eq!(MILLISECONDS.trim(&edits, None, Some(100_000), 0), Trim { start: 0, end: Some(66_150) });
        assert!(!MILLISECONDS.is_in_pieces(&edits));
        assert!(MILLISECONDS.is_in_pieces(&[edit(0, 1000), edit(0, 1000)]));
    }
}
