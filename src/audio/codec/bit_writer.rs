//! Bits of a packet, written from the highest of each byte on.

/// Gathers bits into bytes.
#[derive(Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// The last bits, at the low end: they become bytes when there is room for no more.
    held: u64,
    /// How many.
    count: u32,
}

impl BitWriter {
    /// The low `bits` of `value`, of which the others must be 0; 56 at most.
    #[inline(always)]
    pub fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 56 && (value >> bits) == 0);
        if self.count + bits > u64::BITS {
            self.give_bytes();
        }
        self.held = self.held << bits | value;
        self.count += bits;
    }

    /// The low `bits` of a signed number, whatever the others are.
    #[inline(always)]
    pub fn put_signed(&mut self, value: i32, bits: u32) {
        self.put(value as u64 & ((1 << bits) - 1), bits);
    }

    /// Leaves fewer than 8 bits.
    fn give_bytes(&mut self) {
        let whole = self.count / 8;
        self.count %= 8;
        let ready = (self.held >> self.count << (64 - 8 * whole.max(1))).to_be_bytes();
        self.bytes.extend_from_slice(&ready[..whole as usize]);
    }

    /// Fills up the last byte with zeros, and gives all bytes so far.
    pub fn align(&mut self) -> &[u8] {
        self.put(0, self.count.next_multiple_of(8) - self.count);
        self.give_bytes();
        &self.bytes
    }

    /// Starts anew.
    pub fn clear(&mut self) {
        *self = Self { bytes: std::mem::take(&mut self.bytes), ..Self::default() };
        self.bytes.clear();
    }
}
