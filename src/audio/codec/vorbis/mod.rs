//! Vorbis I.
//!
//! Each block overlaps the one before it, and nothing else is carried from
//! packet to packet: one packet of pre-roll makes the output exact. The first
//! packet of all, after a reset and after a damaged one, gives no frames.

#[cfg(feature = "vorbis")]
mod encode;
mod headers;
mod spare;

use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::audio::{Audio, AudioBuffer, GenericAudioBufferRef};
use symphonia_core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::{Codec, Decoder, Packet, PacketTimer, PreRoll, Track, usual_mask};
use crate::audio::frames::{BlockData, Planes};
use crate::audio::sample::SampleFormat;
use crate::audio::{Error, Result, limits};

#[cfg(feature = "vorbis")]
pub use encode::encode;
pub use headers::Identification;
use headers::{Modes, Setup};

/// More channels than this, whose positions Vorbis does not define, the decoder does not take.
const MAX_CHANNELS: u8 = 8;

/// Sets up a decoder: `config` is the identification and the set-up header packet, in that order, each after its length as a big-endian u32.
///
/// The channels come out in the order of WAVE_FORMAT_EXTENSIBLE, not in that of the stream.
pub fn track(config: &[u8]) -> Result<Track> {
    if config.len() > limits::MAX_CODEC_CONFIG {
        return Err(Error::limit(format!("the Vorbis headers take {} bytes, more than any real ones", config.len())));
    }
    let mut rest = config;
    let mut next = || -> Option<&[u8]> {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (packet, after) = after.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        rest = after;
        Some(packet)
    };
    let (Some(identification), Some(setup)) = (next(), next()) else {
        return Err(Error::malformed("the Vorbis headers end too early"));
    };
    let header = Identification::parse(identification)?;
    if header.channels > MAX_CHANNELS {
        return Err(Error::unsupported(format!(
            "Vorbis with {} channels is not supported, only up to {MAX_CHANNELS}",
            header.channels
        )));
    }
    let read = Setup::parse(setup, &header)?;
    let headers = [identification, &read.with_couplings_reversed(setup)].concat();
    let modes = read.modes;
    Ok(Track {
        decoder: Box::new(BlockDecoder { inner: None, headers, modes: modes.clone(), has_overlap: false }),
        timer: Box::new(BlockTimer { modes, previous: None }),
        codec: Codec::Vorbis,
        rate: header.rate,
        channels: header.channels.into(),
        channel_mask: usual_mask(header.channels.into()),
        sample_format: SampleFormat::F32,
        bit_depth: 0,
        delay: 0,
    })
}

/// Joins the two headers into the configuration that [`track`] takes.
pub fn config(identification: &[u8], setup: &[u8]) -> Vec<u8> {
    let mut config = Vec::with_capacity(8 + identification.len() + setup.len());
    for packet in [identification, setup] {
        config.extend((packet.len() as u32).to_be_bytes());
        config.extend(packet);
    }
    config
}

/// For one to eight channels in WAVE order, which channel of the order of
/// Vorbis each is (Vorbis I specification, 4.3.9); no such orders beyond.
pub fn wave_order(channels: usize) -> Option<&'static [usize]> {
    const ORDERS: [&[usize]; 8] = [
        &[0],
        &[0, 1],
        &[0, 2, 1],
        &[0, 1, 2, 3],
        &[0, 2, 1, 3, 4],
        &[0, 2, 1, 5, 3, 4],
        &[0, 2, 1, 6, 5, 3, 4],
        &[0, 2, 1, 7, 5, 6, 3, 4],
    ];
    ORDERS.get(channels.checked_sub(1)?).copied()
}

/// For each channel in the order of Vorbis, which channel in WAVE order it is;
/// beyond eight channels the order is the same.
pub fn stream_order(channels: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..channels).collect();
    for (wave, &stream) in wave_order(channels).unwrap_or_default().iter().enumerate() {
        order[stream] = wave;
    }
    order
}

