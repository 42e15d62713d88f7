//! Tags

use std::ffi::{CString, c_char};
use std::sync::{Arc, LazyLock, OnceLock};

use super::error::{Failure, c_string, ondes_error};
use super::handle::{self, Opaque, Shared};
use super::io::{self, ondes_io};
use super::reader::{self, ondes_reader};
use super::{args, boundary};
use crate::audio::source::ByteReader;
use crate::audio::tags::{Picture, PictureKind, Tags, keys};

/// What a file says about its audio: texts under keys, and pictures.
///
/// The well-known keys (ondes_tags_known_key) mean the same in every format:
/// "title", "artist", "album", "albumartist", "date", "tracknumber" and so on,
/// the names of Vorbis comments. Any other key is passed on as it is. Case
/// does not count, nor do spaces, underscores and hyphens in well-known keys.
/// A key may have several values.
pub struct ondes_tags {
    _private: [u8; 0],
}

/// What a picture shows, as ID3v2's APIC frame and FLAC number it.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ondes_picture {
    Other = 0,
    FileIcon = 1,
    OtherFileIcon = 2,
    FrontCover = 3,
    BackCover = 4,
    Leaflet = 5,
    Media = 6,
    LeadArtist = 7,
    Artist = 8,
    Conductor = 9,
    Band = 10,
    Composer = 11,
    Lyricist = 12,
    RecordingLocation = 13,
    DuringRecording = 14,
    DuringPerformance = 15,
    ScreenCapture = 16,
    BrightFish = 17,
    Illustration = 18,
    ArtistLogo = 19,
    PublisherLogo = 20,
}

/// Tags and the strings that C is given of them.
pub(crate) struct State {
    tags: Tags,
    /// Made by the first call that needs them.
    strings: OnceLock<Strings>,
}

struct Strings {
    /// Key and value of every item.
    items: Vec<(CString, CString)>,
    /// MIME type and description of every picture.
    pictures: Vec<(CString, CString)>,
}

impl Opaque for ondes_tags {
    type State = Shared<State>;
    const TAG: u64 = u64::from_ne_bytes(*b"ondesTag");
}

impl From<Tags> for State {
    fn from(tags: Tags) -> Self {
        Self { tags, strings: OnceLock::new() }
    }
}

impl State {
    fn strings(&self) -> &Strings {
        self.strings.get_or_init(|| Strings {
            items: self.tags.items().iter().map(|tag| (c_string(tag.key()), c_string(tag.value()))).collect(),
            pictures: self.tags.pictures().iter().map(|p| (c_string(&p.mime), c_string(&p.description))).collect(),
        })
    }
}

/// Looks at tags.
///
/// # Safety
/// As for [`handle::state`].
unsafe fn look<R>(tags: *const ondes_tags, fallback: R, body: impl FnOnce(&State) -> Option<R>) -> R {
    boundary::get(None, || {
        // SAFETY: the caller's promise.
        let state = unsafe { handle::state(tags, "tags")? }.enter("tags")?;
        Ok(body(&state))
    })
    .unwrap_or(fallback)
}

/// Changes tags; strings given out before end here.
///
/// # Safety
/// As for [`handle::state`].
unsafe fn change<R>(
    tags: *mut ondes_tags,
    body: impl FnOnce(&mut Tags) -> crate::audio::Result<R>,
) -> Result<R, Failure> {
    // SAFETY: the caller's promise.
    let mut state = unsafe { handle::state(tags, "tags")? }.enter_alone("tags")?;
    let result = body(&mut state.tags)?;
    state.strings.take();
    Ok(result)
}

/// The tags behind a pointer, as they are now; none for NULL.
///
/// # Safety
/// As for [`handle::state`].
pub(crate) unsafe fn optional(tags: *const ondes_tags, argument: &str) -> Result<Option<Arc<Tags>>, Failure> {
    if tags.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    let state = unsafe { handle::state(tags, argument)? }.enter(argument)?;
    Ok(Some(Arc::new(state.tags.clone())))
}

fn at<T>(list: &[T], index: u64) -> Option<&T> {
    list.get(usize::try_from(index).ok()?)
}

/// Makes tags without anything in them.
///
/// Returns: ONDES_STATUS_OK.
/// Lifetime: until ondes_tags_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_new(out_tags: *mut *mut ondes_tags, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe { boundary::make(out_tags, "out_tags", err, || Ok(Shared::new(Tags::new().into()))) }
}

/// Reads the tags of the file at a path, whether or not its audio can be decoded. A file without tags gives empty ones.
///
/// The audio is jumped over, so the cost does not grow with the length of the file.
///
/// Returns: ONDES_STATUS_OK; NOT_FOUND, IS_DIRECTORY, PERMISSION or IO; UNRECOGNIZED.
/// Lifetime: until ondes_tags_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_open_path(
    path: *const c_char,
    out_tags: *mut *mut ondes_tags,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_tags, "out_tags", err, || {
            let path = args::path(path, "path")?;
            Ok(Shared::new(Tags::open(&path)?.into()))
        })
    }
}

