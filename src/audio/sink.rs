//! Bytes out: a path, memory or callbacks, behind one buffer.
//!
//! A file comes into being in two steps. Opening it changes nothing that was
//! there before; [`ByteWriter::commit`], called once everything else has
//! succeeded, empties it. With `atomic` the bytes go to a file beside the
//! target, which takes its place when writing ends.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::map::check_unmapped;
use super::{Error, ErrorKind, Result};

/// Files and callbacks are given whole blocks of this size, which begin at
/// multiples of it: a file system caches such writes in large pages, at two
/// thirds of what small or crooked ones cost.
const BLOCK: usize = 256 << 10;

/// A caller's byte stream that is written to.
pub trait Outlet: Send {
    /// Writes all of `src`.
    fn write(&mut self, src: &[u8]) -> Result<()>;
    /// Moves to `position`, counted from where the stream stood when it was opened.
    fn seek(&mut self, position: u64) -> Result<()>;
    /// Whether [`Outlet::seek`] works.
    fn is_seekable(&self) -> bool;
    /// Makes what was written safe.
    fn flush(&mut self) -> Result<()>;
}

enum Target {
    Memory(Vec<u8>),
    File(OutputFile),
    Stream(Box<dyn Outlet>),
}

/// The bytes of one file being written, in order, with corrections of earlier ones.
pub struct ByteWriter {
    target: Target,
    /// Bytes that the target has.
    written: u64,
    /// Those that follow them.
    buffer: Vec<u8>,
    /// Whether the target may be given bytes.
    is_committed: bool,
}

impl fmt::Debug for ByteWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteWriter").field("position", &self.position()).finish_non_exhaustive()
    }
}

impl ByteWriter {
    /// Opens the file at `path` to be written anew, which nothing changes before [`ByteWriter::commit`].
    pub fn create(path: &Path, atomic: bool) -> Result<Self> {
        Ok(Self::new(Target::File(OutputFile::create(path, atomic)?)))
    }

    /// Gathers the bytes in memory.
    pub fn memory() -> Self {
        Self::new(Target::Memory(Vec::new()))
    }

    /// Writes to the caller's callbacks.
    pub fn callbacks(outlet: Box<dyn Outlet>) -> Self {
        Self::new(Target::Stream(outlet))
    }

    fn new(target: Target) -> Self {
        Self { target, written: 0, buffer: Vec::new(), is_committed: false }
    }

    /// Whether bytes that the target has already can be corrected.
    pub fn is_seekable(&self) -> bool {
        match &self.target {
            Target::Memory(_) => true,
            Target::File(file) => file.is_regular,
            Target::Stream(outlet) => outlet.is_seekable(),
        }
    }

    /// Whether [`ByteWriter::patch`] works for bytes from `position` on.
    pub fn can_patch(&self, position: u64) -> bool {
        position >= self.written || self.is_seekable()
    }

    /// Whether the bytes are gathered in memory.
    pub fn is_memory(&self) -> bool {
        matches!(self.target, Target::Memory(_))
    }

    /// Bytes written so far, which is where the next one goes.
    pub fn position(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Writes at the end.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if matches!(self.target, Target::Memory(_)) {
            return self.append(bytes);
        }
        if !self.is_committed {
            // What was there before stays: a header with pictures may be large.
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        }
        let room = BLOCK - (self.position() % BLOCK as u64) as usize;
        let Some((head, rest)) = bytes.split_at_checked(room) else {
            self.buffer.extend_from_slice(bytes);
            return Ok(());
        };
        // Completes the block: a copy or a second call, whichever costs less.
        if head.len() > self.buffer.len() {
            self.hand_over()?;
            self.append(head)?;
        } else {
            self.buffer.extend_from_slice(head);
            self.hand_over()?;
        }
        let (blocks, rest) = rest.split_at(rest.len() - rest.len() % BLOCK);
        if !blocks.is_empty() {
            self.append(blocks)?;
        }
        self.buffer.extend_from_slice(rest);
        Ok(())
    }

    /// Writes over bytes that were written before.
    ///
    /// # Errors
    /// NOT_SEEKABLE if the target has them and cannot go back.
    ///
    /// # Panics
    /// If they were not all written before.
    pub fn patch(&mut self, position: u64, bytes: &[u8]) -> Result<()> {
        let end = position + bytes.len() as u64;
        assert!(end <= self.position(), "only what was written can be corrected");
        if let Some(at) = position.checked_sub(self.written) {
            let at = at as usize;
            self.buffer[at..at + bytes.len()].copy_from_slice(bytes);
            return Ok(());
        }
        if !self.can_patch(position) {
            return Err(Error::new(
                ErrorKind::NotSeekable,
                "the target cannot seek, and this format or call needs to go back in it",
            ));
        }
        self.hand_over()?;
        let back = self.written;
        match &mut self.target {
            Target::Memory(memory) => {
                let at = position as usize;
                memory[at..at + bytes.len()].copy_from_slice(bytes);
                Ok(())
            }
            Target::File(file) => file.patch(position, bytes, back),
            Target::Stream(outlet) => {
                outlet.seek(position)?;
                outlet.write(bytes)?;
                outlet.seek(back)
            }
        }
    }

    /// Gives the target all bytes: a file's are then safe from the end of this
    /// process, though not from that of the system.
    pub fn flush(&mut self) -> Result<()> {
        self.hand_over()?;
        match &mut self.target {
            Target::Stream(outlet) => outlet.flush(),
            _ => Ok(()),
        }
    }

