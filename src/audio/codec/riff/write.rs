//! Writing WAV.

use super::super::iff::{ByteOrder, append_chunk};
use super::header::{CHUNK, Header, data_header};
use crate::audio::Result;
use crate::audio::encode::pcm::{PcmBytes, end_chunk};
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

struct WavEncoder {
    header: Header,
    samples: PcmBytes,
    /// The chunks of the tags, between the front of the header and the samples.
    extra: Vec<u8>,
    /// Where the samples start.
    start: u64,
}

/// An encoder for WAV and RF64.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let &Settings { rate, channels, channel_mask, sample_format, .. } = settings;
    let mut extra = Vec::new();
    for (id, body) in settings.tags.to_riff_chunks()? {
        append_chunk(&mut extra, ByteOrder::Little, id, &body)?;
    }
    Ok(Box::new(WavEncoder {
        header: Header { rate, channels, channel_mask, sample_format },
        samples: PcmBytes::new(sample_format, ByteOrder::Little),
        extra,
        start: 0,
    }))
}

impl WavEncoder {
    /// Tells the size of the samples. A process that is killed between the two
    /// corrections leaves the size that was told before, or an unknown one.
    fn update(&self, data_size: u64, sink: &mut ByteWriter) -> Result<()> {
        let sizes = Some(self.header.sizes(data_size, self.extra.len()));
        sink.patch(0, &self.header.front(sizes, self.extra.len()))?;
        sink.patch(self.start - CHUNK as u64, &data_header(sizes))
    }
}

impl Encoder for WavEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.samples.format()
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        sink.write(&self.header.front(None, self.extra.len()))?;
        sink.write(&self.extra)?;
        sink.write(&data_header(None))?;
        self.start = sink.position();
        Ok(())
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        self.samples.write(samples, sink)
    }

    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        // A size could not be corrected later: it stays unknown, and all that is there counts.
        if sink.is_seekable() { self.update(sink.position() - self.start, sink) } else { Ok(()) }
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        end_chunk(self.start, sink, |size, sink| self.update(size, sink))
    }
}
