//! AIFF and AIFC.
//!
//! Sources: Apple "Audio Interchange File Format" 1.3 (1989) and the draft of
//! AIFF-C (1991); compression types after Apple's QuickTime File Format.

#[cfg(feature = "encoders")]
mod write;

#[cfg(feature = "encoders")]
pub use write::encode;

use super::iff::{ByteOrder, Chunk};
use super::pcm::{self, Extent, PcmFile, PcmFormat};
use super::{Container, Stream, StreamOptions, Warnings, adpcm, channel_layout, default_mask};
use crate::audio::sample::PcmCoding;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// More bytes of a COMM or CHAN chunk than are looked at.
const MAX_BODY: usize = 16 << 10;
/// Bytes in an SSND chunk before its offset counts.
const SSND_HEADER: u64 = 8;
/// Sizes from this on are those of programs that cannot go back, where the file ends before.
const UNKNOWN: u64 = 0x7f00_0000;

/// Whether a file that starts with `head` is an AIFF or AIFC file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"FORM") && matches!(head.get(8..12), Some(b"AIFF" | b"AIFC"))
}

/// Opens an AIFF or AIFC file that starts at the position of `source`.
pub fn open(mut source: ByteReader, _options: StreamOptions) -> Result<Box<dyn Stream>> {
    let file = File::read(&mut source)?;
    match file.common.coding {
        Coding::Pcm { coding, bit_depth } => Ok(Box::new(file.pcm(&source, coding, bit_depth).stream(source)?)),
        Coding::Ima4 => {
            let File { container, common: Common { rate, channels, frames, .. }, sound, mut warnings, .. } = file;
            let extent = Extent::new(&source, sound.start, sound.size, &mut warnings);
            let format = adpcm::Format::ima_quicktime(channels);
            // The field counts packets of 64 frames in some files, frames in others.
            let packets = extent.size.map(|size| size / (format.block_size() as u64).max(1));
            let frames = Some(u64::from(frames)).filter(|frames| Some(*frames) != packets);
            adpcm::open(source, container, format, rate, extent, frames, warnings)
        }
    }
}

/// Finds the samples of an uncompressed file that starts at the position of `source`.
pub fn locate(source: &mut ByteReader) -> Result<PcmFile> {
    let file = File::read(source)?;
    match file.common.coding {
        Coding::Pcm { coding, bit_depth } => Ok(file.pcm(source, coding, bit_depth)),
        Coding::Ima4 => Err(pcm::compressed("IMA ADPCM")),
    }
}

/// What the chunks of a file tell.
struct File {
    container: Container,
    common: Common,
    sound: Sound,
    /// The CHAN chunk.
    layout: Option<Vec<u8>>,
    warnings: Warnings,
}

impl File {
    fn read(source: &mut ByteReader) -> Result<Self> {
        let mut warnings = Warnings::default();
        let form = source.read_array::<12>()?;
        let container = if form.ends_with(b"AIFC") { Container::Aifc } else { Container::Aiff };
        let (mut common, mut sound, mut layout) = (None, None, None);
        while common.is_none() || sound.is_none() {
            // An empty file needs no SSND chunk.
            let Some(chunk) = Chunk::read(source, ByteOrder::Big)? else {
                break;
            };
            match &chunk.id {
                b"COMM" if common.is_none() => {
                    let body = chunk.body(source, MAX_BODY)?;
                    common = Some(Common::parse(&body, container, &mut warnings).map_err(|e| e.at(chunk.start))?);
                }
                b"CHAN" => layout = Some(chunk.body(source, MAX_BODY)?),
                b"SSND" if sound.is_none() => sound = Some(Sound::read(&chunk, source)?),
                _ => {}
            }
            if common.is_none() || sound.is_none() {
                chunk.skip(source)?;
            }
        }
        let Some(common) = common else {
            return Err(Error::malformed("the file has no COMM chunk, which should say what it holds"));
        };
        let sound = match sound {
            Some(sound) => sound,
            None if common.frames == 0 => Sound { start: source.position(), size: Some(0) },
            None => {
                return Err(Error::malformed(format!(
                    "the file declares {} frames but has no SSND chunk",
                    common.frames
                )));
            }
        };
        Ok(Self { container, common, sound, layout, warnings })
    }

