//! The broadcast extension chunk (EBU Tech 3285, version 2).

use super::{Tags, text};
use crate::audio::{Error, Result};

/// Bytes in front of the coding history.
const FIXED: usize = 602;

/// The texts: key, place and size.
const TEXTS: [(&str, usize, usize); 5] = [
    ("bext_description", 0, 256),
    ("bext_originator", 256, 32),
    ("bext_originator_reference", 288, 32),
    ("bext_origination_date", 320, 10),
    ("bext_origination_time", 330, 8),
];
/// Samples since midnight, 64 bits.
const TIME_REFERENCE: (&str, usize) = ("bext_time_reference", 338);
const VERSION: usize = 346;
/// SMPTE 330M, from version 1 on.
const UMID: (&str, usize, usize) = ("bext_umid", 348, 64);
/// Hundredths of LUFS, LU or dBTP, from version 2 on.
const LOUDNESS: [(&str, usize); 5] = [
    ("bext_loudness_value", 412),
    ("bext_loudness_range", 414),
    ("bext_max_true_peak_level", 416),
    ("bext_max_momentary_loudness", 418),
    ("bext_max_short_term_loudness", 420),
];
/// A loudness that was not measured.
const NO_LOUDNESS: i16 = 0x7fff;
const CODING_HISTORY: &str = "bext_coding_history";

/// Whether a key is one of this chunk's.
pub fn is_key(key: &str) -> bool {
    key.starts_with("bext_")
}

/// Reads the body of the chunk.
pub fn read(bytes: &[u8], tags: &mut Tags) -> Result<()> {
    let Some((fixed, history)) = bytes.split_at_checked(FIXED) else {
        return Err(Error::malformed("the bext chunk is too short for its fields"));
    };
    for (key, at, size) in TEXTS {
        tags.note(key, &text::field(&fixed[at..at + size]));
    }
    let (key, at) = TIME_REFERENCE;
    let samples = fixed[at..at + 8].iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
    tags.note(key, &samples.to_string());
    let version = u16::from_le_bytes([fixed[VERSION], fixed[VERSION + 1]]);
    let (key, at, size) = UMID;
    let umid = &fixed[at..at + size];
    if version >= 1 && umid.iter().any(|byte| *byte != 0) {
        tags.note(key, &umid.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }
    for (key, at) in LOUDNESS.iter().filter(|_| version >= 2) {
        let hundredths = i16::from_le_bytes([fixed[*at], fixed[at + 1]]);
        if hundredths != NO_LOUDNESS {
            tags.note(key, &format!("{:.2}", f64::from(hundredths) / 100.0));
        }
    }
    tags.note(CODING_HISTORY, &text::field(history));
    Ok(())
}

/// The body of the chunk; none if no key asks for it.
pub fn write(tags: &Tags) -> Result<Option<Vec<u8>>> {
    if !tags.items().iter().any(|tag| is_key(tag.key()) && !tag.value().is_empty()) {
        return Ok(None);
    }
    let mut bytes = vec![0; FIXED];
    let value = |key| tags.get(key).unwrap_or_default();
    for (key, at, size) in TEXTS {
        let text = value(key).as_bytes();
        if text.len() > size {
            return Err(Error::invalid(format!("{key} has {} bytes, but holds at most {size}", text.len())));
        }
        bytes[at..at + text.len()].copy_from_slice(text);
    }
    let (key, at) = TIME_REFERENCE;
    let samples: u64 = match value(key) {
        "" => 0,
        text => text.parse().map_err(|_| Error::invalid(format!("{key} is no number of samples: \"{text}\"")))?,
    };
    bytes[at..at + 8].copy_from_slice(&samples.to_le_bytes());
    bytes[VERSION..VERSION + 2].copy_from_slice(&2u16.to_le_bytes());
    let (key, at, size) = UMID;
    if !value(key).is_empty() {
        let umid = parse_hex(value(key)).filter(|umid| umid.len() <= size);
        let umid = umid.ok_or_else(|| Error::invalid(format!("{key} is not 64 bytes in hexadecimal digits")))?;
        bytes[at..at + umid.len()].copy_from_slice(&umid);
    }
    for (key, at) in LOUDNESS {
        let hundredths = match value(key) {
            "" => NO_LOUDNESS,
            text => parse_hundredths(text)
                .ok_or_else(|| Error::invalid(format!("{key} is no number from -327.68 to 327.66: \"{text}\"")))?,
        };
        bytes[at..at + 2].copy_from_slice(&hundredths.to_le_bytes());
    }
    bytes.extend(value(CODING_HISTORY).as_bytes());
    Ok(Some(bytes))
}

fn parse_hundredths(text: &str) -> Option<i16> {
    let hundredths = (text.trim().parse::<f64>().ok()? * 100.0).round();
    (hundredths >= f64::from(i16::MIN) && hundredths < f64::from(NO_LOUDNESS)).then_some(hundredths as i16)
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
