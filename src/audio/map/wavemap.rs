//! The header that the Python package wavemap writes, for files that must be
//! the same byte by byte.

use crate::audio::sample::SampleFormat;

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;

/// The bytes in front of the samples; `None` if a size passes 32 bits.
///
/// 44 bytes for integers and 58 for floats, so that these are not aligned. The
/// fact chunk counts samples, not frames as it should.
pub fn header(format: SampleFormat, channels: u32, rate: u32, frames: u64) -> Option<Vec<u8>> {
    let (tag, format_size, fact_size) = if format.is_float() { (FLOAT, 18u32, 12) } else { (PCM, 16, 0) };
    let frame_size = channels * format.size() as u32;
    let data = u32::try_from(frames.checked_mul(u64::from(frame_size))?).ok()?;
    let riff = data.checked_add(4 + 8 + format_size + fact_size + 8)?.checked_add(data % 2)?;
    let bytes_per_second = rate.checked_mul(frame_size)?;

    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&riff.to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&format_size.to_le_bytes());
    bytes.extend_from_slice(&tag.to_le_bytes());
    bytes.extend_from_slice(&u16::try_from(channels).ok()?.to_le_bytes());
    bytes.extend_from_slice(&rate.to_le_bytes());
    bytes.extend_from_slice(&bytes_per_second.to_le_bytes());
    bytes.extend_from_slice(&u16::try_from(frame_size).ok()?.to_le_bytes());
    bytes.extend_from_slice(&(format.bits() as u16).to_le_bytes());
    if fact_size > 0 {
        bytes.extend_from_slice(b"\0\0fact\x04\0\0\0");
        let samples = u32::try_from(frames * u64::from(channels)).ok()?;
        bytes.extend_from_slice(&samples.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&data.to_le_bytes());
    Some(bytes)
}
