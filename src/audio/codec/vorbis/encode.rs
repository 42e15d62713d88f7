//! Writing Ogg Vorbis with libvorbis.

use std::sync::Arc;

use super::{holds_speakers, stream_order};
use crate::audio::codec::ogg::{Emit, OggEncoder, PacketEncoder};
use crate::audio::codec::usual_mask;
use crate::audio::encode::{Encoder, LOUDEST, Settings, tame};
use crate::audio::tags::Tags;
use crate::audio::{Error, Result, counted};
use crate::platform::vorbis_encoder::{self, MOST_FRAMES, VorbisEncoder};

/// An encoder for Ogg Vorbis.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    Ok(Box::new(OggEncoder::new(VorbisCodec::new(settings)?)))
}

struct VorbisCodec {
    encoder: VorbisEncoder,
    rate: u32,
    /// For each channel of the stream, which one of the frames it is.
    order: Vec<usize>,
    /// Samples for the next piece. libvorbis looks at all that it is given at
    /// once: pieces of one size make its bytes the same however frames come.
    pending: Vec<f32>,
    tags: Arc<Tags>,
}

impl VorbisCodec {
    /// The words for quality are the nominal bit rates of stereo at 44.1 kHz
    /// for libvorbis's qualities 0 to 10.
    fn new(settings: &Settings) -> Result<Self> {
        let &Settings { rate, channels, channel_mask, quality, .. } = settings;
        if !holds_speakers(channels, channel_mask) {
            return Err(Error::invalid(format!(
                "the channel mask is {channel_mask:#x}, but {} of Ogg Vorbis are always for the speakers {:#x}",
                counted(channels.into(), "channel"),
                usual_mask(channels)
            )));
        }
        let count = u8::try_from(channels).map_err(|_| Error::invalid("Ogg Vorbis holds at most 255 channels"))?;
        let encoder = VorbisEncoder::new(count, rate, quality as f32 / 10.0).ok_or_else(|| {
            let channels = counted(channels.into(), "channel");
            Error::invalid(format!("libvorbis has no mode for {channels} at {rate} Hz and this quality"))
        })?;
        Ok(Self {
            encoder,
            rate,
            order: stream_order(channels as usize),
            pending: Vec::new(),
            tags: Arc::clone(&settings.tags),
        })
    }

    /// Gives libvorbis what is pending.
    fn give(&mut self, emit: Emit<'_>) -> Result<()> {
        let (channels, frames) = (self.order.len(), &self.pending);
        self.encoder.write(frames.len() / channels, |channel, plane| {
            let samples = frames[self.order[channel]..].iter().step_by(channels);
            plane.iter_mut().zip(samples).for_each(|(out, sample)| *out = tame(*sample, LOUDEST));
        });
        self.pending.clear();
        self.take_packets(emit)
    }

    fn take_packets(&mut self, emit: Emit<'_>) -> Result<()> {
        while let Some(packet) = self.encoder.next_packet() {
            emit(packet.bytes, packet.granule)?;
        }
        Ok(())
    }
}

impl PacketEncoder for VorbisCodec {
    fn granule_rate(&self) -> u32 {
        self.rate
    }

    fn headers(&mut self) -> Result<Vec<Vec<u8>>> {
        let (identification, setup) = self.encoder.headers();
        let mut comment = b"\x03vorbis".to_vec();
        comment.extend(self.tags.to_vorbis_comment(&vorbis_encoder::version())?);
        // The framing bit (5.2.1).
        comment.push(1);
        Ok(vec![identification, comment, setup])
    }

    fn encode(&mut self, mut samples: &[f32], emit: Emit<'_>) -> Result<()> {
        let piece = MOST_FRAMES * self.order.len();
        while !samples.is_empty() {
            let (next, rest) = samples.split_at(samples.len().min(piece - self.pending.len()));
            self.pending.extend_from_slice(next);
            samples = rest;
            if self.pending.len() == piece {
                self.give(emit)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, emit: Emit<'_>) -> Result<()> {
        if !self.pending.is_empty() {
            self.give(emit)?;
        }
        self.encoder.end();
        self.take_packets(emit)
    }
}
