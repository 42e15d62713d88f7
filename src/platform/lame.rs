//! LAME behind a safe type: one encoder, fed planes of samples, that gives the bytes of MP3 frames.

use std::ffi::c_int;
use std::ptr::NonNull;
use std::sync::Mutex;

use mp3lame_sys as sys;

/// How many bits a frame gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BitRate {
    /// Always as many: kbit/s.
    Constant(u32),
    /// As many as it needs: LAME's V, 0 (best) to 9.
    Variable(u32),
}

/// What an encoder is to make.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// Sample rate of the input and the output in Hz.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u32,
    /// Bits per frame.
    pub bit_rate: BitRate,
    /// Whether a frame may use bits that others left over.
    pub reservoir: bool,
    /// How hard to search: LAME's `-q`, 0 (best) to 9 (fastest).
    pub effort: u32,
}

/// Why LAME did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It found no memory.
    OutOfMemory,
    /// A parameter, or the state of the encoder: its own number.
    Code(i32),
}

impl Failure {
    fn check(code: c_int) -> Result<usize, Self> {
        match code {
            -10 | -2 => Err(Self::OutOfMemory),
            code => usize::try_from(code).map_err(|_| Self::Code(code)),
        }
    }
}

/// One encoder.
pub struct Lame {
    handle: NonNull<sys::lame_global_flags>,
    channels: u32,
}

// SAFETY: an encoder has no ties to the thread that made it.
unsafe impl Send for Lame {}

/// Setting up an encoder also fills LAME's global tables: one at a time, so
/// that they are complete before a second thread looks at them. Filling them
/// again writes the same values over themselves.
static SETTING_UP: Mutex<()> = Mutex::new(());

/// The most bytes that come out at the end: three frames of at most 1441, and
/// what the reservoir holds. LAME's own figure.
const END: usize = 7200;

impl Lame {
    /// Sets up an encoder that writes frames alone, without any tag.
    pub fn new(parameters: &Parameters) -> Result<Self, Failure> {
        let _guard = SETTING_UP.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // SAFETY: takes no arguments, and gives a new encoder or NULL.
        let handle = NonNull::new(unsafe { sys::lame_init() }).ok_or(Failure::OutOfMemory)?;
        let lame = Self { handle, channels: parameters.channels };
        let gfp = handle.as_ptr();
        let (vbr, kbps, v) = match parameters.bit_rate {
            BitRate::Constant(kbps) => (sys::vbr_mode::vbr_off, kbps, None),
            BitRate::Variable(v) => (sys::vbr_mode::vbr_default, 0, Some(v)),
        };
        let mode = if parameters.channels == 1 { sys::MPEG_mode::MONO } else { sys::MPEG_mode::NOT_SET };
        // SAFETY: the handle is a live encoder that is not yet initialised; the rest are numbers.
        let code = unsafe {
            // Without functions for messages it prints none.
            sys::lame_set_errorf(gfp, None);
            sys::lame_set_debugf(gfp, None);
            sys::lame_set_msgf(gfp, None);
            sys::lame_set_bWriteVbrTag(gfp, 0);
            sys::lame_set_write_id3tag_automatic(gfp, 0);
            sys::lame_set_findReplayGain(gfp, 0);
            let codes = [
                sys::lame_set_num_channels(gfp, parameters.channels as c_int),
                sys::lame_set_in_samplerate(gfp, parameters.rate as c_int),
                sys::lame_set_out_samplerate(gfp, parameters.rate as c_int),
                sys::lame_set_mode(gfp, mode),
                sys::lame_set_VBR(gfp, vbr),
                v.map_or(0, |v| sys::lame_set_VBR_q(gfp, v as c_int)),
                if v.is_none() { sys::lame_set_brate(gfp, kbps as c_int) } else { 0 },
                sys::lame_set_quality(gfp, parameters.effort as c_int),
                sys::lame_set_disable_reservoir(gfp, c_int::from(!parameters.reservoir)),
            ];
            match codes.into_iter().find(|code| *code < 0) {
                Some(code) => code,
                None => sys::lame_init_params(gfp),
            }
        };
        Failure::check(code)?;
        Ok(lame)
    }

    /// Frames of audio by which the output is later than the input.
    pub fn delay(&self) -> u32 {
        // SAFETY: the handle is a live encoder.
        unsafe { sys::lame_get_encoder_delay(self.handle.as_ptr()) as u32 }
    }

    /// How hard it searches: as asked for, or the nearest that it knows for the bit rate.
    pub fn effort(&self) -> u32 {
        // SAFETY: the handle is a live encoder.
        unsafe { sys::lame_get_quality(self.handle.as_ptr()) as u32 }
    }

    /// Above this many Hz nothing is encoded; 0 if there is no such bound.
    pub fn lowpass(&self) -> u32 {
        // SAFETY: the handle is a live encoder.
        unsafe { u32::try_from(sys::lame_get_lowpassfreq(self.handle.as_ptr())).unwrap_or(0) }
    }

    /// MP3 frames encoded so far; some of their bytes may still be to come.
    pub fn frames(&self) -> u64 {
        // SAFETY: the handle is a live encoder.
        unsafe { sys::lame_get_frameNum(self.handle.as_ptr()) as u64 }
    }

    /// Takes samples, full scale being ±32768, and appends what frames come of
    /// them to `out`. `right` is not looked at where there is one channel.
    ///
    /// # Panics
    /// If the planes of two channels are not equally long.
    pub fn encode(&mut self, left: &[f32], right: &[f32], out: &mut Vec<u8>) -> Result<(), Failure> {
        let right = if self.channels == 1 { left } else { right };
        assert_eq!(left.len(), right.len(), "the planes are equally long");
        let gfp = self.handle.as_ptr();
        // A frame of 1152 or 576 samples has at most 1.25 bytes for each.
        Self::gather(out, left.len() + left.len() / 4 + END, |bytes, size| {
            // SAFETY: the handle is a live, initialised encoder; the planes
            // have as many samples as is said; so has `bytes` room for `size`.
            unsafe {
                sys::lame_encode_buffer_float(gfp, left.as_ptr(), right.as_ptr(), left.len() as c_int, bytes, size)
            }
        })
    }

    /// Completes all frames encoded so far, and lets no later one use bits of theirs.
    pub fn part(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let gfp = self.handle.as_ptr();
        // SAFETY: the handle is a live, initialised encoder, and `bytes` has room for `size`.
        Self::gather(out, END, |bytes, size| unsafe { sys::lame_encode_flush_nogap(gfp, bytes, size) })
    }

    /// Encodes what was held back, padded with silence, and completes all frames.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Failure> {
        let gfp = self.handle.as_ptr();
        // SAFETY: the handle is a live, initialised encoder, and `bytes` has room for `size`.
        Self::gather(out, 2 * END, |bytes, size| unsafe { sys::lame_encode_flush(gfp, bytes, size) })
    }

    /// Lets `write` put up to `room` bytes behind those of `out`.
    fn gather(out: &mut Vec<u8>, room: usize, write: impl FnOnce(*mut u8, c_int) -> c_int) -> Result<(), Failure> {
        let (len, size) = (out.len(), c_int::try_from(room).map_err(|_| Failure::OutOfMemory)?);
        out.resize(len + room, 0);
        let written = Failure::check(write(out[len..].as_mut_ptr(), size));
        out.truncate(len + written.unwrap_or(0).min(room));
        written.map(drop)
    }
}

impl Drop for Lame {
    fn drop(&mut self) {
        // SAFETY: the handle is a live encoder, and nobody has it after this.
        unsafe { sys::lame_close(self.handle.as_ptr()) };
    }
}
