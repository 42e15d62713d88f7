//! The fmt chunk: WAVEFORMAT, WAVEFORMATEX and WAVEFORMATEXTENSIBLE.

use super::super::iff::ByteOrder;
use super::tags;
use crate::audio::codec::{Warnings, adpcm, default_mask};
use crate::audio::sample::PcmCoding;
use crate::audio::{Error, Result, counted};

const PCM: u16 = 0x0001;
const FLOAT: u16 = 0x0003;
const ALAW: u16 = 0x0006;
const MULAW: u16 = 0x0007;
const MS_ADPCM: u16 = 0x0002;
const IMA_ADPCM: u16 = 0x0011;
const MPEG: u16 = 0x0050;
const MP3: u16 = 0x0055;
const EXTENSIBLE: u16 = 0xfffe;

/// A GUID by its fields.
type Guid = (u32, u16, u16, [u8; 8]);

/// The tail of KSDATAFORMAT_SUBTYPE_WAVEFORMATEX: a format tag in the form of a GUID.
const TAG_GUID: (u16, u16, [u8; 8]) = (0x0000, 0x0010, [0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71]);
/// The tail of the sub-formats of AMB files (Ambisonic B-format): PCM and float
/// whose channels are not speakers.
const AMBISONIC_GUID: (u16, u16, [u8; 8]) = (0x0721, 0x11d3, [0x86, 0x44, 0xc8, 0xc1, 0xca, 0x00, 0x00, 0x00]);

/// What a fmt chunk says.
#[derive(Debug, Clone)]
pub struct WaveFormat {
    tag: u16,
    /// Channels.
    pub channels: u32,
    /// Sample rate in Hz.
    pub rate: u32,
    block_align: u16,
    bits: u16,
    /// What follows the fields that all formats have.
    extra: Vec<u8>,
    extensible: Option<Extensible>,
}

/// The fields that WAVE_FORMAT_EXTENSIBLE adds.
#[derive(Debug, Clone, Copy)]
struct Extensible {
    valid_bits: u16,
    channel_mask: u32,
    is_ambisonic: bool,
}

/// How the audio of a WAVE file is coded.
#[derive(Debug, Clone)]
pub enum Coding {
    /// Uncompressed.
    Pcm {
        /// How a sample is coded.
        coding: PcmCoding,
        /// Significant bits.
        bit_depth: u32,
    },
    /// Four bits a sample, in blocks.
    Adpcm(adpcm::Format),
    /// MPEG audio, layers 1 to 3.
    Mpeg,
}

impl WaveFormat {
    /// The format tag; that of the sub-format where the format is extensible.
    pub fn tag(&self) -> u16 {
        self.tag
    }

    /// Whether samples are numbers, neither compressed nor companded.
    pub fn is_linear(&self) -> bool {
        matches!(self.tag, PCM | FLOAT)
    }

