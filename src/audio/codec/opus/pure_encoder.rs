//! opus-pure's encoder, for builds without libopus.

use opus_pure::{Application, OpusMSEncoder, RateControl};

use crate::audio::feature::LIBOPUS;

/// An encoder of all channels of a file.
pub struct OpusEncoder(OpusMSEncoder);

impl OpusEncoder {
    /// An encoder of variable bit rate for music and speech, at its highest
    /// complexity. `bit_rate` is that of all channels together.
    pub fn new(rate: u32, channels: u8, mapping_family: u8, bit_rate: u32) -> Result<Self, String> {
        if mapping_family == 255 {
            let refusal = LIBOPUS.left_out("only mono, stereo and surround can be written");
            return Err(refusal.message().to_owned());
        }
        let mut encoder = OpusMSEncoder::new(rate as i32, channels.into(), mapping_family, Application::Audio)
            .map_err(|error| error.to_string())?;
        encoder.set_bitrate(bit_rate as i32);
        for stream in encoder.streams_mut() {
            stream.rate_control = RateControl::Vbr;
            stream.complexity = 10;
        }
        Ok(Self(encoder))
    }

    /// Streams in a packet.
    pub fn streams(&self) -> u8 {
        self.0.nb_streams() as u8
    }

    /// How many of them, the first, are of two channels.
    pub fn coupled(&self) -> u8 {
        self.0.layout().nb_coupled_streams as u8
    }

    /// Which channel of the streams each channel is.
    pub fn mapping(&self) -> &[u8] {
        &self.0.layout().mapping
    }

    /// Frames by which the packets are late, at the encoder's rate.
    pub fn look_ahead(&mut self) -> u32 {
        self.0.streams().first().map_or(0, |stream| stream.lookahead() as u32)
    }

    /// Encodes interleaved `samples`, as many as a packet has; gives the bytes of `packet` that it takes.
    pub fn encode(&mut self, samples: &[f32], packet: &mut [u8]) -> Result<usize, String> {
        let frames = samples.len() / self.0.channels();
        self.0.encode(samples, frames, packet).map_err(|error| error.to_string())
    }
}

/// What the library calls itself.
pub fn version() -> String {
    "opus-pure".to_owned()
}
