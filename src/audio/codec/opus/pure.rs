//! opus-pure, which has no decoder for any channel mapping: its decoders for
//! one stream each are joined here.

use opus_pure::OpusDecoder;

use super::delimited::take_delimited;
use super::{Backend, Head, LONGEST_PACKET, RATE};
use crate::audio::{Error, Result};

/// Sets up the decoders of all streams.
pub fn open(head: &Head) -> Result<Box<dyn Backend>> {
    let mut decoders = Vec::new();
    for stream in 0..head.streams {
        let channels = if stream < head.coupled { 2 } else { 1 };
        let mut decoder = OpusDecoder::new(RATE as i32, channels)
            .map_err(|error| Error::malformed(format!("opus-pure refuses the header: {error}")))?;
        decoder.gain_q8 = head.gain.into();
        decoders.push(decoder);
    }
    if head.is_plain() {
        let decoder = decoders.remove(0);
        return Ok(Box::new(Plain { decoder, channels: head.mapping.len() }));
    }
    Ok(Box::new(Streams {
        decoders,
        coupled: head.coupled.into(),
        mapping: head.mapping.clone(),
        packet: Vec::new(),
        samples: vec![0.0; LONGEST_PACKET as usize * 2],
    }))
}

/// One stream.
struct Plain {
    decoder: OpusDecoder,
    channels: usize,
}

impl Backend for Plain {
    fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> std::result::Result<usize, String> {
        self.decoder.decode(packet, samples.len() / self.channels, samples).map_err(|error| error.to_string())
    }

    fn reset(&mut self) {
        // Nothing in it can fail.
        let _ = self.decoder.reset_state();
    }
}

/// Several streams and a table of where their channels go.
struct Streams {
    decoders: Vec<OpusDecoder>,
    coupled: usize,
    mapping: Vec<u8>,
    packet: Vec<u8>,
    samples: Vec<f32>,
}

impl Backend for Streams {
    fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> std::result::Result<usize, String> {
        let channels = self.mapping.len();
        let room = samples.len() / channels;
        samples.fill(0.0);
        let mut rest = packet;
        let mut frames = None;
        let last = self.decoders.len() - 1;
        for (stream, decoder) in self.decoders.iter_mut().enumerate() {
            let data = if stream < last {
                rest = take_delimited(rest, &mut self.packet).ok_or("a stream's packet ends too early")?;
                &self.packet
            } else {
                rest
            };
            let got = decoder.decode(data, room, &mut self.samples).map_err(|error| error.to_string())?;
            if *frames.get_or_insert(got) != got {
                return Err("the streams differ in their durations".to_owned());
            }
            // Stereo streams come first: their channels are numbered in pairs.
            let is_stereo = stream < self.coupled;
            let width = if is_stereo { 2 } else { 1 };
            let first = stream + stream.min(self.coupled);
            for (channel, &source) in self.mapping.iter().enumerate() {
                if let Some(part) = usize::from(source).checked_sub(first).filter(|&part| part < width && source != 255)
                {
                    let decoded = self.samples[part..].iter().step_by(width).take(got);
                    for (out, sample) in samples[channel..].iter_mut().step_by(channels).zip(decoded) {
                        *out = *sample;
                    }
                }
            }
        }
        Ok(frames.unwrap_or(0))
    }

    fn reset(&mut self) {
        for decoder in &mut self.decoders {
            // Nothing in it can fail.
            let _ = decoder.reset_state();
        }
    }
}
