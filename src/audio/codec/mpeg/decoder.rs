//! Frames to samples, by the crate nanomp3.

use nanomp3::{DecodeError, Decoder as FrameDecoder, MAX_SAMPLES_PER_FRAME};

use super::header::{Header, MAX_FRAME};
use crate::audio::codec::{Decoder, Packet, PacketTimer, PreRoll, format_changed};
use crate::audio::frames::BlockData;
use crate::audio::{Error, Result};

/// Decodes frames of one stream, one a packet.
pub struct MpegDecoder {
    decoder: FrameDecoder,
    header: Header,
    samples: Box<[f32; MAX_SAMPLES_PER_FRAME]>,
    filled: usize,
    /// The decoder holds no state: it has yet to learn a free-format frame's size.
    is_fresh: bool,
}

impl MpegDecoder {
    /// A decoder for frames like `header`'s.
    pub fn new(header: Header) -> Self {
        Self {
            decoder: FrameDecoder::new(),
            header,
            samples: Box::new([0.0; MAX_SAMPLES_PER_FRAME]),
            filled: 0,
            is_fresh: true,
        }
    }
}

impl Decoder for MpegDecoder {
    /// For containers that know packets, not bytes: enough of the smallest
    /// frames (MPEG-1: 32 kbit/s, 60 bytes of main data; below: 8 kbit/s) to fill
    /// the bit reservoir, and two more for overlap and filter history.
    fn pre_roll(&self) -> PreRoll {
        let packets = match (self.header.layer(), self.header.is_mpeg1()) {
            (3, true) => 20,
            (3, false) => 64,
            _ => 2,
        };
        PreRoll { packets, frames: 0, align: 1 }
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        self.filled = 0;
        let header = Header::parse(packet.data).ok_or_else(|| Error::malformed("no frame header"))?;
        if header.rate() != self.header.rate() {
            return Err(format_changed("sample rate", self.header.rate(), header.rate(), packet.start));
        }
        if header.channels() != self.header.channels() {
            let (from, to) = (self.header.channels(), header.channels());
            return Err(format_changed("number of channels", from, to, packet.start));
        }
        let size = if header.is_free_format() { packet.data.len() } else { header.size(0) };
        let frame = packet.data.get(..size).ok_or_else(|| Error::malformed("the frame is cut short"))?;
        // A frame alone is taken as one because its size is what its header
        // says. A free-format header does not say it, so the first frame is
        // shown with two more headers at the distance that its size makes.
        let (_, result) = if header.is_free_format() && self.is_fresh {
            let mut run = [0; 3 * MAX_FRAME];
            let run =
                run.get_mut(..2 * size + Header::SIZE + 1).ok_or_else(|| Error::malformed("the frame is too long"))?;
            run[..size].copy_from_slice(frame);
            run[size..size + Header::SIZE].copy_from_slice(&frame[..Header::SIZE]);
            run[2 * size..2 * size + Header::SIZE].copy_from_slice(&frame[..Header::SIZE]);
            self.decoder.decode(run, &mut self.samples[..])
        } else {
            self.decoder.decode(frame, &mut self.samples[..])
        };
        self.is_fresh = matches!(result, Err(DecodeError::NoFrame | DecodeError::Corrupt(_)));
        match result {
            Ok(info) => {
                self.filled = info.samples_produced * usize::from(info.channels.num());
                Ok(info.samples_produced)
            }
            Err(DecodeError::ReservoirUnavailable(_)) => {
                Err(Error::malformed("part of its data lies in frames that are missing"))
            }
            Err(error) => Err(Error::malformed(error.to_string())),
        }
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::InterleavedF32(&self.samples[..self.filled])
    }

    fn reset(&mut self) {
        self.decoder = FrameDecoder::new();
        self.is_fresh = true;
    }
}

/// Every frame of a stream decodes to the same number of samples.
pub struct MpegTimer;

impl PacketTimer for MpegTimer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        Header::parse(packet).map_or(0, Header::samples)
    }
}
