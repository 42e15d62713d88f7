//! A window of a file read at another rate.

use super::cursor::Window;
use super::frames::FramesMut;
use super::resample::{Ratio, Scratch};
use super::sample::{Sample, SampleFormat};
use super::{Error, Result};

/// Converts what a [`Window`] gives; positions are in frames of output.
pub struct Resampled {
    ratio: Ratio,
    scratch: Scratch,
    /// In which float the conversion under way is done, if one is.
    active: Option<SampleFormat>,
    /// What ended the input before its end.
    error: Option<Error>,
}

impl Resampled {
    pub fn new(ratio: Ratio) -> Self {
        Self { ratio, scratch: Scratch::default(), active: None, error: None }
    }

    /// Frames that `frames` frames of the window become.
    pub fn frames(&self, frames: u64) -> u64 {
        self.ratio.output_frames(frames)
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
    pub fn read<S: Sample>(&mut self, window: &mut Window, position: u64, dst: &mut FramesMut<'_, S>) -> Result<usize> {
        let mut resampler = self.scratch.take::<S::Work>(self.ratio, window.channels());
        if self.active != Some(S::Work::FORMAT) || resampler.position() != position {
            self.error = None;
            self.active = Some(S::Work::FORMAT);
            window.seek(resampler.seek(position));
        }
        let mut done = resampler.read(dst);
        while done < dst.len() && !resampler.is_finished() {
            match window.read(&mut resampler.room()) {
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
        if done == 0 && !dst.is_empty() {
            if let Some(error) = self.error.take() {
                self.active = None;
                return Err(error);
            }
        }
        Ok(done)
    }
}
