//! Apple Lossless packets from samples: what the decoder undoes, in reverse.
//!
//! The format leaves an encoder three choices. The mixing of a pair is the one
//! that leaves the smallest differences; the order of the predictor the one
//! that takes fewer bits; and its coefficients start where the last packet's
//! ended. A packet that would grow is stored as it is.

use super::{FEW, LAYOUTS, adapt, next_history, parameter, predicted, wrap, zeros_parameter};
use crate::audio::codec::bit_writer::BitWriter;

/// Frames of a packet: what Apple's encoder makes, and some players expect.
pub const FRAMES: usize = 4096;
/// The tuning of the adaptive Golomb coder, as Apple's encoder has it.
const HISTORY_MULTIPLIER: u32 = 40;
const INITIAL_HISTORY: u32 = 10;
const PARAMETER_LIMIT: u32 = 14;
/// Quarters of [`HISTORY_MULTIPLIER`] that are in force.
const HISTORY_FACTOR: u32 = 4;
/// Right shift of the predictor's weighted sums.
const QUANTIZATION: u32 = 9;
/// Right shift of the weight in the mixing of a pair.
const MIX_SHIFT: u32 = 2;

/// How often the first packet is predicted only for the coefficients to adapt.
const LESSONS: u32 = 4;

/// The channels of each element, by the number of channels.
const ELEMENTS: [&[usize]; 8] =
    [&[1], &[2], &[1, 2], &[1, 2, 1], &[1, 2, 2], &[1, 2, 2, 1], &[1, 2, 2, 1, 1], &[1, 2, 2, 2, 1]];

/// The coefficients of a channel's predictors of both orders, the oldest sample's first.
#[derive(Clone, Copy, PartialEq)]
struct Learned {
    short: [i32; 4],
    long: [i32; 8],
}

impl Learned {
    /// As the sample before.
    const FIRST: Self = Self { short: [0, 0, 0, 1 << QUANTIZATION], long: [0, 0, 0, 0, 0, 0, 0, 1 << QUANTIZATION] };
}

/// Encodes packets.
pub struct PacketEncoder {
    bit_depth: u32,
    rate: u32,
    learned: Vec<Learned>,
    bits: BitWriter,
}

/// One channel of an element, predicted.
struct Predicted {
    /// At the start of the packet.
    coefficients: Vec<i32>,
    residual: Vec<i32>,
    bits: usize,
}

impl PacketEncoder {
    /// For `channels` channels, at most 8, of 16, 24 or 32 bits.
    pub fn new(rate: u32, channels: usize, bit_depth: u32) -> Self {
        Self { bit_depth, rate, learned: vec![Learned::FIRST; channels], bits: BitWriter::default() }
    }

    /// Speaker bits of the channels, for which the format leaves no choice.
    pub fn channel_mask(&self) -> u32 {
        LAYOUTS[self.channels() - 1].mask
    }

    fn channels(&self) -> usize {
        self.learned.len()
    }

    /// The ALACSpecificConfig, without figures that are known only at the end.
    pub fn config(&self) -> Vec<u8> {
        /// The longest run of zeros that a code stands for: written by everyone, and used by none.
        const MAX_RUN: u16 = 255;
        let mut config = (FRAMES as u32).to_be_bytes().to_vec();
        let [multiplier, history, limit] = [HISTORY_MULTIPLIER, INITIAL_HISTORY, PARAMETER_LIMIT].map(|v| v as u8);
        config.extend([0, self.bit_depth as u8, multiplier, history, limit, self.channels() as u8]);
        config.extend(MAX_RUN.to_be_bytes());
        // The largest packet and the bit rate.
        config.extend([0; 8]);
        config.extend(self.rate.to_be_bytes());
        config
    }

