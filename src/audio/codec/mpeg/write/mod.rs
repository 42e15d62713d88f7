//! Writing MP3 with LAME.
//!
//! The first frame is a tag without audio. It tells the delay from the start;
//! the padding, the number of frames and bytes and a seek table when the file
//! is flushed or finished. On a target that cannot go back these stay untold,
//! and readers find some silence behind the end.
//!
//! One thread gives the stream that LAME makes of the whole. Several encode
//! [segments] of it.

mod segments;
mod summary;
mod tag;

use crate::audio::encode::{Encoder, FORMATS, Settings, tame};
use crate::audio::sample::SampleFormat;
use crate::audio::sink::ByteWriter;
use crate::audio::{Error, ErrorKind, Result};
use crate::platform::lame::{BitRate, Failure, Lame, Parameters};

use segments::Segments;
use summary::Summary;
use tag::TagFrame;

/// LAME's `-q` for constant bit rates: what each costs and gives is in docs/DEPENDENCIES.md.
const EFFORT: u32 = 3;

/// Zero bytes behind the ID3v2 tag, where there is one, for changes in place.
const ID3_PADDING: usize = 1024;

/// The loudest sample that LAME is given, 36 dB over full scale. Its tables end some way above.
const LOUDEST: f32 = 64.0;

/// Full scale for LAME.
const FULL_SCALE: f32 = 32_768.0;

/// The samples of one or two channels, apart.
#[derive(Debug, Default)]
struct Planes {
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Planes {
    fn len(&self) -> usize {
        self.left.len()
    }

    fn clear(&mut self) {
        self.left.clear();
        self.right.clear();
    }

    /// Appends interleaved samples, in LAME's scale: whatever they are, they become numbers that it can bear.
    fn append(&mut self, samples: &[f32], channels: u32) {
        let scale = |sample: &f32| tame(*sample, LOUDEST) * FULL_SCALE;
        if channels == 1 {
            self.left.extend(samples.iter().map(scale));
        } else {
            let (frames, _) = samples.as_chunks::<2>();
            self.left.extend(frames.iter().map(|[left, _]| scale(left)));
            self.right.extend(frames.iter().map(|[_, right]| scale(right)));
        }
    }

    /// The frames from `start` to `end`, of both channels.
    fn slice(&self, start: usize, end: usize) -> (&[f32], &[f32]) {
        (&self.left[start..end], if self.right.is_empty() { &[] } else { &self.right[start..end] })
    }
}

/// An encoder for MP3.
pub fn encode(settings: &Settings) -> Result<Box<dyn Encoder>> {
    let parameters = Parameters {
        rate: settings.rate,
        channels: settings.channels,
        bit_rate: bit_rate(settings)?,
        reservoir: !settings.no_bit_reservoir,
        effort: EFFORT,
    };
    let lame = Lame::new(&parameters).map_err(failed)?;
    let tag = TagFrame::new(&parameters, &lame);
    let summary = Summary::default();
    let frames = match settings.threads {
        1 => Frames::Whole(lame, Planes::default()),
        threads => Frames::Segments(Segments::new(parameters, threads)),
    };
    // The bytes that come first are made now, so that tags which do not fit change no file.
    let id3v2 = settings.tags.to_id3v2(ID3_PADDING)?;
    Ok(Box::new(Mp3Encoder { parameters, frames, id3v2, tag, tag_position: 0, summary, taken: 0, bytes: Vec::new() }))
}

/// What the format's words for quality mean: `V` and a digit, or a number of
/// kbit/s, of which the lower rates hold less.
fn bit_rate(settings: &Settings) -> Result<BitRate> {
    let words = FORMATS.iter().find(|format| format.name == "mp3").map_or(&[][..], |format| format.qualities);
    let word = words.get(settings.quality).copied().unwrap_or_default();
    let number = |text: &str| text.split(' ').next().and_then(|digits| digits.parse::<u32>().ok());
    let meant = match word.strip_prefix('V') {
        Some(v) => number(v).map(BitRate::Variable),
        None => number(word).map(|kbps| BitRate::Constant(kbps.min(most_kbps(settings.rate)))),
    };
    meant.ok_or_else(|| Error::new(ErrorKind::Internal, format!("MP3 has no quality number {}", settings.quality)))
}

/// The highest bit rate: ISO/IEC 11172-3 for MPEG-1, 13818-3 for MPEG-2. That
/// of MPEG-2.5 is LAME's: more is too much for the buffers of some players.
fn most_kbps(rate: u32) -> u32 {
    match rate {
        32_000.. => 320,
        16_000.. => 160,
        _ => 64,
    }
}

/// Samples of one channel in an MP3 frame.
fn samples_per_frame(rate: u32) -> usize {
    if rate >= 32_000 { 1152 } else { 576 }
}

fn failed(failure: Failure) -> Error {
    match failure {
        Failure::OutOfMemory => Error::new(ErrorKind::OutOfMemory, "no memory for the MP3 encoder"),
        Failure::Code(code) => Error::new(ErrorKind::Internal, format!("the MP3 encoder LAME fails with {code}")),
    }
}

/// What turns samples into MP3 frames.
enum Frames {
    Whole(Lame, Planes),
    Segments(Segments),
}

struct Mp3Encoder {
    parameters: Parameters,
    frames: Frames,
    id3v2: Vec<u8>,
    tag: TagFrame,
    /// Where the tag's frame stands in the file.
    tag_position: u64,
    summary: Summary,
    /// Frames of audio taken.
    taken: u64,
    /// Bytes on their way to the sink.
    bytes: Vec<u8>,
}

impl Mp3Encoder {
    fn put(&mut self, sink: &mut ByteWriter) -> Result<()> {
        self.summary.add(&self.bytes)?;
        let done = sink.write(&self.bytes);
        self.bytes.clear();
        done
    }

