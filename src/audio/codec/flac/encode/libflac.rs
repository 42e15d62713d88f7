//! Frames by libFLAC.

use super::{Backend, TakeFrame};
use crate::audio::encode::Settings;
use crate::audio::{Error, ErrorKind, Result};
use crate::platform::libflac::{Encoder, Failure, Parameters};

/// An encoder for what was settled.
pub fn open(settings: &Settings) -> Result<Box<dyn Backend>> {
    let parameters = Parameters {
        rate: settings.rate,
        channels: settings.channels,
        bits: settings.sample_format.bits(),
        level: settings.quality as u32,
        threads: settings.threads,
    };
    Ok(Box::new(Encoder::new(parameters)?))
}

impl Backend for Encoder {
    fn block_size(&self) -> u32 {
        self.block_size()
    }

    fn encode(&mut self, samples: &[i32], take: TakeFrame) -> Result<()> {
        self.process(samples)?;
        self.take_frames(take)
    }

    fn finish(&mut self, take: TakeFrame) -> Result<[u8; 16]> {
        let md5 = self.finish()?;
        self.take_frames(take)?;
        Ok(md5)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::OutOfMemory => Self::new(ErrorKind::OutOfMemory, "no memory to encode FLAC in"),
            Failure::State(state) => Self::new(ErrorKind::Internal, format!("libFLAC gave up in its state {state}")),
            Failure::Forked => Self::new(
                ErrorKind::Closed,
                "the process was forked after the file was begun: it can be written only where it was begun",
            ),
        }
    }
}
