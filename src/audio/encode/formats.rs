//! The table of formats that can be written.

use super::{Encoder, Settings};
use crate::audio::feature::Feature;
use crate::audio::limits::{MAX_CHANNELS, MAX_RATE};
use crate::audio::sample::SampleFormat::{self, F32, F64, I8, I16, I24, I32, U8};
use crate::audio::{Error, Result};

/// Makes an encoder that has written nothing yet.
type Open = fn(&Settings) -> Result<Box<dyn Encoder>>;

/// A codec's encoder, or in a build without it the feature that it takes.
macro_rules! encoder {
    ($feature:literal: $missing:ident, $($encoder:ident)::+) => {{
        #[cfg(feature = $feature)]
        let open: std::result::Result<Open, Feature> = Ok(crate::audio::codec::$($encoder)::+);
        #[cfg(not(feature = $feature))]
        let open: std::result::Result<Open, Feature> = Err(crate::audio::feature::$missing);
        open
    }};
}

/// The rates that a format can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// Any whole number of Hz up to this.
    UpTo(u32),
    /// These alone, rising.
    Listed(&'static [u32]),
    /// What a FLAC frame's header can say: RFC 9639, 9.1.2.
    Flac,
}

impl Rates {
    /// Whether a file can have this rate.
    pub fn contain(self, rate: u32) -> bool {
        rate > 0
            && match self {
                Self::UpTo(most) => rate <= most,
                Self::Listed(rates) => rates.contains(&rate),
                Self::Flac => rate <= 65_535 || (rate <= 655_350 && rate.is_multiple_of(10)),
            }
    }

    /// The lowest of these that is not below `rate`, or the highest.
    pub(super) fn nearest(self, rate: u32) -> u32 {
        match self {
            Self::UpTo(most) => rate.min(most),
            Self::Listed(rates) => rates.iter().find(|r| **r >= rate).or(rates.last()).copied().unwrap_or(rate),
            Self::Flac if rate > 65_535 => rate.min(655_350).next_multiple_of(10),
            Self::Flac => rate,
        }
    }

    fn describe(self) -> String {
        match self {
            Self::UpTo(most) => format!("whole rates up to {most} Hz"),
            Self::Listed(rates) => rates.iter().map(u32::to_string).collect::<Vec<_>>().join(", ") + " Hz",
            Self::Flac => "rates up to 65535 Hz, and multiples of 10 Hz up to 655350 Hz, such as \
                8000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000, 352800, 384000 Hz"
                .to_owned(),
        }
    }
}

/// One format that can be written, if this build has its encoder.
pub struct Format {
    /// What options name it by, lower case.
    pub name: &'static str,
    /// What people know it by.
    pub title: &'static str,
    /// File name extensions, lower case, the usual one first.
    pub extensions: &'static [&'static str],
    /// The sample formats that its files hold, its usual one first; none where the codec is lossy.
    pub sample_formats: &'static [SampleFormat],
    /// The words for its quality, the least first, but for MP3's V0 to V9; none if it has no such choice.
    pub qualities: &'static [&'static str],
    /// The rates it can hold.
    pub rates: Rates,
    /// The most channels.
    pub max_channels: u32,
    open: std::result::Result<Open, Feature>,
}

/// Every format that can be written, the same in each build.
pub const FORMATS: &[Format] = &[
    Format {
        name: "wav",
        title: "WAV",
        extensions: &["wav", "wave", "bwf"],
        sample_formats: &[I16, U8, I24, I32, F32, F64],
        qualities: &[],
        rates: Rates::UpTo(MAX_RATE),
        max_channels: MAX_CHANNELS,
        open: encoder!("encoders": ENCODERS, riff::encode),
    },
    Format {
        name: "aiff",
        title: "AIFF",
        extensions: &["aiff", "aif", "aifc"],
        sample_formats: &[I16, I8, I24, I32, F32, F64],
        qualities: &[],
        rates: Rates::UpTo(MAX_RATE),
        max_channels: MAX_CHANNELS,
        open: encoder!("encoders": ENCODERS, aiff::encode),
    },
    Format {
        name: "flac",
        title: "FLAC",
        extensions: &["flac"],
        sample_formats: &[I16, I24],
        qualities: FLAC_LEVELS,
        rates: Rates::Flac,
        max_channels: 8,
        open: encoder!("encoders": ENCODERS, flac::encode),
    },
    Format {
        name: "mp3",
        title: "MP3",
        extensions: &["mp3"],
        sample_formats: &[],
        qualities: MP3_QUALITIES,
        rates: Rates::Listed(&[8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]),
        max_channels: 2,
        open: encoder!("lame": LAME, mpeg::encode),
    },
    Format {
        name: "ogg",
        title: "Ogg Vorbis",
        extensions: &["ogg", "oga"],
        sample_formats: &[],
        qualities: VORBIS_RATES,
        rates: Rates::UpTo(200_000),
        max_channels: 255,
        open: encoder!("vorbis": VORBIS, vorbis::encode),
    },
    Format {
        name: "opus",
        title: "Ogg Opus",
        extensions: &["opus"],
        sample_formats: &[],
        qualities: OPUS_RATES,
        rates: Rates::Listed(&[8000, 12_000, 16_000, 24_000, 48_000]),
        max_channels: 255,
        open: encoder!("encoders": ENCODERS, opus::encode),
    },
    Format {
        name: "caf",
        title: "CAF",
        extensions: &["caf"],
        sample_formats: &[I16, I8, I24, I32, F32, F64],
        qualities: &[],
        rates: Rates::UpTo(MAX_RATE),
        max_channels: MAX_CHANNELS,
        open: encoder!("encoders": ENCODERS, caf::encode),
    },
    Format {
        name: "alac",
        title: "ALAC in CAF",
        extensions: &[],
        sample_formats: &[I16, I24, I32],
        qualities: &[],
        rates: Rates::UpTo(MAX_RATE),
        max_channels: 8,
        open: encoder!("encoders": ENCODERS, caf::encode_alac),
    },
];

