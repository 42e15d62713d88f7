//! FLAC frames as packets of Ogg, MP4, Matroska or CAF.

use super::frame::{Format, FrameDecoder};
use super::header::FrameHeader;
use super::metadata::StreamInfo;
use super::sample_format;
use crate::audio::codec::packet::{Decoder, Packet, PacketTimer, PreRoll};
use crate::audio::codec::usual_mask;
use crate::audio::codec::{Codec, Track, format_changed};
use crate::audio::frames::BlockData;
use crate::audio::limits::check_format;
use crate::audio::{Error, Result};

/// Sets up the decoder of a track from its STREAMINFO block.
pub fn track(config: &[u8]) -> Result<Track> {
    let info = StreamInfo::parse(config).ok_or_else(|| {
        Error::malformed(format!("the FLAC set-up has {} bytes, STREAMINFO needs {}", config.len(), StreamInfo::SIZE))
    })?;
    check_format(info.rate, info.channels)?;
    Ok(Track {
        decoder: Box::new(PacketDecoder { info, frames: FrameDecoder::default() }),
        timer: Box::new(Timer),
        codec: Codec::Flac,
        rate: info.rate,
        channels: info.channels,
        channel_mask: usual_mask(info.channels),
        sample_format: sample_format(info.bits),
        bit_depth: info.bits,
        delay: 0,
    })
}

struct PacketDecoder {
    info: StreamInfo,
    frames: FrameDecoder,
}

impl Decoder for PacketDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll::NONE
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        let (header, _) = self.frames.decode(packet.data, Some(&self.info))?;
        if let Some(found) = Format::of(&header, Some(&self.info)) {
            check_unchanged(self.info.format(), found, packet.start)?;
        }
        Ok(header.block_size as usize)
    }

    fn samples(&self) -> BlockData<'_> {
        self.frames.samples()
    }

    fn reset(&mut self) {}
}

/// An error if the frame at `frame` is of another format.
pub fn check_unchanged(before: Format, now: Format, frame: u64) -> Result<()> {
    let parts = [
        ("sample rate", before.rate, now.rate),
        ("number of channels", before.channels, now.channels),
        ("bit depth", before.bits, now.bits),
    ];
    match parts.iter().find(|(_, before, now)| before != now) {
        Some((what, before, now)) => Err(format_changed(what, *before, *now, frame)),
        None => Ok(()),
    }
}

/// Every frame's header tells its duration.
struct Timer;

impl PacketTimer for Timer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        FrameHeader::parse(packet).map_or(0, |header| header.block_size)
    }
}
