//! Writing Ogg: packets into pages (RFC 3533, section 6), for any codec.
//!
//! A page that is full stays at hand until something follows it, because the
//! last one must be marked as such. Nothing that was written is changed later,
//! so that a target that cannot seek is as good as any.

use std::hash::{BuildHasher, RandomState};

use super::page::{HEADER, crc};
use crate::audio::Result;
use crate::audio::encode::Encoder;
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;

/// A page is full with so many bytes: the headers are then less than a
/// hundredth of a file, and a loss or a seek costs little.
const FULL: usize = 4096;

/// The most segments of a page.
const SEGMENTS: usize = 255;

/// A page on which no packet ends has no granule position.
const NO_GRANULE: i64 = -1;

const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Puts the packets of one logical stream into pages.
#[derive(Debug)]
pub struct PageWriter {
    serial: u32,
    sequence: u32,
    /// Granule positions in a second.
    rate: i64,
    /// The page on which the audio begins.
    first_audio: u32,
    flags: u8,
    /// The segment table.
    lacing: Vec<u8>,
    body: Vec<u8>,
    /// That of the page at hand, and of the last before it.
    granule: i64,
    previous: i64,
    /// The page's bytes as they are written.
    bytes: Vec<u8>,
}

impl PageWriter {
    /// Begins a stream with `rate` granule positions in a second.
    ///
    /// Its serial number is random: when files are put one after the other
    /// (RFC 3533, section 4), each must have another, and nothing that the
    /// writer knows at the start of a file tells it from the next.
    pub fn new(rate: u32) -> Self {
        Self {
            // The standard library's hashers are keyed at random.
            serial: RandomState::new().hash_one(()) as u32,
            sequence: 0,
            rate: rate.into(),
            first_audio: 0,
            flags: FIRST,
            lacing: Vec::with_capacity(SEGMENTS),
            body: Vec::new(),
            granule: NO_GRANULE,
            previous: 0,
            bytes: Vec::new(),
        }
    }

    /// Writes the headers: the first packet on a page of its own, and the audio
    /// begins on a fresh one (Vorbis I, A.2; RFC 7845, 3).
    pub fn headers(&mut self, packets: &[Vec<u8>], sink: &mut ByteWriter) -> Result<()> {
        for (index, packet) in packets.iter().enumerate() {
            self.add(packet, 0, sink)?;
            if index == 0 {
                self.end_page(sink)?;
            }
        }
        self.end_page(sink)?;
        self.first_audio = self.sequence;
        Ok(())
    }

    /// Writes a packet of audio; `granule` is the position after it.
    ///
    /// The first page holds no more than the first frames: where all audio lies
    /// on the last page, FFmpeg does not see that its granule position cuts off padding.
    pub fn packet(&mut self, packet: &[u8], granule: i64, sink: &mut ByteWriter) -> Result<()> {
        let is_first = self.sequence == self.first_audio;
        let is_long = self.granule.saturating_sub(self.previous) >= self.rate;
        // The first packet of Vorbis gives no frames yet: a page of its own would be at no position.
        if self.granule > 0 && (is_first || is_long || self.body.len() >= FULL) {
            self.end_page(sink)?;
        }
        self.add(packet, granule, sink)
    }

    /// Ends the page at hand, if anything is on it.
    pub fn end_page(&mut self, sink: &mut ByteWriter) -> Result<()> {
        if self.lacing.is_empty() { Ok(()) } else { self.put(0, sink) }
    }

    /// Ends the stream.
    pub fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.put(LAST, sink)
    }

    fn add(&mut self, packet: &[u8], granule: i64, sink: &mut ByteWriter) -> Result<()> {
        // A packet is segments of 255 bytes and a last one of less, perhaps none.
        let whole = packet.len() / 255;
        for index in 0..=whole {
            if self.lacing.len() == SEGMENTS {
                self.put(0, sink)?;
                self.flags = if index > 0 { CONTINUED } else { 0 };
            }
            let segment = &packet[index * 255..packet.len().min((index + 1) * 255)];
            self.lacing.push(segment.len() as u8);
            self.body.extend_from_slice(segment);
        }
        self.granule = granule;
        Ok(())
    }

    fn put(&mut self, flags: u8, sink: &mut ByteWriter) -> Result<()> {
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(b"OggS\0");
        bytes.push(self.flags | flags);
        bytes.extend_from_slice(&self.granule.to_le_bytes());
        bytes.extend_from_slice(&self.serial.to_le_bytes());
        bytes.extend_from_slice(&self.sequence.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.push(self.lacing.len() as u8);
        bytes.extend_from_slice(&self.lacing);
        debug_assert_eq!(bytes.len(), HEADER + self.lacing.len());
        bytes.extend_from_slice(&self.body);
        let sum = crc(0, bytes);
        bytes[22..26].copy_from_slice(&sum.to_le_bytes());
        if self.granule != NO_GRANULE {
            self.previous = self.granule;
        }
        self.granule = NO_GRANULE;
        self.sequence = self.sequence.wrapping_add(1);
        self.flags = 0;
        self.lacing.clear();
        self.body.clear();
        sink.write(&self.bytes)
    }
}

/// Takes each packet with the granule position after it.
pub type Emit<'a> = &'a mut dyn FnMut(&[u8], i64) -> Result<()>;

/// A codec whose packets lie in Ogg.
pub trait PacketEncoder: Send {
    /// Granule positions in a second.
    fn granule_rate(&self) -> u32;

    /// The packets in front of the audio.
    fn headers(&mut self) -> Result<Vec<Vec<u8>>>;

    /// Takes whole frames of interleaved samples in WAVE order, as they are: any
    /// float. Gives the packets that are complete.
    fn encode(&mut self, samples: &[f32], emit: Emit<'_>) -> Result<()>;

    /// Gives the packets that are left: at least one.
    fn finish(&mut self, emit: Emit<'_>) -> Result<()>;
}

/// Writes the packets of a codec as a file.
pub struct OggEncoder<E> {
    codec: E,
    pages: PageWriter,
}

impl<E: PacketEncoder> OggEncoder<E> {
    /// Sets up a file with one stream.
    pub fn new(codec: E) -> Self {
        let pages = PageWriter::new(codec.granule_rate());
        Self { codec, pages }
    }
}

impl<E: PacketEncoder> Encoder for OggEncoder<E> {
    fn sample_format(&self) -> SampleFormat {
        SampleFormat::F32
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.pages.headers(&self.codec.headers()?, sink)
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        let Self { codec, pages } = self;
        codec.encode(bytemuck::cast_slice(samples), &mut |packet, granule| pages.packet(packet, granule, sink))
    }

    /// Ends the page at hand. The last block is not in it: a codec needs what
    /// follows to complete it.
    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.pages.end_page(sink)
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        let Self { codec, pages } = self;
        codec.finish(&mut |packet, granule| pages.packet(packet, granule, sink))?;
        pages.finish(sink)
    }
}
