//! The low-pass filter that every rate conversion applies.

use std::f64::consts::PI;

use super::Ratio;
use super::quality::Band;

/// A linear-phase low-pass filter, known at every moment in time: a sinc under
/// a Kaiser window. Time is in input frames, 0 is the middle.
///
/// Kaiser's formulas for shape and length: Oppenheim and Schafer, Discrete-Time
/// Signal Processing, section 7.5.3.
#[derive(Debug, Clone)]
pub struct LowPass {
    /// Cut-off (-6 dB) in cycles per input frame.
    cutoff: f64,
    /// The window's shape.
    beta: f64,
    /// The filter is 0 at this distance from the middle and beyond.
    half: f64,
    /// 1 / I0(beta).
    norm: f64,
}

impl LowPass {
    /// The filter whose stop-band begins at the lower of the two Nyquist
    /// frequencies: nothing folds back, at the price of the last few percent
    /// of the band.
    pub fn new(ratio: Ratio, band: Band) -> Self {
        let taps = Self::taps(band.attenuation, 1.0 - band.pass);
        let lower = ratio.lower();
        Self::with_half(0.5 * (1.0 + band.pass) * lower, band.attenuation, 0.5 * taps / lower)
    }

    /// The filter of a given length; the cut-off is a part of the input's Nyquist frequency.
    pub fn with_half(cutoff: f64, attenuation: f64, half: f64) -> Self {
        let beta = match attenuation {
            a if a > 50.0 => 0.1102 * (a - 8.7),
            a if a > 21.0 => 0.5842 * (a - 21.0).powf(0.4) + 0.07886 * (a - 21.0),
            _ => 0.0,
        };
        Self { cutoff: 0.5 * cutoff, beta, half, norm: 1.0 / bessel_i0(beta) }
    }

    /// The length that a filter needs; `transition` is a part of the Nyquist frequency.
    pub fn taps(attenuation: f64, transition: f64) -> f64 {
        (attenuation - 7.95) / (2.285 * transition * PI) + 1.0
    }

    /// The transition that a length gives.
    pub fn transition(attenuation: f64, taps: f64) -> f64 {
        (attenuation - 7.95) / (2.285 * (taps - 1.0) * PI)
    }

    /// The attenuation that a length gives.
    pub fn attenuation(taps: f64, transition: f64) -> f64 {
        (taps - 1.0) * (2.285 * transition * PI) + 7.95
    }

    /// What the filter does to a frequency in cycles per input frame.
    pub fn response(&self) -> impl Fn(f64) -> f64 + use<> {
        // The filter keeps what is below one cycle, so that four points per frame tell all of it.
        const POINTS: f64 = 4.0;
        let count = (self.half * POINTS).ceil() as usize;
        let points: Vec<f64> = (0..count).map(|k| self.at(k as f64 / POINTS) / POINTS).collect();
        move |frequency| {
            // The sum of cosines by Clenshaw's recurrence.
            let cosine = (2.0 * PI * frequency / POINTS).cos();
            let step = |(one, two), point| (2.0 * (point + cosine * one) - two, one);
            let (one, two) = points[1..].iter().rev().fold((0.0, 0.0), step);
            points[0] + cosine * one - two
        }
    }

    /// Input frames on either side of the middle that the filter reaches.
    pub fn reach(&self) -> usize {
        self.half.ceil() as usize
    }

    /// The filter at `time`.
    pub fn at(&self, time: f64) -> f64 {
        let x = time / self.half;
        if x.abs() >= 1.0 {
            return 0.0;
        }
        let angle = 2.0 * PI * self.cutoff * time;
        let sinc = if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle };
        let window = bessel_i0(self.beta * (1.0 - x * x).sqrt()) * self.norm;
        2.0 * self.cutoff * sinc * window
    }
}

/// The modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x * 0.25;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-17 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bessel_matches_tables() {
        // Abramowitz and Stegun, table 9.8: exp(-x) I0(x).
        assert!((bessel_i0(1.0) * (-1.0f64).exp() - 0.465_759_607_6).abs() < 1e-10);
        assert!((bessel_i0(10.0) * (-10.0f64).exp() - 0.127_833_337_2).abs() < 1e-10);
    }
}
