#!/usr/bin/env python3
"""Works out what the cases of cases.json must give, without ondes, and writes the file.

    make_cases.py            writes cases.json
    make_cases.py --check    exit code 1 if it would be another one

README.md beside it tells the format. Needs NumPy, soundfile, and the commands ffmpeg, flac and opusdec; the versions
of Debian 12 gave what is in the file.
"""

from __future__ import annotations

import json
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from reference import (
    DATA,
    MANIFEST,
    TAGS,
    channels_of,
    ebur128,
    encoded,
    ffmpeg,
    levels,
    md5,
    opusdec,
    samples_as,
    soxr,
    whole,
)  # fmt: skip

CASES: list[dict[str, Any]] = []
NAMES: set[str] = set()
TWO_DECODERS = "FFmpeg and libsndfile, which agree"
FLAC = "FFmpeg and flac, which agree"
KNOWN = "tests/data/manifest.json"
BY_HAND = "by hand, after include/ondes.h"


def case(
    name: str, source: str, call: str, file: str | dict[str, Any] | None, expect: dict[str, Any], **more: Any
) -> None:
    if name in NAMES:
        raise ValueError(f"two cases are named {name!r}")
    NAMES.add(name)
    entry: dict[str, Any] = {"name": name, "source": source}
    if file is not None:
        entry["input"] = {"file": file} if isinstance(file, str) else file
    if "options" in more:
        entry["options"] = more.pop("options")
    entry["call"] = call
    if more:
        entry["with"] = {key.rstrip("_"): value for key, value in more.items()}
    entry["expect"] = expect
    CASES.append(entry)


def error(status: str, text: str, **more: Any) -> dict[str, Any]:
    return {"error": {"status": status, "text": text, **more}}


def decoders(file: str) -> str:
    if "reference_shift" in MANIFEST[file]:
        return "FFmpeg, and the source with fewer bits, which agree"
    return FLAC if file.endswith((".flac", ".oga")) else TWO_DECODERS


def length(frames: int, source: float, target: float) -> int:
    """ceil(frames * target / source)"""
    return math.ceil(Fraction(frames) * Fraction(target) / Fraction(source))


# ---- What a file is ----

CONTAINERS = {
    "wav": "WAV", "rf64": "RF64", "w64": "W64", "aiff": "AIFF", "aifc": "AIFC", "caf": "CAF", "au": "AU", "flac": "FLAC",
    "ogg": "Ogg", "mp3": "MPEG audio", "mp2": "MPEG audio", "mp1": "MPEG audio", "adts": "ADTS", "mp4": "MP4", "mov": "MP4",
    "matroska": "Matroska", "webm": "WebM",
}  # fmt: skip
CODECS = {
    "pcm_alaw": "A-law", "pcm_mulaw": "\u00b5-law", "adpcm_ms": "MS ADPCM", "adpcm_ima_wav": "IMA ADPCM", "flac": "FLAC",
    "alac": "ALAC", "mp1": "MP1", "mp2": "MP2", "mp3": "MP3", "vorbis": "Vorbis", "opus": "Opus", "aac": "AAC",
}  # fmt: skip
SAMPLES = {8: "int8", 12: "int16", 16: "int16", 20: "int24", 24: "int24", 32: "int32"}


def describe(file: str, sample: str, mask: int | None = None, **more: Any) -> None:
    known = MANIFEST[file]
    codec = known["codec"]
    expect = {
        "container": CONTAINERS[known["container"]],
        "codec": CODECS.get(codec, "PCM"),
        "sample": sample,
        "rate": known["rate"],
        "channels": known["channels"],
        "is_exact": True,
        "frames": known["frames"] or known["frames_untrimmed"],
        "output_rate": known["rate"],
        "output_channels": known["channels"],
        "warnings": 0,
    }
    if known.get("bits"):
        expect["bit_depth"] = known["bits"]
    if mask is not None:
        expect["channel_mask"] = mask
    case(f"info {file}", KNOWN, "info", file, {**expect, **more})


def infos() -> None:
    describe("wav/s16.wav", "int16")
    describe("wav/s24.wav", "int24")
    describe("wav/f32.wav", "float32", bit_depth=32)
    describe("wav/rf64_s16.wav", "int16") if "wav/rf64_s16.wav" in MANIFEST else None
    describe("w64/f32.w64", "float32")
    describe("aiff/s20_in_24.aiff", "int24")
    describe("aiff/sowt.aifc", "int16")
    describe("caf/s24_51.caf", "int24", 0x3F)
    describe("au/s32.au", "int32")
    describe("flac/s12.flac", "int16")
    describe("flac/s24_51.flac", "int24", 0x3F)
    describe("ogg/flac_s16.oga", "int16")
    describe("ogg/vorbis_51.ogg", "float32", 0x3F)
    describe("opus/stereo_96k_known_100003.opus", "float32")
    describe("mp3/vbr_v2.mp3", "float32")
    describe("mp3/mpeg25_8k_vbr.mp3", "float32")
    describe("mp2/stereo_44k_192.mp2", "float32")
    describe("mp1/mono_32k_128.mp1", "float32")
    describe("aac/stereo_44k_128.aac", "float32")
    describe("mp4/aac_moov_last_known_100003.m4a", "float32")
    describe("mp4/alac_s24_stereo.m4a", "int24")
    describe("mkv/pcm_s24.mka", "int24")
    describe("mkv/opus.webm", "float32")

    file = "wav/s16.wav"
    case("info of what options leave", BY_HAND, "info", file,
         {"frames": 3001, "rate": 44100, "channels": 2, "output_frames": length(3001, 44100, 16000),
          "output_rate": 16000, "output_channels": 1, "is_exact": True},
         options={"rate": 16000, "mono": True})  # fmt: skip
    case("info of a window in milliseconds", BY_HAND, "info", file, {"output_frames": 2205 - 441},
         options={"start": 10, "end": 50, "unit": "milliseconds"})  # fmt: skip
    case("info of a window in nanoseconds", BY_HAND, "info", file, {"output_frames": 1000},
         options={"start": round(1e9 * 1001 / 44100), "end": round(1e9 * 2001 / 44100), "unit": "nanoseconds"})  # fmt: skip
    case("info of a stream without an end", BY_HAND, "info", {"file": "au/unknown_size.au", "as": "pipe"},
         {"frames": "unknown", "is_exact": False})  # fmt: skip
    # Its last byte is no frame, which is a second thing to be told.
    case("info of a cut file", KNOWN, "info", "wav/truncated.wav",
         {"frames": 2000, "warnings": 2, "warning": "12004 bytes"})  # fmt: skip


