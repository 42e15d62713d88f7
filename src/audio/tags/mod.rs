//! Tags: what a file says about its audio in words and pictures.
//!
//! Every format has names of its own for the same things. Here a tag is a key
//! and a value, both text: the keys of [`keys`] mean the same in every format,
//! all others are passed on as they are. A key may have several values.
//! `docs/TAGS.md` lists the keys with the names that the formats have for them.

pub(super) mod aiff;
mod ape;
mod base64;
mod bext;
pub(super) mod caf;
pub(super) mod flac;
pub mod id3v1;
mod id3v2;
pub mod keys;
pub(super) mod matroska;
pub(super) mod mp4;
pub(super) mod ogg;
mod picture;
mod read;
pub(super) mod riff;
mod text;
pub(super) mod vorbis_comment;

pub(super) use id3v2::Header as Id3v2Header;
pub use picture::{Picture, PictureKind};
pub(super) use read::{NO_TAGS, Place};

use std::collections::HashSet;

use super::limits::MAX_TAG_TEXTS;
use super::{Error, ErrorKind, Result};

/// The tags of one file, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    items: Vec<Tag>,
    pictures: Vec<Picture>,
    is_complete: bool,
}

/// One value of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    key: String,
    value: String,
}

impl Tag {
    /// A well-known key as [`keys`] writes it, or any other.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The text; never with a NUL in it.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl Default for Tags {
    fn default() -> Self {
        Self { items: Vec::new(), pictures: Vec::new(), is_complete: true }
    }
}

impl Tags {
    /// No tags.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every value of every key, in order.
    pub fn items(&self) -> &[Tag] {
        &self.items
    }

    /// Whether there is neither text nor picture.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.pictures.is_empty()
    }

    /// Whether everything could be read: false where a part was damaged, coded
    /// in an unknown way, or larger than the limits.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The first value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }

    /// Where the first value of a key stands among the items.
    pub fn position(&self, key: &str) -> Option<usize> {
        let key = keys::canonical(key);
        self.items.iter().position(|tag| tag.key.eq_ignore_ascii_case(&key))
    }

    /// All values of a key.
    pub fn all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let key = keys::canonical(key).into_owned();
        self.items.iter().filter(move |tag| tag.key.eq_ignore_ascii_case(&key)).map(Tag::value)
    }

    /// Gives a key this one value, in the place of its first.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        check(key, value)?;
        let key = keys::canonical(key);
        let place = self.position(&key).unwrap_or(self.items.len());
        self.remove(&key);
        let behind = self.items.split_off(place.min(self.items.len()));
        self.insert(&key, value);
        self.items.extend(behind);
        Ok(())
    }

    /// Gives a key one more value.
    pub fn add(&mut self, key: &str, value: &str) -> Result<()> {
        check(key, value)?;
        self.insert(key, value);
        Ok(())
    }

    /// Takes a key away with all its values, and tells how many there were.
    pub fn remove(&mut self, key: &str) -> usize {
        let key = keys::canonical(key);
        let before = self.items.len();
        self.items.retain(|tag| !tag.key.eq_ignore_ascii_case(&key));
        before - self.items.len()
    }

    /// Takes everything away, pictures as well.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The pictures, in order.
    pub fn pictures(&self) -> &[Picture] {
        &self.pictures
    }

    /// Adds a picture.
    pub fn add_picture(&mut self, picture: Picture) {
        self.pictures.push(picture);
    }

    /// Takes the picture at `index` away.
    pub fn remove_picture(&mut self, index: usize) -> Result<Picture> {
        let count = self.pictures.len();
        if index >= count {
            let message = format!("there is no picture {index}, but {count} of them");
            return Err(Error::new(ErrorKind::OutOfRange, message));
        }
        Ok(self.pictures.remove(index))
    }

    /// These tags, less the pictures.
    #[must_use]
    pub fn without_pictures(&self) -> Self {
        Self { pictures: Vec::new(), ..self.clone() }
    }

    /// These tags, less the fields of the Broadcast Wave Format.
    #[must_use]
    pub fn without_broadcast(&self) -> Self {
        let mut tags = self.clone();
        tags.items.retain(|tag| !bext::is_key(&tag.key));
        tags
    }

    /// These tags for another file with the same audio: without what speaks of
    /// the file they were read from, its encoder and how that was set.
    #[must_use]
    pub fn for_copy(&self) -> Self {
        let mut tags = self.clone();
        for key in ["encoder", "ENCODER_OPTIONS", "ENCODERSETTINGS"] {
            tags.remove(key);
        }
        tags
    }

    /// Takes in what a file says: whatever the format's terminators leave
    /// between NULs, but no empty values.
    fn note(&mut self, key: &str, text: &str) {
        for value in text.split('\0').filter(|value| !value.is_empty() && !key.is_empty()) {
            if self.items.len() >= MAX_TAG_TEXTS {
                self.is_complete = false;
                return;
            }
            self.insert(&key.replace('\0', " "), value);
        }
    }

    fn insert(&mut self, key: &str, value: &str) {
        let key = keys::canonical(key);
        // "3/12": ID3 and others write the number and the total as one.
        if let Some((_, total)) = keys::NUMBERS_WITH_TOTALS.iter().find(|(number, _)| *number == key)
            && let Some((number, of)) = value.split_once('/')
            && [number, of].iter().all(|n| !n.trim().is_empty() && n.trim().bytes().all(|c| c.is_ascii_digit()))
        {
            self.push(&key, number.trim());
            self.push(total, of.trim());
            return;
        }
        self.push(&key, value);
    }

    fn push(&mut self, key: &str, value: &str) {
        self.items.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }

    /// Adds from `other` the keys that are not here yet, and its pictures if there are none here.
    fn merge(&mut self, other: Self) {
        let have: HashSet<String> = self.items.iter().map(|tag| tag.key.to_ascii_lowercase()).collect();
        self.items.extend(other.items.into_iter().filter(|tag| !have.contains(&tag.key.to_ascii_lowercase())));
        if self.pictures.is_empty() {
            self.pictures = other.pictures;
        }
        self.is_complete &= other.is_complete;
    }

    /// Bytes of all pictures.
    fn picture_bytes(&self) -> usize {
        self.pictures.iter().map(|picture| picture.data.len()).sum()
    }

    /// Every key once, in order of appearance, with the values to write: all but empty ones.
    fn grouped(&self) -> Vec<(&str, Vec<&str>)> {
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        for tag in self.items.iter().filter(|tag| !tag.value.is_empty()) {
            match groups.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(&tag.key)) {
                Some((_, values)) => values.push(&tag.value),
                None => groups.push((&tag.key, vec![&tag.value])),
            }
        }
        groups
    }
}

