//! Files as memory.
//!
//! Another process may change a mapped file at any time, or cut it short, after
//! which touching the memory behind its end is a bus error that kills the
//! program. So nothing here makes a reference to mapped memory or reads it
//! directly: a [`Mapping`] gives its address away as a number of no use to
//! safe code, for callers beyond the C ABI, and copies out of it and into it
//! through the system, which answers with an error where memory is gone.

use std::fs::File;
use std::io;
use std::sync::{PoisonError, RwLock};

use memmap2::{MmapMut, MmapOptions, MmapRaw};

/// Memory that shows a part of a file, or a copy of it.
#[derive(Debug)]
pub struct Mapping {
    memory: MmapRaw,
    /// Whether a file is behind it, which can lose its end.
    is_file: bool,
    /// Held while bytes are copied by this process, whose threads may ask for the same ones.
    copying: RwLock<()>,
}

impl Mapping {
    fn new(memory: impl Into<MmapRaw>, is_file: bool) -> Self {
        Self { memory: memory.into(), is_file, copying: RwLock::new(()) }
    }

    /// Shows the file itself. What is written to the memory reaches the file.
    pub fn shared(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        Ok(Self::new(MmapOptions::new().offset(offset).len(len).map_raw(file)?, true))
    }

    /// As [`Mapping::shared`], but writing to the memory is a fault that kills the program.
    pub fn read_only(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        Ok(Self::new(MmapOptions::new().offset(offset).len(len).map_raw_read_only(file)?, true))
    }

    /// Shows the file, with changes that stay in memory.
    pub fn private(file: &File, offset: u64, len: usize) -> io::Result<Self> {
        // No swap space is set aside: a map larger than the memory is fine as
        // long as few of its pages are written to.
        // SAFETY: what can go wrong are references to memory that changes or
        // goes away, and there are none: only the address is kept.
        let map = unsafe { MmapOptions::new().offset(offset).len(len).no_reserve_swap().map_copy(file)? };
        Ok(Self::new(map, true))
    }

    /// Memory of its own, filled by `fill`.
    pub fn filled<E: From<io::Error>>(len: usize, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut memory = MmapMut::map_anon(len.max(1))?;
        fill(&mut memory[..len])?;
        Ok(Self::new(memory, false))
    }

    /// Where the memory begins.
    pub fn address(&self) -> *mut u8 {
        self.memory.as_mut_ptr()
    }

    /// Copies from `offset` on into all of `dst`.
    ///
    /// # Errors
    /// If the file behind the memory has become too short.
    ///
    /// # Panics
    /// If the memory is not that long.
    pub fn read(&self, offset: usize, dst: &mut [u8]) -> io::Result<()> {
        self.check(offset, dst.len());
        let _reading = self.copying.read().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: checked to be inside of the memory.
        unsafe {
            let from = self.address().add(offset);
            if self.is_file { guarded::read(from, dst) } else { plain::read(from, dst) }
        }
    }

    /// Copies `src` to `offset`.
    ///
    /// # Errors
    /// If the file behind the memory has become too short.
    ///
    /// # Panics
    /// If the memory is not that long, or not to be written.
    pub fn write(&self, offset: usize, src: &[u8]) -> io::Result<()> {
        self.check(offset, src.len());
        let _writing = self.copying.write().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: checked to be inside of the memory.
        unsafe {
            let to = self.address().add(offset);
            if self.is_file { guarded::write(to, src) } else { plain::write(to, src) }
        }
    }

    /// Waits until changes have reached the device.
    pub fn sync(&self) -> io::Result<()> {
        self.memory.flush()
    }

    fn check(&self, offset: usize, len: usize) {
        assert!(offset <= self.memory.len() && len <= self.memory.len() - offset, "beyond the mapping");
    }
}

/// Copies by the kernel, which looks at each page: where one is gone it stops
/// with an error, while a copy of our own would be killed by a bus error.
///
/// A sandbox may forbid these calls; then, and on systems without them, the
/// caller's look at the file's size, just before, must do.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod guarded {
    use std::io;

    use libc::{ENOSYS, EPERM, getpid, iovec, process_vm_readv, process_vm_writev};

    /// # Safety
    /// `from` leads to as many mapped bytes as `dst` has, though their file may have lost them.
    pub unsafe fn read(from: *const u8, dst: &mut [u8]) -> io::Result<()> {
        let copied = transfer(dst.len(), |done| {
            let local = iovec { iov_base: dst[done..].as_mut_ptr().cast(), iov_len: dst.len() - done };
            // SAFETY: `local` is the rest of `dst`; the kernel checks the other side.
            unsafe {
                let remote = iovec { iov_base: from.add(done).cast_mut().cast(), iov_len: dst.len() - done };
                process_vm_readv(getpid(), &raw const local, 1, &raw const remote, 1, 0)
            }
        });
        match copied {
            // SAFETY: the caller's promise.
            Err(error) if is_forbidden(&error) => unsafe { super::plain::read(from, dst) },
            copied => copied,
        }
    }

    /// # Safety
    /// As for [`read`], and the memory may be written.
    pub unsafe fn write(to: *mut u8, src: &[u8]) -> io::Result<()> {
        let copied = transfer(src.len(), |done| {
            let local = iovec { iov_base: src[done..].as_ptr().cast_mut().cast(), iov_len: src.len() - done };
            // SAFETY: as above; `local` is only read.
            unsafe {
                let remote = iovec { iov_base: to.add(done).cast(), iov_len: src.len() - done };
                process_vm_writev(getpid(), &raw const local, 1, &raw const remote, 1, 0)
            }
        });
        match copied {
            // SAFETY: the caller's promise.
            Err(error) if is_forbidden(&error) => unsafe { super::plain::write(to, src) },
            copied => copied,
        }
    }

    fn is_forbidden(error: &io::Error) -> bool {
        matches!(error.raw_os_error(), Some(EPERM | ENOSYS))
    }

    /// Goes on until `len` bytes are done or the kernel says why not.
    fn transfer(len: usize, mut step: impl FnMut(usize) -> isize) -> io::Result<()> {
        let mut done = 0;
        while done < len {
            match step(done) {
                n @ 1.. => done += n.cast_unsigned(),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => return Err(io::Error::last_os_error()),
            }
        }
        Ok(())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use plain as guarded;

/// Copies of our own, for memory that nothing takes away.
mod plain {
    use std::io;

    /// # Safety
    /// `from` leads to as many readable bytes as `dst` has.
    pub unsafe fn read(from: *const u8, dst: &mut [u8]) -> io::Result<()> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy(from, dst.as_mut_ptr(), dst.len()) };
        Ok(())
    }

    /// # Safety
    /// `to` leads to as many bytes that may be written as `src` has.
    pub unsafe fn write(to: *mut u8, src: &[u8]) -> io::Result<()> {
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy(src.as_ptr(), to, src.len()) };
        Ok(())
    }
}
