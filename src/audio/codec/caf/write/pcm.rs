//! CAF with uncompressed samples.

use super::{CHUNK, DATA_HEADER, Description, append_chunk, data_header, front};
use crate::audio::Result;
use crate::audio::codec::channel_layout;
use crate::audio::codec::iff::ByteOrder;
use crate::audio::encode::pcm::PcmBytes;
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

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
        channel_layout::from_mask(settings.channel_mask),
    );
    let least = header.len() + CHUNK + DATA_HEADER;
    append_chunk(&mut header, *b"free", &vec![0; least.next_multiple_of(ALIGN) - least]);
    Ok(Box::new(CafEncoder { header, samples: PcmBytes::new(format, ByteOrder::Little) }))
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
