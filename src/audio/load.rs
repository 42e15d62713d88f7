//! Whole-file loading: into owned memory or the caller's.

use super::buffer::Audio;
use super::cancel::Cancel;
use super::codec::Length;
use super::frames::{FramesMut, Layout};
use super::reader::Reader;
use super::sample::{Sample, SampleFormat};
use super::{Result, parallel};

/// Beyond this a declared length is not believed before frames arrive.
const BLIND: u64 = 256 << 20;
/// First guess where nothing tells the length.
const UNKNOWN: u64 = 1 << 20;
/// Frames between two looks at the cancel token.
const STEP: usize = 1 << 18;

impl Reader {
    /// Everything from the position to the end, in memory.
    pub fn load<S: Sample>(&mut self, layout: Layout, cancel: &Cancel) -> Result<Audio> {
        let expected = match self.length() {
            Length::Exact(frames) | Length::Estimate(frames) => frames.saturating_sub(self.position()).min(BLIND),
            Length::Unknown => UNKNOWN,
        };
        let mut audio = Audio::zeroed::<S>(self.channels(), self.rate(), expected, layout)?;
        let mut done = 0u64;
        loop {
            done += self.load_into(audio.frames_mut::<S>().slice(done as usize, usize::MAX), cancel)?;
            if done < audio.capacity() || self.length() == Length::Exact(self.position()) {
                break;
            }
            audio.grow::<S>((done * 2).max(UNKNOWN))?;
        }
        audio.truncate::<S>(done);
        Ok(audio)
    }

    /// As [`Reader::load`], in a format that is known only at run time.
    pub fn load_as(&mut self, format: SampleFormat, layout: Layout, cancel: &Cancel) -> Result<Audio> {
        match format {
            SampleFormat::U8 => self.load::<u8>(layout, cancel),
            SampleFormat::I8 => self.load::<i8>(layout, cancel),
            SampleFormat::I16 => self.load::<i16>(layout, cancel),
            SampleFormat::I24 => self.load::<[u8; 3]>(layout, cancel),
            SampleFormat::I32 => self.load::<i32>(layout, cancel),
            SampleFormat::I64 => self.load::<i64>(layout, cancel),
            SampleFormat::F32 => self.load::<f32>(layout, cancel),
            SampleFormat::F64 => self.load::<f64>(layout, cancel),
        }
    }

    /// Fills `dst` from the position on, on as many threads as the options
    /// allow; returns the frames, fewer than `dst` holds only at the end.
    ///
    /// # Panics
    /// If `dst` has another number of channels than [`Reader::channels`].
    pub fn load_into<S: Sample>(&mut self, mut dst: FramesMut<'_, S>, cancel: &Cancel) -> Result<u64> {
        let mut done = parallel::load_into(self, &mut dst, cancel)?;
        while done < dst.len() {
            cancel.check()?;
            match self.read(dst.slice(done, STEP))? {
                0 => break,
                n => done += n,
            }
        }
        Ok(done as u64)
    }
}
