//! Prediction: from residuals back to samples (RFC 9639, 9.2.5 and 9.2.6).

use super::Fault;
use super::bits::BitReader;
use crate::platform::predict;

/// The highest order of linear prediction.
pub const MAX_ORDER: usize = 32;

/// A linear predictor as coded in a subframe.
pub struct Predictor {
    /// The first coefficient belongs to the sample just before.
    pub coefficients: [i32; MAX_ORDER],
    /// The sum is divided by two to the power of this.
    pub shift: u32,
}

impl Predictor {
    /// Reads precision, shift and coefficients.
    pub fn read(bits: &mut BitReader<'_>, order: usize) -> Result<Self, Fault> {
        let precision = bits.bits(4)? + 1;
        if precision == 16 {
            return Err(Fault::Damaged("a predictor has the forbidden precision"));
        }
        let shift = u32::try_from(bits.signed(5)?).map_err(|_| Fault::Damaged("a predictor has a negative shift"))?;
        let mut coefficients = [0; MAX_ORDER];
        for coefficient in &mut coefficients[..order] {
            *coefficient = bits.signed(precision)? as i32;
        }
        Ok(Self { coefficients, shift })
    }

    /// Whether no sum over samples of `depth` bits leaves 32 bits.
    fn fits_i32(&self, depth: u32) -> bool {
        let sum: u64 = self.coefficients.iter().map(|c| u64::from(c.unsigned_abs())).sum();
        sum << (depth - 1) <= i32::MAX as u64
    }

    /// Turns the residual behind the first `order` samples into samples of `depth` bits.
    pub fn restore(&self, order: usize, depth: u32, plane: &mut [i32]) {
        if depth <= 17
            && self.fits_i32(depth)
            && predict::restore_linear(&self.coefficients, order, self.shift, depth, plane)
        {
            return;
        }
        macro_rules! by_order {
            ($($n:literal)*) => {
                match order {
                    $($n => self.restore_exact::<$n>(plane),)*
                    _ => {}
                }
            };
        }
        by_order!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
    }

    /// In 64 bits, which hold any sum.
    fn restore_exact<const N: usize>(&self, plane: &mut [i32]) {
        let Some((coefficients, _)) = self.coefficients.split_first_chunk::<N>() else { return };
        let Some((first, rest)) = plane.split_first_chunk_mut::<N>() else { return };
        let mut history = *first;
        for sample in rest {
            let mut sum = 0i64;
            for i in 0..N {
                sum += i64::from(coefficients[N - 1 - i]) * i64::from(history[i]);
            }
            let value = sample.wrapping_add((sum >> self.shift) as i32);
            *sample = value;
            history.copy_within(1.., 0);
            history[N - 1] = value;
        }
    }
}

/// Sums up differences. A sample is right whenever it fits into 32 bits:
/// without a shift, sums modulo 2^32 lose nothing.
pub fn restore_fixed(order: usize, plane: &mut [i32]) {
    fn run<const N: usize>(plane: &mut [i32], predict: impl Fn([i32; N]) -> i32) {
        let Some((first, rest)) = plane.split_first_chunk_mut::<N>() else { return };
        let mut history = *first;
        for sample in rest {
            let value = sample.wrapping_add(predict(history));
            *sample = value;
            history.copy_within(1.., 0);
            history[N - 1] = value;
        }
    }
    match order {
        0 => {}
        1 => run(plane, |[a]| a),
        2 => run(plane, |[b, a]| a.wrapping_mul(2).wrapping_sub(b)),
        3 => run(plane, |[c, b, a]| a.wrapping_sub(b).wrapping_mul(3).wrapping_add(c)),
        _ => {
            run(plane, |[d, c, b, a]| a.wrapping_add(c).wrapping_mul(4).wrapping_sub(b.wrapping_mul(6)).wrapping_sub(d))
        }
    }
}
