//! Frames of every type into every other: each sample must be what converting it alone gives.

use ondes::audio::frames::{Block, BlockData, Frames, FramesMut, Layout};
use ondes::audio::sample::{PcmCoding, Sample};

use super::common::Random;

const LAYOUTS: [Layout; 2] = [Layout::Interleaved, Layout::Planar];

/// Of all values that the type has, floats up to 1.1 times full scale.
fn noise<S: Sample>(random: &mut Random, samples: usize) -> Vec<S> {
    (0..samples).map(|_| S::from_f64(random.below(2_200_001) as f64 / 1e6 - 1.1)).collect()
}

/// Where a sample is.
fn index(layout: Layout, channels: usize, frames: usize, frame: usize, channel: usize) -> usize {
    match layout {
        Layout::Interleaved => frame * channels + channel,
        Layout::Planar => channel * frames + frame,
    }
}

fn check_pair<S: Sample, T: Sample>(random: &mut Random) {
    for (channels, frames, skip) in [(1, 1, 0), (1, 3000, 7), (2, 1500, 1), (3, 700, 3), (64, 40, 3), (1030, 3, 1)] {
        for (from, to) in LAYOUTS.into_iter().flat_map(|from| LAYOUTS.map(|to| (from, to))) {
            let source: Vec<S> = noise(random, channels * (frames + skip));
            let mut got = vec![T::default(); channels * frames];
            let view = Frames::new(&source, channels, from);
            view.any().copy_to(skip, &mut FramesMut::new(&mut got, channels, to));
            for (frame, channel) in (0..frames).flat_map(|frame| (0..channels).map(move |channel| (frame, channel))) {
                let expected: T = source[index(from, channels, frames + skip, frame + skip, channel)].to();
                let got = got[index(to, channels, frames, frame, channel)];
                assert!(
                    bytemuck::bytes_of(&got) == bytemuck::bytes_of(&expected),
                    "{:?} {from:?} to {:?} {to:?}, frame {frame} of {frames}, channel {channel} of {channels}",
                    S::FORMAT,
                    T::FORMAT
                );
            }
        }
    }
}

fn check_from<S: Sample>(random: &mut Random) {
    check_pair::<S, u8>(random);
    check_pair::<S, i8>(random);
    check_pair::<S, i16>(random);
    check_pair::<S, [u8; 3]>(random);
    check_pair::<S, i32>(random);
    check_pair::<S, i64>(random);
    check_pair::<S, f32>(random);
    check_pair::<S, f64>(random);
}

#[test]
fn every_type_becomes_every_other_in_both_layouts() {
    let mut random = Random(11);
    check_from::<u8>(&mut random);
    check_from::<i8>(&mut random);
    check_from::<i16>(&mut random);
    check_from::<[u8; 3]>(&mut random);
    check_from::<i32>(&mut random);
    check_from::<i64>(&mut random);
    check_from::<f32>(&mut random);
    check_from::<f64>(&mut random);
}

/// Each coding, and the little-endian one that its samples have when their bytes are turned round.
const CODINGS: [(PcmCoding, PcmCoding); 16] = [
    (PcmCoding::U8, PcmCoding::U8),
    (PcmCoding::S8, PcmCoding::S8),
    (PcmCoding::S16Le, PcmCoding::S16Le),
    (PcmCoding::S16Be, PcmCoding::S16Le),
    (PcmCoding::S24Le, PcmCoding::S24Le),
    (PcmCoding::S24Be, PcmCoding::S24Le),
    (PcmCoding::S32Le, PcmCoding::S32Le),
    (PcmCoding::S32Be, PcmCoding::S32Le),
    (PcmCoding::S64Le, PcmCoding::S64Le),
    (PcmCoding::S64Be, PcmCoding::S64Le),
    (PcmCoding::F32Le, PcmCoding::F32Le),
    (PcmCoding::F32Be, PcmCoding::F32Le),
    (PcmCoding::F64Le, PcmCoding::F64Le),
    (PcmCoding::F64Be, PcmCoding::F64Le),
    (PcmCoding::ALaw, PcmCoding::ALaw),
    (PcmCoding::ULaw, PcmCoding::ULaw),
];

fn check_coding<S: Sample>(random: &mut Random, coding: PcmCoding, plain: PcmCoding) {
    let size = coding.size();
    for (step, count) in [1, 2, 3, 5].into_iter().flat_map(|step| [1, 1500].map(|count| (step, count))) {
        let bytes: Vec<u8> = (0..step * count * size).map(|_| random.below(256) as u8).collect();
        let first = step - 1;
        let mut got = vec![S::SILENCE; count];
        coding.decode(&bytes, first, step, &mut got);
        for (i, got) in got.iter().enumerate() {
            let mut sample = bytes[(first + i * step) * size..][..size].to_vec();
            if coding != plain {
                sample.reverse();
            }
            let mut expected = [S::SILENCE];
            plain.decode(&sample, 0, 1, &mut expected);
            let what = format!("{coding:?} to {:?}, sample {i} of {count}, every {step}", S::FORMAT);
            assert!(bytemuck::bytes_of(got) == bytemuck::bytes_of(&expected[0]), "{what}");
        }
    }
}

#[test]
fn every_coding_is_the_same_sample_by_sample_and_many_at_once() {
    let mut random = Random(12);
    for (coding, plain) in CODINGS {
        check_coding::<u8>(&mut random, coding, plain);
        check_coding::<i16>(&mut random, coding, plain);
        check_coding::<[u8; 3]>(&mut random, coding, plain);
        check_coding::<i64>(&mut random, coding, plain);
        check_coding::<f32>(&mut random, coding, plain);
        check_coding::<f64>(&mut random, coding, plain);
    }
}

#[test]
fn some_channels_of_a_block_are_the_first_ones() {
    let (frames, channels) = (700, 5);
    let samples: Vec<i16> = (0..frames * channels).map(|i| i as i16).collect();
    let block = |coding, bytes| Block { frames, channels, data: BlockData::Pcm { bytes, coding } };
    let swapped: Vec<u8> = samples.iter().flat_map(|v| v.to_be_bytes()).collect();
    let plain: Vec<u8> = samples.iter().flat_map(|v| v.to_le_bytes()).collect();
    for block in [block(PcmCoding::S16Be, &swapped), block(PcmCoding::S16Le, &plain)] {
        for layout in LAYOUTS {
            let mut got = vec![0i16; 3 * (frames - 9)];
            block.copy_to(9, &mut FramesMut::new(&mut got, 3, layout));
            for (frame, channel) in (0..frames - 9).flat_map(|frame| (0..3).map(move |channel| (frame, channel))) {
                let expected = samples[(frame + 9) * channels + channel];
                assert_eq!(
                    got[index(layout, 3, frames - 9, frame, channel)],
                    expected,
                    "{layout:?}, {frame}, {channel}"
                );
            }
        }
    }
}
