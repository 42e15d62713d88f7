//! AU, of Sun and NeXT, and its little-endian form of DEC.
//!
//! Sources: audio(4) and audio_filehdr manual pages of SunOS; NeXT's soundstruct.h.

use super::iff::ByteOrder;
use super::pcm::{Extent, PcmFile, PcmFormat};
use super::{Container, Stream, StreamOptions, Warnings, default_mask};
use crate::audio::sample::PcmCoding;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Bytes of the header without an annotation.
const HEADER: u32 = 24;

/// Whether a file that starts with `head` is an AU file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b".snd") || head.starts_with(b"dns.")
}

/// Opens an AU file that starts at the position of `source`.
pub fn open(mut source: ByteReader, _options: StreamOptions) -> Result<Box<dyn Stream>> {
    Ok(Box::new(locate(&mut source)?.stream(source)?))
}

/// Finds the samples of a file that starts at the position of `source`.
pub fn locate(source: &mut ByteReader) -> Result<PcmFile> {
    let position = source.position();
    let order = if source.read_array()? == *b"dns." { ByteOrder::Little } else { ByteOrder::Big };
    let mut field = || source.read_array().map(|bytes| order.u32(bytes));
    let (offset, size, encoding, rate, channels) = (field()?, field()?, field()?, field()?, field()?);
    if offset < HEADER {
        return Err(Error::malformed(format!(
            "the header declares that the audio begins at byte {offset}, inside the header"
        ))
        .at(position + 4));
    }
    let (coding, bit_depth) = coding(encoding, order).map_err(|e| e.at(position + 12))?;
    let mut warnings = Warnings::default();
    let start = position + u64::from(offset);
    if source.len().is_some_and(|len| start > len) {
        return Err(Error::malformed(format!(
            "the header declares that the audio begins at byte {offset}, past the end of the file"
        ))
        .at(position + 4));
    }
    let declared = (size != u32::MAX).then_some(u64::from(size));
    let extent = Extent::new(source, start, declared, &mut warnings);
    let format =
        PcmFormat { container: Container::Au, coding, rate, channels, channel_mask: default_mask(channels), bit_depth };
    Ok(PcmFile { format, extent, warnings })
}

/// How samples are coded, and the significant bits of one.
fn coding(encoding: u32, order: ByteOrder) -> Result<(PcmCoding, u32)> {
    let either = |big, little| if order == ByteOrder::Big { big } else { little };
    let name = match encoding {
        1 => return Ok((PcmCoding::ULaw, 8)),
        2 => return Ok((PcmCoding::S8, 8)),
        3 => return Ok((either(PcmCoding::S16Be, PcmCoding::S16Le), 16)),
        4 => return Ok((either(PcmCoding::S24Be, PcmCoding::S24Le), 24)),
        5 => return Ok((either(PcmCoding::S32Be, PcmCoding::S32Le), 32)),
        6 => return Ok((either(PcmCoding::F32Be, PcmCoding::F32Le), 32)),
        7 => return Ok((either(PcmCoding::F64Be, PcmCoding::F64Le), 64)),
        27 => return Ok((PcmCoding::ALaw, 8)),
        8 => "fragmented samples",
        10 => "a DSP program",
        11..=14 => "DSP fixed-point samples",
        18 => "emphasised samples",
        19 => "compressed samples",
        20 => "compressed, emphasised samples",
        23 => "G.721 ADPCM",
        24 => "G.722",
        25 | 26 => "G.723 ADPCM",
        _ => return Err(Error::unsupported(format!("the AU encoding {encoding} is not supported"))),
    };
    Err(Error::unsupported(format!("{name} (AU encoding {encoding}) is not supported")))
}
