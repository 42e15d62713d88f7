//! Frames added at the end of a file that is mapped.

use std::fs::File;
use std::io;
use std::sync::Arc;

use super::{Map, Mode, Shape, show};
use crate::audio::codec::Container;
use crate::audio::codec::riff::{Corrections, SizeFields};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result, probe};
use crate::platform::file;

/// Bytes moved at a time.
const BLOCK: u64 = 1 << 20;

impl Map {
    /// Adds `frames` frames of zero bytes at the end of the samples.
    ///
    /// What follows the samples in the file moves back, and a WAV or RF64
    /// header is brought up to date. Addresses given before stay good for the
    /// frames there were; those of a buffered map then hold a copy of their own.
    ///
    /// # Errors
    /// UNSUPPORTED for other formats, and for a WAV file that passes 4 GiB
    /// without room for 64-bit sizes: then nothing was changed.
    pub fn append(&mut self, frames: u64) -> Result<()> {
        if self.access.mode != Mode::ReadWrite {
            return Err(
                Error::invalid("only a map that is open for reading and writing can grow").in_source(&self.name)
            );
        }
        if frames == 0 {
            return Ok(());
        }
        let name = self.name.clone();
        self.grow(frames).map_err(|e| e.in_source(&name))
    }

    fn grow(&mut self, frames: u64) -> Result<()> {
        if self.access.buffered {
            self.write_back()?;
        }
        let growth = Growth::plan(&self.file, &self.shape, frames)?;
        growth.make_room(&self.file).map_err(|e| Error::io("make room in the file", &e))?;
        // From here on the file is whole again, whatever becomes of the map.
        let memory = show(&self.file, self.access, &growth.shape)?;
        self.earlier.push(std::mem::replace(&mut self.memory, memory));
        self.shape = growth.shape;
        Ok(())
    }
}

/// What a file will be, and how it comes to that.
struct Growth {
    shape: Shape,
    /// Where the samples end now.
    samples_end: u64,
    /// Bytes of the file now.
    len: u64,
    /// Where what follows the samples begins now, and will begin.
    tail_from: u64,
    tail_to: u64,
    /// What is written over which positions of the header.
    corrections: Vec<(u64, Vec<u8>)>,
}

impl Growth {
    fn plan(file: &Arc<File>, shape: &Shape, frames: u64) -> Result<Self> {
        let len = file.metadata().map_err(|e| Error::io("look at the file", &e))?.len();
        let samples_end = shape.end();
        if len < samples_end {
            return Err(Error::new(ErrorKind::Io, "the file has been cut short since it was mapped").at(len));
        }
        let too_large = || Error::invalid(format!("with {frames} more frames the file would be larger than any"));
        let frames = shape.frames.checked_add(frames).ok_or_else(too_large)?;
        let data = frames.checked_mul(shape.frame_size()).ok_or_else(too_large)?;
        let end = shape.offset.checked_add(data).ok_or_else(too_large)?;
        let grown = |tail_from: u64, tail_to: u64| {
            let size = tail_to.checked_add(len - tail_from).filter(|size| i64::try_from(*size).is_ok());
            size.ok_or_else(too_large)
        };
        let mut shape = Shape { frames, ..*shape };
        let (tail_from, tail_to, corrections) = match shape.container {
            None => (samples_end, end, Vec::new()),
            Some(Container::Wav | Container::Rf64 | Container::Bw64) => {
                let fields = size_fields(file, len, shape.offset)?;
                // Frames that another map or program has added would be lost.
                let rest = fields.data_size().checked_sub(samples_end - shape.offset);
                if rest.is_none_or(|rest| rest >= shape.frame_size()) {
                    return Err(changed());
                }
                // A chunk begins at an even position. A rest that is no frame goes.
                let (tail_from, tail_to) = (fields.data_end(), end.saturating_add(data % 2));
                let Corrections { container, list } = fields.corrections(frames, data, grown(tail_from, tail_to)?)?;
                shape.container = Some(container);
                (tail_from, tail_to, list)
            }
            Some(other) => {
                let message = format!("a {} file cannot grow: only WAV, RF64 and raw files can", other.name());
                return Err(Error::unsupported(message));
            }
        };
        shape.tail = grown(tail_from, tail_to)? - end;
        Ok(Self { shape, samples_end, len, tail_from, tail_to, corrections })
    }

    fn make_room(&self, file: &File) -> io::Result<()> {
        file.set_len(self.shape.end() + self.shape.tail)?;
        if self.tail_to != self.tail_from {
            // From the end on, as the places may overlap.
            let mut rest = self.len - self.tail_from;
            let mut block = vec![0; rest.min(BLOCK) as usize];
            while rest > 0 {
                let block = &mut block[..rest.min(BLOCK) as usize];
                rest -= block.len() as u64;
                file::read_exact_at(file, block, self.tail_from + rest)?;
                file::write_all_at(file, block, self.tail_to + rest)?;
            }
        }
        // What was there before becomes silence; the rest of the room is.
        let stale = self.tail_to.min(self.len).saturating_sub(self.samples_end);
        for at in (0..stale).step_by(BLOCK as usize) {
            let zeros = vec![0; (stale - at).min(BLOCK) as usize];
            file::write_all_at(file, &zeros, self.samples_end + at)?;
        }
        self.corrections.iter().try_for_each(|(position, bytes)| file::write_all_at(file, bytes, *position))
    }
}

/// The header of the file whose samples begin at `offset`.
fn size_fields(file: &Arc<File>, len: u64, offset: u64) -> Result<SizeFields> {
    let mut source = ByteReader::from_file(Arc::clone(file), len);
    probe::skip_id3v2(&mut source)?;
    let fields = SizeFields::find(&mut source)?;
    if fields.data_start() != offset {
        return Err(changed());
    }
    Ok(fields)
}

fn changed() -> Error {
    Error::new(ErrorKind::Io, "the file has been changed since it was mapped")
}
