//! Reading: open, describe, read, seek, with exact lengths.

use std::path::Path;

use super::cancel::Cancel;
use super::codec::{Description, Length, Stream, StreamOptions, Warnings};
pub use super::cursor::Ending;
use super::cursor::Window;
use super::destination::Place;
use super::encode::Model;
use super::frames::{FramesMut, Layout};
use super::mix::Mix;
use super::progress::{OnProgress, Report};
use super::resample::{LengthRule, Quality, Ratio, Scratch};
use super::resampled::Resampled;
use super::sample::{Sample, SampleFormat, with_sample};
use super::source::{ByteReader, Callbacks, SharedBytes};
use super::tags::Tags;
use super::{Error, ErrorKind, Result, probe};

/// A point in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Frames at the file's own rate.
    Frames(u64),
    /// Milliseconds: frame `floor(ms * rate / 1000)`.
    Milliseconds(u64),
    /// Nanoseconds: the nearest frame, so that k / rate in floating seconds is frame k.
    Nanoseconds(u64),
}

impl Position {
    fn frames(self, rate: u32) -> u64 {
        match self {
            Self::Frames(frames) => frames,
            Self::Milliseconds(ms) => u64::try_from(u128::from(ms) * u128::from(rate) / 1000).unwrap_or(u64::MAX),
            Self::Nanoseconds(ns) => {
                let frames = (u128::from(ns) * u128::from(rate) + 500_000_000) / 1_000_000_000;
                u64::try_from(frames).unwrap_or(u64::MAX)
            }
        }
    }
}

/// What to read of a file, and as what. The default is all of it, as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// Where reading begins; frame 0 of the reader.
    pub start: Position,
    /// Where reading ends; `None` is the end of the file.
    pub end: Option<Position>,
    /// What follows the file where it ends before `end`; it is converted to the rate like all else.
    pub ending: Ending,
    /// Only the first so many channels.
    pub channels: Option<u32>,
    /// The mean of the channels (of the first so many) instead of each.
    pub mono: bool,
    /// Convert to this rate in Hz: positions and lengths of the reader are then
    /// at this rate, those of these options stay at the file's.
    pub rate: Option<u32>,
    /// How well the rate is converted.
    pub quality: Quality,
    /// Leave out encoder delay and padding.
    pub trim: bool,
    /// Fail at damage in the file that is otherwise bridged with a warning.
    pub strict: bool,
    /// Take an estimated length instead of scanning a local file for the exact one.
    pub estimate_length: bool,
    /// Threads that may decode this one file in [`Reader::load`]; 0 is one per core.
    pub threads: u32,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            start: Position::Frames(0),
            end: None,
            ending: Ending::default(),
            channels: None,
            mono: false,
            rate: None,
            quality: Quality::default(),
            trim: true,
            strict: false,
            estimate_length: false,
            threads: 1,
        }
    }
}

/// What a reader knows of its file, and what it gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// What the file says.
    pub description: Description,
    /// Frames of the whole file at its own rate.
    pub file_length: Length,
    /// Rate of the frames that are read, in Hz.
    pub rate: u32,
    /// Channels that are read.
    pub channels: u32,
    /// Frames that are read from the start to the end.
    pub length: Length,
}

/// Reads frames from one source.
pub struct Reader {
    name: String,
    /// Where to open the same bytes again, and their extension.
    origin: Option<(ByteReader, Option<String>)>,
    is_forward_only: bool,
    window: Window,
    /// Stands between the window and the caller where the rates differ.
    resampled: Option<Resampled>,
    /// Kept for who lent it, where it is not needed.
    scratch: Scratch,
    options: ReadOptions,
    description: Description,
    position: u64,
    /// An error met after some frames had been read; given out by the next call.
    deferred: Option<Error>,
}

