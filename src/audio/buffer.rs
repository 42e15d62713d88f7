//! Owned audio: large blocks straight from the system, on pages of the size
//! that suits the decoder.

use super::codec::Codec;
use super::destination::Destination;
use super::frames::{AnyFrames, Frames, FramesMut, Layout};
use super::sample::{Sample, SampleFormat, with_sample};
use super::{Error, ErrorKind, Result, counted};
use memmap2::MmapMut;

/// From this size on memory comes straight from the system.
const LARGE: usize = 4 << 20;
/// A huge page begins at a multiple of its size; on machines with others this is only a waste of addresses.
const HUGE_PAGE: usize = 2 << 20;

enum Storage {
    /// `u64` elements give every sample type its alignment.
    Small(Vec<u64>),
    Large {
        map: MmapMut,
        start: usize,
    },
}

/// The pages that large blocks lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// For fast decoders: the faults of first touching small pages would cost more than decoding PCM.
    Huge,
    /// For slow decoders, to which those faults are little. The system has small pages at hand,
    /// while a virtual machine may have to get huge ones back from its host: for 200 MB that took
    /// .25 s, against .1 s of faults on small pages and .02 s on huge ones that were at hand.
    Small,
}

impl Pages {
    /// The pages for audio that is decoded from `codec`.
    pub const fn suiting(codec: Codec) -> Self {
        match codec {
            Codec::Opus | Codec::Alac => Self::Small,
            _ => Self::Huge,
        }
    }
}

/// Zeroed memory for samples of any format.
struct Memory {
    storage: Storage,
    bytes: usize,
}

impl Memory {
    fn zeroed(bytes: usize, pages: Pages) -> Result<Self> {
        let out_of_memory =
            || Error::new(ErrorKind::OutOfMemory, format!("no memory for {bytes} bytes of decoded audio"));
        let storage = if bytes < LARGE {
            Storage::Small(vec![0; bytes.div_ceil(8)])
        } else {
            let size = bytes.checked_add(HUGE_PAGE).ok_or_else(out_of_memory)?;
            let map = MmapMut::map_anon(size).map_err(|_| out_of_memory())?;
            if pages == Pages::Huge {
                // Only advice: without it the pages are merely small.
                #[cfg(target_os = "linux")]
                let _ = map.advise(memmap2::Advice::HugePage);
            }
            let address = map.as_ptr().addr();
            Storage::Large { start: address.next_multiple_of(HUGE_PAGE) - address, map }
        };
        Ok(Self { storage, bytes })
    }

    fn bytes(&self) -> &[u8] {
        match &self.storage {
            Storage::Small(words) => &bytemuck::cast_slice(words)[..self.bytes],
            Storage::Large { map, start } => &map[*start..][..self.bytes],
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match &mut self.storage {
            Storage::Small(words) => &mut bytemuck::cast_slice_mut(words)[..self.bytes],
            Storage::Large { map, start } => &mut map[*start..][..self.bytes],
        }
    }
}

/// Decoded audio that owns its memory.
pub struct Audio {
    memory: Memory,
    pages: Pages,
    format: SampleFormat,
    layout: Layout,
    channels: u32,
    rate: u32,
    frames: u64,
    capacity: u64,
}

impl Audio {
    /// `frames` frames of zero bytes.
    pub fn zeroed(
        format: SampleFormat,
        channels: u32,
        rate: u32,
        frames: u64,
        layout: Layout,
        pages: Pages,
    ) -> Result<Self> {
        let bytes = usize::try_from(frames)
            .ok()
            .and_then(|n| n.checked_mul(channels as usize))
            .and_then(|n| n.checked_mul(format.size()))
            .filter(|n| *n <= isize::MAX as usize)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::OutOfMemory,
                    format!("{frames} frames of {} do not fit into memory", counted(channels.into(), "channel")),
                )
            })?;
        let memory = Memory::zeroed(bytes, pages)?;
        Ok(Self { memory, pages, format, layout, channels, rate, frames, capacity: frames })
    }

    /// Grows to hold `capacity` frames, keeping those it has.
    pub fn grow(&mut self, capacity: u64) -> Result<()> {
        let mut larger = Self::zeroed(self.format, self.channels, self.rate, capacity, self.layout, self.pages)?;
        // All in bytes of one channel.
        let size = self.format.size();
        let frames = self.frames.min(capacity) as usize * size;
        let (old, new) = (self.capacity as usize * size, capacity as usize * size);
        let (from, to) = (self.memory.bytes(), larger.memory.bytes_mut());
        match self.layout {
            Layout::Interleaved => {
                let n = frames * self.channels as usize;
                to[..n].copy_from_slice(&from[..n]);
            }
            Layout::Planar => {
                for c in 0..self.channels as usize {
                    to[c * new..c * new + frames].copy_from_slice(&from[c * old..c * old + frames]);
                }
            }
        }
        *self = larger;
        Ok(())
    }

    /// Declares that only the first `frames` count. Planes close up.
    pub fn truncate(&mut self, frames: u64) {
        if frames >= self.capacity {
            self.frames = self.capacity;
            return;
        }
        if self.layout == Layout::Planar {
            let size = self.format.size();
            let (old, new) = (self.capacity as usize * size, frames as usize * size);
            let channels = self.channels as usize;
            let bytes = self.memory.bytes_mut();
            for c in 1..channels {
                bytes.copy_within(c * old..c * old + new, c * new);
            }
        }
        self.frames = frames;
        self.capacity = frames;
        self.memory.bytes = frames as usize * self.channels as usize * self.format.size();
    }

    /// Format of the samples.
    pub fn format(&self) -> SampleFormat {
        self.format
    }

    /// Order of the samples.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Samples per frame.
    pub fn channels(&self) -> u32 {
        self.channels
    }

    /// Sample rate in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Frames there is room for.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The samples as bytes, planes without gaps.
    pub fn bytes(&self) -> &[u8] {
        self.memory.bytes()
    }

    /// The samples, if `S` is their type.
    pub fn samples<S: Sample>(&self) -> Option<&[S]> {
        (S::FORMAT == self.format).then(|| bytemuck::cast_slice(self.memory.bytes()))
    }

    /// A view of all frames.
    pub fn view(&self) -> AnyFrames<'_> {
        let channels = self.channels as usize;
        with_sample!(self.format, S => {
            Frames::new(self.samples::<S>().unwrap_or_default(), channels, self.layout).any()
        })
    }

    /// A view to write frames from `start` on into.
    pub(super) fn destination(&mut self, start: usize) -> Box<dyn Destination + '_> {
        with_sample!(self.format, S => Box::new(self.frames_mut::<S>().into_slice(start, usize::MAX)))
    }

    /// A view to write frames into.
    ///
    /// # Panics
    /// If `S` is not the type of the samples.
    fn frames_mut<S: Sample>(&mut self) -> FramesMut<'_, S> {
        assert_eq!(S::FORMAT, self.format, "wrong sample type");
        FramesMut::new(bytemuck::cast_slice_mut(self.memory.bytes_mut()), self.channels as usize, self.layout)
    }
}

impl std::fmt::Debug for Audio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Audio")
            .field("format", &self.format)
            .field("layout", &self.layout)
            .field("channels", &self.channels)
            .field("rate", &self.rate)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}