    /// The packet of up to [`FRAMES`] frames: interleaved, in WAVE order, right-justified.
    pub fn encode(&mut self, samples: &[i32]) -> &[u8] {
        const END: u64 = 7;
        let channels = self.channels();
        let order = LAYOUTS[channels - 1].order;
        self.bits.clear();
        let mut first = 0;
        let mut instances = [0; 3];
        for &width in ELEMENTS[channels - 1] {
            let planes: Vec<Vec<i32>> = order[first..first + width]
                .iter()
                .map(|channel| samples.iter().skip(usize::from(*channel)).step_by(channels).copied().collect())
                .collect();
            // A single channel is an element of type 0, a pair of type 1.
            self.bits.put(width as u64 - 1, 3);
            self.bits.put(instances[width], 4);
            instances[width] += 1;
            self.encode_element(first, &planes);
            first += width;
        }
        self.bits.put(END, 3);
        self.bits.align()
    }

    /// Encodes one channel or a pair, of which the first is channel `first` of the packet.
    fn encode_element(&mut self, first: usize, planes: &[Vec<i32>]) {
        let frames = planes[0].len();
        // Low bytes are noise to a predictor, and 32 bits too many for one.
        let shift = self.bit_depth - 16;
        let mut high: Vec<Vec<i32>> =
            planes.iter().map(|plane| plane.iter().map(|sample| sample >> shift).collect()).collect();
        let mut width = 16;
        let mut weight = 0;
        if let [left, right] = high.as_mut_slice() {
            width += 1;
            weight = best_weight(left, right);
            mix(left, right, weight);
        }
        let channels: Vec<Predicted> = high
            .iter()
            .zip(&mut self.learned[first..])
            .map(|(samples, learned)| learned.predict(samples, width))
            .collect();

        let is_partial = frames != FRAMES;
        let raw_size = frames * planes.len() * self.bit_depth as usize;
        let low_size = frames * planes.len() * shift as usize;
        let size = 16 + low_size + channels.iter().map(|c| 16 + 16 * c.coefficients.len() + c.bits).sum::<usize>();
        let is_raw = size >= raw_size;

        self.bits.put(0, 12);
        self.bits.put(is_partial.into(), 1);
        // Means nothing in a raw element, where FFmpeg looks at it all the same, and refuses 32 bits without.
        self.bits.put(u64::from(shift / 8), 2);
        self.bits.put(is_raw.into(), 1);
        if is_partial {
            self.bits.put(frames as u64, 32);
        }
        if is_raw {
            for frame in 0..frames {
                planes.iter().for_each(|plane| self.bits.put_signed(plane[frame], self.bit_depth));
            }
            self.learned[first..first + planes.len()].fill(Learned::FIRST);
            return;
        }
        self.bits.put(MIX_SHIFT.into(), 8);
        self.bits.put_signed(weight, 8);
        for Predicted { coefficients, .. } in &channels {
            // The mode: no second prediction.
            self.bits.put(0, 4);
            self.bits.put(QUANTIZATION.into(), 4);
            self.bits.put(HISTORY_FACTOR.into(), 3);
            self.bits.put(coefficients.len() as u64, 5);
            coefficients.iter().rev().for_each(|coefficient| self.bits.put_signed(*coefficient, 16));
        }
        if shift > 0 {
            for frame in 0..frames {
                planes.iter().for_each(|plane| self.bits.put_signed(plane[frame], shift));
            }
        }
        for Predicted { residual, .. } in &channels {
            code_residual(residual, width, |value, n| self.bits.put(value.into(), n));
        }
    }
}

impl Learned {
    /// Predicts a channel with both orders, and gives the one that takes fewer bits.
    fn predict(&mut self, samples: &[i32], width: u32) -> Predicted {
        if *self == Self::FIRST {
            // Nothing was learned yet, so a first packet teaches itself.
            for _ in 0..LESSONS {
                predict(samples, &mut self.short, width);
                predict(samples, &mut self.long, width);
            }
        }
        let short = predict(samples, &mut self.short, width);
        let long = predict(samples, &mut self.long, width);
        if long.bits + 16 * (self.long.len() - self.short.len()) < short.bits { long } else { short }
    }
}

