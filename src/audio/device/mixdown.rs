//! Audio of some channels for a device that has other ones.

use std::f32::consts::FRAC_1_SQRT_2;

use crate::audio::codec::usual_mask;

const FRONT_LEFT: u32 = 0x1;
const FRONT_RIGHT: u32 = 0x2;
const FRONT_CENTRE: u32 = 0x4;
const LOW: u32 = 0x8;
const BACK_LEFT: u32 = 0x10;
const BACK_RIGHT: u32 = 0x20;
const BACK_CENTRE: u32 = 0x100;
const SIDE_LEFT: u32 = 0x200;
const SIDE_RIGHT: u32 = 0x400;

/// How much of each channel goes to each of a device.
///
/// One channel gets the mean of all, as everywhere in this library. Up to eight
/// are taken for the usual speakers of their number: those that the device has
/// not are heard from their neighbours (ITU-R BS.775-3, annex 4; the LFE is left
/// out, as there), and all is made so quiet that nothing can exceed full scale.
/// More channels than that have no places: each goes to channel `i % outputs`.
pub(super) struct Mixdown {
    inputs: usize,
    /// For each output the inputs that are heard there, and how loud.
    rows: Vec<Vec<(usize, f32)>>,
}

impl Mixdown {
    pub(super) fn new(inputs: usize, outputs: usize) -> Self {
        let (from, to) = (mask(inputs), mask(outputs));
        let mut rows = vec![Vec::new(); outputs];
        if outputs > 1 && from != 0 && to != 0 {
            for (input, speaker) in speakers(from).enumerate() {
                for (place, gain) in places(speaker, to) {
                    if let Some(output) = speakers(to).position(|speaker| speaker == *place) {
                        rows[output].push((input, *gain));
                    }
                }
            }
        } else {
            (0..inputs).for_each(|input| rows[input % outputs].push((input, 1.0)));
        }
        let loudness = |row: &Vec<(usize, f32)>| row.iter().map(|(_, gain)| gain).sum::<f32>();
        let loudest = rows.iter().map(loudness).fold(1.0, f32::max);
        rows.iter_mut().flatten().for_each(|(_, gain)| *gain /= loudest);
        Self { inputs, rows }
    }

    /// Interleaved frames of the inputs as frames of the outputs, in place of what is in `out`.
    pub(super) fn mix(&self, samples: &[f32], out: &mut Vec<f32>) {
        out.clear();
        for frame in samples.chunks_exact(self.inputs) {
            let heard = |row: &Vec<(usize, f32)>| row.iter().map(|(input, gain)| gain * frame[*input]).sum::<f32>();
            out.extend(self.rows.iter().map(heard));
        }
    }
}

/// The speakers of so many channels; 0 if they have no usual ones.
fn mask(channels: usize) -> u32 {
    u32::try_from(channels).map_or(0, usual_mask)
}

/// The bits of a mask, which are in the order of the channels.
fn speakers(mask: u32) -> impl Iterator<Item = u32> {
    (0..u32::BITS).map(|bit| 1 << bit).filter(move |speaker| mask & speaker != 0)
}

