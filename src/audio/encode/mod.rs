//! Formats that are written: what each can hold, and one encoder each.
//!
//! An [`Encoder`] takes frames in the one sample format it asks for, frame
//! after frame, and writes the bytes of a file. The encoders lie beside the
//! decoders of their formats, in `codec`.

mod formats;
pub mod pcm;
mod quality;
mod settings;

pub use formats::{FORMATS, Format, Rates, by_extension, by_name};
pub use quality::parse as parse_quality;
pub use settings::{Model, Settings, WriteOptions, speakers};

use super::Result;
use super::sample::SampleFormat;
use super::sink::ByteWriter;

/// One file being written.
pub trait Encoder: Send {
    /// The format of the samples that [`Encoder::write`] takes.
    fn sample_format(&self) -> SampleFormat;

    /// The most frames that the file can hold.
    fn max_frames(&self) -> u64 {
        u64::MAX
    }

    /// Writes what comes before the audio. Called once, first.
    fn start(&mut self, sink: &mut ByteWriter) -> Result<()>;

    /// Takes whole frames: interleaved samples of [`Encoder::sample_format`], aligned for it.
    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()>;

    /// Brings the header up to date, so that all frames taken so far can be
    /// read from the file; with a lossy codec those that make up whole blocks.
    /// The sink is flushed afterwards.
    ///
    /// # Errors
    /// UNSUPPORTED where the format cannot do that before its end.
    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()>;

    /// Writes what is left and completes the header. Called once, last.
    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()>;
}

/// 24 dB over full scale: the loudest sample that a lossy codec gets, if nothing else is said of it.
pub const LOUDEST: f32 = 16.0;

/// What a lossy codec gets for a sample. Its filters would spread what is no
/// number over all that follows: that is silence. What is beyond `loudest`,
/// infinity too, is that; below it nothing is clipped.
pub fn tame(sample: f32, loudest: f32) -> f32 {
    if sample.is_nan() { 0.0 } else { sample.clamp(-loudest, loudest) }
}
