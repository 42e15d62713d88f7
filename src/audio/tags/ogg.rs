//! Ogg: the comment header of Vorbis, Opus, FLAC and Speex.

use std::ops::ControlFlow;

use super::{Tags, flac, vorbis_comment};
use crate::audio::codec::ogg;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Bytes in front of the comments in a packet of Vorbis: type and "vorbis".
const VORBIS_MARK: &[u8] = b"\x03vorbis";
const OPUS_MARK: &[u8] = b"OpusTags";

/// Reads the headers of the first audio stream of the file's first link.
pub fn read(source: ByteReader, tags: &mut Tags) -> Result<()> {
    let mut first = Vec::new();
    let mut outcome = Ok(());
    ogg::each_header(source, |packet| {
        if first.is_empty() {
            first = packet.to_vec();
            return ControlFlow::Continue(());
        }
        match read_header(&first, packet, tags) {
            Ok(true) => ControlFlow::Continue(()),
            Ok(false) => ControlFlow::Break(()),
            Err(error) => {
                outcome = Err(error);
                ControlFlow::Break(())
            }
        }
    })?;
    outcome
}

/// Reads a packet behind the first; true if another header may follow.
fn read_header(first: &[u8], packet: &[u8], tags: &mut Tags) -> Result<bool> {
    let comments = if first.starts_with(b"\x7fFLAC") {
        // RFC 9639, 10.1: every block in a packet of its own.
        return flac::read_packet(packet, tags).map(|is_last| !is_last);
    } else if first.starts_with(b"OpusHead") {
        packet.strip_prefix(OPUS_MARK)
    } else if first.starts_with(b"Speex   ") {
        Some(packet)
    } else {
        packet.strip_prefix(VORBIS_MARK)
    };
    let comments = comments.ok_or_else(|| Error::malformed("the comment header is not where it should be"))?;
    vorbis_comment::read(comments, tags)?;
    Ok(false)
}
