//! AAC, low complexity (ISO/IEC 14496-3, subpart 4).
//!
//! A packet depends on the one before it alone, by the overlap of their
//! windows: the noise of perceptual noise substitution, random by design, is
//! seeded by the packet's number, so that it is the same wherever decoding began.

mod channel;
mod config;
mod filterbank;
mod huffman;
mod layout;
mod shaping;
mod tables;

use std::sync::Arc;

use super::bits::Bits;
use super::packet::{Decoder, Packet, PacketTimer, PreRoll};
use super::{Codec, Track};
use crate::audio::frames::BlockData;
use crate::audio::sample::SampleFormat;
use crate::audio::{Error, ErrorKind, Result};
use channel::{BandEdges, Channel, MiddleSide, Windows};
pub use config::{AudioSpecificConfig, SAMPLE_RATES};
use filterbank::{FilterBank, Overlap};
use layout::{ElementKind, Layout};

/// Frames of one packet.
pub const FRAMES: u32 = 1024;

/// Sets up a decoder: `config` is an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
pub fn track(config: &[u8]) -> Result<Track> {
    track_of(&AudioSpecificConfig::parse(config)?)
}

/// Sets up a decoder.
pub fn track_of(config: &AudioSpecificConfig) -> Result<Track> {
    config.check_supported()?;
    Ok(Track {
        decoder: Box::new(AacDecoder::new(config)),
        timer: Box::new(Constant),
        codec: Codec::Aac,
        rate: config.rate,
        channels: config.layout.channels(),
        channel_mask: config.layout.mask,
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: 0,
    })
}

/// Refuses what only the first packet tells of: HE-AAC often looks like plain AAC.
pub fn check_packet(decoder: &mut dyn Decoder, data: &[u8]) -> Result<()> {
    let outcome = decoder.decode(&Packet { data, index: 0, start: 0, frames: FRAMES, offset: 0 });
    decoder.reset();
    match outcome {
        Err(error) if error.kind() == ErrorKind::Unsupported => Err(error),
        _ => Ok(()),
    }
}

/// Every packet has as many frames.
struct Constant;

impl PacketTimer for Constant {
    fn frames(&mut self, _packet: &[u8]) -> u32 {
        FRAMES
    }
}

/// Decodes packets of single channels and pairs.
struct AacDecoder {
    edges: Arc<BandEdges>,
    filter_bank: FilterBank,
    channels: Vec<Channel>,
    overlaps: Vec<Overlap>,
    layout: Layout,
    planes: Vec<f32>,
    /// The packet, with room for reading behind its end.
    bytes: Vec<u8>,
}

/// What a packet turned out to hold.
#[derive(Default)]
struct Elements {
    channels: usize,
    /// A bit for each channel that was read.
    seen: u128,
    has_band_replication: bool,
}

impl AacDecoder {
    fn new(config: &AudioSpecificConfig) -> Self {
        let count = config.layout.channels() as usize;
        Self {
            edges: Arc::new(BandEdges::new(config.bands())),
            filter_bank: FilterBank::new(),
            channels: (0..count).map(|_| Channel::new()).collect(),
            overlaps: (0..count).map(|_| Overlap::SILENCE).collect(),
            layout: config.layout.clone(),
            planes: vec![0.0; count * FRAMES as usize],
            bytes: Vec::new(),
        }
    }

    /// Reads raw_data_block: elements up to the one that ends it.
    fn read_elements(&mut self, packet: &Packet<'_>) -> Result<Elements> {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut bits = Bits::pad(packet.data, &mut bytes);
        let mut elements = Elements::default();
        let result = loop {
            if let Err(error) = bits.check() {
                break Err(error);
            }
            let read = match bits.read(3) {
                0 => self.read_single(ElementKind::Single, &mut bits, packet.index, &mut elements),
                3 => self.read_single(ElementKind::LowFrequency, &mut bits, packet.index, &mut elements),
                1 => self.read_pair(&mut bits, packet.index, &mut elements),
                2 => Err(refusal(packet, "a coupling channel")),
                4 => {
                    skip_data(&mut bits);
                    Ok(())
                }
                5 => layout::read_elements(&mut bits).map(drop),
                6 => {
                    elements.has_band_replication |= skip_fill(&mut bits);
                    Ok(())
                }
                _ => break bits.check(),
            };
            if read.is_err() {
                break read;
            }
        };
        self.bytes = bytes;
        result.map(|()| elements)
    }

    /// The channels of an element of the packet, and the number of the first.
    fn element(&mut self, kind: ElementKind, tag: u32, elements: &mut Elements) -> Result<(usize, &mut [Channel])> {
        let count = if kind == ElementKind::Pair { 2 } else { 1 };
        let first = self.layout.first_channel(kind, tag, elements.channels)?;
        elements.channels += count;
        let mask = 1u128.checked_shl(first as u32).unwrap_or(0);
        if elements.seen & mask != 0 {
            return Err(Error::malformed("the packet holds an element twice"));
        }
        elements.seen |= mask;
        let channels = self
            .channels
            .get_mut(first..first + count)
            .ok_or_else(|| Error::malformed("more channels in the packet than the header declares"))?;
        Ok((first, channels))
    }

