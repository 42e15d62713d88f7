//! Whole-file loading: into owned memory or the caller's.

use super::buffer::{Audio, Pages};
use super::cancel::Cancel;
use super::codec::Length;
use super::destination::{Destination, Place};
use super::frames::{FramesMut, Layout};
use super::reader::{Ending, Reader};
use super::sample::{Sample, SampleFormat, with_sample};
use super::{Error, ErrorKind, Result, parallel};

/// Beyond this a declared length is not believed before frames arrive.
const BLIND: u64 = 256 << 20;
/// First guess where nothing tells the length.
const UNKNOWN: u64 = 1 << 20;
/// Frames between two looks at the cancel token.
const STEP: usize = 1 << 18;

impl Reader {
    /// Everything from the position to the end, in memory.
    pub fn load<S: Sample>(&mut self, layout: Layout, cancel: &Cancel) -> Result<Audio> {
        self.load_as(S::FORMAT, layout, cancel)
    }

    /// As [`Reader::load`], in a format that is known only at run time.
    pub fn load_as(&mut self, format: SampleFormat, layout: Layout, cancel: &Cancel) -> Result<Audio> {
        // With padding the length is the caller's own word: there is memory for it, or there is not.
        let most = if self.options().ending == Ending::Short { BLIND } else { u64::MAX };
        let left = |frames: u64| frames.saturating_sub(self.position()).min(most);
        let expected = self.length().frames().map_or(UNKNOWN, left);
        let pages = Pages::suiting(self.description().codec);
        let mut audio = Audio::zeroed(format, self.channels(), self.rate(), expected, layout, pages)?;
        let mut done = 0u64;
        loop {
            done += self.load_into_any(&mut *audio.destination(done as usize), cancel)?;
            if done < audio.capacity() || self.length() == Length::Exact(self.position()) {
                break;
            }
            audio.grow((done * 2).max(UNKNOWN))?;
        }
        audio.truncate(done);
        Ok(audio)
    }

    /// The whole audio from the position on into `dst`, or an error if it is too
    /// small: never a part that looks like the whole.
    pub fn load_into_as(
        &mut self,
        format: SampleFormat,
        layout: Layout,
        dst: &mut [u8],
        cancel: &Cancel,
    ) -> Result<u64> {
        let channels = self.channels() as usize;
        let (done, capacity, work) = with_sample!(format, S => {
            let view = FramesMut::<S>::from_bytes(dst, channels, layout)?;
            let (capacity, work) = (view.len() as u64, view.work_format());
            (self.load_into(view, cancel)?, capacity, work)
        });
        if done == capacity && !self.is_at_end(work)? {
            return Err(Error::new(
                ErrorKind::OutOfRange,
                format!("the memory is full after {capacity} frames, and the audio goes on"),
            )
            .in_source(self.name()));
        }
        Ok(done)
    }

    /// Whether no frame is left; tries to read one where the length does not tell.
    fn is_at_end(&mut self, work: SampleFormat) -> Result<bool> {
        if let Length::Exact(frames) = self.length() {
            return Ok(self.position() >= frames);
        }
        let position = self.position();
        let got = self.read_one(work)?;
        if got > 0 {
            self.seek(position)?;
        }
        Ok(got == 0)
    }

    /// Reads another frame and drops it, in the float that the frames before were resampled in: the
    /// other one would begin the conversion anew.
    fn read_one(&mut self, work: SampleFormat) -> Result<usize> {
        let channels = self.channels() as usize;
        match work {
            SampleFormat::F64 => self.read(FramesMut::new(&mut vec![0f64; channels], channels, Layout::Interleaved)),
            _ => self.read(FramesMut::new(&mut vec![0f32; channels], channels, Layout::Interleaved)),
        }
    }

    /// Fills `dst` from the position on, on as many threads as the options
    /// allow; returns the frames, fewer than `dst` holds only at the end.
    ///
    /// # Panics
    /// If `dst` has another number of channels than [`Reader::channels`].
    pub fn load_into<S: Sample>(&mut self, mut dst: FramesMut<'_, S>, cancel: &Cancel) -> Result<u64> {
        self.load_into_any(&mut dst, cancel)
    }

    /// As [`Reader::load_into`].
    pub(super) fn load_into_any(&mut self, dst: &mut dyn Destination, cancel: &Cancel) -> Result<u64> {
        let mut done = parallel::load_into(self, dst, cancel)?;
        let mut dst = Place::all(dst);
        let is_parallel = done > 0;
        while done < dst.len() {
            cancel.check()?;
            match self.read_place(&mut dst.slice(done, STEP))? {
                0 => break,
                n => done += n,
            }
        }
        if !is_parallel && self.length() == Length::Exact(self.position()) {
            // What is wrong with the end of a file shows only beyond its last frame.
            self.read_one(dst.work_format())?;
        }
        Ok(done as u64)
    }
}
