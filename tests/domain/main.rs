//! Behaviour of the domain on real files, one module per subject.

mod aiff_caf_au;
mod batch;
mod common;
mod conformance;
mod damage;
mod ending;
mod flac;
mod forward;
mod frames;
mod loudness;
mod manifest;
mod map;
mod matroska;
mod mp4;
mod mpeg;
mod ogg;
mod resample;
mod resampler;
mod riff;
mod tags;
mod watch;
mod write;
mod write_alac;
mod write_flac;
#[cfg(feature = "lame")]
mod write_mp3;
mod write_ogg;
mod write_pcm;
