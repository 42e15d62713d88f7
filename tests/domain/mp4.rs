//! MP4, M4A, QuickTime; AAC and ALAC; ADTS.

use ondes::audio::cancel::Cancel;

use crate::common::*;

const AAC_M4A: &[(&str, usize)] = &[
    ("mp4/aac_moov_last_known_100003.m4a", 100_003),
    ("mp4/aac_moov_first.m4a", 100_003),
    ("mp4/aac_exact_timescale.m4a", 100_003),
    ("mp4/aac_48k.mp4", 100_003),
    ("mp4/aac_mono_16k.m4a", 48_007),
    ("mp4/aac_frag.mp4", 101_027),
    ("mp4/aac_frag_default_base_moof.mp4", 101_027),
    ("mp4/aac_frag_delay_moov.mp4", 100_003),
    ("mp4/aac_frag_sidx.mp4", 100_003),
    ("mp4/aac_edit_both_ends.m4a", 50_001),
    ("mp4/aac_no_edit_list.m4a", 101_376),
    ("mp4/aac_itunsmpb.m4a", 100_003),
    ("mp4/aac_itunsmpb_and_edit.m4a", 100_003),
    ("mp4/aac_co64_free.m4a", 100_003),
    ("mp4/aac_mdat_to_end.m4a", 100_003),
    ("mp4/aac_with_video.mp4", 100_003),
    ("mov/aac.mov", 100_003),
];

/// A clip of known length comes back at that length, wherever the file tells it.
#[test]
fn lengths_are_those_of_the_clip() {
    for (name, frames) in AAC_M4A {
        let mut reader = open(&data(name));
        let channels = reader.channels() as usize;
        assert_eq!(reader.measure(&Cancel::new(), None).unwrap(), *frames as u64, "{name}");
        assert_eq!(load::<f32>(&data(name)).len() / channels, *frames, "{name}");
    }
}

#[test]
fn aac_windows_are_slices_of_the_full_decode() {
    for (name, _) in AAC_M4A {
        assert_exact(&data(name));
    }
}

/// Encodes a committed source with FFmpeg's command into a temporary file.
fn encode(source: &str, name: &str, arguments: &[&str]) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("ondes-mp4-{}-{name}", std::process::id()));
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-i"])
        .arg(data(source))
        .args(arguments)
        .arg(&path)
        .status()
        .expect("ffmpeg (Debian package ffmpeg) runs");
    assert!(status.success());
    path
}

/// The same samples as FFmpeg decodes, where no noise is substituted: that is
/// random by design. (FFmpeg trims the end no finer than a packet.)
#[test]
fn aac_is_what_ffmpeg_decodes() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("source/music.flac", "48k.m4a", &["-b:a", "48k"]),
        ("source/music.flac", "256k.m4a", &["-b:a", "256k"]),
        ("source/music.flac", "shaped.m4a", &["-b:a", "96k", "-aac_tns", "1"]),
        ("source/music.flac", "11k.m4a", &["-b:a", "32k", "-ar", "11025"]),
        ("source/music.flac", "96k.m4a", &["-b:a", "200k", "-ar", "96000"]),
        ("source/speech.flac", "speech.m4a", &["-b:a", "24k"]),
        ("source/surround.flac", "51.m4a", &["-b:a", "300k"]),
        (
            "source/surround.flac",
            "71.m4a",
            &["-b:a", "400k", "-af", "pan=7.1|c0=c0|c1=c1|c2=c2|c3=c3|c4=c4|c5=c5|c6=.5*c0|c7=.5*c1"],
        ),
        // Layouts of a description of their own.
        ("source/surround.flac", "quad.m4a", &["-b:a", "200k", "-af", "pan=quad|c0=c0|c1=c1|c2=c4|c3=c5"]),
        ("source/surround.flac", "quad.aac", &["-b:a", "200k", "-af", "pan=quad|c0=c0|c1=c1|c2=c4|c3=c5"]),
    ];
    for (source, name, arguments) in cases {
        let arguments = [&["-c:a", "aac", "-aac_pns", "0"], *arguments].concat();
        let path = encode(source, name, &arguments);
        let ours = load::<f32>(&path);
        let theirs = ffmpeg(&path);
        assert!(max_difference(&ours, &theirs[..ours.len()]) < 1e-6, "{name}");
        assert_exact(&path);
        std::fs::remove_file(path).unwrap();
    }
}

const ALAC: &[(&str, usize)] = &[
    ("mp4/alac_s16_stereo_known_100003.m4a", 100_003),
    ("mp4/alac_s16_mono_16k.m4a", 48_007),
    ("mp4/alac_s24_stereo.m4a", 3_001),
    ("mp4/alac_s16_51.m4a", 12_007),
    ("mp4/alac_s24_51.m4a", 2_003),
    ("mp4/alac_moov_first.m4a", 3_001),
    ("mp4/alac_frag.mp4", 48_007),
];

#[test]
fn alac_is_bit_exact() {
    for (name, frames) in ALAC {
        let ours = load::<f32>(&data(name));
        assert_eq!(ours.len() / open(&data(name)).channels() as usize, *frames, "{name}");
        assert_eq!(max_difference(&ours, &ffmpeg(&data(name))), 0.0, "{name}");
        assert_exact(&data(name));
    }
    assert_exact(&data("mp4/alac_edit_both_ends.m4a"));
    let whole = load::<i16>(&data("mp4/alac_s16_mono_16k.m4a"));
    assert_eq!(load::<i16>(&data("mp4/alac_edit_both_ends.m4a")), whole[12_345..12_345 + 20_001]);
}

