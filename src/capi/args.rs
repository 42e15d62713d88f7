//! Arguments: pointers checked once, in one place, by the name the header gives them.

use std::ffi::{CStr, c_char};
use std::path::PathBuf;

use super::error::Failure;

/// An output: written at once, so that no failure leaves it unset.
///
/// # Safety
/// NULL, or may be written for as long as `'a`.
pub(crate) unsafe fn output<'a, T>(pointer: *mut T, argument: &str, empty: T) -> Result<&'a mut T, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    // SAFETY: not NULL, so the caller lets it be written.
    unsafe {
        pointer.write(empty);
        Ok(&mut *pointer)
    }
}

/// An array of outputs, all written at once; NULL is fine where there are none.
///
/// # Safety
/// NULL, or `count` elements that may be written for as long as `'a`.
pub(crate) unsafe fn outputs<'a, T: Copy>(
    pointer: *mut T,
    count: u64,
    argument: &str,
    empty: T,
) -> Result<&'a mut [T], Failure> {
    if count == 0 {
        return Ok(&mut []);
    }
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    let count = checked_size(count.saturating_mul(size_of::<T>() as u64), argument)? / size_of::<T>();
    // SAFETY: not NULL and no longer than an object can be; the rest is the
    // caller's promise. Written before a reference to it is made.
    unsafe {
        (0..count).for_each(|i| pointer.add(i).write(empty));
        Ok(std::slice::from_raw_parts_mut(pointer, count))
    }
}

/// A string that may be left out; invalid UTF-8 is replaced.
///
/// # Safety
/// NULL, or NUL-terminated.
pub(crate) unsafe fn optional_text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not NULL, so the caller's string is terminated.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

/// A string that must be there, and UTF-8.
///
/// # Safety
/// NULL, or NUL-terminated and unchanged for as long as `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, argument: &str) -> Result<&'a str, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    // SAFETY: not NULL, so the caller's string is terminated.
    unsafe { CStr::from_ptr(pointer) }.to_str().map_err(|_| Failure::invalid(&format!("{argument} is not UTF-8")))
}

/// A path: raw bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
/// NULL, or NUL-terminated.
pub(crate) unsafe fn path(pointer: *const c_char, argument: &str) -> Result<PathBuf, Failure> {
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    // SAFETY: not NULL, so the caller's string is terminated.
    let bytes = unsafe { CStr::from_ptr(pointer) }.to_bytes();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
    }
    #[cfg(not(unix))]
    {
        std::str::from_utf8(bytes).map(PathBuf::from).map_err(|_| Failure::invalid(&format!("{argument} is not UTF-8")))
    }
}

/// What a number stands for; `values` pairs all that there are with their numbers.
pub(crate) fn choice<T>(
    values: impl IntoIterator<Item = (i32, T)>,
    number: i32,
    argument: &str,
    prefix: &str,
) -> Result<T, Failure> {
    values
        .into_iter()
        .find(|(n, _)| *n == number)
        .map(|(_, value)| value)
        .ok_or_else(|| Failure::invalid(&format!("{argument} is {number}, which is no {prefix} value")))
}

/// Bytes to read; NULL is fine where there are none.
///
/// # Safety
/// NULL, or `size` readable bytes that nothing changes for as long as `'a`.
pub(crate) unsafe fn bytes<'a>(pointer: *const u8, size: u64, argument: &str) -> Result<&'a [u8], Failure> {
    if size == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    let size = checked_size(size, argument)?;
    // SAFETY: not NULL and no longer than an object can be; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts(pointer, size) })
}

/// Memory for `frames` frames of `frame_size` bytes; NULL is fine where there are none.
///
/// # Safety
/// NULL, or that much memory that may be written for as long as `'a`. It may
/// be uninitialised: nothing reads it before writing it.
pub(crate) unsafe fn frames_mut<'a>(
    pointer: *mut std::ffi::c_void,
    frames: u64,
    frame_size: u64,
    argument: &str,
) -> Result<&'a mut [u8], Failure> {
    if frames == 0 {
        return Ok(&mut []);
    }
    if pointer.is_null() {
        return Err(Failure::null(argument));
    }
    let size = checked_size(frames.saturating_mul(frame_size), argument)?;
    // SAFETY: not NULL and no longer than an object can be; the rest is the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts_mut(pointer.cast(), size) })
}

/// `frames` frames of `frame_size` bytes to read; NULL is fine where there are none.
///
/// # Safety
/// NULL, or as many readable bytes that nothing changes for as long as `'a`.
pub(crate) unsafe fn frames<'a>(
    pointer: *const std::ffi::c_void,
    frames: u64,
    frame_size: u64,
    argument: &str,
) -> Result<&'a [u8], Failure> {
    // SAFETY: the caller's promise.
    unsafe { bytes(pointer.cast(), frames.saturating_mul(frame_size), argument) }
}

fn checked_size(size: u64, argument: &str) -> Result<usize, Failure> {
    isize::try_from(size).map(isize::cast_unsigned).map_err(|_| {
        Failure::invalid(&format!("{argument} cannot hold that much: {size} bytes exceed the address space"))
    })
}
