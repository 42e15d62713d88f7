//! Rate conversion: one engine for whole files, readers, batches and streams.
//!
//! Output frame `k` is the input at the time `k / output rate`: there is no
//! delay at the start, and `n` frames become `ceil(n * output / input)`. The
//! input is silence before its first and after its last frame. Output is
//! computed in blocks, each from one window of input and nothing else, which
//! is why neither the cutting of the input nor a seek changes a single bit.
//!
//! A NaN or an infinity in the input spoils its channel in the blocks whose
//! windows hold it, and nothing beyond.

mod fft;
mod filter;
mod scratch;
mod sinc;

use fft::FftKernel;
use filter::LowPass;
use sinc::SincKernel;

pub use scratch::{Kept, Scratch};

use super::frames::{FramesMut, copy_planes};
use super::sample::{Float, Sample};
use super::{Error, Result};

/// Rates further apart than this are refused.
const MAX_RATIO: u32 = 256;

/// Reduced terms up to this are converted by Fourier transforms. Beyond it
/// these would be longer than the time domain is slow, and so would the delay.
const MAX_FFT_TERM: u64 = 4096;

/// Two rates as a reduced fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    input: u64,
    output: u64,
}

impl Ratio {
    /// The ratio of two rates in Hz.
    ///
    /// # Errors
    /// A rate of 0, or rates more than 256:1 apart.
    pub fn new(input: u32, output: u32) -> Result<Self> {
        if input == 0 || output == 0 {
            return Err(Error::invalid(format!("cannot convert {input} Hz to {output} Hz: a rate must be above 0")));
        }
        if input.div_ceil(output) > MAX_RATIO || output.div_ceil(input) > MAX_RATIO {
            return Err(Error::invalid(format!(
                "cannot convert {input} Hz to {output} Hz: the ratio is above {MAX_RATIO}:1"
            )));
        }
        let divisor = u64::from(greatest_common_divisor(input, output));
        Ok(Self { input: u64::from(input) / divisor, output: u64::from(output) / divisor })
    }

    /// Frames that `frames` frames of input become.
    pub fn output_frames(self, frames: u64) -> u64 {
        let scaled = u128::from(frames) * u128::from(self.output);
        u64::try_from(scaled.div_ceil(u128::from(self.input))).unwrap_or(u64::MAX)
    }
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// What a conversion keeps of the band, and how far down all else is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Attenuation of aliases and images in dB.
    pub attenuation: f64,
    /// The part of the band below the lower Nyquist frequency that passes unchanged.
    pub pass_band: f64,
}

impl Default for Quality {
    fn default() -> Self {
        Self { attenuation: 145.0, pass_band: 0.94 }
    }
}

enum Kernel<T> {
    Fft(FftKernel<T>),
    Sinc(SincKernel<T>),
}

impl<T: Float> Kernel<T> {
    fn new(ratio: Ratio, quality: Quality) -> Self {
        let filter = LowPass::new(ratio, quality);
        if ratio.input.max(ratio.output) <= MAX_FFT_TERM {
            Self::Fft(FftKernel::new(ratio, &filter))
        } else {
            Self::Sinc(SincKernel::new(ratio, &filter))
        }
    }

    fn window(&self) -> usize {
        match self {
            Self::Fft(kernel) => kernel.window(),
            Self::Sinc(kernel) => kernel.window(),
        }
    }

    fn block(&self) -> usize {
        match self {
            Self::Fft(kernel) => kernel.block(),
            Self::Sinc(kernel) => kernel.block(),
        }
    }

    fn output(&self) -> (usize, usize) {
        match self {
            Self::Fft(kernel) => kernel.output(),
            Self::Sinc(kernel) => (kernel.block(), 0),
        }
    }

    fn start(&self, block: u64) -> i64 {
        match self {
            Self::Fft(kernel) => kernel.start(block),
            Self::Sinc(kernel) => kernel.start(block),
        }
    }

    fn run(&mut self, block: u64, windows: &[T], outputs: &mut [T]) {
        match self {
            Self::Fft(kernel) => {
                let (window, output) = (kernel.window(), kernel.output().0);
                for (window, output) in windows.chunks_exact(window).zip(outputs.chunks_exact_mut(output)) {
                    kernel.run(window, output);
                }
            }
            Self::Sinc(kernel) => kernel.run(block, windows, outputs),
        }
    }
}

