//! Options

use super::error::Failure;
use super::status::ondes_status;
use super::{args, resampler};
use crate::audio::reader::{Ending, Position, ReadOptions};

/// Positions in ondes_read_options count milliseconds: frame floor(ms * rate / 1000).
pub const ONDES_READ_MILLISECONDS: u32 = 1;
/// Keep encoder delay and padding, which are trimmed otherwise.
pub const ONDES_READ_NO_TRIM: u32 = 2;
/// Fail at damage that is bridged with a warning otherwise.
pub const ONDES_READ_STRICT: u32 = 4;
/// Take an estimated length, where a local file would be scanned for the exact one otherwise.
pub const ONDES_READ_ESTIMATE_LENGTH: u32 = 8;
/// Positions in ondes_read_options count nanoseconds: the nearest frame, so that second k / rate is frame k.
pub const ONDES_READ_NANOSECONDS: u32 = 16;

/// As a number of threads or workers: one per core.
pub const ONDES_ALL_CORES: u32 = u32::MAX;

/// What follows the audio of a file that ends before the `end` of ondes_read_options.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ondes_ending {
    /// Nothing: what is read is shorter.
    Short = 0,
    /// Silence.
    Silence = 1,
    /// What was read, again from its first frame, as often as needed; silence if it has none.
    Repeat = 2,
}

/// What to read of a file, and as what. Start from ONDES_READ_OPTIONS_INIT: all of it, as it is.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ondes_read_options {
    /// sizeof(ondes_read_options).
    pub struct_size: u32,
    /// ONDES_READ_ bits.
    pub flags: u32,
    /// Where reading begins, in frames at the file's rate, or in milliseconds or nanoseconds.
    pub start: u64,
    /// Where reading ends, in the same unit; 0 is the end of the file.
    pub end: u64,
    /// Only the first so many channels; 0 is all.
    pub channels: u32,
    /// Not 0: the mean of all channels instead of each.
    pub mono: u32,
    /// Convert to this rate in Hz; 0 keeps the file's.
    pub rate: u32,
    /// Threads that may decode one file in ondes_reader_load: 0 is the calling thread alone, or ONDES_ALL_CORES.
    pub threads: u32,
    /// How well the rate is converted: an ONDES_QUALITY_ number.
    pub quality: i32,
    /// What follows a file that ends before `end`: an ONDES_ENDING_ number. It comes before the conversion to `rate`.
    pub ending: i32,
}

/// A transparent struct that begins with its size and only grows at its end.
///
/// # Safety
/// `#[repr(C)]`, a `u32` size first, no padding, and every bit pattern is a value.
pub(crate) unsafe trait Versioned: Copy {
    /// Its size when it was first published.
    const FIRST_SIZE: usize;
    /// Its name in the header.
    const NAME: &'static str;
}

// SAFETY: as declared above: only integers, without padding.
unsafe impl Versioned for ondes_read_options {
    const FIRST_SIZE: usize = 40;
    const NAME: &'static str = "ondes_read_options";
}

/// A size beyond this is no struct of any version, but an uninitialised one.
const LARGEST: usize = 4096;

/// Reads a struct of this or another version of the header: what an older one
/// lacks is zero, what a newer one adds must be zero, so that no wish is lost.
///
/// # Safety
/// `pointer` is not NULL and leads to as many bytes as its `struct_size` says.
pub(crate) unsafe fn read<T: Versioned>(pointer: *const T, argument: &str) -> Result<T, Failure> {
    let size = checked_size(
        // SAFETY: the size comes first.
        unsafe { pointer.cast::<u32>().read_unaligned() },
        argument,
        T::NAME,
        T::FIRST_SIZE,
    )?;
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    let known = size.min(size_of::<T>());
    // SAFETY: both hold `known` bytes; the caller's tail holds the rest of `size`.
    // Every bit pattern is a value of a versioned struct.
    unsafe {
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), known);
        let tail = std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known);
        if tail.iter().any(|byte| *byte != 0) {
            return Err(Failure::invalid(&format!(
                "{argument} asks for something that this version of the library does not know: \
                 its struct_size is {size} where {known} bytes are known"
            )));
        }
        Ok(value.assume_init())
    }
}

