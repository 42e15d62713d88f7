//! One long file decoded on several threads, with the bits of one thread.
//!
//! Every thread has a reader of its own over the same bytes, seeks to its part
//! and reads it into its part of the destination. Seeks are sample-exact for
//! every codec, so the parts fit without a seam.

use super::batch;
use super::cancel::Cancel;
use super::codec::Length;
use super::destination::{Destination, Place};
use super::reader::Reader;
use super::{ErrorKind, Result};

/// Fewer frames than this are not worth a thread: it must open the file and seek.
const LEAST: usize = 1 << 17;
/// Frames between two looks at the cancel token.
const STEP: usize = 1 << 18;

/// Fills `dst` from the reader's position on if that is worth more than one
/// thread; returns the frames done: all of them, or 0 where one thread must do it.
///
/// # Errors
/// Only [`ErrorKind::Cancelled`]. Whatever else goes wrong, a damaged file
/// above all, is left to one thread, so that it ends the same way as there.
pub fn load_into(reader: &mut Reader, dst: &mut dyn Destination, cancel: &Cancel) -> Result<usize> {
    let Length::Exact(length) = reader.length() else { return Ok(0) };
    let start = reader.position();
    let frames = usize::try_from(length.saturating_sub(start)).unwrap_or(usize::MAX).min(dst.frames());
    let parts = frames / LEAST;
    if parts < 2 {
        // Before the cores are counted, which costs more than a short file.
        return Ok(0);
    }
    let threads = batch::threads(reader.options().threads as usize).min(parts);
    if threads < 2 {
        return Ok(0);
    }
    let warnings = reader.warnings().count();
    let Some(forks) = (1..threads).map(|_| reader.fork().and_then(Result::ok)).collect::<Option<Vec<_>>>() else {
        return Ok(0);
    };
    let part = frames.div_ceil(threads);
    let outcome = std::thread::scope(|scope| {
        let mut parts = (start..).step_by(part).zip(dst.parts(frames, part));
        let own = parts.next();
        let others: Vec<_> = forks
            .into_iter()
            .zip(parts)
            .map(|(mut fork, (at, part))| {
                let read = move || read_part(&mut fork, at, part, warnings, cancel);
                std::thread::Builder::new().spawn_scoped(scope, read)
            })
            .collect();
        let own = own.map_or(Ok(true), |(at, part)| read_part(reader, at, part, warnings, cancel));
        others.into_iter().fold(own, |all, thread| {
            // No thread left in the system, or a fault in this one: a part is missing.
            let one = thread.map_or(Ok(false), |thread| thread.join().unwrap_or(Ok(false)));
            all.and_then(|all| Ok(one? && all))
        })
    });
    match outcome {
        Ok(true) => {
            reader.seek(start + frames as u64)?;
            Ok(frames)
        }
        Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
        Ok(false) | Err(_) => {
            reader.seek(start)?;
            Ok(0)
        }
    }
}

/// Reads one part in full; false if anything about it was not as it should be.
fn read_part(
    reader: &mut Reader,
    at: u64,
    mut part: Box<dyn Destination + Send + '_>,
    warnings: u64,
    cancel: &Cancel,
) -> Result<bool> {
    reader.seek(at)?;
    let mut part = Place::all(&mut *part);
    let mut done = 0;
    while done < part.len() {
        cancel.check()?;
        match reader.read_place(&mut part.slice(done, STEP))? {
            0 => return Ok(false),
            n => done += n,
        }
    }
    Ok(reader.warnings().count() <= warnings)
}
