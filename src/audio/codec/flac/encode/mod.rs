//! Writing native FLAC files.
//!
//! A [`Backend`] makes the frames; the metadata blocks around them are ours,
//! so that the file is laid out the same whatever made its frames. STREAMINFO
//! and the seek table are completed at the end, where the target can seek;
//! elsewhere STREAMINFO says "unknown", as the format allows.

use std::sync::Arc;

#[cfg(feature = "libflac")]
mod libflac;
#[cfg(not(feature = "libflac"))]
mod pure;
mod seek_table;

#[cfg(feature = "libflac")]
use libflac as backend;
#[cfg(not(feature = "libflac"))]
use pure as backend;

use super::MARKER;
use super::metadata::{MASK_KEY, MAX_FRAMES, StreamInfo, block_header};
use crate::audio::codec::usual_mask;
use crate::audio::encode::{Encoder, Settings};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;
use crate::audio::tags::Tags;
use crate::audio::{Error, Result};
use seek_table::SeekTable;

/// Called with the bytes of each frame and the samples of one channel in it.
type TakeFrame<'a> = &'a mut dyn FnMut(&[u8], u32) -> Result<()>;

/// Makes frames of samples.
trait Backend: Send {
    /// Samples of one channel in every frame but the last.
    fn block_size(&self) -> u32;

    /// Takes interleaved samples, whole frames of all channels, and gives the FLAC frames that are complete.
    fn encode(&mut self, samples: &[i32], take: TakeFrame) -> Result<()>;

    /// Gives the frames that are left, and then the MD5 of all samples.
    fn finish(&mut self, take: TakeFrame) -> Result<[u8; 16]>;
}

/// An encoder for native FLAC files.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let backend = backend::open(settings)?;
    let info = StreamInfo {
        min_block: backend.block_size(),
        max_block: backend.block_size(),
        min_frame: 0,
        max_frame: 0,
        rate: settings.rate,
        channels: settings.channels,
        bits: settings.sample_format.bits(),
        total: None,
        md5: None,
    };
    Ok(Box::new(FlacEncoder {
        backend,
        sample_format: settings.sample_format,
        channel_mask: settings.channel_mask,
        tags: Arc::clone(&settings.tags),
        audio: Audio { info, bytes: 0, samples: 0, table: SeekTable::new(settings.rate) },
        info_at: 0,
        table_at: None,
        widened: Vec::new(),
    }))
}

struct FlacEncoder {
    backend: Box<dyn Backend>,
    sample_format: SampleFormat,
    channel_mask: u32,
    tags: Arc<Tags>,
    audio: Audio,
    /// Where STREAMINFO's body is in the file.
    info_at: u64,
    /// Where the seek table is, if there is one.
    table_at: Option<u64>,
    widened: Vec<i32>,
}

/// What the frames written so far come to.
struct Audio {
    info: StreamInfo,
    bytes: u64,
    samples: u64,
    table: SeekTable,
}

impl Audio {
    fn append(&mut self, frame: &[u8], samples: u32, sink: &mut ByteWriter) -> Result<()> {
        sink.write(frame)?;
        let len = frame.len() as u32;
        self.info.min_frame = if self.samples == 0 { len } else { self.info.min_frame.min(len) };
        self.info.max_frame = self.info.max_frame.max(len);
        self.table.note(self.samples, self.bytes, samples);
        self.samples += u64::from(samples);
        self.bytes += u64::from(len);
        Ok(())
    }
}

impl FlacEncoder {
    /// The tags' metadata blocks, each with its type.
    fn tag_blocks(&self) -> Result<Vec<(u8, Vec<u8>)>> {
        const VENDOR: &str = concat!("ondes ", env!("CARGO_PKG_VERSION"));
        let mut tags = Tags::clone(&self.tags);
        // A file that the tags were taken from may have had other speakers.
        tags.remove(MASK_KEY);
        if self.channel_mask != usual_mask(self.audio.info.channels) {
            tags.add(MASK_KEY, &format!("0x{:X}", self.channel_mask))?;
        }
        tags.to_flac_blocks(VENDOR)
    }

    /// The samples as numbers of 32 bits.
    fn widen(&mut self, samples: &[u8]) {
        self.widened.clear();
        if self.sample_format == SampleFormat::I16 {
            self.widened.extend(samples.as_chunks().0.iter().map(|b| i32::from(i16::from_ne_bytes(*b))));
        } else {
            let (packed, _) = samples.as_chunks();
            self.widened.extend(packed.iter().map(|[a, b, c]| i32::from_le_bytes([0, *a, *b, *c]) >> 8));
        }
    }
}

impl Encoder for FlacEncoder {
    fn sample_format(&self) -> SampleFormat {
        self.sample_format
    }

    fn max_frames(&self) -> u64 {
        MAX_FRAMES
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        let tags = self.tag_blocks()?;
        let has_table = sink.is_seekable();
        sink.write(MARKER)?;
        sink.write(&StreamInfo::HEADER)?;
        self.info_at = sink.position();
        sink.write(&self.audio.info.bytes())?;
        for (i, (kind, block)) in tags.iter().enumerate() {
            sink.write(&block_header(*kind, block.len(), !has_table && i + 1 == tags.len()))?;
            sink.write(block)?;
        }
        if has_table {
            self.table_at = Some(sink.position());
            sink.write(&self.audio.table.blocks())?;
        }
        Ok(())
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        self.widen(samples);
        let audio = &mut self.audio;
        self.backend.encode(&self.widened, &mut |frame, samples| audio.append(frame, samples, sink))
    }

    fn flush(&mut self, _: &mut ByteWriter) -> Result<()> {
        Err(Error::unsupported(
            "FLAC cannot be flushed: its blocks are encoded when they are full, and only the last may be shorter; \
            what was written before can be read without",
        ))
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        let audio = &mut self.audio;
        let md5 = self.backend.finish(&mut |frame, samples| audio.append(frame, samples, sink))?;
        audio.info.md5 = Some(md5);
        audio.info.total = Some(audio.samples);
        if sink.can_patch(self.info_at) {
            sink.patch(self.info_at, &audio.info.bytes())?;
        }
        match self.table_at {
            Some(at) => sink.patch(at, &audio.table.blocks()),
            None => Ok(()),
        }
    }
}
