//! Reading: which tags a file has, and where.

use std::path::Path;

use super::{Tags, ape, id3v1, id3v2};
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result, probe};

/// Where the tags of a format are.
#[derive(Clone, Copy)]
pub enum Place {
    /// In the file's own structure, which the function walks.
    Inside(fn(ByteReader, &mut Tags) -> Result<()>),
    /// Around the audio, which has no structure to hold them: ID3v2 in front, APEv2 and ID3v1 behind.
    Around,
}

/// A format without tags.
pub const NO_TAGS: Place = Place::Inside(|_, _| Ok(()));

impl Tags {
    /// Reads the tags of the file at `path`, whether or not its audio can be decoded.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_named(ByteReader::open(path), &path.display().to_string())
    }

    /// Reads the tags of a source, if it is one, under the name it has in messages.
    pub fn from_named(source: Result<ByteReader>, name: &str) -> Result<Self> {
        let extension = Path::new(name).extension().and_then(|e| e.to_str());
        source.and_then(|source| Self::read(source, extension)).map_err(|e| e.in_source(name))
    }

    /// Reads the tags in `source`. `extension` (without a dot) only decides
    /// where the bytes leave the format open.
    ///
    /// The audio is jumped over. A source that cannot seek gives the tags in
    /// front of the audio only.
    pub fn read(mut source: ByteReader, extension: Option<&str>) -> Result<Self> {
        let mut front = Self::new();
        let has_front = id3v2::read_in_front(&mut source, &mut front)?;
        let format = match probe::identify(&mut source, extension) {
            Ok(format) => format,
            Err(error) if has_front && error.kind() == ErrorKind::Unrecognized => return Ok(front),
            Err(error) => return Err(error),
        };
        match format.tags {
            Place::Inside(read) => {
                let mut tags = Self::new();
                let outcome = read(source, &mut tags);
                tags.accept(outcome)?;
                tags.merge(front);
                Ok(tags)
            }
            Place::Around => {
                let outcome = read_behind(&mut source, &mut front);
                front.accept(outcome)?;
                Ok(front)
            }
        }
    }

    /// Keeps what was read before damage was met; failures of the source itself stay failures.
    fn accept(&mut self, outcome: Result<()>) -> Result<()> {
        match outcome.map_err(|error: Error| (error.kind(), error)) {
            Err((ErrorKind::Malformed | ErrorKind::Limit | ErrorKind::Unsupported, _)) => {
                self.is_complete = false;
                Ok(())
            }
            Err((_, error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    /// A part that may be damaged without harm to the others.
    pub(super) fn part(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let outcome = read(self);
        self.accept(outcome)
    }
}

/// Reads the tags at the end of a file: APEv2 and, behind it, ID3v1.
fn read_behind(source: &mut ByteReader, tags: &mut Tags) -> Result<()> {
    let Some(end) = source.len().filter(|_| source.is_seekable()) else { return Ok(()) };
    let (mut old, mut ape) = (Tags::new(), Tags::new());
    let has_old = id3v1::read_before(source, end, &mut old)?;
    let end = if has_old { end - id3v1::SIZE } else { end };
    ape.part(|tags| ape::read_before(source, end, tags))?;
    tags.merge(ape);
    tags.merge(old);
    Ok(())
}
