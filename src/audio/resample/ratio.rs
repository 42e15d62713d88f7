//! Two rates as a fraction.

use crate::audio::{Error, Result};

/// Rates further apart than this are refused.
const MAX_RATIO: u32 = 256;

/// Two rates as a reduced fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Ratio {
    /// The ratio of two rates in Hz.
    ///
    /// # Errors
    /// A rate of 0, or rates more than 256:1 apart.
    pub fn new(input: u32, output: u32) -> Result<Self> {
        Self::from_rates(f64::from(input), f64::from(output))
    }

    /// The ratio of two rates in Hz that may have fractions: the simplest
    /// fraction that their quotient, as a double, stands for.
    ///
    /// # Errors
    /// A rate that is not above 0, or rates more than 256:1 apart.
    pub fn from_rates(input: f64, output: f64) -> Result<Self> {
        let refused = |why: &str| Error::invalid(format!("cannot convert {input} Hz to {output} Hz: {why}"));
        // Written so that a NaN fails too.
        if !(input > 0.0 && output > 0.0 && input.is_finite() && output.is_finite()) {
            return Err(refused("a rate must be a number above 0"));
        }
        if (input / output).max(output / input) > f64::from(MAX_RATIO) {
            return Err(refused(&format!("the ratio is above {MAX_RATIO}:1")));
        }
        let whole = |rate: f64| rate.fract() == 0.0 && rate <= f64::from(u32::MAX);
        Ok(if whole(input) && whole(output) {
            Self::reduced(input as u64, output as u64)
        } else {
            Self::nearest(input / output)
        })
    }

    /// As [`Ratio::from_rates`], from a file's rate to the one that the caller wants.
    ///
    /// # Errors
    /// UNSUPPORTED where the rate wanted is one of audio: then it is the file's that is odd.
    pub fn of_file(rate: f64, wanted: f64) -> Result<Self> {
        const OF_AUDIO: std::ops::RangeInclusive<f64> = 1_000.0..=768_000.0;
        Self::from_rates(rate, wanted)
            .map_err(|error| if OF_AUDIO.contains(&wanted) { Error::unsupported(error.message()) } else { error })
    }

    pub(super) fn reduced(input: u64, output: u64) -> Self {
        let divisor = greatest_common_divisor(input, output);
        Self { input: input / divisor, output: output / divisor }
    }

    /// The first convergent of the continued fraction that differs from
    /// `quotient` by no more than a double's rounding.
    fn nearest(quotient: f64) -> Self {
        let (mut before, mut now) = ((1u64, 0u64), (quotient.floor() as u64, 1u64));
        let mut rest = quotient.fract();
        while (now.0 as f64 / now.1 as f64 - quotient).abs() > quotient * 2.0 * f64::EPSILON && rest > 0.0 {
            let inverse = 1.0 / rest;
            let digit = inverse.floor() as u64;
            rest = inverse.fract();
            (before, now) = (now, (digit * now.0 + before.0, digit * now.1 + before.1));
        }
        Self { input: now.0, output: now.1 }
    }

    /// Whether the rates are equal.
    pub fn is_one(self) -> bool {
        self.input == self.output
    }

    /// Frames that `frames` frames of input become.
    pub fn output_frames(self, frames: u64) -> u64 {
        let scaled = u128::from(frames) * u128::from(self.output);
        u64::try_from(scaled.div_ceil(u128::from(self.input))).unwrap_or(u64::MAX)
    }

    /// Frames of output that lie wholly within `frames` frames of input.
    pub(super) fn whole_output_frames(self, frames: u64) -> u64 {
        let scaled = u128::from(frames) * u128::from(self.output);
        u64::try_from(scaled / u128::from(self.input)).unwrap_or(u64::MAX)
    }

    /// The input frame at or before an output frame, and the rest in `output`ths of an input frame.
    pub(super) fn position(self, frame: u64) -> (u64, u64) {
        let scaled = u128::from(frame) * u128::from(self.input);
        let output = u128::from(self.output);
        (u64::try_from(scaled / output).unwrap_or(u64::MAX), (scaled % output) as u64)
    }

    /// Output rate by input rate.
    pub(super) fn factor(self) -> f64 {
        self.output as f64 / self.input as f64
    }

    /// The lower of the two rates, by the input rate.
    pub(super) fn lower(self) -> f64 {
        self.factor().min(1.0)
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractional_rates_become_the_fraction_that_was_meant() {
        let ratio = |a, b| Ratio::from_rates(a, b).map(|r| (r.input, r.output)).unwrap();
        assert_eq!(ratio(44_100.0, 12_345.67), (4_410_000, 1_234_567));
        assert_eq!(ratio(44_100.5, 48_000.0), (88_201, 96_000));
        assert_eq!(ratio(44_100.0, 48_000.0), (147, 160));
        assert_eq!(ratio(0.5, 0.75), (2, 3));
        // A quotient that no small fraction is near: still within a double's rounding.
        let (a, b) = ratio(std::f64::consts::PI, 1.0);
        assert!((a as f64 / b as f64 - std::f64::consts::PI).abs() < 1e-15 && a < 1 << 32);
    }
}
