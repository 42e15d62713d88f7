//! A queue of frames between a device's thread and a caller's, without locks.
//!
//! Samples lie in atomics, so that a reader which is overtaken by the writer
//! reads wrong numbers at worst, and never undefined ones; it finds out and
//! reads again. On the usual processors such atomics cost what plain memory does.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

/// Frames of 32-bit floats, first in, first out. One thread puts in, one takes out.
#[derive(Debug)]
pub struct Ring {
    /// The bits of the samples; frame `p` lies at `p % capacity`.
    samples: Box<[AtomicU32]>,
    channels: usize,
    capacity: u64,
    /// Frames ever put in.
    written: AtomicU64,
    /// Frames ever taken out or dropped.
    taken: AtomicU64,
    /// Frames dropped since they were last counted.
    dropped: AtomicU64,
}

impl Ring {
    /// An empty queue.
    ///
    /// # Panics
    /// If `capacity` or `channels` is 0.
    pub fn new(capacity: usize, channels: usize) -> Self {
        assert!(capacity > 0 && channels > 0);
        Self {
            samples: (0..capacity * channels).map(|_| AtomicU32::new(0)).collect(),
            channels,
            capacity: capacity as u64,
            written: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// Frames in the queue.
    pub fn len(&self) -> u64 {
        // In this order: what was taken was written before.
        let taken = self.taken.load(Acquire);
        self.written.load(Acquire) - taken
    }

    /// Whether there is no frame in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Frames that it holds at most.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// Frames that were ever put in, dropped ones included.
    pub fn written(&self) -> u64 {
        self.written.load(Acquire)
    }

    /// Frames that had to make room since this was last reset.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    /// Sets the count of dropped frames to 0, and gives it.
    pub fn reset_dropped(&self) -> u64 {
        self.dropped.swap(0, Relaxed)
    }

    /// Puts in as many frames as there is room for; returns how many.
    pub fn push(&self, samples: &[f32]) -> usize {
        let room = (self.capacity - self.len()) as usize;
        let frames = room.min(samples.len() / self.channels);
        self.append(&samples[..frames * self.channels]);
        frames
    }

    /// Puts in all frames. The oldest make room, and are counted.
    pub fn push_over(&self, samples: &[f32]) {
        let frames = (samples.len() / self.channels) as u64;
        let kept = frames.min(self.capacity);
        if kept < frames {
            self.dropped.fetch_add(frames - kept, Relaxed);
        }
        let end = self.written.load(Relaxed) + kept;
        let mut taken = self.taken.load(Acquire);
        while end - taken > self.capacity {
            let over = end - taken - self.capacity;
            match self.taken.compare_exchange_weak(taken, taken + over, AcqRel, Acquire) {
                Ok(_) => {
                    self.dropped.fetch_add(over, Relaxed);
                    break;
                }
                // The reader took some itself: less has to go.
                Err(now) => taken = now,
            }
        }
        // Whoever sees a sample of these also sees that its place was taken.
        fence(Release);
        self.append(&samples[(frames - kept) as usize * self.channels..]);
    }

    fn append(&self, samples: &[f32]) {
        let written = self.written.load(Relaxed);
        let (head, tail) = self.places(written, samples.len());
        for (place, sample) in head.iter().chain(tail).zip(samples) {
            place.store(sample.to_bits(), Relaxed);
        }
        self.written.store(written + (samples.len() / self.channels) as u64, Release);
    }

    /// Takes out as many frames as there are and fit; returns how many.
    pub fn pop(&self, out: &mut [f32]) -> usize {
        let fit = (out.len() / self.channels) as u64;
        loop {
            let taken = self.taken.load(Acquire);
            let frames = (self.written.load(Acquire) - taken).min(fit);
            let (head, tail) = self.places(taken, frames as usize * self.channels);
            for (sample, place) in out.iter_mut().zip(head.iter().chain(tail)) {
                *sample = f32::from_bits(place.load(Relaxed));
            }
            fence(Acquire);
            if self.taken.compare_exchange(taken, taken + frames, AcqRel, Relaxed).is_ok() {
                return frames as usize;
            }
        }
    }

    /// Takes out everything.
    pub fn clear(&self) {
        self.taken.fetch_max(self.written.load(Acquire), AcqRel);
    }

    /// Where `samples` samples from frame `position` on lie, around the end.
    fn places(&self, position: u64, samples: usize) -> (&[AtomicU32], &[AtomicU32]) {
        let start = (position % self.capacity) as usize * self.channels;
        let head = samples.min(self.samples.len() - start);
        (&self.samples[start..start + head], &self.samples[..samples - head])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_in_order_around_the_end() {
        let ring = Ring::new(3, 2);
        let mut out = [0.0; 6];
        assert_eq!(ring.push(&[1.0, 2.0, 3.0, 4.0]), 2);
        assert_eq!(ring.pop(&mut out[..2]), 1);
        assert_eq!(ring.push(&[5.0, 6.0, 7.0, 8.0, 9.0, 9.0]), 2);
        assert_eq!((ring.len(), ring.pop(&mut out)), (3, 3));
        assert_eq!(out, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!((ring.pop(&mut out), ring.dropped()), (0, 0));
    }

    #[test]
    fn the_oldest_frames_make_room() {
        let ring = Ring::new(3, 1);
        let mut out = [0.0; 3];
        ring.push_over(&[1.0, 2.0]);
        ring.push_over(&[3.0, 4.0]);
        assert_eq!(ring.dropped(), 1);
        assert_eq!((ring.pop(&mut out), out), (3, [2.0, 3.0, 4.0]));
        ring.push_over(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(ring.reset_dropped(), 3);
        assert_eq!((ring.pop(&mut out), out, ring.dropped()), (3, [3.0, 4.0, 5.0], 0));
    }

    #[test]
    fn a_reader_that_is_overtaken_gets_whole_frames_in_order() {
        const FRAMES: u32 = 400_000;
        let ring = Ring::new(64, 2);
        let got = std::thread::scope(|scope| {
            scope.spawn(|| {
                for first in (0..FRAMES).step_by(16) {
                    let samples: Vec<f32> = (first..first + 16).flat_map(|i| [i as f32, -(i as f32)]).collect();
                    ring.push_over(&samples);
                }
            });
            let (mut out, mut last, mut got) = ([0.0; 60], -1.0, 0);
            while last < (FRAMES - 1) as f32 {
                let frames = ring.pop(&mut out);
                got += frames as u64;
                for frame in out[..2 * frames].as_chunks::<2>().0 {
                    assert!(frame[0] > last && frame[1] == -frame[0], "{frame:?} after {last}");
                    last = frame[0];
                }
            }
            got
        });
        assert_eq!(got + ring.dropped(), u64::from(FRAMES));
    }
}
