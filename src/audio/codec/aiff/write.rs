//! Writing AIFF, and AIFC for floats.
//!
//! Sizes have 32 bits here, and no value of them stands for "unknown". Until
//! the file is finished or flushed its header claims as much as it can hold,
//! as it stays on a target that cannot seek: FFmpeg, libsndfile, SoX and this
//! library then read to the end of the file, where a size of zero stops some
//! of them and all ones are refused.

use super::super::iff::{ByteOrder, append_chunk};
use super::super::{channel_layout, default_mask};
use super::SSND_HEADER;
use crate::audio::Result;
use crate::audio::encode::pcm::{PcmBytes, end_chunk};
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

/// The version of AIFF-C that there is, by its date: 23 May 1990, 2:40 pm.
const AIFC_VERSION: u32 = 0xa280_5140;
/// The largest size of the FORM chunk: even, as all chunks' sizes with their pad bytes.
const MAX_SIZE: u64 = 0xffff_fffe;
/// The header of a chunk.
const CHUNK: u64 = 8;

struct AiffEncoder {
    rate: u32,
    channels: u32,
    channel_mask: u32,
    samples: PcmBytes,
    /// The chunks of the tags, between the front of the header and the samples.
    extra: Vec<u8>,
    /// Where the samples start.
    start: u64,
}

/// An encoder for AIFF and AIFC.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let &Settings { rate, channels, channel_mask, sample_format, .. } = settings;
    let samples = PcmBytes::new(sample_format, ByteOrder::Big);
    let mut extra = Vec::new();
    for (id, body) in settings.tags.to_aiff_chunks()? {
        append_chunk(&mut extra, ByteOrder::Big, id, &body)?;
    }
    let mut encoder = AiffEncoder { rate, channels, channel_mask, samples, extra, start: 0 };
    encoder.start = encoder.front(0)?.len() as u64 + encoder.extra.len() as u64 + CHUNK + SSND_HEADER;
    Ok(Box::new(encoder))
}

impl AiffEncoder {
    fn frame_size(&self) -> u64 {
        u64::from(self.channels) * self.samples.format().size() as u64
    }

    /// The start of the file up to the chunks that follow COMM, for a file of so many frames.
    fn front(&self, frames: u64) -> Result<Vec<u8>> {
        let format = self.samples.format();
        let data = frames * self.frame_size();
        let form = (self.start + data + data % 2).saturating_sub(CHUNK);
        let mut bytes = b"FORM".to_vec();
        bytes.extend_from_slice(&(form as u32).to_be_bytes());
        bytes.extend_from_slice(if format.is_float() { b"AIFC" } else { b"AIFF" });
        if format.is_float() {
            append_chunk(&mut bytes, ByteOrder::Big, *b"FVER", &AIFC_VERSION.to_be_bytes())?;
        }
        let mut common = Vec::with_capacity(48);
        common.extend_from_slice(&(self.channels as u16).to_be_bytes());
        common.extend_from_slice(&(frames as u32).to_be_bytes());
        common.extend_from_slice(&(format.bits() as u16).to_be_bytes());
        common.extend_from_slice(&rate_bytes(self.rate));
        // The compression type, and its name behind its length, together of even size.
        match format {
            SampleFormat::F32 => common.extend_from_slice(b"fl32\x1532-bit floating point"),
            SampleFormat::F64 => common.extend_from_slice(b"fl64\x1564-bit floating point"),
            _ => {}
        }
        append_chunk(&mut bytes, ByteOrder::Big, *b"COMM", &common)?;
        if self.channel_mask != default_mask(self.channels) {
            // Apple's addition: the samples stay in the order of WAVE, not in AIFF's own.
            let layout = channel_layout::from_mask(self.channel_mask);
            append_chunk(&mut bytes, ByteOrder::Big, *b"CHAN", &layout)?;
        }
        Ok(bytes)
    }

    /// What stands right before the samples: a chunk header, and no offset and no blocks.
    fn sound_header(&self, frames: u64) -> Vec<u8> {
        let size = SSND_HEADER + frames * self.frame_size();
        [*b"SSND", (size as u32).to_be_bytes(), [0; 4], [0; 4]].concat()
    }

    /// Tells the size of the samples. A process that is killed between the two
    /// corrections leaves the size that was told before in one place, which readers keep to.
    fn update(&self, data_size: u64, sink: &mut ByteWriter) -> Result<()> {
        let frames = data_size / self.frame_size();
        sink.patch(0, &self.front(frames)?)?;
        sink.patch(self.start - CHUNK - SSND_HEADER, &self.sound_header(frames))
    }
}

impl Encoder for AiffEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.samples.format()
    }

    fn max_frames(&self) -> u64 {
        let most = MAX_SIZE.saturating_sub(self.start - CHUNK);
        most / self.frame_size()
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        // FFmpeg reads the number of frames as a signed one.
        let most = self.max_frames().min(i32::MAX as u64);
        sink.write(&self.front(most)?)?;
        sink.write(&self.extra)?;
        sink.write(&self.sound_header(most))
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        self.samples.write(samples, sink)
    }

    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        // A size could not be corrected later: it stays too large, and all that is there counts.
        if sink.is_seekable() { self.update(sink.position() - self.start, sink) } else { Ok(()) }
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        end_chunk(self.start, sink, |size, sink| self.update(size, sink))
    }
}

/// A rate above 0 as an 80-bit float: the first bit of its mantissa is set.
fn rate_bytes(rate: u32) -> [u8; 10] {
    /// The exponent of a mantissa that is a whole number.
    const WHOLE: u16 = 16383 + 63;
    let mantissa = u64::from(rate);
    let zeros = mantissa.leading_zeros();
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&(WHOLE - zeros as u16).to_be_bytes());
    bytes[2..].copy_from_slice(&(mantissa << zeros).to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_80_bit_floats() {
        // 44100 = 0xac44, whose first bit stands for 2^15.
        assert_eq!(rate_bytes(44_100), [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]);
        assert_eq!(rate_bytes(1), [0x3f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(rate_bytes(u32::MAX), [0x40, 0x1e, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    }
}
