//! Behaviour of the domain on real files, one module per subject.

mod common;
mod manifest;
mod riff;
mod aiff_caf_au;
mod mpeg;
mod flac;
mod ogg;
mod mp4;
mod matroska;
mod resample;
mod resampler;
mod batch;
mod damage;
