//! A reader's audio at another rate, beside the reader itself.

use super::codec::Length;
use super::destination::Place;
use super::frames::{FramesMut, Layout};
use super::reader::Reader;
use super::resample::{LengthRule, Quality, Ratio};
use super::resampled::{FrameSource, Resampled};
use super::sample::{Sample, SampleFormat, with_sample};
use super::{Error, ErrorKind, Result};

/// A view of a reader at another rate. It has a position of its own: reading
/// it leaves the reader where it is, and the other way round.
pub struct ResampledView {
    resampled: Resampled,
    rate: f64,
    position: u64,
    /// The reader's frame at which the conversion goes on.
    input: u64,
    /// An error met after some frames had been read; given out by the next call.
    deferred: Option<Error>,
}

/// The reader as the view uses it.
struct Source<'a> {
    reader: &'a mut Reader,
    input: &'a mut u64,
}

impl Source<'_> {
    /// At the end the conversion may ask for what is a little behind it.
    fn end(&self) -> u64 {
        match self.reader.length() {
            Length::Exact(frames) => frames,
            _ => u64::MAX,
        }
    }
}

impl FrameSource for Source<'_> {
    fn channels(&self) -> usize {
        self.reader.channels() as usize
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let place = self.reader.position();
        self.reader.seek(frame.min(self.end()))?;
        self.reader.place(place);
        *self.input = frame;
        Ok(())
    }

    fn read(&mut self, dst: &mut Place<'_>) -> Result<usize> {
        self.reader.place((*self.input).min(self.end()));
        let n = self.reader.read_place(dst)?;
        *self.input += n as u64;
        Ok(n)
    }
}

impl ResampledView {
    /// A view of `reader` at its start.
    ///
    /// # Errors
    /// A rate that is not above 0, or too far from the reader's.
    pub fn new(reader: &Reader, rate: f64, quality: Quality, rule: LengthRule) -> Result<Self> {
        let ratio = Ratio::of_file(reader.rate().into(), rate)?;
        Ok(Self { resampled: Resampled::new(ratio, quality, rule), rate, position: 0, input: 0, deferred: None })
    }

    /// The rate that [`ResampledView::read`] gives, in Hz.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Frames from the start to the end, as far as known now.
    pub fn length(&self, reader: &Reader) -> Length {
        reader.length().map(|frames| self.resampled.frames(frames))
    }

    /// Position of the next frame that [`ResampledView::read`] gives.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Moves to a frame, up to and including the end.
    ///
    /// # Errors
    /// The frame is beyond the end, or the reader's source cannot go back to it: then all is as before.
    pub fn seek(&mut self, reader: &mut Reader, frame: u64) -> Result<()> {
        if let Length::Exact(frames) = self.length(reader)
            && frame > frames
        {
            return Err(Error::new(
                ErrorKind::OutOfRange,
                format!("cannot seek to frame {frame}: at {} Hz the audio has {frames} frames", self.rate),
            )
            .in_source(reader.name()));
        }
        if reader.is_forward_only() {
            self.resampled.go_back(&mut Source { reader, input: &mut self.input }, frame)?;
        }
        self.deferred = None;
        self.position = frame;
        Ok(())
    }

    /// Fills `dst` as far as there are frames; fewer only at the end, 0 after it.
    ///
    /// # Errors
    /// What reading the reader gives. Frames before an error are given first.
    ///
    /// # Panics
    /// If `dst` has another number of channels than the reader.
    pub fn read<S: Sample>(&mut self, reader: &mut Reader, mut dst: FramesMut<'_, S>) -> Result<usize> {
        self.read_place(reader, &mut Place::all(&mut dst))
    }

    fn read_place(&mut self, reader: &mut Reader, dst: &mut Place<'_>) -> Result<usize> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        let place = reader.position();
        let mut done = 0;
        while done < dst.len() {
            let mut source = Source { reader, input: &mut self.input };
            match self.resampled.read(&mut source, self.position + done as u64, &mut dst.slice(done, usize::MAX)) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) => {
                    self.deferred = Some(error);
                    break;
                }
            }
        }
        self.position += done as u64;
        // Costs nothing where the reader is not read in between: it seeks when it reads.
        reader.place(place);
        match self.deferred.take_if(|_| done == 0) {
            Some(error) => Err(error),
            None => Ok(done),
        }
    }

    /// As [`ResampledView::read`], into bytes that hold samples of a format known
    /// only at run time. Planes lie as far apart as `dst` holds frames.
    pub fn read_as(
        &mut self,
        reader: &mut Reader,
        format: SampleFormat,
        layout: Layout,
        dst: &mut [u8],
    ) -> Result<usize> {
        let channels = reader.channels() as usize;
        with_sample!(format, S => self.read(reader, FramesMut::<S>::from_bytes(dst, channels, layout)?))
    }
}
