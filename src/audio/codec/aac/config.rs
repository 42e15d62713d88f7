//! The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) and what ADTS headers say in its place.

use super::layout::{Layout, read_elements};
use super::tables::{self, Bands};
use crate::audio::codec::bits::Bits;
use crate::audio::{Error, Result, limits};

/// Sample rates by their index (ISO/IEC 14496-3, table 1.18).
pub const SAMPLE_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What a decoder must know before the first packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioSpecificConfig {
    /// The audio object type: 2 is low complexity.
    pub object_type: u32,
    /// In Hz.
    pub rate: u32,
    /// The channels and their order; none where only the packets tell.
    pub layout: Layout,
    /// Packets of 960 frames instead of 1024.
    pub is_short: bool,
    /// The name of an extension that doubles the rate or the channels.
    pub extension: Option<&'static str>,
}

/// An audio object type: five bits, or eleven.
fn read_object_type(bits: &mut Bits<'_>) -> u32 {
    match bits.read(5) {
        31 => 32 + bits.read(6),
        kind => kind,
    }
}

fn read_rate(bits: &mut Bits<'_>) -> Result<u32> {
    match bits.read(4) {
        15 => Ok(bits.read(24)),
        index => SAMPLE_RATES.get(index as usize).copied().ok_or_else(|| {
            Error::malformed(format!("the AAC configuration has the reserved sample rate index {index}"))
        }),
    }
}

/// Object types that stand for an extension of another.
const SBR: u32 = 5;
const PARAMETRIC_STEREO: u32 = 29;

impl AudioSpecificConfig {
    /// Reads the configuration bytes of a container.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut buffer = Vec::new();
        let mut bits = Bits::pad(bytes, &mut buffer);
        let mut object_type = read_object_type(&mut bits);
        let rate = read_rate(&mut bits)?;
        let channel_configuration = bits.read(4);
        let extension_name = |kind| match kind {
            SBR => Some("HE-AAC (SBR)"),
            PARAMETRIC_STEREO => Some("HE-AAC v2 (SBR and parametric stereo)"),
            _ => None,
        };
        let mut extension = extension_name(object_type);
        if extension.is_some() {
            let _extended_rate = read_rate(&mut bits)?;
            object_type = read_object_type(&mut bits);
        }
        let mut config = Self::new(object_type, rate, channel_configuration)?;
        // Only the general audio types go on with these fields.
        if matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23) {
            config.is_short = bits.flag();
            if bits.flag() {
                bits.skip(14);
            }
            let _extension_flag = bits.flag();
            if channel_configuration == 0 {
                config.layout = Layout::described(&read_elements(&mut bits)?);
            }
        }
        bits.check().map_err(|_| Error::malformed("the AAC configuration is cut off"))?;
        // Behind it an extension may be told in a way that old decoders overlook.
        if extension.is_none() && bits.read(11) == 0x2b7 {
            let kind = read_object_type(&mut bits);
            if bits.flag() && bits.check().is_ok() {
                extension = extension_name(kind);
            }
        }
        Ok(Self { extension, ..config })
    }

    /// The configuration that these fields (of an ADTS header, say) stand for.
    pub fn new(object_type: u32, rate: u32, channel_configuration: u32) -> Result<Self> {
        let layout = Layout::configured(channel_configuration)?;
        limits::check_format(rate, layout.channels().max(1))?;
        Ok(Self { object_type, rate, layout, is_short: false, extension: None })
    }

    /// Learns the channels from the first packet, where the configuration leaves it to that.
    pub fn complete(&mut self, packet: &[u8]) -> Result<()> {
        let mut buffer = Vec::new();
        let mut bits = Bits::pad(packet, &mut buffer);
        const PROGRAM_CONFIG_ELEMENT: u32 = 5;
        if self.layout.channels() == 0 && bits.read(3) == PROGRAM_CONFIG_ELEMENT {
            self.layout = Layout::described(&read_elements(&mut bits)?);
        }
        Ok(())
    }

    /// Refuses by name what is not decoded.
    pub fn check_supported(&self) -> Result<()> {
        // Half the bandwidth without a word would be worse than a refusal.
        if let Some(name) = self.extension {
            return Err(Error::unsupported(format!("{name} is not supported")));
        }
        let name = match self.object_type {
            2 => None,
            1 => Some("AAC Main"),
            3 => Some("AAC SSR (scalable sample rate)"),
            4 => Some("AAC LTP (long-term prediction)"),
            6 | 20 => Some("scalable AAC"),
            7 => Some("TwinVQ"),
            8 => Some("CELP"),
            17 => Some("error-resilient AAC"),
            23 => Some("AAC-LD (low delay)"),
            32..=34 => Some("MPEG audio in an AAC configuration"),
            36 => Some("MPEG-4 ALS"),
            39 => Some("AAC-ELD (enhanced low delay)"),
            42 => Some("xHE-AAC (USAC)"),
            _ => Some("this kind of AAC"),
        };
        if let Some(name) = name {
            return Err(Error::unsupported(format!(
                "{name} (audio object type {}) is not supported",
                self.object_type
            )));
        }
        if self.is_short {
            return Err(Error::unsupported("AAC with packets of 960 frames is not supported"));
        }
        if self.layout.channels() == 0 {
            return Err(Error::unsupported("AAC that nowhere describes its channels is not supported"));
        }
        Ok(())
    }

    /// The scale factor bands of the rate.
    pub fn bands(&self) -> &'static Bands {
        let [.., last] = &tables::BANDS;
        tables::BANDS.iter().find(|bands| self.rate >= bands.from_rate).unwrap_or(last)
    }
}
