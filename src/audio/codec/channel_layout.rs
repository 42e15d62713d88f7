//! Apple's channel layouts, as in the chan chunk of CAF, the CHAN chunk of
//! AIFC and the chan atom of QuickTime files (Core Audio Format Specification
//! 1.0, "Channel Layout Chunk").

/// Speaker bits of `channels` channels in their order; 0 where the layout has
/// no positions, or an order that bits cannot tell.
pub fn channel_mask(layout: &[u8], channels: u32) -> u32 {
    let (words, _) = layout.as_chunks::<4>();
    let &[tag, bitmap, count, ref descriptions @ ..] = words else {
        return 0;
    };
    let mask = match u32::from_be_bytes(tag) {
        // kCAFChannelLayoutTag_UseChannelDescriptions
        0 => labels_mask(descriptions, u32::from_be_bytes(count)),
        // kCAFChannelLayoutTag_UseChannelBitmap: the bits are those of WAVE.
        0x1_0000 => u32::from_be_bytes(bitmap),
        tag => tag_mask(tag),
    };
    if mask.count_ones() == channels { mask } else { 0 }
}

/// The layout of channels at these speakers, in the order of the bits.
pub fn from_mask(channel_mask: u32) -> [u8; 12] {
    let [a, b, c, d] = channel_mask.to_be_bytes();
    // kCAFChannelLayoutTag_UseChannelBitmap; no descriptions.
    [0, 1, 0, 0, a, b, c, d, 0, 0, 0, 0]
}

/// A description has five words, of which the first is the label of a speaker.
fn labels_mask(descriptions: &[[u8; 4]], count: u32) -> u32 {
    let mut mask = 0u32;
    for description in descriptions.chunks_exact(5).take(count as usize) {
        // Labels 1 to 18 are the speakers of WAVE, in the order of its bits.
        match u32::from_be_bytes(description[0]) {
            label @ 1..=18 if mask >> (label - 1) == 0 => mask |= 1 << (label - 1),
            _ => return 0,
        }
    }
    mask
}

/// The layouts whose channels lie in the order of the bits.
fn tag_mask(tag: u32) -> u32 {
    const FRONT: u32 = 0x3;
    const CENTRE: u32 = 0x4;
    const LFE: u32 = 0x8;
    const SURROUND: u32 = 0x30;
    const BACK_CENTRE: u32 = 0x100;
    match tag >> 16 {
        // Mono
        100 => CENTRE,
        // Stereo, StereoHeadphones, MatrixStereo
        101..=103 => FRONT,
        // Quadraphonic, ITU_2_2
        108 | 132 => FRONT | SURROUND,
        // MPEG_3_0_A
        113 => FRONT | CENTRE,
        // MPEG_4_0_A
        115 => FRONT | CENTRE | BACK_CENTRE,
        // MPEG_5_0_A
        117 => FRONT | CENTRE | SURROUND,
        // MPEG_5_1_A
        121 => FRONT | CENTRE | LFE | SURROUND,
        // MPEG_6_1_A
        125 => FRONT | CENTRE | LFE | SURROUND | BACK_CENTRE,
        // MPEG_7_1_A: with left and right of centre
        126 => 0xff,
        // ITU_2_1
        131 => FRONT | BACK_CENTRE,
        // DVD_4, DVD_5, DVD_6, DVD_10, DVD_11
        133 => FRONT | LFE,
        134 => FRONT | LFE | BACK_CENTRE,
        135 => FRONT | LFE | SURROUND,
        136 => FRONT | CENTRE | LFE,
        137 => FRONT | CENTRE | LFE | BACK_CENTRE,
        _ => 0,
    }
}
