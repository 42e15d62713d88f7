//! libopus's encoder for one or several streams in a packet.
//!
//! The crate opus has no way to libopus's surround encoder, which shares the
//! bits among the channels by what can be heard.

use std::ffi::CStr;
use std::os::raw::c_int;
use std::ptr::NonNull;

use opusic_sys as ffi;

/// An encoder of all channels of a file.
pub struct OpusEncoder {
    encoder: NonNull<ffi::OpusMSEncoder>,
    channels: usize,
    streams: u8,
    coupled: u8,
    mapping: Vec<u8>,
}

// SAFETY: the library keeps no state of a thread; all of it is behind the
// pointer, which nothing else has.
unsafe impl Send for OpusEncoder {}

impl OpusEncoder {
    /// An encoder of variable bit rate for music and speech, at its highest
    /// complexity. `bit_rate` is that of all channels together.
    pub fn new(rate: u32, channels: u8, mapping_family: u8, bit_rate: u32) -> Result<Self, String> {
        let (mut streams, mut coupled, mut failure) = (0, 0, 0);
        let mut mapping = vec![0; channels.into()];
        // SAFETY: the table has room for every channel, and the outputs are ours.
        let encoder = unsafe {
            ffi::opus_multistream_surround_encoder_create(
                rate as i32,
                channels.into(),
                mapping_family.into(),
                &mut streams,
                &mut coupled,
                mapping.as_mut_ptr(),
                ffi::OPUS_APPLICATION_AUDIO,
                &mut failure,
            )
        };
        let encoder = NonNull::new(encoder).ok_or_else(|| message(failure))?;
        let mut encoder =
            Self { encoder, channels: channels.into(), streams: streams as u8, coupled: coupled as u8, mapping };
        encoder.set(ffi::OPUS_SET_BITRATE_REQUEST, bit_rate as c_int)?;
        encoder.set(ffi::OPUS_SET_VBR_REQUEST, 1)?;
        encoder.set(ffi::OPUS_SET_VBR_CONSTRAINT_REQUEST, 0)?;
        encoder.set(ffi::OPUS_SET_COMPLEXITY_REQUEST, 10)?;
        Ok(encoder)
    }

    fn set(&mut self, request: c_int, value: c_int) -> Result<(), String> {
        // SAFETY: the requests that set something take one number.
        match unsafe { ffi::opus_multistream_encoder_ctl(self.encoder.as_ptr(), request, value) } {
            ffi::OPUS_OK => Ok(()),
            failure => Err(message(failure)),
        }
    }

    /// Streams in a packet.
    pub fn streams(&self) -> u8 {
        self.streams
    }

    /// How many of them, the first, are of two channels.
    pub fn coupled(&self) -> u8 {
        self.coupled
    }

    /// Which channel of the streams each channel is.
    pub fn mapping(&self) -> &[u8] {
        &self.mapping
    }

    /// Frames by which the packets are late, at the encoder's rate.
    pub fn look_ahead(&mut self) -> u32 {
        let mut frames: i32 = 0;
        // SAFETY: this request writes one number.
        unsafe {
            ffi::opus_multistream_encoder_ctl(
                self.encoder.as_ptr(),
                ffi::OPUS_GET_LOOKAHEAD_REQUEST,
                std::ptr::from_mut(&mut frames),
            );
        }
        u32::try_from(frames).unwrap_or(0)
    }

    /// Encodes interleaved `samples`, as many as a packet has; gives the bytes of `packet` that it takes.
    pub fn encode(&mut self, samples: &[f32], packet: &mut [u8]) -> Result<usize, String> {
        let frames = samples.len() / self.channels;
        // SAFETY: so many frames are there, and so many bytes may be written.
        let len = unsafe {
            ffi::opus_multistream_encode_float(
                self.encoder.as_ptr(),
                samples.as_ptr(),
                frames as c_int,
                packet.as_mut_ptr(),
                i32::try_from(packet.len()).unwrap_or(i32::MAX),
            )
        };
        usize::try_from(len).map_err(|_| message(len))
    }
}

impl Drop for OpusEncoder {
    fn drop(&mut self) {
        // SAFETY: created by `new`, and not used after this.
        unsafe { ffi::opus_multistream_encoder_destroy(self.encoder.as_ptr()) };
    }
}

fn message(failure: c_int) -> String {
    // SAFETY: a static string that ends in NUL, for every number.
    unsafe { CStr::from_ptr(ffi::opus_strerror(failure)) }.to_string_lossy().into_owned()
}

/// What the library calls itself.
pub fn version() -> String {
    // SAFETY: a static string that ends in NUL.
    unsafe { CStr::from_ptr(ffi::opus_get_version_string()) }.to_string_lossy().into_owned()
}
