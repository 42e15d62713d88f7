//! Decoders that closed files have left for others.
//!
//! Files of one encoder, quality, rate and channel count have the same
//! headers, byte for byte, and a decoder's tables depend on nothing else. To
//! build them costs as much as to decode a second.

use std::sync::Mutex;

use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::codecs::audio::AudioDecoder;

/// The most decoders kept: one takes about a megabyte.
const KEPT: usize = 8;

/// Headers longer than this no encoder makes: such a decoder may be very large.
const LONGEST_HEADERS: usize = 64 << 10;

struct Spare {
    headers: Vec<u8>,
    decoder: Box<VorbisDecoder>,
}

/// The latest last. Entered without waiting: what is not at hand is built, and
/// a lock that was held while the process forked stays so in the child.
static SPARES: Mutex<Vec<Spare>> = Mutex::new(Vec::new());

/// A decoder of a stream with these headers, as new.
pub fn take(headers: &[u8]) -> Option<Box<VorbisDecoder>> {
    let mut spares = SPARES.try_lock().ok()?;
    let at = spares.iter().rposition(|spare| spare.headers == headers)?;
    Some(spares.remove(at).decoder)
}

/// Leaves a decoder of a stream with these headers; the oldest gives way.
pub fn leave(headers: Vec<u8>, mut decoder: Box<VorbisDecoder>) {
    if headers.len() > LONGEST_HEADERS {
        return;
    }
    decoder.reset();
    let oldest = SPARES.try_lock().ok().and_then(|mut spares| {
        let oldest = (spares.len() >= KEPT).then(|| spares.remove(0));
        spares.push(Spare { headers, decoder });
        oldest
    });
    // Freed when the lock is open again.
    drop(oldest);
}