    /// Reads the body of a fmt chunk.
    pub fn parse(body: &[u8], order: ByteOrder) -> Result<Self> {
        let Some((fields, rest)) = body.split_first_chunk::<14>() else {
            return Err(Error::malformed(format!("the fmt chunk has {} bytes, too few", body.len())));
        };
        let u16_at = |at: usize| order.u16([fields[at], fields[at + 1]]);
        let u32_at = |at: usize| order.u32([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]]);
        let (bits, rest) = match rest.split_first_chunk::<2>() {
            Some((bits, rest)) => (order.u16(*bits), rest),
            None => (0, rest),
        };
        let mut format = Self {
            tag: u16_at(0),
            channels: u32::from(u16_at(2)),
            rate: u32_at(4),
            block_align: u16_at(12),
            bits,
            // The size of the extra bytes, which the chunk's own size tells as well.
            extra: rest.get(2..).unwrap_or_default().to_vec(),
            extensible: None,
        };
        if format.tag == EXTENSIBLE {
            format.read_extensible(order)?;
        }
        Ok(format)
    }

    fn read_extensible(&mut self, order: ByteOrder) -> Result<()> {
        let Some(&fields) = self.extra.first_chunk::<22>() else {
            return Err(Error::malformed("the fmt chunk says WAVE_FORMAT_EXTENSIBLE but is too short for it"));
        };
        let [v0, v1, m0, m1, m2, m3, a0, a1, a2, a3, b0, b1, c0, c1, d @ ..] = fields;
        let guid: Guid = (order.u32([a0, a1, a2, a3]), order.u16([b0, b1]), order.u16([c0, c1]), d);
        let tail = (guid.1, guid.2, guid.3);
        self.tag = match u16::try_from(guid.0) {
            Ok(tag) if tail == TAG_GUID || tail == AMBISONIC_GUID => tag,
            _ => {
                return Err(Error::unsupported(format!(
                    "the audio codec with the sub-format {} is not supported",
                    guid_text(guid)
                )));
            }
        };
        self.extra.drain(..22);
        self.extensible = Some(Extensible {
            valid_bits: order.u16([v0, v1]),
            channel_mask: order.u32([m0, m1, m2, m3]),
            is_ambisonic: tail == AMBISONIC_GUID,
        });
        Ok(())
    }

    /// Speaker bits of the channels in their order; 0 if they have no positions.
    pub fn channel_mask(&self) -> u32 {
        match self.extensible {
            None => default_mask(self.channels),
            // All bits stand for any order of speakers.
            Some(e) if e.is_ambisonic || e.channel_mask == u32::MAX => 0,
            // Bits beyond the channels mean nothing.
            Some(e) => {
                let surplus = e.channel_mask.count_ones().saturating_sub(self.channels);
                (0..surplus).fold(e.channel_mask, |mask, _| mask & !(1 << (31 - mask.leading_zeros())))
            }
        }
    }

    /// How the audio is coded, or which unsupported codec it is.
    pub fn coding(&self, order: ByteOrder, warnings: &mut Warnings) -> Result<Coding> {
        let block_size = usize::from(self.block_align);
        match self.tag {
            MS_ADPCM => return adpcm::Format::microsoft(self.channels, block_size, &self.extra).map(Coding::Adpcm),
            IMA_ADPCM => return adpcm::Format::ima_wave(self.channels, block_size, &self.extra).map(Coding::Adpcm),
            MPEG | MP3 => return Ok(Coding::Mpeg),
            PCM | FLOAT if self.bits == 0 => {
                return Err(Error::malformed("the header declares samples of 0 bits"));
            }
            _ => {}
        }
        let (container, bit_depth) = self.sample_bytes(warnings);
        let is_big = order == ByteOrder::Big;
        let either = |little, big| if is_big { big } else { little };
        let coding = match (self.tag, container) {
            (PCM, 1) => PcmCoding::U8,
            (PCM, 2) => either(PcmCoding::S16Le, PcmCoding::S16Be),
            (PCM, 3) => either(PcmCoding::S24Le, PcmCoding::S24Be),
            (PCM, 4) => either(PcmCoding::S32Le, PcmCoding::S32Be),
            (PCM, 8) => either(PcmCoding::S64Le, PcmCoding::S64Be),
            (FLOAT, 4) => either(PcmCoding::F32Le, PcmCoding::F32Be),
            (FLOAT, 8) => either(PcmCoding::F64Le, PcmCoding::F64Be),
            (ALAW, _) => return Ok(Coding::Pcm { coding: PcmCoding::ALaw, bit_depth: 8 }),
            (MULAW, _) => return Ok(Coding::Pcm { coding: PcmCoding::ULaw, bit_depth: 8 }),
            (PCM, _) => {
                return Err(Error::unsupported(format!(
                    "PCM of {} bits in {container} bytes is not supported",
                    self.bits
                )));
            }
            (FLOAT, _) => return Err(Error::unsupported(format!("{}-bit float is not supported", self.bits))),
            (tag, _) => return Err(tags::unsupported(tag)),
        };
        Ok(Coding::Pcm { coding, bit_depth })
    }

    /// Bytes of a sample and its significant bits, which are the upper ones.
    fn sample_bytes(&self, warnings: &mut Warnings) -> (u16, u32) {
        let by_align = match u16::try_from(self.channels) {
            Ok(channels @ 1..) if self.block_align.is_multiple_of(channels) => self.block_align / channels,
            _ => 0,
        };
        let by_bits = self.bits.div_ceil(8);
        // A wrong block align is common, and so a whole number of bytes for the
        // bits is believed before it. Only then may a sample have spare bytes:
        // when the bits leave it open, for 24 bits in 4 bytes, which programs
        // write without WAVE_FORMAT_EXTENSIBLE, and there by its own rules.
        let bytes = if (by_align == 4 && self.bits == 24) || (by_align > by_bits && !self.bits.is_multiple_of(8)) {
            by_align
        } else {
            by_bits
        };
        if bytes != by_align && matches!(self.tag, PCM | FLOAT) {
            warnings.add(
                format!(
                    "the block align of {} does not fit {} of {} bits: it is left out of account",
                    self.block_align,
                    counted(self.channels.into(), "channel"),
                    self.bits
                ),
                None,
            );
        }
        let declared = match self.extensible {
            Some(e) if (1..=bytes * 8).contains(&e.valid_bits) => e.valid_bits,
            _ => self.bits,
        };
        (bytes, u32::from(declared))
    }
}

/// The usual text of a GUID.
fn guid_text((a, b, c, d): Guid) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{a:08x}-{b:04x}-{c:04x}-{}-{}", hex(&d[..2]), hex(&d[2..]))
}
