//! The channels of a packet and their speakers (ISO/IEC 14496-3, 1.6.3.5 and 4.4.1.1).

use crate::audio::codec::bits::Bits;
use crate::audio::{Error, Result};

/// Speaker bits, as in WAVE_FORMAT_EXTENSIBLE.
mod speaker {
    pub const FRONT_LEFT: u32 = 0x1;
    pub const FRONT_RIGHT: u32 = 0x2;
    pub const FRONT_CENTER: u32 = 0x4;
    pub const LOW_FREQUENCY: u32 = 0x8;
    pub const BACK_LEFT: u32 = 0x10;
    pub const BACK_RIGHT: u32 = 0x20;
    pub const FRONT_LEFT_OF_CENTER: u32 = 0x40;
    pub const FRONT_RIGHT_OF_CENTER: u32 = 0x80;
    pub const BACK_CENTER: u32 = 0x100;
    pub const SIDE_LEFT: u32 = 0x200;
    pub const SIDE_RIGHT: u32 = 0x400;
    pub const TOP_FRONT_LEFT: u32 = 0x1000;
    pub const TOP_FRONT_RIGHT: u32 = 0x4000;
}
use speaker::*;

/// An element of a packet: one channel, or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// Told apart from others of its kind by this number.
    pub tag: u32,
    pub kind: ElementKind,
    place: Place,
}

/// The kinds of elements that hold channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementKind {
    Single,
    Pair,
    LowFrequency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Front,
    Side,
    Back,
    LowFrequency,
}

/// The channels of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Speaker bits of the channels in WAVE order; 0 if they cannot be told.
    pub mask: u32,
    /// Where in WAVE order each channel of a packet belongs.
    pub order: Vec<usize>,
    /// The elements by name, where the stream lists them.
    elements: Vec<Element>,
}

const FRONT: [u32; 2] = [FRONT_LEFT, FRONT_RIGHT];
const FRONT_OF_CENTER: [u32; 2] = [FRONT_LEFT_OF_CENTER, FRONT_RIGHT_OF_CENTER];
const SIDE: [u32; 2] = [SIDE_LEFT, SIDE_RIGHT];
const BACK: [u32; 2] = [BACK_LEFT, BACK_RIGHT];

impl Layout {
    /// The layout of a channel configuration; without channels for 0.
    pub fn configured(configuration: u32) -> Result<Self> {
        const TOP: [u32; 2] = [TOP_FRONT_LEFT, TOP_FRONT_RIGHT];
        let center = [FRONT_CENTER].as_slice();
        let (back_center, low): (&[u32], &[u32]) = (&[BACK_CENTER], &[LOW_FREQUENCY]);
        let parts: &[&[u32]] = match configuration {
            0 => &[],
            1 => &[center],
            2 => &[&FRONT],
            3 => &[center, &FRONT],
            4 => &[center, &FRONT, back_center],
            5 => &[center, &FRONT, &BACK],
            6 => &[center, &FRONT, &BACK, low],
            // The standard has two pairs in front and one behind. Nearly all
            // files were made by encoders that mean 7.1 with side and back
            // pairs, and FFmpeg reads them so.
            7 | 12 => &[center, &FRONT, &SIDE, &BACK, low],
            11 => &[center, &FRONT, &BACK, back_center, low],
            14 => &[center, &FRONT, &BACK, low, &TOP],
            _ => {
                return Err(Error::malformed(format!(
                    "the AAC configuration has the reserved channel configuration {configuration}"
                )));
            }
        };
        Ok(Self::of(&parts.concat(), Vec::new()))
    }

