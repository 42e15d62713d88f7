//! Writing WAV, which becomes RF64 in place when it passes 4 GiB.
//!
//! A JUNK chunk at the start keeps the room that RF64's ds64 chunk needs (EBU
//! Tech 3306, 4). It is so large that the samples begin at a multiple of 16
//! bytes: a map of the file then has them aligned. Until the file is finished
//! or flushed its header says that the length is unknown (all ones), as on a
//! target that cannot seek.

use crate::audio::Result;
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;
const EXTENSIBLE: u16 = 0xfffe;
/// The tail of KSDATAFORMAT_SUBTYPE_WAVEFORMATEX, as bytes.
const TAG_GUID: [u8; 14] = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
/// A size that is told in ds64, or not known.
const ELSEWHERE: u32 = u32::MAX;
/// The body of a ds64 chunk without a table.
const DS64: usize = 28;
/// Samples begin at a multiple of this.
const ALIGN: usize = 16;

/// The start of a WAV file, up to its first sample.
#[derive(Debug, Clone)]
pub struct Header {
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speaker bits.
    pub channel_mask: u32,
    /// U8, I16, I24, I32, F32 or F64.
    pub sample_format: SampleFormat,
}

impl Header {
    fn frame_size(&self) -> u64 {
        u64::from(self.channels) * self.sample_format.size() as u64
    }

    /// The bytes in front of `data_size` bytes of samples, or of an unknown
    /// number; always as many, whatever the size.
    pub fn bytes(&self, data_size: Option<u64>) -> Vec<u8> {
        let format = self.format_chunk();
        let fact_size = if self.sample_format.is_float() { 12 } else { 0 };
        let fixed = 12 + 8 + DS64 + format.len() + fact_size + 8;
        let reserved = DS64 + (fixed.next_multiple_of(ALIGN) - fixed);
        let size = fixed - DS64 + reserved;
        // What follows the first 8 bytes, with the pad byte of an odd number.
        let riff_size = data_size.map(|data| (size as u64 - 8).saturating_add(data).saturating_add(data & 1));
        let is_large = riff_size.is_some_and(|size| size >= u64::from(ELSEWHERE));
        let short = |size: Option<u64>| size.and_then(|size| u32::try_from(size).ok()).unwrap_or(ELSEWHERE);
        let frames = data_size.map(|data| data / self.frame_size());

        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(if is_large { b"RF64" } else { b"RIFF" });
        bytes.extend_from_slice(&(if is_large { ELSEWHERE } else { short(riff_size) }).to_le_bytes());
        bytes.extend_from_slice(b"WAVE");
        bytes.extend_from_slice(if is_large { b"ds64" } else { b"JUNK" });
        bytes.extend_from_slice(&(reserved as u32).to_le_bytes());
        let body = bytes.len();
        if let (true, Some(riff), Some(data), Some(frames)) = (is_large, riff_size, data_size, frames) {
            for size in [riff, data, frames] {
                bytes.extend_from_slice(&size.to_le_bytes());
            }
        }
        bytes.resize(body + reserved, 0);
        bytes.extend_from_slice(&format);
        if fact_size > 0 {
            bytes.extend_from_slice(b"fact\x04\0\0\0");
            bytes.extend_from_slice(&short(frames).to_le_bytes());
        }
        bytes.extend_from_slice(b"data");
        bytes.extend_from_slice(&(if is_large { ELSEWHERE } else { short(data_size) }).to_le_bytes());
        bytes
    }

    /// The fmt chunk: extensible where the channels are not mono or left and right.
    fn format_chunk(&self) -> Vec<u8> {
        let bits = self.sample_format.bits() as u16;
        let tag = if self.sample_format.is_float() { FLOAT } else { PCM };
        let is_plain = match self.channels {
            1 => self.channel_mask == 0x4,
            2 => self.channel_mask == 0x3,
            _ => false,
        };
        let size: u32 = match (is_plain, tag) {
            (true, PCM) => 16,
            (true, _) => 18,
            (false, _) => 40,
        };
        let bytes_per_second = u64::from(self.rate).saturating_mul(self.frame_size());
        let mut bytes = Vec::with_capacity(8 + size as usize);
        bytes.extend_from_slice(b"fmt ");
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(&(if is_plain { tag } else { EXTENSIBLE }).to_le_bytes());
        bytes.extend_from_slice(&(self.channels as u16).to_le_bytes());
        bytes.extend_from_slice(&self.rate.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(bytes_per_second).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(&(self.frame_size() as u16).to_le_bytes());
        bytes.extend_from_slice(&bits.to_le_bytes());
        if !is_plain {
            bytes.extend_from_slice(&22u16.to_le_bytes());
            bytes.extend_from_slice(&bits.to_le_bytes());
            bytes.extend_from_slice(&self.channel_mask.to_le_bytes());
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&TAG_GUID);
        } else if size == 18 {
            bytes.extend_from_slice(&0u16.to_le_bytes());
        }
        bytes
    }
}

struct WavEncoder {
    header: Header,
    /// Bytes of the header.
    start: u64,
}

/// An encoder for WAV and RF64.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let &Settings { rate, channels, channel_mask, sample_format, .. } = settings;
    Ok(Box::new(WavEncoder { header: Header { rate, channels, channel_mask, sample_format }, start: 0 }))
}

impl WavEncoder {
    fn update(&self, data_size: u64, sink: &mut ByteWriter) -> Result<()> {
        sink.patch(0, &self.header.bytes(Some(data_size)))
    }
}

impl Encoder for WavEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.header.sample_format
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        sink.write(&self.header.bytes(None))?;
        self.start = sink.position();
        Ok(())
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        sink.write(samples)
    }

    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.update(sink.position() - self.start, sink)
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        let data_size = sink.position() - self.start;
        if data_size % 2 == 1 {
            sink.write(&[0])?;
        }
        if sink.can_patch(0) {
            self.update(data_size, sink)?;
        }
        Ok(())
    }
}