/// Predicts samples of `width` bits; the coefficients adapt on the way.
fn predict<const N: usize>(samples: &[i32], coefficients: &mut [i32; N], width: u32) -> Predicted {
    let start = coefficients.to_vec();
    let warm_up = samples.len().min(N + 1);
    let mut residual = Vec::with_capacity(samples.len());
    residual.extend(samples.first());
    residual.extend(samples[..warm_up].windows(2).map(|pair| wrap(pair[1].wrapping_sub(pair[0]), width)));
    for window in samples.windows(N + 2) {
        let (past, sample) = (&window[..N + 1], window[N + 1]);
        let rest = wrap(sample.wrapping_sub(predicted(past, coefficients, QUANTIZATION)), width);
        adapt(past, coefficients, rest, QUANTIZATION);
        residual.push(rest);
    }
    let mut bits = 0;
    code_residual(&residual, width, |_, n| bits += n as usize);
    Predicted { coefficients: start, residual, bits }
}

/// Turns a pair into a weighted mean and the difference; a weight of 0 leaves it as it is.
fn mix(left: &mut [i32], right: &mut [i32], weight: i32) {
    if weight == 0 {
        return;
    }
    for (left, right) in left.iter_mut().zip(right) {
        let difference = *left - *right;
        *left = *right + ((weight * difference) >> MIX_SHIFT);
        *right = difference;
    }
}

/// The weight with which the pair has the smallest second differences.
fn best_weight(left: &[i32], right: &[i32]) -> i32 {
    let roughness = |sample: &dyn Fn(usize) -> i32| -> f64 {
        let (mut sum, mut before) = (0u64, [0i32; 2]);
        for i in 0..left.len() {
            let now = sample(i);
            sum += u64::from((now - 2 * before[0] + before[1]).unsigned_abs());
            before = [now, before[0]];
        }
        ((sum + 1) as f64).log2()
    };
    let difference = roughness(&|i| left[i] - right[i]);
    let cost = |weight: i32| match weight {
        0 => roughness(&|i| left[i]) + roughness(&|i| right[i]),
        _ => roughness(&|i| right[i] + ((weight * (left[i] - right[i])) >> MIX_SHIFT)) + difference,
    };
    let costs: Vec<f64> = (0..=1 << MIX_SHIFT).map(cost).collect();
    (0..=1 << MIX_SHIFT).min_by(|a, b| costs[*a as usize].total_cmp(&costs[*b as usize])).unwrap_or(0)
}

/// Codes the residual of one channel; `put` takes a value and its number of bits.
fn code_residual(residual: &[i32], width: u32, mut put: impl FnMut(u32, u32)) {
    const MULTIPLIER: u32 = HISTORY_MULTIPLIER * HISTORY_FACTOR / 4;
    let mut history = INITIAL_HISTORY;
    let mut after_zeros = 0;
    let mut at = 0;
    while at < residual.len() {
        // The lowest bit is the sign.
        let code = ((residual[at] << 1) ^ (residual[at] >> 31)) as u32;
        put_golomb(code - after_zeros, parameter(history).min(PARAMETER_LIMIT), width, &mut put);
        at += 1;
        history = next_history(history, MULTIPLIER, code, after_zeros);
        after_zeros = 0;
        if history < FEW && at < residual.len() {
            // A packet has fewer samples than a run may have: what follows it is not 0.
            let zeros = residual[at..].iter().take_while(|rest| **rest == 0).count();
            put_golomb(zeros as u32, zeros_parameter(history).min(PARAMETER_LIMIT), 16, &mut put);
            at += zeros;
            after_zeros = 1;
            history = 0;
        }
    }
}

/// Codes a number: see the decoder's `golomb`.
#[inline(always)]
fn put_golomb(value: u32, k: u32, escape: u32, put: &mut impl FnMut(u32, u32)) {
    let divisor = (1 << k) - 1;
    let multiple = value / divisor;
    if multiple > 8 {
        put(0x1ff, 9);
        put(value, escape);
        return;
    }
    let ones = ((1 << multiple) - 1) << 1;
    match value - multiple * divisor {
        0 => put(ones << (k - 1), multiple + k),
        rest => put(ones << k | (rest + 1), multiple + 1 + k),
    }
}
