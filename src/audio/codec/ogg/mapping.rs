//! Which codec a logical stream holds, and its header packets.

use super::packets::{Packets, Taken};
use super::page::PageReader;
use crate::audio::codec::vorbis::Identification;
use crate::audio::codec::{Track, flac, opus, vorbis};
use crate::audio::{Error, Result};

/// What the first packet of a logical stream says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Vorbis,
    Opus,
    Flac,
    /// Audio that is not decoded.
    OtherAudio(&'static str),
    /// Something else than audio.
    Other(&'static str),
}

/// The marks that first packets begin with.
const MARKS: &[(&[u8], Kind)] = &[
    (b"\x01vorbis", Kind::Vorbis),
    (b"OpusHead", Kind::Opus),
    (b"\x7fFLAC", Kind::Flac),
    (b"fLaC", Kind::OtherAudio("FLAC in Ogg as encoders before FLAC 1.1.1 wrote it")),
    (b"Speex   ", Kind::OtherAudio("Speex")),
    (b"CELT    ", Kind::OtherAudio("CELT")),
    (b"PCM     ", Kind::OtherAudio("OggPCM")),
    (b"\x01audio\0\0\0", Kind::OtherAudio("OGM audio")),
    (b"OggMIDI\0", Kind::OtherAudio("MIDI")),
    (b"fishead\0", Kind::Other("Skeleton")),
    (b"\x80theora", Kind::Other("Theora video")),
    (b"\x01video\0\0\0", Kind::Other("OGM video")),
    (b"\x01text\0\0\0\0", Kind::Other("OGM text")),
    (b"OVP80", Kind::Other("VP8 video")),
    (b"BBCD\0", Kind::Other("Dirac video")),
    (b"\x80daala", Kind::Other("Daala video")),
    (b"\x80kate\0\0\0", Kind::Other("Kate text")),
    (b"CMML\0\0\0\0", Kind::Other("CMML text")),
];

fn identify(packet: &[u8]) -> Kind {
    let mark = MARKS.iter().find(|(mark, _)| packet.starts_with(mark));
    mark.map_or(Kind::Other("an unknown codec"), |(_, kind)| *kind)
}

/// Whether the first packet of a logical stream says that it is audio.
pub fn is_audio(packet: &[u8]) -> bool {
    !matches!(identify(packet), Kind::Other(_))
}

/// The headers of one link of a chain: everything in front of the audio.
pub struct Headers {
    /// The codec, set up.
    pub track: Track,
    /// Every logical stream of the link.
    pub serials: Vec<u32>,
    /// The audio's packets; those of the last page that was read are in it already.
    pub packets: Packets,
    /// That page.
    pub last_page: Option<Taken>,
    /// The page where the audio begins, and how many packets of it are headers.
    pub start: (u64, usize),
    /// The most frames that a packet can have.
    pub longest_packet: u32,
    /// Bits per second as the encoder was told, if it says.
    pub nominal_bit_rate: Option<u32>,
}

impl Headers {
    /// Reads the headers of the link that begins at the position of `pages`.
    pub fn read(pages: &mut PageReader) -> Result<Self> {
        let mut serials = Vec::new();
        let mut chosen: Option<(Kind, u32, Vec<u8>)> = None;
        let mut others: Vec<&str> = Vec::new();
        let mut start = 0;
        // Every logical stream of a link begins before any of them goes on (RFC 3533, section 4).
        while let Some(page) = pages.peek()? {
            if !page.begins_stream() {
                break;
            }
            start = page.end();
            serials.push(page.serial);
            let (table, body) = pages.contents(&page)?;
            let len = table
                .iter()
                .position(|&lacing| lacing < 255)
                .map_or(body.len(), |last| table[..=last].iter().map(|&lacing| usize::from(lacing)).sum());
            let packet = &body[..len];
            let kind = identify(packet);
            let is_audio = |kind| matches!(kind, Kind::Vorbis | Kind::Opus | Kind::Flac);
            match kind {
                Kind::OtherAudio(name) | Kind::Other(name) => others.push(name),
                _ => {}
            }
            let is_better = match &chosen {
                None => true,
                Some((best, ..)) => {
                    !is_audio(*best)
                        && (is_audio(kind) || matches!((best, kind), (Kind::Other(_), Kind::OtherAudio(_))))
                }
            };
            if is_better {
                chosen = Some((kind, page.serial, packet.to_vec()));
            }
            pages.pass()?;
        }
        let Some((kind, serial, first)) = chosen else {
            return Err(Error::malformed("no sound page begins an Ogg stream here"));
        };
        let mut reader =
            Reader { pages, packets: Packets::new(serial, u64::MAX), start: (start, 0), on_page: 0, last_page: None };
        let (track, longest_packet, nominal_bit_rate) = match kind {
            Kind::Vorbis => {
                let identification = Identification::parse(&first)?;
                let setup = reader.vorbis_setup()?;
                let track = vorbis::track(&vorbis::config(&first, &setup))?;
                let nominal = Some(identification.nominal_bit_rate).filter(|&rate| rate > 0);
                (track, u32::from(identification.block_sizes[1]) / 2, nominal)
            }
            Kind::Opus => {
                let track = opus::track(&first)?;
                reader.pass_while(|packet| packet.starts_with(b"OpusTags"))?;
                (track, opus::LONGEST_PACKET, None)
            }
            Kind::Flac => {
                // RFC 9639, 10.1: mark, version (2), header count (2), "fLaC", block header (4), STREAMINFO.
                if first.get(5) != Some(&1) {
                    return Err(Error::unsupported("FLAC in Ogg is supported in version 1 of its mapping only"));
                }
                let streaminfo = first
                    .get(17..17 + 34)
                    .filter(|_| first.get(9..13) == Some(b"fLaC"))
                    .ok_or_else(|| Error::malformed("the FLAC header in Ogg is damaged"))?;
                let track = flac::track(streaminfo)?;
                // The other metadata blocks; audio begins with the sync code.
                reader.pass_while(|packet| packet.first() != Some(&0xff))?;
                let longest = u16::from_be_bytes([streaminfo[2], streaminfo[3]]);
                (track, longest.max(16).into(), None)
            }
            Kind::OtherAudio(name) => return Err(Error::unsupported(format!("{name} is not supported"))),
            Kind::Other(_) => {
                return Err(Error::unsupported(format!("the Ogg file holds no audio, only {}", others.join(", "))));
            }
        };
        let Reader { packets, start, last_page, .. } = reader;
        Ok(Self { track, serials, packets, last_page, start, longest_packet, nominal_bit_rate })
    }
}

/// Passes header packets and keeps track of where the audio begins.
struct Reader<'a> {
    pages: &'a mut PageReader,
    packets: Packets,
    start: (u64, usize),
    /// Packets of the page at hand that are not popped yet, and that page.
    on_page: usize,
    last_page: Option<Taken>,
}

