//! libvorbis's encoder: samples in, packets out.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_long};
use std::ptr::{self, NonNull};

use aotuv_lancer_vorbis_sys as ffi;
use ogg_next_sys::ogg_packet;

/// Frames that may be given at a time: libvorbis's buffer grows with them.
pub const MOST_FRAMES: usize = 1024;

/// Room that is asked for beyond the frames: vector code moves samples in
/// groups of 32 and goes past the last one.
const SLACK: usize = 64;

/// More frames than the library adds at the end, which is three of its longest blocks.
const LONGEST_END: usize = 3 * 8192;

/// An encoder of one stream.
pub struct VorbisEncoder {
    /// Its address is known to the library, and its parts point to each other:
    /// it is reached through raw pointers alone.
    state: NonNull<State>,
    channels: usize,
}

struct State {
    info: ffi::vorbis_info,
    dsp: ffi::vorbis_dsp_state,
    block: ffi::vorbis_block,
}

/// A packet, valid until the encoder is used again.
#[derive(Debug)]
pub struct Packet<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The granule position after it.
    pub granule: i64,
}

// SAFETY: the library keeps no state of a thread; all of it hangs on these
// structures, which nothing else points to.
unsafe impl Send for VorbisEncoder {}

impl VorbisEncoder {
    /// An encoder of variable bit rate; `quality` goes from -0.1 to 1.
    /// `None` if libvorbis has no mode for these.
    pub fn new(channels: u8, rate: u32, quality: f32) -> Option<Self> {
        let rate = c_int::try_from(rate).ok()?;
        // C structures of numbers and pointers, for which zero is a value: that of one not set up.
        let state = NonNull::from(Box::leak(Box::new(MaybeUninit::<State>::zeroed()))).cast();
        let encoder = Self { state, channels: channels.into() };
        let (info, dsp, block) = encoder.parts();
        // SAFETY: the structures are set up in the order that the library's
        // documentation gives; dropping the encoder clears them, and leaves
        // those alone that are not set up.
        unsafe {
            ffi::vorbis_info_init(info);
            if ffi::vorbis_encode_init_vbr(info, c_long::from(channels), c_long::from(rate), quality) != 0
                || ffi::vorbis_analysis_init(dsp, info) != 0
            {
                return None;
            }
            ffi::vorbis_block_init(dsp, block);
        }
        Some(encoder)
    }

    fn parts(&self) -> (*mut ffi::vorbis_info, *mut ffi::vorbis_dsp_state, *mut ffi::vorbis_block) {
        let state = self.state.as_ptr();
        // SAFETY: it lives as long as the encoder; no reference is made.
        unsafe { (&raw mut (*state).info, &raw mut (*state).dsp, &raw mut (*state).block) }
    }

    /// The identification header and the set-up header.
    pub fn headers(&mut self) -> (Vec<u8>, Vec<u8>) {
        let mut packets = [const { MaybeUninit::<ogg_packet>::zeroed() }; 3];
        let [identification, comments, setup] = &mut packets;
        let (_, dsp, _) = self.parts();
        // SAFETY: the comments stay as they were initialised; the packets point
        // into the encoder's memory until the next call, and are copied before.
        unsafe {
            let mut none = MaybeUninit::<ffi::vorbis_comment>::zeroed();
            ffi::vorbis_comment_init(none.as_mut_ptr());
            let failed = ffi::vorbis_analysis_headerout(
                dsp,
                none.as_mut_ptr(),
                identification.as_mut_ptr(),
                comments.as_mut_ptr(),
                setup.as_mut_ptr(),
            );
            ffi::vorbis_comment_clear(none.as_mut_ptr());
            assert_eq!(failed, 0, "libvorbis writes the headers of an encoder that it has set up");
            (bytes_of(identification.assume_init_ref()).to_vec(), bytes_of(setup.assume_init_ref()).to_vec())
        }
    }

    /// Takes `frames`, which `fill` writes into the plane of each channel.
    ///
    /// # Panics
    /// If there are more than [`MOST_FRAMES`].
    pub fn write(&mut self, frames: usize, mut fill: impl FnMut(usize, &mut [f32])) {
        assert!((1..=MOST_FRAMES).contains(&frames), "none would mean the end");
        let (_, dsp, _) = self.parts();
        // SAFETY: the library gives a plane for each channel with room for what was asked for.
        unsafe {
            let planes = ffi::vorbis_analysis_buffer(dsp, (MOST_FRAMES + SLACK) as c_int);
            for channel in 0..self.channels {
                let plane = *planes.add(channel);
                ptr::write_bytes(plane, 0, frames);
                fill(channel, std::slice::from_raw_parts_mut(plane, frames));
            }
            ffi::vorbis_analysis_wrote(dsp, frames as c_int);
        }
    }

    /// Says that no more frames come.
    pub fn end(&mut self) {
        let (_, dsp, _) = self.parts();
        // SAFETY: the encoder is set up; the library makes room itself, and more is there then.
        unsafe {
            ffi::vorbis_analysis_buffer(dsp, (LONGEST_END + SLACK) as c_int);
            ffi::vorbis_analysis_wrote(dsp, 0);
        }
    }

    /// The next packet that is ready.
    pub fn next_packet(&mut self) -> Option<Packet<'_>> {
        let (_, dsp, block) = self.parts();
        let mut packet = MaybeUninit::<ogg_packet>::zeroed();
        // SAFETY: the calls are those that the library's documentation gives,
        // in their order; the packet lies in the block until the next of them.
        unsafe {
            while ffi::vorbis_bitrate_flushpacket(dsp, packet.as_mut_ptr()) != 1 {
                if ffi::vorbis_analysis_blockout(dsp, block) != 1 {
                    return None;
                }
                ffi::vorbis_analysis(block, ptr::null_mut());
                ffi::vorbis_bitrate_addblock(block);
            }
            let packet = packet.assume_init();
            Some(Packet { bytes: bytes_of(&packet), granule: packet.granulepos })
        }
    }
}

impl Drop for VorbisEncoder {
    fn drop(&mut self) {
        let (info, dsp, block) = self.parts();
        // SAFETY: set up by `new`, or zero, and cleared in the order that the
        // library's documentation gives; the memory was leaked there, and
        // nothing else points to it any more.
        unsafe {
            ffi::vorbis_block_clear(block);
            ffi::vorbis_dsp_clear(dsp);
            ffi::vorbis_info_clear(info);
            drop(Box::from_raw(self.state.as_ptr()));
        }
    }
}

/// The bytes of a packet.
///
/// # Safety
/// It must have been given by the library, and its bytes must still be there for `'a`.
unsafe fn bytes_of<'a>(packet: &ogg_packet) -> &'a [u8] {
    let len = usize::try_from(packet.bytes).unwrap_or(0);
    if len == 0 {
        return &[];
    }
    // SAFETY: by the contract above.
    unsafe { std::slice::from_raw_parts(packet.packet, len) }
}

/// What the library calls itself.
pub fn version() -> String {
    // SAFETY: a static string that ends in NUL.
    unsafe { CStr::from_ptr(ffi::vorbis_version_string()) }.to_string_lossy().into_owned()
}
