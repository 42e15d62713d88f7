//! Metadata blocks (RFC 9639, 8): STREAMINFO and the seek table; the others
//! are passed over by their size.

use super::frame::Format;
use crate::audio::codec::Warnings;
use crate::audio::source::ByteReader;
use crate::audio::tags::{Tags, vorbis_comment};
use crate::audio::{Error, Result};

/// The STREAMINFO block (RFC 9639, 8.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamInfo {
    /// The smallest block size but for the last.
    pub min_block: u32,
    /// The largest block size.
    pub max_block: u32,
    /// Bytes of the smallest frame; 0 if unknown.
    pub min_frame: u32,
    /// Bytes of the largest frame; 0 if unknown.
    pub max_frame: u32,
    /// Rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Bits per sample.
    pub bits: u32,
    /// Frames in the stream.
    pub total: Option<u64>,
    /// MD5 of the samples.
    pub md5: Option<[u8; 16]>,
}

impl StreamInfo {
    /// Bytes of the block.
    pub const SIZE: usize = 34;

    /// What it says of each frame.
    pub fn format(&self) -> Format {
        Format { rate: self.rate, channels: self.channels, bits: self.bits }
    }

    /// Reads the block; none if it is too short.
    pub fn parse(block: &[u8]) -> Option<Self> {
        let block = block.first_chunk::<{ Self::SIZE }>()?;
        let number = |from: usize, to: usize| block[from..to].iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let packed = number(10, 18);
        let total = packed & MAX_FRAMES;
        let md5 = *block.last_chunk::<16>()?;
        Some(Self {
            min_block: number(0, 2) as u32,
            max_block: number(2, 4) as u32,
            min_frame: number(4, 7) as u32,
            max_frame: number(7, 10) as u32,
            rate: (packed >> 44) as u32,
            channels: (packed >> 41 & 7) as u32 + 1,
            bits: (packed >> 36 & 31) as u32 + 1,
            total: (total != 0).then_some(total),
            md5: (md5 != [0; 16]).then_some(md5),
        })
    }
}

#[cfg(feature = "encoders")]
impl StreamInfo {
    /// The header of the block, which others follow.
    pub const HEADER: [u8; 4] = block_header(STREAMINFO, Self::SIZE, false);

    /// The block.
    pub fn bytes(&self) -> [u8; Self::SIZE] {
        let mut block = [0; Self::SIZE];
        let mut put = |from: usize, to: usize, value: u64| {
            block[from..to].copy_from_slice(&value.to_be_bytes()[8 - (to - from)..]);
        };
        put(0, 2, self.min_block.into());
        put(2, 4, self.max_block.into());
        put(4, 7, self.min_frame.into());
        put(7, 10, self.max_frame.into());
        let format = u64::from(self.rate) << 44 | u64::from(self.channels - 1) << 41 | u64::from(self.bits - 1) << 36;
        put(10, 18, format | self.total.unwrap_or(0));
        block[18..].copy_from_slice(&self.md5.unwrap_or_default());
        block
    }
}

/// A point of the seek table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeekPoint {
    /// First sample of the frame it names.
    pub sample: u64,
    /// Where that frame lies, counted from the first frame.
    pub offset: u64,
}

/// What the metadata blocks say.
#[derive(Debug, Default)]
pub struct Metadata {
    /// Rate, channels and so on, if there is such a block.
    pub info: Option<StreamInfo>,
    /// The seek table's points that are no placeholders.
    pub seek_points: Vec<SeekPoint>,
    /// The speakers, where a tag names them.
    pub channel_mask: Option<u32>,
    /// Where to search for the first frame if it is not right behind the
    /// blocks: the first place that may hold one.
    pub search_from: u64,
    /// Whether a block could not be followed to its end.
    pub is_damaged: bool,
}

/// The most frames that STREAMINFO can tell of: 36 bits.
pub const MAX_FRAMES: u64 = (1 << 36) - 1;

