//! A frame (RFC 9639, 9): the channels of one block, two of them perhaps as
//! their mean and difference.

use super::Level;
use super::subframe::Subframe;
use crate::audio::codec::bit_writer::BitWriter;
use crate::audio::codec::flac::crc::{crc8, crc16};

/// What all frames of a file have in common.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// Rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: usize,
    /// Bits per sample: 16 or 24.
    pub depth: u32,
}

/// Encodes the block of that number, of interleaved samples.
pub fn encode(format: Format, level: &Level, number: u64, samples: &[i32], window: &[f64]) -> Vec<u8> {
    let planes: Vec<Vec<i32>> =
        (0..format.channels).map(|c| samples.iter().skip(c).step_by(format.channels).copied().collect()).collect();
    let block = samples.len() / format.channels;
    let (assignment, subframes) = match &planes[..] {
        [left, right] if level.stereo => stereo(left, right, format.depth, window, level),
        _ => {
            let subframes = planes.into_iter().map(|plane| Subframe::new(plane, format.depth, window, level));
            (format.channels as u64 - 1, subframes.collect())
        }
    };
    let mut bits = BitWriter::default();
    header(&mut bits, format, assignment, block, number);
    subframes.iter().for_each(|subframe| subframe.write(&mut bits));
    let crc = crc16(bits.align());
    bits.put(crc.into(), 16);
    bits.align().to_vec()
}

/// Two channels in the cheapest of the four ways, with its number.
fn stereo(left: &[i32], right: &[i32], depth: u32, window: &[f64], level: &Level) -> (u64, Vec<Subframe>) {
    let pairs = || left.iter().zip(right);
    let side = pairs().map(|(left, right)| left - right).collect();
    let mid = pairs().map(|(left, right)| (left + right) >> 1).collect();
    let left = Subframe::new(left.to_vec(), depth, window, level);
    let right = Subframe::new(right.to_vec(), depth, window, level);
    let mid = Subframe::new(mid, depth, window, level);
    let side = Subframe::new(side, depth + 1, window, level);
    let ways = [
        (1, left.size + right.size),
        (8, left.size + side.size),
        (9, side.size + right.size),
        (10, mid.size + side.size),
    ];
    let (way, _) = ways.into_iter().min_by_key(|(_, size)| *size).unwrap_or_default();
    let subframes = match way {
        8 => vec![left, side],
        9 => vec![side, right],
        10 => vec![mid, side],
        _ => vec![left, right],
    };
    (way, subframes)
}

/// The header (RFC 9639, 9.1) of a stream of blocks of one size.
fn header(bits: &mut BitWriter, format: Format, assignment: u64, block: usize, number: u64) {
    let block_code = match block {
        1152 => 3,
        4096 => 12,
        1..=256 => 6,
        _ => 7,
    };
    let rate = u64::from(format.rate);
    let (rate_code, rate_value, rate_bits) = match rate {
        88_200 => (1, 0, 0),
        176_400 => (2, 0, 0),
        192_000 => (3, 0, 0),
        8_000 => (4, 0, 0),
        16_000 => (5, 0, 0),
        22_050 => (6, 0, 0),
        24_000 => (7, 0, 0),
        32_000 => (8, 0, 0),
        44_100 => (9, 0, 0),
        48_000 => (10, 0, 0),
        96_000 => (11, 0, 0),
        _ if rate.is_multiple_of(1000) && rate / 1000 < 256 => (12, rate / 1000, 8),
        _ if rate < 65_536 => (13, rate, 16),
        _ => (14, rate / 10, 16),
    };
    bits.put(0xfff8, 16);
    bits.put(block_code, 4);
    bits.put(rate_code, 4);
    bits.put(assignment, 4);
    bits.put(if format.depth == 16 { 4 } else { 6 }, 3);
    bits.put(0, 1);
    coded_number(bits, number);
    match block_code {
        6 => bits.put(block as u64 - 1, 8),
        7 => bits.put(block as u64 - 1, 16),
        _ => {}
    }
    bits.put(rate_value, rate_bits);
    let crc = crc8(bits.align());
    bits.put(crc.into(), 8);
}

/// A number in the manner of UTF-8 (RFC 9639, 9.1.5).
fn coded_number(bits: &mut BitWriter, number: u64) {
    // A first byte that stands for n more has room for 6 - n bits.
    let more = (0..=6).find(|more| if *more == 0 { number < 128 } else { number >> (6 * more) < 1 << (6 - more) });
    let more = more.unwrap_or(6);
    if more == 0 {
        return bits.put(number, 8);
    }
    let lead = 0xff00 >> (more + 1) & 0xff;
    bits.put(lead | number >> (6 * more), 8);
    for i in (0..more).rev() {
        bits.put(0x80 | (number >> (6 * i) & 0x3f), 8);
    }
}
