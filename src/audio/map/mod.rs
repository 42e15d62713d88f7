//! A file's samples as memory, with nothing copied.
//!
//! A [`Map`] shows the samples of an uncompressed file at an address, as they
//! are. Beside that its own calls read and write windows of them, converted.
//! These never touch the memory of a mapped file: they read and write the file
//! itself, which the system keeps the same as the memory, so that a file cut
//! short under the map is an error and not a bus error. They cost a copy within
//! the cache more than converting straight from the memory would.

mod create;
mod grow;
mod wavemap;
mod window;

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use super::codec::pcm::PcmFile;
use super::codec::{Container, Warnings};
use super::limits::check_format;
use super::sample::{PcmCoding, SampleFormat};
use super::source::ByteReader;
use super::{Error, ErrorKind, Result, probe};
use crate::platform::file;
use crate::platform::map::Mapping;
use crate::platform::mapped::{self, Held};
pub use create::{Header, NewMap};

/// What may be done to a map's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing: they are only read.
    #[default]
    Read,
    /// Changes reach the file.
    ReadWrite,
    /// Changes stay in memory.
    CopyOnWrite,
}

/// How a map is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access {
    /// What may be done to the samples.
    pub mode: Mode,
    /// Read the samples into memory instead of mapping them. Nothing can then
    /// cut them short, but time and memory go with their number; changes reach
    /// the file at a flush and when the map is dropped.
    pub buffered: bool,
}

/// Samples without a header, or with one that is to be passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raw {
    /// How a sample is coded: anything but A-law and µ-law.
    pub coding: PcmCoding,
    /// Samples per frame.
    pub channels: u32,
    /// Sample rate in Hz, for whoever asks; 0 if unknown.
    pub rate: u32,
    /// Bytes before the samples.
    pub offset: u64,
    /// Bytes after the samples.
    pub tail: u64,
    /// Frames, if not as many as the file holds.
    pub frames: Option<u64>,
}

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The file format; `None` for raw files.
    pub container: Option<Container>,
    /// How a sample is coded.
    pub coding: PcmCoding,
    /// Significant bits of a sample, the upper ones.
    pub bit_depth: u32,
    /// Samples per frame.
    pub channels: u32,
    /// Speaker bits of the channels in their order; 0 if unpositioned.
    pub channel_mask: u32,
    /// Sample rate in Hz; 0 for raw files that tell none.
    pub rate: u32,
    /// Frames.
    pub frames: u64,
    /// Bytes of the file before the first sample.
    pub offset: u64,
    /// Bytes of the file after the last one.
    pub tail: u64,
}

impl Shape {
    /// Bytes from one frame to the next.
    pub fn frame_size(&self) -> u64 {
        u64::from(self.channels) * self.coding.size() as u64
    }

    /// Bytes of all samples.
    pub fn size(&self) -> u64 {
        self.frames * self.frame_size()
    }

    /// Position of the byte after the last sample.
    fn end(&self) -> u64 {
        self.offset + self.size()
    }
}

/// The samples of a file as memory.
pub struct Map {
    name: String,
    file: Arc<File>,
    access: Access,
    shape: Shape,
    memory: Mapping,
    /// Shorter ones, from before the file grew: their addresses are in use.
    earlier: Vec<Mapping>,
    warnings: Warnings,
    /// Who opened it.
    process: u32,
    /// Keeps the file from being written anew.
    _held: Option<Held>,
}

impl Map {
    /// Maps the samples of an uncompressed audio file.
    pub fn open(path: &Path, access: Access) -> Result<Self> {
        let name = path.to_string_lossy();
        Self::find(path, access).map_err(|e| e.in_source(&name)).map(|map| map.named(&name))
    }

    /// Maps samples whose form the caller knows.
    pub fn open_raw(path: &Path, access: Access, raw: &Raw) -> Result<Self> {
        let name = path.to_string_lossy();
        Self::place(path, access, raw).map_err(|e| e.in_source(&name)).map(|map| map.named(&name))
    }

    fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    fn find(path: &Path, access: Access) -> Result<Self> {
        let (file, len) = open_file(path, access)?;
        let mut source = ByteReader::from_file(Arc::clone(&file), len);
        let PcmFile { format, extent, mut warnings } = probe::locate(&mut source)?;
        check_format(format.rate, format.channels)?;
        check_coding(format.coding)?;
        let start = extent.start.min(len);
        let frame_size = u64::from(format.channels) * format.coding.size() as u64;
        let frames = whole_frames(extent.size.unwrap_or(len - start), frame_size, &mut warnings);
        let shape = Shape {
            container: Some(format.container),
            coding: format.coding,
            bit_depth: format.bit_depth,
            channels: format.channels,
            channel_mask: format.channel_mask,
            rate: format.rate,
            frames,
            offset: start,
            tail: len - start - frames * frame_size,
        };
        Self::new(file, access, shape, warnings)
    }

    fn place(path: &Path, access: Access, raw: &Raw) -> Result<Self> {
        check_raw(raw)?;
        let (file, len) = open_file(path, access)?;
        let Some(room) = raw.offset.checked_add(raw.tail).and_then(|around| len.checked_sub(around)) else {
            return Err(Error::invalid(format!(
                "offset {} and tail {} leave nothing of a file of {len} bytes",
                raw.offset, raw.tail
            )));
        };
        let mut warnings = Warnings::default();
        let frame_size = u64::from(raw.channels) * raw.coding.size() as u64;
        let available = room / frame_size;
        let frames = match raw.frames {
            Some(wanted) if wanted != available => {
                warnings.add(format!("Requested {wanted} frames, got {available}"), None);
                wanted.min(available)
            }
            _ => available,
        };
        whole_frames(room, frame_size, &mut warnings);
        let shape = Shape {
            container: None,
            coding: raw.coding,
            bit_depth: raw.coding.format().bits(),
            channels: raw.channels,
            channel_mask: 0,
            rate: raw.rate,
            frames,
            offset: raw.offset,
            tail: len - raw.offset - frames * frame_size,
        };
        Self::new(file, access, shape, warnings)
    }