/// Whether the order of Vorbis means the speakers of `mask`. Side and back
/// are taken for each other, as files of both kinds hold the same; and mono and
/// stereo for any one or two speakers, as no order can be mistaken there.
pub fn holds_speakers(channels: u32, mask: u32) -> bool {
    const BACK: u32 = 0x30;
    const SIDE: u32 = 0x600;
    let is_same = |mask: u32| usual_mask(channels) == mask;
    channels <= 2
        || mask == 0
        || is_same(mask)
        || (mask & BACK == 0 && is_same(mask & !SIDE | BACK))
        || (mask & SIDE == 0 && is_same(mask & !BACK | SIDE))
}

/// Tells durations: a packet completes the half of its block and the half of the one before.
struct BlockTimer {
    modes: Modes,
    previous: Option<u16>,
}

impl PacketTimer for BlockTimer {
    fn frames(&mut self, packet: &[u8]) -> u32 {
        let Some(block) = self.modes.block_size(packet) else { return 0 };
        let previous = self.previous.replace(block);
        previous.map_or(0, |previous| (u32::from(previous) + u32::from(block)) / 4)
    }

    fn reset(&mut self) {
        self.previous = None;
    }
}

impl Planes<f32> for AudioBuffer<f32> {
    fn plane(&self, channel: usize) -> &[f32] {
        Audio::plane(self, channel).expect("a plane for each channel")
    }
}

struct BlockDecoder {
    /// None until something is decoded: its tables take ten times as long as the rest of opening a file.
    inner: Option<Box<VorbisDecoder>>,
    /// The headers that it is built from.
    headers: Vec<u8>,
    modes: Modes,
    /// Whether the packet before was decoded, so that the next one completes its block.
    has_overlap: bool,
}

impl BlockDecoder {
    /// Takes the decoder; builds it, or takes one that another file with the same headers has left.
    fn take_inner(&mut self) -> Result<Box<VorbisDecoder>> {
        match self.inner.take().or_else(|| spare::take(&self.headers)) {
            Some(decoder) => Ok(decoder),
            None => build(&self.headers).map(Box::new),
        }
    }
}

fn build(headers: &[u8]) -> Result<VorbisDecoder> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_VORBIS).with_extra_data(headers.into());
    VorbisDecoder::try_new(&parameters, &AudioDecoderOptions::default().gapless(false))
        .map_err(|error| Error::malformed(format!("the Vorbis headers are damaged: {error}")))
}

impl Drop for BlockDecoder {
    fn drop(&mut self) {
        if let Some(decoder) = self.inner.take() {
            spare::leave(std::mem::take(&mut self.headers), decoder);
        }
    }
}

impl Decoder for BlockDecoder {
    fn pre_roll(&self) -> PreRoll {
        PreRoll { packets: 1, frames: 0, align: 1 }
    }

    fn prepare(&mut self) -> Result<()> {
        self.inner = Some(self.take_inner()?);
        Ok(())
    }

    fn decode(&mut self, packet: &Packet<'_>) -> Result<usize> {
        if self.modes.block_size(packet.data).is_none() {
            return Ok(0);
        }
        let data = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet.data);
        // One that panics is not put back, and so never left for another file.
        let mut decoder = self.take_inner()?;
        let decoded = decoder.decode_ref(&data).map(|buffer| buffer.frames());
        self.inner = Some(decoder);
        match decoded {
            Ok(frames) => Ok(if std::mem::replace(&mut self.has_overlap, true) { frames } else { 0 }),
            Err(error) => {
                self.reset();
                Err(Error::malformed(error.to_string()))
            }
        }
    }

    fn samples(&self) -> BlockData<'_> {
        match self.inner.as_ref().map(|decoder| decoder.last_decoded()) {
            Some(GenericAudioBufferRef::F32(buffer)) => BlockData::PlanesF32(buffer),
            // Nothing was decoded; there is no other sample type.
            _ => BlockData::Silence,
        }
    }

    fn reset(&mut self) {
        if let Some(decoder) = &mut self.inner {
            decoder.reset();
        }
        self.has_overlap = false;
    }
}