impl Reader<'_> {
    /// Makes sure that a packet is at hand; false at the end of the stream.
    fn fill(&mut self) -> Result<bool> {
        while self.on_page == 0 {
            self.packets.release();
            let Some(taken) = self.packets.take_page(self.pages)? else { return Ok(false) };
            self.on_page = taken.packets;
            self.last_page = Some(taken);
        }
        Ok(true)
    }

    /// Counts a packet as a header.
    fn pass(&mut self) {
        self.packets.pop();
        self.on_page -= 1;
        self.start.1 += 1;
        if let Some(taken) = self.last_page.filter(|_| self.on_page == 0 && !self.packets.is_within_packet()) {
            self.start = (taken.page.end(), 0);
        }
    }

    /// Passes packets as long as `is_header`.
    fn pass_while(&mut self, is_header: impl Fn(&[u8]) -> bool) -> Result<()> {
        while self.fill()? && self.packets.front().is_some_and(&is_header) {
            self.pass();
        }
        Ok(())
    }

    /// Finds the set-up header. The comment header before it is passed over: a
    /// picture in it may even be too large for a packet.
    fn vorbis_setup(&mut self) -> Result<Vec<u8>> {
        while self.fill()? {
            let packet = self.packets.front().unwrap_or_default();
            match packet.first() {
                Some(5) => {
                    let setup = packet.to_vec();
                    self.pass();
                    return Ok(setup);
                }
                // Header types are odd, audio packets even (4.2.1).
                Some(kind) if kind & 1 == 1 => self.pass(),
                _ => break,
            }
        }
        Err(Error::malformed("the Vorbis set-up header is missing"))
    }
}
