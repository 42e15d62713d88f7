//! The header packets of a stream, for who reads what they say besides the audio.

use std::ops::ControlFlow;

use super::mapping::is_audio;
use super::packets::Packets;
use super::page::PageReader;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

/// Hands out the packets of the first audio stream of the first link, from
/// its first on, until `visit` breaks off.
pub fn each_header(source: ByteReader, mut visit: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<()> {
    let mut pages = PageReader::new(source);
    let mut chosen = None;
    // Every logical stream of a link begins before any of them goes on (RFC 3533, section 4).
    while let Some(page) = pages.peek()?
        && page.begins_stream()
    {
        let (_, body) = pages.contents(&page)?;
        if chosen.is_none() && is_audio(body) {
            chosen = Some(page.serial);
            if visit(body).is_break() {
                return Ok(());
            }
        }
        pages.seek(page.end())?;
    }
    let serial = chosen.ok_or_else(|| Error::malformed("the Ogg file has no audio stream"))?;
    let mut packets = Packets::new(serial, u64::MAX);
    while let Some(taken) = packets.take_page(&mut pages)? {
        while let Some(range) = packets.pop() {
            if visit(packets.bytes(&range)).is_break() {
                return Ok(());
            }
        }
        packets.release();
        if taken.after_loss {
            break;
        }
    }
    Err(Error::malformed("the headers of the Ogg stream are cut off or damaged"))
}
