//! Map

use std::ffi::{CString, c_char, c_void};
use std::sync::{Arc, RwLockReadGuard};

use super::codec::ondes_container;
use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Opaque, Shared};
use super::options::{self, Versioned};
use super::sample::{self, Buffer};
use super::warning::{self, Messages};
use super::{args, boundary};
use crate::audio::map::{Access, Header, Map, Mode, NewMap, Raw};
use crate::audio::sample::PcmCoding;

/// The samples of an uncompressed file as memory: nothing is copied, and a file of any size opens at once.
///
/// If another program cuts the file short, touching the memory behind its new
/// end is a bus error that ends the program (SIGBUS). ondes_map_read and
/// ondes_map_write fail with ONDES_STATUS_IO then; ONDES_MAP_BUFFERED holds the
/// samples in memory of the map's own. Writing to a map over more than there is
/// room for on the device ends in a bus error too, while ondes_map_write fails
/// with ONDES_STATUS_NO_SPACE.
///
/// Changes of ONDES_MAP_MODE_READ_WRITE are in the file for every program at
/// once, even if this one is killed; only ondes_map_flush makes sure that they
/// outlive the system. Any thread may use a map at any time.
pub struct ondes_map {
    _private: [u8; 0],
}

/// What may be done to the samples of a map.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_map_mode {
    /// They are only read: writing to the memory ends the program.
    Read = 0,
    /// Changes reach the file.
    ReadWrite = 1,
    /// Changes stay in memory, in the pages that have some.
    CopyOnWrite = 2,
}

/// The order of the bytes of a sample.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_byte_order {
    /// The lowest first.
    LittleEndian = 0,
    /// The highest first.
    BigEndian = 1,
}

/// Read the samples into memory instead of mapping them: their size in time and
/// memory, but no bus error. Changes reach the file at ondes_map_flush, and at
/// ondes_map_free, which cannot tell of a failure.
pub const ONDES_MAP_BUFFERED: u32 = 1;
/// ondes_map_create: no header, but as many zero bytes as the form's offset says.
pub const ONDES_MAP_RAW: u32 = 2;
/// ondes_map_create: the header that the Python package wavemap writes, byte by byte. It is the shortest (44 or
/// 58 bytes), so that floats are not aligned, has no room to grow over 4 GiB, and counts samples as frames.
pub const ONDES_MAP_WAVEMAP_HEADER: u32 = 4;

/// The form of samples that no header tells, or of a file to be made. Start from ONDES_MAP_FORM_INIT.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_map_form {
    /// sizeof(ondes_map_form).
    pub struct_size: u32,
    /// The ONDES_SAMPLE_ format.
    pub sample_format: i32,
    /// The ONDES_BYTE_ORDER_ of samples without a header.
    pub byte_order: i32,
    /// Samples per frame.
    pub channels: u32,
    /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0: the usual ones.
    pub channel_mask: u32,
    /// Sample rate in Hz; may be 0 for samples without a header.
    pub rate: u32,
    /// Frames of a new file; of one that is there at most so many, or 0 for all.
    pub frames: u64,
    /// Bytes before the samples, where there is no header.
    pub offset: u64,
    /// Bytes after the samples.
    pub tail: u64,
}

// SAFETY: integers without padding.
unsafe impl Versioned for ondes_map_form {
    const FIRST_SIZE: usize = 48;
    const NAME: &'static str = "ondes_map_form";
}