    fn read_single(
        &mut self,
        kind: ElementKind,
        bits: &mut Bits<'_>,
        index: u64,
        elements: &mut Elements,
    ) -> Result<()> {
        let edges = Arc::clone(&self.edges);
        let (number, channels) = self.element(kind, bits.read(4), elements)?;
        let [channel] = channels else { return Ok(()) };
        channel.read(bits, &edges, None)?;
        channel.fill_noise(&edges, |group, band| noise_seed(index, number, group, band));
        Ok(())
    }

    fn read_pair(&mut self, bits: &mut Bits<'_>, index: u64, elements: &mut Elements) -> Result<()> {
        let edges = Arc::clone(&self.edges);
        let (number, channels) = self.element(ElementKind::Pair, bits.read(4), elements)?;
        let [left, right] = channels else { return Ok(()) };
        let (common, mask) = if bits.flag() {
            let windows = Windows::read(bits, &edges)?;
            let mask = MiddleSide::read(bits, &windows)?;
            (Some(windows), mask)
        } else {
            (None, MiddleSide::NONE)
        };
        left.read(bits, &edges, common.as_ref())?;
        right.read(bits, &edges, common.as_ref())?;
        left.fill_noise(&edges, |group, band| noise_seed(index, number, group, band));
        // A band marked as middle and side has the same noise in both channels.
        right.fill_noise(&edges, |group, band| {
            let is_shared = mask.is_used(group, band) && left.is_noise(group, band);
            noise_seed(index, if is_shared { number } else { number + 1 }, group, band)
        });
        if common.is_some() {
            mask.apply(left, right, &edges);
        }
        Ok(())
    }

    /// Makes samples of all channels.
    fn synthesize(&mut self) {
        let Self { channels, overlaps, layout, planes, filter_bank, edges, .. } = self;
        for ((channel, overlap), position) in channels.iter_mut().zip(overlaps).zip(&layout.order) {
            let Channel { windows, shaping, coefficients, .. } = channel;
            shaping.apply(windows, edges, coefficients);
            let start = position * FRAMES as usize;
            let out = &mut planes[start..start + FRAMES as usize];
            filter_bank.run(coefficients, windows.sequence, windows.shape, overlap, out);
        }
    }

    fn decode_packet(&mut self, packet: &Packet<'_>) -> Result<()> {
        let elements = self.read_elements(packet)?;
        if elements.channels != self.channels.len() {
            return Err(Error::malformed(format!(
                "{} of {} channels in the packet",
                elements.channels,
                self.channels.len()
            )));
        }
        // Half the bandwidth without a word would be worse than a refusal.
        if elements.has_band_replication {
            return Err(Error::unsupported("HE-AAC (SBR) is not supported"));
        }
        self.synthesize();
        Ok(())
    }
}

/// The error for something that is not decoded: in the first packet it tells
/// of the whole stream, later it is rather a sign of damage.
fn refusal(packet: &Packet<'_>, what: &str) -> Error {
    if packet.index == 0 {
        Error::unsupported(format!("AAC with {what} is not supported"))
    } else {
        Error::malformed(format!("the packet holds {what}"))
    }
}

/// A number of its own for each band of noise.
fn noise_seed(packet: u64, channel: usize, group: usize, band: usize) -> u64 {
    packet << 24 | (channel as u64) << 16 | (group as u64) << 8 | band as u64
}

/// Skips data_stream_element.
fn skip_data(bits: &mut Bits<'_>) {
    let _instance = bits.read(4);
    let is_aligned = bits.flag();
    let mut count = bits.read(8);
    if count == 255 {
        count += bits.read(8);
    }
    if is_aligned {
        bits.align();
    }
    bits.skip(count as usize * 8);
}

/// Skips fill_element; says whether it holds spectral band replication.
fn skip_fill(bits: &mut Bits<'_>) -> bool {
    let mut count = bits.read(4);
    if count == 15 {
        count += bits.read(8);
        count -= 1;
    }
    let kind = (bits.window() >> 60) as u32;
    bits.skip(count as usize * 8);
    count > 0 && matches!(kind, 0xd | 0xe)
}

impl Decoder for AacDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll { packets: 1, frames: 0, align: 1 }
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        if let Err(error) = self.decode_packet(packet) {
            // What follows must not depend on what came before the damage.
            self.reset();
            return Err(error);
        }
        Ok(FRAMES as usize)
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::PlanarF32 { samples: &self.planes, stride: FRAMES as usize }
    }

    fn reset(&mut self) {
        self.overlaps.fill_with(|| Overlap::SILENCE);
    }
}
