//! CAF, Apple's Core Audio Format (Core Audio Format Specification 1.0).

mod packets;
#[cfg(feature = "encoders")]
mod write;

#[cfg(feature = "encoders")]
pub use write::{encode, encode_alac};

use super::iff::is_name;
use super::pcm::{self, Extent, PcmFile, PcmFormat};
use super::{
    Container, PacketStream, Stream, StreamOptions, Track, Warnings, aac, adpcm, alac, channel_layout, default_mask,
    mp4, opus,
};
use crate::audio::limits::{MAX_CODEC_CONFIG, check_format};
use crate::audio::sample::PcmCoding;
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};
use packets::{CafDemuxer, PacketTable};

/// More bytes of a chan chunk than are looked at.
const MAX_LAYOUT: u64 = 64 << 10;
/// Bytes of the data chunk before the audio: its edit count.
const EDIT_COUNT: u64 = 4;

/// Whether a file that starts with `head` is a CAF file.
pub fn matches(head: &[u8]) -> bool {
    head.starts_with(b"caff")
}

/// Opens a CAF file that starts at the position of `source`.
pub fn open(mut source: ByteReader, _options: StreamOptions) -> Result<Box<dyn Stream>> {
    let mut warnings = Warnings::default();
    let file = File::read(&mut source, &mut warnings)?;
    let Format { rate, channels, .. } = file.format;
    match file.format.coding()? {
        Coding::Pcm { coding, bit_depth } => Ok(Box::new(file.pcm(coding, bit_depth, warnings).stream(source)?)),
        Coding::Ima4 => {
            let frames = file.table.map(|table| table.valid_frames);
            let format = adpcm::Format::ima_quicktime(channels);
            adpcm::open(source, Container::Caf, format, rate, file.data, frames, warnings)
        }
        Coding::Alac => {
            let track = alac::track(alac_config(&file.cookie))?;
            open_packets(source, file, track, warnings)
        }
        Coding::Aac => match mp4::elementary_stream(&file.cookie)? {
            mp4::Coding::Aac(config) => {
                let track = aac::track(&config)?;
                open_packets(source, file, track, warnings)
            }
            _ => Err(Error::malformed("the codec configuration (kuki chunk) is not that of AAC")),
        },
        Coding::Opus => {
            let track = opus::track(&opus_head(channels)?)?;
            open_packets(source, file, track, warnings)
        }
    }
}

/// Finds the samples of an uncompressed file that starts at the position of `source`.
pub fn locate(source: &mut ByteReader) -> Result<PcmFile> {
    let mut warnings = Warnings::default();
    let file = File::read(source, &mut warnings)?;
    match file.format.coding()? {
        Coding::Pcm { coding, bit_depth } => Ok(file.pcm(coding, bit_depth, warnings)),
        Coding::Ima4 => Err(pcm::compressed("IMA ADPCM")),
        Coding::Alac => Err(pcm::compressed("ALAC")),
        Coding::Aac => Err(pcm::compressed("AAC")),
        Coding::Opus => Err(pcm::compressed("Opus")),
    }
}

fn open_packets(source: ByteReader, file: File, track: Track, warnings: Warnings) -> Result<Box<dyn Stream>> {
    let Some(table) = file.table else {
        return Err(if source.is_seekable() {
            Error::malformed("the file has no packet table (pakt chunk), without which its packets cannot be found")
        } else {
            Error::new(ErrorKind::NotSeekable, "the packet table comes after the audio, and the source cannot seek")
        });
    };
    let Track { decoder, timer, codec, rate, channels, channel_mask, sample_format, bit_depth, .. } = track;
    let description = super::Description {
        container: Container::Caf,
        codec,
        rate,
        channels,
        channel_mask,
        sample_format,
        bit_depth,
        bit_rate: table.bit_rate(rate),
        trim: table.trim(),
    };
    let demuxer = CafDemuxer::new(source, description, file.data, table, timer, warnings)?;
    Ok(Box::new(PacketStream::new(demuxer, decoder)))
}

/// What the chunks of a file tell.
struct File {
    format: Format,
    data: Extent,
    table: Option<PacketTable>,
    cookie: Vec<u8>,
    layout: Option<Vec<u8>>,
}

