//! Writing Ogg Opus (RFC 7845).

use std::sync::Arc;

use super::RATE;
#[cfg(not(feature = "libopus"))]
use super::pure_encoder as backend;
use crate::audio::codec::ogg::{Emit, OggEncoder, PacketEncoder};
use crate::audio::codec::vorbis::{holds_speakers, stream_order};
use crate::audio::encode::{Encoder, LOUDEST, Settings, tame};
use crate::audio::tags::Tags;
use crate::audio::{Error, ErrorKind, Result, counted};
#[cfg(feature = "libopus")]
use crate::platform::opus_encoder as backend;

/// The bit rates that the words for quality name, in kbit/s.
const BIT_RATES: [u32; 12] = [16, 24, 32, 48, 64, 96, 128, 160, 192, 256, 320, 510];

/// Packets in a second: 20 ms each, the length that the codec is made for.
const PACKETS: u32 = 50;

/// What one frame of the longest takes (RFC 6716, 3.2.1), with what frames it among other streams.
const LARGEST_FRAME: usize = 1275 + 7;

/// An encoder for Ogg Opus.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    Ok(Box::new(OggEncoder::new(OpusCodec::new(settings)?)))
}

struct OpusCodec {
    encoder: backend::OpusEncoder,
    rate: u32,
    family: u8,
    /// For each channel of the stream, which one of the frames it is.
    order: Vec<usize>,
    /// The samples of the next packet, in the order of the stream: this many of them are there.
    samples: Vec<f32>,
    filled: usize,
    packet: Vec<u8>,
    /// Frames taken, and packets given.
    frames: u64,
    packets: u64,
    tags: Arc<Tags>,
}

impl OpusCodec {
    fn new(settings: &Settings) -> Result<Self> {
        let &Settings { rate, channels, channel_mask, quality, .. } = settings;
        let count = u8::try_from(channels).map_err(|_| Error::invalid("Ogg Opus holds at most 255 channels"))?;
        let family = mapping_family(channels, channel_mask);
        let encoder =
            backend::OpusEncoder::new(rate, count, family, bit_rate(quality, channels)).map_err(|reason| {
                let channels = counted(channels.into(), "channel");
                Error::unsupported(format!("Opus with {channels} at {rate} Hz: {reason}"))
            })?;
        let channels = channels as usize;
        let order = if family == 1 { stream_order(channels) } else { (0..channels).collect() };
        Ok(Self {
            samples: vec![0.0; (rate / PACKETS) as usize * channels],
            packet: vec![0; LARGEST_FRAME * usize::from(encoder.streams())],
            encoder,
            rate,
            family,
            order,
            filled: 0,
            frames: 0,
            packets: 0,
            tags: Arc::clone(&settings.tags),
        })
    }

    /// Frames at 48 kHz for so many at the encoder's rate, which divides it.
    fn granules(&self, frames: u64) -> u64 {
        frames.saturating_mul(u64::from(RATE / self.rate))
    }

    fn pre_skip(&mut self) -> u64 {
        let frames = self.encoder.look_ahead();
        self.granules(frames.into())
    }

    /// The identification header (RFC 7845, 5.1).
    fn head(&mut self) -> Vec<u8> {
        let mut head = b"OpusHead\x01".to_vec();
        head.push(self.order.len() as u8);
        head.extend((self.pre_skip() as u16).to_le_bytes());
        head.extend(self.rate.to_le_bytes());
        // No gain.
        head.extend([0, 0, self.family]);
        if self.family > 0 {
            head.extend([self.encoder.streams(), self.encoder.coupled()]);
            head.extend(self.encoder.mapping());
        }
        head
    }

    /// Encodes the packet at hand, filled up with silence; no granule position goes beyond `end`.
    fn give_packet(&mut self, end: u64, emit: Emit<'_>) -> Result<()> {
        self.samples[self.filled..].fill(0.0);
        self.filled = 0;
        self.packets += 1;
        let len = self
            .encoder
            .encode(&self.samples, &mut self.packet)
            .map_err(|reason| Error::new(ErrorKind::Internal, format!("Opus: {reason}")))?;
        let granule = (self.packets * u64::from(RATE / PACKETS)).min(end);
        emit(&self.packet[..len], granule as i64)
    }
}

impl PacketEncoder for OpusCodec {
    fn granule_rate(&self) -> u32 {
        RATE
    }

    fn headers(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut tags = b"OpusTags".to_vec();
        tags.extend(self.tags.to_vorbis_comment(&backend::version())?);
        Ok(vec![self.head(), tags])
    }

    fn encode(&mut self, samples: &[f32], emit: Emit<'_>) -> Result<()> {
        let channels = self.order.len();
        for frame in samples.chunks_exact(channels) {
            let out = &mut self.samples[self.filled..self.filled + channels];
            out.iter_mut().zip(&self.order).for_each(|(out, &channel)| *out = tame(frame[channel], LOUDEST));
            self.filled += channels;
            self.frames += 1;
            if self.filled == self.samples.len() {
                self.give_packet(u64::MAX, emit)?;
            }
        }
        Ok(())
    }

    /// Silence follows until the last frame is out; the last granule position
    /// tells that it is not part of the audio (RFC 7845, 4.4).
    fn finish(&mut self, emit: Emit<'_>) -> Result<()> {
        let end = self.pre_skip() + self.granules(self.frames);
        while self.packets * u64::from(RATE / PACKETS) < end {
            self.give_packet(end, emit)?;
        }
        Ok(())
    }
}

/// The meaning of the channels (RFC 7845, 5.1.1): mono and stereo; surround in
/// the order of Vorbis; or none, where that knows no such speakers.
fn mapping_family(channels: u32, mask: u32) -> u8 {
    match channels {
        1 | 2 => 0,
        3..=8 if mask != 0 && holds_speakers(channels, mask) => 1,
        _ => 255,
    }
}

/// Bits per second of all channels together: what the word says, but no fewer
/// for a channel than the codec works with, and no more than do it any good
/// (RFC 6716, 2.1.1).
fn bit_rate(quality: usize, channels: u32) -> u32 {
    (BIT_RATES[quality] * 1000).clamp(6000 * channels, 256_000 * channels)
}
