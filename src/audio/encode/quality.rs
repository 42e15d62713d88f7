//! The words for quality, and how loosely they may be written.

use super::Format;
use crate::audio::{Error, Result};

/// Finds the option of `format` that a text means: its index in `format.qualities`.
///
/// Nothing, or blanks, is the last option, which is the best. `best`, `worst`,
/// `fastest` and `slowest` are the ends of the list. Otherwise an option's own
/// text in any case; its leading number; or, without a number, any part of it.
/// A format without options takes those four words and blanks only.
pub fn parse(format: &Format, text: Option<&str>) -> Result<Option<usize>> {
    let options = format.qualities;
    let text = text.unwrap_or("");
    let wanted = text.trim().to_lowercase();
    let end = match text {
        "best" | "slowest" => Some(format.best_quality()),
        "worst" | "fastest" => Some(format.worst_quality()),
        _ if wanted.is_empty() => Some(options.len().checked_sub(1)),
        _ => None,
    };
    if let Some(end) = end {
        return Ok(end);
    }
    if options.is_empty() {
        return Err(Error::invalid(format!("quality is \"{text}\", but {} takes no quality", format.title)));
    }
    let digits = wanted.len() - wanted.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let matches = |option: &str| {
        let option = option.to_lowercase();
        if digits > 0 {
            let rest = option.strip_prefix(&wanted[..digits]);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        } else {
            option.contains(&wanted)
        }
    };
    let exact = options.iter().position(|option| option.to_lowercase() == wanted);
    exact.or_else(|| options.iter().position(|option| matches(option))).map(Some).ok_or_else(|| {
        Error::invalid(format!("quality is \"{text}\"; {} takes one of: {}", format.title, options.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::by_name;
    use super::*;

    fn chosen(format: &str, text: &str) -> Option<&'static str> {
        let format = by_name(format).unwrap();
        parse(format, Some(text)).unwrap().map(|index| format.qualities[index])
    }

    fn refused(format: &str, text: &str) -> bool {
        parse(by_name(format).unwrap(), Some(text)).is_err()
    }

    // PEERS W22 to W24.
    #[test]
    fn blanks_and_the_four_words() {
        assert_eq!(chosen("flac", ""), Some("8 (Highest quality)"));
        assert_eq!(chosen("flac", "  "), Some("8 (Highest quality)"));
        assert_eq!(chosen("ogg", "best"), Some("500 kbps"));
        assert_eq!(chosen("ogg", "fastest"), Some("64 kbps"));
        assert_eq!(chosen("mp3", ""), Some("320 kbps"));
        assert_eq!(chosen("mp3", "worst"), Some("V9 (smallest)"));
        assert_eq!(chosen("mp3", "slowest"), Some("V0 (best)"));
        assert_eq!(chosen("wav", "best"), None);
        assert!(refused("ogg", " best "));
        assert!(refused("wav", "5"));
    }

    #[test]
    fn numbers_and_parts() {
        assert_eq!(chosen("mp3", "128"), Some("128 kbps"));
        assert_eq!(chosen("mp3", "128kbps"), Some("128 kbps"));
        assert!(refused("mp3", "12"));
        assert_eq!(chosen("mp3", "normal"), Some("V4 (normal)"));
        assert_eq!(chosen("mp3", "kbps"), Some("32 kbps"));
        assert_eq!(chosen("mp3", "V"), Some("V0 (best)"));
        assert_eq!(chosen("mp3", "v2"), Some("V2"));
        assert_eq!(chosen("mp3", "BEST"), Some("V0 (best)"));
        assert_eq!(chosen("flac", "5"), Some("5 (Default)"));
        assert!(refused("flac", "9"));
    }
}