    /// Makes the file that is written the file of its name: empties what was
    /// there. With `atomic` that waits for the end.
    pub fn commit(&mut self) -> Result<()> {
        self.is_committed = true;
        match &mut self.target {
            Target::File(file) => file.commit(),
            _ => Ok(()),
        }
    }

    /// Ends writing; with `atomic` the file now takes its name.
    pub fn finish(&mut self) -> Result<()> {
        self.flush()?;
        match &mut self.target {
            Target::File(file) => file.finish(),
            _ => Ok(()),
        }
    }

    /// The bytes, if they were gathered in memory.
    pub fn into_memory(self) -> Option<Vec<u8>> {
        match self.target {
            Target::Memory(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn hand_over(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = self.append(&buffer);
        buffer.clear();
        self.buffer = buffer;
        done
    }

    /// Gives the target its next bytes.
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.target {
            Target::Memory(memory) => {
                memory.try_reserve(bytes.len()).map_err(|_| {
                    Error::new(
                        ErrorKind::OutOfMemory,
                        format!("no memory for a file of {} bytes", memory.len() + bytes.len()),
                    )
                })?;
                memory.extend_from_slice(bytes);
            }
            Target::File(file) => file.file.write_all(bytes).map_err(|e| Error::io("write", &e).at(self.written))?,
            Target::Stream(outlet) => outlet.write(bytes)?,
        }
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// A file on its way to being complete.
struct OutputFile {
    file: File,
    /// Under which name it is open now.
    path: PathBuf,
    is_regular: bool,
    stage: Stage,
    /// Whose file it is: a fork's child that lets its copy go takes nothing away.
    process: u32,
}

enum Stage {
    /// Nothing has changed but, perhaps, that an empty file exists.
    Opened { created: bool },
    /// The file of this name is what is written.
    Direct,
    /// To be renamed to this at the end.
    Beside { target: PathBuf },
    /// Whole.
    Finished,
}

impl OutputFile {
    fn create(path: &Path, atomic: bool) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::new(ErrorKind::NotFound, "the path is empty"));
        }
        match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(Error::new(ErrorKind::IsDirectory, "is a directory: name a file in it")),
            Ok(found) if atomic && found.is_file() => Self::beside(path, Some(found.permissions())),
            Err(_) if atomic => Self::beside(path, None),
            // A device or pipe has no place beside it.
            Ok(_) => Self::open(path, false),
            Err(_) => Self::open(path, true),
        }
    }

    fn open(path: &Path, create: bool) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true);
        // A file that somebody else makes in between is theirs, and not removed after a failure.
        let created = if create { options.clone().create_new(true).open(path).ok() } else { None };
        let (file, created) = match created {
            Some(file) => (file, true),
            None => (options.create(create).truncate(false).open(path).map_err(|e| Error::io("create", &e))?, false),
        };
        let is_regular = file.metadata().map_err(|e| Error::io("create", &e))?.is_file();
        let process = std::process::id();
        Ok(Self { file, path: path.to_owned(), is_regular, stage: Stage::Opened { created }, process })
    }

    /// Opens a new file in the directory of `path`, or of what it links to.
    fn beside(path: &Path, permissions: Option<std::fs::Permissions>) -> Result<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if permissions.as_ref().is_some_and(std::fs::Permissions::readonly) {
            return Err(Error::new(ErrorKind::Permission, "is a file that may only be read"));
        }
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let mut name = std::ffi::OsString::from(".");
        // Some systems take names of no more than 255 bytes.
        name.push(target.file_name().filter(|name| name.len() < 200).unwrap_or_default());
        let process = std::process::id();
        name.push(format!(".{process}-{serial}.part"));
        let path = target.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(|e| Error::io("create", &e))?;
        let output = Self { file, path, is_regular: true, stage: Stage::Beside { target }, process };
        match permissions.map(|permissions| output.file.set_permissions(permissions)) {
            Some(Err(e)) => Err(Error::io("create", &e)),
            _ => Ok(output),
        }
    }

    fn commit(&mut self) -> Result<()> {
        if let Stage::Opened { .. } = self.stage {
            if self.is_regular {
                check_unmapped(&self.file)?;
                self.file.set_len(0).map_err(|e| Error::io("empty the file", &e))?;
            }
            self.stage = Stage::Direct;
        }
        Ok(())
    }

    fn patch(&mut self, position: u64, bytes: &[u8], back: u64) -> Result<()> {
        let mut write = || {
            self.file.seek(SeekFrom::Start(position))?;
            self.file.write_all(bytes)?;
            self.file.seek(SeekFrom::Start(back))
        };
        write().map(drop).map_err(|e| Error::io("write", &e).at(position))
    }

    fn finish(&mut self) -> Result<()> {
        if let Stage::Beside { target } = &self.stage {
            // Without this a crash of the system could leave the new name on an empty file.
            self.file.sync_all().map_err(|e| Error::io("write", &e))?;
            std::fs::rename(&self.path, target).map_err(|e| Error::io("rename the finished file", &e))?;
            // So that the new name outlives a crash too. Not all systems can; the file itself is safe.
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
        }
        self.stage = Stage::Finished;
        Ok(())
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        let is_unfinished = matches!(self.stage, Stage::Opened { created: true } | Stage::Beside { .. });
        if is_unfinished && self.process == std::process::id() {
            // Nothing can be done about a failure here.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
