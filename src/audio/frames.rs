//! Where samples go: interleaved or planar views, and the blocks that decoders give.

use std::fmt;

use super::limits::MAX_CHANNELS;
use super::sample::{PcmCoding, Sample, SampleFormat, with_sample};
use super::{Error, Result};

/// The order of samples in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Layout {
    /// Frame after frame.
    #[default]
    Interleaved,
    /// Plane after plane.
    Planar,
}

/// A caller's buffer for whole frames: interleaved, or planes.
#[derive(Debug)]
pub struct FramesMut<'a, S> {
    storage: Storage<'a, S>,
    channels: usize,
    layout: Layout,
    len: usize,
}

#[derive(Debug)]
enum Storage<'a, S> {
    /// One run of samples; frame 0 of the view is `first` frames into each
    /// plane, and planes lie `stride` samples apart.
    Whole { samples: &'a mut [S], stride: usize, first: usize },
    /// Planes of their own, which start with frame 0 of the view.
    Planes(Vec<&'a mut [S]>),
}

impl<'a, S: Sample> FramesMut<'a, S> {
    /// A view of `samples` as frames of `channels` samples, as many as fit.
    ///
    /// # Panics
    /// If `channels` is 0.
    pub fn new(samples: &'a mut [S], channels: usize, layout: Layout) -> Self {
        let len = samples.len() / channels;
        Self { storage: Storage::Whole { samples, stride: len, first: 0 }, channels, layout, len }
    }

    /// A view of bytes that hold samples, as many whole frames as fit.
    ///
    /// # Errors
    /// If the bytes do not lie where such samples may lie in memory.
    pub fn from_bytes(bytes: &'a mut [u8], channels: usize, layout: Layout) -> Result<Self> {
        let whole = bytes.len() - bytes.len() % (channels * size_of::<S>());
        if whole == 0 {
            return Ok(Self::new(&mut [], channels, layout));
        }
        let samples = bytemuck::try_cast_slice_mut(&mut bytes[..whole]).map_err(|_| {
            Error::invalid(format!("the memory for samples of {} bytes is not aligned to them", size_of::<S>()))
        })?;
        Ok(Self::new(samples, channels, layout))
    }

    /// Planes `stride` samples apart, of which the first `len` frames are the view.
    ///
    /// # Panics
    /// If the planes do not fit into `samples`.
    pub fn with_stride(samples: &'a mut [S], channels: usize, stride: usize, len: usize) -> Self {
        assert!(len <= stride && stride * channels <= samples.len());
        Self { storage: Storage::Whole { samples, stride, first: 0 }, channels, layout: Layout::Planar, len }
    }

    /// Frames in the view.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the view holds no frame.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Order of the samples.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The frames from `start`, at most `len` of them, as a view of its own.
    pub fn slice(&mut self, start: usize, len: usize) -> FramesMut<'_, S> {
        let start = start.min(self.len);
        let len = len.min(self.len - start);
        let storage = match &mut self.storage {
            Storage::Whole { samples, stride, first } => {
                Storage::Whole { samples, stride: *stride, first: *first + start }
            }
            Storage::Planes(planes) => {
                Storage::Planes(planes.iter_mut().map(|plane| &mut plane[start..start + len]).collect())
            }
        };
        FramesMut { storage, channels: self.channels, layout: self.layout, len }
    }

    /// As [`FramesMut::slice`], for as long as the buffer itself is borrowed.
    #[must_use]
    pub fn into_slice(mut self, start: usize, len: usize) -> Self {
        let start = start.min(self.len);
        self.len = len.min(self.len - start);
        match &mut self.storage {
            Storage::Whole { first, .. } => *first += start,
            Storage::Planes(planes) => {
                for plane in planes {
                    *plane = &mut std::mem::take(plane)[start..start + self.len];
                }
            }
        }
        self
    }

    /// Two views: the frames before `mid`, and those from it on.
    ///
    /// # Panics
    /// If the view has fewer frames.
    pub fn split_at(self, mid: usize) -> (Self, Self) {
        let (channels, layout, len) = (self.channels, self.layout, self.len);
        assert!(mid <= len);
        let view = |storage, len| Self { storage, channels, layout, len };
        match (self.storage, layout) {
            (Storage::Whole { samples, first, .. }, Layout::Interleaved) => {
                let (head, tail) = samples[first * channels..(first + len) * channels].split_at_mut(mid * channels);
                let whole = |samples, stride| Storage::Whole { samples, stride, first: 0 };
                (view(whole(head, mid), mid), view(whole(tail, len - mid), len - mid))
            }
            (storage, _) => {
                let planes: Vec<&'a mut [S]> = match storage {
                    Storage::Planes(planes) => planes,
                    Storage::Whole { samples, stride, first } => samples
                        .chunks_mut(stride.max(1))
                        .take(channels)
                        .map(|plane| &mut plane[first..first + len])
                        .collect(),
                };
                let (head, tail) = planes.into_iter().map(|plane| plane.split_at_mut(mid)).unzip();
                (view(Storage::Planes(head), mid), view(Storage::Planes(tail), len - mid))
            }
        }
    }

    /// One plane of a planar view.
    ///
    /// # Panics
    /// If the view is interleaved with more than one channel.
    pub fn plane(&mut self, channel: usize) -> &mut [S] {
        assert!(self.layout == Layout::Planar || self.channels == 1);
        match &mut self.storage {
            Storage::Whole { samples, stride, first } => {
                let start = channel * *stride + *first;
                &mut samples[start..start + self.len]
            }
            Storage::Planes(planes) => &mut planes[channel][..self.len],
        }
    }

    /// All samples of an interleaved (or single-channel) view, frame after frame.
    ///
    /// # Panics
    /// If the view is planar with more than one channel.
    pub fn interleaved(&mut self) -> &mut [S] {
        assert!(self.layout == Layout::Interleaved || self.channels == 1);
        match &mut self.storage {
            Storage::Whole { samples, first, .. } => {
                let start = *first * self.channels;
                &mut samples[start..start + self.len * self.channels]
            }
            Storage::Planes(planes) => &mut planes[0][..self.len],
        }
    }

    /// Silences every frame.
    pub fn silence(&mut self) {
        match self.layout {
            Layout::Interleaved => self.interleaved().fill(S::SILENCE),
            Layout::Planar => (0..self.channels).for_each(|c| self.plane(c).fill(S::SILENCE)),
        }
    }

    /// Fills the frames from `period` on with copies of the first `period` frames.
    ///
    /// # Panics
    /// If `period` is 0.
    pub fn repeat(&mut self, period: usize) {
        fn cycle<S: Copy>(samples: &mut [S], period: usize) {
            for start in (period..samples.len()).step_by(period) {
                let n = period.min(samples.len() - start);
                samples.copy_within(..n, start);
            }
        }
        match self.layout {
            Layout::Interleaved => {
                let channels = self.channels;
                cycle(self.interleaved(), period * channels);
            }
            Layout::Planar => (0..self.channels).for_each(|c| cycle(self.plane(c), period)),
        }
    }
}

