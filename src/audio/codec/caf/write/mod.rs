//! Writing CAF: uncompressed, and Apple Lossless.
//!
//! Until the file is finished or flushed its data chunk has the size -1, which
//! stands for "to the end of the file" (Core Audio Format Specification 1.0,
//! "Data Chunk"), as on a target that cannot seek. A flush tells the size all
//! the same: libsndfile refuses -1.

mod alac;
mod pcm;

pub use alac::encode as encode_alac;
pub use pcm::encode;

use super::super::default_mask;
use super::EDIT_COUNT;
use crate::audio::encode::Settings;

/// The header of a chunk.
const CHUNK: usize = 12;

/// What a desc chunk says beside the rate and the channels.
struct Description {
    codec: [u8; 4],
    flags: u32,
    bytes_per_packet: u32,
    frames_per_packet: u32,
    bits: u32,
}

/// The start of the file, up to what the codec needs. `layout` is for the chan
/// chunk, where the channels are not the usual one or two.
fn front(settings: &Settings, description: &Description, layout: [u8; 12]) -> Vec<u8> {
    let mut bytes = b"caff\0\x01\0\0".to_vec();
    let mut desc = f64::from(settings.rate).to_be_bytes().to_vec();
    desc.extend_from_slice(&description.codec);
    let Description { flags, bytes_per_packet, frames_per_packet, bits, .. } = *description;
    for field in [flags, bytes_per_packet, frames_per_packet, settings.channels, bits] {
        desc.extend_from_slice(&field.to_be_bytes());
    }
    append_chunk(&mut bytes, *b"desc", &desc);
    if settings.channel_mask != default_mask(settings.channels) {
        append_chunk(&mut bytes, *b"chan", &layout);
    }
    let info = settings.tags.to_caf_info();
    if !info.is_empty() {
        append_chunk(&mut bytes, *b"info", &info);
    }
    bytes
}

fn append_chunk(bytes: &mut Vec<u8>, id: [u8; 4], body: &[u8]) {
    bytes.extend_from_slice(&id);
    bytes.extend_from_slice(&(body.len() as u64).to_be_bytes());
    bytes.extend_from_slice(body);
}

/// The header of the data chunk, and its edit count.
const DATA_HEADER: usize = CHUNK + EDIT_COUNT as usize;

/// What stands before `size` bytes of audio, or before an unknown number.
fn data_header(size: Option<u64>) -> Vec<u8> {
    let size = size.map_or(-1, |size| (size + EDIT_COUNT) as i64);
    [&b"data"[..], &size.to_be_bytes(), &[0; EDIT_COUNT as usize]].concat()
}
