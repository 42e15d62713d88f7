//! Statuses

use std::ffi::c_char;

use crate::audio::ErrorKind;

/// What every fallible function returns: ONDES_STATUS_OK, or a negative number.
///
/// Numbers never change their meaning. Classes leave gaps, and later versions
/// may add numbers: treat one that you do not know as a failure.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_status {
    /// It worked. The end of a stream is also OK, with 0 frames.
    Ok = 0,

    /// A pointer is NULL that must not be: the message names the argument.
    NullArgument = -1,
    /// An argument has a value that the call does not take: fix the call.
    InvalidArgument = -2,
    /// A handle is of another type, or was freed: fix the call.
    WrongHandle = -3,
    /// The handle is in use by another thread or the call that runs this callback, or the file is mapped: wait, or free it.
    Busy = -4,
    /// The object was closed or finished before: open it again.
    Closed = -5,
    /// An earlier call on this handle ended in ONDES_STATUS_PANIC: free it and open it again.
    Poisoned = -6,

    /// There is no such file: check the path.
    NotFound = -20,
    /// The path names a directory: name a file in it.
    IsDirectory = -21,
    /// The operating system refused access: check the permissions.
    Permission = -22,
    /// The device is full: make room, then write again.
    NoSpace = -23,
    /// Another input or output failure: ondes_error_os_code has the system's number.
    Io = -24,
    /// A callback failed, or returned a number that cannot be: look at your callback.
    Callback = -25,

    /// The bytes are no known audio format: the file may not be audio at all.
    Unrecognized = -40,
    /// A known format or codec that is not decoded, or something that this build was made without: the message names it.
    Unsupported = -41,
    /// The format is known but its bytes are damaged: get the file again.
    Malformed = -42,
    /// The file claims more than the limits against hostile files allow: it is damaged or an attack.
    Limit = -43,
    /// Rate, channels or depth change in mid-stream: the part before it was read.
    FormatChanged = -44,

    /// The call needs a source that can seek: give ondes_io a seek callback, or read forward only.
    NotSeekable = -60,
    /// A position or index outside of what there is, or memory too small for the whole.
    OutOfRange = -61,

    /// There is no such device, or no sound system answers: ondes_devices_list tells what there is.
    NoDevice = -80,
    /// The device went away or broke while it was in use: open it again when it is back.
    DeviceLost = -81,
    /// The sound system does not open the device like this: another program has it, or ask for another rate or channels.
    DeviceRefused = -82,
    /// Recorded frames were dropped because they were not read in time: read more often, or have a longer queue.
    InputDropped = -83,
    /// The time that you gave was up before the work was done: wait longer, or again.
    TimedOut = -84,

    /// Your progress callback or cancel token stopped the call.
    Cancelled = -100,

    /// A fault of the library: please report it with the message.
    Internal = -120,
    /// A fault of the library that was caught before it could crash: please report it; the handle in use is poisoned.
    Panic = -121,
    /// The system has no memory left for the result: read less at a time.
    OutOfMemory = -122,
}

use ondes_status as Status;

