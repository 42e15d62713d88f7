//! Files opened without waiting, and read and written at positions.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file. A FIFO, which would wait for its other end, is opened at once
/// for the caller to refuse.
pub fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK);
    options.open(path)
}

/// Fills all of `dst` with the bytes from `position` on.
pub fn read_exact_at(file: &File, mut dst: &mut [u8], mut position: u64) -> io::Result<()> {
    while !dst.is_empty() {
        match read_at(file, dst, position) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                dst = &mut dst[n..];
                position += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Writes all of `src` to `position`.
pub fn write_all_at(file: &File, mut src: &[u8], mut position: u64) -> io::Result<()> {
    while !src.is_empty() {
        match write_at(file, src, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => {
                src = &src[n..];
                position += n as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// Reads up to `dst.len()` bytes from `position` on; 0 is the end.
#[cfg(unix)]
pub fn read_at(file: &File, dst: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, dst, position)
}

#[cfg(unix)]
fn write_at(file: &File, src: &[u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, src, position)
}

/// Reads up to `dst.len()` bytes from `position` on; 0 is the end.
#[cfg(windows)]
pub fn read_at(file: &File, dst: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, dst, position)
}

#[cfg(windows)]
fn write_at(file: &File, src: &[u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, src, position)
}
