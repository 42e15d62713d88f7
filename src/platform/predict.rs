//! Linear prediction with vectors.

/// Turns the residual behind the first `order` samples of `plane` into
/// samples, where the predictor's sums fit into 32 bits: each is the residual
/// plus the sum of `coefficients` times the samples before it, the latest
/// first, shifted right.
///
/// The coefficients have 16 bits at most, the samples `depth` bits, 17 at
/// most. False if nothing was done, because this machine or the order is not
/// one for vectors.
pub fn restore_linear(coefficients: &[i32; 32], order: usize, shift: u32, depth: u32, plane: &mut [i32]) -> bool {
    #[cfg(target_arch = "x86_64")]
    if (3..=32).contains(&order) && order <= plane.len() && depth <= 17 {
        // SAFETY: every x86-64 has SSE2.
        unsafe { sse2::restore_linear(coefficients, order, shift & 31, depth, plane) };
        return true;
    }
    let _ = (coefficients, order, shift, depth, plane);
    false
}

/// The chain from one sample to the next is what takes time, so the vector
/// part only sees samples that are three or more old; the products of the two
/// latest are added last.
#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::*;

    const LANES: usize = 8;
    /// How old the latest sample in the vectors is.
    const FIRST_LAG: usize = 3;

    #[target_feature(enable = "sse2")]
    pub fn restore_linear(coefficients: &[i32; 32], order: usize, shift: u32, depth: u32, plane: &mut [i32]) {
        match (order, depth) {
            (..=10, ..=16) => restore::<1, 1>(coefficients, order, shift, plane),
            (..=18, ..=16) => restore::<2, 1>(coefficients, order, shift, plane),
            (_, ..=16) => restore::<4, 1>(coefficients, order, shift, plane),
            (..=10, _) => restore::<1, 2>(coefficients, order, shift, plane),
            (..=18, _) => restore::<2, 2>(coefficients, order, shift, plane),
            (_, _) => restore::<4, 2>(coefficients, order, shift, plane),
        }
    }

    /// With `V` vectors of lags. Samples of 17 bits do not fit into 16-bit
    /// lanes: they have two `PARTS`, the lowest bit and half of the rest.
    #[target_feature(enable = "sse2")]
    fn restore<const V: usize, const PARTS: usize>(
        coefficients: &[i32; 32],
        order: usize,
        shift: u32,
        plane: &mut [i32],
    ) {
        let mut lags = [[0i16; LANES]; V];
        for (lag, coefficient) in lags.as_flattened_mut().iter_mut().zip(&coefficients[FIRST_LAG - 1..]) {
            *lag = *coefficient as i16;
        }
        let lags = lags.map(bytemuck::cast::<_, __m128i>);
        let mut history = [[_mm_setzero_si128(); V]; PARTS];

        let (warm_up, residual) = plane.split_at_mut(order);
        let [older @ .., b, a] = warm_up else { return };
        let (mut a, mut b) = (*a, *b);
        for sample in older {
            push(&mut history, *sample);
        }
        for sample in residual {
            let sum = products(&history, &lags)
                .wrapping_add(b.wrapping_mul(coefficients[1]))
                .wrapping_add(a.wrapping_mul(coefficients[0]));
            let value = sample.wrapping_add(sum >> shift);
            *sample = value;
            push(&mut history, b);
            (a, b) = (value, a);
        }
    }

    /// Puts a sample in front of the others; the oldest falls out.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn push<const V: usize, const PARTS: usize>(history: &mut [[__m128i; V]; PARTS], sample: i32) {
        let parts = if PARTS == 2 { [sample & 1, sample >> 1] } else { [sample, 0] };
        for (part, value) in history.iter_mut().zip(parts) {
            for v in (1..V).rev() {
                let from_younger = _mm_srli_si128::<14>(part[v - 1]);
                part[v] = _mm_or_si128(_mm_slli_si128::<2>(part[v]), from_younger);
            }
            part[0] = _mm_insert_epi16::<0>(_mm_slli_si128::<2>(part[0]), value);
        }
    }

    /// The sum of the products of samples and coefficients.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn products<const V: usize, const PARTS: usize>(history: &[[__m128i; V]; PARTS], lags: &[__m128i; V]) -> i32 {
        let mut sum = _mm_setzero_si128();
        for part in history.iter().rev() {
            // The second part counts twice.
            sum = _mm_slli_epi32::<1>(sum);
            for (samples, lags) in part.iter().zip(lags) {
                sum = _mm_add_epi32(sum, _mm_madd_epi16(*samples, *lags));
            }
        }
        let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b01_00_11_10>(sum));
        let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b10_11_00_01>(sum));
        _mm_cvtsi128_si32(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the plain sum, with samples as far from each other as they can be.
    #[test]
    fn vectors_restore_what_was_predicted() {
        for depth in [16, 17] {
            let (low, high) = (-(1 << (depth - 1)), (1 << (depth - 1)) - 1);
            for order in 1..=32usize {
                let mut coefficients = [0; 32];
                for (i, coefficient) in coefficients.iter_mut().enumerate().take(order) {
                    *coefficient = [511, -512, 3, -1][i % 4];
                }
                let samples: Vec<i32> =
                    (0..200).map(|i| [low, high, high, 0, -1, low, 1, high - 1][i * i % 8]).collect();
                let mut plane = samples.clone();
                for i in order..plane.len() {
                    let sum: i64 = (0..order).map(|j| i64::from(coefficients[j]) * i64::from(samples[i - 1 - j])).sum();
                    plane[i] = samples[i] - i32::try_from(sum >> 9).unwrap();
                }
                if restore_linear(&coefficients, order, 9, depth, &mut plane) {
                    assert!(plane == samples, "order {order}, {depth} bits");
                }
            }
        }
    }
}
