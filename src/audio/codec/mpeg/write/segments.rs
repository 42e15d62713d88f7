//! One stream encoded on several threads, in segments.
//!
//! A segment is a run of MP3 frames, always as many whatever the number of
//! threads, so that this number does not change the bytes. Its encoder begins
//! some frames early, and these are thrown away: by then its filters, masking
//! thresholds and block switching have seen what one encoder would have. It is
//! also given the samples behind its end that the last frame needs. No frame
//! of a segment uses the bits of another: the reservoir is emptied at its
//! start and its end.
//!
//! Encoders begin at multiples of 49 frames, after which the pattern of padded
//! frames repeats at every rate: the frames of a constant bit rate then lie on
//! the same grid as those of one encoder.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::{Planes, failed, samples_per_frame};
use crate::audio::{Error, ErrorKind, Result};
use crate::platform::lame::{Lame, Parameters};

/// Frames that are encoded in front of a segment and thrown away.
const WARM_UP: usize = 49;
/// Frames of a segment; 13 s at 44.1 kHz.
const SEGMENT: usize = 10 * WARM_UP;
/// What an encoder must have behind a frame before it gives it, in frames.
const LOOK_AHEAD: usize = 1;

/// The segments of one stream.
pub struct Segments {
    parameters: Parameters,
    threads: usize,
    /// The samples of the segment being gathered, from its warm-up on.
    gathered: Planes,
    /// Its warm-up; the first segment has none.
    warm_up: usize,
    /// In the order of the stream.
    running: VecDeque<JoinHandle<Result<Vec<u8>>>>,
    is_given_up: Arc<AtomicBool>,
    /// The process that has the threads.
    process: u32,
}

impl Segments {
    pub fn new(parameters: Parameters, threads: usize) -> Self {
        Self {
            parameters,
            threads,
            gathered: Planes::default(),
            warm_up: 0,
            running: VecDeque::new(),
            is_given_up: Arc::default(),
            process: std::process::id(),
        }
    }

    /// Takes interleaved samples; appends bytes to `out` as segments become ready.
    pub fn append(&mut self, samples: &[f32], out: &mut Vec<u8>) -> Result<()> {
        self.check_process()?;
        let (frame, channels) = (samples_per_frame(self.parameters.rate), self.parameters.channels);
        let mut samples = samples;
        while !samples.is_empty() {
            let needed = (self.warm_up + SEGMENT + LOOK_AHEAD) * frame;
            let missing = (needed - self.gathered.len()) * channels as usize;
            let (now, later) = samples.split_at(missing.min(samples.len()));
            self.gathered.append(now, channels);
            samples = later;
            if self.gathered.len() == needed {
                let (left, right) = self.gathered.slice(needed - (WARM_UP + LOOK_AHEAD) * frame, needed);
                let next = Planes { left: left.to_vec(), right: right.to_vec() };
                let planes = std::mem::replace(&mut self.gathered, next);
                self.begin(planes, Some(SEGMENT), out)?;
                self.warm_up = WARM_UP;
            }
        }
        Ok(())
    }

    /// Waits for all segments that were begun.
    pub fn collect(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.check_process()?;
        while let Some(oldest) = self.running.pop_front() {
            out.extend_from_slice(&result_of(oldest)?);
        }
        Ok(())
    }

    /// Encodes what is left.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.check_process()?;
        let planes = std::mem::take(&mut self.gathered);
        self.begin(planes, None, out)?;
        self.collect(out)
    }

    /// Encodes `frames` behind the warm-up, or all there are with the end of the stream.
    fn begin(&mut self, planes: Planes, frames: Option<usize>, out: &mut Vec<u8>) -> Result<()> {
        while self.running.len() >= self.threads {
            if let Some(oldest) = self.running.pop_front() {
                out.extend_from_slice(&result_of(oldest)?);
            }
        }
        let (parameters, warm_up, given_up) = (self.parameters, self.warm_up, Arc::clone(&self.is_given_up));
        let thread = std::thread::Builder::new()
            .name("ondes-mp3".to_owned())
            .spawn(move || encode(&parameters, &planes, warm_up, frames, &given_up))
            .map_err(|e| Error::io("start a thread", &e))?;
        self.running.push_back(thread);
        Ok(())
    }

    /// In a child of a fork the threads are gone: to wait for them would be for ever.
    fn check_process(&self) -> Result<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Closed,
            "the process was forked after the file was begun: it can be written only where it was begun",
        ))
    }
}

impl Drop for Segments {
    /// No thread outlives the writer: the library may be unloaded next.
    fn drop(&mut self) {
        if self.check_process().is_err() {
            self.running.drain(..).for_each(std::mem::forget);
            return;
        }
        self.is_given_up.store(true, Ordering::Relaxed);
        for thread in self.running.drain(..) {
            let _ = thread.join();
        }
    }
}

fn result_of(thread: JoinHandle<Result<Vec<u8>>>) -> Result<Vec<u8>> {
    let broken = || Error::new(ErrorKind::Internal, "a thread of the MP3 encoder broke down");
    thread.join().unwrap_or_else(|_| Err(broken()))
}

/// The bytes of one segment.
fn encode(
    parameters: &Parameters,
    planes: &Planes,
    warm_up: usize,
    frames: Option<usize>,
    is_given_up: &AtomicBool,
) -> Result<Vec<u8>> {
    let mut lame = Lame::new(parameters).map_err(failed)?;
    let frame = samples_per_frame(parameters.rate);
    let mut bytes = Vec::new();
    // LAME gives at most one frame for as many samples, so none is missed here.
    for start in (0..planes.len()).step_by(frame) {
        if is_given_up.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Cancelled, "the writer was freed"));
        }
        let before = lame.frames();
        let (left, right) = planes.slice(start, (start + frame).min(planes.len()));
        lame.encode(left, right, &mut bytes).map_err(failed)?;
        if lame.frames() == warm_up as u64 && lame.frames() > before {
            lame.part(&mut bytes).map_err(failed)?;
            bytes.clear();
        }
    }
    match frames {
        Some(frames) => {
            debug_assert_eq!(lame.frames(), (warm_up + frames) as u64, "the look-ahead is what LAME needs");
            lame.part(&mut bytes).map_err(failed)?;
        }
        None => lame.finish(&mut bytes).map_err(failed)?,
    }
    Ok(bytes)
}
