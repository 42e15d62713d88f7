//! A span of frames read at another rate.

use super::cursor::Window;
use super::destination::Place;
use super::resample::{Kept, LengthRule, Quality, Ratio, Resampler, Scratch};
use super::sample::SampleFormat;
use super::{Error, Result};

/// Where frames to convert come from.
pub trait FrameSource {
    /// Samples per frame.
    fn channels(&self) -> usize;
    /// The next read begins with this frame; an error leaves all as it was.
    fn seek(&mut self, frame: u64) -> Result<()>;
    /// Reads some frames; 0 only at the end, or for an empty `dst`.
    fn read(&mut self, dst: &mut Place<'_>) -> Result<usize>;
}

impl FrameSource for Window {
    fn channels(&self) -> usize {
        Self::channels(self)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.try_seek(frame)
    }

    fn read(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        Self::read(self, dst)
    }
}

/// Converts what a [`FrameSource`] gives; positions are in frames of output.
pub struct Resampled {
    ratio: Ratio,
    quality: Quality,
    rule: LengthRule,
    scratch: Scratch,
    /// In which float the conversion under way is done, if one is.
    active: Option<SampleFormat>,
    /// What ended the input before its end.
    error: Option<Error>,
}

impl Resampled {
    pub fn new(ratio: Ratio, quality: Quality, rule: LengthRule) -> Self {
        Self { ratio, quality, rule, scratch: Scratch::default(), active: None, error: None }
    }

    /// Frames that `frames` frames of the source become.
    pub fn frames(&self, frames: u64) -> u64 {
        self.rule.file_frames(self.ratio, self.quality, frames)
    }

    /// Puts other resamplers in the place of its own, and gives those back.
    pub fn replace_scratch(&mut self, scratch: Scratch) -> Scratch {
        self.restart();
        std::mem::replace(&mut self.scratch, scratch)
    }

    /// The next read starts afresh, wherever it is.
    pub fn restart(&mut self) {
        self.active = None;
        self.error = None;
    }

    /// Goes back to `position` now if a conversion is beyond it, so that a source which cannot go back says so.
    pub fn go_back(&mut self, source: &mut impl FrameSource, position: u64) -> Result<()> {
        match self.active {
            Some(SampleFormat::F64) => self.go_back_in::<f64>(source, position),
            Some(_) => self.go_back_in::<f32>(source, position),
            None => Ok(()),
        }
    }

    fn go_back_in<T: Kept>(&mut self, source: &mut impl FrameSource, position: u64) -> Result<()> {
        let mut resampler = self.take::<T>(source);
        let result = if position < resampler.position() { start(&mut resampler, source, position) } else { Ok(()) };
        self.scratch.give(resampler);
        result
    }

    fn take<T: Kept>(&mut self, source: &impl FrameSource) -> Resampler<T> {
        let mut resampler = self.scratch.take(self.ratio, source.channels(), self.quality);
        resampler.set_length_rule(self.rule);
        resampler
    }

    /// Reads frames from `position` on; fewer than `dst` holds only at the end
    /// and before an error, which the next read gives.
    pub fn read(&mut self, source: &mut impl FrameSource, position: u64, dst: &mut Place<'_>) -> Result<usize> {
        if self.quality.is_double() || dst.work_format() == SampleFormat::F64 {
            self.read_in::<f64>(source, position, dst)
        } else {
            self.read_in::<f32>(source, position, dst)
        }
    }

    fn read_in<T: Kept>(&mut self, source: &mut impl FrameSource, position: u64, dst: &mut Place<'_>) -> Result<usize> {
        let mut resampler = self.take::<T>(source);
        let goes_on = self.active == Some(T::FORMAT) && resampler.position() <= position;
        if !(goes_on && resampler.needs(position) <= resampler.fed()) {
            self.restart();
            start(&mut resampler, source, position)?;
            self.active = Some(T::FORMAT);
        }
        let mut done = 0;
        loop {
            // A little further on: cheaper than another start, and forward-only sources can do it.
            resampler.skip_to(position);
            if resampler.position() >= position {
                done += resampler.read_place(&mut dst.slice(done, usize::MAX));
            }
            if done == dst.len() || resampler.is_finished() {
                break;
            }
            match source.read(&mut Place::all(&mut resampler.room())) {
                Ok(0) => resampler.finish(),
                Ok(n) => resampler.fill(n),
                Err(error) => {
                    self.error = Some(error);
                    resampler.finish();
                }
            }
        }
        self.scratch.give(resampler);
        if done == 0
            && !dst.is_empty()
            && let Some(error) = self.error.take()
        {
            self.active = None;
            return Err(error);
        }
        Ok(done)
    }
}

/// Starts a conversion at a frame of output.
fn start<T: Kept>(resampler: &mut Resampler<T>, source: &mut impl FrameSource, position: u64) -> Result<()> {
    source.seek(resampler.needs(position))?;
    resampler.seek(position);
    Ok(())
}
