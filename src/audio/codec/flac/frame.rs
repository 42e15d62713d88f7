//! Whole frames: subframes, channels and the checksum.

use super::Fault;
use super::bits::BitReader;
use super::crc::crc16;
use super::header::{Channels, FrameHeader};
use super::metadata::StreamInfo;
use super::subframe;
use crate::audio::frames::BlockData;

/// What a frame is made of, with STREAMINFO's values where its header refers to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Bits per sample.
    pub bits: u32,
}

impl Format {
    /// The format of a frame; none where nothing tells it.
    pub fn of(header: &FrameHeader, info: Option<&StreamInfo>) -> Option<Self> {
        Some(Self {
            rate: header.rate.or_else(|| info.map(|i| i.rate))?,
            channels: header.channels.count(),
            bits: header.bits.or_else(|| info.map(|i| i.bits))?,
        })
    }
}

/// Decodes frames one by one; each stands alone.
#[derive(Default)]
pub struct FrameDecoder {
    /// Plane after plane, `stride` apart.
    planes: Vec<i32>,
    stride: usize,
    /// The side channel of 32-bit audio, which takes 33 bits.
    wide: Vec<i64>,
    bits: u32,
}

impl FrameDecoder {
    /// Decodes the frame at the start of `bytes` and checks it; returns its
    /// header and its length in bytes.
    pub fn decode(&mut self, bytes: &[u8], info: Option<&StreamInfo>) -> Result<(FrameHeader, usize), Fault> {
        let header = FrameHeader::parse(bytes)?;
        let Some(format) = Format::of(&header, info) else {
            return Err(Fault::Damaged("nothing tells its bit depth or sample rate"));
        };
        let frames = header.block_size as usize;
        let samples = frames * format.channels as usize;
        if self.planes.len() < samples {
            self.planes.resize(samples, 0);
        }
        self.stride = frames;
        self.bits = format.bits;
        let mut reader = BitReader::new(&bytes[header.len..]);
        self.decode_channels(&mut reader, header.channels, format.bits)?;
        reader.align()?;
        let end = header.len + reader.position() + 2;
        let frame = bytes.get(..end).ok_or(Fault::Incomplete)?;
        if crc16(frame) != 0 {
            return Err(Fault::Damaged("its checksum is wrong"));
        }
        Ok((header, end))
    }

    /// The samples of the last frame.
    pub fn samples(&self) -> BlockData<'_> {
        BlockData::PlanarI32 { samples: &self.planes, stride: self.stride, bits: self.bits }
    }

    fn decode_channels(&mut self, reader: &mut BitReader<'_>, channels: Channels, bits: u32) -> Result<(), Fault> {
        let frames = self.stride;
        if let Channels::Independent(n) = channels {
            let planes = &mut self.planes[..frames * n as usize];
            return planes.chunks_exact_mut(frames).try_for_each(|plane| subframe::decode(reader, bits, plane));
        }
        let (a, b) = self.planes[..frames * 2].split_at_mut(frames);
        if bits == 32 {
            self.wide.resize(frames, 0);
            let side = &mut self.wide[..];
            match channels {
                Channels::SideRight => {
                    subframe::decode_wide(reader, 33, a, side)?;
                    subframe::decode(reader, 32, b)?;
                }
                _ => {
                    subframe::decode(reader, 32, a)?;
                    subframe::decode_wide(reader, 33, b, side)?;
                }
            }
            decorrelate_wide(channels, a, b, side);
        } else {
            let is_side_first = u32::from(channels == Channels::SideRight);
            subframe::decode(reader, bits + is_side_first, a)?;
            subframe::decode(reader, bits + 1 - is_side_first, b)?;
            decorrelate(channels, a, b);
        }
        Ok(())
    }
}

/// Turns coded channels into left and right, in place (RFC 9639, 4.2).
///
/// Mid is (left + right) >> 1 without the bit that side shares with the sum,
/// so right is mid - (side >> 1) exactly, and left is right + side.
fn decorrelate(channels: Channels, a: &mut [i32], b: &mut [i32]) {
    let pairs = a.iter_mut().zip(b);
    match channels {
        Channels::Independent(_) => {}
        Channels::LeftSide => pairs.for_each(|(left, side)| *side = left.wrapping_sub(*side)),
        Channels::SideRight => pairs.for_each(|(side, right)| *side = side.wrapping_add(*right)),
        Channels::MidSide => pairs.for_each(|(mid, side)| {
            let right = mid.wrapping_sub(*side >> 1);
            *mid = right.wrapping_add(*side);
            *side = right;
        }),
    }
}

/// As [`decorrelate`], with the side channel apart.
fn decorrelate_wide(channels: Channels, a: &mut [i32], b: &mut [i32], side: &[i64]) {
    let triples = a.iter_mut().zip(b).zip(side);
    // Right values fit into 32 bits, so sums modulo 2^32 lose nothing.
    match channels {
        Channels::Independent(_) => {}
        Channels::LeftSide => triples.for_each(|((left, right), side)| *right = left.wrapping_sub(*side as i32)),
        Channels::SideRight => triples.for_each(|((left, right), side)| *left = right.wrapping_add(*side as i32)),
        Channels::MidSide => triples.for_each(|((mid, right), side)| {
            *right = mid.wrapping_sub((*side >> 1) as i32);
            *mid = right.wrapping_add(*side as i32);
        }),
    }
}