    fn new(file: Arc<File>, access: Access, shape: Shape, warnings: Warnings) -> Result<Self> {
        // A copy in memory that is never written back has nothing to do with the file any more.
        let needs_file = !access.buffered || access.mode == Mode::ReadWrite;
        let held = if needs_file { Some(mapped::hold(&file).map_err(|e| Error::io("map", &e))?) } else { None };
        let memory = show(&file, access, &shape)?;
        let process = std::process::id();
        let (name, earlier) = (String::new(), Vec::new());
        Ok(Self { name, file, access, shape, memory, earlier, warnings, process, _held: held })
    }

    /// The path it was opened with.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the map shows.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What may be done to the samples, and how they are held.
    pub fn access(&self) -> Access {
        self.access
    }

    /// What was found wrong with the file.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// Where the first sample lies, for callers beyond the C ABI. What is
    /// there may change at any time; it is gone when the map is dropped, and
    /// as far as the file was cut short.
    pub fn address(&self) -> *mut u8 {
        self.memory.address()
    }

    /// Whether the samples lie where the machine wants numbers of their size.
    pub fn is_aligned(&self) -> bool {
        let format = self.shape.coding.format();
        let alignment = if format == SampleFormat::I24 { 1 } else { format.size() };
        self.address().addr().is_multiple_of(alignment)
    }

    /// Waits until all changes have reached the device.
    pub fn flush(&self) -> Result<()> {
        self.flush_memory().map_err(|e| e.in_source(&self.name))
    }

    fn flush_memory(&self) -> Result<()> {
        if self.access.mode != Mode::ReadWrite {
            return Ok(());
        }
        if self.access.buffered {
            self.write_back()?;
        } else {
            self.memory.sync().map_err(|e| Error::io("flush", &e))?;
        }
        // What was written to the file itself, and its size.
        self.file.sync_data().map_err(|e| Error::io("flush", &e))
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // A fork's child has a copy of what its parent goes on to change.
        let is_own = self.process == std::process::id();
        if is_own && self.access == (Access { mode: Mode::ReadWrite, buffered: true }) {
            // Whoever wants to know of a failure flushes before.
            let _ = self.write_back();
        }
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Map")
            .field("name", &self.name)
            .field("access", &self.access)
            .field("shape", &self.shape)
            .finish_non_exhaustive()
    }
}

/// Opens a regular file, and tells its size.
fn open_file(path: &Path, access: Access) -> Result<(Arc<File>, u64)> {
    if path.as_os_str().is_empty() {
        return Err(Error::new(ErrorKind::NotFound, "the path is empty"));
    }
    let mut options = OpenOptions::new();
    options.read(true).write(access.mode == Mode::ReadWrite);
    let file = file::open(path, &mut options).map_err(|e| Error::io("open", &e))?;
    let len = check_regular(&file)?;
    Ok((Arc::new(file), len))
}

/// The size of a regular file; anything else has no samples at positions.
fn check_regular(file: &File) -> Result<u64> {
    let metadata = file.metadata().map_err(|e| Error::io("open", &e))?;
    if metadata.is_dir() {
        return Err(Error::new(ErrorKind::IsDirectory, "is a directory, not an audio file"));
    }
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::NotSeekable, "is a pipe or a device: only regular files can be mapped"));
    }
    Ok(metadata.len())
}

/// Whether a file may be written anew: not while this process maps it, as the memory would be gone.
pub(super) fn check_unmapped(file: &File) -> Result<()> {
    if mapped::is_held(file).map_err(|e| Error::io("create", &e))? {
        let why = "is mapped by this program: end the map before the file is written anew, or write to another name";
        return Err(Error::new(ErrorKind::Busy, why));
    }
    Ok(())
}

/// Samples that have no memory format of their own cannot be shown.
fn check_coding(coding: PcmCoding) -> Result<()> {
    match coding {
        PcmCoding::ALaw => Err(super::codec::pcm::compressed("A-law")),
        PcmCoding::ULaw => Err(super::codec::pcm::compressed("µ-law")),
        _ => Ok(()),
    }
}

fn check_raw(raw: &Raw) -> Result<()> {
    check_coding(raw.coding)?;
    create::check_channels(raw.channels)
}

/// The frames in `size` bytes; a rest that is none is noted.
fn whole_frames(size: u64, frame_size: u64, warnings: &mut Warnings) -> u64 {
    match size % frame_size {
        0 => {}
        1 => warnings.add("1 byte after end-of-frame discarded", None),
        rest => warnings.add(format!("{rest} bytes after end-of-frame discarded"), None),
    }
    size / frame_size
}

/// The memory that shows the samples.
fn show(file: &File, access: Access, shape: &Shape) -> Result<Mapping> {
    let len = isize::try_from(shape.size()).map(isize::cast_unsigned).map_err(|_| {
        Error::new(ErrorKind::OutOfMemory, format!("{} bytes of samples exceed the address space", shape.size()))
    })?;
    if access.buffered {
        let read = |dst: &mut [u8]| file::read_exact_at(file, dst, shape.offset);
        return Mapping::filled(len, read).map_err(|e| Error::io("read", &e));
    }
    match access.mode {
        Mode::Read => Mapping::read_only(file, shape.offset, len),
        Mode::ReadWrite => Mapping::shared(file, shape.offset, len),
        Mode::CopyOnWrite => Mapping::private(file, shape.offset, len),
    }
    .map_err(|e| Error::io("map", &e))
}
