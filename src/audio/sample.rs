//! Sample formats: the only place that scales, rounds, clips and dithers.
//!
//! Integers are full scale and left-justified: widening appends zero bits,
//! narrowing drops the low bits. Integer to float divides by 2^(n-1), so that
//! -1.0 is exact and +1.0 is never reached. Float to integer multiplies by
//! 2^(n-1), rounds to nearest even and clips; NaN becomes 0.

pub mod wavemap;

use super::resample::Kept;
use crate::platform::vector::Real;
use ondes_fft::Number;

/// The format of one sample in memory or in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleFormat {
    /// Unsigned 8-bit, 128 is silence.
    U8,
    /// Signed 8-bit.
    I8,
    /// Signed 16-bit.
    I16,
    /// Signed 24-bit, three bytes, little-endian, packed.
    I24,
    /// Signed 32-bit.
    I32,
    /// Signed 64-bit.
    I64,
    /// 32-bit float, nominally -1 to 1.
    F32,
    /// 64-bit float, nominally -1 to 1.
    F64,
}

impl SampleFormat {
    /// Size of one sample in bytes.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }

    /// Size of one sample in bits.
    pub const fn bits(self) -> u32 {
        self.size() as u32 * 8
    }

    /// Whether samples are floats.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether samples are integers of less than 32 bits.
    pub const fn is_below_32_bits(self) -> bool {
        self.bits() < 32
    }

    /// The name of the format, as NumPy calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I24 => "int24",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }
}

/// Evaluates an expression with `$S` as the type of a format known only at run time.
macro_rules! with_sample {
    ($format:expr, $S:ident => $body:expr) => {
        match $format {
            $crate::audio::sample::SampleFormat::U8 => with_sample!(@as u8, $S, $body),
            $crate::audio::sample::SampleFormat::I8 => with_sample!(@as i8, $S, $body),
            $crate::audio::sample::SampleFormat::I16 => with_sample!(@as i16, $S, $body),
            $crate::audio::sample::SampleFormat::I24 => with_sample!(@as [u8; 3], $S, $body),
            $crate::audio::sample::SampleFormat::I32 => with_sample!(@as i32, $S, $body),
            $crate::audio::sample::SampleFormat::I64 => with_sample!(@as i64, $S, $body),
            $crate::audio::sample::SampleFormat::F32 => with_sample!(@as f32, $S, $body),
            $crate::audio::sample::SampleFormat::F64 => with_sample!(@as f64, $S, $body),
        }
    };
    (@as $type:ty, $S:ident, $body:expr) => {{
        type $S = $type;
        $body
    }};
}
pub(crate) use with_sample;

/// A sample type that decoded audio converts to.
pub trait Sample: bytemuck::Pod + Default + Send + Sync {
    /// The format this type holds.
    const FORMAT: SampleFormat;
    /// The value of silence.
    const SILENCE: Self;
    /// The float in which this type is mixed and resampled: the smaller one
    /// that holds all its values.
    type Work: Kept;
    /// From a left-justified 32-bit integer.
    fn from_i32(value: i32) -> Self;
    /// From a left-justified 64-bit integer.
    fn from_i64(value: i64) -> Self {
        Self::from_i32((value >> 32) as i32)
    }
    /// From a float.
    fn from_f32(value: f32) -> Self;
    /// From a double.
    fn from_f64(value: f64) -> Self;
    /// To any sample type.
    fn to<S: Sample>(self) -> S;
}

/// A float, in which audio is mixed and resampled.
pub trait Float: Sample<Work = Self> + Number + Real {
    /// Rounded from a double.
    #[inline(always)]
    fn from_double(value: f64) -> Self {
        <Self as Sample>::from_f64(value)
    }
}

impl Float for f32 {}
impl Float for f64 {}

/// Rounds to nearest even and clips to `bits` bits, at most 32; NaN gives 0.
///
/// Adding 1.5 * 2^52 leaves no room for a fraction, so the addition itself
/// rounds, and the low bits of the sum are the integer. Unlike a rounding call
/// and a checked conversion this needs nothing beyond SSE2, and vectorises.
#[inline(always)]
fn quantize(value: f64, bits: u32) -> i32 {
    const MAGIC: f64 = 6_755_399_441_055_744.0;
    let scale = (1u64 << (bits - 1)) as f64;
    let value = if value.is_nan() { 0.0 } else { value };
    let clipped = (value * scale).clamp(-scale, scale - 1.0);
    (clipped + MAGIC).to_bits() as i32
}