impl File {
    fn read(source: &mut ByteReader, warnings: &mut Warnings) -> Result<Self> {
        let position = source.position();
        let [_, _, _, _, v0, v1, _, _] = source.read_array()?;
        let version = u16::from_be_bytes([v0, v1]);
        if version != 1 {
            return Err(Error::unsupported(format!("version {version} of CAF is not supported")).at(position + 4));
        }
        let (mut format, mut data, mut table, mut cookie, mut layout) = (None, None, None, Vec::new(), None);
        loop {
            let chunk = match Chunk::read(source) {
                Ok(Some(chunk)) => chunk,
                // What follows the audio does not matter enough to fail for.
                Err(_) if data.is_some() => break,
                Ok(None) => break,
                Err(error) => return Err(error),
            };
            match &chunk.id {
                b"desc" if format.is_none() => format = Some(Format::read(source, warnings)?),
                b"chan" => layout = Some(source.read_vec(chunk.size.unwrap_or(0).min(MAX_LAYOUT) as usize)?),
                b"kuki" => match chunk.size {
                    Some(size) if size <= MAX_CODEC_CONFIG as u64 => cookie = source.read_vec(size as usize)?,
                    _ => {
                        return Err(Error::limit("the codec configuration (kuki chunk) is larger than any real one")
                            .at(chunk.start));
                    }
                },
                b"pakt" => match (&format, chunk.size) {
                    (Some(format), Some(size)) => table = Some(PacketTable::read(source, size, format, warnings)?),
                    _ => {
                        return Err(Error::malformed("the packet table comes before the description of the audio")
                            .at(chunk.start));
                    }
                },
                b"data" if data.is_none() => {
                    let size = chunk.size.map(|size| size.saturating_sub(EDIT_COUNT));
                    data = Some(Extent::new(source, chunk.start + EDIT_COUNT, size, warnings));
                }
                _ => {}
            }
            let is_pcm = format.as_ref().is_some_and(|format| matches!(format.coding(), Ok(Coding::Pcm { .. })));
            if data.is_some() && (is_pcm || table.is_some() || !source.is_seekable()) {
                break;
            }
            let Some(end) = chunk.end() else { break };
            source.seek(end)?;
        }
        let Some(format) = format else {
            return Err(Error::malformed("the file has no desc chunk, which should say what it holds"));
        };
        // Which codec it is matters more than a missing chunk.
        format.coding()?;
        let Some(data) = data else {
            return Err(Error::malformed("the file has no data chunk"));
        };
        Ok(Self { format, data, table, cookie, layout })
    }

    /// As uncompressed samples.
    fn pcm(self, coding: PcmCoding, bit_depth: u32, warnings: Warnings) -> PcmFile {
        let Format { rate, channels, .. } = self.format;
        let channel_mask =
            self.layout.map_or(default_mask(channels), |layout| channel_layout::channel_mask(&layout, channels));
        let format = PcmFormat { container: Container::Caf, coding, rate, channels, channel_mask, bit_depth };
        PcmFile { format, extent: self.data, warnings }
    }
}

/// A chunk's header: a name and a 64-bit size. There are no pad bytes.
struct Chunk {
    id: [u8; 4],
    start: u64,
    /// `None` where the writer could not go back: the chunk runs to the end of the file.
    size: Option<u64>,
}

impl Chunk {
    fn read(source: &mut ByteReader) -> Result<Option<Self>> {
        let position = source.position();
        let Some(&[a, b, c, d, size @ ..]) = source.peek(12)?.first_chunk::<12>() else {
            return Ok(None);
        };
        let (id, size) = ([a, b, c, d], i64::from_be_bytes(size));
        if !is_name(&id) {
            return Err(Error::malformed(format!(
                "expected a chunk here, but \"{}\" is no name of one",
                id.escape_ascii()
            ))
            .at(position));
        }
        let size = match u64::try_from(size) {
            Ok(size) => Some(size),
            Err(_) if size == -1 && id == *b"data" => None,
            Err(_) => {
                return Err(
                    Error::malformed(format!("the \"{}\" chunk has the size {size}", id.escape_ascii())).at(position)
                );
            }
        };
        source.skip(12)?;
        Ok(Some(Self { id, start: position + 12, size }))
    }

    fn end(&self) -> Option<u64> {
        self.size.and_then(|size| self.start.checked_add(size))
    }
}

/// The desc chunk.
struct Format {
    rate: u32,
    id: [u8; 4],
    flags: u32,
    /// Bytes of a packet; 0 if they differ.
    bytes_per_packet: u32,
    /// Frames of a packet; 0 if they differ.
    frames_per_packet: u32,
    channels: u32,
    bits: u32,
}

enum Coding {
    Pcm { coding: PcmCoding, bit_depth: u32 },
    Ima4,
    Alac,
    Aac,
    Opus,
}

impl Format {
    fn read(source: &mut ByteReader, warnings: &mut Warnings) -> Result<Self> {
        let position = source.position();
        let rate = f64::from_be_bytes(source.read_array()?);
        let id = source.read_array()?;
        let mut field = || source.read_array().map(u32::from_be_bytes);
        let (flags, bytes_per_packet, frames_per_packet) = (field()?, field()?, field()?);
        let (channels, bits) = (field()?, field()?);
        if rate.is_nan() || rate < 0.0 {
            return Err(Error::malformed(format!("the header declares a sample rate of {rate} Hz")).at(position));
        }
        let rounded = rate.round();
        if rounded != rate {
            warnings.add(format!("the sample rate of {rate} Hz is taken as {rounded} Hz"), Some(position));
        }
        // Saturates: an absurd rate is refused as such.
        let rate = rounded as u32;
        check_format(rate, channels).map_err(|e| e.at(position))?;
        Ok(Self { rate, id, flags, bytes_per_packet, frames_per_packet, channels, bits })
    }

