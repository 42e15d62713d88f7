//! libopus.

use opus::{Channels, Decoder, MSDecoder};

use super::{Backend, Head, RATE};
use crate::audio::{Error, Result};

/// Sets up the decoder, or the decoders of all streams.
pub fn open(head: &Head) -> Result<Box<dyn Backend>> {
    let failed = |error: opus::Error| Error::malformed(format!("libopus refuses the header: {}", error.description()));
    let gain = head.gain.into();
    if head.is_plain() {
        let channels = if head.coupled == 1 { Channels::Stereo } else { Channels::Mono };
        let mut decoder = Decoder::new(RATE, channels).map_err(failed)?;
        decoder.set_gain(gain).map_err(failed)?;
        Ok(Box::new(decoder))
    } else {
        let mut decoder = MSDecoder::new(RATE, head.streams, head.coupled, &head.mapping).map_err(failed)?;
        decoder.set_gain(gain).map_err(failed)?;
        Ok(Box::new(decoder))
    }
}

impl Backend for Decoder {
    fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> std::result::Result<usize, String> {
        self.decode_float(packet, samples, false).map_err(|error| error.description().to_owned())
    }

    fn reset(&mut self) {
        // Only a bad argument could make it fail.
        let _ = self.reset_state();
    }
}

impl Backend for MSDecoder {
    fn decode(&mut self, packet: &[u8], samples: &mut [f32]) -> std::result::Result<usize, String> {
        self.decode_float(packet, samples, false).map_err(|error| error.description().to_owned())
    }

    fn reset(&mut self) {
        // Only a bad argument could make it fail.
        let _ = self.reset_state();
    }
}