/// A caller's struct to be written, of this or another version of the header.
#[derive(Debug)]
pub(crate) struct Output<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Versioned> Output<T> {
    /// Writes `empty` at once, so that no failure leaves the struct unset.
    ///
    /// # Safety
    /// NULL, or memory that may be written and leads to as many bytes as its `struct_size` says.
    pub(crate) unsafe fn new(pointer: *mut T, empty: T, argument: &str) -> Result<Self, Failure> {
        if pointer.is_null() {
            return Err(Failure::null(argument));
        }
        // SAFETY: not NULL, and the size comes first.
        let size = unsafe { pointer.cast::<u32>().read_unaligned() };
        let output = Self { pointer, size: checked_size(size, argument, T::NAME, T::FIRST_SIZE)? };
        output.set(empty);
        Ok(output)
    }

    /// Writes what the caller has room for. The size itself stays; what a newer caller has beyond is zeroed.
    pub(crate) fn set(&self, value: T) {
        let (head, known) = (size_of::<u32>(), self.size.min(size_of::<T>()));
        let from = (&raw const value).cast::<u8>();
        // SAFETY: both hold `known` bytes, the caller's `size`, as `new` was promised.
        unsafe {
            let to = self.pointer.cast::<u8>();
            std::ptr::copy_nonoverlapping(from.add(head), to.add(head), known - head);
            std::ptr::write_bytes(to.add(known), 0, self.size - known);
        }
    }
}

fn checked_size(size: u32, argument: &str, name: &str, first: usize) -> Result<usize, Failure> {
    let size = size as usize;
    if (first..=LARGEST).contains(&size) {
        return Ok(size);
    }
    Err(Failure::invalid(&format!(
        "{argument}.struct_size is {size}, which is the size of no {name}: initialise it with {}_INIT",
        name.to_uppercase()
    )))
}

/// Refuses bits in `flags` of the struct `argument` that are none of the known ones.
pub(crate) fn check_flags(flags: u32, known: u32, argument: &str) -> Result<(), Failure> {
    match flags & !known {
        0 => Ok(()),
        unknown => Err(Failure::invalid(&format!("{argument}.flags has unknown bits: {unknown:#x}"))),
    }
}

/// The options behind a pointer that may be NULL.
///
/// # Safety
/// NULL, or as for [`read`].
pub(crate) unsafe fn read_options(pointer: *const ondes_read_options, argument: &str) -> Result<ReadOptions, Failure> {
    if pointer.is_null() {
        return Ok(ReadOptions::default());
    }
    // SAFETY: not NULL; the rest is the caller's promise.
    let options = unsafe { read(pointer, argument)? };
    const KNOWN: u32 = ONDES_READ_MILLISECONDS
        | ONDES_READ_NO_TRIM
        | ONDES_READ_STRICT
        | ONDES_READ_ESTIMATE_LENGTH
        | ONDES_READ_NANOSECONDS;
    check_flags(options.flags, KNOWN, argument)?;
    let has = |flag| options.flags & flag != 0;
    let unit = match (has(ONDES_READ_MILLISECONDS), has(ONDES_READ_NANOSECONDS)) {
        (false, false) => Position::Frames,
        (true, false) => Position::Milliseconds,
        (false, true) => Position::Nanoseconds,
        (true, true) => {
            return Err(Failure::new(
                ondes_status::InvalidArgument,
                &format!("{argument}.flags asks for both milliseconds and nanoseconds"),
            ));
        }
    };
    let endings = [
        (ondes_ending::Short as i32, Ending::Short),
        (ondes_ending::Silence as i32, Ending::Silence),
        (ondes_ending::Repeat as i32, Ending::Repeat),
    ];
    Ok(ReadOptions {
        start: unit(options.start),
        end: (options.end != 0).then(|| unit(options.end)),
        ending: args::choice(endings, options.ending, &format!("{argument}.ending"), "ONDES_ENDING_")?,
        quality: resampler::quality(options.quality, &format!("{argument}.quality"))?,
        channels: (options.channels != 0).then_some(options.channels),
        mono: options.mono != 0,
        rate: (options.rate != 0).then_some(options.rate),
        trim: !has(ONDES_READ_NO_TRIM),
        strict: has(ONDES_READ_STRICT),
        estimate_length: has(ONDES_READ_ESTIMATE_LENGTH),
        threads: threads_of_one_call(options.threads),
    })
}