/// As [`quantize`], in single precision: exact for up to 16 bits.
#[inline(always)]
fn quantize_f32(value: f32, bits: u32) -> i32 {
    const MAGIC: f32 = 12_582_912.0;
    let scale = (1u32 << (bits - 1)) as f32;
    let value = if value.is_nan() { 0.0 } else { value };
    let clipped = (value * scale).clamp(-scale, scale - 1.0);
    (clipped + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()) as i32
}

impl Sample for u8 {
    const FORMAT: SampleFormat = SampleFormat::U8;
    const SILENCE: Self = 128;
    type Work = f32;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        ((value >> 24) as u8) ^ 0x80
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        (quantize_f32(value, 8) as u8) ^ 0x80
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        (quantize(value, 8) as u8) ^ 0x80
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i32(i32::from((self ^ 0x80) as i8) << 24)
    }
}

impl Sample for i8 {
    const FORMAT: SampleFormat = SampleFormat::I8;
    const SILENCE: Self = 0;
    type Work = f32;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        (value >> 24) as i8
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        quantize_f32(value, 8) as i8
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        quantize(value, 8) as i8
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i32(i32::from(self) << 24)
    }
}

impl Sample for i16 {
    const FORMAT: SampleFormat = SampleFormat::I16;
    const SILENCE: Self = 0;
    type Work = f32;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        (value >> 16) as i16
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        quantize_f32(value, 16) as i16
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        quantize(value, 16) as i16
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i32(i32::from(self) << 16)
    }
}

/// Packed little-endian 24-bit.
impl Sample for [u8; 3] {
    const FORMAT: SampleFormat = SampleFormat::I24;
    const SILENCE: Self = [0; 3];
    type Work = f32;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        let b = value.to_le_bytes();
        [b[1], b[2], b[3]]
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        Self::from_f64(f64::from(value))
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        Self::from_i32(quantize(value, 24) << 8)
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i32(i32::from_le_bytes([0, self[0], self[1], self[2]]))
    }
}

impl Sample for i32 {
    const FORMAT: SampleFormat = SampleFormat::I32;
    const SILENCE: Self = 0;
    type Work = f64;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        value
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        quantize(f64::from(value), 32)
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        quantize(value, 32)
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i32(self)
    }
}

impl Sample for i64 {
    const FORMAT: SampleFormat = SampleFormat::I64;
    const SILENCE: Self = 0;
    type Work = f64;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        i64::from(value) << 32
    }
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        Self::from_f64(f64::from(value))
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        // `as` clips, and gives 0 for NaN.
        (value * 9_223_372_036_854_775_808.0).round_ties_even() as i64
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_i64(self)
    }
}

impl Sample for f32 {
    const FORMAT: SampleFormat = SampleFormat::F32;
    const SILENCE: Self = 0.0;
    type Work = f32;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        value as f32 * (1.0 / 2_147_483_648.0)
    }
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        (value as f64 * (1.0 / 9_223_372_036_854_775_808.0)) as f32
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        value
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_f32(self)
    }
}

impl Sample for f64 {
    const FORMAT: SampleFormat = SampleFormat::F64;
    const SILENCE: Self = 0.0;
    type Work = f64;
    #[inline(always)]
    fn from_i32(value: i32) -> Self {
        f64::from(value) * (1.0 / 2_147_483_648.0)
    }
    #[inline(always)]
    fn from_i64(value: i64) -> Self {
        value as f64 * (1.0 / 9_223_372_036_854_775_808.0)
    }
    #[inline(always)]
    fn from_f32(value: f32) -> Self {
        f64::from(value)
    }
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to<S: Sample>(self) -> S {
        S::from_f64(self)
    }
}

/// Noise that is added before samples are rounded to fewer bits, so that the
/// error no longer depends on the signal: triangular, two steps wide
/// (Lipshitz, Wannamaker and Vanderkooy, J. Audio Eng. Soc. 40, 1992).
///
/// It begins with the same seed each time: the same samples give the same file.
#[derive(Debug, Clone)]
pub struct Dither(u64);

impl Default for Dither {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Dither {
    /// Adds noise to samples that are about to be rounded to `bits` bits.
    pub fn add(&mut self, samples: &mut [f64], bits: u32) {
        let step = 1.0 / (1u64 << (bits - 1)) as f64;
        for sample in samples {
            *sample += (self.uniform() - self.uniform()) * step;
        }
    }

