//! Rate conversion: one engine for whole files, readers, batches and streams.
//!
//! Output frame `k` is the input at the time `k / output rate`: there is no
//! delay at the start, and `n` frames become `ceil(n * output / input)`. The
//! input is silence before its first and after its last frame. Every frame of
//! output is computed from a span of the input and nothing else, which is why
//! neither the cutting of the input nor a seek changes a single bit.
//!
//! A NaN or an infinity in the input spoils its channel in the frames whose
//! spans hold it, and nothing beyond.

mod fft;
mod filter;
mod interpolate;
mod quality;
mod ratio;
mod scratch;
mod stage;
mod stream;

use fft::FftKernel;
use filter::LowPass;
use interpolate::{Interpolator, Response};
use quality::{Band, Method};
use stage::{Kernel, Stage};

pub use quality::Quality;
pub use ratio::Ratio;
pub use scratch::{Kept, Scratch};
pub use stream::{LengthRule, StreamResampler};

use super::destination::Place;
use super::frames::FramesMut;
use super::sample::{Float, Sample};

/// Reduced terms up to this are converted by one pair of Fourier transforms.
/// Beyond it these would be longer than the processor's caches, and so would the delay.
const MAX_FFT_TERM: u64 = 4096;

/// The first of two stages, for rates without a small common ratio.
struct First<T> {
    stage: Stage<T>,
    /// Frames of silence that it is given before the input, so that the
    /// second stage finds the filter's tail before the first frame.
    lead: u64,
}

/// Converts a stream of frames from one rate to another.
///
/// Input goes into [`Resampler::room`] and is declared with
/// [`Resampler::fill`]; output is taken with [`Resampler::read`] until it gives
/// nothing more; [`Resampler::finish`] declares the end of the input and sets
/// the tail free. Nothing is allocated after creation.
pub struct Resampler<T> {
    ratio: Ratio,
    quality: Quality,
    channels: usize,
    rule: LengthRule,
    first: Option<First<T>>,
    last: Stage<T>,
    /// Frames of input so far.
    fed: u64,
    /// Frames of output in all, once the input has ended.
    end: Option<u64>,
    position: u64,
}

impl<T: Float> Resampler<T> {
    /// A converter at its start.
    ///
    /// # Panics
    /// If `channels` is 0.
    pub fn new(ratio: Ratio, channels: usize, quality: Quality) -> Self {
        assert!(channels > 0);
        let (first, last) = match quality.method(ratio) {
            Method::Interpolation(response) => (None, Kernel::Interpolator(Interpolator::new(ratio, &response, 0))),
            Method::Spectrum(band) if ratio.input.max(ratio.output) <= MAX_FFT_TERM && fft::takes(ratio) => {
                (None, Kernel::Fft(Box::new(FftKernel::new(ratio, &LowPass::new(ratio, band), |_| 1.0))))
            }
            Method::Spectrum(band) => {
                let (first, last) = two_kernels(ratio, band);
                (Some(first), last)
            }
        };
        // The counts of `LengthRule::Floor` leave a few frames waiting, and at
        // equal rates, where nothing is computed, the whole delay.
        let slack = 4 * ratio.input.div_ceil(ratio.output) as usize + quality.delay().unwrap_or(0) as usize;
        let first = first.map(|(kernel, lead)| {
            let stage = Stage::new(Kernel::Fft(Box::new(kernel)), channels, slack + 2 * lead as usize);
            First { stage, lead }
        });
        let last = Stage::new(last, channels, slack);
        let rule = LengthRule::Exact;
        let mut resampler = Self { ratio, quality, channels, rule, first, last, fed: 0, end: None, position: 0 };
        resampler.seek(0);
        resampler
    }

    /// The rates it converts between.
    pub fn ratio(&self) -> Ratio {
        self.ratio
    }

    /// How well it converts.
    pub fn quality(&self) -> Quality {
        self.quality
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The output frame that [`Resampler::read`] gives next.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Frames of input beyond an output frame's own time that must be there before it comes out, at most.
    pub fn latency(&self) -> u64 {
        match &self.first {
            None => self.last.kernel().latency(),
            // The second stage needs as much after a frame as before it, and one more.
            Some(first) => first.stage.kernel().latency() + 2 * first.lead,
        }
    }

    /// Frames of output that come out from the start on once so many frames are in.
    pub fn available(&self, fed: u64) -> u64 {
        let fed = match &self.first {
            None => fed,
            Some(first) => first.stage.kernel().available(fed.saturating_add(first.lead)),
        };
        self.last.kernel().available(fed)
    }

    /// Frames of input before the next that [`Resampler::room`] takes.
    pub fn fed(&self) -> u64 {
        self.fed
    }

    /// The input frame that a seek to an output frame goes to: a bounded number of frames before that one.
    pub fn needs(&self, frame: u64) -> u64 {
        let needed = self.last.kernel().needs(frame);
        match &self.first {
            None => needed,
            Some(First { stage, lead }) => stage.kernel().needs(needed).saturating_sub(*lead),
        }
    }

    /// Goes to an output frame; input is needed from [`Resampler::needs`] on.
    pub fn seek(&mut self, frame: u64) {
        self.position = frame;
        self.end = None;
        self.fed = self.needs(frame);
        self.last.seek(frame);
        match &mut self.first {
            None => {}
            Some(First { stage, lead }) => {
                let needed = self.last.kernel().needs(frame);
                stage.seek(needed);
                let needed = stage.kernel().needs(needed);
                let mut silence = lead.saturating_sub(needed);
                while silence > 0 {
                    let mut room = stage.room();
                    let n = room.len().min(usize::try_from(silence).unwrap_or(usize::MAX));
                    room.slice(0, n).silence();
                    stage.fill(n);
                    silence -= n as u64;
                }
            }
        }
    }

    /// Where the next frames of input go; empty until output is read.
    pub fn room(&mut self) -> FramesMut<'_, T> {
        match &mut self.first {
            None => self.last.room(),
            Some(first) => {
                while first.stage.room().is_empty() {
                    if pump(&mut first.stage, &mut self.last) == 0 {
                        break;
                    }
                }
                first.stage.room()
            }
        }
    }

