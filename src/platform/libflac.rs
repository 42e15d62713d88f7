//! libFLAC's encoder, which is C.
//!
//! Its callbacks only gather what was encoded. They call nothing of the
//! caller's, so a failing target never has to be told to libFLAC or to its
//! threads.

use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};
use std::{slice, thread};

use libflac_sys::*;

/// The most threads that libFLAC takes.
const MAX_THREADS: usize = 128;

/// What is to be encoded, and how hard to try.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// Rate in Hz.
    pub rate: u32,
    /// Channels, 1 to 8.
    pub channels: u32,
    /// Bits per sample.
    pub bits: u32,
    /// 0 to 8.
    pub level: u32,
    /// Threads, the caller's included.
    pub threads: usize,
}

/// Why libFLAC gave up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The system has no memory left.
    OutOfMemory,
    /// Something else; libFLAC's number for it.
    State(u32),
    /// The process was forked, and libFLAC's threads are not in this one.
    Forked,
}

/// One stream being encoded.
pub struct Encoder {
    raw: NonNull<FLAC__StreamEncoder>,
    /// Its address is known to libFLAC.
    output: NonNull<Output>,
    channels: usize,
    block_size: u32,
    /// The process that has the threads, if there are any.
    process: Option<u32>,
}

/// What the callbacks were given.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// Bytes and samples of each frame in `bytes`.
    frames: Vec<(usize, u32)>,
    /// Known at the end.
    md5: Option<[u8; 16]>,
    is_full: bool,
}

// SAFETY: libFLAC keeps nothing that belongs to a thread between two calls,
// and calls back only within a call, on its thread; `output` is reached only
// through `&mut Encoder`.
unsafe impl Send for Encoder {}

impl Encoder {
    /// Sets an encoder up.
    pub fn new(parameters: Parameters) -> Result<Self, Failure> {
        let Parameters { rate, channels, bits, level, threads } = parameters;
        let threads = startable(threads.clamp(1, MAX_THREADS));
        // SAFETY: it takes nothing.
        let raw = NonNull::new(unsafe { FLAC__stream_encoder_new() }).ok_or(Failure::OutOfMemory)?;
        let output = NonNull::from(Box::leak(Box::<Output>::default()));
        let process = (threads > 1).then(std::process::id);
        let mut encoder = Self { raw, output, channels: channels as usize, block_size: 0, process };
        let raw = raw.as_ptr();
        // SAFETY: `raw` is a new encoder; the callbacks fit `output`, which lives as long as it.
        let status = unsafe {
            FLAC__stream_encoder_set_sample_rate(raw, rate);
            FLAC__stream_encoder_set_channels(raw, channels);
            FLAC__stream_encoder_set_bits_per_sample(raw, bits);
            FLAC__stream_encoder_set_compression_level(raw, level);
            FLAC__stream_encoder_set_num_threads(raw, threads as u32);
            FLAC__stream_encoder_init_stream(
                raw,
                Some(take_bytes),
                None,
                None,
                Some(take_stream_info),
                output.as_ptr().cast(),
            )
        };
        if status != FLAC__STREAM_ENCODER_INIT_STATUS_OK {
            return Err(encoder.failure());
        }
        // SAFETY: `raw` is an encoder that was set up.
        encoder.block_size = unsafe { FLAC__stream_encoder_get_blocksize(raw) };
        // The marker and metadata blocks: whoever writes the file has better ones.
        encoder.output().bytes.clear();
        Ok(encoder)
    }

    /// Samples in each frame but the last.
    pub fn block_size(&self) -> u32 {
        self.block_size
    }

    /// Takes interleaved samples of whole frames.
    pub fn process(&mut self, samples: &[i32]) -> Result<(), Failure> {
        self.check_process()?;
        let longest = u32::MAX as usize / self.channels * self.channels;
        for samples in samples.chunks(longest) {
            let frames = (samples.len() / self.channels) as u32;
            // SAFETY: `samples` holds that many frames.
            let ok = unsafe { FLAC__stream_encoder_process_interleaved(self.raw.as_ptr(), samples.as_ptr(), frames) };
            if ok == 0 {
                return Err(self.failure());
            }
        }
        Ok(())
    }