    fn complete_tag(&self, padding: u32, sink: &mut ByteWriter) -> Result<()> {
        let totals = self.summary.totals(self.tag.size() as u64, padding);
        sink.patch(self.tag_position, &self.tag.bytes(Some(&totals)))
    }

    /// Samples that the MP3 frames hold behind the last that was taken.
    fn padding(&self) -> Result<u32> {
        let held = self.summary.frames() * samples_per_frame(self.parameters.rate) as u64;
        let padding = held.checked_sub(self.taken + u64::from(self.tag.delay()));
        padding.and_then(|padding| u32::try_from(padding).ok()).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                format!("LAME made {} MP3 frames of {} samples", self.summary.frames(), self.taken),
            )
        })
    }
}

impl Encoder for Mp3Encoder {
    fn sample_format(&self) -> SampleFormat {
        SampleFormat::F32
    }

    fn start(&mut self, sink: &mut ByteWriter) -> Result<()> {
        sink.write(&std::mem::take(&mut self.id3v2))?;
        self.tag_position = sink.position();
        sink.write(&self.tag.bytes(None))
    }

    fn write(&mut self, samples: &[u8], sink: &mut ByteWriter) -> Result<()> {
        let samples: &[f32] = bytemuck::cast_slice(samples);
        let channels = self.parameters.channels;
        self.taken += samples.len() as u64 / u64::from(channels);
        match &mut self.frames {
            Frames::Whole(lame, planes) => {
                planes.clear();
                planes.append(samples, channels);
                lame.encode(&planes.left, &planes.right, &mut self.bytes).map_err(failed)?;
            }
            Frames::Segments(segments) => segments.append(samples, &mut self.bytes)?,
        }
        self.put(sink)
    }

    /// All bytes that exist go out. LAME keeps the latest samples, and up to a
    /// reservoir's worth of frames, until more come: completing those would
    /// change what follows.
    fn flush(&mut self, sink: &mut ByteWriter) -> Result<()> {
        if let Frames::Segments(segments) = &mut self.frames {
            segments.collect(&mut self.bytes)?;
        }
        self.put(sink)?;
        if sink.can_patch(self.tag_position) { self.complete_tag(0, sink) } else { Ok(()) }
    }

    fn finish(&mut self, sink: &mut ByteWriter) -> Result<()> {
        match &mut self.frames {
            Frames::Whole(lame, _) => lame.finish(&mut self.bytes).map_err(failed)?,
            Frames::Segments(segments) => segments.finish(&mut self.bytes)?,
        }
        self.put(sink)?;
        if sink.can_patch(self.tag_position) {
            self.complete_tag(self.padding()?, sink)?;
        }
        Ok(())
    }
}
