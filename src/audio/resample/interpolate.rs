//! Rate conversion in the time domain.
//!
//! Each output frame is one scalar product of input frames with weights that
//! depend on its place between two of them. That place comes from the output
//! frame's own number in exact integer arithmetic, so that it is the same
//! however the stream was reached. There are as many places as the reduced
//! output rate has units: few enough, and all weights are tabulated; too many,
//! and they are interpolated between four places in the table (Lagrange, order 3).

use super::Ratio;
use super::filter::LowPass;
use crate::audio::sample::Float;

/// Frames of output computed at a time, at most.
pub const CHUNK: usize = 512;

/// Weights in a table of all places, at most.
const EXACT: u64 = 1 << 18;

/// Places in the table otherwise: for a filter that ends at the input's Nyquist
/// frequency the error of interpolation is (pi/512)^4 * 3/128, below -200 dB.
const PLACES: usize = 512;

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
    /// Rows of `before + 1 + after` weights: one for each place, or for places
    /// -1 to `PLACES + 1` of `PLACES`: then with the places per unit of the output rate.
    table: Vec<T>,
    places: Option<f64>,
    /// The weights at the place at hand.
    weights: Vec<T>,
}

impl<T: Float> Interpolator<T> {
    pub fn new(ratio: Ratio, response: &Response, origin: u64) -> Self {
        let (before, after) = response.span();
        let taps = before + 1 + after;
        let row = |x: f64| (0..taps).map(move |i| T::from_double(response.weight(i as i64 - before as i64, x)));
        let (table, places): (Vec<T>, _) = if ratio.output.saturating_mul(taps as u64) <= EXACT {
            ((0..ratio.output).flat_map(|i| row(i as f64 / ratio.output as f64)).collect(), None)
        } else {
            (
                (0..PLACES + 3).flat_map(|i| row((i as f64 - 1.0) / PLACES as f64)).collect(),
                Some(PLACES as f64 / ratio.output as f64),
            )
        };
        Self { ratio, origin, before, after, table, places, weights: vec![T::SILENCE; taps] }
    }

    /// Frames of input that one frame of output is made from.
    pub fn taps(&self) -> usize {
        self.weights.len()
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
        let ((window, stride), (output, out_stride)) = (window, output);
        let (mut at, mut rest) = (0, self.ratio.position(frame).1);
        let taps = self.taps();
        let (whole, fraction) = ((self.ratio.input / self.ratio.output) as usize, self.ratio.input % self.ratio.output);
        let mut done = 0;
        while done < CHUNK && at + taps <= have {
            let weights = match self.places {
                None => &self.table[rest as usize * taps..][..taps],
                Some(places_per_unit) => {
                    interpolate(&self.table, &mut self.weights, rest as f64 * places_per_unit);
                    &self.weights[..]
                }
            };
            for (plane, out) in window.chunks(stride).zip(output.chunks_mut(out_stride)) {
                out[done] = dot(&plane[at..at + taps], weights);
            }
            at += whole;
            rest += fraction;
            if rest >= self.ratio.output {
                rest -= self.ratio.output;
                at += 1;
            }
            done += 1;
        }
        done
    }
}

/// Computes the weights at a place in the table.
fn interpolate<T: Float>(table: &[T], weights: &mut [T], place: f64) {
    let row = place as usize;
    let x = place - row as f64;
    const SIXTH: f64 = 1.0 / 6.0;
    let (before, after) = (x * (x - 1.0), (x + 1.0) * (x - 2.0));
    let [a, b, c, d] =
        [-SIXTH * before * (x - 2.0), 0.5 * after * (x - 1.0), -0.5 * after * x, SIXTH * before * (x + 1.0)]
            .map(T::from_double);
    let taps = weights.len();
    let (r0, rows) = table[row * taps..(row + 4) * taps].split_at(taps);
    let (r1, rows) = rows.split_at(taps);
    let (r2, r3) = rows.split_at(taps);
    for ((((weight, w0), w1), w2), w3) in weights.iter_mut().zip(r0).zip(r1).zip(r2).zip(r3) {
        *weight = *w0 * a + *w1 * b + *w2 * c + *w3 * d;
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
