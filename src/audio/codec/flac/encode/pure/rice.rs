//! The coding of the residual (RFC 9639, 9.2.7): Rice codes, with a parameter
//! for each of a power of two of equal parts.

use crate::audio::codec::bit_writer::BitWriter;

/// Larger parameters need the method with five bits for each.
const MAX_SMALL_PARAMETER: u32 = 14;
const MAX_PARAMETER: u32 = 30;

/// The residual of a block, and how its parts are coded.
pub struct Residual {
    /// Folded: 0, -1, 1, -2, 2 are 0, 1, 2, 3, 4. Of the whole block but for the warm-up samples.
    folded: Vec<u32>,
    /// Warm-up samples, which the first part is shorter by.
    order: usize,
    partition_order: u32,
    parameters: Vec<u32>,
    /// Bits of it all.
    pub size: u64,
}

impl Residual {
    /// Searches the cheapest partition, of 2^`max_partition_order` parts at most.
    pub fn new(residual: &[i32], order: usize, max_partition_order: u32) -> Self {
        let folded: Vec<u32> = residual.iter().map(|value| (value << 1 ^ value >> 31) as u32).collect();
        let block = folded.len() + order;
        let is_possible =
            |partition_order: u32| block.is_multiple_of(1 << partition_order) && block >> partition_order > order;
        let finest = (0..=max_partition_order).take_while(|o| is_possible(*o)).last().unwrap_or(0);
        let mut sums: Vec<u64> =
            parts(&folded, order, finest).map(|part| part.iter().map(|value| u64::from(*value)).sum()).collect();
        let mut best: Option<(u64, u32, Vec<u32>)> = None;
        for partition_order in (0..=finest).rev() {
            let len = block >> partition_order;
            let (mut cost, mut parameters) = (0, Vec::with_capacity(sums.len()));
            for (i, sum) in sums.iter().enumerate() {
                let count = (len - if i == 0 { order } else { 0 }) as u64;
                let (bits, parameter) = cheapest(*sum, count);
                cost += bits + 4;
                parameters.push(parameter);
            }
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, partition_order, parameters));
            }
            sums = sums.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        let (_, partition_order, parameters) = best.unwrap_or_default();
        let mut residual = Self { folded, order, partition_order, parameters, size: 0 };
        residual.size = residual.exact_size();
        residual
    }

    fn parameter_bits(&self) -> u32 {
        if self.parameters.iter().any(|parameter| *parameter > MAX_SMALL_PARAMETER) { 5 } else { 4 }
    }

    fn exact_size(&self) -> u64 {
        let codes = parts(&self.folded, self.order, self.partition_order).zip(&self.parameters).map(|(part, k)| {
            let quotients: u64 = part.iter().map(|value| u64::from(value >> k)).sum();
            quotients + part.len() as u64 * u64::from(k + 1)
        });
        6 + self.parameters.len() as u64 * u64::from(self.parameter_bits()) + codes.sum::<u64>()
    }

    /// Writes it.
    pub fn write(&self, bits: &mut BitWriter) {
        let parameter_bits = self.parameter_bits();
        bits.put(u64::from(parameter_bits == 5), 2);
        bits.put(u64::from(self.partition_order), 4);
        for (part, k) in parts(&self.folded, self.order, self.partition_order).zip(&self.parameters) {
            bits.put(u64::from(*k), parameter_bits);
            for value in part {
                let quotient = value >> k;
                let rest = 1 << k | u64::from(value & ((1 << k) - 1));
                if quotient + 1 + k <= 56 {
                    bits.put(rest, quotient + 1 + k);
                } else {
                    (0..quotient / 56).for_each(|_| bits.put(0, 56));
                    bits.put(0, quotient % 56);
                    bits.put(rest, k + 1);
                }
            }
        }
    }
}

/// The parts of a block, of which the first has `order` fewer.
fn parts(folded: &[u32], order: usize, partition_order: u32) -> impl Iterator<Item = &[u32]> {
    let len = (folded.len() + order) >> partition_order;
    let (first, others) = folded.split_at((len - order).min(folded.len()));
    std::iter::once(first).chain(others.chunks(len.max(1)))
}

/// The best parameter for so many values of that sum, and about how many bits they take.
fn cheapest(sum: u64, count: u64) -> (u64, u32) {
    let cost = |k: u32| {
        // The bits below the quotients lose half a unit of each on average.
        let quotients = (sum >> k).saturating_sub(if k > 0 { count / 2 } else { 0 });
        count * u64::from(k + 1) + quotients
    };
    let about = (sum / count.max(1)).checked_ilog2().unwrap_or(0);
    let around = about.saturating_sub(1)..=about + 1;
    around.map(|k| k.min(MAX_PARAMETER)).map(|k| (cost(k), k)).min().unwrap_or_default()
}