# ---- Whole files, bit for bit ----


def lossless(file: str, sample: str, how: str = "path", layout: str = "interleaved") -> None:
    samples = samples_as(whole(file), sample)
    expect = {
        "frames": len(samples), "channels": channels_of(file), "rate": MANIFEST[file]["rate"],
        "md5": md5(samples, layout), "warnings": 0,
    }  # fmt: skip
    input = {"file": file} if how == "path" else {"file": file, "as": how}
    more = {} if layout == "interleaved" else {"layout": layout}
    name = " ".join(["load", file, "as", sample, *([layout] if more else []), *([how] if how != "path" else [])])
    case(name, decoders(file), "load", input, expect, sample=sample, **more)


def floats(file: str, sample: str) -> None:
    samples = ffmpeg(file, {"float32": "f32le", "float64": "f64le"}[sample])
    expect = {"frames": len(samples), "channels": channels_of(file), "md5": md5(samples)}
    case(f"load {file} as {sample}", "FFmpeg", "load", file, expect, sample=sample)


def whole_files() -> None:
    lossless("wav/s16.wav", "int16")
    lossless("wav/s16.wav", "float32", "memory")
    lossless("wav/s16.wav", "float64", "io")
    lossless("wav/s16.wav", "int32", "pipe")
    lossless("wav/s16.wav", "int64")
    lossless("wav/s16.wav", "uint8")
    lossless("wav/s16.wav", "int8", layout="planar")
    lossless("wav/u8.wav", "uint8")
    lossless("wav/s24.wav", "int24")
    lossless("wav/s24.wav", "int24", "io", "planar")
    lossless("wav/s24.wav", "float32")
    lossless("wav/s32.wav", "int32")
    lossless("wav/alaw.wav", "int16")
    lossless("w64/alaw.w64", "float32")
    lossless("aiff/s24.aiff", "int24")
    lossless("aiff/sowt.aifc", "int16", "pipe")
    lossless("aiff/ulaw.aifc", "int16")
    lossless("caf/s24_51.caf", "float32", layout="planar")
    lossless("au/s32.au", "float64", "memory")
    lossless("source/twelve.wav", "int16", layout="planar")
    lossless("flac/s16_known_100003.flac", "int16")
    lossless("flac/s16_known_100003.flac", "float32", "pipe", "planar")
    lossless("flac/s24_51.flac", "int32", "memory")
    lossless("flac/s12.flac", "int16")
    lossless("flac/s20.flac", "int24", "io")
    lossless("flac/variable_block_size.flac", "int16")
    lossless("ogg/flac_s16.oga", "int16", "pipe")
    floats("wav/f32.wav", "float32")
    floats("wav/f64.wav", "float64")
    for file in (
        "caf/alac_s24.caf",
        "mp4/alac_s24_stereo.m4a",
        "mp4/alac_s16_51.m4a",
        "mkv/flac24.mka",
        "mkv/pcm_s24.mka",
        "mp4/flac_in_mp4.mp4",
    ):
        samples = samples_as(ffmpeg(file, "s32le")[: MANIFEST[file]["frames"]], "int24")
        case(
            f"load {file} as int24",
            "FFmpeg",
            "load",
            file,
            {"frames": len(samples), "md5": md5(samples)},
            sample="int24",
        )

    for threads in (2, 4):
        file = "flac/s16_known_100003.flac"
        case(f"load {file} on {threads} threads", FLAC, "load", file,
             {"frames": 100003, "md5": md5(samples_as(whole(file), "int16"))},
             sample="int16", options={"threads": threads})  # fmt: skip


