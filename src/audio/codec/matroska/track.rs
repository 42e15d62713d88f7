//! Which track to play and how it is coded (Matroska: RFC 9559, 5.1.4).

use super::ebml::{Children, float, uint};
use crate::audio::codec::{Track, aac, alac, flac, mpeg, opus, pcm, vorbis};
use crate::audio::sample::PcmCoding;
use crate::audio::{Error, Result};

const TRACK_ENTRY: u32 = 0xAE;
const AUDIO_TYPE: u64 = 2;

/// The parts of a TrackEntry that matter for audio.
#[derive(Debug, Clone, Default)]
pub struct TrackEntry {
    pub number: u64,
    kind: u64,
    pub codec_id: String,
    pub codec_private: Vec<u8>,
    /// Nanoseconds to leave out at the start.
    pub codec_delay: u64,
    rate: f64,
    channels: u64,
    bit_depth: u64,
    /// Bytes in front of each frame that the file leaves out ("header stripping").
    pub stripped: Vec<u8>,
    /// Why the content cannot be read, if it is encrypted or compressed otherwise.
    encoding: Option<&'static str>,
}

/// The first audio track of a Tracks element's body.
pub fn first_audio(tracks: &[u8]) -> Result<TrackEntry> {
    let entries = Children(tracks).filter(|(id, _)| *id == TRACK_ENTRY).map(|(_, body)| TrackEntry::parse(body));
    let mut count = 0;
    for entry in entries {
        count += 1;
        if entry.kind == AUDIO_TYPE {
            return Ok(entry);
        }
    }
    Err(Error::unsupported(match count {
        0 => "no audio: this Matroska file has no tracks".to_owned(),
        1 => "no audio: the one track of this Matroska file is of another kind".to_owned(),
        _ => format!("no audio: none of the {count} tracks of this Matroska file is audio"),
    }))
}

impl TrackEntry {
    fn parse(body: &[u8]) -> Self {
        // Defaults of RFC 9559, 5.1.4.1.29: one channel at 8000 Hz.
        let mut entry = Self { rate: 8000.0, channels: 1, ..Self::default() };
        for (id, body) in Children(body) {
            match id {
                0xD7 => entry.number = uint(body),
                0x83 => entry.kind = uint(body),
                0x86 => entry.codec_id = String::from_utf8_lossy(body).trim_end_matches('\0').to_owned(),
                0x63A2 => entry.codec_private = body.to_vec(),
                0x56AA => entry.codec_delay = uint(body),
                0xE1 => {
                    for (id, body) in Children(body) {
                        match id {
                            0xB5 => entry.rate = float(body),
                            0x9F => entry.channels = uint(body),
                            0x6264 => entry.bit_depth = uint(body),
                            _ => {}
                        }
                    }
                }
                0x6D80 => entry.parse_encodings(body),
                _ => {}
            }
        }
        entry
    }

