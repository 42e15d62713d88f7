//! A clip in memory at another rate, on several threads with the bits of one.

use super::batch;
use super::buffer::{Audio, Pages};
use super::cancel::Cancel;
use super::destination::{Destination, Place};
use super::frames::AnyFrames;
use super::resample::{LengthRule, Quality, Ratio};
use super::resampled::{FrameSource, Resampled};
use super::sample::SampleFormat;
use super::{Error, ErrorKind, Result};

/// Fewer frames of output than this are not worth a thread.
const LEAST: usize = 1 << 16;
/// Frames between two looks at the cancel token.
const STEP: usize = 1 << 16;

/// How a clip is converted.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClipOptions {
    /// How well.
    pub quality: Quality,
    /// How many threads work on it; 0 is one per core.
    pub threads: usize,
}

/// Converts all of `src` from one rate in Hz to another: ceil(frames * target / source) frames, which begin at the same
/// time, in the layout of `src`.
///
/// `F64` stays so; everything else becomes `F32`, integers divided by their full scale.
///
/// # Errors
/// A rate that is not above 0, or rates more than 256:1 apart; no memory; the token was set.
pub fn resample(
    src: &AnyFrames<'_>,
    source_rate: f64,
    target_rate: f64,
    options: &ClipOptions,
    cancel: &Cancel,
) -> Result<Audio> {
    let ratio = Ratio::from_rates(source_rate, target_rate)?;
    // Above 32 bits only the name of the rate is wrong: the audio has no use for it.
    let rate = target_rate.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let conversion = Conversion { src, ratio, options, cancel };
    let format = if src.format() == SampleFormat::F64 { SampleFormat::F64 } else { SampleFormat::F32 };
    let frames = ratio.output_frames(src.len() as u64);
    let mut audio = Audio::zeroed(format, src.channels() as u32, rate, frames, src.layout(), Pages::Huge)?;
    if !conversion.on_threads(&mut *audio.destination(0))? {
        conversion.part(0, &mut *audio.destination(0))?;
    }
    Ok(audio)
}

struct Conversion<'a> {
    src: &'a AnyFrames<'a>,
    ratio: Ratio,
    options: &'a ClipOptions,
    cancel: &'a Cancel,
}

impl Conversion<'_> {
    /// Fills `dst`; false if a part is missing, for there was no thread left in the system, or a fault in one.
    fn on_threads(&self, dst: &mut dyn Destination) -> Result<bool> {
        let frames = dst.frames();
        let most = (frames / LEAST).max(1);
        let threads = if most == 1 { 1 } else { batch::threads(self.options.threads).min(most) };
        let each = frames.div_ceil(threads).max(1);
        let mut parts = dst.parts(frames, each);
        // The last part is this thread's own.
        let Some(mut last) = parts.pop() else { return self.cancel.check().map(|()| true) };
        let start = (parts.len() * each) as u64;
        let is_complete = std::thread::scope(|scope| {
            let others: Vec<_> = parts
                .into_iter()
                .enumerate()
                .map(|(i, mut part)| {
                    let convert = move || self.part((i * each) as u64, &mut *part);
                    std::thread::Builder::new().spawn_scoped(scope, convert)
                })
                .collect();
            self.part(start, &mut *last)?;
            let came = |other: std::io::Result<std::thread::ScopedJoinHandle<'_, Result<()>>>| {
                other.is_ok_and(|thread| matches!(thread.join(), Ok(Ok(()))))
            };
            Ok::<_, Error>(others.into_iter().map(came).filter(|came| !came).count() == 0)
        })?;
        self.cancel.check()?;
        Ok(is_complete)
    }

    /// Computes the frames of output from `start` on that fill `dst`.
    fn part(&self, start: u64, dst: &mut dyn Destination) -> Result<()> {
        let mut clip = Clip { frames: self.src, position: 0 };
        let mut resampled = Resampled::new(self.ratio, self.options.quality, LengthRule::Exact);
        let mut dst = Place::all(dst);
        let mut done = 0;
        while done < dst.len() {
            self.cancel.check()?;
            match resampled.read(&mut clip, start + done as u64, &mut dst.slice(done, STEP))? {
                0 => return Err(Error::new(ErrorKind::Internal, "a clip ended before its end")),
                n => done += n,
            }
        }
        Ok(())
    }
}

/// Frames in memory, read from anywhere.
struct Clip<'a> {
    frames: &'a AnyFrames<'a>,
    position: usize,
}

impl FrameSource for Clip<'_> {
    fn channels(&self) -> usize {
        self.frames.channels()
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.position = usize::try_from(frame).unwrap_or(usize::MAX).min(self.frames.len());
        Ok(())
    }

    fn read(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        let frames = dst.len().min(self.frames.len() - self.position);
        dst.slice(0, frames).copy(self.frames, self.position);
        self.position += frames;
        Ok(frames)
    }
}
