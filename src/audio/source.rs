//! Bytes in: a path, memory or callbacks, behind one buffered cursor.
//!
//! Files are read with positioned reads into a small buffer, not mapped: a
//! file that another process cuts short must give an error, not a bus error.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Error, ErrorKind, Result};
use crate::platform::file;

/// The least and the most that is read from a file or callback at a time, in bytes.
/// Reading grows from one to the other while it stays sequential, so that a
/// look into a file costs little and a whole file few calls.
const MIN_FILL: usize = 16 << 10;
const MAX_FILL: usize = 256 << 10;

/// A caller's byte stream.
pub trait Callbacks: Send {
    /// Reads up to `dst.len()` bytes; 0 is the end.
    fn read(&mut self, dst: &mut [u8]) -> Result<usize>;
    /// Moves to `position`, counted from where the stream stood when it was opened.
    fn seek(&mut self, position: u64) -> Result<()>;
    /// Whether [`Callbacks::seek`] works.
    fn is_seekable(&self) -> bool;
    /// Bytes in the stream, where that is known.
    fn size(&mut self) -> Result<Option<u64>>;
}

/// Shared bytes in memory.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

enum Origin {
    Memory(SharedBytes),
    File(Arc<File>),
    Stream { stream: Arc<Mutex<SharedStream>>, seekable: bool },
}

/// A caller's stream, and where it stands. Several cursors may use it in turn.
struct SharedStream {
    callbacks: Box<dyn Callbacks>,
    at: u64,
}

/// Where a stream stands after a call that failed: nowhere that can be asked for.
const UNKNOWN: u64 = u64::MAX;

/// A buffered cursor over the bytes of one source.
pub struct ByteReader {
    origin: Origin,
    len: Option<u64>,
    /// Nothing is read from here on, whatever the source holds.
    end: u64,
    position: u64,
    /// The bytes `buffer[..filled]` lie at `start` in the source (not used for memory).
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
    fill_size: usize,
}

impl fmt::Debug for ByteReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteReader").field("position", &self.position).field("len", &self.len).finish_non_exhaustive()
    }
}