    /// The layout of a program configuration element: the channels of each
    /// place stand in it from the centre outwards.
    pub fn described(elements: &[Element]) -> Self {
        let count = |place, kind| elements.iter().filter(|e| e.place == place && e.kind == kind).count();
        let (sides, backs) = (count(Place::Side, ElementKind::Pair), count(Place::Back, ElementKind::Pair));
        let mut front_pairs = match count(Place::Front, ElementKind::Pair) {
            2 => [FRONT_OF_CENTER, FRONT].iter(),
            _ => [FRONT].iter(),
        };
        // Two pairs behind and none at the sides are the side and the back pair.
        let mut back_pairs = if sides == 0 && backs == 2 { [SIDE, BACK].iter() } else { [BACK].iter() };
        let mut side_pairs = [SIDE].iter();
        let mut speakers = Vec::new();
        for element in elements {
            let pair = match (element.place, element.kind) {
                (Place::LowFrequency, _) => {
                    speakers.push(LOW_FREQUENCY);
                    continue;
                }
                (Place::Front, ElementKind::Pair) => front_pairs.next(),
                (Place::Side, ElementKind::Pair) => side_pairs.next(),
                (Place::Back, ElementKind::Pair) => back_pairs.next(),
                (place, _) => {
                    speakers.push(match place {
                        Place::Front => FRONT_CENTER,
                        Place::Back => BACK_CENTER,
                        _ => 0,
                    });
                    continue;
                }
            };
            speakers.extend(pair.copied().unwrap_or_default());
        }
        Self::of(&speakers, elements.to_vec())
    }

    /// The layout of these speakers in the order of a packet.
    fn of(speakers: &[u32], elements: Vec<Element>) -> Self {
        let mask = speakers.iter().fold(0, |mask, speaker| mask | speaker);
        let is_known = mask.count_ones() as usize == speakers.len() && !speakers.contains(&0);
        let order = |speaker: u32| (mask & (speaker - 1)).count_ones() as usize;
        Self {
            mask: if is_known { mask } else { 0 },
            order: if is_known { speakers.iter().map(|s| order(*s)).collect() } else { (0..speakers.len()).collect() },
            elements,
        }
    }

    pub fn channels(&self) -> u32 {
        self.order.len() as u32
    }

    /// Which channels of the packet an element is, where `next` were before it.
    pub fn first_channel(&self, kind: ElementKind, tag: u32, next: usize) -> Result<usize> {
        if self.elements.is_empty() {
            return Ok(next);
        }
        let width = |element: &Element| if element.kind == ElementKind::Pair { 2 } else { 1 };
        let before = self.elements.iter().position(|e| e.kind == kind && e.tag == tag);
        let before =
            before.ok_or_else(|| Error::malformed("the packet holds an element that is not in the description"))?;
        Ok(self.elements[..before].iter().map(width).sum())
    }
}

/// Reads program_config_element, as far as it tells channels; bytes are
/// counted from the start of `bits`.
pub fn read_elements(bits: &mut Bits<'_>) -> Result<Vec<Element>> {
    let (_instance, _object_type, _rate_index) = (bits.read(4), bits.read(2), bits.read(4));
    let counts = [(Place::Front, bits.read(4)), (Place::Side, bits.read(4)), (Place::Back, bits.read(4))];
    let low_frequency = bits.read(2);
    let data = bits.read(3);
    let couplings = bits.read(4);
    for width in [4, 4, 3] {
        // Mixdowns, each told by a flag.
        if bits.flag() {
            bits.skip(width);
        }
    }
    let mut elements = Vec::new();
    for (place, count) in counts {
        for _ in 0..count {
            let kind = if bits.flag() { ElementKind::Pair } else { ElementKind::Single };
            elements.push(Element { kind, tag: bits.read(4), place });
        }
    }
    for _ in 0..low_frequency {
        elements.push(Element { kind: ElementKind::LowFrequency, tag: bits.read(4), place: Place::LowFrequency });
    }
    bits.skip((data * 4 + couplings * 5) as usize);
    bits.align();
    let comment = bits.read(8);
    bits.skip(comment as usize * 8);
    bits.check()?;
    Ok(elements)
}
