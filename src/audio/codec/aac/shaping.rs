//! Temporal noise shaping: filters along the frequencies (ISO/IEC 14496-3, 4.6.9).

use std::f64::consts::FRAC_PI_2;

use super::channel::{BandEdges, Windows};
use super::filterbank::{LONG, SHORT, Sequence};
use crate::audio::codec::bits::Bits;
use crate::audio::{Error, Result};

/// The highest orders of filters of long and of short windows.
const MAX_ORDER_LONG: usize = 12;
const MAX_ORDER_SHORT: usize = 7;

struct Filter {
    window: usize,
    /// Bands it reaches down from where the one before ended.
    length: usize,
    is_downward: bool,
    coefficients: Vec<f32>,
}

/// The filters of one channel in one packet.
#[derive(Default)]
pub struct Shaping {
    filters: Vec<Filter>,
}

impl Shaping {
    pub fn clear(&mut self) {
        self.filters.clear();
    }

    /// Reads tns_data.
    pub fn read(&mut self, bits: &mut Bits<'_>, is_short: bool) -> Result<()> {
        let (windows, count_bits, length_bits, order_bits, most) =
            if is_short { (8, 1, 4, 3, MAX_ORDER_SHORT) } else { (1, 2, 6, 5, MAX_ORDER_LONG) };
        for window in 0..windows {
            let count = bits.read(count_bits);
            let resolution = if count > 0 { 3 + bits.read(1) } else { 0 };
            for _ in 0..count {
                let length = bits.read(length_bits) as usize;
                let order = bits.read(order_bits) as usize;
                if order > most {
                    return Err(Error::malformed(format!("a noise shaping filter of order {order}")));
                }
                let mut filter = Filter { window, length, is_downward: false, coefficients: Vec::new() };
                if order > 0 {
                    filter.is_downward = bits.flag();
                    let width = resolution - bits.read(1);
                    filter.coefficients =
                        prediction((0..order).map(|_| reflection(bits.read_signed(width), resolution)));
                }
                self.filters.push(filter);
            }
        }
        Ok(())
    }

    /// Runs the filters over a channel's coefficients.
    pub fn apply(&self, windows: &Windows, edges: &BandEdges, coefficients: &mut [f32; LONG]) {
        let is_short = windows.sequence == Sequence::EightShort;
        let most = if is_short { edges.shaped_short } else { edges.shaped_long };
        let edges = edges.of(windows.sequence);
        let most = most.min(windows.bands);
        let mut window = usize::MAX;
        let mut bottom = 0;
        for filter in &self.filters {
            if filter.window != window {
                window = filter.window;
                bottom = edges.len() - 1;
            }
            let top = bottom;
            bottom = top.saturating_sub(filter.length);
            let range = edges[bottom.min(most)]..edges[top.min(most)];
            let start = window * SHORT;
            let band = &mut coefficients[start + range.start..start + range.end];
            if filter.is_downward {
                all_pole(&filter.coefficients, band.iter_mut().rev());
            } else {
                all_pole(&filter.coefficients, band.iter_mut());
            }
        }
    }
}

/// A quantized reflection coefficient.
fn reflection(code: i32, resolution: u32) -> f64 {
    let half = f64::from(1 << (resolution - 1));
    let steps = if code >= 0 { half - 0.5 } else { half + 0.5 };
    (f64::from(code) / steps * FRAC_PI_2).sin()
}

/// Prediction coefficients from reflection coefficients.
fn prediction(reflections: impl Iterator<Item = f64>) -> Vec<f32> {
    let mut coefficients: Vec<f64> = Vec::new();
    for reflection in reflections {
        let mirrored: Vec<f64> = coefficients.iter().rev().copied().collect();
        for (coefficient, other) in coefficients.iter_mut().zip(mirrored) {
            *coefficient += reflection * other;
        }
        coefficients.push(reflection);
    }
    coefficients.into_iter().map(|c| c as f32).collect()
}

/// Each value less the weighted sum of those before it.
fn all_pole<'a>(coefficients: &[f32], values: impl Iterator<Item = &'a mut f32>) {
    // The newest first.
    let mut past = [0.0f32; MAX_ORDER_LONG];
    let past = &mut past[..coefficients.len()];
    for value in values {
        let sum: f32 = coefficients.iter().zip(&*past).map(|(c, p)| c * p).sum();
        *value -= sum;
        if !past.is_empty() {
            past.rotate_right(1);
            past[0] = *value;
        }
    }
}
