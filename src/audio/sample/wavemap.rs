//! The conversions of the Python package wavemap, by its rules.
//!
//! They differ from those beside them in the zero: here the full range of
//! integers is the full range of floats, -1.0 to +1.0 inclusive, so that silence
//! lies between two integers. An integer s of n bits, taken as signed, stands
//! for (2s + 1) / (2^n - 1). Between integers the middle of a wider step is
//! taken: widening appends a one and zeros. What wavemap gets wrong is right:
//! +1.0 as a 32-bit integer is the largest, and all is computed in double
//! precision, so that floats are rounded once.

use crate::audio::{Error, Result};

/// The type of a number that audio is stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Number {
    U8,
    I8,
    U16,
    I16,
    /// Three bytes, little-endian, packed.
    I24,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

/// Evaluates an expression with `$T` as the type of a number known only at run time.
macro_rules! with_number {
    ($number:expr, $T:ident => $body:expr) => {
        match $number {
            Number::U8 => with_number!(@as u8, $T, $body),
            Number::I8 => with_number!(@as i8, $T, $body),
            Number::U16 => with_number!(@as u16, $T, $body),
            Number::I16 => with_number!(@as i16, $T, $body),
            Number::I24 => with_number!(@as [u8; 3], $T, $body),
            Number::U32 => with_number!(@as u32, $T, $body),
            Number::I32 => with_number!(@as i32, $T, $body),
            Number::U64 => with_number!(@as u64, $T, $body),
            Number::I64 => with_number!(@as i64, $T, $body),
            Number::F32 => with_number!(@as f32, $T, $body),
            Number::F64 => with_number!(@as f64, $T, $body),
        }
    };
    (@as $type:ty, $T:ident, $body:expr) => {{
        type $T = $type;
        $body
    }};
}

impl Number {
    /// Size in bytes.
    pub const fn size(self) -> usize {
        with_number!(self, T => size_of::<T>())
    }
}

/// Converts all of `src` into `dst`, which holds as many numbers.
///
/// # Errors
/// If the bytes do not lie where such numbers may lie in memory.
///
/// # Panics
/// If the counts differ.
pub fn convert(from: Number, src: &[u8], to: Number, dst: &mut [u8]) -> Result<()> {
    with_number!(from, A => {
        let src = bytemuck::try_cast_slice::<u8, A>(src).map_err(|_| misaligned("source", from))?;
        with_number!(to, B => {
            let dst = bytemuck::try_cast_slice_mut::<u8, B>(dst).map_err(|_| misaligned("destination", to))?;
            assert_eq!(src.len(), dst.len(), "counts");
            for (out, value) in dst.iter_mut().zip(src) {
                *out = one(*value);
            }
        });
    });
    Ok(())
}

fn misaligned(what: &str, number: Number) -> Error {
    Error::invalid(format!(
        "the memory of the {what} is not aligned to its numbers of {} bytes, or holds no whole number of them",
        number.size()
    ))
}

/// Converts one number.
#[inline(always)]
pub fn one<A: Value, B: Value>(value: A) -> B {
    match (A::BITS, B::BITS) {
        (None, None) => B::from_float(value.float()),
        (None, Some(bits)) => B::from_signed(to_integer(value.float(), bits)),
        (Some(bits), None) => B::from_float(to_float(value.signed(), bits)),
        (Some(from), Some(to)) => B::from_signed(rescale(value.signed(), from, to)),
    }
}

/// Clips, rounds to nearest even; NaN is 0.
#[inline(always)]
fn to_integer(value: f64, bits: u32) -> i64 {
    let scaled = (value * (2f64.powi(bits as i32) - 1.0) / 2.0 - 0.5).round_ties_even();
    // `as` clips to 64 bits, and gives 0 for NaN.
    (scaled as i64).clamp(i64::MIN >> (64 - bits), i64::MAX >> (64 - bits))
}

#[inline(always)]
fn to_float(value: i64, bits: u32) -> f64 {
    (2.0 * value as f64 + 1.0) / (2f64.powi(bits as i32) - 1.0)
}

#[inline(always)]
fn rescale(value: i64, from: u32, to: u32) -> i64 {
    if to > from { (value << (to - from)) + (1 << (to - from - 1)) } else { value >> (from - to) }
}

/// A number that can be converted.
pub trait Value: bytemuck::Pod {
    /// Bits of an integer; `None` for floats.
    const BITS: Option<u32>;
    /// An integer as signed: of an unsigned one the middle becomes 0.
    fn signed(self) -> i64;
    /// The integer that is so as signed.
    fn from_signed(value: i64) -> Self;
    /// A float; integers are none.
    fn float(self) -> f64;
    /// The float of a value.
    fn from_float(value: f64) -> Self;
}

macro_rules! integer {
    ($($type:ty, $signed:ty, $middle:expr;)*) => {$(
        impl Value for $type {
            const BITS: Option<u32> = Some(<$type>::BITS);
            #[inline(always)]
            fn signed(self) -> i64 {
                (self ^ $middle) as $signed as i64
            }
            #[inline(always)]
            fn from_signed(value: i64) -> Self {
                value as $type ^ $middle
            }
            fn float(self) -> f64 {
                self as f64
            }
            fn from_float(value: f64) -> Self {
                value as $type
            }
        }
    )*};
}