/// Whole frames to be read: interleaved, or planes one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Frames<'a, S> {
    samples: &'a [S],
    channels: usize,
    layout: Layout,
}

impl<'a, S: Sample> Frames<'a, S> {
    /// A view of `samples` as frames of `channels` samples.
    ///
    /// # Panics
    /// If `channels` is 0, or the samples are not whole frames.
    pub fn new(samples: &'a [S], channels: usize, layout: Layout) -> Self {
        assert!(channels > 0 && samples.len().is_multiple_of(channels));
        Self { samples, channels, layout }
    }

    /// A view of bytes that hold whole frames.
    ///
    /// # Errors
    /// If the bytes do not lie where such samples may lie in memory, or are not whole frames.
    pub fn from_bytes(bytes: &'a [u8], channels: usize, layout: Layout) -> Result<Self> {
        if channels == 0 {
            return Err(Error::invalid("channels is 0, and frames have one at least"));
        }
        if bytes.is_empty() {
            return Ok(Self::new(&[], channels, layout));
        }
        match bytemuck::try_cast_slice::<u8, S>(bytes) {
            Ok(samples) if samples.len().is_multiple_of(channels) => Ok(Self::new(samples, channels, layout)),
            _ => Err(Error::invalid(format!(
                "the memory of the samples is not aligned to their {} bytes, or does not hold whole frames",
                size_of::<S>()
            ))),
        }
    }

