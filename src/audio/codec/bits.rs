//! Bits of a packet, from the highest of each byte on.

use crate::audio::{Error, Result};

/// Reads bits out of bytes with [`Bits::PADDING`] more behind them, so that
/// no read needs to look for the end; [`Bits::check`] says if it was passed.
#[derive(Debug, Clone, Copy)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    /// Bytes of any value that must stand behind the packet.
    pub const PADDING: usize = 8;

    /// Copies `packet` into `buffer` with the padding, to read it from there.
    pub fn pad(packet: &[u8], buffer: &'a mut Vec<u8>) -> Self {
        buffer.clear();
        buffer.extend_from_slice(packet);
        buffer.extend([0; Self::PADDING]);
        Self { bytes: buffer, position: 0 }
    }

    /// The next 57 bits or more, left-justified; anything behind the end.
    #[inline(always)]
    pub fn window(&self) -> u64 {
        let byte = (self.position >> 3).min(self.bytes.len() - Self::PADDING);
        let bytes = self.bytes[byte..].first_chunk().copied().unwrap_or_default();
        u64::from_be_bytes(bytes) << (self.position & 7)
    }

    /// Moves forward.
    #[inline(always)]
    pub fn skip(&mut self, n: usize) {
        self.position += n;
    }

    /// Moves to the next whole byte, counted from the start of the packet.
    pub fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }

    /// The next `n` bits, up to 32.
    #[inline(always)]
    pub fn read(&mut self, n: u32) -> u32 {
        let value = self.window().checked_shr(64 - n).unwrap_or(0) as u32;
        self.position += n as usize;
        value
    }

    /// The next bit.
    #[inline(always)]
    pub fn flag(&mut self) -> bool {
        self.read(1) == 1
    }

    /// The next `n` bits, up to 32, as a number with a sign.
    #[inline(always)]
    pub fn read_signed(&mut self, n: u32) -> i32 {
        let value = (self.window() as i64).checked_shr(64 - n).unwrap_or(0) as i32;
        self.position += n as usize;
        value
    }

    /// Whether all bits read so far were in the packet.
    pub fn check(&self) -> Result<()> {
        if self.position > (self.bytes.len() - Self::PADDING) * 8 {
            return Err(Error::malformed("the packet is cut off"));
        }
        Ok(())
    }
}
