//! File-like objects

use std::ffi::c_void;

use super::error::Failure;
use super::options::{self, Versioned};
use crate::audio::sink::Outlet;
use crate::audio::source::Callbacks;
use crate::audio::{Error, ErrorKind, Result};

/// A byte stream of yours: start from ONDES_IO_INIT and set at least `read`, or `write` to write to it.
///
/// The stream begins where it stands when it is opened. The library calls it
/// from the thread that called the library (for ondes_batch_add_io: from a
/// thread of the batch), one call at a time, and checks every number it returns. A failure is a negative number; the call then ends
/// with ONDES_STATUS_CALLBACK and a message that gives the number. A callback
/// may use other handles of the library; the one it works for is busy.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_io {
    /// sizeof(ondes_io).
    pub struct_size: u32,
    /// 0: no flag is defined yet.
    pub flags: u32,
    /// Yours; handed to every callback.
    pub user_data: *mut c_void,
    /// Reads up to `len` bytes into `dst` and returns how many; fewer is fine, 0 is the end. Not used for writing.
    pub read: Option<unsafe extern "C" fn(user_data: *mut c_void, dst: *mut u8, len: u64) -> i64>,
    /// Writes all `len` bytes from `src` and returns `len`: fewer is a failure. Not used for reading.
    pub write: Option<unsafe extern "C" fn(user_data: *mut c_void, src: *const u8, len: u64) -> i64>,
    /// Moves to `position`, counted from the start of your stream, and returns it. NULL: forward only.
    pub seek: Option<unsafe extern "C" fn(user_data: *mut c_void, position: i64) -> i64>,
    /// Returns the position. NULL: the stream stands at its start when it is opened.
    pub tell: Option<unsafe extern "C" fn(user_data: *mut c_void) -> i64>,
    /// Returns the bytes in the whole stream. NULL: not known.
    pub size: Option<unsafe extern "C" fn(user_data: *mut c_void) -> i64>,
    /// Makes written bytes safe, and returns 0. Not used for reading.
    pub flush: Option<unsafe extern "C" fn(user_data: *mut c_void) -> i64>,
    /// The library is done with the stream. Runs exactly once, also when opening fails. NULL: nothing to do.
    pub close: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
}

// SAFETY: integers and pointers without padding; `None` is a NULL function pointer.
unsafe impl Versioned for ondes_io {
    const FIRST_SIZE: usize = 8 + 8 * size_of::<*const c_void>();
    const NAME: &'static str = "ondes_io";
}

/// The caller's stream as the domain sees it, beginning at position 0.
pub(crate) struct Stream {
    io: ondes_io,
    /// Where the caller's stream stood when it was opened.
    base: i64,
}

// SAFETY: the header says that a stream is called from any thread that uses
// its reader, one call at a time.
unsafe impl Send for Stream {}

impl Stream {
    /// Takes over the caller's stream: from here on it is closed exactly once.
    ///
    /// # Safety
    /// `io` is NULL or a struct as the header asks.
    pub(crate) unsafe fn for_reading(io: *const ondes_io, argument: &str) -> std::result::Result<Self, Failure> {
        // SAFETY: the caller's promise.
        let stream = unsafe { Self::new(io, argument)? };
        if stream.io.read.is_none() {
            return Err(Failure::null(&format!("{argument}.read")));
        }
        Ok(stream)
    }

    /// As [`Stream::for_reading`], to be written to.
    ///
    /// # Safety
    /// As there.
    pub(crate) unsafe fn for_writing(io: *const ondes_io, argument: &str) -> std::result::Result<Self, Failure> {
        // SAFETY: the caller's promise.
        let stream = unsafe { Self::new(io, argument)? };
        if stream.io.write.is_none() {
            return Err(Failure::null(&format!("{argument}.write")));
        }
        Ok(stream)
    }

    /// # Safety
    /// As for [`Stream::for_reading`].
    unsafe fn new(io: *const ondes_io, argument: &str) -> std::result::Result<Self, Failure> {
        if io.is_null() {
            return Err(Failure::null(argument));
        }
        // SAFETY: not NULL; the rest is the caller's promise.
        let io = unsafe { options::read(io, argument)? };
        let stream = Self { io, base: 0 };
        options::check_flags(io.flags, 0, argument)?;
        Ok(stream)
    }

    /// Finds out where it begins.
    pub(crate) fn begin(mut self) -> Result<Self> {
        if let Some(tell) = self.io.tell {
            // SAFETY: the caller's callback, called as the header says.
            self.base = checked("tell", unsafe { tell(self.io.user_data) })?;
        }
        Ok(self)
    }

    fn go_to(&mut self, position: u64) -> Result<()> {
        let Some(seek) = self.io.seek else {
            return Err(Error::new(ErrorKind::NotSeekable, "the stream has no seek callback"));
        };
        let wanted = i64::try_from(position)
            .ok()
            .and_then(|position| position.checked_add(self.base))
            .ok_or_else(|| Error::new(ErrorKind::OutOfRange, format!("position {position} is beyond any stream")))?;
        // SAFETY: the caller's callback, called as the header says.
        let reached = checked("seek", unsafe { seek(self.io.user_data, wanted) })?;
        if reached != wanted {
            return Err(failed(&format!("the seek callback went to {reached} instead of {wanted}")));
        }
        Ok(())
    }
}

/// A number that must not be negative.
fn checked(callback: &str, returned: i64) -> Result<i64> {
    if returned < 0 {
        return Err(failed(&format!("the {callback} callback failed: it returned {returned}")));
    }
    Ok(returned)
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::Callback, message)
}

impl Callbacks for Stream {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        let Some(read) = self.io.read else { return Ok(0) };
        // SAFETY: the caller's callback; `dst` holds as many bytes as it is told.
        let got = checked("read", unsafe { read(self.io.user_data, dst.as_mut_ptr(), dst.len() as u64) })?;
        usize::try_from(got).ok().filter(|got| *got <= dst.len()).ok_or_else(|| {
            failed(&format!("the read callback returned {got} bytes where {} were asked for", dst.len()))
        })
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.go_to(position)
    }

    fn is_seekable(&self) -> bool {
        self.io.seek.is_some()
    }

    fn size(&mut self) -> Result<Option<u64>> {
        let Some(size) = self.io.size else { return Ok(None) };
        // SAFETY: the caller's callback, called as the header says.
        let size = checked("size", unsafe { size(self.io.user_data) })?;
        let len = u64::try_from(size - self.base).map_err(|_| {
            failed(&format!("the size callback returned {size}, but the stream stands at {}", self.base))
        })?;
        Ok(Some(len))
    }
}

impl Outlet for Stream {
    fn write(&mut self, src: &[u8]) -> Result<()> {
        let Some(write) = self.io.write else { return Ok(()) };
        // SAFETY: the caller's callback; `src` holds as many bytes as it is told.
        let taken = checked("write", unsafe { write(self.io.user_data, src.as_ptr(), src.len() as u64) })?;
        if usize::try_from(taken) == Ok(src.len()) {
            return Ok(());
        }
        Err(failed(&format!("the write callback took {taken} bytes where it was given {}", src.len())))
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        self.go_to(position)
    }

    fn is_seekable(&self) -> bool {
        self.io.seek.is_some()
    }

    fn flush(&mut self) -> Result<()> {
        let Some(flush) = self.io.flush else { return Ok(()) };
        // SAFETY: the caller's callback, called as the header says.
        checked("flush", unsafe { flush(self.io.user_data) }).map(drop)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(close) = self.io.close {
            // SAFETY: the caller's callback; a stream is dropped once.
            unsafe { close(self.io.user_data) };
        }
    }
}
