//! Rate conversion in the time domain.
//!
//! Each output frame is one scalar product of input frames with weights that
//! depend on its place between two of them. That place comes from the output
//! frame's own number in exact integer arithmetic, so that it is the same
//! however the stream was reached. There are as many places as the reduced
//! output rate has units: few enough, and all weights are tabulated; too many,
//! and each weight is a chain of cubics.

use super::Ratio;
use super::filter::LowPass;
use crate::audio::sample::{Float, SampleFormat};
use crate::platform::vector::{LANES, Vectors, Work};

/// Frames of output computed at a time, at most.
pub const CHUNK: usize = 256;

/// Cubics from one input frame to the next. For a filter that ends at the
/// input's Nyquist frequency their error is (pi/n)^4 / 1944: below -165 dB, and
/// below -190 dB for double precision.
fn cubics_per_frame<T: Float>() -> u64 {
    if T::FORMAT == SampleFormat::F64 { 128 } else { 64 }
}

/// Places that a table lists one by one, at most.
const PLACES: u64 = 512;

/// The weights of input frames around a place between two of them.
#[derive(Debug, Clone)]
pub enum Response {
    Hold,
    Linear,
    CatmullRom,
    Lagrange,
    Sinc(LowPass),
}

impl Response {
    /// Input frames that count, before the last one at or before the place, and after it.
    fn span(&self) -> (usize, usize) {
        match self {
            Self::Hold => (0, 0),
            Self::Linear => (0, 1),
            Self::CatmullRom => (1, 2),
            Self::Lagrange => (2, 2),
            Self::Sinc(filter) => (filter.reach() - 1, filter.reach()),
        }
    }

    /// The weight of the input frame `k` after the last one before the place `x`, from 0 to 1.
    fn weight(&self, k: i64, x: f64) -> f64 {
        match self {
            Self::Hold => 1.0,
            Self::Linear => [1.0 - x, x][k as usize],
            // The cubic with Catmull and Rom's slopes, (after - before) / 2, at both ends.
            Self::CatmullRom => match k {
                -1 => -0.5 * x * (1.0 - x) * (1.0 - x),
                0 => 1.0 + x * x * (1.5 * x - 2.5),
                1 => 0.5 * x * (1.0 + x * (4.0 - 3.0 * x)),
                _ => -0.5 * x * x * (1.0 - x),
            },
            Self::Lagrange => (-2..=2).filter(|j| *j != k).map(|j| (x - j as f64) / (k - j) as f64).product(),
            Self::Sinc(filter) => filter.at(k as f64 - x),
        }
    }
}

/// Converts by weighted sums.
pub struct Interpolator<T> {
    ratio: Ratio,
    /// Where the first output frame is, in input frames.
    origin: u64,
    before: usize,
    after: usize,
    /// For each place `groups` vectors of weights; or for each cubic as many
    /// times four of coefficients, the constant one first, and how many cubics
    /// there are per unit of the output rate.
    table: Vec<[T; LANES]>,
    cubics: Option<f64>,
    /// The weights at the place at hand.
    weights: Vec<[T; LANES]>,
}

impl<T: Float> Interpolator<T> {
    pub fn new(ratio: Ratio, response: &Response, origin: u64) -> Self {
        let (before, after) = response.span();
        let taps = before + 1 + after;
        let groups = taps.div_ceil(LANES);
        let weights = |x: f64| -> Vec<f64> {
            (0..groups * LANES)
                .map(|i| if i < taps { response.weight(i as i64 - before as i64, x) } else { 0.0 })
                .collect()
        };
        let (mut table, mut cubics) = (Vec::new(), None);
        let mut push = |lanes: [f64; LANES]| table.push(lanes.map(T::from_double));
        if ratio.output <= PLACES {
            for place in 0..ratio.output {
                weights(place as f64 / ratio.output as f64).as_chunks().0.iter().for_each(|lanes| push(*lanes));
            }
        } else {
            let count = cubics_per_frame::<T>();
            cubics = Some(count as f64 / ratio.output as f64);
            let thirds: Vec<Vec<f64>> = (0..=3 * count).map(|n| weights(n as f64 / (3 * count) as f64)).collect();
            for points in thirds.windows(4).step_by(3) {
                for group in 0..groups {
                    let at = |i: usize| cubic([0, 1, 2, 3].map(|p: usize| points[p][group * LANES + i]));
                    let lanes: [[f64; 4]; LANES] = std::array::from_fn(at);
                    (0..4).for_each(|power| push(lanes.map(|coefficients| coefficients[power])));
                }
            }
        }
        Self { ratio, origin, before, after, table, cubics, weights: vec![[T::SILENCE; LANES]; groups] }
    }

    /// Frames of input that one frame of output is made from.
    pub fn taps(&self) -> usize {
        self.before + 1 + self.after
    }

    /// Frames of input that a chunk is made from, at most.
    pub fn window(&self) -> usize {
        (CHUNK as u64 * self.ratio.input).div_ceil(self.ratio.output) as usize + self.taps()
    }

    /// Frames of input after the one at or before an output frame.
    pub fn after(&self) -> usize {
        self.after
    }

    /// The first input frame that counts for an output frame.
    pub fn start(&self, frame: u64) -> i64 {
        let position = self.ratio.position(frame).0.saturating_add(self.origin);
        i64::try_from(position).unwrap_or(i64::MAX).saturating_sub(self.before as i64)
    }

    /// Frames of output that so many frames of input give.
    pub fn available(&self, fed: u64) -> u64 {
        // Frame k needs the input up to floor(k * input / output) + origin + after.
        self.ratio.output_frames(fed.saturating_sub(self.origin + self.after as u64))
    }

