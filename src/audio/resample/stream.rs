//! A stream pushed through piece by piece, with counts that can be told before.

use super::{Quality, Ratio, Resampler};
use crate::audio::destination::Place;
use crate::audio::frames::{Frames, FramesMut, Layout};
use crate::audio::sample::{Float, SampleFormat};
use crate::audio::{Error, ErrorKind, Result};

/// How many frames `n` frames of input become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LengthRule {
    /// `ceil(n * target / source)`: every moment of the input is there.
    #[default]
    Exact,
    /// `floor((n + latency) * target / source) - round(latency * target / source)`,
    /// the count of pedalboard: often one less. The counts of single calls
    /// follow the same formula.
    Floor,
}

/// Converts what is pushed into it.
///
/// The output does not depend on how the input is cut. Nothing is allocated
/// after creation.
pub struct StreamResampler {
    engine: Engine,
    format: SampleFormat,
    ratio: Ratio,
    rule: LengthRule,
    latency: u64,
    fed: u64,
}

enum Engine {
    Single(Resampler<f32>),
    Double(Resampler<f64>),
}

/// Evaluates an expression on the resampler of an engine, whatever its float.
macro_rules! with_engine {
    ($engine:expr, $resampler:ident => $body:expr) => {
        match $engine {
            Engine::Single($resampler) => $body,
            Engine::Double($resampler) => $body,
        }
    };
}

/// Evaluates an expression with `$S` as the float of the format.
macro_rules! with_float {
    ($format:expr, $S:ident => $body:expr) => {
        if $format == SampleFormat::F64 {
            type $S = f64;
            $body
        } else {
            type $S = f32;
            $body
        }
    };
}

impl StreamResampler {
    /// A resampler at its start, which computes in the precision of `format`,
    /// single for all but `F64`, or a better one.
    ///
    /// # Panics
    /// If `channels` is 0.
    pub fn new(ratio: Ratio, channels: usize, format: SampleFormat, quality: Quality, rule: LengthRule) -> Self {
        let engine = if format == SampleFormat::F64 || quality.is_double() {
            Engine::Double(Resampler::new(ratio, channels, quality))
        } else {
            Engine::Single(Resampler::new(ratio, channels, quality))
        };
        let latency = quality.delay().unwrap_or_else(|| with_engine!(&engine, r => r.latency()));
        Self { engine, format, ratio, rule, latency, fed: 0 }
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        with_engine!(&self.engine, r => r.channels())
    }

    /// Frames of input that must follow a moment before it comes out.
    pub fn latency(&self) -> u64 {
        self.latency
    }

    /// Frames that [`StreamResampler::process`] will give for so many frames of input.
    pub fn output_frames(&self, frames: u64) -> u64 {
        self.given(self.fed.saturating_add(frames)) - self.given(self.fed)
    }

    /// Frames that [`StreamResampler::flush`] will give.
    pub fn flush_frames(&self) -> u64 {
        self.rule.frames(self.ratio, self.latency, self.fed).saturating_sub(self.given(self.fed))
    }

    /// Frames given when so many frames were fed.
    fn given(&self, fed: u64) -> u64 {
        match self.rule {
            LengthRule::Exact => with_engine!(&self.engine, r => r.available(fed)),
            LengthRule::Floor => self.ratio.whole_output_frames(fed).saturating_sub(skipped(self.ratio, self.latency)),
        }
    }

    /// Converts all of `src`; returns the frames that came of it.
    ///
    /// # Errors
    /// `dst` holds fewer frames than come out; nothing was done then.
    ///
    /// # Panics
    /// If `src` or `dst` has another number of channels.
    pub fn process<S: Float>(&mut self, src: &Frames<'_, S>, dst: &mut FramesMut<'_, S>) -> Result<usize> {
        let expected = self.output_frames(src.len() as u64);
        let mut dst = exactly(dst, expected)?;
        let done = with_engine!(&mut self.engine, r => push(r, src, &mut dst))?;
        debug_assert_eq!(done as u64, expected);
        self.fed = self.fed.saturating_add(src.len() as u64);
        Ok(done)
    }