/// Reads the tags of a file that lies in memory. `name` (for messages) may be NULL. The bytes are not needed afterwards.
///
/// Returns: ONDES_STATUS_OK; UNRECOGNIZED.
/// Lifetime: until ondes_tags_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_open_memory(
    data: *const u8,
    size: u64,
    name: *const c_char,
    out_tags: *mut *mut ondes_tags,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks, and the bytes stay for the call.
    unsafe {
        boundary::make(out_tags, "out_tags", err, || {
            let bytes = args::bytes(data, size, "data")?;
            let name = args::optional_text(name).unwrap_or_default();
            let source = ByteReader::from_memory(Arc::new(bytes));
            Ok(Shared::new(Tags::from_named(Ok(source), &name)?.into()))
        })
    }
}

/// Reads the tags of a stream of yours. `name` (for messages) may be NULL.
///
/// A stream that cannot seek gives the tags in front of the audio only. Once
/// `io` is found valid its close callback runs exactly once, before the call returns.
///
/// Returns: ONDES_STATUS_OK; CALLBACK; UNRECOGNIZED.
/// Lifetime: until ondes_tags_free.
/// Threads: any.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_open_io(
    io: *const ondes_io,
    name: *const c_char,
    out_tags: *mut *mut ondes_tags,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            // First, so that whatever fails after it closes the stream.
            let stream = io::Stream::for_reading(io, "io")?;
            handle::give(out_tags, "out_tags", || {
                let name = args::optional_text(name).unwrap_or_default();
                let source = stream.begin().and_then(|stream| ByteReader::from_callbacks(Box::new(stream)));
                Ok(Shared::new(Tags::from_named(source, &name)?.into()))
            })
        })
    }
}

/// Reads the tags of the file that a reader reads; its position stays. Opening a reader does not read them.
///
/// Returns: ONDES_STATUS_OK; NOT_SEEKABLE if the reader's stream cannot go back to them.
/// Lifetime: until ondes_tags_free, also beyond the reader's.
/// Threads: one call at a time per reader.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_reader_tags(
    reader: *mut ondes_reader,
    out_tags: *mut *mut ondes_tags,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::make(out_tags, "out_tags", err, || {
            let reader = reader::enter(reader)?;
            Ok(Shared::new(reader.reader.tags()?.into()))
        })
    }
}

/// Tells whether all tags of the file could be read.
///
/// Returns: 1 if so; 0 if a part was damaged, coded in an unknown way or larger than the limits, and for NULL.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_is_complete(tags: *const ondes_tags) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, 0, |state| Some(state.tags.is_complete().into())) }
}

/// Counts the texts: every value of every key.
///
/// Returns: the number; 0 for NULL.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_count(tags: *const ondes_tags) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, 0, |state| Some(state.tags.items().len() as u64)) }
}

/// Names the key of a text by its index, in the order of the file; keys with several values appear several times.
///
/// Returns: the key, a well-known one as ondes_tags_known_key has it; NULL beyond the count, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_key(tags: *const ondes_tags, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, std::ptr::null(), |state| at(&state.strings().items, index).map(|(key, _)| key.as_ptr())) }
}

/// Gives a text by its index.
///
/// Returns: the text; NULL beyond the count, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_value(tags: *const ondes_tags, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, std::ptr::null(), |state| at(&state.strings().items, index).map(|(_, value)| value.as_ptr())) }
}

/// Gives the first value of a key.
///
/// Returns: the text; NULL if the key has none or is not UTF-8, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_get(tags: *const ondes_tags, key: *const c_char) -> *const c_char {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        look(tags, std::ptr::null(), |state| {
            let index = state.tags.position(args::text(key, "key").ok()?)?;
            state.strings().items.get(index).map(|(_, value)| value.as_ptr())
        })
    }
}

/// Gives a key this one value instead of all that it has. "3/12" for a track or disc number sets the total as well.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_set(
    tags: *mut ondes_tags,
    key: *const c_char,
    value: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let (key, value) = (args::text(key, "key")?, args::text(value, "value")?);
            change(tags, |tags| tags.set(key, value))
        })
    }
}

/// Gives a key one more value.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_add(
    tags: *mut ondes_tags,
    key: *const c_char,
    value: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let (key, value) = (args::text(key, "key")?, args::text(value, "value")?);
            change(tags, |tags| tags.add(key, value))
        })
    }
}

/// Takes a key away with all its values; a key that is not there is fine.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_remove(
    tags: *mut ondes_tags,
    key: *const c_char,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let key = args::text(key, "key")?;
            change(tags, |tags| Ok(tags.remove(key))).map(drop)
        })
    }
}