impl ByteReader {
    /// Opens a file. A pipe or device becomes a forward-only source.
    pub fn open(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::new(ErrorKind::NotFound, "the path is empty"));
        }
        let file = File::open(path).map_err(|e| Error::io("open", &e))?;
        let metadata = file.metadata().map_err(|e| Error::io("open", &e))?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::IsDirectory, "is a directory, not an audio file"));
        }
        if !metadata.is_file() {
            return Ok(Self::from_callbacks_unsized(Box::new(Pipe(file))));
        }
        Ok(Self::from_file(Arc::new(file), metadata.len()))
    }

    /// Reads a regular file of `len` bytes that is open already.
    pub fn from_file(file: Arc<File>, len: u64) -> Self {
        Self::new(Origin::File(file), Some(len))
    }

    /// Reads from memory.
    pub fn from_memory(bytes: SharedBytes) -> Self {
        let len = (*bytes).as_ref().len() as u64;
        Self::new(Origin::Memory(bytes), Some(len))
    }

    /// Reads from the caller's callbacks.
    pub fn from_callbacks(mut callbacks: Box<dyn Callbacks>) -> Result<Self> {
        let len = callbacks.size()?;
        let seekable = callbacks.is_seekable();
        Ok(Self::new(Origin::stream(callbacks, seekable), len))
    }

    fn from_callbacks_unsized(callbacks: Box<dyn Callbacks>) -> Self {
        Self::new(Origin::stream(callbacks, false), None)
    }

    fn new(origin: Origin, len: Option<u64>) -> Self {
        Self { origin, len, end: u64::MAX, position: 0, buffer: Vec::new(), start: 0, filled: 0, fill_size: MIN_FILL }
    }

    /// A second cursor over the same bytes, at the start; none for callbacks.
    pub fn fork(&self) -> Option<Self> {
        let origin = match &self.origin {
            Origin::Memory(bytes) => Origin::Memory(Arc::clone(bytes)),
            Origin::File(file) => Origin::File(Arc::clone(file)),
            Origin::Stream { .. } => return None,
        };
        Some(Self { end: self.end, ..Self::new(origin, self.len) })
    }

    /// As [`ByteReader::fork`], but also for callbacks that can seek: these
    /// serve both cursors, so only one may be in use at a time.
    pub fn second_cursor(&self) -> Option<Self> {
        match &self.origin {
            Origin::Stream { stream, seekable: true } => {
                let origin = Origin::Stream { stream: Arc::clone(stream), seekable: true };
                Some(Self { end: self.end, ..Self::new(origin, self.len) })
            }
            _ => self.fork(),
        }
    }

    /// Ends the source at `end`: what follows (a tag, the next chunk) is never
    /// read. Positions stay those of the whole source.
    pub fn restrict(&mut self, end: u64) {
        self.end = self.end.min(end);
    }

    /// Whether its bytes are those of the file at `path`.
    pub fn is_file(&self, path: &Path) -> bool {
        let Origin::File(file) = &self.origin else { return false };
        match (file.metadata(), std::fs::metadata(path)) {
            (Ok(own), Ok(other)) => is_same_file(&own, &other),
            _ => false,
        }
    }

    /// Whether [`ByteReader::fork`] works: the bytes are at hand, and cheap to look at anywhere.
    pub fn is_local(&self) -> bool {
        !matches!(self.origin, Origin::Stream { .. })
    }

    /// Whether every position can be reached.
    pub fn is_seekable(&self) -> bool {
        match self.origin {
            Origin::Stream { seekable, .. } => seekable,
            _ => true,
        }
    }

    /// Position of the end of the source, where that is known.
    pub fn len(&self) -> Option<u64> {
        self.len.map(|len| len.min(self.end))
    }

    /// Whether the source is known to hold no byte.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Position of the next byte.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Moves to a position. Past the end is allowed: nothing is read there.
    /// A forward-only source moves forward, and back only within its buffer.
    pub fn seek(&mut self, position: u64) -> Result<()> {
        if let Origin::Stream { seekable: false, .. } = self.origin {
            if position < self.start {
                return Err(Error::new(
                    ErrorKind::NotSeekable,
                    "the source cannot seek, and this format or call needs to go back in it",
                ));
            }
            while position > self.start + self.filled as u64 {
                self.start += self.filled as u64;
                self.filled = 0;
                self.position = self.start;
                if self.fill(1)? == 0 {
                    break;
                }
            }
        }
        self.position = position;
        Ok(())
    }

    /// Moves forward by `n` bytes.
    pub fn skip(&mut self, n: u64) -> Result<()> {
        self.seek(self.position.saturating_add(n))
    }

    /// The next `n` bytes without moving; fewer only at the end of the source.
    ///
    /// Memory gives all `n` at once; a file or callback buffers them, so `n`
    /// must stay within what the caller is ready to hold in memory.
    pub fn peek(&mut self, n: usize) -> Result<&[u8]> {
        let n = self.clip(n);
        let available = if matches!(self.origin, Origin::Memory(_)) { 0 } else { self.fill(n)? };
        if let Origin::Memory(bytes) = &self.origin {
            let bytes = (**bytes).as_ref();
            let from = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
            return Ok(&bytes[from..from.saturating_add(n).min(bytes.len())]);
        }
        let from = (self.position - self.start) as usize;
        Ok(&self.buffer[from..from + available.min(n)])
    }

    /// As [`ByteReader::peek`], but gives what is buffered anyway: at least `n`
    /// bytes unless the source ends, and as many as are at hand.
    pub fn peek_more(&mut self, n: usize) -> Result<&[u8]> {
        if matches!(self.origin, Origin::Memory(_)) {
            return self.peek(usize::MAX);
        }
        let available = self.fill(self.clip(n))?;
        let from = (self.position - self.start) as usize;
        Ok(&self.buffer[from..from + self.clip(available)])
    }

    /// The bytes at hand from the position on, without reading: those of the
    /// last peek, or everything for memory.
    pub fn buffered(&self) -> &[u8] {
        let bytes = match &self.origin {
            Origin::Memory(bytes) => {
                let bytes = (**bytes).as_ref();
                &bytes[usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len())..]
            }
            _ => {
                let from = self.position.checked_sub(self.start).and_then(|n| usize::try_from(n).ok());
                self.buffer[..self.filled].get(from.unwrap_or(usize::MAX)..).unwrap_or_default()
            }
        };
        &bytes[..self.clip(bytes.len())]
    }

    /// `n` bytes, or as many as there are before the end.
    fn clip(&self, n: usize) -> usize {
        n.min(usize::try_from(self.end.saturating_sub(self.position)).unwrap_or(usize::MAX))
    }

    /// Reads exactly `dst.len()` bytes or says that the file ends.
    pub fn read_exact(&mut self, dst: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < dst.len() {
            let want = (dst.len() - done).min(MAX_FILL);
            let position = self.position;
            let got = self.peek(want)?;
            if got.is_empty() {
                return Err(Error::malformed("the file ends too early").at(position));
            }
            let n = got.len();
            dst[done..done + n].copy_from_slice(got);
            done += n;
            self.position += n as u64;
        }
        Ok(())
    }

    /// Reads `N` bytes.
    pub fn read_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads `n` bytes into a vector that grows only as bytes arrive, so a
    /// lying size costs no more memory than the file has bytes.
    pub fn read_vec(&mut self, n: usize) -> Result<Vec<u8>> {
        let bytes = self.read_up_to(n)?;
        if bytes.len() < n {
            return Err(Error::malformed("the file ends too early").at(self.position));
        }
        Ok(bytes)
    }

    /// As [`ByteReader::read_vec`], but fewer bytes where the source ends.
    pub fn read_up_to(&mut self, n: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < n {
            let got = self.peek((n - bytes.len()).min(MAX_FILL))?;
            if got.is_empty() {
                break;
            }
            let len = got.len();
            bytes.extend_from_slice(got);
            self.position += len as u64;
        }
        Ok(bytes)
    }

    /// Makes `n` bytes from the position on available and returns how many are.
    fn fill(&mut self, n: usize) -> Result<usize> {
        let end = self.start + self.filled as u64;
        let sequential = self.position >= self.start && self.position <= end;
        if sequential {
            let available = (end - self.position) as usize;
            if available >= n {
                return Ok(available);
            }
            let from = (self.position - self.start) as usize;
            self.buffer.copy_within(from..self.filled, 0);
            self.filled = available;
        } else {
            self.filled = 0;
            self.fill_size = MIN_FILL;
        }
        self.start = self.position;
        // Asking a file for what lies behind its end costs as much as asking it for bytes.
        let end = self.len.filter(|len| *len > 0 && matches!(self.origin, Origin::File(_))).unwrap_or(u64::MAX);
        while self.filled < n && self.start + (self.filled as u64) < end {
            let want = n.max(self.fill_size).min(n.max(MAX_FILL));
            // Growing step by step keeps a lying size from allocating ahead of the bytes.
            let capacity = want.min(self.filled + MAX_FILL);
            if self.buffer.len() < capacity {
                self.buffer.resize(capacity, 0);
            }
            let at = self.start + self.filled as u64;
            let limit = capacity.max(self.filled);
            let got = self.origin.read_at(at, &mut self.buffer[self.filled..limit])?;
            if got == 0 {
                break;
            }
            self.filled += got;
            self.fill_size = (self.fill_size * 2).min(MAX_FILL);
        }
        Ok(self.filled)
    }
}