const STREAMINFO: u8 = 0;
/// The type of a block of zeros.
#[cfg(feature = "encoders")]
pub const PADDING: u8 = 1;
/// The type of the seek table.
pub const SEEKTABLE: u8 = 3;
const VORBIS_COMMENT: u8 = 4;
const FORBIDDEN: u8 = 127;

/// The tag that names the speakers where they are not the usual ones (RFC 9639, 8.6.2).
pub const MASK_KEY: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK";

/// The header of a metadata block of `size` bytes (RFC 9639, 8.1).
#[cfg(feature = "encoders")]
pub const fn block_header(kind: u8, size: usize, is_last: bool) -> [u8; 4] {
    let [.., a, b, c] = size.to_be_bytes();
    [kind | (is_last as u8) << 7, a, b, c]
}

impl Metadata {
    /// Reads the blocks behind the `fLaC` marker. The source then stands
    /// where the first frame should be.
    pub fn read(source: &mut ByteReader, warnings: &mut Warnings) -> Result<Self> {
        let mut metadata = Self { search_from: source.position(), ..Self::default() };
        let mut is_first = true;
        loop {
            let at = source.position();
            let header: [u8; 4] =
                source.read_array().map_err(|_| Error::malformed("the file ends within its metadata blocks").at(at))?;
            let [flags, size @ ..] = header;
            let kind = flags & 0x7f;
            let size = size.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
            let is_beyond_end = source.len().is_some_and(|len| source.position() + size > len);
            let is_broken = kind == FORBIDDEN
                || is_beyond_end
                || kind == STREAMINFO && (size < StreamInfo::SIZE as u64 || metadata.info.is_some());
            if is_broken {
                warnings.add("the metadata blocks are damaged: the first frame is searched for behind them", Some(at));
                source.seek(if source.is_seekable() { metadata.search_from } else { at })?;
                metadata.is_damaged = true;
                return Ok(metadata);
            }
            match kind {
                STREAMINFO => {
                    let block: [u8; StreamInfo::SIZE] = source.read_array()?;
                    metadata.info = StreamInfo::parse(&block);
                    if !is_first {
                        warnings.add("STREAMINFO is not the first metadata block", Some(at));
                    }
                    source.skip(size - StreamInfo::SIZE as u64)?;
                    metadata.search_from = source.position();
                }
                VORBIS_COMMENT => metadata.channel_mask = read_mask(&source.read_vec(size as usize)?),
                SEEKTABLE => metadata.seek_points = read_seek_table(source, size)?,
                _ => source.skip(size)?,
            }
            is_first = false;
            if flags & 0x80 != 0 {
                return Ok(metadata);
            }
        }
    }
}

/// The speakers that a block of tags names.
fn read_mask(block: &[u8]) -> Option<u32> {
    let mut tags = Tags::new();
    // What is wrong with other tags is no matter for the audio.
    let _ = vorbis_comment::read(block, &mut tags);
    let mask = tags.get(MASK_KEY)?.to_ascii_lowercase();
    u32::from_str_radix(mask.strip_prefix("0x")?, 16).ok()
}

/// RFC 9639, 8.5: points of 18 bytes, those without a frame marked by all ones.
fn read_seek_table(source: &mut ByteReader, size: u64) -> Result<Vec<SeekPoint>> {
    const POINT: u64 = 18;
    const PLACEHOLDER: u64 = u64::MAX;
    let end = source.position() + size;
    let mut points = Vec::new();
    for _ in 0..size / POINT {
        let point: [u8; POINT as usize] = source.read_array()?;
        let number = |at: usize| point[at..at + 8].iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let (sample, offset) = (number(0), number(8));
        if sample != PLACEHOLDER {
            points.push(SeekPoint { sample, offset });
        }
    }
    source.seek(end)?;
    // Points must ascend in both; a table that does not is of no use.
    let ascends = points.is_sorted_by(|a, b| a.sample < b.sample && a.offset < b.offset);
    Ok(if ascends { points } else { Vec::new() })
}
