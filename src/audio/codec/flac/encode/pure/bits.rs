//! Bits, the most significant first.

/// Gathers bits into bytes.
#[derive(Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// The last bits, at the low end.
    held: u64,
    /// How many: fewer than 8 between calls.
    count: u32,
}

impl BitWriter {
    /// The low `bits` of `value`, of which the others must be 0; 56 at most.
    #[inline]
    pub fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 56 && (value >> bits) == 0);
        self.held = self.held << bits | value;
        self.count += bits;
        let whole = self.count / 8;
        self.count %= 8;
        let ready = (self.held >> self.count << (64 - 8 * whole.max(1))).to_be_bytes();
        self.bytes.extend_from_slice(&ready[..whole as usize]);
    }

    /// The low `bits` of a signed number.
    pub fn put_signed(&mut self, value: i32, bits: u32) {
        self.put(value as u64 & ((1 << bits) - 1), bits);
    }

    /// That many zeros.
    pub fn put_zeros(&mut self, mut count: u32) {
        while count > 0 {
            let some = count.min(56);
            self.put(0, some);
            count -= some;
        }
    }

    /// Zeros up to the next byte.
    pub fn align(&mut self) {
        self.put(0, (8 - self.count) % 8);
    }

    /// The whole bytes so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes; there are no others bits after [`BitWriter::align`].
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}
