//! The AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1) and what ADTS headers say in its place.

use super::tables::{self, Bands};
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
    /// The channel configuration: 1 to 7, 11, 12 or 14; 0 has its own description.
    pub channel_configuration: u32,
    /// Channels of that configuration; 0 if it has its own description.
    pub channels: u32,
    /// Packets of 960 frames instead of 1024.
    pub is_short: bool,
    /// The name of an extension that doubles the rate or the channels.
    pub extension: Option<&'static str>,
}

/// Bits from the highest on; behind the end there are none.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Bits<'_> {
    fn left(&self) -> usize {
        self.bytes.len() * 8 - self.position
    }

    fn read(&mut self, n: usize) -> Result<u32> {
        if n > self.left() {
            return Err(Error::malformed("the AAC configuration is cut off"));
        }
        let mut value = 0;
        for _ in 0..n {
            value = value << 1 | u32::from(self.bytes[self.position / 8] >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Ok(value)
    }

    fn object_type(&mut self) -> Result<u32> {
        match self.read(5)? {
            31 => Ok(32 + self.read(6)?),
            kind => Ok(kind),
        }
    }

    fn rate(&mut self) -> Result<u32> {
        match self.read(4)? {
            15 => self.read(24),
            index => SAMPLE_RATES
                .get(index as usize)
                .copied()
                .ok_or_else(|| Error::malformed(format!("the AAC configuration has the reserved sample rate index {index}"))),
        }
    }
}

/// Object types that stand for an extension of another.
const SBR: u32 = 5;
const PARAMETRIC_STEREO: u32 = 29;

impl AudioSpecificConfig {
    /// Reads the configuration bytes of a container.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut bits = Bits { bytes, position: 0 };
        let mut object_type = bits.object_type()?;
        let rate = bits.rate()?;
        let channel_configuration = bits.read(4)?;
        let extension_name = |kind| match kind {
            SBR => Some("HE-AAC (SBR)"),
            PARAMETRIC_STEREO => Some("HE-AAC v2 (SBR and parametric stereo)"),
            _ => None,
        };
        let mut extension = extension_name(object_type);
        if extension.is_some() {
            let _extended_rate = bits.rate()?;
            object_type = bits.object_type()?;
        }
        // Only the general audio types go on with these fields.
        let mut is_short = false;
        if matches!(object_type, 1..=4 | 6 | 7 | 17 | 19..=23) {
            is_short = bits.read(1)? == 1;
            if bits.read(1)? == 1 {
                bits.read(14)?;
            }
            let _extension_flag = bits.read(1)?;
        }
        // Behind it an extension may be told in a way that old decoders overlook.
        if extension.is_none() && channel_configuration != 0 && bits.left() >= 16 && bits.read(11)? == 0x2b7 {
            let kind = bits.object_type()?;
            if bits.read(1).is_ok_and(|is_present| is_present == 1) {
                extension = extension_name(kind);
            }
        }
        let config = Self::new(object_type, rate, channel_configuration)?;
        Ok(Self { is_short, extension, ..config })
    }

    /// The configuration that these fields (of an ADTS header, say) stand for.
    pub fn new(object_type: u32, rate: u32, channel_configuration: u32) -> Result<Self> {
        let channels = match channel_configuration {
            0..=6 => channel_configuration,
            7 | 12 | 14 => 8,
            11 => 7,
            _ => {
                return Err(Error::malformed(format!(
                    "the AAC configuration has the reserved channel configuration {channel_configuration}"
                )));
            }
        };
        limits::check_format(rate, channels.max(1))?;
        Ok(Self { object_type, rate, channel_configuration, channels, is_short: false, extension: None })
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
            return Err(Error::unsupported(format!("{name} (audio object type {}) is not supported", self.object_type)));
        }
        if self.is_short {
            return Err(Error::unsupported("AAC with packets of 960 frames is not supported"));
        }
        if self.channels == 0 {
            return Err(Error::unsupported("AAC with its own description of channels (PCE) is not supported"));
        }
        Ok(())
    }

    /// The speakers of the channels in WAVE order.
    pub fn channel_mask(&self) -> u32 {
        match self.channel_configuration {
            1 => 0x4,
            2 => 0x3,
            3 => 0x7,
            4 => 0x107,
            5 => 0x37,
            6 => 0x3f,
            7 => 0xff,
            11 => 0x13f,
            12 => 0x63f,
            14 => 0x503f,
            _ => 0,
        }
    }

    /// Where in WAVE order each channel of a packet belongs. Packets begin with
    /// the front centre; then come pairs from the front to the back.
    pub fn channel_order(&self) -> &'static [u8] {
        match self.channel_configuration {
            1 => &[0],
            2 => &[0, 1],
            3 => &[2, 0, 1],
            4 => &[2, 0, 1, 3],
            5 => &[2, 0, 1, 3, 4],
            6 => &[2, 0, 1, 4, 5, 3],
            7 => &[2, 6, 7, 0, 1, 4, 5, 3],
            11 => &[2, 0, 1, 4, 5, 6, 3],
            12 => &[2, 0, 1, 6, 7, 4, 5, 3],
            14 => &[2, 0, 1, 4, 5, 3, 6, 7],
            _ => &[],
        }
    }

    /// The scale factor bands of the rate.
    pub fn bands(&self) -> &'static Bands {
        let [.., last] = &tables::BANDS;
        tables::BANDS.iter().find(|bands| self.rate >= bands.from_rate).unwrap_or(last)
    }
}
