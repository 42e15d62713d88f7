//! Tags: what the first frame tells of the stream, and what stands behind it.
//!
//! Sources: the Xing header as its authors published it; the LAME tag
//! (gabriel.mp3-tech.org, "Mp3 Info Tag revision 1"); VBRI as described with
//! Fraunhofer's encoder; ID3v1; the APEv2 and Lyrics3 v2 specifications.

use super::header::Header;
use crate::audio::Result;
use crate::audio::source::ByteReader;

/// Samples by which a layer III decoder's output is late (528 of the filters, and one).
const DECODER_DELAY: u64 = 529;

/// Tags that are looked for behind one another at the end of a file.
const MAX_TAIL_TAGS: u32 = 16;

/// What a frame without audio at the start tells of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamTag {
    /// Frames after this one.
    pub frames: Option<u64>,
    /// Bytes of the stream from this frame on.
    pub bytes: Option<u64>,
    /// The encoder says that all frames have one bit rate ("Info").
    pub is_constant: bool,
    /// Samples to leave out at the start.
    pub delay: u64,
    /// Samples to leave out at the end, where that is told.
    pub padding: Option<u64>,
}

impl StreamTag {
    /// Reads the tag in a whole frame; `None` if it is a frame of audio.
    pub fn parse(header: Header, frame: &[u8]) -> Option<Self> {
        if header.layer() != 3 {
            return None;
        }
        // The tag stands where main data would begin. Some encoders forget the CRC.
        let xing = [header.main_data_offset(), Header::SIZE + header.side_info_size()];
        xing.iter()
            .find_map(|&at| Self::parse_xing(frame.get(at..)?))
            .or_else(|| Self::parse_vbri(frame.get(Header::SIZE + 32..)?))
    }

    fn parse_xing(bytes: &[u8]) -> Option<Self> {
        let is_constant = match bytes.get(..4)? {
            b"Info" => true,
            b"Xing" => false,
            _ => return None,
        };
        let flags = u32_at(bytes, 4)?;
        let mut at = 8;
        let mut field = |flag: u32, size: usize| {
            (flags & flag != 0).then(|| {
                at += size;
                at - size
            })
        };
        let (frames, size) = (field(1, 4), field(2, 4));
        // The seek table and the quality are not needed.
        let _ = (field(4, 100), field(8, 4));
        // A tag that does not fit into its frame is audio that looks like one.
        if at > bytes.len() {
            return None;
        }
        let count = |at: Option<usize>| at.and_then(|at| u32_at(bytes, at)).map(u64::from);
        let mut tag = Self { frames: count(frames), bytes: count(size), is_constant, ..Self::default() };
        // The LAME extension starts with the encoder's name; delay and padding are 12 bits each.
        if let Some(lame) = bytes.get(at..at + 24).filter(|lame| lame[0] != 0) {
            let delay = u64::from(lame[21]) << 4 | u64::from(lame[22] >> 4);
            let padding = u64::from(lame[22] & 0x0f) << 8 | u64::from(lame[23]);
            if (delay, padding) != (0, 0) {
                tag.delay = delay + DECODER_DELAY;
                tag.padding = Some(padding.saturating_sub(DECODER_DELAY));
            }
        }
        Some(tag)
    }

    /// "VBRI", version, delay, quality (16 bits each), bytes and frames (32 bits each).
    /// What the delay counts from was never published, so it is left alone.
    fn parse_vbri(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..4)? != b"VBRI" {
            return None;
        }
        Some(Self {
            frames: Some(u64::from(u32_at(bytes, 14)?)),
            bytes: Some(u64::from(u32_at(bytes, 10)?)),
            ..Self::default()
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

/// Ends a seekable source where the audio ends: before ID3v1, APE and Lyrics3 tags.
pub fn restrict_to_audio(source: &mut ByteReader) -> Result<()> {
    let (start, Some(mut end)) = (source.position(), source.len()) else { return Ok(()) };
    if !source.is_seekable() {
        return Ok(());
    }
    let mut fork = source.fork();
    let reader = fork.as_mut().unwrap_or(source);
    for _ in 0..MAX_TAIL_TAGS {
        let Some(size) = tail_tag(reader, start, end)? else { break };
        end -= size;
    }
    source.seek(start)?;
    source.restrict(end);
    Ok(())
}

/// Bytes of the tag that ends at `end`.
fn tail_tag(source: &mut ByteReader, start: u64, end: u64) -> Result<Option<u64>> {
    let space = end.saturating_sub(start);
    let mut ends_in = |back: u64, size: usize| -> Result<Vec<u8>> {
        if back > space {
            return Ok(Vec::new());
        }
        source.seek(end - back)?;
        Ok(source.peek(size)?.to_vec())
    };
    if ends_in(128, 3)? == b"TAG" {
        // The "enhanced" tag of 227 bytes in front of it.
        return Ok(Some(if ends_in(355, 4)? == b"TAG+" { 355 } else { 128 }));
    }
    let footer = ends_in(32, 32)?;
    if footer.starts_with(b"APETAGEX") {
        let field = |at: usize| footer.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
        // The size counts the items and this footer, not the header that bit 31 announces.
        let header = if field(20) & 0x8000_0000 != 0 { 32 } else { 0 };
        let size = u64::from(field(12)).max(32) + header;
        return Ok((size <= space).then_some(size));
    }
    let lyrics = ends_in(15, 15)?;
    if let Some(digits) = lyrics.strip_suffix(b"LYRICS200") {
        let size = digits.iter().try_fold(0u64, |n, d| d.is_ascii_digit().then(|| n * 10 + u64::from(d - b'0')));
        if let Some(size) = size.map(|size| size + 15) {
            return Ok((ends_in(size, 11)? == b"LYRICSBEGIN").then_some(size));
        }
    }
    // Lyrics3 v1 has no size, but at most 5,100 bytes of text.
    if ends_in(9, 9)? == b"LYRICSEND" {
        let reach = space.min(5100 + 20);
        let text = ends_in(reach, reach as usize)?;
        let begin = text.windows(11).rposition(|window| window == b"LYRICSBEGIN");
        return Ok(begin.map(|begin| reach - begin as u64));
    }
    Ok(None)
}

/// Bytes of the tag that `bytes` start with, if it is one that may stand
/// between or after frames; 0 if only the kind is known.
pub fn tag_between_frames(bytes: &[u8]) -> Option<u64> {
    if let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = *bytes {
        let size = [a, b, c, d].iter().fold(0u64, |size, byte| size << 7 | u64::from(byte & 0x7f));
        return Some(10 + size + if flags & 0x10 != 0 { 10 } else { 0 });
    }
    if bytes.starts_with(b"TAG") {
        return Some(128);
    }
    if bytes.starts_with(b"APETAGEX") {
        let size = bytes.get(12..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
        return Some(32 + u64::from(size));
    }
    bytes.starts_with(b"LYRICSBEGIN").then_some(0)
}
