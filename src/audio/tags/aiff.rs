//! AIFF: the text chunks (Apple, "Audio Interchange File Format" 1.3: Name,
//! Author, Copyright, Annotation, Comments), and ID3v2 in a chunk.

use super::{Tags, id3v2, text};
use crate::audio::codec::iff::{ByteOrder, Chunk};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{Error, ErrorKind, Result};

/// The chunks of one text each, and their keys.
const TEXTS: [([u8; 4], &str); 4] =
    [(*b"NAME", "title"), (*b"AUTH", "artist"), (*b"(c) ", "copyright"), (*b"ANNO", "comment")];

/// Reads the chunks before the audio and, where the source can seek, behind it.
pub fn read(mut source: ByteReader, tags: &mut Tags) -> Result<()> {
    let mut texts = Tags::new();
    let outcome = read_chunks(&mut source, tags, &mut texts);
    // ID3v2 says most, so its values go first.
    tags.merge(texts);
    outcome
}

fn read_chunks(source: &mut ByteReader, tags: &mut Tags, texts: &mut Tags) -> Result<()> {
    source.read_array::<12>()?;
    let mut is_behind_audio = false;
    loop {
        let chunk = match Chunk::read(source, ByteOrder::Big) {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(()),
            // The size of audio that was written to a pipe is wrong.
            Err(error) if is_behind_audio && error.kind() == ErrorKind::Malformed => return Ok(()),
            Err(error) => return Err(error),
        };
        match &chunk.id {
            b"SSND" if source.is_seekable() => is_behind_audio = true,
            b"SSND" => return Ok(()),
            b"ID3 " | b"id3 " => tags.part(|tags| id3v2::read_tag(&chunk.body(source, MAX_TAG)?, tags))?,
            b"COMT" => texts.part(|tags| read_comments(&chunk.body(source, MAX_TAG)?, tags))?,
            id => {
                if let Some((_, key)) = TEXTS.iter().find(|(name, _)| name == id) {
                    texts.part(|tags| {
                        tags.note(key, &text::guess(&chunk.body(source, MAX_TAG)?));
                        Ok(())
                    })?;
                }
            }
        }
        chunk.skip(source)?;
    }
}

/// Comments with a time stamp and a marker each.
fn read_comments(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let mut read = || {
        let (count, mut rest) = bytes.split_first_chunk::<2>()?;
        for _ in 0..u16::from_be_bytes(*count) {
            let (&[_, _, _, _, _, _, a, b], behind) = rest.split_first_chunk::<8>()?;
            let size = usize::from(u16::from_be_bytes([a, b]));
            let (comment, behind) = behind.split_at_checked(size)?;
            // Padded to an even size within the count by some.
            tags.note("comment", text::guess(comment).trim_end_matches([' ', '\0']));
            rest = behind.get(size % 2..).unwrap_or_default();
        }
        Some(())
    };
    read().ok_or_else(|| Error::malformed("the COMT chunk is damaged"))
}

impl Tags {
    /// The chunks that hold the tags in an AIFF file: a name and a body each,
    /// to be padded to even sizes.
    ///
    /// The text chunks hold title, artist, copyright and comments in ASCII; an
    /// `ID3 ` chunk everything as soon as something would be lost otherwise.
    pub fn to_aiff_chunks(&self) -> Result<Vec<([u8; 4], Vec<u8>)>> {
        let mut chunks = Vec::new();
        let mut is_all = self.pictures.is_empty();
        for (key, values) in self.grouped() {
            let id = TEXTS.iter().find(|(_, name)| *name == key).map(|(id, _)| *id);
            // Only annotations may be many.
            is_all &= id.is_some() && (values.len() == 1 || key == "comment");
            for value in values {
                is_all &= value.is_ascii();
                if let Some(id) = id.filter(|id| key == "comment" || !chunks.iter().any(|(have, _)| have == id)) {
                    chunks.push((id, value.as_bytes().to_vec()));
                }
            }
        }
        if !is_all {
            chunks.push((*b"ID3 ", self.to_id3v2(0)?));
        }
        Ok(chunks)
    }
}
