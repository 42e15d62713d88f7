//! Sockets of local servers, connected within a time: the standard library waits for as long as it takes.

use std::ffi::OsStr;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

/// Connects to the server at `path`, and gives up at `deadline`: a server that
/// hangs lets nobody in once as many wait at its door as it allows.
///
/// # Errors
/// Nobody listens there; [`ErrorKind::TimedOut`] if nobody was let in.
pub fn connect(path: &Path, deadline: Instant) -> Result<UnixStream> {
    let (address, length) = address(path.as_os_str())?;
    let socket = unconnected()?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Error::new(ErrorKind::TimedOut, "it hangs: it lets nobody in"));
        }
        // On Linux connecting waits for as long as sending may (unix(7), socket(7)); elsewhere it does not wait at all.
        socket.set_write_timeout(Some(left))?;
        // SAFETY: the descriptor is open, and the address has that length.
        if unsafe { libc::connect(socket.as_raw_fd(), (&raw const address).cast(), length) } == 0 {
            return Ok(socket);
        }
        let error = Error::last_os_error();
        if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) {
            return Err(error);
        }
    }
}

/// A socket that programs started by this one do not inherit.
fn unconnected() -> Result<UnixStream> {
    #[cfg(target_os = "linux")]
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let kind = libc::SOCK_STREAM;
    // SAFETY: it takes numbers only.
    let number = unsafe { libc::socket(libc::AF_UNIX, kind, 0) };
    if number < 0 {
        return Err(Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nobody else's.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    #[cfg(not(target_os = "linux"))]
    // SAFETY: the descriptor is open.
    if unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
        return Err(Error::last_os_error());
    }
    Ok(descriptor.into())
}

fn address(path: &OsStr) -> Result<(libc::sockaddr_un, libc::socklen_t)> {
    // SAFETY: a struct of numbers, for which zeros are values.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    let bytes = path.as_bytes();
    // A NUL ends it, for which there is room.
    if bytes.is_empty() || bytes.contains(&0) || bytes.len() >= address.sun_path.len() {
        return Err(Error::new(ErrorKind::InvalidInput, "this cannot be the path of a socket"));
    }
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    for (place, byte) in address.sun_path.iter_mut().zip(bytes) {
        *place = *byte as libc::c_char;
    }
    Ok((address, size_of::<libc::sockaddr_un>() as libc::socklen_t))
}
