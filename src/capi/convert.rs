//! Numbers, as wavemap converts them

use std::ffi::c_void;

use super::error::{Failure, ondes_error};
use super::{args, boundary, sample::ondes_sample};
use crate::audio::sample::wavemap::{self, Number};

/// Types of numbers that are no ONDES_SAMPLE_ formats, for ondes_convert.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_number {
    /// Unsigned 16-bit.
    U16 = 101,
    /// Unsigned 32-bit.
    U32 = 102,
    /// Unsigned 64-bit.
    U64 = 103,
}

fn number(number: i32, argument: &str) -> Result<Number, Failure> {
    let numbers = [
        (ondes_sample::U8 as i32, Number::U8),
        (ondes_sample::I8 as i32, Number::I8),
        (ondes_sample::I16 as i32, Number::I16),
        (ondes_sample::I24 as i32, Number::I24),
        (ondes_sample::I32 as i32, Number::I32),
        (ondes_sample::I64 as i32, Number::I64),
        (ondes_sample::F32 as i32, Number::F32),
        (ondes_sample::F64 as i32, Number::F64),
        (ondes_number::U16 as i32, Number::U16),
        (ondes_number::U32 as i32, Number::U32),
        (ondes_number::U64 as i32, Number::U64),
    ];
    args::choice(numbers, number, argument, "ONDES_SAMPLE_ or ONDES_NUMBER_")
}

/// Converts `count` numbers by the rules of the Python package wavemap, which are not those of all other calls.
///
/// `src_format` and `dst_format` are ONDES_SAMPLE_ or ONDES_NUMBER_ numbers.
/// The full range of an integer is -1.0 to +1.0 inclusive, so that silence lies
/// between two integers; integers become wider with half a step added, and
/// narrower by dropping bits; floats clip, round to nearest even, and NaN is
/// silence. `src` and `dst` do not overlap.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for another format, or memory that is not aligned to it.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_convert(
    src_format: i32,
    src: *const c_void,
    dst_format: i32,
    dst: *mut c_void,
    count: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let from = number(src_format, "src_format")?;
            let to = number(dst_format, "dst_format")?;
            let src = args::frames(src, count, from.size() as u64, "src")?;
            let dst = args::frames_mut(dst, count, to.size() as u64, "dst")?;
            Ok(wavemap::convert(from, src, to, dst)?)
        })
    }
}
