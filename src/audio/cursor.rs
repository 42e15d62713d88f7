//! A stream read from any raw frame, whatever blocks the decoder gives.

use super::codec::{Length, Stream, Warnings, Watch, unwatched};
use super::destination::Place;
use super::mix::Mix;
use super::{Error, ErrorKind, Result};

/// A stream with an exact position in raw frames.
struct Cursor {
    stream: Box<dyn Stream>,
    next: u64,
    /// The block at hand: its first frame and length; none after a seek of the stream.
    block: Option<(u64, usize)>,
}

impl Cursor {
    /// Decoding on is cheaper than seeking for gaps up to this, in frames.
    const NEAR: u64 = 8192;

    fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, next: 0, block: Some((0, 0)) }
    }

    fn seek(&mut self, raw: u64) {
        self.next = raw;
    }

    /// Where the stream stands is not known: the next read seeks, to its first frame too.
    fn lose(&mut self) {
        self.block = Some((u64::MAX, 0));
    }

    /// Goes back in the stream if frame `next` lies before the block at hand.
    fn go_back(&mut self) -> Result<()> {
        match self.block {
            Some((start, _)) if start <= self.next => {}
            _ => {
                if self.next != 0 || self.block.is_some() || self.stream.block_start() != 0 {
                    self.stream.seek(self.next)?;
                }
                self.block = Some((self.next, 0));
            }
        }
        Ok(())
    }

    /// Makes the block that holds frame `next` the one at hand; false at the end.
    fn load_block(&mut self) -> Result<bool> {
        loop {
            self.go_back()?;
            if let Some((start, frames)) = self.block {
                let end = start + frames as u64;
                if self.next < end {
                    return Ok(true);
                }
                if self.next - end > Self::NEAR {
                    let before = self.block.take();
                    self.block = match self.stream.seek(self.next) {
                        Ok(()) => Some((self.next, 0)),
                        // A source that only goes forward is decoded on to there.
                        Err(error) if error.kind() == ErrorKind::NotSeekable => before,
                        Err(error) => return Err(error),
                    };
                }
            }
            // Whatever comes of advancing, the block at hand is gone.
            let before = self.block.take();
            if !self.stream.advance()? {
                self.block = Some((self.stream.block_start(), 0));
                return Ok(false);
            }
            let (start, frames) = (self.stream.block_start(), self.stream.block().frames);
            if before.is_some_and(|(s, f)| f == 0 && s == self.next && start > self.next) {
                return Err(Error::new(
                    ErrorKind::Internal,
                    format!("after a seek to frame {} the decoder is at {start}", self.next),
                ));
            }
            self.block = Some((start, frames));
        }
    }

    /// Copies frames of one block into `dst`; 0 only at the end, or for an empty `dst`.
    fn read(&mut self, dst: &mut Place<'_>, mix: Mix) -> Result<usize> {
        if dst.is_empty() || !self.load_block()? {
            return Ok(0);
        }
        let block = self.stream.block();
        let skip = (self.next - self.stream.block_start()) as usize;
        let n = dst.len().min(block.frames - skip);
        dst.slice(0, n).put_block(mix, &block, skip);
        self.next += n as u64;
        Ok(n)
    }
}

/// What follows the audio where it ends before the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// Nothing: the window is shorter.
    #[default]
    Short,
    /// Silence.
    Silence,
    /// The window again from its first frame, as often as needed; silence if it has none.
    Repeat,
}

/// The part of a stream that is read: a span of frames, a choice of channels.
pub struct Window {
    cursor: Cursor,
    mix: Mix,
    /// First raw frame of the window, and the one after its last, or the greatest number if that is the stream's.
    start: u64,
    end: u64,
    ending: Ending,
    /// Frames of the window with what follows the audio; none if that is nothing.
    padded: Option<u64>,
    /// The frame of the window that is read next.
    position: u64,
}