    fn coding(&self) -> Result<Coding> {
        let name = match &self.id {
            b"lpcm" => return self.linear(),
            b"alaw" => return Ok(Coding::Pcm { coding: PcmCoding::ALaw, bit_depth: 8 }),
            b"ulaw" => return Ok(Coding::Pcm { coding: PcmCoding::ULaw, bit_depth: 8 }),
            b"ima4" => return Ok(Coding::Ima4),
            b"alac" => return Ok(Coding::Alac),
            b"aac " => return Ok(Coding::Aac),
            b"opus" => return Ok(Coding::Opus),
            b"aach" | b"aacp" => "HE-AAC",
            b"aacl" => "AAC-LD",
            b"aace" | b"aacf" => "AAC-ELD",
            b".mp1" => "MP1",
            b".mp2" => "MP2",
            b".mp3" => "MP3",
            b"flac" => "FLAC",
            b"ac-3" => "AC-3",
            b"ec-3" => "E-AC-3",
            b"MAC3" | b"MAC6" => "MACE",
            b"QDMC" | b"QDM2" => "QDesign Music",
            b"Qclp" | b"Qclq" => "Qualcomm PureVoice",
            b"agsm" | b"ms\0\x31" => "GSM 6.10",
            b"ms\0\x02" => "MS ADPCM",
            b"ms\0\x11" | b"dvi " => "IMA ADPCM in WAVE blocks",
            b"samr" => "AMR narrow-band",
            b"sawb" => "AMR wide-band",
            b"ilbc" => "iLBC",
            _ => "the codec",
        };
        Err(Error::unsupported(format!("{name} (format '{}') is not supported", self.id.escape_ascii())))
    }

    /// Uncompressed. Samples of fewer bits than their container are in its upper ones.
    fn linear(&self) -> Result<Coding> {
        const FLOAT: u32 = 1;
        const LITTLE_ENDIAN: u32 = 2;
        let by_packet = match self.frames_per_packet.saturating_mul(self.channels) {
            samples @ 1.. if self.bytes_per_packet.is_multiple_of(samples) => self.bytes_per_packet / samples,
            _ => 0,
        };
        let bytes = if by_packet == 0 { self.bits.div_ceil(8) } else { by_packet };
        let either = |little, big| if self.flags & LITTLE_ENDIAN != 0 { little } else { big };
        let coding = match (bytes, self.flags & FLOAT != 0) {
            (1, false) => PcmCoding::S8,
            (2, false) => either(PcmCoding::S16Le, PcmCoding::S16Be),
            (3, false) => either(PcmCoding::S24Le, PcmCoding::S24Be),
            (4, false) => either(PcmCoding::S32Le, PcmCoding::S32Be),
            (8, false) => either(PcmCoding::S64Le, PcmCoding::S64Be),
            (4, true) => either(PcmCoding::F32Le, PcmCoding::F32Be),
            (8, true) => either(PcmCoding::F64Le, PcmCoding::F64Be),
            (_, is_float) => {
                let kind = if is_float { "float" } else { "integer" };
                let bits = self.bits;
                return Err(Error::unsupported(format!(
                    "PCM of {bits}-bit {kind} samples in {bytes} bytes is not supported"
                )));
            }
        };
        let bit_depth = if (1..=bytes * 8).contains(&self.bits) { self.bits } else { bytes * 8 };
        Ok(Coding::Pcm { coding, bit_depth })
    }
}

/// The ALACSpecificConfig in a kuki chunk, which may have the boxes of QuickTime around it.
fn alac_config(cookie: &[u8]) -> &[u8] {
    /// A `frma` box, and the header, version and flags of an `alac` box.
    const BOXES: usize = 12 + 12;
    if cookie.get(4..8) == Some(b"frma") { cookie.get(BOXES..).unwrap_or_default() } else { cookie }
}

/// The OpusHead packet (RFC 7845, 5.1), of which CAF has no part: the packet
/// table tells the priming frames, and one stream holds one or two channels.
fn opus_head(channels: u32) -> Result<Vec<u8>> {
    let channels = u8::try_from(channels).ok().filter(|n| *n <= 2).ok_or_else(|| {
        Error::unsupported(format!(
            "Opus of {channels} channels in a CAF file is not supported: it does not tell their streams"
        ))
    })?;
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(0u16.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    Ok(head)
}
