//! Writing: create, append frames, flush, finish.

use std::path::Path;

use super::encode::{Encoder, Format, Settings, WriteOptions};
use super::frames::{AnyFrames, Frames, FramesMut, Layout};
use super::reader::Reader;
use super::sample::{Dither, Sample, SampleFormat};
use super::sink::{ByteWriter, Outlet};
use super::{Error, ErrorKind, Result, counted};

/// Bytes converted at a time: small enough to stay in the cache.
const CHUNK: usize = 64 << 10;
/// Bytes handed on at a time where there is nothing to convert.
const PIECE: usize = 1 << 20;

/// Writes frames to one target.
pub struct Writer {
    name: String,
    format: &'static Format,
    settings: Settings,
    encoder: Box<dyn Encoder>,
    sink: Option<ByteWriter>,
    state: State,
    position: u64,
    is_atomic: bool,
    dither: Option<Dither>,
    /// Converted samples, as u64 so that any sample is aligned.
    converted: Vec<u64>,
    /// Samples before they are dithered.
    exact: Vec<f64>,
}

enum State {
    Open,
    /// What went wrong: nothing more can be written.
    Failed(Error),
    Finished,
}

impl Writer {
    /// Creates the file at `path`, or empties it. A failure leaves what was there.
    pub fn create(path: &Path, options: &WriteOptions) -> Result<Self> {
        let name = path.display().to_string();
        Self::start(&name, options, || ByteWriter::create(path, options.atomic)).map_err(|e| e.in_source(&name))
    }

    /// As [`Writer::create`], with what the options leave open taken from `model`.
    ///
    /// # Errors
    /// INVALID_ARGUMENT also if `model` reads the file at `path`, which would be emptied.
    pub fn create_like(path: &Path, options: &WriteOptions, model: &Reader) -> Result<Self> {
        let name = path.display().to_string();
        let mut options = options.clone();
        options.fill_in(model, &name).map_err(|e| e.in_source(&name))?;
        if !options.atomic && model.reads(path) {
            let why = "is the file that is read: write another, or with the option to write beside it";
            return Err(Error::invalid(why).in_source(&name));
        }
        Self::create(path, &options)
    }

    /// Writes a file in memory, which [`Writer::take_bytes`] gives at the end.
    pub fn in_memory(options: &WriteOptions) -> Result<Self> {
        Self::start("", options, || Ok(ByteWriter::memory()))
    }

    /// Writes to the caller's stream; `name` is only for messages and the extension it ends in.
    pub fn to_outlet(outlet: Box<dyn Outlet>, name: &str, options: &WriteOptions) -> Result<Self> {
        Self::start(name, options, || Ok(ByteWriter::callbacks(outlet))).map_err(|e| e.in_source(name))
    }

    /// Everything that can fail comes before the target is touched.
    fn start(name: &str, options: &WriteOptions, open: impl FnOnce() -> Result<ByteWriter>) -> Result<Self> {
        let (format, settings) = options.settle(name)?;
        let mut encoder = format.encoder(&settings)?;
        let mut sink = open()?;
        encoder.start(&mut sink)?;
        sink.commit()?;
        Ok(Self {
            name: name.to_owned(),
            format,
            settings,
            encoder,
            sink: Some(sink),
            state: State::Open,
            position: 0,
            is_atomic: options.atomic,
            dither: options.dither.then(Dither::default),
            converted: Vec::new(),
            exact: Vec::new(),
        })
    }

    /// A whole file in memory.
    pub fn encode(options: &WriteOptions, frames: &AnyFrames<'_>) -> Result<Vec<u8>> {
        let mut writer = Self::in_memory(options)?;
        writer.write_any(frames)?;
        writer.finish()?;
        writer.take_bytes()
    }