impl ondes_map_form {
    /// # Safety
    /// NULL, or as for [`options::read`].
    unsafe fn read(pointer: *const Self) -> Result<(Self, PcmCoding), Failure> {
        if pointer.is_null() {
            return Err(Failure::null("form"));
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        let form = unsafe { options::read(pointer, "form")? };
        let orders = [(ondes_byte_order::LittleEndian as i32, false), (ondes_byte_order::BigEndian as i32, true)];
        let is_big_endian = args::choice(orders, form.byte_order, "form.byte_order", "ONDES_BYTE_ORDER_")?;
        Ok((form, PcmCoding::of(sample::format(form.sample_format, "form.sample_format")?, is_big_endian)))
    }
}

/// What a map shows.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_map_info {
    /// sizeof(ondes_map_info).
    pub struct_size: u32,
    /// The ONDES_CONTAINER_ number; ONDES_CONTAINER_UNKNOWN for samples without a header.
    pub container: i32,
    /// The ONDES_SAMPLE_ format.
    pub sample_format: i32,
    /// Significant bits of a sample, the upper ones.
    pub bit_depth: u32,
    /// The ONDES_BYTE_ORDER_ of a sample.
    pub byte_order: i32,
    /// 1 if the bytes have the order that `sample_format` has in this machine's memory; otherwise 0.
    pub is_native: u32,
    /// 1 if the samples lie where the machine wants numbers of their size; otherwise 0: copy before you use them.
    pub is_aligned: u32,
    /// Samples per frame.
    pub channels: u32,
    /// Speakers of the channels, in order, as in WAVE_FORMAT_EXTENSIBLE; 0 if they have no positions.
    pub channel_mask: u32,
    /// Sample rate in Hz; 0 if it is not known.
    pub rate: u32,
    /// The ONDES_MAP_MODE_ it was opened in.
    pub mode: i32,
    /// ONDES_MAP_BUFFERED, or 0.
    pub flags: u32,
    /// Frames.
    pub frames: u64,
    /// Bytes from one frame to the next.
    pub frame_stride: u64,
    /// Bytes from one channel to the next.
    pub channel_stride: u64,
    /// Bytes of the file before the first sample.
    pub offset: u64,
    /// Bytes of the file after the last sample.
    pub tail: u64,
}

// SAFETY: integers without padding.
unsafe impl Versioned for ondes_map_info {
    const FIRST_SIZE: usize = 88;
    const NAME: &'static str = "ondes_map_info";
}

impl ondes_map_info {
    const NOTHING: Self = Self {
        struct_size: 0,
        container: ondes_container::Unknown as i32,
        sample_format: 0,
        bit_depth: 0,
        byte_order: ondes_byte_order::LittleEndian as i32,
        is_native: 0,
        is_aligned: 0,
        channels: 0,
        channel_mask: 0,
        rate: 0,
        mode: 0,
        flags: 0,
        frames: 0,
        frame_stride: 0,
        channel_stride: 0,
        offset: 0,
        tail: 0,
    };
}

impl From<&Map> for ondes_map_info {
    fn from(map: &Map) -> Self {
        let (shape, access) = (map.shape(), map.access());
        let mode = match access.mode {
            Mode::Read => ondes_map_mode::Read,
            Mode::ReadWrite => ondes_map_mode::ReadWrite,
            Mode::CopyOnWrite => ondes_map_mode::CopyOnWrite,
        };
        let order =
            if shape.coding.is_big_endian() { ondes_byte_order::BigEndian } else { ondes_byte_order::LittleEndian };
        Self {
            struct_size: 0,
            container: shape.container.map_or(ondes_container::Unknown, ondes_container::from) as i32,
            sample_format: sample::number(shape.coding.format()),
            bit_depth: shape.bit_depth,
            byte_order: order as i32,
            is_native: u32::from(shape.coding.is_native()),
            is_aligned: u32::from(map.is_aligned()),
            channels: shape.channels,
            channel_mask: shape.channel_mask,
            rate: shape.rate,
            mode: mode as i32,
            flags: if access.buffered { ONDES_MAP_BUFFERED } else { 0 },
            frames: shape.frames,
            frame_stride: shape.frame_size(),
            channel_stride: shape.coding.size() as u64,
            offset: shape.offset,
            tail: shape.tail,
        }
    }
}

/// A map and the strings that C was given of it: shared by its handles.
pub(crate) struct State {
    map: Shared<Map>,
    name: CString,
    messages: Messages,
}

impl Opaque for ondes_map {
    type State = Arc<State>;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesMap");
}

fn share(map: Map) -> Arc<State> {
    let mut messages = Messages::default();
    messages.add(map.warnings());
    Arc::new(State { name: c_string(map.name()), messages, map: Shared::new(map) })
}

/// The map, to be used beside others.
///
/// # Safety
/// As for [`handle::state`].
unsafe fn enter<'a>(map: *const ondes_map) -> Result<RwLockReadGuard<'a, Map>, Failure> {
    // SAFETY: the caller's promise.
    unsafe { handle::state(map, "map")? }.map.enter("map")
}

fn access(mode: i32, flags: u32) -> Result<Access, Failure> {
    let modes = [
        (ondes_map_mode::Read as i32, Mode::Read),
        (ondes_map_mode::ReadWrite as i32, Mode::ReadWrite),
        (ondes_map_mode::CopyOnWrite as i32, Mode::CopyOnWrite),
    ];
    check_flags(flags, ONDES_MAP_BUFFERED)?;
    Ok(Access { mode: args::choice(modes, mode, "mode", "ONDES_MAP_MODE_")?, buffered: flags != 0 })
}

