//! Linear prediction: coefficients from the autocorrelation of a windowed
//! block by the Levinson-Durbin recursion, rounded to what a subframe holds.

use std::f64::consts::{LN_2, PI};

/// The largest order of the streamable subset up to 48 kHz (RFC 9639, 7).
pub const MAX_ORDER: usize = 12;

/// A predictor as it is written.
#[derive(Clone, Copy)]
pub struct Predictor {
    coefficients: [i32; MAX_ORDER],
    /// How many coefficients.
    pub order: usize,
    /// Bits of each.
    pub precision: u32,
    /// How far the sum is shifted right.
    pub shift: u32,
}

/// A Tukey window, of which half is tapered: it keeps the edges of a block
/// from looking like part of the sound.
pub fn window(len: usize) -> Vec<f64> {
    let taper = len / 4;
    let rise = |i: usize| 0.5 - 0.5 * (PI * (i as f64 + 0.5) / taper as f64).cos();
    (0..len).map(|i| i.min(len - 1 - i)).map(|i| if i < taper { rise(i) } else { 1.0 }).collect()
}

impl Predictor {
    /// The predictor that should need the fewest bits for samples of `depth`
    /// bits; none if the block cannot be predicted.
    pub fn find(samples: &[i32], window: &[f64], max_order: usize, depth: u32) -> Option<Self> {
        // With 17 bits and these, sums fit into 32 bits.
        let precision = if depth <= 17 { 12 } else { 15 };
        let max_order = max_order.min(samples.len().checked_sub(1)?);
        let windowed: Vec<f64> = samples.iter().zip(window).map(|(sample, w)| f64::from(*sample) * w).collect();
        let mut correlation = [0.0; MAX_ORDER + 1];
        for (lag, sum) in correlation.iter_mut().enumerate().take(max_order + 1) {
            *sum = dot(&windowed[lag..], &windowed);
        }
        if correlation[0] <= 0.0 {
            return None;
        }

        let mut error = correlation[0];
        let mut current = [0.0; MAX_ORDER];
        let mut best: Option<(f64, usize, [f64; MAX_ORDER])> = None;
        for order in 1..=max_order {
            let predicted: f64 = (1..order).map(|i| current[i - 1] * correlation[order - i]).sum();
            let reflection = (correlation[order] - predicted) / error;
            let before = current;
            current[order - 1] = reflection;
            for i in 1..order {
                current[i - 1] = before[i - 1] - reflection * before[order - i - 1];
            }
            error *= 1.0 - reflection * reflection;
            // Not so for a signal that is predicted perfectly, but for rounding.
            if error.is_nan() || error <= 0.0 {
                break;
            }
            // Bits of a sample whose distribution is Laplace's, from the mean square of what is left.
            let bits = (0.5 * (error * LN_2 * LN_2 / 2.0 / samples.len() as f64).log2()).max(0.0);
            let cost = bits * (samples.len() - order) as f64 + f64::from(order as u32 * (depth + precision));
            if best.is_none_or(|(least, ..)| cost < least) {
                best = Some((cost, order, current));
            }
        }
        let (_, order, coefficients) = best?;
        Self::rounded(&coefficients[..order], precision)
    }

    fn rounded(exact: &[f64], precision: u32) -> Option<Self> {
        let largest = exact.iter().fold(0.0f64, |most, c| most.max(c.abs()));
        if !largest.is_normal() {
            return None;
        }
        // The largest is below 2^exponent.
        let exponent = largest.log2().floor() as i32 + 1;
        let shift = (precision as i32 - 1 - exponent).min(15);
        if shift < 0 {
            return None;
        }
        let limit = 1 << (precision - 1);
        let mut coefficients = [0; MAX_ORDER];
        let mut carried = 0.0;
        for (rounded, exact) in coefficients.iter_mut().zip(exact) {
            // What one is rounded by, the next makes up for.
            let wanted = exact * f64::from(1 << shift) + carried;
            *rounded = (wanted.round() as i32).clamp(-limit, limit - 1);
            carried = wanted - f64::from(*rounded);
        }
        Some(Self { coefficients, order: exact.len(), precision, shift: shift as u32 })
    }

    /// The coefficients, the latest sample's first.
    pub fn coefficients(&self) -> &[i32] {
        &self.coefficients[..self.order]
    }

    /// What is left of `samples`, of `depth` bits, behind the first `order`;
    /// none if it does not fit into 32 bits.
    pub fn residual(&self, samples: &[i32], depth: u32) -> Option<Vec<i32>> {
        match self.order {
            1 => self.residual_of::<1>(samples, depth),
            2 => self.residual_of::<2>(samples, depth),
            3 => self.residual_of::<3>(samples, depth),
            4 => self.residual_of::<4>(samples, depth),
            5 => self.residual_of::<5>(samples, depth),
            6 => self.residual_of::<6>(samples, depth),
            7 => self.residual_of::<7>(samples, depth),
            8 => self.residual_of::<8>(samples, depth),
            9 => self.residual_of::<9>(samples, depth),
            10 => self.residual_of::<10>(samples, depth),
            11 => self.residual_of::<11>(samples, depth),
            _ => self.residual_of::<12>(samples, depth),
        }
    }

    /// With a constant order the inner loop is unrolled.
    fn residual_of<const ORDER: usize>(&self, samples: &[i32], depth: u32) -> Option<Vec<i32>> {
        let mut coefficients = [0; ORDER];
        for (to, from) in coefficients.iter_mut().zip(self.coefficients().iter().rev()) {
            *to = *from;
        }
        let windows = samples.windows(ORDER + 1).filter_map(|window| window.split_last_chunk::<1>());
        if depth <= 17 && self.precision <= 12 {
            let residual = windows.map(|(past, [sample])| {
                let sum = (0..ORDER).fold(0i32, |sum, i| sum.wrapping_add(past[i].wrapping_mul(coefficients[i])));
                sample.wrapping_sub(sum >> self.shift)
            });
            return Some(residual.collect());
        }
        let residual = windows.map(|(past, [sample])| {
            let sum = (0..ORDER).fold(0i64, |sum, i| sum + i64::from(past[i]) * i64::from(coefficients[i]));
            // RFC 9639, 9.2.7.3: the most negative number is not allowed.
            i32::try_from(i64::from(*sample) - (sum >> self.shift)).ok().filter(|value| *value != i32::MIN)
        });
        residual.collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, a_rest) = a[..n].as_chunks::<8>();
    let (b, b_rest) = b[..n].as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}