    /// A number from 0 to below 1 (xorshift64, Marsaglia 2003).
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }
}

/// How uncompressed samples are coded in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum PcmCoding {
    U8,
    S8,
    S16Le,
    S16Be,
    S24Le,
    S24Be,
    S32Le,
    S32Be,
    S64Le,
    S64Be,
    F32Le,
    F32Be,
    F64Le,
    F64Be,
    /// A-law, ITU-T G.711.
    ALaw,
    /// µ-law, ITU-T G.711.
    ULaw,
}

impl PcmCoding {
    /// Samples of `format` as memory has them, in either order of bytes.
    pub const fn of(format: SampleFormat, is_big_endian: bool) -> Self {
        match (format, is_big_endian) {
            (SampleFormat::U8, _) => Self::U8,
            (SampleFormat::I8, _) => Self::S8,
            (SampleFormat::I16, false) => Self::S16Le,
            (SampleFormat::I16, true) => Self::S16Be,
            (SampleFormat::I24, false) => Self::S24Le,
            (SampleFormat::I24, true) => Self::S24Be,
            (SampleFormat::I32, false) => Self::S32Le,
            (SampleFormat::I32, true) => Self::S32Be,
            (SampleFormat::I64, false) => Self::S64Le,
            (SampleFormat::I64, true) => Self::S64Be,
            (SampleFormat::F32, false) => Self::F32Le,
            (SampleFormat::F32, true) => Self::F32Be,
            (SampleFormat::F64, false) => Self::F64Le,
            (SampleFormat::F64, true) => Self::F64Be,
        }
    }

    /// Whether the highest byte of a sample comes first.
    pub const fn is_big_endian(self) -> bool {
        matches!(self, Self::S16Be | Self::S24Be | Self::S32Be | Self::S64Be | Self::F32Be | Self::F64Be)
    }

    /// Whether the file has the very bytes that [`PcmCoding::format`] has in memory.
    pub const fn is_native(self) -> bool {
        match self {
            Self::ALaw | Self::ULaw => false,
            Self::U8 | Self::S8 | Self::S24Le => true,
            Self::S24Be => false,
            _ => self.is_big_endian() == cfg!(target_endian = "big"),
        }
    }

