//! What a case opens, and the samples that it gets.

use std::path::Path;
use std::sync::Arc;

use md5::{Digest, Md5};
use ondes::audio::batch::{Input, Stream};
use ondes::audio::frames::{AnyFrames, Layout};
use ondes::audio::reader::{Ending, Position, ReadOptions, Reader};
use ondes::audio::resample::Quality;
use ondes::audio::sample::SampleFormat;
use ondes::audio::source::Callbacks;
use ondes::audio::{Error, ErrorKind, Result};
use serde_json::Value;

use super::Got;
use crate::common::data;

/// What `names` in lower case with underscores stand for.
pub fn named<T: Copy + std::fmt::Debug>(all: &[T], name: &str) -> T {
    *all.iter().find(|one| snake(&format!("{one:?}")) == name).unwrap_or_else(|| panic!("nothing is named {name:?}"))
}

/// "NotFound" as "not_found".
pub fn snake(name: &str) -> String {
    let mut words = String::new();
    for (at, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && at > 0 {
            words.push('_');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

pub fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

pub fn quality(value: &Value) -> Quality {
    use Quality::*;
    const ALL: [Quality; 14] = [
        Balanced,
        Fast,
        Best,
        ZeroOrderHold,
        Linear,
        CatmullRom,
        Lagrange,
        WindowedSinc,
        WindowedSinc256,
        WindowedSinc128,
        WindowedSinc64,
        WindowedSinc32,
        WindowedSinc16,
        WindowedSinc8,
    ]; // as in include/ondes.h
    value.as_str().map_or(Balanced, |name| named(&ALL, name))
}

pub fn sample(value: &Value) -> SampleFormat {
    use SampleFormat::*;
    let name = value.as_str().unwrap_or("float32");
    let all = [U8, I8, I16, I24, I32, I64, F32, F64];
    *all.iter().find(|format| format.name() == name).unwrap_or_else(|| panic!("no samples are named {name:?}"))
}

pub fn layout(value: &Value) -> Layout {
    value.as_str().map_or(Layout::Interleaved, |name| named(&[Layout::Interleaved, Layout::Planar], name))
}

pub fn read_options(case: &Value) -> ReadOptions {
    let given = &case["options"];
    let position = |value: &Value| match given["unit"].as_str() {
        Some("milliseconds") => Position::Milliseconds(whole(value)),
        Some("nanoseconds") => Position::Nanoseconds(whole(value)),
        _ => Position::Frames(whole(value)),
    };
    let number = |name: &str| given[name].as_u64().map(|value| value as u32);
    ReadOptions {
        start: given.get("start").map_or(Position::Frames(0), position),
        end: given.get("end").map(position),
        ending: given["ending"]
            .as_str()
            .map_or_else(Ending::default, |name| named(&[Ending::Short, Ending::Silence, Ending::Repeat], name)),
        channels: number("channels"),
        mono: given["mono"] == true,
        rate: number("rate"),
        quality: quality(&given["quality"]),
        trim: given["trim"] != false,
        strict: given["strict"] == true,
        estimate_length: given["estimate_length"] == true,
        threads: number("threads").unwrap_or(1),
    }
}

/// Bytes in memory as a caller's stream.
struct Bytes {
    bytes: Vec<u8>,
    at: usize,
    is_seekable: bool,
    /// Bytes in one read at most.
    most: usize,
    /// Bytes before it fails.
    good: usize,
}

impl Callbacks for Bytes {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        if self.at >= self.good {
            return Err(Error::new(ErrorKind::Callback, "the read callback fails"));
        }
        let n = dst.len().min(self.bytes.len() - self.at).min(self.most);
        dst[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
    fn seek(&mut self, position: u64) -> Result<()> {
        self.at = self.bytes.len().min(position as usize);
        Ok(())
    }
    fn is_seekable(&self) -> bool {
        self.is_seekable
    }
    fn size(&mut self) -> Result<Option<u64>> {
        Ok(self.is_seekable.then_some(self.bytes.len() as u64))
    }
}

fn stream(bytes: Vec<u8>, how: &str) -> Box<dyn Callbacks> {
    let is_seekable = how == "io";
    let most = if is_seekable { usize::MAX } else { 1000 };
    let good = if how == "failing" { 5000 } else { usize::MAX };
    Box::new(Bytes { bytes, at: 0, is_seekable, most, good })
}

/// How a case's `input` is opened.
pub fn source(given: &Value) -> Input {
    let name = text(&given["file"]);
    let how = given["as"].as_str().unwrap_or("path").to_owned();
    if how == "path" {
        return Input::Path(data(name));
    }
    let mut bytes = std::fs::read(data(name)).expect("the file is there");
    if let Some(patch) = given.get("patch") {
        let (at, new) = (whole(&patch["at"]) as usize, from_hex(text(&patch["bytes"])));
        bytes[at..at + new.len()].copy_from_slice(&new);
    }
    bytes.truncate(given["cut"].as_u64().map_or(usize::MAX, |cut| cut as usize));
    if how == "memory" {
        return Input::Memory(Arc::new(bytes), name.to_owned());
    }
    Input::Stream(Stream::new(move || Ok(stream(bytes, &how))), name.to_owned())
}

pub fn reader(case: &Value) -> Result<Reader> {
    open(&case["input"], &read_options(case))
}

fn open(given: &Value, options: &ReadOptions) -> Result<Reader> {
    use ondes::audio::source::ByteReader;
    let name = text(&given["file"]);
    match source(given) {
        Input::Path(path) => Reader::open(&path, options),
        Input::Memory(bytes, name) => Reader::from_named(Ok(ByteReader::from_memory(bytes)), &name, options),
        Input::Stream(..) => {
            let bytes = std::fs::read(data(name)).expect("the file is there");
            let bytes = given["cut"].as_u64().map_or(bytes.clone(), |cut| bytes[..cut as usize].to_vec());
            Reader::from_callbacks(stream(bytes, text(&given["as"])), name, options)
        }
    }
}

pub fn from_hex(text: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    text.as_bytes().chunks(2).map(byte).collect()
}

pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn md5(bytes: &[u8]) -> String {
    hex(Md5::digest(bytes))
}

/// Frames of any format, in memory that is aligned for all of them.
pub struct Block {
    memory: Vec<u64>,
    pub format: SampleFormat,
    pub layout: Layout,
    pub channels: usize,
    pub frames: usize,
}

impl Block {
    pub fn new(frames: usize, channels: usize, format: SampleFormat, layout: Layout) -> Self {
        let memory = vec![0; (frames * channels * format.size()).div_ceil(8)];
        Self { memory, format, layout, channels, frames }
    }

    pub fn of(bytes: &[u8], channels: usize, format: SampleFormat, layout: Layout) -> Self {
        let mut block = Self::new(bytes.len() / (channels * format.size()), channels, format, layout);
        block.bytes_mut().copy_from_slice(bytes);
        block
    }

    fn size(&self) -> usize {
        self.frames * self.channels * self.format.size()
    }

    pub fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.memory)[..self.size()]
    }

    pub fn any(&self) -> Result<AnyFrames<'_>> {
        AnyFrames::from_bytes(self.bytes(), self.format, self.channels, self.layout)
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        let size = self.size();
        &mut bytemuck::cast_slice_mut(&mut self.memory)[..size]
    }

    /// Some of the frames.
    pub fn part(&self, start: usize, frames: usize) -> Self {
        let width = self.format.size();
        let mut bytes = Vec::new();
        let (planes, plane, width) = match self.layout {
            Layout::Planar => (self.channels, self.frames * width, width),
            Layout::Interleaved => (1, 0, width * self.channels),
        };
        for channel in 0..planes {
            let from = channel * plane + start * width;
            bytes.extend_from_slice(&self.bytes()[from..from + frames * width]);
        }
        Self::of(&bytes, self.channels, self.format, self.layout)
    }

    /// Samples of a channel as floats.
    fn channel(&self, channel: usize) -> impl Iterator<Item = f64> {
        let (first, step) = match self.layout {
            Layout::Planar => (channel * self.frames, 1),
            Layout::Interleaved => (channel, self.channels),
        };
        let width = self.format.size();
        (0..self.frames).map(move |frame| {
            let at = (first + frame * step) * width;
            let bytes = &self.bytes()[at..at + width];
            match width {
                4 => f64::from(f32::from_le_bytes(bytes.try_into().expect("four"))),
                _ => f64::from_le_bytes(bytes.try_into().expect("eight")),
            }
        })
    }

    /// What is told of frames that were read.
    pub fn tell(&self, got: &mut Got, prefix: &str) {
        got.insert(format!("{prefix}frames"), self.frames.to_string());
        got.insert(format!("{prefix}md5"), md5(self.bytes()));
        for channel in (0..self.channels).filter(|_| self.format.is_float() && self.frames > 0) {
            let (mut energy, mut peak) = (0.0, 0f64);
            for sample in self.channel(channel).map(|sample| sample * 32768.0) {
                energy += sample * sample;
                peak = peak.max(sample.abs());
            }
            got.insert(format!("{prefix}rms.{channel}"), (energy / self.frames as f64).sqrt().to_string());
            got.insert(format!("{prefix}peak.{channel}"), peak.to_string());
        }
    }
}

/// A path for what a case makes.
pub fn target(given: &Value, folder: &Path) -> std::path::PathBuf {
    let extension = given["format"].as_str().unwrap_or("wav");
    given["path"].as_str().map_or_else(|| folder.join(format!("made.{extension}")), Into::into)
}
