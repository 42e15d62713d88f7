//! Sample formats and layouts

use std::ffi::{c_char, c_void};

use super::args;
use super::error::Failure;
use crate::audio::frames::{AnyFrames, Layout};
use crate::audio::sample::SampleFormat;

/// The format of one sample.
///
/// Integers are full scale and left-justified. An integer becomes a float by
/// dividing by 2^(bits-1); a float becomes an integer by multiplying with it,
/// rounding to nearest even and clipping, and NaN becomes 0. Floats are never
/// clipped: those of lossy codecs may exceed -1 to 1.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_sample {
    /// Unsigned 8-bit; 128 is silence.
    U8 = 1,
    /// Signed 8-bit.
    I8 = 2,
    /// Signed 16-bit.
    I16 = 3,
    /// Signed 24-bit: three bytes, little-endian, packed.
    I24 = 4,
    /// Signed 32-bit.
    I32 = 5,
    /// Signed 64-bit.
    I64 = 6,
    /// 32-bit float.
    F32 = 7,
    /// 64-bit float.
    F64 = 8,
}

/// The order of samples in memory.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_layout {
    /// Frame after frame.
    Interleaved = 0,
    /// Plane after plane.
    Planar = 1,
}

const FORMATS: [(ondes_sample, SampleFormat, &std::ffi::CStr); 8] = [
    (ondes_sample::U8, SampleFormat::U8, c"uint8"),
    (ondes_sample::I8, SampleFormat::I8, c"int8"),
    (ondes_sample::I16, SampleFormat::I16, c"int16"),
    (ondes_sample::I24, SampleFormat::I24, c"int24"),
    (ondes_sample::I32, SampleFormat::I32, c"int32"),
    (ondes_sample::I64, SampleFormat::I64, c"int64"),
    (ondes_sample::F32, SampleFormat::F32, c"float32"),
    (ondes_sample::F64, SampleFormat::F64, c"float64"),
];

/// The number of a format in this header.
pub(crate) fn number(format: SampleFormat) -> i32 {
    FORMATS.iter().find(|(_, f, _)| *f == format).map_or(0, |(number, ..)| *number as i32)
}

pub(crate) fn format(number: i32, argument: &str) -> Result<SampleFormat, Failure> {
    args::choice(FORMATS.iter().map(|(n, format, _)| (*n as i32, *format)), number, argument, "ONDES_SAMPLE_")
}

pub(crate) fn layout(number: i32, argument: &str) -> Result<Layout, Failure> {
    let layouts =
        [(ondes_layout::Interleaved as i32, Layout::Interleaved), (ondes_layout::Planar as i32, Layout::Planar)];
    args::choice(layouts, number, argument, "ONDES_LAYOUT_")
}

/// The caller's memory for frames, as the arguments `format`, `layout`, `dst` and `capacity` tell.
pub(crate) struct Buffer<'a> {
    pub(crate) format: SampleFormat,
    pub(crate) layout: Layout,
    pub(crate) bytes: &'a mut [u8],
}

impl Buffer<'_> {
    /// # Safety
    /// As for [`args::frames_mut`].
    pub(crate) unsafe fn new(
        format: i32,
        layout: i32,
        channels: u32,
        dst: *mut c_void,
        capacity: u64,
    ) -> Result<Self, Failure> {
        let format = self::format(format, "format")?;
        let layout = self::layout(layout, "layout")?;
        let frame_size = u64::from(channels) * format.size() as u64;
        // SAFETY: the caller's promise.
        Ok(Self { format, layout, bytes: unsafe { args::frames_mut(dst, capacity, frame_size, "dst")? } })
    }
}

/// A caller's frames, as the arguments `format`, `layout`, `src` and `frames` tell.
///
/// # Safety
/// As for [`args::frames`].
pub(crate) unsafe fn source<'a>(
    format: i32,
    layout: i32,
    channels: u32,
    src: *const c_void,
    frames: u64,
) -> Result<AnyFrames<'a>, Failure> {
    let format = self::format(format, "format")?;
    let layout = self::layout(layout, "layout")?;
    let frame_size = u64::from(channels) * format.size() as u64;
    // SAFETY: the caller's promise.
    let bytes = unsafe { args::frames(src, frames, frame_size, "src")? };
    Ok(AnyFrames::from_bytes(bytes, format, channels as usize, layout)?)
}

/// Names a sample format as numpy does: "uint8", "int24", "float32".
///
/// Returns: the name; "unknown" for a number that is no ONDES_SAMPLE_ value.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_sample_name(format: i32) -> *const c_char {
    FORMATS.iter().find(|(n, ..)| *n as i32 == format).map_or(c"unknown", |(.., name)| name).as_ptr()
}

/// Tells the bytes that one sample takes.
///
/// Returns: the bytes; 0 for a number that is no ONDES_SAMPLE_ value.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_sample_size(format: i32) -> u32 {
    FORMATS.iter().find(|(n, ..)| *n as i32 == format).map_or(0, |(_, format, _)| format.bits() / 8)
}
