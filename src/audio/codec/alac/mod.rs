//! Apple Lossless, by Apple's description of the format and its magic cookie.
//!
//! A packet holds elements of one or two channels. Each channel is a run of
//! adaptive Golomb codes (the residual) behind an adaptive linear predictor;
//! pairs may be mixed, and the low bytes of deep samples stored as they are.

#[cfg(feature = "encoders")]
mod write;

#[cfg(feature = "encoders")]
pub use write::{FRAMES, PacketEncoder};

use super::bits::Bits;
use super::packet::{Decoder, Packet, PacketTimer, PreRoll};
use super::{Codec, Track};
use crate::audio::frames::BlockData;
use crate::audio::sample::SampleFormat;
use crate::audio::{Error, Result, limits};

/// Sets up a decoder: `config` is the ALACSpecificConfig, 24 bytes or more, without atom headers.
pub fn track(config: &[u8]) -> Result<Track> {
    let config = Config::parse(config)?;
    Ok(Track {
        codec: Codec::Alac,
        rate: config.rate,
        channels: config.channels as u32,
        channel_mask: LAYOUTS[config.channels - 1].mask,
        sample_format: match config.bit_depth {
            ..=16 => SampleFormat::I16,
            17..=24 => SampleFormat::I24,
            _ => SampleFormat::I32,
        },
        bit_depth: config.bit_depth,
        delay: 0,
        timer: Box::new(config),
        decoder: Box::new(AlacDecoder::new(config)),
    })
}

/// The order of channels in a packet.
struct Layout {
    /// Speaker bits, as in WAVE_FORMAT_EXTENSIBLE.
    mask: u32,
    /// Where in WAVE order each channel of the packet belongs.
    order: &'static [u8],
}

/// By the number of channels: C, L R, C L R, C L R Cs, C L R Ls Rs, C L R Ls Rs
/// LFE, C L R Ls Rs Cs LFE, C Lc Rc L R Ls Rs LFE.
const LAYOUTS: [Layout; 8] = [
    Layout { mask: 0x4, order: &[0] },
    Layout { mask: 0x3, order: &[0, 1] },
    Layout { mask: 0x7, order: &[2, 0, 1] },
    Layout { mask: 0x107, order: &[2, 0, 1, 3] },
    Layout { mask: 0x37, order: &[2, 0, 1, 3, 4] },
    Layout { mask: 0x3f, order: &[2, 0, 1, 4, 5, 3] },
    Layout { mask: 0x13f, order: &[2, 0, 1, 4, 5, 6, 3] },
    Layout { mask: 0xff, order: &[2, 6, 7, 0, 1, 4, 5, 3] },
];

/// The ALACSpecificConfig.
#[derive(Debug, Clone, Copy)]
struct Config {
    /// Frames of a whole packet.
    frames: usize,
    bit_depth: u32,
    /// Tuning of the adaptive Golomb coder: how fast the mean adapts, where it
    /// starts, and the longest code parameter.
    history_multiplier: u32,
    initial_history: u32,
    parameter_limit: u32,
    channels: usize,
    rate: u32,
}

/// Encoders write 4096; this is far beyond any.
const MAX_FRAMES: u32 = 1 << 16;

impl Config {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let cookie: &[u8; 24] =
            bytes.first_chunk().ok_or_else(|| Error::malformed("the ALAC configuration is cut off"))?;
        let [f0, f1, f2, f3, version, depth, pb, mb, kb, channels, _, _, _, _, _, _, _, _, _, _, r0, r1, r2, r3] =
            *cookie;
        let frames = u32::from_be_bytes([f0, f1, f2, f3]);
        if version != 0 {
            return Err(Error::unsupported(format!("version {version} of ALAC is not supported")));
        }
        if frames == 0 || frames > MAX_FRAMES {
            return Err(Error::malformed(format!("the ALAC configuration declares packets of {frames} frames")));
        }
        if !matches!(depth, 1..=32) {
            return Err(Error::malformed(format!("the ALAC configuration declares {depth} bits per sample")));
        }
        let rate = u32::from_be_bytes([r0, r1, r2, r3]);
        limits::check_format(rate, channels.into())?;
        if usize::from(channels) > LAYOUTS.len() {
            return Err(Error::malformed(format!(
                "the ALAC configuration declares {channels} channels; 8 are the most"
            )));
        }
        Ok(Self {
            frames: frames as usize,
            bit_depth: depth.into(),
            history_multiplier: pb.into(),
            initial_history: mb.into(),
            parameter_limit: u32::from(kb).min(24),
            channels: channels.into(),
            rate,
        })
    }
}