    /// Declares that the first `frames` frames of the room hold input.
    pub fn fill(&mut self, frames: usize) {
        self.first.as_mut().map_or(&mut self.last, |first| &mut first.stage).fill(frames);
        self.fed += frames as u64;
    }

    /// Declares that the input has ended.
    pub fn finish(&mut self) {
        self.first.as_mut().map_or(&mut self.last, |first| &mut first.stage).finish();
        self.end.get_or_insert(self.whole());
    }

    /// Sets the rule for the length of the whole; `Exact` otherwise.
    pub fn set_length_rule(&mut self, rule: LengthRule) {
        self.rule = rule;
    }

    /// Frames of output in all if the input ends here.
    fn whole(&self) -> u64 {
        self.rule.file_frames(self.ratio, self.quality, self.fed)
    }

    /// Whether the input has ended.
    pub fn is_finished(&self) -> bool {
        self.end.is_some()
    }

    /// Takes as much output as there is, at most as `dst` holds.
    ///
    /// # Panics
    /// If `dst` has another number of channels.
    pub fn read<S: Sample>(&mut self, dst: &mut FramesMut<'_, S>) -> usize {
        self.read_place(&mut Place::all(dst))
    }

    /// As [`Resampler::read`].
    pub(super) fn read_place(&mut self, dst: &mut Place<'_>) -> usize {
        assert_eq!(dst.channels(), self.channels, "channels of the destination");
        let mut done = 0;
        self.take(dst.len() as u64, |stage, frames| {
            let n = stage.read(&mut dst.slice(done, frames));
            done += n;
            n
        });
        done
    }

    /// Drops the output before a frame, as far as it is there.
    pub fn skip_to(&mut self, frame: u64) {
        self.take(frame.saturating_sub(self.position), Stage::skip);
    }

    /// Takes up to `frames` frames of output from the last stage.
    fn take(&mut self, frames: u64, mut from: impl FnMut(&mut Stage<T>, usize) -> usize) {
        // More may come than the whole will have: not all of it counts.
        let left = self.end.unwrap_or_else(|| self.whole()).saturating_sub(self.position);
        let mut left = usize::try_from(left.min(frames)).unwrap_or(usize::MAX);
        loop {
            let n = from(&mut self.last, left);
            left -= n;
            self.position += n as u64;
            let Some(first) = &mut self.first else { break };
            if left == 0 || pump(&mut first.stage, &mut self.last) == 0 {
                break;
            }
        }
    }
}

/// Hands frames from one stage to the next.
fn pump<T: Float>(from: &mut Stage<T>, to: &mut Stage<T>) -> usize {
    let n = from.read(&mut Place::all(&mut to.room()));
    to.fill(n);
    n
}

/// For rates without a small common ratio: a Fourier stage that limits the
/// band and gives at least twice the rate that this band needs, and from there
/// an interpolation, short because the images that it must keep out are far away.
fn two_kernels<T: Float>(ratio: Ratio, band: Band) -> ((FftKernel<T>, u64), Kernel<T>) {
    let step = match ratio.input / (2 * ratio.output) {
        0 => Ratio { input: 1, output: 2 },
        // A power of two, which transforms take whatever the ratio is.
        divisor => Ratio { input: 1 << divisor.ilog2(), output: 1 },
    };
    let between = between(band.attenuation);
    let kernel = FftKernel::new(step, &LowPass::new(ratio, band), between.response());
    let half = between.reach();
    let response = Response::Sinc(between);
    let lead = (half as u64).div_ceil(step.output) * step.input;
    let rest = Ratio::reduced(ratio.input * step.output, ratio.output * step.input);
    let interpolator = Interpolator::new(rest, &response, lead / step.input * step.output);
    ((kernel, lead), Kernel::Interpolator(interpolator))
}

/// The filter of the second stage. The band ends at or below a quarter of the
/// rate between, the images begin at three quarters or above. The transition
/// is as wide as the few taps make it; where it reaches into the band, the
/// first stage makes good what is lost.
fn between(attenuation: f64) -> LowPass {
    let half = if attenuation <= 150.0 { 8.0 } else { 12.0 };
    // At the edge of the band Kaiser's formula promises up to 4 dB too much.
    let attenuation = attenuation + 4.0;
    LowPass::with_half(1.5 - 0.5 * LowPass::transition(attenuation, 2.0 * half), attenuation, half)
}