fn check(key: &str, value: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::invalid("the key of a tag is empty"));
    }
    if key.contains('\0') || value.contains('\0') {
        return Err(Error::invalid("a NUL character cannot stand in a tag"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_compare_without_case_and_by_their_other_names() {
        let mut tags = Tags::new();
        tags.add("Artist", "one").unwrap();
        tags.add("ARTIST", "two").unwrap();
        tags.add("Album Artist", "both").unwrap();
        tags.add("My Key", "x").unwrap();
        assert_eq!(tags.all("artist").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(tags.get("ALBUM_ARTIST"), Some("both"));
        assert_eq!((tags.get("my key"), tags.items()[3].key()), (Some("x"), "My Key"));
        tags.set("artist", "three").unwrap();
        assert_eq!((tags.items()[0].key(), tags.items()[0].value()), ("artist", "three"));
        assert_eq!((tags.items().len(), tags.remove("Artist"), tags.get("artist")), (3, 1, None));
    }

    #[test]
    fn a_number_with_its_total_becomes_two_tags() {
        let mut tags = Tags::new();
        tags.set("track", "3/12").unwrap();
        assert_eq!((tags.get("tracknumber"), tags.get("tracktotal")), (Some("3"), Some("12")));
        tags.set("tracknumber", "A/B").unwrap();
        assert_eq!((tags.get("tracknumber"), tags.get("tracktotal")), (Some("A/B"), Some("12")));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let mut tags = Tags::new();
        assert!(tags.set("", "x").is_err() && tags.add("a\0", "x").is_err() && tags.add("a", "x\0").is_err());
        assert!(tags.is_empty());
    }

    #[test]
    fn merging_keeps_what_came_first() {
        let mut first = Tags::new();
        first.note("title", "a\0b");
        let mut second = Tags::new();
        second.note("TITLE", "c");
        second.note("genre", "d\0e\0\0");
        first.merge(second);
        assert_eq!(first.all("title").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(first.all("genre").collect::<Vec<_>>(), ["d", "e"]);
    }
}