/// Takes everything away, pictures as well.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_clear(tags: *mut ondes_tags, err: *mut *mut ondes_error) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            change(tags, |tags| {
                tags.clear();
                Ok(())
            })
        })
    }
}

/// Counts the pictures.
///
/// Returns: the number; 0 for NULL.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_count(tags: *const ondes_tags) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, 0, |state| Some(state.tags.pictures().len() as u64)) }
}

/// Tells what a picture shows.
///
/// Returns: an ONDES_PICTURE_ number; ONDES_PICTURE_OTHER beyond the count, and for NULL.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_kind(tags: *const ondes_tags, index: u64) -> i32 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, 0, |state| at(state.tags.pictures(), index).map(|picture| picture.kind.code().cast_signed())) }
}

/// Tells the MIME type of a picture, such as "image/jpeg"; "-->" if its data is the address of the picture instead.
///
/// Returns: the type; NULL beyond the count, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_mime(tags: *const ondes_tags, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, std::ptr::null(), |state| at(&state.strings().pictures, index).map(|(mime, _)| mime.as_ptr())) }
}

/// Gives the words that describe a picture; often there are none: "".
///
/// Returns: the text; NULL beyond the count, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_description(tags: *const ondes_tags, index: u64) -> *const c_char {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, std::ptr::null(), |state| at(&state.strings().pictures, index).map(|(_, text)| text.as_ptr())) }
}

/// Gives the bytes of a picture, an image file; ondes_tags_picture_size tells how many.
///
/// Returns: the bytes; NULL beyond the count, and for NULL.
/// Lifetime: until the tags are changed or freed.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_data(tags: *const ondes_tags, index: u64) -> *const u8 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, std::ptr::null(), |state| at(state.tags.pictures(), index).map(|p| p.data.as_ptr())) }
}

/// Counts the bytes of a picture.
///
/// Returns: the number; 0 beyond the count, and for NULL.
/// Threads: any, also at the same time while nothing changes the tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_picture_size(tags: *const ondes_tags, index: u64) -> u64 {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { look(tags, 0, |state| at(state.tags.pictures(), index).map(|p| p.data.len() as u64)) }
}

/// Adds a picture; its bytes are copied. `description` may be NULL, and so may `mime` for JPEG, PNG, GIF, BMP and WebP.
///
/// Returns: ONDES_STATUS_OK.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_add_picture(
    tags: *mut ondes_tags,
    kind: i32,
    mime: *const c_char,
    description: *const c_char,
    data: *const u8,
    size: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let data = args::bytes(data, size, "data")?.to_vec();
            let mime = if mime.is_null() { None } else { Some(args::text(mime, "mime")?) };
            let description = if description.is_null() { "" } else { args::text(description, "description")? };
            let picture = Picture::new(picture_kind(kind)?, mime, description, data)?;
            change(tags, |tags| {
                tags.add_picture(picture);
                Ok(())
            })
        })
    }
}

fn picture_kind(number: i32) -> Result<PictureKind, Failure> {
    let kind = u32::try_from(number).ok().and_then(PictureKind::from_code);
    kind.ok_or_else(|| Failure::invalid(&format!("kind is {number}, which is no ONDES_PICTURE_ value")))
}

/// Takes a picture away; those behind it move up.
///
/// Returns: ONDES_STATUS_OK; OUT_OF_RANGE beyond the count.
/// Threads: one call at a time per tags.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_remove_picture(
    tags: *mut ondes_tags,
    index: u64,
    err: *mut *mut ondes_error,
) -> i32 {
    // SAFETY: the caller's pointers are as the header asks.
    unsafe {
        boundary::call(err, || {
            let index = usize::try_from(index).unwrap_or(usize::MAX);
            change(tags, |tags| tags.remove_picture(index)).map(drop)
        })
    }
}

/// Frees tags; NULL is fine.
///
/// Threads: any, once.
/// Since: 0.1
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ondes_tags_free(tags: *mut ondes_tags) {
    // SAFETY: the caller's pointer is as the header asks.
    unsafe { handle::free(tags) }
}

/// Lists the well-known keys, from index 0 on: those that every format has its own name for, as far as it has one.
///
/// Returns: the key, static; NULL behind the last.
/// Threads: any, also at the same time.
/// Since: 0.1
#[unsafe(no_mangle)]
pub extern "C" fn ondes_tags_known_key(index: u64) -> *const c_char {
    static KEYS: LazyLock<Vec<CString>> = LazyLock::new(|| keys::KEYS.iter().map(|key| c_string(key.name)).collect());
    boundary::get(std::ptr::null(), || Ok(at(&KEYS, index).map_or(std::ptr::null(), |key| key.as_ptr())))
}

const _: () = assert!(ondes_picture::PublisherLogo as u32 == PictureKind::PublisherLogo as u32);