    /// Frames in the view.
    pub fn len(&self) -> usize {
        self.samples.len() / self.channels
    }

    /// Whether the view holds no frame.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Converts frames from `skip` on into all of `dst`.
    ///
    /// # Panics
    /// If there are fewer frames, or another number of channels.
    #[inline(never)] // So that there is one of it for all who call.
    pub fn copy_to<T: Sample>(&self, skip: usize, dst: &mut FramesMut<'_, T>) {
        assert_eq!(dst.channels(), self.channels, "channels of the destination");
        if dst.is_empty() {
            return;
        }
        if S::FORMAT.is_below_32_bits() && T::FORMAT != S::FORMAT && T::FORMAT != SampleFormat::I32 {
            return self.copy_by_i32(skip, dst);
        }
        if self.layout == Layout::Planar {
            return copy_planes(|c| &self.samples[c * self.len()..], skip, dst, S::to);
        }
        let frames = &self.samples[skip * self.channels..(skip + dst.len()) * self.channels];
        match (dst.layout(), self.channels) {
            (Layout::Interleaved, _) => {
                dst.interleaved().iter_mut().zip(frames).for_each(|(out, v)| *out = v.to());
            }
            (Layout::Planar, 2) => {
                let (pairs, _) = frames.as_chunks::<2>();
                for c in 0..2 {
                    dst.plane(c).iter_mut().zip(pairs).for_each(|(out, pair)| *out = pair[c].to());
                }
            }
            (Layout::Planar, channels) => {
                for c in 0..channels {
                    let from = frames.iter().skip(c).step_by(channels);
                    dst.plane(c).iter_mut().zip(from).for_each(|(out, v)| *out = v.to());
                }
            }
        }
    }

    /// As [`Frames::copy_to`], in two steps: the second is the same for all small integers.
    /// To every other type these are converted as their left-justified 32 bits are.
    fn copy_by_i32<T: Sample>(&self, skip: usize, dst: &mut FramesMut<'_, T>) {
        let (mut few, mut many);
        let wide = if self.channels <= MAX_CHANNELS as usize {
            few = [0i32; MAX_CHANNELS as usize];
            &mut few[..]
        } else {
            many = vec![0; self.channels];
            &mut many
        };
        let each = wide.len() / self.channels;
        for start in (0..dst.len()).step_by(each) {
            let n = each.min(dst.len() - start);
            let wide = &mut wide[..n * self.channels];
            self.copy_to(skip + start, &mut FramesMut::new(wide, self.channels, self.layout));
            Frames::new(&*wide, self.channels, self.layout).copy_to(0, &mut dst.slice(start, n));
        }
    }

    /// The same view, for code that need not know the type.
    pub fn any(&self) -> AnyFrames<'a> {
        let bytes = bytemuck::cast_slice(self.samples);
        AnyFrames { bytes, format: S::FORMAT, channels: self.channels, layout: self.layout }
    }
}

/// [`Frames`] whose type is known only at run time.
#[derive(Debug, Clone, Copy)]
pub struct AnyFrames<'a> {
    /// Aligned to the samples; whole frames.
    bytes: &'a [u8],
    format: SampleFormat,
    channels: usize,
    layout: Layout,
}