impl Reader {
    /// Opens the file at `path`.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Self> {
        Self::from_named(ByteReader::open(path), &path.display().to_string(), options)
    }

    /// Opens a file in memory.
    pub fn from_memory(bytes: SharedBytes, options: &ReadOptions) -> Result<Self> {
        Self::from_source(ByteReader::from_memory(bytes), None, options)
    }

    /// Opens the caller's stream; `name` is only for messages and the extension it ends in.
    pub fn from_callbacks(callbacks: Box<dyn Callbacks>, name: &str, options: &ReadOptions) -> Result<Self> {
        Self::from_named(ByteReader::from_callbacks(callbacks), name, options)
    }

    /// Opens a source, if it is one, under the name it has in messages; the
    /// name's extension decides where the bytes leave the format open.
    pub fn from_named(source: Result<ByteReader>, name: &str, options: &ReadOptions) -> Result<Self> {
        let extension = Path::new(name).extension().and_then(|e| e.to_str());
        source
            .and_then(|source| Self::from_source(source, extension, options))
            .map(|reader| Self { name: name.to_owned(), ..reader })
            .map_err(|e| e.in_source(name))
    }

    /// Opens any source.
    pub fn from_source(source: ByteReader, extension: Option<&str>, options: &ReadOptions) -> Result<Self> {
        let origin = source.second_cursor().map(|fork| (fork, extension.map(str::to_owned)));
        let is_forward_only = !source.is_seekable();
        let stream = probe::open(source, extension, StreamOptions { estimate_length: options.estimate_length })?;
        let reader = Self { origin, is_forward_only, ..Self::from_stream(stream, *options)? };
        reader.check_strict()?;
        Ok(reader)
    }

    /// With `strict`, the first warning is an error.
    fn check_strict(&self) -> Result<()> {
        match self.warnings().list().first() {
            Some(warning) if self.options.strict => {
                let error = Error::malformed(warning.message.clone());
                Err(warning.offset.map_or(error.clone(), |offset| error.at(offset)))
            }
            _ => Ok(()),
        }
    }

    fn from_stream(stream: Box<dyn Stream>, options: ReadOptions) -> Result<Self> {
        let description = stream.description().clone();
        if let Some(n) = options.channels
            && (n == 0 || n > description.channels)
        {
            return Err(Error::invalid(format!("channels: {n} asked for, but the file has {}", description.channels)));
        }
        if options.mono && options.channels == Some(1) && description.channels > 1 {
            return Err(Error::invalid("mono and channels = 1 contradict each other: mix all, or take the first"));
        }
        let start = options.start.frames(description.rate);
        let end = options.end.map(|end| end.frames(description.rate));
        // Times that differ by less than a frame are an empty window, not a mistake.
        if end.is_some_and(|end| end < start || options.end == Some(options.start)) {
            return Err(Error::invalid(format!("end (frame {}) is not after start (frame {start})", end.unwrap_or(0))));
        }
        if options.ending != Ending::Short && end.is_none() {
            return Err(Error::invalid("ending: what follows the audio needs an end up to which it goes"));
        }
        let trim = if options.trim { description.trim } else { super::codec::Trim::default() };
        let window_start = trim.start.saturating_add(start);
        let window_end = match (trim.end, end.map(|end| trim.start.saturating_add(end))) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let resampled = match options.rate {
            Some(rate) if rate != description.rate => {
                let ratio = Ratio::of_file(description.rate.into(), rate.into())?;
                Some(Resampled::new(ratio, options.quality, LengthRule::Exact))
            }
            _ => None,
        };
        let mix = Mix { channels: options.channels.unwrap_or(description.channels) as usize, mono: options.mono };
        Ok(Self {
            name: String::new(),
            origin: None,
            is_forward_only: false,
            window: Window::new(stream, mix, window_start, window_end)
                .padded(options.ending, end.map_or(0, |end| end - start)),
            resampled,
            scratch: Scratch::default(),
            options,
            description,
            position: 0,
            deferred: None,
        })
    }

    /// Uses resamplers that an earlier reader has left.
    #[must_use]
    pub fn with_scratch(mut self, scratch: Scratch) -> Self {
        match &mut self.resampled {
            Some(resampled) => drop(resampled.replace_scratch(scratch)),
            None => self.scratch = scratch,
        }
        self
    }

    /// Leaves its resamplers for a later reader.
    pub fn into_scratch(self) -> Scratch {
        match self.resampled {
            Some(mut resampled) => resampled.replace_scratch(Scratch::default()),
            None => self.scratch,
        }
    }

    /// The path or name it was opened with; empty for memory.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file says of its audio.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Channels that [`Reader::read`] gives.
    pub fn channels(&self) -> u32 {
        if self.options.mono { 1 } else { self.options.channels.unwrap_or(self.description.channels) }
    }

    /// The rate that [`Reader::read`] gives, in Hz.
    pub fn rate(&self) -> u32 {
        self.options.rate.unwrap_or(self.description.rate)
    }

    /// Frames that [`Reader::read`] gives from the start to the end, as far as known now.
    pub fn length(&self) -> Length {
        self.window.length().map(|frames| self.resampled.as_ref().map_or(frames, |resampled| resampled.frames(frames)))
    }

    /// Frames of the whole file at its own rate, as far as known now.
    fn file_length(&self) -> Length {
        let trim = if self.options.trim { self.description.trim } else { super::codec::Trim::default() };
        let clip = |raw: u64| trim.end.map_or(raw, |end| raw.min(end)).saturating_sub(trim.start);
        self.window.stream_length().map(clip)
    }

    /// Whether it reads the file at `path`.
    pub fn reads(&self, path: &Path) -> bool {
        self.origin.as_ref().is_some_and(|(source, _)| source.is_file(path))
    }

    /// The tags of the file, read now: opening for the audio leaves them alone.
    ///
    /// # Errors
    /// NOT_SEEKABLE where the source cannot go back to them.
    pub fn tags(&self) -> Result<Tags> {
        let again = self.origin.as_ref().and_then(|(source, extension)| Some((source.second_cursor()?, extension)));
        let tags = match again {
            Some((source, extension)) => Tags::read(source, extension.as_deref()),
            None => Err(Error::new(ErrorKind::NotSeekable, "the source cannot go back to its tags")),
        };
        tags.map_err(|e| e.in_source(&self.name))
    }

    /// The tags for a file that is made from this one, as far as they can be
    /// read: damaged ones are no reason not to copy the audio.
    pub fn tags_to_copy(&self) -> Tags {
        self.tags().map(|tags| tags.for_copy()).unwrap_or_default()
    }

    /// Whether what is read was computed from the file's samples: their mean,
    /// or samples between them, which are floats even where those are integers.
    pub fn is_computed(&self) -> bool {
        self.options.mono && self.description.channels > 1 || self.resampled.is_some()
    }

    /// What a file would have to be to hold what is read.
    pub fn model(&self) -> Model {
        let Description { codec, sample_format, channels, channel_mask, .. } = self.description;
        Model {
            rate: self.rate(),
            channels: self.channels(),
            channel_mask: if self.channels() == channels { channel_mask } else { 0 },
            sample_format: (codec.is_lossless() && !self.is_computed()).then_some(sample_format),
        }
    }

    /// All that is known of the file and of what is read from it.
    pub fn info(&self) -> Info {
        Info {
            description: self.description.clone(),
            file_length: self.file_length(),
            rate: self.rate(),
            channels: self.channels(),
            length: self.length(),
        }
    }

    /// Finds the exact length, reading through the file's headers if it must. Progress counts the frames of the
    /// file, at its own rate.
    ///
    /// # Errors
    /// CANCELLED, then all is as before; NOT_SEEKABLE, and what reading meets.
    pub fn measure(&mut self, cancel: &Cancel, on_progress: Option<OnProgress<'_>>) -> Result<u64> {
        let mut report = self.watch(cancel, on_progress)?;
        if !matches!(self.length(), Length::Exact(_)) {
            self.window.measure(&mut |frame| report.reach(frame)).map_err(|e| e.in_source(&self.name))?;
        }
        let Length::Exact(frames) = self.length() else {
            let error = Error::new(ErrorKind::Internal, "the length is not known after measuring");
            return Err(error.in_source(&self.name));
        };
        report.end(self.window.stream_length())?;
        Ok(frames)
    }

    /// Tells of work through the whole file.
    fn watch<'a>(&self, cancel: &Cancel, on_progress: Option<OnProgress<'a>>) -> Result<Report<'a>> {
        cancel.check().map_err(|e| e.in_source(&self.name))?;
        Ok(Report::of(self.window.stream_length(), self.description.rate, cancel, on_progress))
    }

    /// Position of the next frame that [`Reader::read`] gives.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether the source cannot go back.
    pub fn is_forward_only(&self) -> bool {
        self.is_forward_only
    }

    /// Moves to a frame, up to and including the end.
    ///
    /// # Errors
    /// The frame is beyond the end, or the source cannot go back to it: then all is as before.
    pub fn seek(&mut self, frame: u64) -> Result<()> {
        if let Length::Exact(frames) = self.length()
            && frame > frames
        {
            return Err(Error::new(
                ErrorKind::OutOfRange,
                format!("cannot seek to frame {frame}: the audio has {frames} frames"),
            )
            .in_source(&self.name));
        }
        if self.is_forward_only {
            match &mut self.resampled {
                Some(resampled) => resampled.go_back(&mut self.window, frame),
                None => self.window.try_seek(frame),
            }
            .map_err(|e| e.in_source(&self.name))?;
        }
        self.place(frame);
        Ok(())
    }

    /// Moves to a frame that may be out of reach: reading there tells.
    pub(super) fn place(&mut self, frame: u64) {
        self.deferred = None;
        self.position = frame;
        // A conversion sees by itself that it is wanted elsewhere.
        if self.resampled.is_none() {
            self.window.seek(frame);
        }
    }

    /// Fills `dst` as far as there are frames; fewer only at the end, 0 after it.
    ///
    /// # Errors
    /// Damage that cannot be bridged. Frames read before it are given first.
    ///
    /// # Panics
    /// If `dst` has another number of channels than [`Reader::channels`].
    pub fn read<S: Sample>(&mut self, mut dst: FramesMut<'_, S>) -> Result<usize> {
        self.read_place(&mut Place::all(&mut dst))
    }

    /// As [`Reader::read`].
    pub(super) fn read_place(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        assert_eq!(dst.channels(), self.channels() as usize, "channels of the destination");
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        let mut done = 0;
        while done < dst.len() {
            let rest = &mut dst.slice(done, usize::MAX);
            let read = match &mut self.resampled {
                Some(resampled) => resampled.read(&mut self.window, self.position + done as u64, rest),
                None => self.window.read(rest),
            };
            match read {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) => {
                    let error = error.in_source(&self.name);
                    if done == 0 {
                        return Err(error);
                    }
                    self.deferred = Some(error);
                    break;
                }
            }
        }
        self.check_strict().map_err(|e| e.in_source(&self.name))?;
        self.position += done as u64;
        Ok(done)
    }

    /// A second reader over the same bytes with the same options, at its start;
    /// none for callbacks.
    pub fn fork(&self) -> Option<Result<Self>> {
        let (source, extension) = self.origin.as_ref()?;
        // The length is known here already; the fork need not scan for it.
        let options = ReadOptions { estimate_length: true, ..self.options };
        let fork = Self::from_source(source.fork()?, extension.as_deref(), &options);
        Some(fork.map(|fork| Self { name: self.name.clone(), ..fork }))
    }

    /// As [`Reader::read`], into bytes that hold samples of a format known only
    /// at run time. Planes lie as far apart as `dst` holds frames.
    pub fn read_as(&mut self, format: SampleFormat, layout: Layout, dst: &mut [u8]) -> Result<usize> {
        let channels = self.channels() as usize;
        with_sample!(format, S => self.read(FramesMut::<S>::from_bytes(dst, channels, layout)?))
    }

    /// What it was opened with.
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// What was found wrong with the file so far.
    pub fn warnings(&self) -> &Warnings {
        self.window.warnings()
    }

    /// Checks the decoded audio against the checksum in the file (FLAC has one);
    /// `None` if it has none. The position goes back to the start. Progress
    /// counts the frames of the file, at its own rate.
    ///
    /// # Errors
    /// CANCELLED, then all is as before; what reading meets.
    pub fn verify(&mut self, cancel: &Cancel, on_progress: Option<OnProgress<'_>>) -> Result<Option<bool>> {
        let mut report = self.watch(cancel, on_progress)?;
        let verdict = self.window.verify(&mut |frame| report.reach(frame)).map_err(|e| e.in_source(&self.name))?;
        report.tell(0, true)?;
        if let Some(resampled) = &mut self.resampled {
            resampled.restart();
        }
        self.seek(0)?;
        Ok(verdict)
    }
}
