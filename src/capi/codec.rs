//! Containers and codecs

use std::ffi::{CString, c_char};
use std::sync::LazyLock;

use super::error::c_string;
use super::{ONDES_UNKNOWN, args, boundary};
use crate::audio::codec::{Codec, Container};
use crate::audio::sample::PcmCoding;
use crate::audio::{encode, probe};

/// The file format around the audio. Later versions may add numbers.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ondes_container {
    Unknown = 0,
    Wav = 1,
    Rf64 = 2,
    Bw64 = 3,
    W64 = 4,
    Aiff = 5,
    Aifc = 6,
    Caf = 7,
    Au = 8,
    Flac = 9,
    Ogg = 10,
    Mpeg = 11,
    Adts = 12,
    Mp4 = 13,
    Matroska = 14,
    Webm = 15,
}

/// How the audio is coded. Later versions may add numbers.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ondes_codec {
    Unknown = 0,
    Pcm = 1,
    Alaw = 2,
    Ulaw = 3,
    MsAdpcm = 4,
    ImaAdpcm = 5,
    Flac = 6,
    Alac = 7,
    Mp1 = 8,
    Mp2 = 9,
    Mp3 = 10,
    Vorbis = 11,
    Opus = 12,
    Aac = 13,
}

impl From<Container> for ondes_container {
    fn from(container: Container) -> Self {
        match container {
            Container::Wav => Self::Wav,
            Container::Rf64 => Self::Rf64,
            Container::Bw64 => Self::Bw64,
            Container::W64 => Self::W64,
            Container::Aiff => Self::Aiff,
            Container::Aifc => Self::Aifc,
            Container::Caf => Self::Caf,
            Container::Au => Self::Au,
            Container::Flac => Self::Flac,
            Container::Ogg => Self::Ogg,
            Container::Mpeg => Self::Mpeg,
            Container::Adts => Self::Adts,
            Container::Mp4 => Self::Mp4,
            Container::Matroska => Self::Matroska,
            Container::WebM => Self::Webm,
        }
    }
}

impl From<Codec> for ondes_codec {
    fn from(codec: Codec) -> Self {
        match codec {
            Codec::Pcm(PcmCoding::ALaw) => Self::Alaw,
            Codec::Pcm(PcmCoding::ULaw) => Self::Ulaw,
            Codec::Pcm(_) => Self::Pcm,
            Codec::MsAdpcm => Self::MsAdpcm,
            Codec::ImaAdpcm => Self::ImaAdpcm,
            Codec::Flac => Self::Flac,
            Codec::Alac => Self::Alac,
            Codec::Mp1 => Self::Mp1,
            Codec::Mp2 => Self::Mp2,
            Codec::Mp3 => Self::Mp3,
            Codec::Vorbis => Self::Vorbis,
            Codec::Opus => Self::Opus,
            Codec::Aac => Self::Aac,
        }
    }
}

/// The domain's names as C strings, by number.
static CONTAINERS: LazyLock<Vec<(i32, CString)>> = LazyLock::new(|| {
    use Container::{Adts, Aifc, Aiff, Au, Bw64, Caf, Flac, Matroska, Mp4, Mpeg, Ogg, Rf64, W64, Wav, WebM};
    [Wav, Rf64, Bw64, W64, Aiff, Aifc, Caf, Au, Flac, Ogg, Mpeg, Adts, Mp4, Matroska, WebM]
        .map(|container| (ondes_container::from(container) as i32, c_string(container.name())))
        .to_vec()
});

static CODECS: LazyLock<Vec<(i32, CString)>> = LazyLock::new(|| {
    use Codec::{Aac, Alac, Flac, ImaAdpcm, Mp1, Mp2, Mp3, MsAdpcm, Opus, Pcm, Vorbis};
    let pcm = [PcmCoding::S16Le, PcmCoding::ALaw, PcmCoding::ULaw].map(Pcm);
    pcm.into_iter()
        .chain([MsAdpcm, ImaAdpcm, Flac, Alac, Mp1, Mp2, Mp3, Vorbis, Opus, Aac])
        .map(|codec| (ondes_codec::from(codec) as i32, c_string(codec.name())))
        .collect()
});

/// Names and extensions of what can be read.
static FORMATS: LazyLock<Vec<(CString, CString)>> = LazyLock::new(|| {
    probe::FORMATS.iter().map(|format| (c_string(format.name), c_string(&format.extensions.join(",")))).collect()
});

fn name_of(names: &'static [(i32, CString)], number: i32) -> *const c_char {
    names.iter().find(|(n, _)| *n == number).map_or(c"unknown".as_ptr(), |(_, name)| name.as_ptr())
}

/// Names a container as people know it: "WAV", "Ogg", "Matroska".
///
/// Returns: the name; "unknown" for a number that is no ONDES_CONTAINER_ value.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_container_name(container: i32) -> *const c_char {
    name_of(&CONTAINERS, container)
}

/// Names a codec as people know it: "PCM", "MP3", "Opus".
///
/// Returns: the name; "unknown" for a number that is no ONDES_CODEC_ value.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_codec_name(codec: i32) -> *const c_char {
    name_of(&CODECS, codec)
}