    /// As uncompressed samples.
    fn pcm(self, source: &ByteReader, coding: PcmCoding, bit_depth: u32) -> PcmFile {
        let Self { container, common: Common { rate, channels, frames, .. }, sound, layout, mut warnings } = self;
        let channel_mask =
            layout.map_or(default_mask(channels), |layout| channel_layout::channel_mask(&layout, channels));
        let width = u64::from(channels) * coding.size() as u64;
        let declared = sound.declared(source, u64::from(frames) * width, &mut warnings);
        let extent = Extent::new(source, sound.start, declared, &mut warnings);
        PcmFile { format: PcmFormat { container, coding, rate, channels, channel_mask, bit_depth }, extent, warnings }
    }
}

#[derive(Clone, Copy)]
enum Coding {
    Pcm { coding: PcmCoding, bit_depth: u32 },
    Ima4,
}

/// The COMM chunk.
struct Common {
    channels: u32,
    frames: u32,
    rate: u32,
    coding: Coding,
}

impl Common {
    fn parse(body: &[u8], container: Container, warnings: &mut Warnings) -> Result<Self> {
        let Some((&[c0, c1, f0, f1, f2, f3, b0, b1, rate @ ..], rest)) = body.split_first_chunk::<18>() else {
            return Err(Error::malformed(format!("the COMM chunk has {} bytes, too few", body.len())));
        };
        let bits = u16::from_be_bytes([b0, b1]);
        let compression = match (container, rest.first_chunk::<4>()) {
            (Container::Aiff, _) => *b"NONE",
            (_, Some(compression)) => *compression,
            (_, None) => {
                return Err(Error::malformed("the COMM chunk of an AIFC file does not tell the compression type"));
            }
        };
        Ok(Self {
            channels: u32::from(u16::from_be_bytes([c0, c1])),
            frames: u32::from_be_bytes([f0, f1, f2, f3]),
            rate: parse_rate(rate, warnings)?,
            coding: parse_coding(&compression, bits)?,
        })
    }
}

/// The SSND chunk: where its samples start, and their bytes as it declares.
struct Sound {
    start: u64,
    size: Option<u64>,
}

impl Sound {
    fn read(chunk: &Chunk, source: &mut ByteReader) -> Result<Self> {
        source.seek(chunk.start)?;
        let offset = u64::from(u32::from_be_bytes(source.read_array()?));
        let start = chunk.start + SSND_HEADER + offset;
        let is_beyond_end = source.len().is_none_or(|len| chunk.end() > len);
        let size = match chunk.size {
            // What programs write that cannot go back.
            0 => None,
            UNKNOWN.. if is_beyond_end => None,
            size => Some(size.saturating_sub(SSND_HEADER + offset)),
        };
        Ok(Self { start, size })
    }

    /// Bytes of audio, where COMM declares `common` of them.
    fn declared(&self, source: &ByteReader, common: u64, warnings: &mut Warnings) -> Option<u64> {
        let Some(size) = self.size else {
            // A count from the same writer is worth no more if it does not fit, or is as large.
            let available = source.len().map_or(UNKNOWN - 1, |len| len.saturating_sub(self.start));
            return Some(common).filter(|common| (1..=available).contains(common));
        };
        if common == 0 && size > 0 {
            warnings
                .add(format!("the COMM chunk declares no frames: all {size} bytes of the SSND chunk are given"), None);
            return Some(size);
        }
        if common > size {
            warnings
                .add(format!("the COMM chunk declares {common} bytes of audio, but the SSND chunk has {size}"), None);
        }
        Some(size.min(common))
    }
}