    /// ContentEncodings (RFC 9559, 5.1.4.1.31).
    fn parse_encodings(&mut self, body: &[u8]) {
        for (_, encoding) in Children(body).filter(|(id, _)| *id == 0x6240) {
            for (id, body) in Children(encoding) {
                match id {
                    0x5035 => self.encoding = Some("encrypted"),
                    0x5034 => {
                        let (mut algorithm, mut settings) = (0, &[][..]);
                        for (id, body) in Children(body) {
                            match id {
                                0x4254 => algorithm = uint(body),
                                0x4255 => settings = body,
                                _ => {}
                            }
                        }
                        match algorithm {
                            3 => self.stripped = settings.to_vec(),
                            _ => self.encoding = Some("compressed with zlib, bzip2 or LZO"),
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn pcm(&self, coding: Option<PcmCoding>) -> Result<Track> {
        let coding = coding
            .ok_or_else(|| Error::unsupported(format!("{}-bit PCM in Matroska is not supported", self.bit_depth)))?;
        let channels = u32::try_from(self.channels).unwrap_or(u32::MAX);
        pcm::track(coding, self.rate as u32, channels)
    }

    /// Sets up the decoder; `first_packet` is for codecs that describe themselves in it.
    pub fn set_up(&self, first_packet: &[u8]) -> Result<Track> {
        if let Some(encoding) = self.encoding {
            return Err(Error::unsupported(format!("the audio in this Matroska file is {encoding}: not supported")));
        }
        let config = &self.codec_private[..];
        match self.codec_id.as_str() {
            "A_OPUS" => opus::track(config),
            "A_VORBIS" => vorbis::track(&vorbis_headers(config)?),
            "A_FLAC" => flac::track(stream_info(config)?),
            "A_ALAC" => alac::track(config),
            "A_AAC" if !config.is_empty() => aac::track(config),
            "A_MPEG/L3" | "A_MPEG/L2" | "A_MPEG/L1" => mpeg::track(first_packet),
            "A_PCM/INT/LIT" => self.pcm(match self.bit_depth {
                8 => Some(PcmCoding::U8),
                16 => Some(PcmCoding::S16Le),
                24 => Some(PcmCoding::S24Le),
                32 => Some(PcmCoding::S32Le),
                _ => None,
            }),
            "A_PCM/INT/BIG" => self.pcm(match self.bit_depth {
                16 => Some(PcmCoding::S16Be),
                24 => Some(PcmCoding::S24Be),
                32 => Some(PcmCoding::S32Be),
                _ => None,
            }),
            "A_PCM/FLOAT/IEEE" => self.pcm(match self.bit_depth {
                32 => Some(PcmCoding::F32Le),
                64 => Some(PcmCoding::F64Le),
                _ => None,
            }),
            other => Err(Error::unsupported(format!("{} ({other} in Matroska) is not supported", codec_name(other)))),
        }
    }
}

fn codec_name(id: &str) -> &'static str {
    match id {
        "A_AC3" => "AC-3",
        "A_EAC3" => "E-AC-3",
        "A_DTS" | "A_DTS/EXPRESS" | "A_DTS/LOSSLESS" => "DTS",
        "A_TRUEHD" | "A_MLP" => "TrueHD",
        "A_WAVPACK4" => "WavPack",
        "A_TTA1" => "TTA",
        "A_MS/ACM" => "a Windows ACM codec",
        _ if id.starts_with("A_AAC") => "AAC without its configuration",
        _ if id.starts_with("A_REAL") => "RealAudio",
        _ if id.starts_with("A_QUICKTIME") => "a QuickTime codec",
        _ => "this codec",
    }
}

/// The identification and set-up headers out of Xiph-laced private data
/// (RFC 9559's codec mapping: two laced sizes, three packets), in the form that
/// [`vorbis::track`] takes.
fn vorbis_headers(config: &[u8]) -> Result<Vec<u8>> {
    let damaged = || Error::malformed("the Vorbis headers in this Matroska file are damaged");
    let (2, mut rest) = config.split_first().map(|(n, rest)| (*n, rest)).ok_or_else(damaged)? else {
        return Err(damaged());
    };
    let mut sizes = [0usize; 2];
    for size in &mut sizes {
        loop {
            let (byte, tail) = rest.split_first().ok_or_else(damaged)?;
            rest = tail;
            *size += usize::from(*byte);
            if *byte < 255 {
                break;
            }
        }
    }
    let identification = rest.get(..sizes[0]).ok_or_else(damaged)?;
    let set_up = rest.get(sizes[0] + sizes[1]..).ok_or_else(damaged)?;
    let mut headers = Vec::with_capacity(8 + identification.len() + set_up.len());
    for header in [identification, set_up] {
        headers.extend_from_slice(&(header.len() as u32).to_be_bytes());
        headers.extend_from_slice(header);
    }
    Ok(headers)
}

/// STREAMINFO out of private data that is the start of a FLAC file.
fn stream_info(config: &[u8]) -> Result<&[u8]> {
    let body = config.strip_prefix(b"fLaC").unwrap_or(config);
    body.get(4..38).ok_or_else(|| Error::malformed("the FLAC header in this Matroska file is cut short"))
}