impl Window {
    /// The raw frames from `start` to `end`, or to the end of the stream.
    pub fn new(stream: Box<dyn Stream>, mix: Mix, start: u64, end: Option<u64>) -> Self {
        let mut cursor = Cursor::new(stream);
        cursor.seek(start);
        let end = end.map_or(u64::MAX, |end| end.max(start));
        Self { cursor, mix, start, end, ending: Ending::Short, padded: None, position: 0 }
    }

    /// Makes it `frames` long, with what `ending` says after the audio.
    #[must_use]
    pub fn padded(self, ending: Ending, frames: u64) -> Self {
        Self { ending, padded: (ending != Ending::Short).then_some(frames), ..self }
    }

    /// Channels that [`Window::read`] gives.
    pub fn channels(&self) -> usize {
        self.mix.outputs()
    }

    /// Raw frames in the whole stream, as far as known now.
    pub fn stream_length(&self) -> Length {
        self.cursor.stream.length()
    }

    /// Frames in the window, as far as known now.
    pub fn length(&self) -> Length {
        self.padded.map_or_else(|| self.audio_length(), Length::Exact)
    }

    /// Frames of the window without what follows the audio.
    fn audio_length(&self) -> Length {
        self.cursor.stream.length().map(|raw| raw.min(self.end).saturating_sub(self.start))
    }

    /// Finds the stream's exact length.
    pub fn measure(&mut self, watch: Watch<'_>) -> Result<()> {
        let result = self.cursor.stream.measure(watch);
        // A source that cannot go back is still where it was.
        if !result.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotSeekable) {
            self.cursor.lose();
        }
        result.map(drop)
    }

    /// Checks the stream against its checksum.
    pub fn verify(&mut self, watch: Watch<'_>) -> Result<Option<bool>> {
        let verdict = self.cursor.stream.verify(watch);
        // Without a checksum nothing was read.
        if verdict != Ok(None) {
            self.cursor.lose();
        }
        verdict
    }

    /// What was found wrong with the stream so far.
    pub fn warnings(&self) -> &Warnings {
        self.cursor.stream.warnings()
    }

    /// Goes to a frame of the window, which costs nothing until it is read.
    pub fn seek(&mut self, frame: u64) {
        self.position = frame;
        self.cursor.seek(self.start.saturating_add(frame));
    }

    /// As [`Window::seek`], but tells whether the source can go there: if not, all is as before.
    pub fn try_seek(&mut self, frame: u64) -> Result<()> {
        let before = (self.position, self.cursor.next);
        self.seek(frame);
        self.cursor.go_back().inspect_err(|_| (self.position, self.cursor.next) = before)
    }

    /// Reads some frames; 0 only at the end, or for an empty `dst`.
    pub fn read(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        let left = self.padded.map_or(u64::MAX, |frames| frames.saturating_sub(self.position));
        let dst = &mut dst.slice(0, usize::try_from(left).unwrap_or(usize::MAX));
        let read = match self.read_audio(dst)? {
            0 if self.padded.is_some() && !dst.is_empty() => self.read_padding(dst)?,
            n => n,
        };
        self.position += read as u64;
        Ok(read)
    }

    fn read_audio(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        // Streams need not know what to do when they are sent beyond their end.
        if self.padded.is_some() && matches!(self.stream_length(), Length::Exact(raw) if self.cursor.next > raw) {
            return Ok(0);
        }
        let left = self.end.saturating_sub(self.cursor.next);
        self.cursor.read(&mut dst.slice(0, usize::try_from(left).unwrap_or(usize::MAX)), self.mix)
    }

    /// Reads what follows the audio, now that the position is not inside of it.
    fn read_padding(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        if self.ending == Ending::Repeat {
            if !matches!(self.audio_length(), Length::Exact(_)) {
                self.measure(&mut unwatched)?;
            }
            if let Length::Exact(period @ 1..) = self.audio_length() {
                self.cursor.seek(self.start + self.position % period);
                let read = self.read_audio(dst)?;
                if read > 0 {
                    return Ok(read);
                }
            }
        }
        dst.silence();
        Ok(dst.len())
    }
}