impl<'a> AnyFrames<'a> {
    /// A view of bytes that hold whole frames.
    ///
    /// # Errors
    /// If the bytes do not lie where such samples may lie in memory, or are not whole frames.
    pub fn from_bytes(bytes: &'a [u8], format: SampleFormat, channels: usize, layout: Layout) -> Result<Self> {
        with_sample!(format, S => Frames::<S>::from_bytes(bytes, channels, layout).map(|frames| frames.any()))
    }

    /// Frames in the view.
    pub fn len(&self) -> usize {
        self.bytes.len() / (self.channels * self.format.size())
    }

    /// Whether the view holds no frame.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Samples per frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Order of the samples.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Format of the samples.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// The bytes of all samples, if they lie frame after frame.
    pub fn interleaved(&self) -> Option<&'a [u8]> {
        (self.layout == Layout::Interleaved || self.channels == 1).then_some(self.bytes)
    }

    /// As [`Frames::copy_to`].
    ///
    /// # Panics
    /// As there.
    pub fn copy_to<T: Sample>(&self, skip: usize, dst: &mut FramesMut<'_, T>) {
        with_sample!(self.format, S => {
            let samples: &[S] = bytemuck::cast_slice(self.bytes);
            Frames::new(samples, self.channels, self.layout).copy_to(skip, dst);
        });
    }

    /// As [`Frames::copy_to`], into bytes that hold interleaved samples of a format known only at run time.
    ///
    /// # Errors
    /// If the bytes do not lie where such samples may lie in memory.
    pub fn copy_as(&self, skip: usize, format: SampleFormat, bytes: &mut [u8]) -> Result<()> {
        with_sample!(format, T => {
            self.copy_to(skip, &mut FramesMut::<T>::from_bytes(bytes, self.channels, Layout::Interleaved)?);
        });
        Ok(())
    }
}

/// Planes in a decoder's own storage.
pub trait Planes<T> {
    /// The samples of one channel, all of the block's or more.
    ///
    /// # Panics
    /// If there is no such channel.
    fn plane(&self, channel: usize) -> &[T];
}

impl<T> fmt::Debug for dyn Planes<T> + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Planes")
    }
}

/// Decoded samples of one block, in the form the decoder gives them.
#[derive(Debug, Clone, Copy)]
pub enum BlockData<'a> {
    /// Uncompressed samples as in the file, interleaved.
    Pcm {
        /// Whole frames.
        bytes: &'a [u8],
        /// How a sample is coded.
        coding: PcmCoding,
    },
    /// Right-justified integers of `bits` bits, plane after plane, `stride` samples apart.
    PlanarI32 {
        /// The planes.
        samples: &'a [i32],
        /// Distance of two planes in samples.
        stride: usize,
        /// Significant bits, 1 to 32.
        bits: u32,
    },
    /// Floats, plane after plane, `stride` samples apart.
    PlanarF32 {
        /// The planes.
        samples: &'a [f32],
        /// Distance of two planes in samples.
        stride: usize,
    },
    /// Floats in planes that lie anywhere.
    PlanesF32(&'a dyn Planes<f32>),
    /// Floats, frame after frame.
    InterleavedF32(&'a [f32]),
    /// Nothing was decoded: silence.
    Silence,
}

/// A run of decoded frames.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// Frames in the block.
    pub frames: usize,
    /// Channels in the block.
    pub channels: usize,
    /// Their samples.
    pub data: BlockData<'a>,
}