impl PacketTimer for Config {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        // The tag, and the header behind it, take seven bytes.
        let mut buffer = Vec::new();
        let mut bits = Bits::pad(&packet[..packet.len().min(8)], &mut buffer);
        bits.skip(3);
        Header::read(&mut bits, self).map_or(self.frames as u32, |header| header.frames as u32)
    }
}

/// An adaptive Golomb code with parameter `k`: up to eight ones count
/// multiples of 2^k - 1, nine ones lead in a number of `escape` bits.
#[inline(always)]
fn golomb(bits: &mut Bits<'_>, k: u32, escape: u32) -> u32 {
    let window = bits.window();
    let prefix = (!window).leading_zeros();
    if prefix >= 9 {
        bits.skip(9 + escape as usize);
        return ((window << 9) >> (64 - escape)) as u32;
    }
    let multiple = (prefix << k) - prefix;
    if k == 0 {
        bits.skip(prefix as usize + 1);
        return multiple;
    }
    let suffix = ((window << (prefix + 1)) >> (64 - k)) as u32;
    if suffix < 2 {
        // Both values that begin with k - 1 zeros stand for 0, so one bit is saved.
        bits.skip((prefix + k) as usize);
        multiple
    } else {
        bits.skip((prefix + 1 + k) as usize);
        multiple + suffix - 1
    }
}

/// What stands before the samples of an element.
struct Header {
    frames: usize,
    /// Low bits of each sample that are stored as they are.
    shift: u32,
    is_raw: bool,
}

impl Header {
    fn read(bits: &mut Bits<'_>, config: &Config) -> Result<Self> {
        let _instance = bits.read(4);
        if bits.read(12) != 0 {
            return Err(Error::malformed("reserved bits are set"));
        }
        let is_partial = bits.flag();
        let shift = 8 * bits.read(2);
        let is_raw = bits.flag();
        let frames = if is_partial { bits.read(32) as usize } else { config.frames };
        if frames > config.frames {
            return Err(Error::malformed(format!("a packet of {frames} frames where {} are the most", config.frames)));
        }
        if shift >= config.bit_depth || shift > 16 {
            return Err(Error::malformed("more low bits than the samples have"));
        }
        Ok(Self { frames, shift, is_raw })
    }
}

/// How the samples of one channel are predicted.
struct Predictor {
    mode: u32,
    /// Right shift of the weighted sum.
    quantization: u32,
    history_factor: u32,
    order: usize,
    /// The coefficient of the oldest sample first.
    coefficients: [i32; 32],
}

impl Predictor {
    fn read(bits: &mut Bits<'_>) -> Self {
        let (mode, quantization, history_factor) = (bits.read(4), bits.read(4), bits.read(3));
        let order = bits.read(5) as usize;
        let mut coefficients = [0; 32];
        for coefficient in coefficients[..order].iter_mut().rev() {
            *coefficient = bits.read_signed(16);
        }
        Self { mode, quantization, history_factor, order, coefficients }
    }

    /// Turns residuals into samples of `width` bits, in place.
    fn restore(&mut self, samples: &mut [i32], width: u32) {
        if self.mode != 0 {
            sum_up(samples, width);
        }
        match self.order {
            0 => {}
            31 => sum_up(samples, width),
            4 => self.predict::<4>(samples, width),
            5 => self.predict::<5>(samples, width),
            6 => self.predict::<6>(samples, width),
            8 => self.predict::<8>(samples, width),
            order => {
                let warm_up = samples.len().min(order + 1);
                sum_up(&mut samples[..warm_up], width);
                let coefficients = &mut self.coefficients[..order];
                for at in order + 1..samples.len() {
                    let (past, rest) = samples.split_at_mut(at);
                    rest[0] = step(&past[at - order - 1..], coefficients, rest[0], self.quantization, width);
                }
            }
        }
    }

    /// The same with the order known to the compiler.
    fn predict<const N: usize>(&self, samples: &mut [i32], width: u32) {
        let warm_up = samples.len().min(N + 1);
        sum_up(&mut samples[..warm_up], width);
        let mut coefficients = [0; N];
        coefficients.copy_from_slice(&self.coefficients[..N]);
        for at in N + 1..samples.len() {
            let (past, rest) = samples.split_at_mut(at);
            rest[0] = step(&past[at - N - 1..][..N + 1], &mut coefficients, rest[0], self.quantization, width);
        }
    }
}

/// Keeps `width` bits.
#[inline(always)]
fn wrap(value: i32, width: u32) -> i32 {
    let unused = 32 - width;
    value << unused >> unused
}

/// Turns differences into samples.
fn sum_up(samples: &mut [i32], width: u32) {
    let mut last = None;
    for sample in samples {
        if let Some(last) = last {
            *sample = wrap(sample.wrapping_add(last), width);
        }
        last = Some(*sample);
    }
}

