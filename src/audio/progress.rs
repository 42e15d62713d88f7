//! Progress of long work: a callback on the caller's own thread, now and then.

use std::time::{Duration, Instant};

use super::Result;
use super::cancel::Cancel;
use super::codec::Length;
use super::reader::Reader;

/// Progress is reported at most this often.
pub const INTERVAL: Duration = Duration::from_millis(50);

/// How far long work has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Files done, failed ones included.
    pub files: usize,
    /// Files in all.
    pub files_total: usize,
    /// Files that failed.
    pub failed: usize,
    /// Frames decoded, at the rate of the results.
    pub frames: u64,
    /// Bytes of the files that are done.
    pub bytes: u64,
    /// Seconds of audio decoded.
    pub seconds: f64,
    /// Frames in all, where that is known beforehand; 0 otherwise.
    pub frames_total: u64,
}

/// Told now and then how far the work is; false asks for the end.
pub type OnProgress<'a> = &'a mut dyn FnMut(&Progress) -> bool;

/// Calls back at a bounded rate, on the caller's own thread.
pub struct Reporter {
    next: Instant,
}

impl Default for Reporter {
    /// Ready to report at once.
    fn default() -> Self {
        Self { next: Instant::now() }
    }
}

impl Reporter {
    /// Reports, unless it is too early and not the end.
    pub fn report(
        &mut self,
        progress: &Progress,
        is_last: bool,
        on_progress: &mut Option<OnProgress<'_>>,
        cancel: &Cancel,
    ) {
        let Some(on_progress) = on_progress else { return };
        let now = Instant::now();
        if (is_last || now >= self.next) && !cancel.is_set() {
            self.next = now + INTERVAL;
            if !on_progress(progress) {
                cancel.set();
            }
        }
    }
}

/// Tells the caller how far one reader has been read, and asks whether to go on.
pub struct Report<'a> {
    progress: Progress,
    reporter: Reporter,
    on_progress: Option<OnProgress<'a>>,
    cancel: Cancel,
    rate: u32,
}

impl<'a> Report<'a> {
    /// Counts from the reader's position on.
    pub fn new(reader: &Reader, cancel: &Cancel, on_progress: Option<OnProgress<'a>>) -> Self {
        let left = reader.length().map(|frames| frames.saturating_sub(reader.position()));
        Self::of(left, reader.rate(), cancel, on_progress)
    }

    /// Counts up to a length.
    pub fn of(length: Length, rate: u32, cancel: &Cancel, on_progress: Option<OnProgress<'a>>) -> Self {
        let frames_total = match length {
            Length::Exact(frames) | Length::Estimate(frames) => frames,
            Length::Unknown => 0,
        };
        Self {
            progress: Progress { files_total: 1, frames_total, ..Progress::default() },
            reporter: Reporter::default(),
            on_progress,
            // The callback may end this work, not what else has the token.
            cancel: cancel.child(),
            rate,
        }
    }

    /// Counts the frames up to `frame`, from the start.
    ///
    /// # Errors
    /// CANCELLED.
    pub fn reach(&mut self, frame: u64) -> Result<()> {
        self.progress.frames = frame;
        self.tell(0, false)
    }

    /// Says that the work has come to the end, which is known now.
    pub fn end(&mut self, length: Length) -> Result<()> {
        if let Length::Exact(frames) = length {
            (self.progress.frames, self.progress.frames_total) = (frames, frames);
        }
        self.tell(0, true)
    }

    /// Counts frames that were read.
    ///
    /// # Errors
    /// CANCELLED, unless these frames were the last.
    pub fn tell(&mut self, frames: usize, is_last: bool) -> Result<()> {
        self.progress.frames += frames as u64;
        self.progress.files = usize::from(is_last);
        self.progress.seconds = self.progress.frames as f64 / f64::from(self.rate);
        self.reporter.report(&self.progress, is_last, &mut self.on_progress, &self.cancel);
        if is_last { Ok(()) } else { self.cancel.check() }
    }
}
