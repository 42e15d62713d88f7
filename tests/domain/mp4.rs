//! MP4, M4A, QuickTime; AAC and ALAC; ADTS.

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
        assert_eq!(reader.measure().unwrap(), *frames as u64, "{name}");
        assert_eq!(load::<f32>(&data(name)).len() / channels, *frames, "{name}");
    }
}

#[test]
fn aac_windows_are_slices_of_the_full_decode() {
    for (name, _) in AAC_M4A {
        assert_exact(&data(name));
    }
}

/// Encodes the committed music with FFmpeg's command into a temporary file.
fn encode(name: &str, arguments: &[&str]) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("ondes-mp4-{}-{name}", std::process::id()));
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-i"])
        .arg(data("source/music.flac"))
        .args(arguments)
        .arg(&path)
        .status()
        .expect("ffmpeg (Debian package ffmpeg) runs");
    assert!(status.success());
    path
}

/// The same samples as FFmpeg decodes, where no noise is substituted:
/// that is random by design. FFmpeg trims the end no finer than a packet.
#[test]
fn aac_is_what_ffmpeg_decodes() {
    for (name, rate) in [("128k.m4a", "128k"), ("48k.m4a", "48k"), ("256k.m4a", "256k")] {
        let path = encode(name, &["-c:a", "aac", "-aac_pns", "0", "-b:a", rate]);
        let ours = load::<f32>(&path);
        let theirs = ffmpeg(&path);
        assert_eq!(ours.len(), 2 * 100_003);
        assert!(max_difference(&ours, &theirs[..ours.len()]) < 1e-4, "{name}");
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

/// The source in WAVE order comes back in WAVE order, as FFmpeg has it.
#[test]
fn surround_is_in_wave_order() {
    for name in ["mp4/aac_51.m4a", "aac/51_48k.aac"] {
        let reader = open(&data(name));
        assert_eq!((reader.channels(), reader.description().channel_mask), (6, 0x3f), "{name}");
        let ours = load::<f32>(&data(name));
        let theirs = ffmpeg(&data(name));
        eprintln!("{name} {:?}", max_difference(&ours, &theirs[..ours.len()]));
        assert_exact(&data(name));
    }
}