/// Converts a stream of frames from one rate to another.
///
/// Input goes into [`Resampler::room`] and is declared with
/// [`Resampler::fill`]; output is taken with [`Resampler::read`] until it gives
/// nothing more; [`Resampler::finish`] declares the end of the input and sets
/// the tail free. Nothing is allocated after creation.
pub struct Resampler<T> {
    ratio: Ratio,
    channels: usize,
    kernel: Kernel<T>,
    /// The window of the next block, plane after plane; `filled` frames are there.
    window: Vec<T>,
    filled: usize,
    /// What the kernel made of the window before, and the number of that block.
    output: Vec<T>,
    ready: Option<u64>,
    next_block: u64,
    /// Frames of input up to where the window is filled.
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
        let kernel = Kernel::new(ratio, quality);
        let window = vec![T::SILENCE; channels * kernel.window()];
        let output = vec![T::SILENCE; channels * kernel.output().0];
        let mut resampler = Self {
            ratio,
            channels,
            kernel,
            window,
            filled: 0,
            output,
            ready: None,
            next_block: 0,
            fed: 0,
            end: None,
            position: 0,
        };
        resampler.seek(0);
        resampler
    }

    /// The rates it converts between.
    pub fn ratio(&self) -> Ratio {
        self.ratio
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The output frame that [`Resampler::read`] gives next.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Goes to an output frame; returns the input frame from which on input is
    /// needed now: a bounded number of frames before the one asked for.
    pub fn seek(&mut self, frame: u64) -> u64 {
        self.position = frame;
        self.next_block = frame / self.kernel.block() as u64;
        self.ready = None;
        self.end = None;
        let start = self.kernel.start(self.next_block);
        self.fed = u64::try_from(start).unwrap_or(0);
        let stride = self.kernel.window();
        self.filled = usize::try_from(-start).unwrap_or(0).min(stride);
        for plane in self.window.chunks_exact_mut(stride) {
            plane[..self.filled].fill(T::SILENCE);
        }
        self.fed
    }

    /// Where the next frames of input go; empty until output is read.
    pub fn room(&mut self) -> FramesMut<'_, T> {
        let stride = self.kernel.window();
        let room = if self.end.is_some() { 0 } else { stride - self.filled };
        let first = stride - room;
        FramesMut::with_stride(&mut self.window, self.channels, stride, stride).into_slice(first, room)
    }

    /// Declares that the first `frames` frames of the room hold input.
    pub fn fill(&mut self, frames: usize) {
        self.filled += frames;
        self.fed += frames as u64;
        debug_assert!(self.filled <= self.kernel.window());
    }

    /// Declares that the input has ended.
    pub fn finish(&mut self) {
        self.end.get_or_insert(self.ratio.output_frames(self.fed));
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
        assert_eq!(dst.channels(), self.channels, "channels of the destination");
        let block_len = self.kernel.block();
        let (stride, skip) = self.kernel.output();
        let mut done = 0;
        while done < dst.len() {
            let left = self.end.map_or(u64::MAX, |end| end.saturating_sub(self.position));
            if left == 0 {
                break;
            }
            let Some(block) = self.ready else {
                if !self.convert() {
                    break;
                }
                continue;
            };
            let at = (self.position - block * block_len as u64) as usize;
            let n = (block_len - at).min(dst.len() - done).min(usize::try_from(left).unwrap_or(usize::MAX));
            copy_planes(|c| &self.output[c * stride..], skip + at, &mut dst.slice(done, n), T::to);
            done += n;
            self.position += n as u64;
            if at + n == block_len {
                self.ready = None;
            }
        }
        done
    }

    /// Computes the next block if its window is full, or the input has ended.
    fn convert(&mut self) -> bool {
        let stride = self.kernel.window();
        if self.filled < stride {
            if self.end.is_none() {
                return false;
            }
            for plane in self.window.chunks_exact_mut(stride) {
                plane[self.filled..].fill(T::SILENCE);
            }
        }
        self.kernel.run(self.next_block, &self.window, &mut self.output);
        let hop = (self.kernel.start(self.next_block + 1) - self.kernel.start(self.next_block)) as usize;
        self.filled = self.filled.saturating_sub(hop);
        for plane in self.window.chunks_exact_mut(stride) {
            plane.copy_within(hop.min(stride).., 0);
        }
        self.ready = Some(self.next_block);
        self.next_block += 1;
        true
    }
}