impl Origin {
    fn stream(callbacks: Box<dyn Callbacks>, seekable: bool) -> Self {
        Self::Stream { stream: Arc::new(Mutex::new(SharedStream { callbacks, at: 0 })), seekable }
    }

    fn read_at(&mut self, position: u64, dst: &mut [u8]) -> Result<usize> {
        // A lying size led here: no source reaches so far, and systems call it an invalid argument.
        if i64::try_from(position).is_err() {
            return Ok(0);
        }
        match self {
            Self::Memory(_) => Ok(0),
            Self::File(file) => loop {
                match file::read_at(file, dst, position) {
                    Ok(n) => return Ok(n),
                    Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(Error::io("read", &e).at(position)),
                }
            },
            Self::Stream { stream, seekable } => enter(stream).read_at(position, *seekable, dst),
        }
    }
}

/// A panic in a callback leaves only the place unknown, which the next seek mends.
fn enter(stream: &Mutex<SharedStream>) -> MutexGuard<'_, SharedStream> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SharedStream {
    fn read_at(&mut self, position: u64, seekable: bool, dst: &mut [u8]) -> Result<usize> {
        if self.at != position {
            if !seekable {
                // Only a position past the end is left to be asked for here.
                return Ok(0);
            }
            self.at = UNKNOWN;
            self.callbacks.seek(position)?;
            self.at = position;
        }
        let got = self.callbacks.read(dst).inspect_err(|_| {
            // A stream that only goes forward has but one place, and no way to find it again.
            if seekable {
                self.at = UNKNOWN;
            }
        })?;
        if got > dst.len() {
            return Err(Error::new(
                ErrorKind::Callback,
                format!("the read callback returned {got} bytes where {} were asked for", dst.len()),
            ));
        }
        self.at += got as u64;
        Ok(got)
    }
}

#[cfg(unix)]
fn is_same_file(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// The standard library does not tell on Windows.
#[cfg(windows)]
fn is_same_file(_one: &std::fs::Metadata, _other: &std::fs::Metadata) -> bool {
    false
}

/// A file without positions: a pipe, a terminal, a socket.
struct Pipe(File);

impl Callbacks for Pipe {
    fn read(&mut self, dst: &mut [u8]) -> Result<usize> {
        use std::io::Read;
        loop {
            match self.0.read(dst) {
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("read", &e)),
            }
        }
    }

    fn seek(&mut self, _position: u64) -> Result<()> {
        Err(Error::new(ErrorKind::NotSeekable, "a pipe cannot seek"))
    }

    fn is_seekable(&self) -> bool {
        false
    }

    fn size(&mut self) -> Result<Option<u64>> {
        Ok(None)
    }
}