#[test]
fn adts_gives_every_packet() {
    for (name, frames) in [
        ("aac/stereo_44k_128.aac", 101_376),
        ("aac/stereo_48k_64.aac", 101_376),
        ("aac/mono_44k.aac", 4_096),
        ("aac/speech_16k_24.aac", 49_152),
        ("aac/intensity_off_twoloop.aac", 4_096),
        ("aac/tns_pns_low.aac", 41_984),
        ("aac/id3_prefix.aac", 4_096),
        ("aac/truncated.aac", 48_128),
    ] {
        let reader = open(&data(name));
        assert_eq!(reader.length(), ondes::audio::codec::Length::Exact(frames), "{name}");
        let is_truncated = reader.warnings().list().iter().any(|w| w.message.contains("truncated"));
        assert_eq!(is_truncated, name == "aac/truncated.aac", "{name}: {:?}", reader.warnings());
        assert_exact(&data(name));
    }
}

#[test]
fn quicktime_pcm_is_bit_exact() {
    for name in [
        "sowt", "twos", "in24", "in24_le", "in32", "fl32", "fl32_le", "fl64", "raw_u8", "s8", "ulaw", "alaw", "ima4",
        "ms_adpcm", "s24_51",
    ] {
        let path = data(&format!("mov/{name}.mov"));
        let ours = load::<f32>(&path);
        let theirs = ffmpeg(&path);
        assert_eq!(max_difference(&ours, &theirs[..ours.len()]), 0.0, "{name}");
        assert_exact(&path);
    }
    assert_eq!(open(&data("mov/s24_51.mov")).description().channel_mask, 0x3f);
}

#[test]
fn surround_is_in_wave_order() {
    for name in ["mp4/aac_51.m4a", "aac/51_48k.aac"] {
        let reader = open(&data(name));
        assert_eq!((reader.channels(), reader.description().channel_mask), (6, 0x3f), "{name}");
        assert_exact(&data(name));
    }
}

/// Damaged copies of a file: some bytes changed, or the end cut off.
fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut copy = bytes.to_vec();
    for _ in 0..1 + random.below(20) {
        let at = random.below(copy.len() as u64) as usize;
        copy[at] ^= 1 << random.below(8);
    }
    if random.below(4) == 0 {
        copy.truncate(random.below(copy.len() as u64) as usize);
    }
    copy
}

/// Reads all of a file in memory, in whatever state: without panic or hang.
fn read_through(bytes: Vec<u8>) {
    use ondes::audio::frames::{FramesMut, Layout};
    use ondes::audio::reader::{ReadOptions, Reader};
    let Ok(mut reader) = Reader::from_memory(std::sync::Arc::new(bytes), &ReadOptions::default()) else { return };
    let channels = reader.channels() as usize;
    let mut chunk = vec![0.0f32; 4096 * channels];
    for _ in 0..200 {
        match reader.read(FramesMut::new(&mut chunk, channels, Layout::Interleaved)) {
            Ok(1..) => {}
            _ => break,
        }
    }
}

#[test]
fn damage_never_panics() {
    let mut random = Random(0xda_4a6e);
    for name in [
        "aac/tns_pns_low.aac",
        "aac/51_48k.aac",
        "mp4/aac_moov_first.m4a",
        "mp4/aac_frag_default_base_moof.mp4",
        "mp4/alac_s24_51.m4a",
        "mp4/alac_s16_mono_16k.m4a",
        "mov/ms_adpcm.mov",
        "mov/in24_le.mov",
    ] {
        let bytes = std::fs::read(data(name)).unwrap();
        // The tables at one end of the file are hit as often as the packets.
        for round in 0..150 {
            let mut copy = damaged(&bytes, &mut random);
            if round % 2 == 0 && copy.len() > 1200 {
                let moov = copy.windows(4).position(|w| w == b"moov").unwrap_or(0);
                for _ in 0..4 {
                    let at = moov + random.below((copy.len() - moov).min(1200) as u64) as usize;
                    copy[at] = random.below(256) as u8;
                }
            }
            read_through(copy);
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_what_is_left() {
    for name in ["mp4/alac_moov_first.m4a", "aac/mono_44k.aac", "mp4/flac_in_mp4.mp4"] {
        let bytes = std::fs::read(data(name)).unwrap();
        for len in 0..bytes.len() {
            read_through(bytes[..len].to_vec());
        }
    }
}

/// Counts alone cost no bytes, so a file of some kilobytes could ask for gigabytes of table.
#[test]
fn fragments_declare_no_more_packets_than_there_are_bytes() {
    let make_box = |kind: &[u8; 4], parts: &[&[u8]]| {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, &body].concat()
    };
    let mut bytes = std::fs::read(data("mp4/aac_frag.mp4")).expect("the fixture is there");
    let count = bytes.len() as u32 / 2;
    // Track 1, data from byte 0 on, packets of one byte; then of two, so that each has to be listed.
    for size in [1u32, 2] {
        let header = [&[0, 0, 0, 0x11][..], &1u32.to_be_bytes(), &0u64.to_be_bytes(), &size.to_be_bytes()].concat();
        let run = make_box(b"trun", &[&[0, 0, 0, 1], &count.to_be_bytes(), &0u32.to_be_bytes()]);
        let track = make_box(b"traf", &[&make_box(b"tfhd", &[&header]), &run.repeat(1000)]);
        bytes.extend(make_box(b"moof", &[&track]));
    }
    let most = bytes.len() as u64 * 1024;
    let source = ondes::audio::source::ByteReader::from_memory(std::sync::Arc::new(bytes));
    let mut reader = ondes::audio::reader::Reader::from_source(source, Some("mp4"), &Default::default()).unwrap();
    assert!(reader.measure(&Cancel::new(), None).unwrap() <= most);
    let warning = &reader.warnings().list()[0].message;
    assert!(warning.contains("too many for the file"), "{warning}");
}