fn check_flags(flags: u32, known: u32) -> Result<(), Failure> {
    match flags & !known {
        0 => Ok(()),
        unknown => Err(Failure::invalid(&format!("flags has bits that this function does not know: {unknown:#x}"))),
    }
}

/// Maps the samples of a WAV, RF64, BW64, W64, AIFF, AIFC, CAF or AU file. `mode` is an ONDES_MAP_MODE_
/// number, `flags` ONDES_MAP_BUFFERED or 0.
///
/// What is wrong with a WAVE file is told by ondes_map_warning in the words of
/// wavemap. 24-bit samples are packed; bytes keep the order they have in the
/// file. ondes_map_read and ondes_map_write convert them.
///
/// Returns: ONDES_STATUS_OK; NOT_FOUND, IS_DIRECTORY, PERMISSION or IO; NOT_SEEKABLE for a pipe or device;
/// UNRECOGNIZED, UNSUPPORTED, MALFORMED or LIMIT.
/// Lifetime: until ondes_map_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_open(
    path: *const c_char,
    mode: i32,
    flags: u32,
    out_map: *mut *mut ondes_map,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_map, "out_map", err, || {
            let path = args::path(path, "path")?;
            Ok(share(Map::open(&path, access(mode, flags)?)?))
        })
    }
}

/// Maps samples without a header, or behind one that you know: those between `form->offset` and `form->tail`.
///
/// Returns: what ondes_map_open returns; INVALID_ARGUMENT for a form that leaves nothing of the file.
/// Lifetime: until ondes_map_free; `form` is copied.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_open_raw(
    path: *const c_char,
    mode: i32,
    flags: u32,
    form: *const ondes_map_form,
    out_map: *mut *mut ondes_map,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_map, "out_map", err, || {
            let path = args::path(path, "path")?;
            let (form, coding) = ondes_map_form::read(form)?;
            let ondes_map_form { channels, rate, frames, offset, tail, .. } = form;
            let raw = Raw { coding, channels, rate, offset, tail, frames: (frames > 0).then_some(frames) };
            Ok(share(Map::open_raw(&path, access(mode, flags)?, &raw)?))
        })
    }
}

/// Makes a WAV file (RF64 where it must be), or makes it anew, and maps its samples to be read and written.
///
/// All bytes of the samples are 0. The file takes no room on the device before
/// something is written to it, whatever its size. `flags` is 0,
/// ONDES_MAP_WAVEMAP_HEADER or ONDES_MAP_RAW. An older map of a file that is made anew must not be touched any more.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for a form that cannot be; IS_DIRECTORY, NOT_FOUND, PERMISSION,
/// NO_SPACE or IO; NOT_SEEKABLE for a pipe or device.
/// Lifetime: until ondes_map_free; `form` is copied.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_create(
    path: *const c_char,
    flags: u32,
    form: *const ondes_map_form,
    out_map: *mut *mut ondes_map,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_map, "out_map", err, || {
            let path = args::path(path, "path")?;
            let (form, coding) = ondes_map_form::read(form)?;
            let ondes_map_form { channels, channel_mask, rate, frames, offset, tail, .. } = form;
            let header = match flags {
                0 => Header::Wave { channel_mask },
                ONDES_MAP_WAVEMAP_HEADER => Header::Wavemap,
                ONDES_MAP_RAW => Header::Raw { offset },
                _ => return Err(Failure::invalid(&format!("flags is {flags:#x}, which is no kind of header"))),
            };
            Ok(share(Map::create(&path, &NewMap { coding, channels, rate, frames, tail, header })?))
        })
    }
}

/// Makes another handle of the same map, which stays open until the last is freed.
///
/// Returns: ONDES_STATUS_OK.
/// Lifetime: until ondes_map_free of this handle.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_share(
    map: *const ondes_map,
    out_map: *mut *mut ondes_map,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::make(out_map, "out_map", err, || Ok(Arc::clone(handle::state(map, "map")?))) }
}

/// Describes what the map shows. Set `out_map_info` to ONDES_MAP_INFO_INIT before.
///
/// Returns: ONDES_STATUS_OK; BUSY while the map grows.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_describe(
    map: *const ondes_map,
    out_map_info: *mut ondes_map_info,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = options::Output::new(out_map_info, ondes_map_info::NOTHING, "out_map_info")?;
            out.set((&*enter(map)?).into());
            Ok(())
        })
    }
}

