//! Whether a decoder's state is that of a decode from the very start.

use super::delimited::take_delimited;
use super::frames;

/// What one stream's decoder last did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing, after a jump into the middle.
    Unknown,
    /// Nothing, at the very start.
    Fresh,
    /// CELT only. SILK starts afresh the next time, whatever was before.
    Celt,
    /// SILK, alone or in hybrid packets.
    Silk { is_exact: bool },
}

/// Follows the streams of a decoder.
#[derive(Debug)]
pub struct Known {
    streams: Vec<State>,
    /// Whether the last packet came out exact.
    is_exact: bool,
    scratch: Vec<u8>,
}

impl Known {
    /// Of a decoder that may be in the middle of so many streams.
    pub fn new(streams: u8) -> Self {
        Self { streams: vec![State::Unknown; streams.into()], is_exact: true, scratch: Vec::new() }
    }

    /// The decoder jumps into the middle.
    pub fn reset(&mut self) {
        self.streams.fill(State::Unknown);
    }

    /// The decoder is where a decode from the very start is fresh too.
    pub fn begin(&mut self) {
        self.streams.fill(State::Fresh);
    }

    /// The decoder takes in a packet.
    pub fn follow(&mut self, packet: &[u8]) {
        self.is_exact = true;
        let last = self.streams.len() - 1;
        let mut rest = packet;
        for (stream, state) in self.streams.iter_mut().enumerate() {
            let data = if stream < last {
                let Some(after) = take_delimited(rest, &mut self.scratch) else { return };
                rest = after;
                &self.scratch
            } else {
                rest
            };
            let next = state.after(data);
            // A change to CELT still fades out what SILK had.
            self.is_exact &= ![*state, next].contains(&State::Silk { is_exact: false });
            *state = next;
        }
    }

    /// Whether the last packet came out as in a decode from the very start,
    /// given that CELT had its pre-roll.
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }
}

impl State {
    fn after(self, packet: &[u8]) -> Self {
        let Some(&toc) = packet.first() else { return self };
        if toc >> 3 < 16 {
            return match self {
                Self::Unknown => Self::Silk { is_exact: false },
                Self::Fresh | Self::Celt => Self::Silk { is_exact: true },
                Self::Silk { .. } => self,
            };
        }
        // Frames of a byte or none are not transmitted: the decoder goes on with what it had
        // (RFC 6716, 2.1.9), so that a packet must hold more to be sure of the change.
        let shortest = frames(&[toc & !3]).max(1);
        let count = frames(packet) / shortest;
        if packet.len() > 2 + 2 * count as usize { Self::Celt } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILK: &[u8] = &[9 << 3, 1, 2, 3, 4, 5];
    const CELT: &[u8] = &[31 << 3, 1, 2, 3, 4, 5];

    #[test]
    fn silk_is_exact_from_the_start_or_a_change_on() {
        let mut known = Known::new(1);
        known.begin();
        known.follow(SILK);
        assert!(known.is_exact());
        known.reset();
        known.follow(CELT);
        assert!(known.is_exact());
        known.follow(SILK);
        assert!(known.is_exact());
        known.reset();
        known.follow(SILK);
        assert!(!known.is_exact());
        known.follow(CELT);
        assert!(!known.is_exact(), "the change itself");
        known.follow(CELT);
        assert!(known.is_exact());
    }
}
