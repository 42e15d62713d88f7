//! New files, whose samples are mapped at once: silent, sparse, of any size.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use super::{Access, Map, Mode, Shape, check_coding, check_regular, wavemap};
use crate::audio::codec::{Container, Warnings, default_mask, riff};
use crate::audio::encode::speakers;
use crate::audio::limits::{MAX_CHANNELS, MAX_RATE};
use crate::audio::sample::PcmCoding;
use crate::audio::{Error, ErrorKind, Result, counted};
use crate::platform::file;

/// What stands in front of the samples of a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// That of WAV, or RF64 where it must be, with room to become RF64 and
    /// samples at a multiple of 16 bytes.
    Wave {
        /// Speaker bits; 0 for those that so many channels usually have.
        channel_mask: u32,
    },
    /// What wavemap writes: the shortest that can be, whose fact chunk counts
    /// samples where the specification asks for frames.
    Wavemap,
    /// Zeros, so many.
    Raw {
        /// Bytes in front of the samples.
        offset: u64,
    },
}

/// A file to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewMap {
    /// How a sample is coded.
    pub coding: PcmCoding,
    /// Samples per frame.
    pub channels: u32,
    /// Sample rate in Hz; may be 0 for raw files.
    pub rate: u32,
    /// Frames, all of zero bytes.
    pub frames: u64,
    /// Zero bytes after the samples, which no header counts.
    pub tail: u64,
    /// What stands in front of the samples.
    pub header: Header,
}

impl Map {
    /// Makes a file, or makes it anew, and maps its samples to be read and written.
    pub fn create(path: &Path, new: &NewMap) -> Result<Self> {
        let name = path.to_string_lossy();
        Self::make(path, new).map_err(|e| e.in_source(&name)).map(|map| map.named(&name))
    }

    fn make(path: &Path, new: &NewMap) -> Result<Self> {
        let plan = Plan::new(new)?;
        let target = Target::open(path)?;
        let access = Access { mode: Mode::ReadWrite, buffered: false };
        let show = |()| Self::new(Arc::clone(&target.file), access, plan.shape, Warnings::default());
        target.write(&plan).and_then(show).inspect_err(|_| target.remove(path))
    }
}

/// What a new file will be.
struct Plan {
    shape: Shape,
    header: Vec<u8>,
    /// Bytes of the whole file.
    size: u64,
}

impl Plan {
    fn new(new: &NewMap) -> Result<Self> {
        let &NewMap { coding, channels, rate, frames, tail, header } = new;
        check_coding(coding)?;
        check_channels(channels)?;
        let too_large = || {
            let channels = counted(channels.into(), "channel");
            Error::invalid(format!("{frames} frames of {channels} are larger than any file"))
        };
        let data = frames.checked_mul(u64::from(channels) * coding.size() as u64).ok_or_else(too_large)?;
        let (bytes, offset, pad) = match header {
            Header::Raw { offset } => (Vec::new(), offset, 0),
            Header::Wave { .. } | Header::Wavemap => {
                check_wave(coding, rate)?;
                let bytes = wave_header(new, data)?;
                let len = bytes.len() as u64;
                (bytes, len, data % 2)
            }
        };
        let size = [offset, data, pad, tail].into_iter().try_fold(0u64, u64::checked_add);
        let size = size.filter(|size| i64::try_from(*size).is_ok()).ok_or_else(too_large)?;
        let container = match header {
            Header::Raw { .. } => None,
            _ if bytes.starts_with(b"RF64") => Some(Container::Rf64),
            _ => Some(Container::Wav),
        };
        let channel_mask = match header {
            Header::Raw { .. } => 0,
            Header::Wavemap => default_mask(channels),
            Header::Wave { channel_mask } => speakers(channel_mask, channels)?,
        };
        let bit_depth = coding.format().bits();
        let tail = pad + tail;
        let shape = Shape { container, coding, bit_depth, channels, channel_mask, rate, frames, offset, tail };
        Ok(Self { shape, header: bytes, size })
    }
}

pub(super) fn check_channels(channels: u32) -> Result<()> {
    match channels {
        1..=MAX_CHANNELS => Ok(()),
        0 => Err(Error::invalid("channels is 0: a frame has at least one sample")),
        _ => Err(Error::invalid(format!("channels is {channels}, more than the limit of {MAX_CHANNELS}"))),
    }
}

fn check_wave(coding: PcmCoding, rate: u32) -> Result<()> {
    if !(1..=MAX_RATE).contains(&rate) {
        return Err(Error::invalid(format!("rate is {rate} Hz, but WAV takes 1 to {MAX_RATE}")));
    }
    if coding == PcmCoding::S8 {
        return Err(Error::invalid("8-bit samples of WAV are unsigned: ask for uint8"));
    }
    if coding.is_big_endian() {
        return Err(Error::invalid("samples of WAV are little-endian: other ones can only be written raw"));
    }
    Ok(())
}

fn wave_header(new: &NewMap, data: u64) -> Result<Vec<u8>> {
    let &NewMap { coding, channels, rate, frames, header, .. } = new;
    let sample_format = coding.format();
    match header {
        Header::Wave { channel_mask } => {
            let channel_mask = speakers(channel_mask, channels)?;
            Ok(riff::Header { rate, channels, channel_mask, sample_format }.bytes(Some(data)))
        }
        _ => wavemap::header(sample_format, channels, rate, frames)
            .ok_or_else(|| Error::invalid(format!("wavemap's header has no room for the size of {data} bytes"))),
    }
}

/// The file while it comes into being.
struct Target {
    file: Arc<File>,
    /// Whether there was none of this name.
    is_new: bool,
}

impl Target {
    /// Changes nothing of a file that is there.
    fn open(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() {
            return Err(Error::new(ErrorKind::NotFound, "the path is empty"));
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let (file, is_new) = match file::open(path, options.clone().create_new(true)) {
            Ok(file) => (file, true),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                (file::open(path, &mut options).map_err(|e| Error::io("create", &e))?, false)
            }
            Err(e) => return Err(Error::io("create", &e)),
        };
        check_regular(&file)?;
        Ok(Self { file: Arc::new(file), is_new })
    }

    fn write(&self, plan: &Plan) -> Result<()> {
        // A size that the file system cannot have fails before anything is lost.
        self.file.set_len(plan.size).map_err(|e| Error::io("create a file of that size", &e))?;
        self.file.set_len(0).map_err(|e| Error::io("empty the file", &e))?;
        self.file.set_len(plan.size).map_err(|e| Error::io("create a file of that size", &e))?;
        file::write_all_at(&self.file, &plan.header, 0).map_err(|e| Error::io("write", &e))
    }

    /// After a failure: leaves no file where there was none.
    fn remove(&self, path: &Path) {
        if self.is_new {
            let _ = std::fs::remove_file(path);
        }
    }
}
