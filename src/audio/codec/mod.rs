//! Formats: one file or folder each, behind three small traits.
//!
//! A [`Demuxer`] finds the packets of one track in a container and knows the
//! position of each; a [`Decoder`] turns packets into frames; together they
//! are a [`PacketStream`]. Uncompressed audio needs no packets and is a
//! [`Stream`] by itself. All positions here are *raw*: frame 0 is the first
//! that the decoder gives, before encoder delay is trimmed (see [`Trim`]).

pub mod aac;
pub mod adpcm;
pub mod adts;
pub mod aiff;
pub mod alac;
pub mod au;
#[cfg(feature = "encoders")]
mod bit_writer;
mod bits;
pub mod caf;
pub mod channel_layout;
pub mod flac;
pub mod iff;
pub mod matroska;
pub mod mp4;
pub mod mpeg;
pub mod ogg;
pub mod opus;
pub mod packet;
pub mod pcm;
pub mod riff;
pub mod vorbis;

use super::frames::Block;
use super::sample::{PcmCoding, SampleFormat};
use super::{Error, Result};

pub use packet::{Decoder, Demuxer, Packet, PacketStream, PacketTimer, PreRoll};

/// The file format around the audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Container {
    Wav,
    Rf64,
    Bw64,
    W64,
    Aiff,
    Aifc,
    Caf,
    Au,
    Flac,
    Ogg,
    Mpeg,
    Adts,
    Mp4,
    Matroska,
    WebM,
}

impl Container {
    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Rf64 => "RF64",
            Self::Bw64 => "BW64",
            Self::W64 => "W64",
            Self::Aiff => "AIFF",
            Self::Aifc => "AIFC",
            Self::Caf => "CAF",
            Self::Au => "AU",
            Self::Flac => "FLAC",
            Self::Ogg => "Ogg",
            Self::Mpeg => "MPEG audio",
            Self::Adts => "ADTS",
            Self::Mp4 => "MP4",
            Self::Matroska => "Matroska",
            Self::WebM => "WebM",
        }
    }
}

/// How the audio is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Codec {
    Pcm(PcmCoding),
    MsAdpcm,
    ImaAdpcm,
    Flac,
    Alac,
    Mp1,
    Mp2,
    Mp3,
    Vorbis,
    Opus,
    Aac,
}

impl Codec {
    /// The name people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcm(PcmCoding::ALaw) => "A-law",
            Self::Pcm(PcmCoding::ULaw) => "µ-law",
            Self::Pcm(_) => "PCM",
            Self::MsAdpcm => "MS ADPCM",
            Self::ImaAdpcm => "IMA ADPCM",
            Self::Flac => "FLAC",
            Self::Alac => "ALAC",
            Self::Mp1 => "MP1",
            Self::Mp2 => "MP2",
            Self::Mp3 => "MP3",
            Self::Vorbis => "Vorbis",
            Self::Opus => "Opus",
            Self::Aac => "AAC",
        }
    }

    /// Whether decoding gives back what was encoded.
    pub const fn is_lossless(self) -> bool {
        matches!(self, Self::Pcm(_) | Self::Flac | Self::Alac)
            && !matches!(self, Self::Pcm(PcmCoding::ALaw | PcmCoding::ULaw))
    }
}

/// How many frames there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Nothing tells.
    Unknown,
    /// A guess from sizes and rates, never taken for the end.
    Estimate(u64),
    /// The decoder gives exactly this many.
    Exact(u64),
}

impl Length {
    /// The frames, exact or not.
    pub fn frames(self) -> Option<u64> {
        match self {
            Self::Exact(frames) | Self::Estimate(frames) => Some(frames),
            Self::Unknown => None,
        }
    }

    /// The length of what these frames become.
    #[must_use]
    pub fn map(self, convert: impl FnOnce(u64) -> u64) -> Self {
        match self {
            Self::Exact(frames) => Self::Exact(convert(frames)),
            Self::Estimate(frames) => Self::Estimate(convert(frames)),
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Which raw frames are the audio that was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Trim {
    /// Raw frames before the audio: encoder and decoder delay, priming, pre-skip.
    pub start: u64,
    /// The raw frame after the last of the audio; `None` if nothing tells of padding.
    pub end: Option<u64>,
}

/// What a file says of its audio.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The file format.
    pub container: Container,
    /// The coding of the audio.
    pub codec: Codec,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// WAVE_FORMAT_EXTENSIBLE speaker bits of the channels in their order; 0 if unpositioned.
    pub channel_mask: u32,
    /// The smallest memory format that holds the samples without loss; F32 for lossy codecs.
    pub sample_format: SampleFormat,
    /// Significant bits per sample; 0 for lossy codecs.
    pub bit_depth: u32,
    /// Bits per second on average, where it is told or can be computed.
    pub bit_rate: Option<u32>,
    /// Which raw frames are the audio.
    pub trim: Trim,
}

/// Something wrong with a file that did not keep it from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What is wrong and what was done about it.
    pub message: String,
    /// Where in the file, if known.
    pub offset: Option<u64>,
}

/// The warnings of one file: the first few, and the count of all.
#[derive(Debug, Clone, Default)]
pub struct Warnings {
    list: Vec<Warning>,
    count: u64,
}

impl Warnings {
    /// A hopeless file has as many faults as packets: keep the first of them.
    const KEPT: usize = 64;