def options() -> None:
    file = "flac/s16_known_100003.flac"
    all = whole(file)

    def opened(name: str, frames: np.ndarray, sample: str, **options: Any) -> None:
        rate = options.get("rate", 44100)
        expect = {"frames": len(frames), "channels": frames.shape[1], "rate": rate, "md5": md5(frames)}
        case(f"load {name}", FLAC, "load", file, expect, sample=sample, options=options)

    opened("a window in frames", samples_as(all[5000:7001], "int16"), "int16", start=5000, end=7001)
    opened("from a frame on", samples_as(all[99000:], "float32"), "float32", start=99000)
    opened("a window in milliseconds", samples_as(all[1001 * 44100 // 1000 : 1999 * 44100 // 1000], "int16"), "int16",
           start=1001, end=1999, unit="milliseconds")  # fmt: skip
    opened("the first channel", samples_as(all[:, :1], "int16"), "int16", channels=1)
    # The mean of two 16-bit samples is exact in a float.
    mono = ((all[:, :1].astype(np.int64) + all[:, 1:]) / 2**32).astype("<f4")
    opened("the mean of both channels", mono, "float32", mono=True)
    silence = np.zeros((1000, 2), "<i4")
    opened("silence after the end", samples_as(np.concatenate([all[100000:], silence[3:]]), "int16"), "int16",
           start=100000, end=101000, ending="silence")  # fmt: skip
    opened("the window again after the end", samples_as(np.concatenate([all[100000:]] * 3)[:8], "int16"), "int16",
           start=100000, end=100008, ending="repeat")  # fmt: skip
    opened("less than the window", samples_as(all[100000:], "int16"), "int16", start=100000, end=101000, ending="short")
    held = all[(np.arange(length(100003, 44100, 8000)) * 44100) // 8000]
    opened(
        "at another rate, each frame held", samples_as(held, "float32"), "float32", rate=8000, quality="zero_order_hold"
    )
    case("load from a position on", FLAC, "load", file, {"frames": 3, "md5": md5(samples_as(all[-3:], "int16"))},
         sample="int16", seek=100000)  # fmt: skip
    case("load into memory that holds it", FLAC, "load", file, {"frames": 100003, "md5": md5(samples_as(all, "int16"))},
         sample="int16", capacity=100010)  # fmt: skip
    case("load into memory that is too small", BY_HAND, "load", file, error("OUT_OF_RANGE", "100002 frames"),
         sample="int16", capacity=100002)  # fmt: skip
    case("load with a token that is set", BY_HAND, "load", file, error("CANCELLED", "cancelled"), cancelled=True)
    case(
        "load the silence of an empty window",
        BY_HAND,
        "load",
        file,
        {"frames": 0, "md5": md5(all[:0])},
        sample="int16",
        seek=100003,
    )

    for name, text, bad in (
        ("an end before the start", "start", {"start": 10, "end": 5}),
        ("mono and channels", "mono", {"mono": True, "channels": 1}),
        ("more channels than there are", "channels", {"channels": 3}),
        ("a rate of 1 Hz", "256:1", {"rate": 1}),
    ):
        case(f"open with {name}", BY_HAND, "load", file, error("INVALID_ARGUMENT", text), options=bad)


# ---- Lossy files: the level of each channel, by another decoder ----


def near(name: str, source: str, call: str, file: str, reference: np.ndarray, **more: Any) -> None:
    case(name, source, call, file, {"frames": len(reference), **lossy_levels(file, reference)}, **more)


def lossy_levels(file: str, reference: np.ndarray) -> dict[str, Any]:
    """Within a step of 16 bits: decoders round each in their own way. AAC has noise that each decoder makes itself."""
    if MANIFEST[file]["codec"] == "aac":
        return {"rms": levels(reference)["rms"], "tolerance": 5.0}
    return {**levels(reference), "tolerance": 1.0}


def lossy_samples(file: str) -> np.ndarray:
    if file.endswith(".opus"):
        return opusdec(file)
    known = MANIFEST[file]
    frames = known["frames"] or known["frames_untrimmed"]
    before = () if known["frames"] else ("-flags2", "+skip_manual")
    return ffmpeg(file, "f32le", *before)[:frames]


LOSSY = (
    "mp3/vbr_v2.mp3", "mp3/cbr_128_known_100003.mp3", "mp3/mpeg25_8k_vbr.mp3", "mp3/mono_64.mp3", "mp2/stereo_44k_192.mp2",
    "mp1/stereo_44k_384.mp1", "ogg/vorbis_q5_known_100003.ogg", "ogg/vorbis_51.ogg", "opus/stereo_96k_known_100003.opus",
    "opus/51.opus", "mp4/aac_moov_last_known_100003.m4a", "aac/stereo_44k_128.aac",
)  # fmt: skip


def lossy() -> None:
    for file in LOSSY:
        source = "opusdec (libopus)" if file.endswith(".opus") else "FFmpeg"
        near(f"load {file}", source, "load", file, lossy_samples(file))
    # Places where the level changes within some frames: a decode that is misplaced by one has another.
    for file, seek in (("mp3/vbr_v2.mp3", 50011), ("ogg/vorbis_q5_known_100003.ogg", 33333),
                       ("opus/stereo_96k_known_100003.opus", 77777), ("mp4/aac_moov_last_known_100003.m4a", 99950)):  # fmt: skip
        source = "opusdec (libopus)" if file.endswith(".opus") else "FFmpeg"
        window = lossy_samples(file)[seek : seek + 100]
        case(f"read {file} at {seek}", source, "read", file,
             {"frames": len(window), **lossy_levels(file, window), "tell": seek + len(window)},
             seek=seek, frames=100)  # fmt: skip
    file = "mp3/vbr_v2.mp3"
    trimmed = lossy_samples(file)
    untrimmed = ffmpeg(file, "f32le", "-flags2", "+skip_manual")
    case("load an MP3 file with delay and padding", "FFmpeg", "load", file,
         {"frames": 88 * 1152, **levels(untrimmed[: 88 * 1152]), "tolerance": 1.0}, options={"trim": False})  # fmt: skip
    assert len(untrimmed) > len(trimmed)
    file = "flac/s16_known_100003.flac"
    case(
        "load music at 16 kHz mono",
        "soxr through FFmpeg",
        "load",
        file,
        resampled(file, 16000, True),
        options={"rate": 16000, "mono": True},
    )


def resampled(file: str, rate: int, mono: bool = False) -> dict[str, Any]:
    """The level at another rate by libsoxr, whose band ends a little elsewhere."""
    frames = length(MANIFEST[file]["frames"], MANIFEST[file]["rate"], rate)
    return {"frames": frames, "rms": levels(soxr(file, rate, mono))["rms"], "tolerance": 2.0}


# ---- Parts, lengths, checksums, damage ----


def parts() -> None:
    file = "flac/s16_known_100003.flac"
    all = samples_as(whole(file), "int16")

    def window(name: str, seek: int, frames: int, source: str = FLAC, **more: Any) -> None:
        part = all[seek : seek + frames]
        layout = more.get("layout", "interleaved")
        case(name, source, "read", more.pop("input", file),
             {"frames": len(part), "md5": md5(part, layout), "tell": seek + len(part)},
             sample="int16", seek=seek, frames=frames, **more)  # fmt: skip

    window("read after a seek", 44100, 1000)
    window("read planes after a seek", 12345, 777, layout="planar")
    window("read back after reading", 17, 100, skip=60000)
    window("read at the end", 100003, 10)
    window("read over the end", 100000, 10)
    window("read from callbacks after a seek", 77777, 555, input={"file": file, "as": "io"})
    window("read forward in a pipe", 30000, 100, input={"file": file, "as": "pipe"}, skip=5)
    part = samples_as(whole("flac/s16_level8_noseektable.flac"), "int16")[2001:2101]
    case("read a FLAC file without a seek table", FLAC, "read", "flac/s16_level8_noseektable.flac",
         {"frames": 100, "md5": md5(part), "tell": 2101}, sample="int16", seek=2001, frames=100)  # fmt: skip
    case("seek beyond the end", BY_HAND, "read", file, error("OUT_OF_RANGE", "100003"), seek=100004, frames=1)
    case(
        "seek back in a pipe",
        BY_HAND,
        "read",
        {"file": file, "as": "pipe"},
        error("NOT_SEEKABLE", "seek"),
        skip=60000,
        seek=1,
        frames=1,
    )

    case(
        "read through in odd pieces",
        FLAC,
        "chunks",
        file,
        {"frames": 100003, "channels": 2, "md5": md5(all)},
        sample="int16",
        size=777,
    )
    case(
        "read through planes from memory",
        FLAC,
        "chunks",
        {"file": file, "as": "memory"},
        {"frames": 100003, "md5": md5(all)},
        sample="int16",
        size=10007,
    )

    for name in ("flac/unknown_total.flac", "mp3/cbr_128_no_tag.mp3", "aac/stereo_44k_128.aac", "ogg/vorbis_q5_known_100003.ogg",
                 "mp4/aac_edit_both_ends.m4a", "mkv/opus_streamed.webm"):  # fmt: skip
        known = MANIFEST[name]
        case(f"measure {name}", KNOWN, "measure", name, {"frames": known["frames"] or known["frames_untrimmed"]})
    case(
        "measure what is converted",
        BY_HAND,
        "measure",
        file,
        {"frames": length(50000, 44100, 8000)},
        options={"end": 50000, "rate": 8000},
    )
    case("measure a pipe that does not tell", BY_HAND, "measure", {"file": "mp3/cbr_128_no_tag.mp3", "as": "pipe"},
         error("NOT_SEEKABLE", "forward"))  # fmt: skip

    case("verify a FLAC file", "metaflac --show-md5sum, and flac --test", "verify", file, {"checksum": "match"})
    case("verify a FLAC file with a wrong MD5", KNOWN, "verify", "flac/wrong_md5.flac", {"checksum": "mismatch"})
    case("verify a file without a checksum", KNOWN, "verify", "wav/s16.wav", {"checksum": "none"})

    case("a change of rate in mid-stream", KNOWN, "chunks", "ogg/vorbis_chained_rates.ogg",
         {"frames": 3001, **error("FORMAT_CHANGED", "48000")}, size=500)  # fmt: skip
    case("a change of channels in mid-stream", KNOWN, "chunks", "ogg/vorbis_chained_channels.ogg",
         {"frames": 3001, **error("FORMAT_CHANGED", "channel")}, size=4096)  # fmt: skip
    for file in ("aiff/truncated.aiff", "au/truncated.au", "bad/ds64_2_40_frames.wav", "bad/total_2_36.flac"):
        case(f"load {file}", KNOWN, "load", file, {"frames": MANIFEST[file]["frames"], "warnings": 1})
    # What is cut away is what the whole file has.
    part = samples_as(whole("wav/s16.wav"), "int16")[:1989]
    case("load a file that was cut in mid-frame", TWO_DECODERS, "load", {"file": "wav/s16.wav", "as": "memory", "cut": 44 + 1989 * 4 + 3},
         {"frames": 1989, "md5": md5(part), "warnings": 2}, sample="int16")  # fmt: skip
    case("load a cut file strictly", BY_HAND, "load", {"file": "wav/s16.wav", "as": "io", "cut": 8000}, error("MALFORMED", "s16.wav"),
         options={"strict": True})  # fmt: skip
    case("load a file whose header lies of its rate", BY_HAND, "info",
         {"file": "wav/s16.wav", "as": "memory", "patch": {"at": 24, "bytes": "80bb0000"}}, {"rate": 48000, "frames": 3001})  # fmt: skip


def refused() -> None:
    for file in ("bad/empty.wav", "bad/text.mp3", "bad/rate_0.wav", "bad/channels_65535.wav", "bad/no_comm.aiff", "bad/desc_only.caf",
                 "bad/metadata_past_end.flac", "bad/vorbis_rate_0.ogg", "bad/opus_version_15.opus", "bad/moov_empty.m4a",
                 "bad/no_tracks.mka", "unsupported/gsm610.wav", "unsupported/ac3.mp4", "unsupported/speex.ogg"):  # fmt: skip
        known = MANIFEST[file]
        case(f"open {file}", KNOWN, "info", file, error(known["error"].upper(), known.get("message", file)))
    case("open nothing", BY_HAND, "info", "no/such/file.wav", error("NOT_FOUND", "no/such/file.wav"))
    case("open a folder", BY_HAND, "info", "wav", error("IS_DIRECTORY", "wav"))
    case(
        "open a stream that fails",
        BY_HAND,
        "load",
        {"file": "flac/s16_known_100003.flac", "as": "failing"},
        error("CALLBACK", "read"),
    )
    case(
        "open an empty block of memory",
        BY_HAND,
        "info",
        {"file": "wav/s16.wav", "as": "memory", "cut": 0},
        error("UNRECOGNIZED", "s16.wav"),
    )


# ---- Tags and loudness ----


def tags() -> None:
    def expected(file: str) -> dict[str, Any]:
        known = TAGS[file]
        return {
            "texts": sorted((f"{key}={value}" for key, value in known["tags"]), key=lambda text: text.encode()),
            "pictures": [f"{p['kind']} {p['mime']} {p['bytes']} {p['description']}" for p in known["pictures"]],
            "is_complete": known["complete"],
        }

    for file in ("ffmpeg_id3v24.mp3", "metaflac.flac", "mutagen.m4a", "oggenc.ogg", "opusenc.opus", "ffmpeg_info.wav", "sox_comments.aiff",
                 "mkvmerge_tags_last.mka", "id3v1_ape.mp3"):  # fmt: skip
        case(f"tags of {file}", "tests/data/tags/tags.json", "tags", f"tags/{file}", expected(file))
    file = "mutagen_id3v24_many.mp3"
    case(
        f"tags alone of {file}",
        "tests/data/tags/tags.json",
        "tags",
        {"file": f"tags/{file}", "as": "memory"},
        expected(file),
        from_="file",
    )
    case(
        "tags alone from callbacks",
        "tests/data/tags/tags.json",
        "tags",
        {"file": "tags/ffmpeg.aiff", "as": "io"},
        expected("ffmpeg.aiff"),
        from_="file",
    )
    file = "id3v23_unsynchronised.mp3"
    case(
        "tags of which a part cannot be read",
        "tests/data/tags/tags.json",
        "tags",
        f"tags/{file}",
        expected(file),
        from_="file",
    )
    case(
        "tags of a file without any", BY_HAND, "tags", "wav/s16.wav", {"texts": [], "pictures": [], "is_complete": True}
    )
    case("tags of what is no audio", KNOWN, "tags", "bad/text.wav", error("UNRECOGNIZED", "text.wav"), from_="file")


def loudness() -> None:
    for file in ("source/music.flac", "source/speech.flac", "source/music48.flac"):
        known = ebur128(file)
        known.pop("range")  # the clips are shorter than it needs to mean something
        case(f"loudness of {file}", "FFmpeg's ebur128 filter", "loudness", file,
             {"frames": MANIFEST[file]["frames"],
              **{name: round(value, 4) for name, value in known.items()}, "tolerance": 0.06})  # fmt: skip
    case("loudness without the true peak", BY_HAND, "loudness", "source/clip.flac",
         {"frames": 3001, "integrated": "nan", "range": "nan", "max_momentary": "nan", "max_short_term": "nan", "true_peak": "nan", "tolerance": 0},
         true_peak=False)  # fmt: skip
    peak = np.abs(whole("source/clip.flac")[1000:].astype(np.int64)).max() / 2**31
    case(
        "loudness from a position on",
        FLAC,
        "loudness",
        "source/clip.flac",
        {"frames": 2001, "sample_peak": float(peak), "tolerance": 0},
        seek=1000,
    )
    case(
        "loudness of a rate that has none",
        BY_HAND,
        "loudness",
        "source/clip.flac",
        error("UNSUPPORTED", "3000 Hz"),
        options={"rate": 3000},
    )


# ---- Writing ----


def big(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def little(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little")


def writing() -> None:
    import hashlib

    file = "source/clip.flac"
    all = whole(file)

    def written(name: str, form: str, container: str, codec: str, sample: str, **more: Any) -> None:
        samples = samples_as(all, sample)
        expect = {"frames": 3001, "container": container, "codec": codec,
                  "read": {"frames": 3001, "rate": 44100, "channels": 2, "md5": md5(samples)}}  # fmt: skip
        expect.update(more.pop("expect", {}))
        case(f"write {name}", FLAC, "write", file, expect, format=form, sample=sample, **more)

    written("WAV", "wav", "WAV", "PCM", "int16")
    written("WAV of 24 bits to a path", "wav", "WAV", "PCM", "int24", file_sample="int24", to="path")
    written("WAV of floats, piece by piece", "wav", "WAV", "PCM", "float32", file_sample="float32", chunk=700)
    written("WAV to callbacks, flushed on the way", "wav", "WAV", "PCM", "int16", to="io", chunk=1000, flush=True)
    written("AIFF of 24 bits", "aiff", "AIFF", "PCM", "int24", file_sample="int24")
    written("CAF of floats from planes", "caf", "CAF", "PCM", "float64", file_sample="float64", layout="planar")
    written("FLAC", "flac", "FLAC", "FLAC", "int16")
    written("FLAC of 24 bits at once", "flac", "FLAC", "FLAC", "int24", file_sample="int24", to="encode", quality="8")
    written("FLAC on two threads, atomically", "flac", "FLAC", "FLAC", "int16", to="path", threads=2, atomic=True)
    written("FLAC to a pipe", "flac", "FLAC", "FLAC", "int16", to="pipe")
    written("ALAC", "alac", "CAF", "ALAC", "int16")
    # The bytes of these are known from their specifications alone: AIFF 1.3, EBU Tech 3306 (a WAV file with room to
    # become RF64), CAF 1.0.
    data = samples_as(all, "int16").tobytes()
    turned = samples_as(all, "int16").byteswap().tobytes()
    wav = (
        b"WAVEJUNK"
        + little(28, 4)
        + bytes(28)
        + b"fmt "
        + b"".join(
            little(value, size) for value, size in ((16, 4), (1, 2), (2, 2), (44100, 4), (176400, 4), (4, 2), (16, 2))
        )
    )
    wav += b"data" + little(len(data), 4) + data
    written("WAV, byte by byte", "wav", "WAV", "PCM", "int16",
            expect={"bytes": hashlib.md5(b"RIFF" + little(len(wav), 4) + wav).hexdigest()})  # fmt: skip
    extended = b"\x40\x0e\xac\x44\0\0\0\0\0\0"  # 44100 as an 80-bit float: 2^14 * 44100 / 2^14
    aiff = b"AIFFCOMM" + big(18, 4) + big(2, 2) + big(3001, 4) + big(16, 2) + extended
    aiff += b"SSND" + big(8 + len(turned), 4) + bytes(8) + turned
    written("AIFF, byte by byte", "aiff", "AIFF", "PCM", "int16",
            expect={"bytes": hashlib.md5(b"FORM" + big(len(aiff), 4) + aiff).hexdigest()})  # fmt: skip

    for form, quality, codec, container, encoder in (("mp3", "192", "MP3", "MPEG audio", "libmp3lame"), ("ogg", "192", "Vorbis", "Ogg", "libvorbis"),
                                                     ("opus", "128", "Opus", "Ogg", "libopus")):  # fmt: skip
        source = "source/music48.flac"
        known = levels(encoded(source, encoder, quality))["rms"]
        case(f"write {codec}", f"the level after {encoder} through FFmpeg", "write", source,
             {"frames": 100003, "container": container, "codec": codec,
              "read": {"frames": 100003, "rate": 48000, "channels": 2, "rms": known}, "tolerance": round(0.01 * known[0], 1)},
             format=form, quality=quality)  # fmt: skip

    notes = ["title=Ondes \u2014 \u6ce2", "artist=one", "artist=two", "tracknumber=3", "OWN KEY=kept"]
    for form in ("flac", "wav", "mp3", "aiff", "opus"):
        source = "source/music48.flac"
        case(f"write tags into {form}", BY_HAND, "write", source, {"frames": 100003, "texts": sorted(notes, key=lambda t: t.encode())},
             format=form, tags=notes)  # fmt: skip
    case("write what is like another file", BY_HAND, "write", "flac/s24.flac",
         {"frames": 3001, "read": {"frames": 3001, "rate": 44100, "channels": 2, "md5": md5(samples_as(whole("flac/s24.flac"), "int24"))}},
         format="wav", like=True, sample="int24")  # fmt: skip

    case("write to no format", BY_HAND, "write", file, error("INVALID_ARGUMENT", "nonsense"), format="nonsense")
    case(
        "write a quality that there is not",
        BY_HAND,
        "write",
        file,
        error("INVALID_ARGUMENT", "quality"),
        format="flac",
        quality="best of all",
    )
    case(
        "write more channels than MP3 has",
        BY_HAND,
        "write",
        "source/surround.flac",
        error("INVALID_ARGUMENT", "channels"),
        format="mp3",
    )
    case("write a rate that Opus has not", BY_HAND, "write", file, error("INVALID_ARGUMENT", "44100"), format="opus")
    case(
        "write samples that FLAC has not",
        BY_HAND,
        "write",
        file,
        error("INVALID_ARGUMENT", "float32"),
        format="flac",
        file_sample="float32",
    )
    case(
        "write into a folder that is not there",
        BY_HAND,
        "write",
        file,
        error("NOT_FOUND", "no/such/folder"),
        to="path",
        path="no/such/folder/a.wav",
    )
    case(
        "write to a full device",
        BY_HAND,
        "write",
        file,
        error("NO_SPACE", "/dev/full"),
        to="path",
        path="/dev/full",
        format="wav",
    )
    case("write onto a folder", BY_HAND, "write", file, error("IS_DIRECTORY", "/"), to="path", path="/", format="wav")
    case("write after the end", BY_HAND, "write", file, error("CLOSED", "finished"), format="wav", finish=2)
    case(
        "write ALAC to what cannot seek",
        BY_HAND,
        "write",
        file,
        error("NOT_SEEKABLE", "seek"),
        format="alac",
        to="pipe",
    )
    case("flush FLAC", BY_HAND, "write", file, error("UNSUPPORTED", "FLAC"), format="flac", flush=True)


def transcoding() -> None:
    file = "flac/s24.flac"
    samples = samples_as(whole(file), "int24")
    case("transcode FLAC to CAF as it is", FLAC, "transcode", file,
         {"frames": 3001, "container": "CAF", "codec": "PCM", "read": {"frames": 3001, "rate": 44100, "channels": 2, "md5": md5(samples)}},
         format="caf", sample="int24")  # fmt: skip
    file = "wav/s16.wav"
    case("transcode a window to ALAC on a path", TWO_DECODERS, "transcode", file,
         {"frames": 1500, "container": "CAF", "codec": "ALAC", "read": {"frames": 1500, "md5": md5(samples_as(whole(file)[1000:2500], "int16"))}},
         format="alac", to="path", sample="int16", options={"start": 1000, "end": 2500})  # fmt: skip
    mono = whole("source/mono.flac")
    case("transcode mono to two channels", FLAC, "transcode", "source/mono.flac",
         {"frames": 3001, "read": {"frames": 3001, "channels": 2, "md5": md5(samples_as(np.repeat(mono, 2, 1), "int16"))}},
         format="wav", channels=2, sample="int16")  # fmt: skip
    case("transcode with tags", "tests/data/tags/tags.json", "transcode", "tags/ffmpeg_id3v24.mp3",
         {"texts": sorted((f"{k}={v}" for k, v in TAGS["ffmpeg_id3v24.mp3"]["tags"] if k != "encoder"), key=lambda t: t.encode())},
         format="flac")  # fmt: skip
    file = "flac/s16_known_100003.flac"
    known = resampled(file, 16000)
    case("transcode to another rate", "soxr through FFmpeg", "transcode", file,
         {"frames": known["frames"], "read": {"frames": known["frames"], "rate": 16000, "rms": known["rms"]}, "tolerance": 2.0},
         format="wav", rate=16000, file_sample="float32")  # fmt: skip
    case(
        "transcode with a token that is set",
        BY_HAND,
        "transcode",
        file,
        error("CANCELLED", "cancelled"),
        format="wav",
        cancelled=True,
    )
    case(
        "transcode 5.1 to two channels",
        BY_HAND,
        "transcode",
        "source/surround.flac",
        error("INVALID_ARGUMENT", "channels"),
        format="wav",
        channels=2,
    )


# ---- Rates ----


def rates() -> None:
    file = "flac/s16_known_100003.flac"
    all = whole(file)

    def held(rate: float) -> np.ndarray:
        ratio = Fraction(44100) / Fraction(rate)
        return all[np.arange(length(100003, 44100, rate), dtype=np.int64) * ratio.numerator // ratio.denominator]

    for rate, chunk in ((8000, 1000), (96000, 4096), (44100.5, 100003)):
        frames = samples_as(held(rate), "float32")
        case(f"resample to {rate} Hz, each frame held", FLAC + "; then arithmetic", "resample", file,
             {"frames": len(frames), "md5": md5(frames)}, rate=rate, quality="zero_order_hold", chunk=chunk)  # fmt: skip
    for quality in ("balanced", "fast", "best"):
        case(f"resample to 48 kHz, {quality}", "soxr through FFmpeg", "resample", file, resampled(file, 48000),
             rate=48000, quality=quality, chunk=777, **({"sample": "float64"} if quality == "best" else {}))  # fmt: skip
    case(
        "resample to the same rate",
        FLAC,
        "resample",
        file,
        {"frames": 100003, "md5": md5(samples_as(all, "float32"))},
        rate=44100,
        chunk=512,
    )
    case(
        "resample to more than 256:1",
        BY_HAND,
        "resample",
        "source/clip.flac",
        error("INVALID_ARGUMENT", "256"),
        rate=100,
        chunk=100,
    )
    case(
        "resample to no rate",
        BY_HAND,
        "resample",
        "source/clip.flac",
        error("INVALID_ARGUMENT", "rate"),
        rate=0,
        chunk=100,
    )

    # From 65536 frames of output on, a clip is converted on as many threads as the case allows.
    for rate, more in ((8000, {}), (22050.75, {"sample": "float64"}), (96000, {"layout": "planar", "threads": 2})):
        frames = samples_as(held(rate), more.get("sample", "float32"))
        case(f"a clip at {rate} Hz, each frame held", FLAC + "; then arithmetic", "resample_clip", file,
             {"frames": len(frames), "channels": 2, "rate": round(rate), "md5": md5(frames, more.get("layout", "interleaved"))},
             rate=rate, quality="zero_order_hold", **more)  # fmt: skip
    for quality in ("balanced", "fast", "best"):
        case(f"a clip at 48 kHz, {quality}", "soxr through FFmpeg", "resample_clip", file, resampled(file, 48000),
             rate=48000, quality=quality, threads=2)  # fmt: skip
    case(
        "a clip at the same rate",
        FLAC,
        "resample_clip",
        file,
        {"frames": 100003, "rate": 44100, "md5": md5(samples_as(all, "float64"))},
        rate=44100,
        sample="float64",
    )
    for name, wrong, text in (("more than 256:1", 100, "256"), ("no rate", 0, "rate")):
        case(
            f"a clip at {name}",
            BY_HAND,
            "resample_clip",
            "source/clip.flac",
            error("INVALID_ARGUMENT", text),
            rate=wrong,
        )
    case(
        "a clip with a token that is set",
        BY_HAND,
        "resample_clip",
        file,
        error("CANCELLED", "cancelled"),
        rate=48000,
        cancelled=True,
    )

    view = samples_as(held(8000), "float32")
    case("a view at another rate", FLAC + "; then arithmetic", "resampled", file,
         {"length": len(view), "frames": len(view), "md5": md5(view), "tell": len(view)}, rate=8000, quality="zero_order_hold")  # fmt: skip
    case("a part of a view at another rate", FLAC + "; then arithmetic", "resampled", file,
         {"frames": 100, "md5": md5(view[9000:9100]), "tell": 9100}, rate=8000, quality="zero_order_hold", seek=9000, frames=100)  # fmt: skip
    case("a view of integers", FLAC + "; then arithmetic", "resampled", file,
         {"md5": md5(samples_as(held(22050), "int16"))}, rate=22050, quality="zero_order_hold", sample="int16")  # fmt: skip
    case(
        "a view beyond its end",
        BY_HAND,
        "resampled",
        file,
        error("OUT_OF_RANGE", str(len(view))),
        rate=8000,
        seek=len(view) + 1,
        frames=1,
    )
    case(
        "a view whose reader was freed",
        BY_HAND,
        "resampled",
        file,
        error("CLOSED", "reader"),
        rate=8000,
        free_reader=True,
    )
    case("a view at no rate", BY_HAND, "resampled", file, error("INVALID_ARGUMENT", "rate"), rate=-1)


# ---- Maps and numbers ----


def maps() -> None:
    clip = whole("source/clip.flac")
    case("map WAV", TWO_DECODERS, "map", "wav/s16.wav",
         {"container": "WAV", "file_sample": "int16", "bit_depth": 16, "byte_order": "little", "channels": 2, "rate": 44100, "frames": 3001,
          "frame_stride": 4, "channel_stride": 2, "tail": 0, "read": {"frames": 3001, "md5": md5(samples_as(clip, "float32"))}})  # fmt: skip
    case("map a window of AIFF", TWO_DECODERS, "map", "aiff/s24.aiff",
         {"container": "AIFF", "file_sample": "int24", "byte_order": "big", "frame_stride": 6, "channel_stride": 3,
          "read": {"frames": 100, "md5": md5(samples_as(whole("aiff/s24.aiff")[2000:2100], "int24"))}},
         seek=2000, frames=100, sample="int24", mode="copy_on_write")  # fmt: skip
    case("map AU, buffered", TWO_DECODERS, "map", "au/s32.au",
         {"container": "AU", "file_sample": "int32", "byte_order": "big", "offset": int.from_bytes((DATA / "au/s32.au").read_bytes()[4:8], "big"),
          "read": {"frames": 3001, "md5": md5(samples_as(whole("au/s32.au"), "int32"))}}, buffered=True, sample="int32")  # fmt: skip
    raw = (DATA / "wav/s16.wav").read_bytes()
    at = raw.index(b"data") + 8
    case("map samples that no header tells", TWO_DECODERS, "map", "wav/s16.wav",
         {"container": "unknown", "file_sample": "int16", "byte_order": "little", "channels": 2, "rate": 8000, "frames": 3000, "offset": at, "tail": 4,
          "read": {"frames": 3000, "md5": md5(samples_as(clip[:3000], "int16"))}},
         form={"sample": "int16", "byte_order": "little", "channels": 2, "rate": 8000, "offset": at, "tail": len(raw) - at - 3000 * 4},
         sample="int16")  # fmt: skip
    case("map FLAC", BY_HAND, "map", "source/clip.flac", error("UNSUPPORTED", "FLAC"))
    case("map beyond the end", BY_HAND, "map", "wav/s16.wav", error("OUT_OF_RANGE", "3001"), seek=3002, frames=1)
    case("map nothing", BY_HAND, "map", "no/such/file.wav", error("NOT_FOUND", "no/such/file.wav"))
    case("map a cut file", KNOWN, "map", "wav/truncated.wav", {"frames": 2000, "read": {"frames": 2000}})
    case("map a form without channels", BY_HAND, "map", "wav/s16.wav", error("INVALID_ARGUMENT", "channels"),
         form={"sample": "int16", "byte_order": "little", "channels": 0, "rate": 0, "offset": 0, "tail": 0})  # fmt: skip

    block = np.zeros((5000, 2), "<i4")
    block[1500:4501] = clip
    case("make a map and write into it", FLAC, "map_create", "source/clip.flac",
         {"container": "WAV", "read": {"frames": 5000, "md5": md5(samples_as(block, "int24"))}},
         form={"sample": "int24", "channels": 2, "rate": 44100, "frames": 5000}, sample="int24", at=1500)  # fmt: skip
    case("make a map and let it grow", FLAC, "map_create", "source/clip.flac",
         {"read": {"frames": 4501, "md5": md5(samples_as(block[:4501], "int16"))}},
         form={"sample": "int16", "channels": 2, "rate": 44100, "frames": 1000}, sample="int16", append=3501, at=1500)  # fmt: skip
    import hashlib

    samples = samples_as(clip, "int16").tobytes()
    case("make a raw map", FLAC, "map_create", "source/clip.flac", {"bytes": hashlib.md5(samples).hexdigest()},
         form={"sample": "int16", "channels": 2, "rate": 44100, "frames": 3001}, raw=True, sample="int16", at=0)  # fmt: skip
    size = len(samples)
    header = (b"RIFF" + (size + 36).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little") + b"\1\0\2\0"
              + (44100).to_bytes(4, "little") + (176400).to_bytes(4, "little") + b"\4\0\x10\0data" + size.to_bytes(4, "little"))  # fmt: skip
    case("make a map with wavemap's header", FLAC + "; the header by hand", "map_create", "source/clip.flac",
         {"bytes": hashlib.md5(header + samples).hexdigest()},
         form={"sample": "int16", "channels": 2, "rate": 44100, "frames": 3001}, wavemap_header=True, sample="int16", at=0)  # fmt: skip
    case("make a map of no channels", BY_HAND, "map_create", "source/clip.flac", error("INVALID_ARGUMENT", "channels"),
         form={"sample": "int16", "channels": 0, "rate": 44100, "frames": 10}, at=0)  # fmt: skip
    case("write more than a map holds", BY_HAND, "map_create", "source/clip.flac", error("OUT_OF_RANGE", "3000"),
         form={"sample": "int16", "channels": 2, "rate": 44100, "frames": 3000}, sample="int16", at=0)  # fmt: skip


def numbers() -> None:
    def convert(source: str, target: str, given: list[float], wanted: list[float]) -> None:
        kinds = {"float32": "<f4", "float64": "<f8", "uint8": "u1", "int8": "i1"}
        kind = lambda name: kinds.get(name, f"<{name[0]}{int(''.join(filter(str.isdigit, name))) // 8}")  # noqa: E731
        case(f"convert {source} to {target}", "by hand, after wavemap's documentation", "convert", None,
             {"bytes": np.array(wanted, kind(target)).tobytes().hex()},
             from_=source, to=target, bytes=np.array(given, kind(source)).tobytes().hex())  # fmt: skip

    convert("int16", "float32", [-32768, 32767], [-1.0, 1.0])
    convert("uint8", "float64", [0, 255], [-1.0, 1.0])
    convert("float32", "int16", [-1.0, 1.0, 2.0, -2.0], [-32768, 32767, 32767, -32768])
    convert("float64", "uint8", [-1.0, 1.0, math.inf], [0, 255, 255])
    convert("int16", "uint16", [-32768, 0, 32767], [0, 32768, 65535])
    convert("int16", "int8", [-32768, 0, 32767, 255, 256], [-128, 0, 127, 0, 1])


# ---- Many files ----


def batches() -> None:
    music = "flac/s16_known_100003.flac"

    def item(file: str, sample: str, layout: str = "interleaved") -> dict[str, Any]:
        samples = samples_as(whole(file), sample)
        return {
            "frames": len(samples),
            "channels": channels_of(file),
            "rate": MANIFEST[file]["rate"],
            "md5": md5(samples, layout),
        }

    inputs = [{"file": music}, {"file": "bad/text.wav"}, {"file": "wav/s16.wav", "as": "memory"}, {"file": "no/such/file.wav"},
              {"file": "flac/s24.flac", "as": "io"}, {"file": "aiff/sowt.aifc", "as": "pipe"}, {"file": "flac/s16_known_100003.flac", "as": "failing"}]  # fmt: skip
    case("load many files", FLAC + ", or " + TWO_DECODERS, "batch", None,
         {"items": [item(music, "int16"), error("UNRECOGNIZED", "text.wav"), item("wav/s16.wav", "int16"), error("NOT_FOUND", "no/such/file.wav"),
                    item("flac/s24.flac", "int16"), item("aiff/sowt.aifc", "int16"), error("CALLBACK", "read")]},
         inputs=inputs, sample="int16", workers=2, ahead=1)  # fmt: skip
    case("load planes of many files", FLAC, "batch", None, {"items": [item(music, "float32", "planar"), item("flac/s24_51.flac", "float32", "planar")]},
         inputs=[{"file": music}, {"file": "flac/s24_51.flac"}], layout="planar")  # fmt: skip
    case("load a window of many files", FLAC, "batch", None,
         {"items": [{"frames": 10, "channels": 1, "md5": md5(samples_as(whole(file)[20:30, :1], "int16"))} for file in (music, "flac/s16_51.flac")]},
         inputs=[{"file": music}, {"file": "flac/s16_51.flac"}], sample="int16", options={"start": 20, "end": 30, "channels": 1})  # fmt: skip
    case("load no files", BY_HAND, "batch", None, {"items": []}, inputs=[])
    case("load many files with a token that is set", BY_HAND, "batch", None, {"items": [error("CANCELLED", "cancelled")] * 2},
         inputs=[{"file": music}, {"file": "wav/s16.wav"}], cancelled=True)  # fmt: skip
    case("load a cut file among others", KNOWN, "batch", None, {"items": [{"frames": 1500, "warnings": 1}, {"frames": 3001, "warnings": 0}]},
         inputs=[{"file": "aiff/truncated.aiff"}, {"file": "wav/s16.wav"}])  # fmt: skip

    clip, long = whole("source/clip.flac"), whole(music)
    silent = np.zeros((4000, 2), "<i4")
    padded = np.concatenate([clip, silent])[:4000]
    again = np.concatenate([clip, clip])[:4000]
    mixed = [{"file": "source/clip.flac"}, {"file": music}, {"file": "bad/empty.wav"}, {"file": "source/mono.flac"}]
    frames = [
        {"frames": 3001},
        {"frames": 4000},
        error("UNRECOGNIZED", "empty.wav"),
        error("INVALID_ARGUMENT", "channel"),
    ]
    for padding, first in (("zero", padded), ("repeat", again)):
        block = samples_as(np.stack([first, long[:4000], silent, silent]).reshape(-1, 2), "int16")
        case(f"fill a block, padding {padding}", FLAC, "fill", None, {"md5": md5(block), "items": frames},
             inputs=mixed, sample="int16", channels=2, frames=4000, padding=padding, workers=2)  # fmt: skip
    planes = np.stack([samples_as(x, "float32").T for x in (padded, long[:4000])])
    case("fill a block of planes", FLAC, "fill", None, {"md5": md5(planes), "items": frames[:2]},
         inputs=mixed[:2], layout="planar", channels=2, frames=4000, padding="zero")  # fmt: skip


# ---- Formats and devices ----


def others() -> None:
    case("the format WAV", BY_HAND, "format", None,
         {"found": True, "name": "wav", "title": "WAV", "samples": ["int16", "uint8", "int24", "int32", "float32", "float64"], "has_rate": True},
         name_=".WAV")  # fmt: skip
    case(
        "the format Opus",
        "RFC 7845",
        "format",
        None,
        {"found": True, "name": "opus", "samples": [], "max_channels": 255, "has_rate": False},
        name_="opus",
    )
    case("a format that is not there", BY_HAND, "format", None, {"found": False}, name_="avi")
    case("play on no device", BY_HAND, "play", "wav/s16.wav", error("NO_DEVICE", "nowhere"), device="nowhere")
    case("play on a device that only keeps time", BY_HAND, "play", "wav/s16.wav", {}, device="null:rate=44100")
    case("open a stream", BY_HAND, "stream", None, {"rate": 22050, "channels": 2}, output="null:rate=22050,channels=2")
    case("open a stream on no device", BY_HAND, "stream", None, error("NO_DEVICE", "nowhere"), input="nowhere")
    case("open a stream of two rates", BY_HAND, "stream", None, error("DEVICE_REFUSED", "one rate"),
         input="null:rate=44100", output="null:rate=48000")  # fmt: skip
    case("open a stream without a device", BY_HAND, "stream", None, error("INVALID_ARGUMENT", "output"))


def main() -> int:
    for group in (
        infos,
        whole_files,
        options,
        lossy,
        parts,
        refused,
        tags,
        loudness,
        writing,
        transcoding,
        rates,
        maps,
        numbers,
        batches,
        others,
    ):
        group()
    lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in CASES)
    text = f'{{\n  "cases": [\n{lines}\n  ]\n}}\n'
    path = Path(__file__).with_name("cases.json")
    if "--check" in sys.argv:
        return int(path.read_text(encoding="utf-8") != text)
    path.write_text(text, encoding="utf-8")
    print(f"{len(CASES)} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main())
