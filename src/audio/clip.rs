//! A clip in memory at another rate, on several threads with the bits of one.

use super::batch;
use super::buffer::{Audio, Pages};
use super::cancel::Cancel;
use super::destination::Place;
use super::frames::{Frames, FramesMut};
use super::resample::{Kept, LengthRule, Quality, Ratio};
use super::resampled::{FrameSource, Resampled};
use super::sample::Sample;
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
pub fn resample<S: Sample>(
    src: &Frames<'_, S>,
    source_rate: f64,
    target_rate: f64,
    options: &ClipOptions,
    cancel: &Cancel,
) -> Result<Audio> {
    let ratio = Ratio::from_rates(source_rate, target_rate)?;
    // Above 32 bits only the name of the rate is wrong: the audio has no use for it.
    let rate = target_rate.round().clamp(1.0, f64::from(u32::MAX)) as u32;
    let (channels, layout) = (src.channels(), src.layout());
    let convert = Conversion { ratio, rate, options, cancel };
    if let Some(doubles) = src.of_type::<f64>() {
        return convert.all(&doubles);
    }
    if let Some(floats) = src.of_type::<f32>() {
        return convert.all(&floats);
    }
    let mut floats = Audio::zeroed::<f32>(channels as u32, rate, src.len() as u64, layout, Pages::Huge)?;
    src.copy_to(0, &mut floats.frames_mut::<f32>());
    convert.all(&Frames::new(floats.samples::<f32>().unwrap_or_default(), channels, layout))
}

struct Conversion<'a> {
    ratio: Ratio,
    rate: u32,
    options: &'a ClipOptions,
    cancel: &'a Cancel,
}

impl Conversion<'_> {
    fn all<S: Kept>(&self, src: &Frames<'_, S>) -> Result<Audio> {
        let frames = self.ratio.output_frames(src.len() as u64);
        let mut audio = Audio::zeroed::<S>(src.channels() as u32, self.rate, frames, src.layout(), Pages::Huge)?;
        let most = (frames as usize / LEAST).max(1);
        let threads = if most == 1 { 1 } else { batch::threads(self.options.threads).min(most) };
        let part = (frames as usize).div_ceil(threads).max(1);
        let is_complete = std::thread::scope(|scope| {
            let mut others = Vec::with_capacity(threads - 1);
            let mut rest = audio.frames_mut::<S>();
            let mut start = 0;
            loop {
                let mid = part.min(rest.len());
                let (head, tail) = rest.split_at(mid);
                if tail.is_empty() {
                    // The last part is this thread's own.
                    self.part(src, start, head)?;
                    // No thread left in the system, or a fault in one: its part is missing.
                    let came = |other: std::io::Result<std::thread::ScopedJoinHandle<'_, Result<()>>>| {
                        other.is_ok_and(|thread| matches!(thread.join(), Ok(Ok(()))))
                    };
                    return Ok::<_, Error>(others.into_iter().map(came).filter(|came| !came).count() == 0);
                }
                others.push(std::thread::Builder::new().spawn_scoped(scope, move || self.part(src, start, head)));
                rest = tail;
                start += mid as u64;
            }
        })?;
        self.cancel.check()?;
        if !is_complete {
            self.part(src, 0, audio.frames_mut())?;
        }
        Ok(audio)
    }

    /// Computes the frames of output from `start` on that fill `dst`.
    fn part<S: Kept>(&self, src: &Frames<'_, S>, start: u64, mut dst: FramesMut<'_, S>) -> Result<()> {
        let mut clip = Clip { frames: src, position: 0 };
        let mut resampled = Resampled::new(self.ratio, self.options.quality, LengthRule::Exact);
        let mut dst = Place::all(&mut dst);
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
struct Clip<'a, S> {
    frames: &'a Frames<'a, S>,
    position: usize,
}

impl<S: Kept> FrameSource for Clip<'_, S> {
    fn channels(&self) -> usize {
        self.frames.channels()
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.position = usize::try_from(frame).unwrap_or(usize::MAX).min(self.frames.len());
        Ok(())
    }

    fn read(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        let frames = dst.len().min(self.frames.len() - self.position);
        S::copy(self.frames, self.position, &mut dst.slice(0, frames));
        self.position += frames;
        Ok(frames)
    }
}