/// Gives the samples: info.frames * info.channels of them, frame after frame, as they lie in the file.
///
/// Only ONDES_MAP_MODE_READ_WRITE and ONDES_MAP_MODE_COPY_ON_WRITE may be written to.
///
/// Returns: the first sample; NULL for NULL, and while the map grows.
/// Lifetime: until the last handle of the map is freed, also after ondes_map_append.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_samples(map: *const ondes_map) -> *mut c_void {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(std::ptr::null_mut(), || Ok(enter(map)?.address().cast())) }
}

/// Tells the path that the map was opened with.
///
/// Returns: the path; "" for NULL.
/// Lifetime: until the last handle of the map is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_name(map: *const ondes_map) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(c"".as_ptr(), || Ok(handle::state(map, "map")?.name.as_ptr())) }
}

/// Converts up to `capacity` frames from frame `start` on into your memory; fewer only at the end.
///
/// `format` and `layout` are ONDES_SAMPLE_ and ONDES_LAYOUT_ numbers; planes
/// lie `capacity` samples apart.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if `start` is beyond the end; IO, also if the file was cut short.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_read(
    map: *const ondes_map,
    start: u64,
    format: i32,
    layout: i32,
    dst: *mut c_void,
    capacity: u64,
    out_frames: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = args::output(out_frames, "out_frames", 0)?;
            let map = enter(map)?;
            let dst = Buffer::new(format, layout, map.shape().channels, dst, capacity)?;
            *out = map.read_as(start, dst.format, dst.layout, dst.bytes)? as u64;
            Ok(())
        })
    }
}

/// Converts `frames` frames of yours and writes them from frame `start` on; planes lie `frames` samples apart.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE if they do not fit, when nothing is written; INVALID_ARGUMENT for
/// ONDES_MAP_MODE_READ; NO_SPACE or IO, also if the file was cut short.
/// Threads: any, also at the same time; frames that two threads write are those of either.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_write(
    map: *const ondes_map,
    start: u64,
    format: i32,
    layout: i32,
    src: *const c_void,
    frames: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let map = enter(map)?;
            let src = sample::source(format, layout, map.shape().channels, src, frames)?;
            Ok(map.write_any(start, &src)?)
        })
    }
}

/// Adds `frames` frames of zero bytes at the end of a WAV, RF64 or raw file, and brings its header up to date.
///
/// WAV becomes RF64 when it passes 4 GiB, if its header has room for that, as
/// those of ondes_map_create and ondes_writer have. Chunks behind the samples
/// move. ondes_map_samples gives another address then; the one before stays
/// good for the frames that there were, but of a buffered map it shows a copy
/// that is no longer written back.
///
/// Returns: ONDES_STATUS_OK; INVALID_ARGUMENT for another mode than ONDES_MAP_MODE_READ_WRITE; UNSUPPORTED for
/// another format, or without that room, when nothing is changed; BUSY while other calls use the map; NO_SPACE or IO.
/// Threads: any, but not while other calls use the map.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_append(map: *mut ondes_map, frames: u64, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::call(err, || Ok(handle::state(map, "map")?.map.enter_alone("map")?.append(frames)?)) }
}

/// Waits until all changes have reached the device; for a map that is only read it does nothing.
///
/// Returns: ONDES_STATUS_OK; NO_SPACE or IO.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_flush(map: *const ondes_map, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::call(err, || Ok(enter(map)?.flush()?)) }
}

/// Counts the warnings about the file.
///
/// Returns: the count of those that ondes_map_warning gives; 0 for NULL, and while the map grows.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_warning_count(map: *const ondes_map) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { boundary::get(0, || Ok(enter(map)?.warnings().list().len() as u64)) }
}

/// Gives a warning: what is wrong with the file, and at which byte (or ONDES_UNKNOWN).
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE for an index that is not below the count.
/// Lifetime: the message lives until the last handle of the map is freed.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_warning(
    map: *const ondes_map,
    index: u64,
    out_message: *mut *const c_char,
    out_offset: *mut u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let out = warning::Output::new(out_message, out_offset)?;
            let state = handle::state(map, "map")?;
            out.set(state.map.enter("map")?.warnings(), &state.messages, index)
        })
    }
}

/// Frees a handle of a map; NULL is fine. With the last one the memory goes.
///
/// Threads: any, once, and not while this handle is in use.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_map_free(map: *mut ondes_map) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(map) }
}
