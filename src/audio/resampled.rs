//! A span of frames read at another rate.

use super::cursor::Window;
use super::frames::FramesMut;
use super::resample::{Kept, LengthRule, Quality, Ratio, Resampler, Scratch};
use super::sample::{Sample, SampleFormat};
use super::{Error, Result};

/// Where frames to convert come from.
pub trait FrameSource {
    /// Samples per frame.
    fn channels(&self) -> usize;
    /// The next read begins with this frame.
    fn seek(&mut self, frame: u64) -> Result<()>;
    /// Reads some frames; 0 only at the end, or for an empty `dst`.
    fn read<S: Sample>(&mut self, dst: &mut FramesMut<'_, S>) -> Result<usize>;
}

impl FrameSource for Window {
    fn channels(&self) -> usize {
        Self::channels(self)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        Self::seek(self, frame);
        Ok(())
    }

    fn read<S: Sample>(&mut self, dst: &mut FramesMut<'_, S>) -> Result<usize> {
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

    /// Reads frames from `position` on; fewer than `dst` holds only at the end
    /// and before an error, which the next read gives.
    pub fn read<S: Sample>(
        &mut self,
        source: &mut impl FrameSource,
        position: u64,
        dst: &mut FramesMut<'_, S>,
    ) -> Result<usize> {
        if self.quality.is_double() {
            self.read_in::<f64, S>(source, position, dst)
        } else {
            self.read_in::<S::Work, S>(source, position, dst)
        }
    }

    fn read_in<T: Kept, S: Sample>(
        &mut self,
        source: &mut impl FrameSource,
        position: u64,
        dst: &mut FramesMut<'_, S>,
    ) -> Result<usize> {
        let mut resampler: Resampler<T> = self.scratch.take(self.ratio, source.channels(), self.quality);
        resampler.set_length_rule(self.rule);
        if self.active != Some(T::FORMAT) || resampler.position() != position {
            self.restart();
            source.seek(resampler.seek(position))?;
            self.active = Some(T::FORMAT);
        }
        let mut done = resampler.read(dst);
        while done < dst.len() && !resampler.is_finished() {
            match source.read(&mut resampler.room()) {
                Ok(0) => resampler.finish(),
                Ok(n) => resampler.fill(n),
                Err(error) => {
                    self.error = Some(error);
                    resampler.finish();
                }
            }
            done += resampler.read(&mut dst.slice(done, usize::MAX));
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
