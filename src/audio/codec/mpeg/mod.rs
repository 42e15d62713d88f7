//! MPEG audio, layers I to III, of MPEG-1, MPEG-2 and MPEG-2.5.
//!
//! **Timeline.** Every frame of the file has its place, whether it decodes or
//! not: a damaged one, and one at the start whose bit reservoir is not in the
//! file, is silent. The frame with a Xing, Info or VBRI header is no audio and
//! has no place.
//!
//! **Trim.** A LAME tag tells the encoder's delay and padding; with the
//! decoder's own 529 samples the audio comes back at the length it was encoded
//! with. Without a tag the delay is not in the file, and nothing is trimmed:
//! any number would be a guess. The padding of a tag whose frame count is not
//! that of the file is not applied, so that no audio is lost.
//!
//! **Length.** A file of one bit rate whose Info tag, size and frames agree has
//! its frames on a grid; then the count is exact at once and seeks compute
//! their place. Others are scanned on opening if they are local (a few
//! milliseconds for ten minutes), unless an estimate will do.

mod decoder;
mod demux;
mod frames;
mod header;
mod scan;
mod tag;
#[cfg(feature = "lame")]
mod write;

use super::{Container, PacketStream, Stream, StreamOptions, Track};
use crate::audio::sample::SampleFormat;
use crate::audio::source::ByteReader;
use crate::audio::{Error, Result};

use decoder::{MpegDecoder, MpegTimer};
use demux::{MpegDemuxer, speaker_mask};
use header::Header;
#[cfg(feature = "lame")]
pub use write::encode;

/// Whether a file that starts with `head` is MPEG audio.
pub fn matches(head: &[u8]) -> bool {
    scan::matches(head)
}

/// Opens MPEG audio that starts at the position of `source`, or not far behind it.
pub fn open(source: ByteReader, options: StreamOptions) -> Result<Box<dyn Stream>> {
    open_in(source, Container::Mpeg, options)
}

/// Opens MPEG audio that another container holds as plain bytes: `source` is
/// at their start and ends with them.
pub fn open_in(source: ByteReader, container: Container, options: StreamOptions) -> Result<Box<dyn Stream>> {
    let demuxer = MpegDemuxer::open(source, container, options)?;
    let decoder = MpegDecoder::new(demuxer.header());
    Ok(Box::new(PacketStream::new(demuxer, decoder)))
}

/// Sets up a decoder for MPEG audio frames in another container, one frame a packet; `first` is the first of them.
pub fn track(first: &[u8]) -> Result<Track> {
    let header = Header::parse(first).ok_or_else(|| Error::malformed("the first packet is no MPEG audio frame"))?;
    Ok(Track {
        decoder: Box::new(MpegDecoder::new(header)),
        timer: Box::new(MpegTimer),
        codec: header.codec(),
        rate: header.rate(),
        channels: header.channels(),
        channel_mask: speaker_mask(header),
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: 0,
    })
}