const FLAC_LEVELS: &[&str] = &["0 (Fastest)", "1", "2", "3", "4", "5 (Default)", "6", "7", "8 (Highest quality)"];

const MP3_QUALITIES: &[&str] = &[
    "V0 (best)",
    "V1",
    "V2",
    "V3",
    "V4 (normal)",
    "V5",
    "V6",
    "V7",
    "V8",
    "V9 (smallest)",
    "32 kbps",
    "40 kbps",
    "48 kbps",
    "56 kbps",
    "64 kbps",
    "80 kbps",
    "96 kbps",
    "112 kbps",
    "128 kbps",
    "160 kbps",
    "192 kbps",
    "224 kbps",
    "256 kbps",
    "320 kbps",
];

const VORBIS_RATES: &[&str] = &[
    "64 kbps", "80 kbps", "96 kbps", "112 kbps", "128 kbps", "160 kbps", "192 kbps", "224 kbps", "256 kbps",
    "320 kbps", "500 kbps",
];

const OPUS_RATES: &[&str] = &[
    "16 kbps", "24 kbps", "32 kbps", "48 kbps", "64 kbps", "96 kbps", "128 kbps", "160 kbps", "192 kbps", "256 kbps",
    "320 kbps", "510 kbps",
];

/// The format that an option names, with or without a dot, in any case.
pub fn by_name(name: &str) -> Result<&'static Format> {
    let wanted = name.strip_prefix('.').unwrap_or(name).to_ascii_lowercase();
    let named = FORMATS.iter().find(|format| format.name == wanted);
    named.or_else(|| by_extension(&wanted)).ok_or_else(|| {
        let names: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
        Error::invalid(format!("format is \"{name}\", which cannot be written; there are {}", names.join(", ")))
    })
}

/// The format of files with this extension.
pub fn by_extension(extension: &str) -> Option<&'static Format> {
    let wanted = extension.to_ascii_lowercase();
    FORMATS.iter().find(|format| format.extensions.contains(&wanted.as_str()))
}

impl Format {
    /// Its place in [`FORMATS`].
    pub fn index(&self) -> usize {
        FORMATS.iter().position(|format| format.name == self.name).unwrap_or(usize::MAX)
    }

    pub(super) fn best_quality(&self) -> Option<usize> {
        self.quality("V0 (best)").or(self.qualities.len().checked_sub(1))
    }

    pub(super) fn worst_quality(&self) -> Option<usize> {
        self.quality("V9 (smallest)").or(self.qualities.len().checked_sub(1).map(|_| 0))
    }

    fn quality(&self, option: &str) -> Option<usize> {
        self.qualities.iter().position(|o| *o == option)
    }

    /// The feature without which this build cannot write it.
    pub fn missing(&self) -> Option<Feature> {
        self.open.err()
    }

    /// An encoder that has written nothing yet.
    ///
    /// # Errors
    /// UNSUPPORTED in a build without it; INVALID_ARGUMENT for what the format cannot hold.
    pub fn encoder(&self, settings: &Settings) -> Result<Box<dyn Encoder>> {
        let open = self.open.map_err(|feature| feature.left_out(&format!("{} cannot be written", self.title)))?;
        open(settings)
    }

    /// Checks what a format can hold, before anything is created.
    pub(super) fn check(&self, rate: u32, channels: u32) -> Result<()> {
        if channels == 0 {
            return Err(Error::invalid("channels is 0: a file has at least one"));
        }
        if matches!(channels, 48_000 | 44_100 | 22_050 | 11_025) && rate < 8000 {
            return Err(Error::invalid(format!(
                "rate is {rate} and channels is {channels}: try reversing the two arguments"
            )));
        }
        if channels > self.max_channels {
            return Err(Error::invalid(format!(
                "channels is {channels}, but {} holds at most {}: read fewer of a file, or mix them to mono",
                self.title, self.max_channels
            )));
        }
        if rate == 0 {
            return Err(Error::invalid("rate is 0 Hz"));
        }
        if !self.rates.contain(rate) {
            return Err(Error::invalid(format!(
                "rate is {rate} Hz, but {} holds {}: convert to {} Hz first, which transcode does if you leave the rate open",
                self.title,
                self.rates.describe(),
                self.rates.nearest(rate)
            )));
        }
        Ok(())
    }
}
