//! ADPCM of four bits a sample: Microsoft's, and IMA's in the block forms of
//! WAVE and of QuickTime.
//!
//! Sources: Microsoft "Multimedia Data Standards Update" (1994), MS ADPCM and
//! DVI ADPCM; IMA "Recommended Practices for Enhancing Digital Audio
//! Compatibility in Multimedia Systems" 3.00 (1992); Apple TN1081 for ima4.

mod blocks;
mod decoder;

use super::packet::{PacketStream, PacketTimer};
use super::pcm::Extent;
use super::{Codec, Container, Stream, Track, Warnings, default_mask};
use crate::audio::limits::check_format;
use crate::audio::sample::SampleFormat;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};
use blocks::Blocks;
use decoder::AdpcmDecoder;

/// The form of the blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Variant {
    /// With pairs of prediction coefficients, in 256ths.
    Microsoft {
        coefficients: Vec<[i16; 2]>,
    },
    ImaWave,
    ImaQuickTime,
}

/// What a header tells of the blocks. Each stands alone but for QuickTime's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    variant: Variant,
    channels: usize,
    block_size: usize,
    frames_per_block: u32,
}

/// The coefficients that every MS ADPCM file starts its table with.
const MS_COEFFICIENTS: [[i16; 2]; 7] = [[256, 0], [512, -256], [0, 0], [192, 64], [240, 0], [460, -208], [392, -232]];
/// Bytes of an MS ADPCM block before the nibbles, per channel.
const MS_HEADER: usize = 7;
/// The same of an IMA block in WAVE files.
const IMA_HEADER: usize = 4;
/// Bytes of one channel's packet in QuickTime files, and the frames in it.
const QUICKTIME_PACKET: usize = 34;
const QUICKTIME_FRAMES: u32 = 64;

impl Format {
    /// MS ADPCM; `extra` are the bytes of a fmt chunk after its cbSize.
    pub fn microsoft(channels: u32, block_size: usize, extra: &[u8]) -> Result<Self> {
        let coefficients = match extra.get(2..4).map(|n| usize::from(u16::from_le_bytes([n[0], n[1]]))) {
            Some(n @ 1..) => {
                let (pairs, _) = extra[4..].as_chunks::<4>();
                if pairs.len() < n {
                    return Err(Error::malformed(format!(
                        "the fmt chunk is too short for its {n} pairs of ADPCM coefficients"
                    )));
                }
                pairs[..n]
                    .iter()
                    .map(|&[a, b, c, d]| [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d])])
                    .collect()
            }
            _ => MS_COEFFICIENTS.to_vec(),
        };
        Self::wave(Variant::Microsoft { coefficients }, channels, block_size, extra)
    }

    /// IMA ADPCM as in WAVE files (DVI ADPCM); `extra` are the bytes of a fmt chunk after its cbSize.
    pub fn ima_wave(channels: u32, block_size: usize, extra: &[u8]) -> Result<Self> {
        Self::wave(Variant::ImaWave, channels, block_size, extra)
    }

    /// IMA ADPCM as in QuickTime, AIFC and CAF files (ima4).
    pub fn ima_quicktime(channels: u32) -> Self {
        let channels = channels as usize;
        Self {
            variant: Variant::ImaQuickTime,
            channels,
            block_size: QUICKTIME_PACKET * channels,
            frames_per_block: QUICKTIME_FRAMES,
        }
    }

    fn wave(variant: Variant, channels: u32, block_size: usize, extra: &[u8]) -> Result<Self> {
        let mut format = Self { variant, channels: channels as usize, block_size, frames_per_block: u32::MAX };
        let room = format.frames(block_size);
        if channels == 0 || room == 0 {
            return Err(Error::malformed(format!(
                "an ADPCM block of {block_size} bytes has no room for {channels} channels"
            )));
        }
        // Blocks may end in padding, but hold no more than there is room for.
        let declared = extra.first_chunk::<2>().map_or(0, |n| u32::from(u16::from_le_bytes(*n)));
        format.frames_per_block = if declared == 0 { room } else { declared.min(room) };
        Ok(format)
    }

    /// Bytes of a block.
    pub fn block_size(&self) -> usize {
        self.block_size
    }

    /// Frames of a whole block.
    pub fn frames_per_block(&self) -> u32 {
        self.frames_per_block
    }

    /// Frames in the first `bytes` bytes of a block: the last one may be short.
    pub fn frames(&self, bytes: usize) -> u32 {
        let channels = self.channels.max(1);
        let frames = match self.variant {
            Variant::Microsoft { .. } => {
                bytes.checked_sub(MS_HEADER * channels).map_or(0, |nibbles| 2 + nibbles * 2 / channels)
            }
            Variant::ImaWave => {
                bytes.checked_sub(IMA_HEADER * channels).map_or(0, |nibbles| 1 + nibbles / (4 * channels) * 8)
            }
            Variant::ImaQuickTime => bytes / (QUICKTIME_PACKET * channels) * QUICKTIME_FRAMES as usize,
        };
        u32::try_from(frames).unwrap_or(u32::MAX).min(self.frames_per_block)
    }
}

/// Sets up a decoder; each packet is one block.
pub fn track(format: Format, rate: u32) -> Result<Track> {
    let channels = u32::try_from(format.channels).unwrap_or(u32::MAX);
    check_format(rate, channels)?;
    let codec = if let Variant::Microsoft { .. } = format.variant { Codec::MsAdpcm } else { Codec::ImaAdpcm };
    Ok(Track {
        decoder: Box::new(AdpcmDecoder::new(format.clone())),
        timer: Box::new(Timer(format)),
        codec,
        rate,
        channels,
        channel_mask: default_mask(channels),
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: 0,
    })
}

struct Timer(Format);

impl PacketTimer for Timer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        self.0.frames(packet.len())
    }
}

/// Opens blocks that lie one after the other in `extent`. `frames` is what the
/// header declares: the last block may hold more.
pub fn open(
    source: ByteReader,
    container: Container,
    format: Format,
    rate: u32,
    extent: Extent,
    frames: Option<u64>,
    warnings: Warnings,
) -> Result<Box<dyn Stream>> {
    let track = track(format.clone(), rate)?;
    let blocks = Blocks::new(source, container, format, &track, extent, frames, warnings);
    Ok(Box::new(PacketStream::new(blocks, track.decoder)))
}