    /// Bytes of one sample in the file.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::S8 | Self::ALaw | Self::ULaw => 1,
            Self::S16Le | Self::S16Be => 2,
            Self::S24Le | Self::S24Be => 3,
            Self::S32Le | Self::S32Be | Self::F32Le | Self::F32Be => 4,
            Self::S64Le | Self::S64Be | Self::F64Le | Self::F64Be => 8,
        }
    }

    /// The memory format that holds these samples without loss.
    pub const fn format(self) -> SampleFormat {
        match self {
            Self::U8 => SampleFormat::U8,
            Self::S8 => SampleFormat::I8,
            Self::S16Le | Self::S16Be | Self::ALaw | Self::ULaw => SampleFormat::I16,
            Self::S24Le | Self::S24Be => SampleFormat::I24,
            Self::S32Le | Self::S32Be => SampleFormat::I32,
            Self::S64Le | Self::S64Be => SampleFormat::I64,
            Self::F32Le | Self::F32Be => SampleFormat::F32,
            Self::F64Le | Self::F64Be => SampleFormat::F64,
        }
    }

    /// Decodes samples `first`, `first + step`, ... of `bytes` into `out`; `first` is below `step`.
    ///
    /// `out` bounds the count; `bytes` must hold all of them.
    pub fn decode<S: Sample>(self, bytes: &[u8], first: usize, step: usize, out: &mut [S]) {
        match self.rewritten_as() {
            Some(plain) => self.decode_rewritten(plain, bytes, first, step, out),
            None if step > 2 => self.decode_rewritten(self, bytes, first, step, out),
            None => self.decode_plain(bytes, first, step, out),
        }
    }

    /// The coding in which samples of the rarer ones are written anew before they are converted: the code for
    /// that is there once, and not once for each type.
    const fn rewritten_as(self) -> Option<Self> {
        match self {
            Self::ALaw | Self::ULaw => Some(Self::S16Le),
            Self::S32Be => Some(Self::S32Le),
            Self::S64Be => Some(Self::S64Le),
            Self::F32Be => Some(Self::F32Le),
            Self::F64Be => Some(Self::F64Le),
            _ => None,
        }
    }

    /// As [`PcmCoding::decode`], by samples one after the other in a plain coding.
    fn decode_rewritten<S: Sample>(self, plain: Self, bytes: &[u8], first: usize, step: usize, out: &mut [S]) {
        let mut piece = [0; 512];
        let (size, each) = (plain.size(), piece.len() / plain.size());
        for (i, out) in out.chunks_mut(each).enumerate() {
            let piece = &mut piece[..out.len() * size];
            self.rewrite(&bytes[i * each * step * self.size()..], first, step, piece);
            plain.decode_plain(piece, 0, 1, out);
        }
    }

    /// Writes samples `first`, `first + step`, ... of `bytes` into `out`, in the plain coding.
    fn rewrite(self, bytes: &[u8], first: usize, step: usize, out: &mut [u8]) {
        fn each<const N: usize, const M: usize>(
            bytes: &[u8],
            (first, step): (usize, usize),
            out: &mut [u8],
            rewrite: impl Fn([u8; N]) -> [u8; M],
        ) {
            let (samples, out) = (&bytes.as_chunks::<N>().0[first..], out.as_chunks_mut::<M>().0);
            if step == 1 {
                out.iter_mut().zip(samples).for_each(|(out, sample)| *out = rewrite(*sample));
            } else {
                out.iter_mut().zip(samples.iter().step_by(step)).for_each(|(out, sample)| *out = rewrite(*sample));
            }
        }
        let which = (first, step);
        match self {
            Self::U8 | Self::S8 => each(bytes, which, out, |b: [u8; 1]| b),
            Self::ALaw => each(bytes, which, out, |[b]| ALAW[usize::from(b)].to_le_bytes()),
            Self::ULaw => each(bytes, which, out, |[b]| ULAW[usize::from(b)].to_le_bytes()),
            Self::S16Le | Self::S16Be => each(bytes, which, out, |b: [u8; 2]| b),
            Self::S24Le | Self::S24Be => each(bytes, which, out, |b: [u8; 3]| b),
            Self::S32Le | Self::F32Le => each(bytes, which, out, |b: [u8; 4]| b),
            Self::S64Le | Self::F64Le => each(bytes, which, out, |b: [u8; 8]| b),
            Self::S32Be | Self::F32Be => each(bytes, which, out, |b| u32::from_be_bytes(b).to_le_bytes()),
            Self::S64Be | Self::F64Be => each(bytes, which, out, |b| u64::from_be_bytes(b).to_le_bytes()),
        }
    }

    /// As [`PcmCoding::decode`], for a step of 1 or 2 and a coding that is not rewritten.
    fn decode_plain<S: Sample>(self, bytes: &[u8], first: usize, step: usize, out: &mut [S]) {
        match self {
            Self::U8 => decode_as(bytes, first, step, out, |[b]: [u8; 1]| S::from_i32((i32::from(b) - 128) << 24)),
            Self::S8 => decode_as(bytes, first, step, out, |[b]: [u8; 1]| S::from_i32(i32::from(b as i8) << 24)),
            Self::S16Le => decode_as(bytes, first, step, out, |b| S::from_i32(i32::from(i16::from_le_bytes(b)) << 16)),
            Self::S16Be => decode_as(bytes, first, step, out, |b| S::from_i32(i32::from(i16::from_be_bytes(b)) << 16)),
            Self::S24Le => {
                decode_as(bytes, first, step, out, |[a, b, c]| S::from_i32(i32::from_le_bytes([0, a, b, c])))
            }
            Self::S24Be => {
                decode_as(bytes, first, step, out, |[a, b, c]| S::from_i32(i32::from_be_bytes([a, b, c, 0])))
            }
            Self::S32Le => decode_as(bytes, first, step, out, |b| S::from_i32(i32::from_le_bytes(b))),
            Self::S64Le => decode_as(bytes, first, step, out, |b| S::from_i64(i64::from_le_bytes(b))),
            Self::F32Le => decode_as(bytes, first, step, out, |b| S::from_f32(f32::from_le_bytes(b))),
            Self::F64Le => decode_as(bytes, first, step, out, |b| S::from_f64(f64::from_le_bytes(b))),
            Self::S32Be | Self::S64Be | Self::F32Be | Self::F64Be | Self::ALaw | Self::ULaw => {
                unreachable!("it is rewritten")
            }
        }
    }
}

