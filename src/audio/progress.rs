//! Progress of long work: a callback on the caller's own thread, now and then.

use std::time::{Duration, Instant};

use super::cancel::Cancel;

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
