//! Opus (RFC 6716), always decoded at 48 kHz, its only full rate.
//!
//! The codec is libopus, or with the feature `libopus` off the pure Rust
//! opus-pure; both decoders sit behind `Backend`.
//!
//! # Seeks
//!
//! RFC 7845, 4.6 asks for 80 ms of pre-roll, after which a decode has
//! *converged*: it sounds the same, but its bits differ. Decodes begun at
//! thousands of places of music, speech and effects show more:
//!
//! - CELT forgets. After at most 0.93 s all bits were those of the whole decode,
//!   for frames of 2.5 to 20 ms and 16 to 200 kbit/s. We take 3 s.
//! - SILK, also below CELT in hybrid packets, does not. Its integer predictors
//!   keep a difference of some steps of 16 bits for as long as speech goes on;
//!   after 24 s none of several hundred decodes had the bits of the whole one.
//!   A decoder does start SILK afresh where a stream changes from CELT to SILK,
//!   so that one has to go back to such a change, or to the beginning.
//!
//! `state` follows which it is. Seeks stay exact, and those into a stream that
//! is all SILK cost a decode of all that lies before.

mod delimited;
#[cfg(feature = "encoders")]
mod encode;
mod head;
#[cfg(feature = "libopus")]
mod libopus;
#[cfg(not(feature = "libopus"))]
mod pure;
#[cfg(all(feature = "encoders", not(feature = "libopus")))]
mod pure_encoder;
mod state;

#[cfg(feature = "libopus")]
use libopus as backend;
#[cfg(not(feature = "libopus"))]
use pure as backend;

use super::{Codec, Decoder, Packet, PacketTimer, PreRoll, Track};
use crate::audio::frames::BlockData;
use crate::audio::sample::SampleFormat;
use crate::audio::{Error, Result};

#[cfg(feature = "encoders")]
pub use encode::encode;
use head::Head;
use state::Known;

/// The rate of all decoded frames in Hz.
pub const RATE: u32 = 48_000;

/// Frames of the longest packet, 120 ms.
pub const LONGEST_PACKET: u32 = 5760;

/// What is decoded before a seek's target at first, in frames.
const PRE_ROLL: u32 = 3 * RATE;

/// Sets up a decoder: `config` is the OpusHead packet (RFC 7845, 5.1).
///
/// The channels come out in the order of WAVE_FORMAT_EXTENSIBLE, not in that of the stream.
pub fn track(config: &[u8]) -> Result<Track> {
    let head = Head::parse(config)?;
    let channels = head.mapping.len();
    Ok(Track {
        timer: Box::new(TocTimer),
        codec: Codec::Opus,
        rate: RATE,
        channels: channels as u32,
        channel_mask: head.channel_mask,
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: head.pre_skip.into(),
        decoder: Box::new(OpusDecoder {
            backend: None,
            channels,
            samples: Vec::new(),
            frames: 0,
            known: Known::new(head.streams),
            head,
        }),
    })
}

/// A decoder for the streams of an [`Head`].
trait Backend: Send {
    /// Decodes a packet into interleaved `samples`; gives the frames, or why it cannot.
    fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> std::result::Result<usize, String>;

    /// Forgets all packets seen.
    fn reset(&mut self);
}

/// Tells durations from the first bytes of packets (RFC 6716, 3.1 and 3.2).
struct TocTimer;

impl PacketTimer for TocTimer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        frames(packet)
    }
}

/// Frames of a packet; 0 if it is none.
fn frames(packet: &[u8]) -> u32 {
    let Some(&toc) = packet.first() else { return 0 };
    let configuration = toc >> 3;
    let frame = match configuration {
        // SILK: 10, 20, 40, 60 ms.
        0..12 => [480, 960, 1920, 2880][usize::from(configuration % 4)],
        // Hybrid: 10, 20 ms.
        12..16 => [480, 960][usize::from(configuration % 2)],
        // CELT: 2.5, 5, 10, 20 ms.
        _ => [120, 240, 480, 960][usize::from(configuration % 4)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(packet.get(1).map_or(0, |count| count & 0x3f)),
    };
    let frames = frame * count;
    if frames > LONGEST_PACKET { 0 } else { frames }
}

struct OpusDecoder {
    head: Head,
    /// None until something is decoded: libopus asks what the processor can do
    /// for each, which takes as long as the rest of opening a file.
    backend: Option<Box<dyn Backend>>,
    channels: usize,
    samples: Vec<f32>,
    frames: usize,
    known: Known,
}

impl OpusDecoder {
    fn backend(&mut self) -> Result<&mut dyn Backend> {
        let backend = match self.backend.take() {
            Some(backend) => backend,
            None => backend::open(&self.head)?,
        };
        Ok(&mut **self.backend.insert(backend))
    }
}

impl Decoder for OpusDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll { packets: 0, frames: PRE_ROLL, align: 1 }
    }

    fn prepare(&mut self) -> Result<()> {
        self.backend().map(drop)
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        self.frames = 0;
        if packet.start == 0 {
            self.known.begin();
        }
        self.known.follow(packet.data);
        let needed = frames(packet.data) as usize * self.channels;
        if needed == 0 {
            return Err(Error::malformed("it is no Opus packet"));
        }
        if self.samples.len() < needed {
            self.samples.resize(needed, 0.0);
        }
        let mut samples = std::mem::take(&mut self.samples);
        let decoded = self.backend().map(|backend| backend.decode(packet.data, &mut samples[..needed]));
        self.samples = samples;
        match decoded? {
            Ok(frames) => {
                self.frames = frames;
                Ok(frames)
            }
            Err(reason) => {
                // What a refused packet left behind must not depend on where decoding began.
                self.resume();
                Err(Error::malformed(reason))
            }
        }
    }

    fn samples(&self) -> BlockData<'_> {
        BlockData::InterleavedF32(&self.samples[..self.frames * self.channels])
    }

    fn is_exact(&self) -> bool {
        self.known.is_exact()
    }

    fn resume(&mut self) {
        if let Some(backend) = &mut self.backend {
            backend.reset();
        }
        self.known.begin();
    }

    fn reset(&mut self) {
        if let Some(backend) = &mut self.backend {
            backend.reset();
        }
        self.known.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::frames;

    #[test]
    fn durations_follow_the_toc() {
        assert_eq!(frames(&[0]), 480);
        assert_eq!(frames(&[3 << 3]), 2880);
        assert_eq!(frames(&[13 << 3 | 1]), 1920);
        assert_eq!(frames(&[16 << 3]), 120);
        assert_eq!(frames(&[31 << 3 | 3, 6]), 5760);
        assert_eq!(frames(&[31 << 3 | 3, 7]), 0);
        assert_eq!(frames(&[31 << 3 | 3]), 0);
        assert_eq!(frames(&[]), 0);
    }
}
