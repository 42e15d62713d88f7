//! Frames to be filled, for code that need not know the type of their samples.
//!
//! What only moves frames about is compiled once this way, and not once for
//! each of eight types; the type matters only where samples are converted.

use super::frames::{AnyFrames, Block, FramesMut};
use super::mix::Mix;
use super::sample::{Sample, SampleFormat};

/// [`FramesMut`] of any sample type.
pub trait Destination {
    /// Frames in all.
    fn frames(&self) -> usize;
    /// Samples per frame.
    fn channels(&self) -> usize;
    /// The float in which such samples are resampled.
    fn work_format(&self) -> SampleFormat;
    /// As [`Mix::copy`], into `frames` frames from `start` on.
    fn put_block(&mut self, start: usize, frames: usize, mix: Mix, block: &Block<'_>, skip: usize);
    /// As [`AnyFrames::copy_to`], into `frames` frames from `start` on.
    fn copy(&mut self, start: usize, frames: usize, from: &AnyFrames<'_>, skip: usize);
    /// Silences `frames` frames from `start` on.
    fn silence(&mut self, start: usize, frames: usize);
    /// As [`FramesMut::repeat`].
    fn repeat(&mut self, period: usize);
    /// The first `frames` frames in parts of `each`, but for the last.
    fn parts(&mut self, frames: usize, each: usize) -> Vec<Box<dyn Destination + Send + '_>>;
}

impl<S: Sample> Destination for FramesMut<'_, S> {
    fn frames(&self) -> usize {
        self.len()
    }

    fn channels(&self) -> usize {
        self.channels()
    }

    fn work_format(&self) -> SampleFormat {
        S::Work::FORMAT
    }

    fn put_block(&mut self, start: usize, frames: usize, mix: Mix, block: &Block<'_>, skip: usize) {
        mix.copy(block, skip, &mut self.slice(start, frames));
    }

    fn copy(&mut self, start: usize, frames: usize, from: &AnyFrames<'_>, skip: usize) {
        from.copy_to(skip, &mut self.slice(start, frames));
    }

    fn silence(&mut self, start: usize, frames: usize) {
        self.slice(start, frames).silence();
    }

    fn repeat(&mut self, period: usize) {
        self.repeat(period);
    }

    fn parts(&mut self, frames: usize, each: usize) -> Vec<Box<dyn Destination + Send + '_>> {
        let mut parts: Vec<Box<dyn Destination + Send + '_>> = Vec::new();
        let mut rest = self.slice(0, frames);
        while !rest.is_empty() {
            let mid = each.min(rest.len());
            let (head, tail) = rest.split_at(mid);
            parts.push(Box::new(head));
            rest = tail;
        }
        parts
    }
}

/// A run of frames of a [`Destination`].
pub struct Place<'a> {
    frames: &'a mut dyn Destination,
    start: usize,
    len: usize,
}

impl<'a> Place<'a> {
    /// All of them.
    pub fn all(frames: &'a mut dyn Destination) -> Self {
        let len = frames.frames();
        Self { frames, start: 0, len }
    }

    /// Frames in the run.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.frames.channels()
    }

    /// The frames from `start`, at most `len` of them.
    pub fn slice(&mut self, start: usize, len: usize) -> Place<'_> {
        let start = start.min(self.len);
        Place { frames: self.frames, start: self.start + start, len: len.min(self.len - start) }
    }

    /// The float in which such samples are resampled.
    pub fn work_format(&self) -> SampleFormat {
        self.frames.work_format()
    }

    /// As [`Mix::copy`].
    pub fn put_block(&mut self, mix: Mix, block: &Block<'_>, skip: usize) {
        self.frames.put_block(self.start, self.len, mix, block, skip);
    }

    /// As [`AnyFrames::copy_to`].
    pub fn copy(&mut self, from: &AnyFrames<'_>, skip: usize) {
        self.frames.copy(self.start, self.len, from, skip);
    }

    /// Silences every frame.
    pub fn silence(&mut self) {
        self.frames.silence(self.start, self.len);
    }
}