impl Block<'_> {
    /// Converts frames from `skip` on into all of `dst`; channels beyond the
    /// destination's are left out.
    ///
    /// # Panics
    /// If the block has fewer frames or channels than that.
    #[inline(never)] // So that there is one of it for all who call.
    pub fn copy_to<S: Sample>(&self, skip: usize, dst: &mut FramesMut<'_, S>) {
        let (n, channels) = (dst.len(), dst.channels());
        assert!(skip + n <= self.frames && channels <= self.channels);
        if n == 0 {
            return;
        }
        match self.data {
            BlockData::Silence => dst.silence(),
            BlockData::Pcm { bytes, coding } => {
                let bytes = &bytes[skip * self.channels * coding.size()..];
                if dst.layout() == Layout::Interleaved && channels == self.channels {
                    coding.decode(bytes, 0, 1, dst.interleaved());
                } else if dst.layout() == Layout::Planar || channels == 1 {
                    for c in 0..channels {
                        coding.decode(bytes, c, self.channels, dst.plane(c));
                    }
                } else {
                    let mut plane = [S::SILENCE; 256];
                    let frame = self.channels * coding.size();
                    for (bytes, out) in
                        bytes.chunks(plane.len() * frame).zip(dst.interleaved().chunks_mut(plane.len() * channels))
                    {
                        let plane = &mut plane[..out.len() / channels];
                        for c in 0..channels {
                            coding.decode(bytes, c, self.channels, plane);
                            out[c..].iter_mut().step_by(channels).zip(&*plane).for_each(|(out, v)| *out = *v);
                        }
                    }
                }
            }
            BlockData::PlanarI32 { samples, stride, bits } => {
                let shift = 32 - bits;
                copy_planes(|c| &samples[c * stride..], skip, dst, |v| S::from_i32(v << shift));
            }
            BlockData::PlanarF32 { samples, stride } => copy_floats(&|c| &samples[c * stride..], skip, dst),
            BlockData::PlanesF32(planes) => copy_floats(&|c| planes.plane(c), skip, dst),
            BlockData::InterleavedF32(samples) => {
                if channels == self.channels {
                    Frames::new(samples, channels, Layout::Interleaved).copy_to(skip, dst);
                } else {
                    let samples = &samples[skip * self.channels..(skip + n) * self.channels];
                    let from = |c: usize| samples[c..].iter().step_by(self.channels);
                    for c in 0..channels {
                        match dst.layout() {
                            Layout::Planar => {
                                dst.plane(c).iter_mut().zip(from(c)).for_each(|(out, v)| *out = S::from_f32(*v));
                            }
                            Layout::Interleaved => {
                                let out = dst.interleaved()[c..].iter_mut().step_by(channels);
                                out.zip(from(c)).for_each(|(out, v)| *out = S::from_f32(*v));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// As [`copy_planes`], of floats.
#[inline(never)] // So that there is one of it for all who call.
fn copy_floats<'p, S: Sample>(plane: &dyn Fn(usize) -> &'p [f32], skip: usize, dst: &mut FramesMut<'_, S>) {
    copy_planes(plane, skip, dst, S::from_f32);
}

/// Converts frames from `skip` on of the planes into all of `dst`.
#[inline(always)]
fn copy_planes<'p, T: Copy + 'p, S: Sample>(
    plane: impl Fn(usize) -> &'p [T],
    skip: usize,
    dst: &mut FramesMut<'_, S>,
    convert: impl Fn(T) -> S,
) {
    let (n, channels) = (dst.len(), dst.channels());
    let plane = |c: usize| &plane(c)[skip..skip + n];
    match (dst.layout(), channels) {
        (Layout::Planar, _) | (_, 1) => {
            for c in 0..channels {
                for (out, v) in dst.plane(c).iter_mut().zip(plane(c)) {
                    *out = convert(*v);
                }
            }
        }
        (Layout::Interleaved, 2) => {
            let (frames, _) = dst.interleaved().as_chunks_mut::<2>();
            for ((out, l), r) in frames.iter_mut().zip(plane(0)).zip(plane(1)) {
                *out = [convert(*l), convert(*r)];
            }
        }
        (Layout::Interleaved, _) => {
            let out = dst.interleaved();
            for c in 0..channels {
                for (out, v) in out[c..].iter_mut().step_by(channels).zip(plane(c)) {
                    *out = convert(*v);
                }
            }
        }
    }
}