/// A number of threads as the domain counts them, where 0 is one per core.
pub(crate) fn threads(number: u32) -> u32 {
    if number == ONDES_ALL_CORES { 0 } else { number }
}

/// As [`threads`], where the caller's 0 is the calling thread alone.
pub(crate) fn threads_of_one_call(number: u32) -> u32 {
    threads(if number == 0 { 1 } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_threads_are_the_calling_one_alone() {
        assert_eq!([0, 1, 5, ONDES_ALL_CORES].map(threads_of_one_call), [1, 1, 5, 0]);
    }

    /// A struct that had one field first, and later two.
    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct ondes_grown {
        struct_size: u32,
        first: u32,
        later: u64,
    }

    // SAFETY: only integers, without padding.
    unsafe impl Versioned for ondes_grown {
        const FIRST_SIZE: usize = 8;
        const NAME: &'static str = "ondes_grown";
    }

    fn read_words(words: &[u32; 8]) -> Result<ondes_grown, String> {
        // SAFETY: the size in the first word is at most that of the words, or refused.
        unsafe { read(words.as_ptr().cast::<ondes_grown>(), "options") }.map_err(|e| format!("{e:?}"))
    }

    #[test]
    fn an_older_struct_is_read_as_old() {
        let read = read_words(&[8, 5, 77, 77, 77, 77, 77, 77]).unwrap();
        assert_eq!(read, ondes_grown { struct_size: 8, first: 5, later: 0 });
    }

    #[test]
    fn a_newer_struct_may_only_add_zeros() {
        let read = read_words(&[24, 5, 7, 0, 0, 0, 99, 99]).unwrap();
        assert_eq!(read, ondes_grown { struct_size: 24, first: 5, later: 7 });
        let error = read_words(&[24, 5, 7, 0, 0, 1, 0, 0]).unwrap_err();
        assert!(error.contains("does not know"), "{error}");
    }

    #[test]
    fn an_uninitialised_struct_is_refused() {
        for size in [0, 4, 7, 4097, u32::MAX] {
            let error = read_words(&[size, 0, 0, 0, 0, 0, 0, 0]).unwrap_err();
            assert!(error.contains("ONDES_GROWN_INIT"), "{error}");
        }
    }

    #[test]
    fn writing_keeps_to_the_size_of_the_caller() {
        let value = ondes_grown { struct_size: 16, first: 5, later: u64::MAX };
        let mut words = [8u32, 1, 1, 1, 1, 1, 1, 1];
        // SAFETY: the first word is at most the size of the words.
        let output = unsafe { Output::new(words.as_mut_ptr().cast::<ondes_grown>(), value, "out") };
        output.unwrap().set(value);
        assert_eq!(words, [8, 5, 1, 1, 1, 1, 1, 1]);
        words[0] = 24;
        // SAFETY: as above.
        let output = unsafe { Output::new(words.as_mut_ptr().cast::<ondes_grown>(), value, "out") };
        output.unwrap().set(value);
        assert_eq!(words, [24, 5, u32::MAX, u32::MAX, 0, 0, 1, 1]);
    }
}