/// The sample rate: an 80-bit float of sign, 15 bits of exponent and 64 of mantissa.
fn parse_rate([e0, e1, mantissa @ ..]: [u8; 10], warnings: &mut Warnings) -> Result<u32> {
    /// Exponent of a mantissa that is a whole number.
    const WHOLE: i32 = 16383 + 63;
    let exponent = u16::from_be_bytes([e0, e1]);
    let mantissa = u64::from_be_bytes(mantissa);
    if exponent & 0x8000 != 0 && mantissa != 0 {
        return Err(Error::malformed("the header declares a negative sample rate"));
    }
    if exponent & 0x7fff == 0x7fff {
        return Err(Error::malformed("the header declares a sample rate that is no number"));
    }
    let shift = WHOLE - i32::from(exponent & 0x7fff);
    let (rate, fraction) = match shift {
        ..=0 if mantissa != 0 => (u64::MAX, 0),
        1..=63 => (mantissa >> shift, mantissa << (64 - shift)),
        64 => (0, mantissa),
        _ => (0, 0),
    };
    let rounded = rate.saturating_add(fraction >> 63);
    if fraction != 0 {
        let exact = rate as f64 + fraction as f64 / 2f64.powi(64);
        warnings.add(format!("the sample rate of {exact} Hz is taken as {rounded} Hz"), None);
    }
    Ok(u32::try_from(rounded).unwrap_or(u32::MAX))
}

fn parse_coding(compression: &[u8; 4], bits: u16) -> Result<Coding> {
    let whole = |coding: PcmCoding| Ok(Coding::Pcm { coding, bit_depth: coding.size() as u32 * 8 });
    // Samples of any number of bits fill bytes from the top.
    let by_bits =
        |codings: [PcmCoding; 4]| match usize::from(bits.div_ceil(8)).checked_sub(1).and_then(|i| codings.get(i)) {
            Some(coding) => Ok(Coding::Pcm { coding: *coding, bit_depth: u32::from(bits) }),
            None => Err(Error::unsupported(format!("AIFF samples of {bits} bits are not supported"))),
        };
    const BIG: [PcmCoding; 4] = [PcmCoding::S8, PcmCoding::S16Be, PcmCoding::S24Be, PcmCoding::S32Be];
    const LITTLE: [PcmCoding; 4] = [PcmCoding::S8, PcmCoding::S16Le, PcmCoding::S24Le, PcmCoding::S32Le];
    let name = match compression {
        b"NONE" | b"none" | b"twos" => return by_bits(BIG),
        b"sowt" => return by_bits(LITTLE),
        b"raw " if bits <= 8 => return whole(PcmCoding::U8),
        b"in16" => return whole(PcmCoding::S16Be),
        b"in24" => return whole(PcmCoding::S24Be),
        b"in32" => return whole(PcmCoding::S32Be),
        b"42ni" => return whole(PcmCoding::S24Le),
        b"23ni" => return whole(PcmCoding::S32Le),
        b"fl32" | b"FL32" => return whole(PcmCoding::F32Be),
        b"fl64" | b"FL64" => return whole(PcmCoding::F64Be),
        b"alaw" | b"ALAW" => return whole(PcmCoding::ALaw),
        b"ulaw" | b"ULAW" => return whole(PcmCoding::ULaw),
        b"ima4" => return Ok(Coding::Ima4),
        b"raw " => "offset-binary PCM of more than 8 bits",
        b"MAC3" => "MACE 3:1",
        b"MAC6" => "MACE 6:1",
        b"ACE2" => "ACE 2:1",
        b"ACE8" => "ACE 8:3",
        b"ADP4" => "Intel/DVI ADPCM",
        b"DWVW" => "delta with variable word width",
        b"G722" => "G.722",
        b"G726" => "G.726",
        b"G728" => "G.728",
        b"GSM " | b"agsm" => "GSM 6.10",
        b"QDMC" | b"QDM2" => "QDesign Music",
        b"Qclp" => "Qualcomm PureVoice",
        b"dvca" => "DV audio",
        b".mp3" => "MP3",
        b"mp4a" | b"aac " => "AAC",
        b"alac" => "ALAC",
        other => {
            return Err(Error::unsupported(format!("the audio codec '{}' is not supported", other.escape_ascii())));
        }
    };
    Err(Error::unsupported(format!("{name} (compression type '{}') is not supported", compression.escape_ascii())))
}