    /// Computes frames from `frame` on, as many as `window` has input for,
    /// which begins where the first one's does. Planes of `window` and
    /// `output` lie their strides apart.
    pub fn run(&mut self, frame: u64, window: (&[T], usize), have: usize, output: (&mut [T], usize)) -> usize {
        T::with_widest(Run { kernel: self, frame, window, have, output })
    }
}

/// The arguments of [`Interpolator::run`].
struct Run<'a, T> {
    kernel: &'a mut Interpolator<T>,
    frame: u64,
    window: (&'a [T], usize),
    have: usize,
    output: (&'a mut [T], usize),
}

impl<T: Float> Work<T> for Run<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run(self, vectors: impl Vectors<T>) -> usize {
        // Loops of a known length are unrolled: those of the filters between two stages.
        match self.kernel.taps() {
            16 => self.run_with::<16>(vectors),
            24 => self.run_with::<24>(vectors),
            _ => self.run_with::<0>(vectors),
        }
    }
}

impl<T: Float> Run<'_, T> {
    /// With as many taps as told, or any number if that is 0.
    #[inline(always)]
    fn run_with<const TAPS: usize>(self, vectors: impl Vectors<T>) -> usize {
        let Self { kernel, frame, window: (window, stride), have, output: (output, out_stride) } = self;
        let taps = if TAPS > 0 { TAPS } else { kernel.taps() };
        let groups = taps.div_ceil(LANES);
        let channels = output.len() / out_stride;
        let Interpolator { ratio, table, cubics, weights, .. } = kernel;
        let weights = &mut weights[..groups];
        let last_cubic = cubics_per_frame::<T>() as i32 - 1;
        let (mut at, mut rest) = (0, ratio.position(frame).1);
        let (whole, fraction) = ((ratio.input / ratio.output) as usize, ratio.input % ratio.output);
        let mut done = 0;
        while done < CHUNK && at + taps <= have {
            let weights = match cubics {
                None => &table[rest as usize * groups..][..groups],
                Some(cubics_per_unit) => {
                    // Signed numbers are the ones that the processor converts.
                    let place = rest as i64 as f64 * *cubics_per_unit;
                    let n = (place as i32).clamp(0, last_cubic) as usize;
                    let x = T::from_double(place - n as f64);
                    evaluate(vectors, &table[n * 4 * groups..][..4 * groups], x, weights);
                    &weights[..]
                }
            };
            for channel in 0..channels {
                output[channel * out_stride + done] = dot(vectors, &window[channel * stride + at..][..taps], weights);
            }
            at += whole;
            rest += fraction;
            if rest >= ratio.output {
                rest -= ratio.output;
                at += 1;
            }
            done += 1;
        }
        done
    }
}

/// The coefficients, the constant one first, of the cubic through points at 0, 1/3, 2/3 and 1.
fn cubic([a, b, c, d]: [f64; 4]) -> [f64; 4] {
    [
        a,
        0.5 * (-11.0 * a + 18.0 * b - 9.0 * c + 2.0 * d),
        4.5 * (2.0 * a - 5.0 * b + 4.0 * c - d),
        4.5 * (-a + 3.0 * b - 3.0 * c + d),
    ]
}

/// Evaluates a cubic for each weight.
#[inline(always)]
fn evaluate<T: Float>(vectors: impl Vectors<T>, cubics: &[[T; LANES]], x: T, weights: &mut [[T; LANES]]) {
    let x = vectors.splat(x);
    for (weights, cubic) in weights.iter_mut().zip(cubics.as_chunks::<4>().0) {
        let sum = vectors.multiply_add(vectors.load(&cubic[3]), x, vectors.load(&cubic[2]));
        let sum = vectors.multiply_add(sum, x, vectors.load(&cubic[1]));
        vectors.store(vectors.multiply_add(sum, x, vectors.load(&cubic[0])), weights);
    }
}

/// The scalar product.
#[inline(always)]
fn dot<T: Float>(vectors: impl Vectors<T>, samples: &[T], weights: &[[T; LANES]]) -> T {
    let mut sums = vectors.splat(T::SILENCE);
    let (groups, rest) = samples.as_chunks::<LANES>();
    for (samples, weights) in groups.iter().zip(weights) {
        sums = vectors.multiply_add(vectors.load(samples), vectors.load(weights), sums);
    }
    // What a vector would hold beyond the taps may be no number.
    let last = weights.get(groups.len()).map_or(&[][..], |weights| &weights[..]);
    rest.iter().zip(last).fold(vectors.sum(sums), |sum, (sample, weight)| sum + *sample * *weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_pass_through_the_frames_and_keep_constants() {
        for response in [Response::Linear, Response::CatmullRom, Response::Lagrange] {
            let (before, after) = response.span();
            let weights = |x| (-(before as i64)..=after as i64).map(|k| response.weight(k, x)).collect::<Vec<_>>();
            for (i, weight) in weights(0.0).into_iter().enumerate() {
                assert!((weight - f64::from(u8::from(i == before))).abs() < 1e-15, "{response:?}");
            }
            assert!((weights(0.3).iter().sum::<f64>() - 1.0).abs() < 1e-15, "{response:?}");
        }
        // A straight line stays one under every polynomial.
        let line: f64 = (-2..=2).map(|k| Response::Lagrange.weight(k, 0.7) * k as f64).sum();
        assert!((line - 0.7).abs() < 1e-15);
        let line: f64 = (-1..=2).map(|k| Response::CatmullRom.weight(k, 0.7) * k as f64).sum();
        assert!((line - 0.7).abs() < 1e-15);
    }
}
