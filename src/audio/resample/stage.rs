//! One conversion: a window of input, a kernel, and the output it gave.

use super::fft::FftKernel;
use super::interpolate::{CHUNK, Interpolator};
use crate::audio::destination::Place;
use crate::audio::frames::{Frames, FramesMut, Layout};
use crate::audio::sample::Float;

/// What converts.
pub enum Kernel<T> {
    /// Blocks of one length, each from one window.
    Fft(Box<FftKernel<T>>),
    /// Frame by frame.
    Interpolator(Interpolator<T>),
}

impl<T: Float> Kernel<T> {
    /// Frames of input that a run needs, or can use.
    fn window(&self) -> usize {
        match self {
            Self::Fft(kernel) => kernel.window(),
            Self::Interpolator(kernel) => kernel.window(),
        }
    }

    /// Frames of output that one run writes at most.
    fn output(&self) -> usize {
        match self {
            Self::Fft(kernel) => kernel.output().0,
            Self::Interpolator(_) => CHUNK,
        }
    }

    /// The first frame of the run that gives `frame`.
    fn first(&self, frame: u64) -> u64 {
        match self {
            Self::Fft(kernel) => frame - frame % kernel.block() as u64,
            Self::Interpolator(_) => frame,
        }
    }

    /// The first input frame that a run from `frame` on needs.
    fn start(&self, frame: u64) -> i64 {
        match self {
            Self::Fft(kernel) => kernel.start(frame / kernel.block() as u64),
            Self::Interpolator(kernel) => kernel.start(frame),
        }
    }

    /// The first input frame that the run with a frame of output needs.
    pub fn needs(&self, frame: u64) -> u64 {
        u64::try_from(self.start(self.first(frame))).unwrap_or(0)
    }

    /// Frames of output that so many frames of input give.
    pub fn available(&self, fed: u64) -> u64 {
        match self {
            Self::Fft(kernel) => kernel.available(fed),
            Self::Interpolator(kernel) => kernel.available(fed),
        }
    }

    /// Frames of input after an output frame that must be there for it.
    pub fn latency(&self) -> u64 {
        match self {
            Self::Fft(kernel) => kernel.latency(),
            Self::Interpolator(kernel) => kernel.after() as u64,
        }
    }
}

/// Converts a stream; silence goes on for ever after its end. Nothing is
/// allocated after creation.
pub struct Stage<T> {
    kernel: Kernel<T>,
    channels: usize,
    /// Input, planes `stride` samples apart: `filled` frames, of which the first is `base` of the stream.
    window: Vec<T>,
    stride: usize,
    base: i64,
    filled: usize,
    ended: bool,
    /// Output of the last run, of which `ready` frames from `unread` on were not read.
    output: Vec<T>,
    unread: usize,
    ready: usize,
    /// Where the next run begins, and how many of its frames nobody wants.
    next: u64,
    unwanted: usize,
}

impl<T: Float> Stage<T> {
    /// A stage at its start, which takes `slack` frames of input more than it
    /// needs while its output waits to be read.
    pub fn new(kernel: Kernel<T>, channels: usize, slack: usize) -> Self {
        let stride = kernel.window() + slack;
        let window = vec![T::SILENCE; channels * stride];
        let output = vec![T::SILENCE; channels * kernel.output()];
        Self {
            kernel,
            channels,
            window,
            stride,
            base: 0,
            filled: 0,
            ended: false,
            output,
            unread: 0,
            ready: 0,
            next: 0,
            unwanted: 0,
        }
    }

    pub fn kernel(&self) -> &Kernel<T> {
        &self.kernel
    }

    /// Goes to an output frame; input is needed from [`Kernel::needs`] on.
    pub fn seek(&mut self, frame: u64) {
        self.next = self.kernel.first(frame);
        self.unwanted = (frame - self.next) as usize;
        self.ready = 0;
        self.ended = false;
        self.base = self.kernel.start(self.next);
        let stride = self.stride;
        self.filled = usize::try_from(-self.base).unwrap_or(0).min(stride);
        for plane in self.window.chunks_exact_mut(stride) {
            plane[..self.filled].fill(T::SILENCE);
        }
    }

    /// Where the next frames of input go; empty until output is read.
    pub fn room(&mut self) -> FramesMut<'_, T> {
        let stride = self.stride;
        if self.filled == stride {
            self.compact();
            if self.filled == stride && self.ready == 0 {
                self.run();
                self.compact();
            }
        }
        let first = if self.ended { stride } else { self.filled };
        FramesMut::with_stride(&mut self.window, self.channels, stride, stride).into_slice(first, stride - first)
    }

    /// Declares that the first `frames` frames of the room hold input.
    pub fn fill(&mut self, frames: usize) {
        self.filled += frames;
        debug_assert!(self.filled <= self.stride);
    }

    /// Declares that only silence follows.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// Takes as much output as there is, at most as `dst` holds.
    pub fn read(&mut self, dst: &mut Place<'_>) -> usize {
        self.take(dst.len(), |stage, done, n| {
            let output = Frames::new(&stage.output, stage.channels, Layout::Planar);
            dst.slice(done, n).copy(&output.any(), stage.unread);
        })
    }

    /// Drops as much output as there is, at most so many frames.
    pub fn skip(&mut self, frames: usize) -> usize {
        self.take(frames, |_, _, _| {})
    }

    /// Takes up to `frames` frames of output: `each` gets how many were before, and how many are unread.
    fn take(&mut self, frames: usize, mut each: impl FnMut(&Self, usize, usize)) -> usize {
        let mut done = 0;
        while done < frames {
            if self.ready == 0 && !self.run() {
                break;
            }
            let n = self.ready.min(frames - done);
            each(self, done, n);
            self.unread += n;
            self.ready -= n;
            done += n;
        }
        done
    }

    /// Converts as far as there is input; false if there is too little.
    fn run(&mut self) -> bool {
        let stride = self.stride;
        if self.ended {
            self.compact();
            for plane in self.window.chunks_exact_mut(stride) {
                plane[self.filled..].fill(T::SILENCE);
            }
            self.filled = stride;
        }
        let offset = usize::try_from(self.kernel.start(self.next) - self.base).unwrap_or(usize::MAX);
        if offset >= self.filled {
            return false;
        }
        let have = self.filled - offset;
        let produced = match &mut self.kernel {
            Kernel::Fft(kernel) => {
                if have < kernel.window() {
                    return false;
                }
                let (width, skip) = kernel.output();
                for (window, output) in self.window.chunks_exact(stride).zip(self.output.chunks_exact_mut(width)) {
                    kernel.run(&window[offset..], output);
                }
                self.unread = skip;
                kernel.block()
            }
            Kernel::Interpolator(kernel) => {
                let window = (&self.window[offset..], stride);
                self.unread = 0;
                kernel.run(self.next, window, have, (&mut self.output, CHUNK))
            }
        };
        self.next += produced as u64;
        let unwanted = self.unwanted.min(produced);
        self.unwanted -= unwanted;
        self.unread += unwanted;
        self.ready = produced - unwanted;
        self.ready > 0
    }

    /// Drops the input that no later output needs.
    fn compact(&mut self) {
        let done = self.kernel.start(self.next) - self.base;
        let done = usize::try_from(done).unwrap_or(0).min(self.filled);
        if done > 0 {
            let (stride, filled) = (self.stride, self.filled);
            for plane in self.window.chunks_exact_mut(stride) {
                plane.copy_within(done..filled, 0);
            }
            self.base += done as i64;
            self.filled -= done;
        }
    }
}
