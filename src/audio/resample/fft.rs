//! Rate conversion by overlap-save: filter and change of rate are one
//! multiplication between a forward and an inverse Fourier transform.
//!
//! A window of `N = a*n` input frames and one of `M = b*n` output frames last
//! equally long if `a:b` is the ratio of the rates. The spectrum of the first,
//! times the filter's, cut or extended to the second's length, is the spectrum
//! of the second. The filter wraps around at both ends, so that many frames
//! there are thrown away, and the next window overlaps this one by as much.
//! Nothing is carried from one window to the next: a block of output depends
//! on its own window alone, and can be computed at any position.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::Ratio;
use super::filter::LowPass;
use crate::audio::sample::Float;

/// Windows above this, in frames, leave the processor's fast caches.
const LARGE: usize = 1 << 14;

/// Lengths of the transforms, in multiples of the reduced ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    /// The window.
    window: usize,
    /// What is thrown away at each end.
    margin: usize,
}

impl Plan {
    /// The window that costs least per frame of output.
    fn new(ratio: Ratio, reach: usize) -> Self {
        let (a, b) = (ratio.input as usize, ratio.output as usize);
        let margin = reach.div_ceil(a).max(1);
        let most = (LARGE / a.max(b)).max(4 * margin);
        let cost = |n: usize| {
            let transform = |len: usize| len as f64 * (len as f64).log2();
            (transform(a * n) + transform(b * n)) / (n - 2 * margin) as f64
        };
        let window = (2 * margin + 1..=most)
            // The transforms are fast for small factors and even lengths.
            .filter(|n| is_smooth(*n) && (a * n).is_multiple_of(2) && (b * n).is_multiple_of(2))
            .min_by(|x, y| cost(*x).total_cmp(&cost(*y)))
            .unwrap_or(4 * margin);
        Self { window, margin }
    }
}

fn is_smooth(mut n: usize) -> bool {
    for factor in [2, 3, 5] {
        while n.is_multiple_of(factor) {
            n /= factor;
        }
    }
    n == 1
}

/// Converts blocks of one length by Fourier transforms.
pub struct FftKernel<T> {
    /// Frames of input from one block to the next.
    hop: u64,
    /// Frames of input before a block's first.
    lead: usize,
    /// First frame of the inverse transform that counts, and how many do.
    skip: usize,
    block: usize,
    forward: Arc<dyn RealToComplex<T>>,
    inverse: Arc<dyn ComplexToReal<T>>,
    /// The filter's spectrum: real, as the filter is symmetric around time 0.
    filter: Vec<T>,
    input: Vec<T>,
    spectrum: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
}

impl<T: Float> FftKernel<T> {
    /// A kernel that makes good what comes behind it: `loss` is the part that
    /// this leaves of a frequency in cycles per frame of output.
    pub fn new(ratio: Ratio, filter: &LowPass, loss: impl Fn(f64) -> f64) -> Self {
        let (a, b) = (ratio.input as usize, ratio.output as usize);
        let Plan { window, margin } = Plan::new(ratio, filter.reach());
        let (len_in, len_out) = (a * window, b * window);
        let mut planner = RealFftPlanner::<T>::new();
        let forward = planner.plan_fft_forward(len_in);
        let inverse = planner.plan_fft_inverse(len_out);
        let scratch = forward.get_scratch_len().max(inverse.get_scratch_len());
        let kept = len_in.min(len_out) / 2 + 1;
        Self {
            hop: (a * (window - 2 * margin)) as u64,
            lead: a * margin,
            skip: b * margin,
            block: b * (window - 2 * margin),
            filter: spectrum(filter, len_in, kept, |bin| loss(bin as f64 / len_out as f64)),
            input: vec![T::SILENCE; len_in],
            spectrum: vec![Complex::default(); len_in.max(len_out) / 2 + 1],
            scratch: vec![Complex::default(); scratch],
            forward,
            inverse,
        }
    }

    /// Frames of input that a block is made from.
    pub fn window(&self) -> usize {
        self.input.len()
    }

    /// Frames of output in a block.
    pub fn block(&self) -> usize {
        self.block
    }

    /// Frames that [`FftKernel::run`] writes, and which of them is the block's first.
    pub fn output(&self) -> (usize, usize) {
        (self.inverse.len(), self.skip)
    }

    /// The input frame at which the window of a block starts.
    pub fn start(&self, block: u64) -> i64 {
        i64::try_from(block.saturating_mul(self.hop)).unwrap_or(i64::MAX) - self.lead as i64
    }

    /// Frames of output that so many frames of input give: whole blocks.
    pub fn available(&self, fed: u64) -> u64 {
        let ahead = (self.input.len() - self.lead) as u64;
        if fed < ahead { 0 } else { ((fed - ahead) / self.hop + 1) * self.block as u64 }
    }

    /// Frames of input after an output frame that must be there for it, at most.
    pub fn latency(&self) -> u64 {
        (self.input.len() - self.lead) as u64
    }

    /// Converts the window that `window` begins with, of one channel.
    pub fn run(&mut self, window: &[T], output: &mut [T]) {
        let (width, len_in, len_out) = (self.input.len(), self.input.len() / 2 + 1, output.len() / 2 + 1);
        self.input.copy_from_slice(&window[..width]);
        // Both fail only on buffers of a wrong length.
        let done = self.forward.process_with_scratch(&mut self.input, &mut self.spectrum[..len_in], &mut self.scratch);
        debug_assert!(done.is_ok());
        for (bin, gain) in self.spectrum.iter_mut().zip(&self.filter) {
            *bin = Complex::new(bin.re * *gain, bin.im * *gain);
        }
        // The last bin kept is at the lower Nyquist frequency: the filter's stop-band.
        self.spectrum[self.filter.len() - 1..len_out].fill(Complex::default());
        let done = self.inverse.process_with_scratch(&mut self.spectrum[..len_out], output, &mut self.scratch);
        debug_assert!(done.is_ok());
    }
}

/// The filter's transform, in double precision, with the scale of the other two, divided by `loss`.
fn spectrum<T: Float>(filter: &LowPass, len: usize, bins: usize, loss: impl Fn(usize) -> f64) -> Vec<T> {
    let mut taps = vec![0.0; len];
    taps[0] = filter.at(0.0);
    for k in 1..=filter.reach() {
        let tap = filter.at(k as f64);
        taps[k] = tap;
        taps[len - k] = tap;
    }
    let scale = 1.0 / (taps.iter().sum::<f64>() * len as f64);
    let forward = RealFftPlanner::<f64>::new().plan_fft_forward(len);
    let mut spectrum = forward.make_output_vec();
    let done = forward.process(&mut taps, &mut spectrum);
    debug_assert!(done.is_ok());
    spectrum[..bins].iter().enumerate().map(|(bin, value)| T::from_double(value.re * scale / loss(bin))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::resample::quality::Band;

    #[test]
    fn windows_are_even_and_mostly_of_use() {
        for (input, output) in
            [(44_100, 16_000), (44_100, 48_000), (96_000, 44_100), (48_000, 16_000), (8_000, 44_100), (48_000, 200)]
        {
            let ratio = Ratio::new(input, output).unwrap();
            let plan = Plan::new(ratio, LowPass::new(ratio, Band { attenuation: 145.0, pass: 0.94 }).reach());
            assert_eq!((plan.window as u64 * ratio.input % 2, plan.window as u64 * ratio.output % 2), (0, 0));
            assert!(plan.margin * 4 <= plan.window, "{input} to {output}: {plan:?}");
        }
    }
}
