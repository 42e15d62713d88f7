//! Matroska (RFC 9559, 5.1.8 and 5.1.6; matroska.org, "Matroska Tags"): the
//! Tags element, the title of the segment, and attached pictures.

use super::{Picture, PictureKind, Tags, text};
use crate::audio::codec::matroska::ebml::{self, Children, Element};
use crate::audio::codec::matroska::{CLUSTER, EBML, INFO, SEGMENT};
use crate::audio::limits::MAX_TAG;
use crate::audio::source::ByteReader;
use crate::audio::{ErrorKind, Result};

const SEEK_HEAD: u32 = 0x114D_9B74;
const SEEK: u32 = 0x4DBB;
const SEEK_ID: u32 = 0x53AB;
const SEEK_POSITION: u32 = 0x53AC;
const TITLE: u32 = 0x7BA9;
const TAGS: u32 = 0x1254_C367;
const TAG: u32 = 0x7373;
const TARGETS: u32 = 0x63C0;
const TARGET_TYPE_VALUE: u32 = 0x68CA;
const TRACK_UID: u32 = 0x63C5;
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_STRING: u32 = 0x4487;
const ATTACHMENTS: u32 = 0x1941_A469;
const ATTACHED_FILE: u32 = 0x61A7;
const FILE_DESCRIPTION: u32 = 0x467E;
const FILE_NAME: u32 = 0x466E;
const FILE_MIME_TYPE: u32 = 0x4660;
const FILE_DATA: u32 = 0x465C;

/// A target that is a whole album, or the work in several parts.
const ALBUM: u64 = 50;

/// More places with tags than real files have.
const MAX_PLACES: usize = 16;

/// What is found where.
#[derive(Default)]
struct Found {
    /// Of the whole file.
    global: Tags,
    /// Of single tracks: only what the file does not say.
    of_tracks: Tags,
    /// The title in the header.
    header: Tags,
    /// Where the seek head says that tags and attachments are.
    places: Vec<u64>,
    /// Where such elements were read.
    read: Vec<u64>,
}

/// Reads up to the first cluster and, where the source can seek, what the seek
/// head knows to lie behind it.
pub fn read(mut source: ByteReader, tags: &mut Tags) -> Result<()> {
    let mut found = Found::default();
    let outcome = walk(&mut source, &mut found);
    tags.merge(found.global);
    tags.merge(found.of_tracks);
    tags.merge(found.header);
    outcome
}

