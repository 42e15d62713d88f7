//! Vorbis comments (Vorbis I specification, 5; RFC 7845, 5.2; RFC 9639, 8.6)
//! and the pictures in them (RFC 9639, 8.8).

use super::{Picture, PictureKind, Tags, base64, text};
use crate::audio::limits::MAX_PACKET;
use crate::audio::{Error, Result};

/// The name of a comment that holds a picture, in the form of FLAC's block and in base 64.
const PICTURE: &str = "METADATA_BLOCK_PICTURE";
/// What came before it: the image file alone.
const OLD_PICTURE: &str = "COVERART";
const OLD_PICTURE_TYPE: &str = "COVERARTMIME";

/// Reads the list: vendor, count, comments, each with its length in front.
pub fn read(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let mut fields = Fields(bytes);
    fields.block_le().ok_or_else(damaged)?;
    let count = fields.u32_le().ok_or_else(damaged)?;
    let mut old_picture = None;
    let mut old_type = String::new();
    for _ in 0..count {
        let comment = text::guess(fields.block_le().ok_or_else(damaged)?);
        let Some((name, value)) = comment.split_once('=') else { continue };
        if name.eq_ignore_ascii_case(PICTURE) {
            tags.part(|tags| read_picture(&base64::decode(value).ok_or_else(damaged)?, tags))?;
        } else if name.eq_ignore_ascii_case(OLD_PICTURE) {
            old_picture = base64::decode(value);
        } else if name.eq_ignore_ascii_case(OLD_PICTURE_TYPE) {
            old_type = value.to_owned();
        } else {
            tags.note(name, value);
        }
    }
    if let Some(data) = old_picture.filter(|_| tags.pictures.is_empty()) {
        tags.add_picture(Picture::from_file(PictureKind::FrontCover, &old_type, "", &data));
    }
    Ok(())
}

fn damaged() -> Error {
    Error::malformed("the Vorbis comments are damaged")
}

/// Reads the body of a PICTURE block.
pub fn read_picture(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let mut fields = Fields(bytes);
    let mut parse = || {
        let kind = PictureKind::from_code(fields.u32_be()?).unwrap_or(PictureKind::Other);
        let mime = text::guess(fields.block_be()?);
        let description = text::guess(fields.block_be()?);
        // Width, height, depth, colours: what the image itself says.
        fields.take(16)?;
        Some(Picture::from_file(kind, &mime, &description, fields.block_be()?))
    };
    tags.add_picture(parse().ok_or_else(|| Error::malformed("a picture is damaged"))?);
    Ok(())
}

struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    fn array(&mut self) -> Option<[u8; 4]> {
        self.take(4)?.try_into().ok()
    }

    fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn block_le(&mut self) -> Option<&'a [u8]> {
        let size = self.u32_le()?;
        self.take(size as usize)
    }

    fn block_be(&mut self) -> Option<&'a [u8]> {
        let size = self.u32_be()?;
        self.take(size as usize)
    }
}

impl Tags {
    /// The list of comments that the comment packet of an Ogg stream holds,
    /// pictures included: behind `"\x03vorbis"` and in front of the framing
    /// bit for Vorbis, behind `"OpusTags"` for Opus. `vendor` names the encoder.
    pub fn to_vorbis_comment(&self, vendor: &str) -> Result<Vec<u8>> {
        let mut comments = self.comments();
        for picture in &self.pictures {
            comments.push(format!("{PICTURE}={}", base64::encode(&picture_block(picture))));
        }
        list(vendor, &comments, MAX_PACKET, "an Ogg packet")
    }

    /// Name and value of every text.
    fn comments(&self) -> Vec<String> {
        let values = self.grouped().into_iter().flat_map(|(key, values)| values.into_iter().map(move |v| (key, v)));
        values.map(|(key, value)| format!("{}={value}", field_name(key))).collect()
    }

    /// The comments without pictures, for a FLAC block of at most `limit` bytes.
    pub(super) fn to_comment_block(&self, vendor: &str, limit: usize) -> Result<Vec<u8>> {
        list(vendor, &self.comments(), limit, "a FLAC metadata block")
    }
}

/// Names are of printable ASCII without "=", and are written in capitals.
fn field_name(key: &str) -> String {
    key.chars().map(|c| if matches!(c, ' '..='}') && c != '=' { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn list(vendor: &str, comments: &[String], limit: usize, place: &str) -> Result<Vec<u8>> {
    let size = 8 + vendor.len() + comments.iter().map(|comment| 4 + comment.len()).sum::<usize>();
    if size > limit {
        return Err(Error::limit(format!("the tags need {size} bytes, but {place} holds at most {limit}")));
    }
    let mut bytes = Vec::with_capacity(size);
    put(vendor, &mut bytes);
    bytes.extend((comments.len() as u32).to_le_bytes());
    comments.iter().for_each(|comment| put(comment, &mut bytes));
    Ok(bytes)
}

fn put(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend((text.len() as u32).to_le_bytes());
    bytes.extend(text.as_bytes());
}

/// The body of a PICTURE block. Width, height, depth and colours are left
/// at 0, "unknown": the image says them itself.
pub(super) fn picture_block(picture: &Picture) -> Vec<u8> {
    let Picture { kind, mime, description, data } = picture;
    let mut bytes = kind.code().to_be_bytes().to_vec();
    for (part, gap) in [(mime.as_bytes(), 0), (description.as_bytes(), 16), (data, 0)] {
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend(part);
        bytes.resize(bytes.len() + gap, 0);
    }
    bytes
}