    /// Encodes what is left; gives the MD5 of all samples.
    pub fn finish(&mut self) -> Result<[u8; 16], Failure> {
        self.check_process()?;
        // SAFETY: `raw` is an encoder.
        let ok = unsafe { FLAC__stream_encoder_finish(self.raw.as_ptr()) };
        // It may claim success after a failed thread, but then it gives no STREAMINFO.
        self.output().md5.filter(|_| ok != 0).ok_or_else(|| self.failure())
    }

    /// Gives the bytes of each frame that was encoded, and its samples, once.
    pub fn take_frames<E>(&mut self, mut take: impl FnMut(&[u8], u32) -> Result<(), E>) -> Result<(), E> {
        let output = self.output();
        let mut rest = output.bytes.as_slice();
        for (len, samples) in &output.frames {
            let (frame, behind) = rest.split_at(*len);
            take(frame, *samples)?;
            rest = behind;
        }
        output.bytes.clear();
        output.frames.clear();
        Ok(())
    }

    fn output(&mut self) -> &mut Output {
        // SAFETY: it was leaked in `new` and is freed in `drop`; libFLAC uses
        // it only within its calls, and none is running.
        unsafe { self.output.as_mut() }
    }

    fn failure(&mut self) -> Failure {
        // SAFETY: `raw` is an encoder.
        let state = unsafe { FLAC__stream_encoder_get_state(self.raw.as_ptr()) };
        match state {
            FLAC__STREAM_ENCODER_MEMORY_ALLOCATION_ERROR => Failure::OutOfMemory,
            _ if self.output().is_full => Failure::OutOfMemory,
            state => Failure::State(state),
        }
    }

    /// In a child of a fork the threads are gone: to wait for them would be for ever.
    fn check_process(&self) -> Result<(), Failure> {
        match self.process {
            Some(process) if process != std::process::id() => Err(Failure::Forked),
            _ => Ok(()),
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            return;
        }
        // SAFETY: both are ours, and `output` outlives libFLAC's use of it.
        unsafe {
            FLAC__stream_encoder_delete(self.raw.as_ptr());
            drop(Box::from_raw(self.output.as_ptr()));
        }
    }
}

/// How many of these threads, the caller's included, can be started.
///
/// libFLAC does not look whether its threads were started: without any it
/// would wait for them for ever.
fn startable(threads: usize) -> usize {
    let gate = Mutex::new(());
    let pass = || drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
    thread::scope(|scope| {
        // They wait for each other, so as to be there together.
        let _closed = gate.lock();
        (1..threads).take_while(|_| thread::Builder::new().spawn_scoped(scope, pass).is_ok()).count() + 1
    })
}

/// libFLAC's write callback: headers have no samples.
unsafe extern "C" fn take_bytes(
    _: *const FLAC__StreamEncoder,
    bytes: *const u8,
    len: usize,
    samples: u32,
    _: u32,
    output: *mut c_void,
) -> FLAC__StreamEncoderWriteStatus {
    // SAFETY: this is what `new` gave to libFLAC, and nobody else uses it within a call.
    let output = unsafe { &mut *output.cast::<Output>() };
    // SAFETY: libFLAC says so.
    let bytes = unsafe { slice::from_raw_parts(bytes, len) };
    // A failed allocation must not unwind through C.
    if output.bytes.try_reserve(len).is_err() || output.frames.try_reserve(1).is_err() {
        output.is_full = true;
        return FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR;
    }
    output.bytes.extend_from_slice(bytes);
    if samples > 0 {
        output.frames.push((len, samples));
    }
    FLAC__STREAM_ENCODER_WRITE_STATUS_OK
}

/// libFLAC's metadata callback, called at the end with the STREAMINFO.
unsafe extern "C" fn take_stream_info(
    _: *const FLAC__StreamEncoder,
    metadata: *const FLAC__StreamMetadata,
    output: *mut c_void,
) {
    // SAFETY: this is what `new` gave to libFLAC, and nobody else uses it within a call.
    let output = unsafe { &mut *output.cast::<Output>() };
    // SAFETY: an encoder gives only STREAMINFO to this callback.
    output.md5 = Some(unsafe { ptr::addr_of!((*metadata).data.stream_info.md5sum).read() });
}