/// Restores one sample from those before it (one more than there are
/// coefficients, the oldest first) and its residual.
#[inline(always)]
fn step(past: &[i32], coefficients: &mut [i32], residual: i32, quantization: u32, width: u32) -> i32 {
    let sample = wrap(residual.wrapping_add(predicted(past, coefficients, quantization)), width);
    adapt(past, coefficients, residual, quantization);
    sample
}

/// What the samples in front of one let expect.
#[inline(always)]
fn predicted(past: &[i32], coefficients: &[i32], quantization: u32) -> i32 {
    let base = past[0];
    let mut sum = (1i32 << quantization) >> 1;
    for (coefficient, sample) in coefficients.iter().zip(&past[1..]) {
        sum = sum.wrapping_add(coefficient.wrapping_mul(sample.wrapping_sub(base)));
    }
    base.wrapping_add(sum >> quantization)
}

/// Adapts the coefficients to the sign of a residual.
#[inline(always)]
fn adapt(past: &[i32], coefficients: &mut [i32], residual: i32, quantization: u32) {
    let base = past[0];
    // The further a coefficient moves the prediction, the less is left to correct.
    let sign = residual.signum();
    let mut left = residual.wrapping_mul(sign);
    if sign != 0 {
        for ((coefficient, sample), weight) in coefficients.iter_mut().zip(&past[1..]).zip(1..) {
            if left <= 0 {
                break;
            }
            let difference = base.wrapping_sub(*sample);
            let direction = difference.signum() * sign;
            *coefficient = i32::from(coefficient.wrapping_sub(direction) as i16);
            let size = difference.wrapping_mul(difference.signum()).wrapping_mul(sign) >> quantization;
            left = left.wrapping_sub(size.wrapping_mul(weight).wrapping_mul(sign));
        }
    }
}

/// Where a history below this stands, a run of zeros is coded.
const FEW: u32 = 128;

/// The Golomb parameter for the next residual.
#[inline(always)]
fn parameter(history: u32) -> u32 {
    31 - ((history >> 9) + 3).leading_zeros()
}

/// The Golomb parameter for a run of zeros.
#[inline(always)]
fn zeros_parameter(history: u32) -> u32 {
    history.leading_zeros() - 24 + ((history + 16) >> 6)
}

/// The mean size of codes, which adapts with each.
#[inline(always)]
fn next_history(history: u32, multiplier: u32, code: u32, after_zeros: u32) -> u32 {
    if code.wrapping_sub(after_zeros) > 0xffff {
        0xffff
    } else {
        multiplier.wrapping_mul(code).wrapping_add(history).wrapping_sub(multiplier.wrapping_mul(history) >> 9)
    }
}

/// Reads the residual of one channel.
fn read_residual(bits: &mut Bits<'_>, config: &Config, factor: u32, width: u32, samples: &mut [i32]) {
    let multiplier = config.history_multiplier * factor / 4;
    let mut history = config.initial_history;
    let mut after_zeros = 0;
    let mut at = 0;
    while at < samples.len() {
        let k = parameter(history).min(config.parameter_limit);
        let code = golomb(bits, k, width).wrapping_add(after_zeros);
        // The lowest bit is the sign.
        samples[at] = (code >> 1) as i32 ^ -((code & 1) as i32);
        at += 1;
        history = next_history(history, multiplier, code, after_zeros);
        after_zeros = 0;
        if history < FEW && at < samples.len() {
            // Hardly anything left: a run of zeros.
            let k = zeros_parameter(history).min(config.parameter_limit);
            let zeros = golomb(bits, k, 16);
            let end = samples.len().min(at + zeros as usize);
            samples[at..end].fill(0);
            at = end;
            after_zeros = u32::from(zeros < 0xffff);
            history = 0;
        }
    }
}

/// Decodes packets into planes of integers.
struct AlacDecoder {
    config: Config,
    /// The packet, with room for reading behind its end.
    bytes: Vec<u8>,
    planes: Vec<i32>,
    low_bits: Vec<u16>,
}

impl AlacDecoder {
    fn new(config: Config) -> Self {
        Self { config, bytes: Vec::new(), planes: vec![0; config.frames * config.channels], low_bits: Vec::new() }
    }

