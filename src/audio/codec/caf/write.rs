//! Writing CAF.
//!
//! Until the file is finished or flushed its data chunk has the size -1, which
//! stands for "to the end of the file" (Core Audio Format Specification 1.0,
//! "Data Chunk"), as on a target that cannot seek. A flush tells the size all
//! the same: libsndfile refuses -1.

use super::super::iff::ByteOrder;
use super::super::{channel_layout, default_mask};
use super::EDIT_COUNT;
use crate::audio::Result;
use crate::audio::encode::pcm::PcmBytes;
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

/// The header of a chunk.
const CHUNK: usize = 12;
/// Samples begin at a multiple of this, so that a map of the file has them aligned.
const ALIGN: usize = 16;

struct CafEncoder {
    header: Vec<u8>,
    samples: PcmBytes,
}

/// An encoder for uncompressed samples, little-endian.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    /// kCAFLinearPCMFormatFlagIsFloat and kCAFLinearPCMFormatFlagIsLittleEndian.
    const FLOAT: u32 = 1;
    const LITTLE_ENDIAN: u32 = 2;
    let format = settings.sample_format;
    let mut header = front(
        settings,
        &Description {
            codec: *b"lpcm",
            flags: LITTLE_ENDIAN | if format.is_float() { FLOAT } else { 0 },
            bytes_per_packet: settings.channels * format.size() as u32,
            frames_per_packet: 1,
            bits: format.bits(),
        },
    );
    let least = header.len() + CHUNK + DATA_HEADER;
    append_chunk(&mut header, *b"free", &vec![0; least.next_multiple_of(ALIGN) - least]);
    Ok(Box::new(CafEncoder { header, samples: PcmBytes::new(format, ByteOrder::Little) }))
}

/// What a desc chunk says beside the rate and the channels.
struct Description {
    codec: [u8; 4],
    flags: u32,
    bytes_per_packet: u32,
    frames_per_packet: u32,
    bits: u32,
}

/// The start of the file, up to what the codec needs.
fn front(settings: &Settings, description: &Description) -> Vec<u8> {
    let mut bytes = b"caff\0\x01\0\0".to_vec();
    let mut desc = f64::from(settings.rate).to_be_bytes().to_vec();
    desc.extend_from_slice(&description.codec);
    let Description { flags, bytes_per_packet, frames_per_packet, bits, .. } = *description;
    for field in [flags, bytes_per_packet, frames_per_packet, settings.channels, bits] {
        desc.extend_from_slice(&field.to_be_bytes());
    }
    append_chunk(&mut bytes, *b"desc", &desc);
    if settings.channel_mask != default_mask(settings.channels) {
        append_chunk(&mut bytes, *b"chan", &channel_layout::from_mask(settings.channel_mask));
    }
    let info = settings.tags.to_caf_info();
    if !info.is_empty() {
        append_chunk(&mut bytes, *b"info", &info);
    }
    bytes
}

fn append_chunk(bytes: &mut Vec<u8>, id: [u8; 4], body: &[u8]) {
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&(body.len() as u64).to_be_bytes());
    bytes.extend_from_slice(body);
}

/// The header of the data chunk, and its edit count.
const DATA_HEADER: usize = CHUNK + EDIT_COUNT as usize;

/// What stands before `size` bytes of audio, or before an unknown number.
fn data_header(size: Option<u64>) -> Vec<u8> {
    let size = size.map_or(-1, |size| (size + EDIT_COUNT) as i64);
    [&b"data"[..], &size.to_be_bytes(), &[0; EDIT_COUNT as usize]].concat()
}

impl CafEncoder {
    /// Tells the size of the samples.
    fn update(&self, sink: &mut ByteWriter) -> Result<()> {
        let start = self.header.len();
        let size = sink.position() - start as u64;
        sink.patch((start - DATA_HEADER) as u64, &data_header(Some(size)))
    }
}

impl Encoder for CafEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.samples.format()
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.header.extend_from_slice(&data_header(None));
        sink.write(&self.header)
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        self.samples.write(samples, sink)
    }

    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        // A size could not be corrected later: it stays unknown.
        if sink.is_seekable() { self.update(sink) } else { Ok(()) }
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        if sink.can_patch(0) { self.update(sink) } else { Ok(()) }
    }
}
