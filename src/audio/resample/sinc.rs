//! Rate conversion in the time domain, for ratios whose reduced terms are too
//! large for a Fourier transform (44100:44099).
//!
//! Each output frame is one scalar product with the filter, shifted by a
//! fraction of an input frame. The filter is tabulated at a number of such
//! shifts and interpolated between four of them (Lagrange, order 3). The shift
//! comes from the output frame's own number in exact integer arithmetic, so
//! that it is the same however the stream was reached.

use super::Ratio;
use super::filter::LowPass;
use crate::audio::sample::Float;

/// Frames of output computed at a time.
const BLOCK: u64 = 1024;

/// Shifts in the table for a filter that spans the input's whole band: the
/// error of the interpolation is (pi/128)^4 * 3/128, below -160 dB.
const SHIFTS: u64 = 128;

/// Converts blocks by an interpolated filter.
pub struct SincKernel<T> {
    ratio: Ratio,
    /// Half the taps.
    half: usize,
    shifts: usize,
    /// Filters of `2 * half` taps at shifts -1 to `shifts + 1`.
    table: Vec<T>,
    /// The filter at the shift at hand.
    taps: Vec<T>,
}

impl<T: Float> SincKernel<T> {
    pub fn new(ratio: Ratio, filter: &LowPass) -> Self {
        let half = filter.reach() + 1;
        // A longer filter is a smoother one: it needs fewer shifts per frame.
        let shifts = (SHIFTS * ratio.output.min(ratio.input)).div_ceil(ratio.input).max(2) as usize;
        let mut table = Vec::with_capacity((shifts + 3) * 2 * half);
        for row in 0..shifts + 3 {
            let shift = (row as f64 - 1.0) / shifts as f64;
            table.extend((0..2 * half).map(|k| T::from_double(filter.at(k as f64 - (half - 1) as f64 - shift))));
        }
        Self { ratio, half, shifts, table, taps: vec![T::SILENCE; 2 * half] }
    }

    /// Frames of input that a block is made from.
    pub fn window(&self) -> usize {
        ((BLOCK - 1) * self.ratio.input).div_ceil(self.ratio.output) as usize + 2 * self.half
    }

    /// Frames of output in a block.
    pub fn block(&self) -> usize {
        BLOCK as usize
    }

    /// Whole input frames at, and the rest in `ratio.output`ths after, a block's first frame.
    fn position(&self, block: u64) -> (u128, u64) {
        let scaled = u128::from(block) * u128::from(BLOCK) * u128::from(self.ratio.input);
        let output = u128::from(self.ratio.output);
        (scaled / output, (scaled % output) as u64)
    }

    /// The input frame at which the window of a block starts.
    pub fn start(&self, block: u64) -> i64 {
        i64::try_from(self.position(block).0).unwrap_or(i64::MAX) - (self.half as i64 - 1)
    }

    /// Converts the windows of all channels, which lie one after the other.
    pub fn run(&mut self, block: u64, windows: &[T], outputs: &mut [T]) {
        let (mut at, (_, mut rest)) = (0, self.position(block));
        let window = self.window();
        for i in 0..BLOCK as usize {
            self.interpolate(rest);
            for (window, output) in windows.chunks_exact(window).zip(outputs.chunks_exact_mut(BLOCK as usize)) {
                output[i] = dot(&window[at..at + 2 * self.half], &self.taps);
            }
            rest += self.ratio.input;
            at += (rest / self.ratio.output) as usize;
            rest %= self.ratio.output;
        }
    }

    /// Computes the filter for a shift of `rest / ratio.output` frames.
    fn interpolate(&mut self, rest: u64) {
        let scaled = rest * self.shifts as u64;
        let row = (scaled / self.ratio.output) as usize;
        let x = (scaled % self.ratio.output) as f64 / self.ratio.output as f64;
        let weights = [
            -x * (x - 1.0) * (x - 2.0) / 6.0,
            (x + 1.0) * (x - 1.0) * (x - 2.0) / 2.0,
            -(x + 1.0) * x * (x - 2.0) / 2.0,
            (x + 1.0) * x * (x - 1.0) / 6.0,
        ]
        .map(T::from_double);
        let len = self.taps.len();
        let rows = &self.table[row * len..(row + 4) * len];
        let (r0, rows) = rows.split_at(len);
        let (r1, rows) = rows.split_at(len);
        let (r2, r3) = rows.split_at(len);
        for ((((tap, a), b), c), d) in self.taps.iter_mut().zip(r0).zip(r1).zip(r2).zip(r3) {
            *tap = *a * weights[0] + *b * weights[1] + *c * weights[2] + *d * weights[3];
        }
    }
}

/// The scalar product, in eight sums that the compiler keeps in vector registers.
fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    let mut sums = [T::SILENCE; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for i in 0..8 {
            sums[i] = sums[i] + a[i] * b[i];
        }
    }
    let rest = a_rest.iter().zip(b_rest).fold(T::SILENCE, |sum, (a, b)| sum + *a * *b);
    sums.into_iter().fold(rest, |sum, v| sum + v)
}