integer! {
    u8, i8, 1 << 7;
    i8, i8, 0;
    u16, i16, 1 << 15;
    i16, i16, 0;
    u32, i32, 1 << 31;
    i32, i32, 0;
    u64, i64, 1 << 63;
    i64, i64, 0;
}

impl Value for [u8; 3] {
    const BITS: Option<u32> = Some(24);
    #[inline(always)]
    fn signed(self) -> i64 {
        i64::from(i32::from_le_bytes([0, self[0], self[1], self[2]]) >> 8)
    }
    #[inline(always)]
    fn from_signed(value: i64) -> Self {
        let [a, b, c, ..] = value.to_le_bytes();
        [a, b, c]
    }
    fn float(self) -> f64 {
        self.signed() as f64
    }
    fn from_float(value: f64) -> Self {
        Self::from_signed(value as i64)
    }
}

macro_rules! float {
    ($($type:ty)*) => {$(
        impl Value for $type {
            const BITS: Option<u32> = None;
            fn signed(self) -> i64 {
                self as i64
            }
            fn from_signed(value: i64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn float(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn from_float(value: f64) -> Self {
                value as $type
            }
        }
    )*};
}

float!(f32 f64);

#[cfg(test)]
mod tests {
    use super::*;

    /// PEERS C3, as tried with wavemap.
    #[test]
    fn the_full_range_of_integers_is_that_of_floats() {
        assert_eq!((one::<i16, f32>(i16::MIN), one::<i16, f32>(i16::MAX)), (-1.0, 1.0));
        assert_eq!((one::<u8, f32>(0), one::<u8, f32>(255)), (-1.0, 1.0));
        assert_eq!((one::<i32, f64>(i32::MIN), one::<i32, f64>(i32::MAX)), (-1.0, 1.0));
        assert_eq!((one::<u64, f64>(0), one::<i64, f32>(i64::MAX)), (-1.0, 1.0));
        assert_eq!((one::<[u8; 3], f64>([0, 0, 0x80]), one::<[u8; 3], f64>([0xff, 0xff, 0x7f])), (-1.0, 1.0));
        assert_eq!(one::<i16, f64>(0), 1.0 / 65535.0);
        assert_eq!((one::<f64, f32>(3.5), one::<f32, f64>(-0.25)), (3.5, -0.25));
    }

    /// PEERS C4 and V5.
    #[test]
    fn floats_clip_and_never_wrap() {
        assert_eq!((one::<f32, i16>(0.5), one::<f32, i16>(-0.5), one::<f32, i16>(-1.0)), (16383, -16384, i16::MIN));
        assert_eq!((one::<f32, i32>(1.0), one::<f32, i32>(-1.0), one::<f32, i32>(9.0)), (i32::MAX, i32::MIN, i32::MAX));
        assert_eq!((one::<f32, i64>(1.0), one::<f64, u64>(1.0), one::<f64, u64>(-1.0)), (i64::MAX, u64::MAX, 0));
        assert_eq!((one::<f64, u8>(1.0), one::<f64, u8>(-1.0), one::<f64, i8>(f64::INFINITY)), (255, 0, 127));
        assert_eq!((one::<f64, i16>(f64::NAN), one::<f32, u8>(f32::NAN)), (0, 128));
        assert_eq!(one::<f32, [u8; 3]>(1.0), [0xff, 0xff, 0x7f]);
    }

    /// PEERS C5: uint8 0 to 0x0080 and 255 to 0xFF80.
    #[test]
    fn widening_takes_the_middle_of_the_step() {
        assert_eq!((one::<u8, u16>(0), one::<u8, u16>(255)), (0x0080, 0xff80));
        assert_eq!((one::<u8, i16>(0), one::<i8, u16>(-128), one::<i8, i16>(-1)), (-32640, 0x0080, -128));
        assert_eq!((one::<i16, u8>(-1), one::<u16, i8>(0x7fff), one::<u8, i8>(0x80)), (0x7f, -1, 0));
        assert_eq!(one::<i64, i8>(i64::MIN), -128);
        assert_eq!(one::<i8, i64>(127), i64::MAX - (1 << 55) + 1);
    }

    #[test]
    fn eight_bits_survive_every_type() {
        fn there_and_back<T: Value>(v: u8) -> u8 {
            one::<T, u8>(one::<u8, T>(v))
        }
        for v in 0..=255 {
            for back in [
                there_and_back::<i8>(v),
                there_and_back::<u16>(v),
                there_and_back::<[u8; 3]>(v),
                there_and_back::<i32>(v),
                there_and_back::<u64>(v),
                there_and_back::<f32>(v),
                there_and_back::<f64>(v),
            ] {
                assert_eq!(back, v);
            }
        }
    }

    #[test]
    fn slices_convert_by_the_types_of_their_bytes() {
        let mut dst = [0u16; 3];
        convert(Number::U8, &[0, 128, 255], Number::U16, bytemuck::cast_slice_mut(&mut dst)).unwrap();
        assert_eq!(dst, [0x0080, 0x8080, 0xff80]);
        let mut bytes = [0u8; 9];
        assert!(convert(Number::U8, &[0], Number::F64, &mut bytes).is_err());
    }
}
