//! AAC, low complexity (ISO/IEC 14496-3, subpart 4).
//!
//! The decoder is Symphonia's. Its noise generator (perceptual noise
//! substitution) runs on from packet to packet, so that what a packet decodes
//! to would depend on where decoding began. Here every [`RESTART`]th packet is
//! decoded by a fresh decoder, primed with the one packet before it (whose
//! second half overlaps): from there on all output is the same, whether
//! decoding came from the start of the file or from a seek.

use symphonia_codec_aac::AacDecoder;
use symphonia_core::audio::{Audio, GenericAudioBufferRef};
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::packet::{Decoder, Packet, PacketTimer, PreRoll};
use super::{Codec, Track};
use crate::audio::frames::BlockData;
use crate::audio::sample::SampleFormat;
use crate::audio::{Error, Result};

mod config;

pub use config::{AudioSpecificConfig, SAMPLE_RATES};

/// Frames of one packet.
pub const FRAMES: u32 = 1024;

/// Packets between two fresh starts of the decoder. Each costs one packet
/// decoded twice, and a seek decodes half of them in vain on average.
const RESTART: u32 = 32;

/// Sets up a decoder: `config` is an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
pub fn track(config: &[u8]) -> Result<Track> {
    track_of(&AudioSpecificConfig::parse(config)?)
}

/// Sets up a decoder.
pub fn track_of(config: &AudioSpecificConfig) -> Result<Track> {
    config.check_supported()?;
    Ok(Track {
        decoder: Box::new(Restarting::new(config)?),
        timer: Box::new(Constant),
        codec: Codec::Aac,
        rate: config.rate,
        channels: config.channels,
        channel_mask: config.channel_mask(),
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: 0,
    })
}

/// Every packet has as many frames.
struct Constant;

impl PacketTimer for Constant {
    fn frames(&mut self, _packet: &[u8]) -> u32 {
        FRAMES
    }
}

/// A decoder that starts afresh at fixed packets.
struct Restarting {
    parameters: AudioCodecParameters,
    decoder: AacDecoder,
    /// Made while the packet before a restart is decoded, and primed with it.
    successor: Option<AacDecoder>,
    planes: Vec<f32>,
    channels: usize,
}

impl Restarting {
    fn new(config: &AudioSpecificConfig) -> Result<Self> {
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_AAC).with_extra_data(config.plain_bytes().into());
        Ok(Self {
            decoder: new_decoder(&parameters)?,
            parameters,
            successor: None,
            planes: vec![0.0; (config.channels * FRAMES) as usize],
            channels: config.channels as usize,
        })
    }
}

fn new_decoder(parameters: &AudioCodecParameters) -> Result<AacDecoder> {
    AacDecoder::try_new(parameters, &AudioDecoderOptions::default())
        .map_err(|e| Error::unsupported(format!("this kind of AAC is not supported ({e})")))
}

fn decode<'d>(decoder: &'d mut AacDecoder, packet: &Packet<'_>) -> Result<GenericAudioBufferRef<'d>> {
    use symphonia_core::errors::Error as Symphonia;
    let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), packet.data);
    decoder.decode_ref(&packet).map_err(|e| match e {
        Symphonia::Unsupported(what) => Error::unsupported(format!("this kind of AAC is not supported ({what})")),
        e => Error::malformed(e.to_string()),
    })
}

impl Decoder for Restarting {
    fn pre_roll(&self) -> PreRoll {
        PreRoll { packets: 1, frames: 0, align: RESTART }
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        if packet.index % u64::from(RESTART) == 0 {
            self.decoder = match self.successor.take() {
                Some(successor) => successor,
                None => new_decoder(&self.parameters)?,
            };
        }
        if (packet.index + 1) % u64::from(RESTART) == 0 {
            let mut successor = new_decoder(&self.parameters)?;
            // A damaged packet is reported by the decoder whose output counts.
            let _ = decode(&mut successor, packet);
            self.successor = Some(successor);
        }
        let GenericAudioBufferRef::F32(buffer) = decode(&mut self.decoder, packet)? else {
            return Err(Error::new(crate::audio::ErrorKind::Internal, "the AAC decoder gave no floats"));
        };
        for (plane, decoded) in self.planes.chunks_exact_mut(FRAMES as usize).zip(buffer.iter_planes()) {
            plane[..decoded.len()].copy_from_slice(decoded);
        }
        Ok(buffer.frames())
    }

    fn samples(&self) -> BlockData<'_> {
        debug_assert_eq!(self.planes.len(), self.channels * FRAMES as usize);
        BlockData::PlanarF32 { samples: &self.planes, stride: FRAMES as usize }
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.successor = None;
    }
}