impl ondes_status {
    /// Every status.
    pub const ALL: &'static [Self] = &[
        Status::Ok,
        Status::NullArgument,
        Status::InvalidArgument,
        Status::WrongHandle,
        Status::Busy,
        Status::Closed,
        Status::Poisoned,
        Status::NotFound,
        Status::IsDirectory,
        Status::Permission,
        Status::NoSpace,
        Status::Io,
        Status::Callback,
        Status::Unrecognized,
        Status::Unsupported,
        Status::Malformed,
        Status::Limit,
        Status::FormatChanged,
        Status::NotSeekable,
        Status::OutOfRange,
        Status::NoDevice,
        Status::DeviceLost,
        Status::DeviceRefused,
        Status::InputDropped,
        Status::TimedOut,
        Status::Cancelled,
        Status::Internal,
        Status::Panic,
        Status::OutOfMemory,
    ];

    fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| *status as i32 == number)
    }

    /// The caller broke the rules of the API, as opposed to the world failing it.
    pub(crate) fn is_misuse(self) -> bool {
        (-19..0).contains(&(self as i32))
    }

    /// Name and text, NUL-terminated.
    const fn strings(self) -> (&'static std::ffi::CStr, &'static std::ffi::CStr) {
        match self {
            Status::Ok => (c"ONDES_STATUS_OK", c"success"),
            Status::NullArgument => (c"ONDES_STATUS_NULL_ARGUMENT", c"an argument is NULL that must not be"),
            Status::InvalidArgument => (c"ONDES_STATUS_INVALID_ARGUMENT", c"an argument has a value that cannot be"),
            Status::WrongHandle => (c"ONDES_STATUS_WRONG_HANDLE", c"the handle is of another type or was freed"),
            Status::Busy => (c"ONDES_STATUS_BUSY", c"the handle or file is in use"),
            Status::Closed => (c"ONDES_STATUS_CLOSED", c"the object is closed"),
            Status::Poisoned => (c"ONDES_STATUS_POISONED", c"an earlier fault made the handle unusable"),
            Status::NotFound => (c"ONDES_STATUS_NOT_FOUND", c"no such file"),
            Status::IsDirectory => (c"ONDES_STATUS_IS_DIRECTORY", c"the path names a directory"),
            Status::Permission => (c"ONDES_STATUS_PERMISSION", c"access was refused"),
            Status::NoSpace => (c"ONDES_STATUS_NO_SPACE", c"the device is full"),
            Status::Io => (c"ONDES_STATUS_IO", c"input or output failed"),
            Status::Callback => (c"ONDES_STATUS_CALLBACK", c"a callback failed"),
            Status::Unrecognized => (c"ONDES_STATUS_UNRECOGNIZED", c"no known audio format"),
            Status::Unsupported => {
                (c"ONDES_STATUS_UNSUPPORTED", c"the format or codec is not supported, or was left out of this build")
            }
            Status::Malformed => (c"ONDES_STATUS_MALFORMED", c"the file is damaged"),
            Status::Limit => (c"ONDES_STATUS_LIMIT", c"the file claims more than the limits allow"),
            Status::FormatChanged => (c"ONDES_STATUS_FORMAT_CHANGED", c"the audio format changes in mid-stream"),
            Status::NotSeekable => (c"ONDES_STATUS_NOT_SEEKABLE", c"the source cannot seek"),
            Status::OutOfRange => (c"ONDES_STATUS_OUT_OF_RANGE", c"outside of the range there is"),
            Status::NoDevice => (c"ONDES_STATUS_NO_DEVICE", c"no such device, or no sound system"),
            Status::DeviceLost => (c"ONDES_STATUS_DEVICE_LOST", c"the device went away"),
            Status::DeviceRefused => (c"ONDES_STATUS_DEVICE_REFUSED", c"the sound system refused the device"),
            Status::InputDropped => (c"ONDES_STATUS_INPUT_DROPPED", c"recorded frames were not read in time"),
            Status::TimedOut => (c"ONDES_STATUS_TIMED_OUT", c"the time was up"),
            Status::Cancelled => (c"ONDES_STATUS_CANCELLED", c"cancelled by the caller"),
            Status::Internal => (c"ONDES_STATUS_INTERNAL", c"a fault of the library"),
            Status::Panic => (c"ONDES_STATUS_PANIC", c"a fault of the library was caught"),
            Status::OutOfMemory => (c"ONDES_STATUS_OUT_OF_MEMORY", c"no memory left"),
        }
    }
}

impl From<ErrorKind> for ondes_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidArgument => Status::InvalidArgument,
            ErrorKind::Busy => Status::Busy,
            ErrorKind::Closed => Status::Closed,
            ErrorKind::NotFound => Status::NotFound,
            ErrorKind::IsDirectory => Status::IsDirectory,
            ErrorKind::Permission => Status::Permission,
            ErrorKind::NoSpace => Status::NoSpace,
            ErrorKind::Io => Status::Io,
            ErrorKind::Callback => Status::Callback,
            ErrorKind::Unrecognized => Status::Unrecognized,
            ErrorKind::Unsupported => Status::Unsupported,
            ErrorKind::Malformed => Status::Malformed,
            ErrorKind::Limit => Status::Limit,
            ErrorKind::FormatChanged => Status::FormatChanged,
            ErrorKind::NotSeekable => Status::NotSeekable,
            ErrorKind::OutOfRange => Status::OutOfRange,
            ErrorKind::NoDevice => Status::NoDevice,
            ErrorKind::DeviceLost => Status::DeviceLost,
            ErrorKind::DeviceRefused => Status::DeviceRefused,
            ErrorKind::InputDropped => Status::InputDropped,
            ErrorKind::TimedOut => Status::TimedOut,
            ErrorKind::Cancelled => Status::Cancelled,
            ErrorKind::OutOfMemory => Status::OutOfMemory,
            ErrorKind::Internal => Status::Internal,
        }
    }
}

/// Names a status as in this header, "ONDES_STATUS_NOT_FOUND".
///
/// Returns: the name; "unknown status" for a number that is none.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_status_name(status: i32) -> *const c_char {
    Status::from_number(status).map_or(c"unknown status", |s| s.strings().0).as_ptr()
}

/// Says what a status means in a few words; an ondes_error says more.
///
/// Returns: the text; "unknown status" for a number that is none.
/// Lifetime: static.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_status_text(status: i32) -> *const c_char {
    Status::from_number(status).map_or(c"unknown status", |s| s.strings().1).as_ptr()
}