    /// Gives the rest, as if silence followed, and goes back to the start.
    ///
    /// # Errors
    /// `dst` holds fewer frames than come out; nothing was done then.
    ///
    /// # Panics
    /// If `dst` has another number of channels.
    pub fn flush<S: Float>(&mut self, dst: &mut FramesMut<'_, S>) -> Result<usize> {
        let mut dst = exactly(dst, self.flush_frames())?;
        let done = with_engine!(&mut self.engine, r => {
            r.finish();
            r.read(&mut dst)
        });
        self.reset();
        Ok(done)
    }

    /// Size of a frame of its format in bytes.
    pub fn frame_size(&self) -> u64 {
        (self.channels() * self.format.size()) as u64
    }

    /// As [`StreamResampler::process`], on bytes that hold samples of its format.
    pub fn process_bytes(&mut self, layout: Layout, src: &[u8], dst: &mut [u8]) -> Result<usize> {
        let channels = self.channels();
        with_float!(self.format, S => {
            let src = Frames::<S>::from_bytes(src, channels, layout)?;
            self.process(&src, &mut FramesMut::from_bytes(dst, channels, layout)?)
        })
    }

    /// As [`StreamResampler::flush`], into bytes that hold samples of its format.
    pub fn flush_bytes(&mut self, layout: Layout, dst: &mut [u8]) -> Result<usize> {
        let channels = self.channels();
        with_float!(self.format, S => self.flush(&mut FramesMut::<S>::from_bytes(dst, channels, layout)?))
    }

    /// Goes back to the start: what was fed is forgotten.
    pub fn reset(&mut self) {
        with_engine!(&mut self.engine, r => r.seek(0));
        self.fed = 0;
    }
}

impl LengthRule {
    /// Frames that `frames` frames of input become in all.
    fn frames(self, ratio: Ratio, latency: u64, frames: u64) -> u64 {
        match self {
            Self::Exact => ratio.output_frames(frames),
            Self::Floor => {
                ratio.whole_output_frames(frames.saturating_add(latency)).saturating_sub(skipped(ratio, latency))
            }
        }
    }

    /// Frames that a file of so many frames becomes.
    pub fn file_frames(self, ratio: Ratio, quality: Quality, frames: u64) -> u64 {
        self.frames(ratio, quality.delay().unwrap_or(0), frames)
    }
}

/// The latency in frames of output, rounded to the nearest, halves up.
fn skipped(ratio: Ratio, latency: u64) -> u64 {
    let (input, output) = (u128::from(ratio.input), u128::from(ratio.output));
    u64::try_from((2 * u128::from(latency) * output + input) / (2 * input)).unwrap_or(u64::MAX)
}

/// The first `frames` frames of `dst`.
fn exactly<'a, S: Float>(dst: &'a mut FramesMut<'_, S>, frames: u64) -> Result<FramesMut<'a, S>> {
    if frames > dst.len() as u64 {
        return Err(Error::new(
            ErrorKind::OutOfRange,
            format!("the memory holds {} frames, and {frames} come out", dst.len()),
        ));
    }
    Ok(dst.slice(0, frames as usize))
}

/// Feeds all of `src` and fills all of `dst`.
fn push<T: Float, S: Float>(r: &mut Resampler<T>, src: &Frames<'_, S>, dst: &mut FramesMut<'_, S>) -> Result<usize> {
    let (mut fed, mut done) = (0, 0);
    loop {
        done += r.read_place(&mut Place::all(dst).slice(done, usize::MAX));
        if fed == src.len() {
            return Ok(done);
        }
        let mut room = r.room();
        let n = room.len().min(src.len() - fed);
        if n == 0 {
            return Err(Error::new(ErrorKind::Internal, "the resampler takes no more input"));
        }
        src.copy_to(fed, &mut room.slice(0, n));
        r.fill(n);
        fed += n;
    }
}