    /// Notes one; the same again, met after a seek back, is still one.
    pub fn add(&mut self, message: impl Into<String>, offset: Option<u64>) {
        let warning = Warning { message: message.into(), offset };
        if self.list.contains(&warning) {
            return;
        }
        self.count += 1;
        if self.list.len() < Self::KEPT {
            self.list.push(warning);
        }
    }

    /// The first ones.
    pub fn list(&self) -> &[Warning] {
        &self.list
    }

    /// How many there were in all.
    pub fn count(&self) -> u64 {
        self.count
    }
}

/// Told now and then the raw frame that work through a whole stream has come to; its error ends that work.
pub type Watch<'a> = &'a mut dyn FnMut(u64) -> Result<()>;

/// A [`Watch`] of nobody.
pub fn unwatched(_frame: u64) -> Result<()> {
    Ok(())
}

/// One track of audio, decoded block by block.
pub trait Stream: Send {
    /// What the file says of it.
    fn description(&self) -> &Description;

    /// Raw frames in the stream, as far as known now.
    fn length(&self) -> Length;

    /// Finds the exact length, by reading the whole file's headers if it must; the position is lost.
    fn measure(&mut self, watch: Watch<'_>) -> Result<u64>;

    /// Decodes the next block; false at the end.
    fn advance(&mut self) -> Result<bool>;

    /// The block that [`Stream::advance`] decoded.
    fn block(&self) -> Block<'_>;

    /// The raw frame at which that block starts.
    fn block_start(&self) -> u64;

    /// Goes to where the next block starts at or before `frame` and is exact from there on.
    fn seek(&mut self, frame: u64) -> Result<()>;

    /// What was found wrong so far.
    fn warnings(&self) -> &Warnings;

    /// Checks the decoded audio against a checksum in the file, if it has one:
    /// `None` without. Decodes everything; the position is lost, if there is one.
    fn verify(&mut self, _watch: Watch<'_>) -> Result<Option<bool>> {
        Ok(None)
    }
}

/// How a stream is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct StreamOptions {
    /// Leave an unknown length as an estimate instead of scanning a local file for it.
    pub estimate_length: bool,
}

/// A codec set up from a container's configuration bytes.
pub struct Track {
    /// Decodes the packets.
    pub decoder: Box<dyn Decoder>,
    /// Tells how many frames each packet decodes to.
    pub timer: Box<dyn PacketTimer>,
    /// The coding.
    pub codec: Codec,
    /// Rate of the decoded frames in Hz.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Speaker bits, as in [`Description`].
    pub channel_mask: u32,
    /// As in [`Description`].
    pub sample_format: SampleFormat,
    /// As in [`Description`].
    pub bit_depth: u32,
    /// Frames that this set-up says to leave out at the start (Opus pre-skip).
    pub delay: u64,
}

/// The speaker bits of files that tell no positions: mono is the front
/// centre and two channels are left and right; more could be anything.
pub const fn default_mask(channels: u32) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        _ => 0,
    }
}

/// The speakers that a number of channels usually stands for, in the order of
/// WAVE_FORMAT_EXTENSIBLE: 5.1 for 6, 7.1 with side speakers for 8. FLAC (RFC
/// 9639, 9.1.3), Vorbis and mapping family 1 of Opus (Vorbis I specification,
/// 4.3.9) define the same; none beyond eight.
pub fn usual_mask(channels: u32) -> u32 {
    match channels {
        3 => 0x7,
        4 => 0x33,
        5 => 0x37,
        6 => 0x3f,
        7 => 0x70f,
        8 => 0x63f,
        _ => default_mask(channels),
    }
}

/// The error for a mid-stream change of format.
pub fn format_changed(what: &str, from: u32, to: u32, frame: u64) -> Error {
    Error::new(
        super::ErrorKind::FormatChanged,
        format!("the {what} changes from {from} to {to} at frame {frame}; only the part before it can be read"),
    )
}