#[inline(always)]
fn decode_as<const N: usize, S: Sample>(
    bytes: &[u8],
    first: usize,
    step: usize,
    out: &mut [S],
    decode: impl Fn([u8; N]) -> S,
) {
    let (samples, _) = bytes.as_chunks::<N>();
    debug_assert!(first < step && samples.len() >= first + out.len().saturating_sub(1) * step);
    if step == 1 {
        for (out, sample) in out.iter_mut().zip(samples) {
            *out = decode(*sample);
        }
    } else {
        // Stereo to planes: a constant step lets the compiler use shuffles.
        let (pairs, _) = samples.as_chunks::<2>();
        for (out, pair) in out.iter_mut().zip(pairs) {
            *out = decode(pair[first & 1]);
        }
    }
}

/// All codes of A-law: a code is looked up faster than computed.
static ALAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = alaw(code as u8);
        code += 1;
    }
    table
};

/// All codes of µ-law.
static ULAW: [i16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = ulaw(code as u8);
        code += 1;
    }
    table
};

/// ITU-T G.711 A-law to 16-bit linear.
pub const fn alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = ((code & 0x0f) as i16) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 0x108) << (exponent - 1) };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// ITU-T G.711 µ-law to 16-bit linear.
pub const fn ulaw(code: u8) -> i16 {
    let code = !code;
    let exponent = (code >> 4) & 7;
    let mantissa = ((code & 0x0f) as i16) << 3;
    let magnitude = ((mantissa + 0x84) << exponent) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_scale_by_powers_of_two() {
        assert_eq!(f32::from_i32(i32::MIN), -1.0);
        assert_eq!(f32::from_i32(0x7fff << 16), 32767.0 / 32768.0);
        assert_eq!(f64::from_i32(1), 1.0 / 2_147_483_648.0);
        assert_eq!(i16::from_i32(-1), -1);
        assert_eq!(u8::from_i32(0), 128);
        assert_eq!(u8::from_i32(i32::MIN), 0);
        assert_eq!(<[u8; 3]>::from_i32(0x0102_0300), [3, 2, 1]);
        assert_eq!(i64::from_i32(-1), -(1 << 32));
    }

    #[test]
    fn floats_round_to_even_and_clip() {
        assert_eq!(i16::from_f32(0.5 / 32768.0), 0);
        assert_eq!(i16::from_f32(1.5 / 32768.0), 2);
        assert_eq!(i16::from_f32(-2.5 / 32768.0), -2);
        assert_eq!(i16::from_f32(1.0), 32767);
        assert_eq!(i16::from_f32(-1.5), -32768);
        assert_eq!(i16::from_f32(f32::NAN), 0);
        assert_eq!(i32::from_f32(1.0), i32::MAX);
        assert_eq!(i32::from_f32(f32::NEG_INFINITY), i32::MIN);
        assert_eq!(i32::from_f64(2.5 / 2_147_483_648.0), 2);
        assert_eq!(u8::from_f32(f32::NAN), 128);
        assert_eq!(i64::from_f64(1.0), i64::MAX);
        assert_eq!(<[u8; 3]>::from_f32(-1.0), [0, 0, 0x80]);
    }

    #[test]
    fn companding_matches_g711() {
        // ITU-T G.711 tables 1a and 2a, scaled to 16 bits.
        assert_eq!((alaw(0xaa), alaw(0x2a), alaw(0xd5), alaw(0x55)), (32256, -32256, 8, -8));
        assert_eq!((ulaw(0x80), ulaw(0x00), ulaw(0xff), ulaw(0x7f)), (32124, -32124, 0, 0));
    }

    #[test]
    fn pcm_decodes_with_a_step() {
        let bytes = [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0];
        let mut out = [0i16; 2];
        PcmCoding::S16Le.decode(&bytes, 1, 3, &mut out);
        assert_eq!(out, [2, 5]);
        let mut out = [0i16; 3];
        PcmCoding::S16Le.decode(&bytes, 1, 2, &mut out);
        assert_eq!(out, [2, 4, 6]);
        PcmCoding::S16Be.decode(&bytes[4..], 0, 1, &mut out);
        assert_eq!(out, [3 << 8, 4 << 8, 5 << 8]);
    }
}
