//! The coding of one channel of a block (RFC 9639, 9.2).

use super::Level;
use super::lpc::Predictor;
use super::rice::Residual;
use crate::audio::codec::bit_writer::BitWriter;

/// The largest order of the fixed predictors.
const MAX_FIXED: usize = 4;

/// One channel, coded in the way that takes the fewest bits.
pub struct Subframe {
    /// Without the low bits that are 0 in all of them.
    samples: Vec<i32>,
    wasted: u32,
    /// Bits of each of `samples`.
    depth: u32,
    kind: Kind,
    /// Bits of it all.
    pub size: u64,
}

enum Kind {
    Constant,
    Verbatim,
    Fixed(usize, Residual),
    Linear(Predictor, Residual),
}

impl Kind {
    fn size(&self, samples: usize, depth: u32) -> u64 {
        let depth = u64::from(depth);
        match self {
            Self::Constant => depth,
            Self::Verbatim => samples as u64 * depth,
            Self::Fixed(order, residual) => *order as u64 * depth + residual.size,
            Self::Linear(predictor, residual) => {
                predictor.order as u64 * (depth + u64::from(predictor.precision)) + 9 + residual.size
            }
        }
    }
}

impl Subframe {
    /// Finds the best way for samples of `depth` bits.
    pub fn new(mut samples: Vec<i32>, depth: u32, window: &[f64], level: &Level) -> Self {
        let used = samples.iter().fold(0, |bits, sample| bits | sample);
        let wasted = if used == 0 { 0 } else { used.trailing_zeros() };
        if wasted > 0 {
            samples.iter_mut().for_each(|sample| *sample >>= wasted);
        }
        let depth = depth - wasted;
        let kind = best_kind(&samples, depth, window, level);
        let size = 8 + u64::from(wasted) + kind.size(samples.len(), depth);
        Self { samples, wasted, depth, kind, size }
    }

    /// Writes it.
    pub fn write(&self, bits: &mut BitWriter) {
        let kind = match &self.kind {
            Kind::Constant => 0,
            Kind::Verbatim => 1,
            Kind::Fixed(order, _) => 8 + order,
            Kind::Linear(predictor, _) => 31 + predictor.order,
        };
        bits.put(kind as u64, 7);
        bits.put(u64::from(self.wasted > 0), 1);
        if self.wasted > 0 {
            bits.put(1, self.wasted);
        }
        let warm_up = match &self.kind {
            Kind::Constant => 1,
            Kind::Verbatim => self.samples.len(),
            Kind::Fixed(order, _) => *order,
            Kind::Linear(predictor, _) => predictor.order,
        };
        for sample in &self.samples[..warm_up] {
            bits.put_signed(*sample, self.depth);
        }
        match &self.kind {
            Kind::Constant | Kind::Verbatim => {}
            Kind::Fixed(_, residual) => residual.write(bits),
            Kind::Linear(predictor, residual) => {
                bits.put(u64::from(predictor.precision - 1), 4);
                bits.put(u64::from(predictor.shift), 5);
                for coefficient in predictor.coefficients() {
                    bits.put_signed(*coefficient, predictor.precision);
                }
                residual.write(bits);
            }
        }
    }
}

fn best_kind(samples: &[i32], depth: u32, window: &[f64], level: &Level) -> Kind {
    if samples.iter().all(|sample| *sample == samples[0]) {
        return Kind::Constant;
    }
    let (order, residual) = fixed(samples);
    let fixed = Kind::Fixed(order, Residual::new(&residual, order, level.partition_order));
    let linear = (level.order > 0).then(|| Predictor::find(samples, window, level.order, depth)).flatten();
    let linear = linear.and_then(|predictor| {
        let residual = predictor.residual(samples, depth)?;
        Some(Kind::Linear(predictor, Residual::new(&residual, predictor.order, level.partition_order)))
    });
    let kinds = [Some(Kind::Verbatim), Some(fixed), linear];
    let smallest = kinds.into_iter().flatten().min_by_key(|kind| kind.size(samples.len(), depth));
    smallest.unwrap_or(Kind::Verbatim)
}

/// The fixed predictor that leaves the smallest sum: its order, and what it
/// leaves. Of 25 bits at most, differences of the fourth order fit into 32.
fn fixed(samples: &[i32]) -> (usize, Vec<i32>) {
    let sum = |values: &[i32]| values.iter().map(|value| u64::from(value.unsigned_abs())).sum::<u64>();
    let mut differences = samples.to_vec();
    let mut best = (sum(&differences), 0, differences.clone());
    for order in 1..=MAX_FIXED.min(samples.len() - 1) {
        for i in 1..differences.len() {
            differences[i - 1] = differences[i] - differences[i - 1];
        }
        differences.pop();
        let sum = sum(&differences);
        if sum < best.0 {
            best = (sum, order, differences.clone());
        }
    }
    (best.1, best.2)
}
