//! WAV in its containers: RIFF and RIFX, RF64 and BW64 with 64-bit sizes, W64.
//!
//! Sources: Microsoft/IBM "Multimedia Programming Interface and Data
//! Specifications 1.0"; EBU Tech 3306 (RF64); ITU-R BS.2088 (BW64); Sony
//! "Wave64 file format".

mod format;
mod header;
mod survey;
mod tags;
#[cfg(feature = "encoders")]
mod write;

pub use header::Header;
#[cfg(feature = "encoders")]
pub use write::encode;

use super::iff::{ByteOrder, Chunk};
use super::pcm::{Extent, PcmFormat, PcmStream};
use super::{Container, Stream, StreamOptions, Warnings, adpcm, mpeg};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};
pub use format::{Coding, WaveFormat};
pub use survey::{Corrections, SizeFields, locate};

/// The GUID that opens a W64 file.
const W64_RIFF: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
/// What follows the four-character name in the GUID of a W64 chunk.
const W64_NAME_TAIL: [u8; 12] = *b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a";
/// More bytes of a fmt chunk than any codec needs.
const MAX_FORMAT: usize = 4096;

/// Whether a file that starts with `head` is a RIFF-like WAVE file.
pub fn matches(head: &[u8]) -> bool {
    (matches!(head.get(..4), Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64")) && head.get(8..12) == Some(b"WAVE"))
        || head.starts_with(&W64_RIFF)
}

/// Opens a RIFF-like WAVE file that starts at the position of `source`.
pub fn open(mut source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let mut walk = Walk::new(&mut source)?;
    let mut warnings = Warnings::default();
    let mut format: Option<WaveFormat> = None;
    let mut fact = None;
    let mut previous: Option<Chunk> = None;
    let data = loop {
        let Some(chunk) = walk.next(&mut source)? else {
            return Err(no_data(&source, previous));
        };
        match &chunk.id {
            b"data" => break chunk,
            b"ds64" => walk.read_sizes(&chunk, &mut source)?,
            b"fmt " if format.is_none() => {
                let body = chunk.body(&mut source, MAX_FORMAT)?;
                format = Some(WaveFormat::parse(&body, walk.order()).map_err(|e| e.at(chunk.start))?);
            }
            b"fmt " => warnings.add("a second fmt chunk is left out of account", Some(chunk.start)),
            b"fact" if chunk.size >= 4 => {
                source.seek(chunk.start)?;
                fact = Some(walk.fact(source.read_array()?));
            }
            _ => {}
        }
        walk.skip(&chunk, &mut source)?;
        previous = Some(chunk);
    };
    let Some(format) = format else {
        return Err(Error::malformed("the data chunk comes before any fmt chunk, which should say what it holds")
            .at(data.start));
    };
    let declared = walk.data_size(&data, &mut source)?;
    let mut extent = Extent::new(&source, data.start, declared, &mut warnings);
    let (rate, channels) = (format.rate, format.channels);
    match format.coding(walk.order(), &mut warnings)? {
        Coding::Pcm { coding, bit_depth } => {
            if let Walk::W64 = walk {
                extent.leave_out_padding(fact, u64::from(channels) * coding.size() as u64);
            }
            let channel_mask = format.channel_mask();
            let format = PcmFormat { container: walk.container(), coding, rate, channels, channel_mask, bit_depth };
            Ok(Box::new(PcmStream::new(source, format, extent, warnings)?))
        }
        Coding::Adpcm(format) => adpcm::open(source, walk.container(), format, rate, extent, fact, warnings),
        Coding::Mpeg => {
            if let Some(end) = extent.end() {
                source.restrict(end);
            }
            source.seek(extent.start)?;
            mpeg::open_in(source, walk.container(), options)
        }
    }
}

/// Hands out every chunk but that of the audio, which is jumped over; where
/// the source cannot seek, the walk ends in front of it.
pub fn each_chunk(
    mut source: ByteReader,
    mut visit: impl FnMut(&Chunk, &mut ByteReader, ByteOrder) -> Result<()>,
) -> Result<()> {
    let mut walk = Walk::new(&mut source)?;
    let mut is_behind_audio = false;
    loop {
        let mut chunk = match walk.next(&mut source) {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(()),
            // Bytes that belong to nothing are common there.
            Err(error) if is_behind_audio && error.kind() == ErrorKind::Malformed => return Ok(()),
            Err(error) => return Err(error),
        };
        match &chunk.id {
            b"ds64" => walk.read_sizes(&chunk, &mut source)?,
            b"data" => {
                is_behind_audio = true;
                match walk.data_size(&chunk, &mut source)? {
                    Some(size) if source.is_seekable() => chunk.size = size,
                    _ => return Ok(()),
                }
            }
            _ => visit(&chunk, &mut source, walk.order())?,
        }
        walk.skip(&chunk, &mut source)?;
    }
}

fn no_data(source: &ByteReader, last: Option<Chunk>) -> Error {
    match (last, source.len()) {
        (Some(chunk), Some(len)) if chunk.end() > len => Error::malformed(format!(
            "the file has no data chunk: its \"{}\" chunk declares {} bytes, which is more than the rest of the file",
            chunk.name(),
            chunk.size
        ))
        .at(chunk.start),
        _ => Error::malformed("the file has no data chunk"),
    }
}

impl Extent {
    /// W64 chunks fill up to a multiple of 8 bytes, and some writers count that
    /// as audio; `frames`, from a fact chunk, then tells the truth.
    fn leave_out_padding(&mut self, frames: Option<u64>, frame_size: u64) {
        if let (Some(size), Some(frames)) = (self.size, frames) {
            let audio = frames.saturating_mul(frame_size);
            if (1..8).contains(&size.saturating_sub(audio)) {
                self.size = Some(audio);
            }
        }
    }
}

/// The kind of file and its ways with chunks.
enum Walk {
    Riff {
        order: ByteOrder,
        declared_end: u64,
    },
    /// RF64 and BW64: sizes of 0xFFFFFFFF are told by the ds64 chunk.
    Long {
        container: Container,
        sizes: LongSizes,
    },
    W64,
}

/// What a ds64 chunk tells (EBU Tech 3306, 3.5).
#[derive(Default)]
struct LongSizes {
    /// Of the whole file, which nothing but a survey asks for.
    riff: u64,
    data: u64,
    samples: u64,
    /// Other chunks of more than 4 GiB.
    table: Vec<([u8; 4], u64)>,
}

impl Walk {
    /// Reads the head of the file.
    fn new(source: &mut ByteReader) -> Result<Self> {
        let start = source.position();
        if source.peek(16)? == W64_RIFF {
            // GUID, size and the GUID of WAVE.
            source.skip(40)?;
            return Ok(Self::W64);
        }
        let [a, b, c, d, size @ .., _, _, _, _] = source.read_array::<12>()?;
        let riff = |order: ByteOrder| Self::Riff { order, declared_end: start + 8 + u64::from(order.u32(size)) };
        Ok(match &[a, b, c, d] {
            b"RF64" => Self::Long { container: Container::Rf64, sizes: LongSizes::default() },
            b"BW64" => Self::Long { container: Container::Bw64, sizes: LongSizes::default() },
            b"RIFX" => riff(ByteOrder::Big),
            _ => riff(ByteOrder::Little),
        })
    }

    fn container(&self) -> Container {
        match self {
            Self::Riff { .. } => Container::Wav,
            Self::Long { container, .. } => *container,
            Self::W64 => Container::W64,
        }
    }

    fn order(&self) -> ByteOrder {
        match self {
            Self::Riff { order, .. } => *order,
            _ => ByteOrder::Little,
        }
    }

    /// The chunk at the position of `source`; `None` at its end.
    fn next(&self, source: &mut ByteReader) -> Result<Option<Chunk>> {
        let chunk = self.next_any(source)?;
        if let (Self::Riff { .. } | Self::Long { .. }, Some(chunk)) = (self, &chunk) {
            chunk.check_name()?;
        }
        Ok(chunk)
    }

    /// As [`Walk::next`], whatever the chunk's name.
    fn next_any(&self, source: &mut ByteReader) -> Result<Option<Chunk>> {
        if let Self::W64 = self {
            return next_w64(source);
        }
        let mut chunk = Chunk::read_any(source, self.order())?;
        if let (Self::Long { sizes, .. }, Some(chunk)) = (self, &mut chunk)
            && chunk.size == u64::from(u32::MAX)
            && let Some((_, size)) = sizes.table.iter().find(|(id, _)| *id == chunk.id)
        {
            chunk.size = *size;
        }
        Ok(chunk)
    }

    /// Moves behind `chunk`.
    fn skip(&self, chunk: &Chunk, source: &mut ByteReader) -> Result<()> {
        match self {
            // Chunks lie on multiples of 8.
            Self::W64 => source.seek(chunk.end().checked_next_multiple_of(8).unwrap_or(u64::MAX)),
            _ => chunk.skip(source),
        }
    }

    /// Takes in a ds64 chunk.
    fn read_sizes(&mut self, chunk: &Chunk, source: &mut ByteReader) -> Result<()> {
        let Self::Long { sizes, .. } = self else {
            return Ok(());
        };
        source.seek(chunk.start)?;
        let [riff, data, samples] =
            [source.read_array()?, source.read_array()?, source.read_array()?].map(u64::from_le_bytes);
        let mut table = Vec::new();
        if chunk.size >= 28 {
            let entries = u64::from(u32::from_le_bytes(source.read_array()?)).min((chunk.size - 28) / 12);
            for _ in 0..entries {
                table.push((source.read_array()?, u64::from_le_bytes(source.read_array()?)));
            }
        }
        *sizes = LongSizes { riff, data, samples, table };
        Ok(())
    }

    /// The number of frames in a fact chunk.
    fn fact(&self, bytes: [u8; 4]) -> u64 {
        match (self, self.order().u32(bytes)) {
            (Self::Long { sizes, .. }, u32::MAX) => sizes.samples,
            (_, frames) => u64::from(frames),
        }
    }

    /// How many bytes of audio the data chunk declares; `None` where its size
    /// stands for "to the end of the file", as written to a pipe.
    fn data_size(&self, data: &Chunk, source: &mut ByteReader) -> Result<Option<u64>> {
        let size = match self {
            Self::Long { sizes, .. } if data.size == u64::from(u32::MAX) => sizes.data,
            _ => data.size,
        };
        let is_beyond_end = source.len().is_none_or(|len| data.start.saturating_add(size) > len);
        Ok(match (self, size) {
            (_, 0) if self.is_truly_empty(data, source)? => Some(0),
            (_, 0) => None,
            // More than fits into a RIFF chunk with its header: nothing but "unknown".
            (Self::Riff { .. }, 0xffff_ffff) => None,
            // What else programs write that cannot go back: all ones, less a header
            // perhaps, or the largest signed number, rounded down by some.
            (Self::Riff { .. }, 0xffff_ff00.. | 0x7fff_f000..=0x8000_0000) if is_beyond_end => None,
            (_, 0x7fff_ffff_ffff_0000..) => None,
            (_, size) => Some(size),
        })
    }

    /// Whether a data chunk of size 0 is empty, not one whose writer could not
    /// go back: the sizes around it fit, or another chunk follows.
    fn is_truly_empty(&self, data: &Chunk, source: &mut ByteReader) -> Result<bool> {
        if let Self::Riff { declared_end, .. } = self
            && *declared_end == data.start
        {
            return Ok(true);
        }
        source.seek(data.start)?;
        let len = source.len();
        let next = self.next(source).ok().flatten();
        source.seek(data.start)?;
        Ok(next.is_some_and(|next| len.is_some_and(|len| next.end() <= len)))
    }
}

/// A W64 chunk: GUID, 64-bit size of header and body, body.
fn next_w64(source: &mut ByteReader) -> Result<Option<Chunk>> {
    let position = source.position();
    let Some(&header) = source.peek(24)?.first_chunk::<24>() else {
        return Ok(None);
    };
    let [a, b, c, d, tail @ .., _, _, _, _, _, _, _, _] = header;
    // A GUID of another form is a chunk of another kind.
    let id = if tail == W64_NAME_TAIL { [a, b, c, d] } else { *b"GUID" };
    let [.., e, f, g, h, i, j, k, l] = header;
    let size = u64::from_le_bytes([e, f, g, h, i, j, k, l]);
    // Where the writer could not go back, nothing or all ones stand for the size.
    let size = match (size, &id) {
        (0, b"data") => 0,
        (24.., _) => size - 24,
        _ => {
            return Err(
                Error::malformed(format!("a chunk of {size} bytes is shorter than its own header")).at(position)
            );
        }
    };
    source.skip(24)?;
    Ok(Some(Chunk { id, start: position + 24, size }))
}