/// Counts the file formats that this library reads.
///
/// Returns: the count; indices below it are valid for ondes_read_format_name.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_read_format_count() -> u64 {
    FORMATS.len() as u64
}

/// Names a file format that this library reads.
///
/// Returns: the name; NULL for an index that is not below the count.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_read_format_name(index: u64) -> *const c_char {
    format_at(index).map_or(std::ptr::null(), |(name, _)| name.as_ptr())
}

/// Lists the file name extensions of a format, lower case, without dots, "aiff,aif,aifc".
///
/// Returns: the list; NULL for an index that is not below the count.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_read_format_extensions(index: u64) -> *const c_char {
    format_at(index).map_or(std::ptr::null(), |(_, extensions)| extensions.as_ptr())
}

/// What C is told of a format that can be written.
struct WriteFormat {
    format: &'static encode::Format,
    name: CString,
    title: CString,
    extensions: CString,
    qualities: Vec<CString>,
}

static WRITE_FORMATS: LazyLock<Vec<WriteFormat>> = LazyLock::new(|| {
    encode::FORMATS
        .iter()
        .map(|format| WriteFormat {
            format,
            name: c_string(format.name),
            title: c_string(format.title),
            extensions: c_string(&format.extensions.join(",")),
            qualities: format.qualities.iter().map(|quality| c_string(quality)).collect(),
        })
        .collect()
});

fn write_format_at(index: u64) -> Option<&'static WriteFormat> {
    usize::try_from(index).ok().and_then(|index| WRITE_FORMATS.get(index))
}

/// Counts the formats that this library writes: all of them, also those that a build leaves out.
///
/// Returns: the count; indices below it are valid for ondes_write_format_name and its kin.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_count() -> u64 {
    WRITE_FORMATS.len() as u64
}

/// Finds a format by its name or an extension, with or without a dot, in any case.
///
/// Returns: its index; ONDES_UNKNOWN if there is none, and for NULL.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_write_format_find(name: *const c_char) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe {
        boundary::get(ONDES_UNKNOWN, || {
            let name = args::optional_text(name).unwrap_or_default();
            Ok(encode::by_name(&name)?.index() as u64)
        })
    }
}

/// Names a format for ondes_write_options: "wav", "flac", "ogg".
///
/// Returns: the name; NULL for an index that is not below the count.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_name(index: u64) -> *const c_char {
    write_format_at(index).map_or(std::ptr::null(), |format| format.name.as_ptr())
}

/// Names a format as people know it: "WAV", "Ogg Vorbis".
///
/// Returns: the name; NULL for an index that is not below the count.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_title(index: u64) -> *const c_char {
    write_format_at(index).map_or(std::ptr::null(), |format| format.title.as_ptr())
}

/// Tells whether the library that is loaded writes a format: a build may leave its encoder out.
///
/// Returns: 1 if it does; 0 if writing it answers ONDES_STATUS_UNSUPPORTED, and for an index that is not below the count.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_is_built(index: u64) -> i32 {
    write_format_at(index).is_some_and(|format| format.format.missing().is_none()).into()
}

/// Lists the file name extensions of a format, lower case, without dots, "aiff,aif,aifc".
///
/// Returns: the list; NULL for an index that is not below the count.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_extensions(index: u64) -> *const c_char {
    write_format_at(index).map_or(std::ptr::null(), |format| format.extensions.as_ptr())
}

/// Gives a format's words for quality, one by one, the least first.
///
/// MP3 has those for variable rates, from V0 (best) to V9, in front of those for constant ones.
///
/// Returns: the word; NULL from the number of words on: formats without a choice have none.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_quality(index: u64, quality: u64) -> *const c_char {
    let word = |format: &'static WriteFormat| format.qualities.get(usize::try_from(quality).ok()?);
    write_format_at(index).and_then(word).map_or(std::ptr::null(), |word| word.as_ptr())
}

/// Gives the formats of samples that a file can hold, one by one; its usual one first.
///
/// Returns: an ONDES_SAMPLE_ number; 0 from their number on: lossy codecs have none.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_sample(index: u64, sample: u64) -> i32 {
    let held = |format: &WriteFormat| format.format.sample_formats.get(usize::try_from(sample).ok()?).copied();
    write_format_at(index).and_then(held).map_or(0, super::sample::number)
}

/// Tells the most channels that a file can hold.
///
/// Returns: the channels; 0 for an index that is not below the count.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_max_channels(index: u64) -> u32 {
    write_format_at(index).map_or(0, |format| format.format.max_channels)
}

/// Tells whether a file can have a rate.
///
/// Returns: 1 if it can, otherwise 0; 0 for an index that is not below the count.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_write_format_has_rate(index: u64, rate: u32) -> i32 {
    write_format_at(index).is_some_and(|format| format.format.rates.contain(rate)).into()
}

fn format_at(index: u64) -> Option<&'static (CString, CString)> {
    usize::try_from(index).ok().and_then(|index| FORMATS.get(index))
}