fn walk(source: &mut ByteReader, found: &mut Found) -> Result<()> {
    let mut segment = 0;
    while let Some(element) = ebml::next(source)? {
        match element.id {
            SEGMENT => {
                segment = element.body;
                continue;
            }
            CLUSTER => break,
            EBML => {}
            _ => read_element(&element, segment, source, found)?,
        }
        match element.end {
            Some(end) => source.seek(end)?,
            None => break,
        }
    }
    for place in std::mem::take(&mut found.places) {
        if !source.is_seekable() || found.read.contains(&place) {
            continue;
        }
        source.seek(place)?;
        match ebml::next(source) {
            Ok(Some(element)) => read_element(&element, segment, source, found)?,
            // Where the file was cut off.
            Ok(None) => found.global.is_complete = false,
            Err(error) if error.kind() == ErrorKind::Malformed => found.global.is_complete = false,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read_element(element: &Element, segment: u64, source: &mut ByteReader, found: &mut Found) -> Result<()> {
    if !matches!(element.id, SEEK_HEAD | INFO | TAGS | ATTACHMENTS) {
        return Ok(());
    }
    found.read.push(element.start);
    let body = source.read_up_to(element.len(MAX_TAG)?)?;
    match element.id {
        SEEK_HEAD => {
            let room = MAX_PLACES.saturating_sub(found.places.len());
            found.places.extend(places(&body).map(|place| segment.saturating_add(place)).take(room));
        }
        INFO => {
            for (_, title) in Children(&body).filter(|(id, _)| *id == TITLE) {
                found.header.note("title", &text::guess(title));
            }
        }
        TAGS => {
            let all = || Children(&body).filter(|(id, _)| *id == TAG).map(|(_, tag)| tag);
            let has_tracks = all().any(|tag| level(tag).is_some_and(|level| level < ALBUM));
            all().for_each(|tag| read_tag(tag, has_tracks, found));
        }
        _ => {
            for (_, file) in Children(&body).filter(|(id, _)| *id == ATTACHED_FILE) {
                read_attachment(file, &mut found.global);
            }
        }
    }
    Ok(())
}

/// Where a seek head says that tags and attachments are.
fn places(body: &[u8]) -> impl Iterator<Item = u64> {
    Children(body).filter(|(id, _)| *id == SEEK).filter_map(|(_, seek)| {
        let child = |wanted| Children(seek).find(|(id, _)| *id == wanted).map(|(_, body)| ebml::uint(body));
        let id = child(SEEK_ID)?;
        matches!(u32::try_from(id), Ok(TAGS | ATTACHMENTS)).then(|| child(SEEK_POSITION))?
    })
}

fn targets(tag: &[u8]) -> Children<'_> {
    Children(Children(tag).find(|(id, _)| *id == TARGETS).map(|(_, body)| body).unwrap_or_default())
}

/// What a tag speaks of: an album, a track of it, a part of that.
fn level(tag: &[u8]) -> Option<u64> {
    targets(tag).find(|(id, _)| *id == TARGET_TYPE_VALUE).map(|(_, value)| ebml::uint(value))
}

/// Reads a tag. Without a level it is the album's, but many programs write all
/// without one: only where there are tags of tracks as well, that is meant.
fn read_tag(tag: &[u8], has_tracks: bool, found: &mut Found) {
    let is_album = level(tag).map_or(has_tracks, |level| level == ALBUM);
    let is_of_track = targets(tag).any(|(id, uid)| id == TRACK_UID && ebml::uint(uid) != 0);
    let tags = if is_of_track { &mut found.of_tracks } else { &mut found.global };
    for (_, simple) in Children(tag).filter(|(id, _)| *id == SIMPLE_TAG) {
        let child = |wanted| Children(simple).find(|(id, _)| *id == wanted).map(|(_, text)| text::guess(text));
        if let (Some(name), Some(value)) = (child(TAG_NAME), child(TAG_STRING))
            && !is_statistics(&name)
        {
            tags.note(key_of(&name, is_album), &value);
        }
    }
}

/// The key of a name. Where a tag says that it is the album's, the common names mean the album.
fn key_of(name: &str, is_album: bool) -> &str {
    match name.to_ascii_uppercase().as_str() {
        "TITLE" if is_album => "album",
        "ARTIST" if is_album => "albumartist",
        "PART_NUMBER" if is_album => "discnumber",
        "TOTAL_PARTS" if is_album => "tracktotal",
        "PART_NUMBER" => "tracknumber",
        "TOTAL_PARTS" => "tracktotal",
        "LEAD_PERFORMER" => "artist",
        "DATE_RELEASED" | "DATE_RECORDED" => "date",
        "LABEL" => "organization",
        _ => name,
    }
}

/// What muxers write about the track's bytes: wrong in any copy.
fn is_statistics(name: &str) -> bool {
    name.starts_with("_STATISTICS_") || matches!(name, "BPS" | "DURATION" | "NUMBER_OF_FRAMES" | "NUMBER_OF_BYTES")
}

/// matroska.org, "Attachments": covers are files called `cover`, `small_cover` and so on.
fn read_attachment(file: &[u8], tags: &mut Tags) {
    let child = |wanted| Children(file).find(|(id, _)| *id == wanted).map(|(_, body)| body);
    let text = |wanted| child(wanted).map(text::guess).unwrap_or_default();
    let (mime, name) = (text(FILE_MIME_TYPE), text(FILE_NAME));
    let Some(data) = child(FILE_DATA).filter(|_| mime.starts_with("image/")) else { return };
    let is_cover = name.to_ascii_lowercase().contains("cover");
    let kind = if is_cover { PictureKind::FrontCover } else { PictureKind::Other };
    tags.add_picture(Picture::from_file(kind, &mime, &text(FILE_DESCRIPTION), data));
}