/// From where a speaker is heard, and how loud, on a device that has some.
fn places(speaker: u32, there: u32) -> &'static [(u32, f32)] {
    const SOME: f32 = FRAC_1_SQRT_2;
    let has = |speaker| there & speaker != 0;
    match speaker {
        FRONT_LEFT => &[(FRONT_LEFT, 1.0)],
        FRONT_RIGHT => &[(FRONT_RIGHT, 1.0)],
        FRONT_CENTRE if has(FRONT_CENTRE) => &[(FRONT_CENTRE, 1.0)],
        FRONT_CENTRE => &[(FRONT_LEFT, SOME), (FRONT_RIGHT, SOME)],
        LOW => &[(LOW, 1.0)],
        BACK_LEFT if has(BACK_LEFT) => &[(BACK_LEFT, 1.0)],
        SIDE_LEFT if has(SIDE_LEFT) => &[(SIDE_LEFT, 1.0)],
        BACK_LEFT if has(SIDE_LEFT) => &[(SIDE_LEFT, 1.0)],
        SIDE_LEFT if has(BACK_LEFT) => &[(BACK_LEFT, 1.0)],
        BACK_LEFT | SIDE_LEFT => &[(FRONT_LEFT, SOME)],
        BACK_RIGHT if has(BACK_RIGHT) => &[(BACK_RIGHT, 1.0)],
        SIDE_RIGHT if has(SIDE_RIGHT) => &[(SIDE_RIGHT, 1.0)],
        BACK_RIGHT if has(SIDE_RIGHT) => &[(SIDE_RIGHT, 1.0)],
        SIDE_RIGHT if has(BACK_RIGHT) => &[(BACK_RIGHT, 1.0)],
        BACK_RIGHT | SIDE_RIGHT => &[(FRONT_RIGHT, SOME)],
        BACK_CENTRE if has(BACK_CENTRE) => &[(BACK_CENTRE, 1.0)],
        BACK_CENTRE if has(BACK_LEFT) => &[(BACK_LEFT, SOME), (BACK_RIGHT, SOME)],
        BACK_CENTRE if has(SIDE_LEFT) => &[(SIDE_LEFT, SOME), (SIDE_RIGHT, SOME)],
        BACK_CENTRE => &[(FRONT_LEFT, 0.5), (FRONT_RIGHT, 0.5)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(samples: &[f32], outputs: usize) -> Vec<f32> {
        let mut out = Vec::new();
        Mixdown::new(samples.len(), outputs).mix(samples, &mut out);
        out
    }

    fn assert_close(got: &[f32], expected: &[f32]) {
        let is_close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
        assert!(got.len() == expected.len() && got.iter().zip(expected).all(is_close), "{got:?} for {expected:?}");
    }

    #[test]
    fn every_speaker_of_surround_is_heard_in_stereo() {
        // By hand: left + 0.7071 centre + 0.7071 surround, over 2.4142.
        let whole = 1.0 + 2.0 * FRAC_1_SQRT_2;
        let some = FRAC_1_SQRT_2 / whole;
        assert_close(&mixed(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0], 2), &[some, some]);
        assert_close(&mixed(&[1.0, 0.0, 0.0, 9.0, 0.0, 1.0], 2), &[1.0 / whole, some]);
        assert_close(&mixed(&[1.0; 6], 2), &[1.0, 1.0]);
        assert_close(&mixed(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], 2)[1..], &[0.0]);
        assert_close(&mixed(&[0.0, 0.0, 1.0], 2), &[some * whole / (1.0 + FRAC_1_SQRT_2); 2]);
    }

    #[test]
    fn one_channel_gets_the_mean() {
        assert_close(&mixed(&[0.3, 0.6], 1), &[0.45]);
        assert_close(&mixed(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 1), &[0.35]);
        assert_close(&mixed(&[0.5; 70], 1), &[0.5]);
    }

    #[test]
    fn speakers_stay_where_they_are_if_the_device_has_them() {
        assert_eq!(mixed(&[0.1, 0.2, 0.3, 0.4], 4), [0.1, 0.2, 0.3, 0.4]);
        // The back of four channels is not the centre of six.
        assert_eq!(mixed(&[0.1, 0.2, 0.3, 0.4], 6), [0.1, 0.2, 0.0, 0.0, 0.3, 0.4]);
        // 7.1 on 5.1: the sides come from the back.
        assert_close(&mixed(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.1, 0.2], 6), &[0.05, 0.1, 0.15, 0.2, 0.3, 0.4]);
    }

    #[test]
    fn channels_without_a_place_are_kept_too() {
        assert_close(&mixed(&[0.1, 0.0, 0.3, 0.0, 0.5, 0.0, 0.7, 0.0, 0.9], 2), &[0.5, 0.0]);
        assert_eq!(mixed(&[0.5; 9], 10)[..9], [0.5; 9]);
        for (inputs, outputs) in (1..20).flat_map(|inputs| (1..20).map(move |outputs| (inputs, outputs))) {
            let out = mixed(&vec![1.0; inputs], outputs);
            assert!(out.len() == outputs && out.iter().all(|s| (0.0..1.00001).contains(s)), "{inputs} {outputs}");
        }
    }
}