    fn decode_elements(&mut self, packet: &[u8]) -> Result<usize> {
        let Self { config, bytes, planes, low_bits } = self;
        let mut bits = Bits::pad(packet, bytes);
        let order = LAYOUTS[config.channels - 1].order;
        let mut channel = 0;
        let mut frames = None;
        while channel < config.channels {
            bits.check()?;
            let width = match bits.read(3) {
                0 | 3 => 1,
                1 => 2,
                4 => {
                    skip_data(&mut bits);
                    continue;
                }
                6 => {
                    skip_fill(&mut bits);
                    continue;
                }
                7 => return Err(Error::malformed(format!("{channel} of {} channels in the packet", config.channels))),
                tag => return Err(Error::malformed(format!("an element of unknown type {tag}"))),
            };
            let Some(positions) = order.get(channel..channel + width) else {
                return Err(Error::malformed("more channels in the packet than the header declares"));
            };
            let plane = |position: u8| {
                let start = usize::from(position) * config.frames;
                start..start + config.frames
            };
            let decoded = match *positions {
                [first, second] => {
                    let [first, second] = planes
                        .get_disjoint_mut([plane(first), plane(second)])
                        .map_err(|_| Error::malformed("two channels in one place"))?;
                    decode_element(&mut bits, config, first, Some(second), low_bits)?
                }
                _ => decode_element(&mut bits, config, &mut planes[plane(positions[0])], None, low_bits)?,
            };
            if *frames.get_or_insert(decoded) != decoded {
                return Err(Error::malformed("the channels of the packet differ in length"));
            }
            channel += width;
        }
        bits.check()?;
        Ok(frames.unwrap_or(0))
    }
}

/// Skips a data stream element.
fn skip_data(bits: &mut Bits<'_>) {
    let _instance = bits.read(4);
    let is_aligned = bits.flag();
    let mut count = bits.read(8);
    if count == 255 {
        count += bits.read(8);
    }
    if is_aligned {
        bits.align();
    }
    bits.skip(count as usize * 8);
}

/// Skips a fill element.
fn skip_fill(bits: &mut Bits<'_>) {
    let mut count = bits.read(4);
    if count == 15 {
        count += bits.read(8);
        count -= 1;
    }
    bits.skip(count as usize * 8);
}

/// Decodes one channel, or two that belong together; returns the frames.
fn decode_element(
    bits: &mut Bits<'_>,
    config: &Config,
    first: &mut [i32],
    mut second: Option<&mut [i32]>,
    low_bits: &mut Vec<u16>,
) -> Result<usize> {
    let header = Header::read(bits, config)?;
    let channels = 1 + second.is_some() as usize;
    let first = &mut first[..header.frames];
    if let Some(second) = &mut second {
        *second = &mut std::mem::take(second)[..header.frames];
    }
    if header.is_raw {
        for frame in 0..header.frames {
            first[frame] = bits.read_signed(config.bit_depth);
            if let Some(second) = &mut second {
                second[frame] = bits.read_signed(config.bit_depth);
            }
        }
        bits.check()?;
        return Ok(header.frames);
    }
    // The difference of two channels needs a bit more.
    let width = config.bit_depth - header.shift + second.is_some() as u32;
    if width > 32 {
        return Err(Error::malformed("predicted samples of 33 bits"));
    }
    let mix_shift = bits.read(8).min(31);
    let mix_weight = bits.read_signed(8);
    let mut predictors =
        [Predictor::read(bits), if second.is_some() { Predictor::read(bits) } else { Predictor::NONE }];
    low_bits.clear();
    if header.shift > 0 {
        bits.check()?;
        low_bits.extend((0..header.frames * channels).map(|_| bits.read(header.shift) as u16));
    }
    for (samples, predictor) in std::iter::once(&mut *first).chain(second.as_deref_mut()).zip(&mut predictors) {
        read_residual(bits, config, predictor.history_factor, width, samples);
        bits.check()?;
        predictor.restore(samples, width);
    }
    if let Some(second) = second.as_deref_mut().filter(|_| mix_weight != 0) {
        for (a, b) in first.iter_mut().zip(second) {
            let left = a.wrapping_add(*b).wrapping_sub(b.wrapping_mul(mix_weight) >> mix_shift);
            (*a, *b) = (left, left.wrapping_sub(*b));
        }
    }
    if header.shift > 0 {
        for (i, samples) in std::iter::once(first).chain(second).enumerate() {
            for (sample, low) in samples.iter_mut().zip(low_bits[i..].iter().step_by(channels)) {
                *sample = *sample << header.shift | i32::from(*low);
            }
        }
    }
    Ok(header.frames)
}

impl Predictor {
    const NONE: Self = Self { mode: 0, quantization: 0, history_factor: 0, order: 0, coefficients: [0; 32] };
}

impl Decoder for AlacDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll::NONE
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        self.decode_elements(packet.data)
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::PlanarI32 { samples: &self.planes, stride: self.config.frames, bits: self.config.bit_depth }
    }

    fn reset(&mut self) {}
}