    /// The path or name it was created with; empty for memory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format that is written.
    pub fn format(&self) -> &'static Format {
        self.format
    }

    /// What is written, as it was settled.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The format in which samples are encoded: all others are converted to it.
    pub fn sample_format(&self) -> SampleFormat {
        self.encoder.sample_format()
    }

    /// Whether it writes beside its target.
    pub fn is_atomic(&self) -> bool {
        self.is_atomic
    }

    /// Whether samples that are rounded to fewer bits are dithered.
    pub fn is_dithered(&self) -> bool {
        self.dither.is_some()
    }

    /// The word for the quality that was chosen; none if the format has no choice.
    pub fn quality(&self) -> Option<&'static str> {
        self.format.qualities.get(self.settings.quality).copied()
    }

    /// Frames written so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Appends frames.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for another number of channels and LIMIT for more than
    /// the format holds: nothing is written then, and writing can go on. After
    /// any other error nothing more can be written.
    pub fn write<S: Sample>(&mut self, frames: Frames<'_, S>) -> Result<()> {
        self.write_any(&frames.any())
    }

    /// As [`Writer::write`], of samples whose type is known only at run time.
    pub fn write_any(&mut self, frames: &AnyFrames<'_>) -> Result<()> {
        self.check_open()?;
        let channels = self.settings.channels as usize;
        if frames.channels() != channels {
            return Err(self.refuse(Error::invalid(format!(
                "the samples have {}, but the file has {channels}",
                counted(frames.channels() as u64, "channel")
            ))));
        }
        let end = self.position.saturating_add(frames.len() as u64);
        let most = self.encoder.max_frames();
        if end > most {
            let title = self.format.title;
            return Err(self.refuse(Error::limit(format!(
                "{title} can hold {most} frames of these, and {end} are too many: finish this file and begin another"
            ))));
        }
        let done = self.write_all(frames);
        self.keep(done)?;
        self.position = end;
        Ok(())
    }

    /// Brings the file up to date: if the process ends now, everything written so far can be read.
    ///
    /// # Errors
    /// UNSUPPORTED or NOT_SEEKABLE where the format or the target cannot: writing can go on.
    pub fn flush(&mut self) -> Result<()> {
        self.check_open()?;
        let sink = self.sink.as_mut().expect("an open writer has a sink");
        let done = self.encoder.flush(sink).and_then(|()| sink.flush());
        match done {
            Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::NotSeekable) => Err(self.refuse(e)),
            done => self.keep(done),
        }
    }

    /// Completes the file, once: every error that could still come, comes here.
    pub fn finish(&mut self) -> Result<()> {
        self.check_open()?;
        let sink = self.sink.as_mut().expect("an open writer has a sink");
        let done = self.encoder.finish(sink).and_then(|()| sink.finish());
        self.keep(done)?;
        self.state = State::Finished;
        if !self.is_in_memory() {
            // The caller's stream or file is let go now, not when the writer is freed.
            self.sink = None;
        }
        Ok(())
    }

    /// Whether it was finished.
    pub fn is_finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// The whole file, if it was written in memory: once, after [`Writer::finish`].
    pub fn take_bytes(&mut self) -> Result<Vec<u8>> {
        if !self.is_finished() {
            return Err(Error::invalid("the file is not finished: call finish first"));
        }
        let sink = self.sink.take();
        sink.and_then(ByteWriter::into_memory)
            .ok_or_else(|| Error::invalid("the file was not written in memory, or its bytes were taken before"))
    }

    fn is_in_memory(&self) -> bool {
        self.sink.as_ref().is_some_and(ByteWriter::is_memory)
    }

    fn check_open(&self) -> Result<()> {
        match &self.state {
            State::Open => Ok(()),
            State::Failed(error) => Err(error.clone().after_failure()),
            State::Finished => {
                Err(self.refuse(Error::new(ErrorKind::Closed, "the file is finished: nothing more can be written")))
            }
        }
    }

    fn refuse(&self, error: Error) -> Error {
        error.in_source(&self.name)
    }

    /// Keeps an error, after which the target's state is not known.
    fn keep(&mut self, done: Result<()>) -> Result<()> {
        done.map_err(|error| {
            let error = self.refuse(error);
            self.state = State::Failed(error.clone());
            error
        })
    }

    fn write_all(&mut self, frames: &AnyFrames<'_>) -> Result<()> {
        let sink = self.sink.as_mut().expect("an open writer has a sink");
        let format = self.encoder.sample_format();
        let channels = frames.channels();
        let loses = !format.is_float() && (frames.format().is_float() || frames.format().bits() > format.bits());
        if frames.format() == format
            && let Some(samples) = frames.interleaved()
        {
            // Nothing to convert: no copy, but still in pieces that suit every encoder.
            let frame = channels * format.size();
            let piece = (PIECE / frame).max(1) * frame;
            return samples.chunks(piece).try_for_each(|piece| self.encoder.write(piece, sink));
        }
        let per_chunk = (CHUNK / (channels * format.size())).max(1);
        let mut done = 0;
        while done < frames.len() {
            let n = per_chunk.min(frames.len() - done);
            let bytes = n * channels * format.size();
            self.converted.resize(bytes.div_ceil(8).max(self.converted.len()), 0);
            let converted = &mut bytemuck::cast_slice_mut(&mut self.converted)[..bytes];
            match &mut self.dither {
                Some(dither) if loses => {
                    self.exact.resize((n * channels).max(self.exact.len()), 0.0);
                    let exact = &mut self.exact[..n * channels];
                    frames.copy_to(done, &mut FramesMut::new(exact, channels, Layout::Interleaved));
                    dither.add(exact, format.bits());
                    let exact = Frames::new(exact, channels, Layout::Interleaved);
                    exact.any().copy_as(0, format, converted)?;
                }
                _ => frames.copy_as(done, format, converted)?,
            }
            self.encoder.write(converted, sink)?;
            done += n;
        }
        Ok(())
    }
}
