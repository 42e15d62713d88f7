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

use super::Ratio;
use super::filter::LowPass;
use crate::audio::sample::Float;
use ondes_fft::{MAX_PRIME, RealFft};

/// Windows above this, in frames, leave the processor's fast caches, and single precision rounds too often.
const LARGE: usize = 3 << 12;

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
            // Lengths without a factor of 16 begin with passes over single numbers;
            // high powers of two have all their numbers in few sets of the cache.
            let penalty = |len: usize| match len.trailing_zeros() {
                0..4 => 1.5,
                4..12 => 1.0,
                _ => 1.3,
            };
            let transform = |len: usize| len as f64 * (len as f64).log2() * penalty(len);
            (transform(a * n) + transform(b * n)) / (n - 2 * margin) as f64
        };
        let window = (2 * margin + 1..=most)
            // The transforms are fast for small factors and even lengths.
            .filter(|n| has_factors_to(5, *n) && (a * n).is_multiple_of(2) && (b * n).is_multiple_of(2))
            .min_by(|x, y| cost(*x).total_cmp(&cost(*y)))
            .unwrap_or((4 * margin).next_power_of_two());
        Self { window, margin }
    }
}

/// Whether the transforms take both terms of a ratio.
pub fn takes(ratio: Ratio) -> bool {
    [ratio.input, ratio.output].into_iter().all(|term| has_factors_to(MAX_PRIME, term as usize))
}

fn has_factors_to(most: usize, mut n: usize) -> bool {
    for factor in 2..=most {
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
    forward: RealFft<T>,
    inverse: RealFft<T>,
    /// The filter's spectrum below the lower Nyquist frequency, where its
    /// stop-band begins: real, as the filter is symmetric around time 0.
    filter: Vec<T>,
    /// The spectrum of the output, both parts: zeros where the filter has no bins.
    spectrum: [Vec<T>; 2],
}

impl<T: Float> FftKernel<T> {
    /// A kernel that makes good what comes behind it: `loss` is the part that
    /// this leaves of a frequency in cycles per frame of output.
    pub fn new(ratio: Ratio, filter: &LowPass, loss: impl Fn(f64) -> f64) -> Self {
        let (a, b) = (ratio.input as usize, ratio.output as usize);
        let Plan { window, margin } = Plan::new(ratio, filter.reach());
        let (len_in, len_out) = (a * window, b * window);
        let bins = len_in.min(len_out) / 2;
        Self {
            hop: (a * (window - 2 * margin)) as u64,
            lead: a * margin,
            skip: b * margin,
            block: b * (window - 2 * margin),
            filter: spectrum(filter, len_in, bins, |bin| loss(bin as f64 / len_out as f64)),
            spectrum: [0, 1].map(|_| vec![T::SILENCE; len_out / 2 + 1]),
            forward: RealFft::new(len_in),
            inverse: RealFft::new(len_out),
        }
    }

    /// Frames of input that a block is made from.
    pub fn window(&self) -> usize {
        self.forward.len()
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
        let ahead = (self.forward.len() - self.lead) as u64;
        if fed < ahead { 0 } else { ((fed - ahead) / self.hop + 1) * self.block as u64 }
    }

    /// Frames of input after an output frame that must be there for it, at most.
    pub fn latency(&self) -> u64 {
        (self.forward.len() - self.lead) as u64
    }

    /// Converts the window that `window` begins with, of one channel.
    pub fn run(&mut self, window: &[T], output: &mut [T]) {
        let [re, im] = &mut self.spectrum;
        self.forward.forward(window, &self.filter, [re, im]);
        self.inverse.inverse([re, im], output);
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
    let [mut re, mut im] = [vec![0.0; bins], vec![0.0; bins]];
    RealFft::new(len).forward(&taps, &vec![scale; bins], [&mut re, &mut im]);
    re.iter().enumerate().map(|(bin, value)| T::from_double(value / loss(bin))).collect()
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
