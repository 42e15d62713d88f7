"""``ondes info``, compared with what other programs tell."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli import on_terminal, ondes

FILES = ["flac/s24.flac", "mp3/vbr_v2.mp3", "ogg/vorbis_51.ogg", "wav/ext_f32.wav", "mp4/alac_s16_mono_16k.m4a"]


def facts(text: str) -> dict[str, str]:
    """What is told of one file, by its names."""
    return dict(line.split("\t", 1) for line in text.splitlines()[1:])


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")
@pytest.mark.parametrize("name", FILES)
def test_json_tells_what_ffprobe_tells(data: Path, name: str) -> None:
    probe = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(data / name)]
    stream = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)["streams"][0]
    [told] = objects(ondes("info", "--json", data / name).text)
    assert told["sample_rate"] == int(stream["sample_rate"])
    assert told["channels"] == stream["channels"]
    # It counts an encoder's delay and padding as audio.
    assert told["duration"] == pytest.approx(float(stream["duration"]), abs=0.05)
    assert told["codec"].lower() == {"pcm_f32le": "pcm"}.get(stream["codec_name"], stream["codec_name"])
    assert told["is_exact"] is True
    assert told["size"] == (data / name).stat().st_size


@pytest.mark.parametrize("name", ["flac/s24.flac", "wav/ext_f32.wav", "ogg/vorbis_51.ogg"])
def test_json_tells_what_soundfile_tells(data: Path, name: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    facts = soundfile.info(str(data / name))
    [told] = objects(ondes("info", "--json", data / name).text)
    assert (told["sample_rate"], told["channels"], told["frames"]) == (facts.samplerate, facts.channels, facts.frames)


def test_one_file_in_full(data: Path) -> None:
    result = ondes("info", data / "source/surround24.flac")
    assert result.code == 0
    assert result.text.splitlines()[0] == str(data / "source/surround24.flac")
    told = facts(result.text)
    assert told["format"] == "24 bit FLAC"
    assert told["sample rate"] == "48000 Hz"
    assert told["channels"].startswith("6 channels (front left, front right, front center, low frequency")
    assert told["samples"] == "24 bit (int24)"


def test_tags_and_pictures(data: Path) -> None:
    name = data / "tags/mutagen_id3v24_many.mp3"
    result = ondes("info", name)
    assert "tag title\tÓlafur — 夜明け 🌅\n" in result.text
    assert "tag artist\tone\ntag artist\ttwo\n" in result.text
    assert "tag lyrics\tla\\nla\n" in result.text
    assert "picture\tfront cover, image/png, 74 bytes, Vorne ü\n" in result.text
    [told] = objects(ondes("info", "--json", name).text)
    assert told["tags"]["artist"] == ["one", "two"]
    assert told["tags"]["lyrics"] == ["la\nla"]
    assert told["pictures"][0] == {"kind": "front cover", "mime": "image/png", "description": "Vorne ü", "size": 74}


def test_tags_cannot_steer_the_terminal(data: Path, tmp_path: Path) -> None:
    content = (data / "tags/metaflac.flac").read_bytes()
    assert b"TITLE=" in content or b"title=" in content
    at = content.lower().index(b"title=") + 6
    evil = content[:at] + b"\x1b]2;" + content[at + 4 :]
    (tmp_path / "evil.flac").write_bytes(evil)
    text = ondes("info", tmp_path / "evil.flac").text
    assert "\x1b" not in text
    assert r"\x1b]2;" in text


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_loudness_is_that_of_ffmpeg(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    make = ["ffmpeg", "-v", "error", "-stream_loop", "2", "-i", str(data / "source/music48.flac"), "-c:a", "pcm_s16le"]
    subprocess.run([*make, str(path)], check=True)
    measure = ["ffmpeg", "-nostats", "-i", str(path), "-filter_complex", "ebur128=peak=sample+true", "-f", "null", "-"]
    summary = subprocess.run(measure, capture_output=True, check=True, text=True).stderr.split("Summary:")[-1]

    def told(after: str, name: str) -> float:
        return float(summary.split(after)[1].split(name)[1].split()[0])

    [found] = objects(ondes("info", "--json", "--loudness", path).text)
    loudness = found["loudness"]
    assert loudness["integrated"] == pytest.approx(told("Integrated loudness:", "I:"), abs=0.1)
    assert loudness["range"] == pytest.approx(told("Loudness range:", "LRA:"), abs=0.2)
    rows = ondes("info", "--loudness", path, path).rows()
    assert float(rows[0][-4]) == pytest.approx(loudness["integrated"], abs=0.05)
    assert float(rows[0][-2]) == pytest.approx(told("Sample peak:", "Peak:"), abs=0.1)
    assert float(rows[0][-1]) == pytest.approx(told("True peak:", "Peak:"), abs=0.2)
    assert f"loudness\t{loudness['integrated']:.1f} LUFS" in ondes("info", "--loudness", path).text


def test_loudness_of_what_is_short_is_null(data: Path) -> None:
    [found] = objects(ondes("info", "--json", "--loudness", data / "wav/s16.wav").text)
    assert found["loudness"]["integrated"] is None
    assert found["loudness"]["sample_peak"] == pytest.approx(0.49, abs=0.01)
    assert "unknown: shorter than 3 s" in ondes("info", "--loudness", data / "wav/s16.wav").text


def test_a_folder_is_a_table_that_programs_can_read(data: Path) -> None:
    result = ondes("info", data / "w64", data / "au")
    header = result.text.splitlines()[0].split("\t")
    assert header == ["file", "format", "rate", "channels", "length", "bit rate", "size"]
    rows = {Path(row[0]).name: row for row in result.rows()}
    assert rows["s16.w64"][1:5] == ["16 bit PCM in W64", "44100", "2", "0.068050"]
    assert result.code == 0


def test_failures_are_told_behind_the_rest(data: Path) -> None:
    result = ondes("info", data / "bad/zip.m4a", data / "wav/s16.wav", data / "missing.wav")
    assert result.code == 1
    assert len(result.rows()) == 1
    lines = result.errors.splitlines()
    assert lines[0] == f"ondes: {data / 'bad/zip.m4a'}: the bytes are no known audio format"
    assert lines[1].startswith(f"ondes: {data / 'missing.wav'}: cannot open: ")
    [error, *_] = objects(ondes("info", "--json", data / "bad/zip.m4a").text)
    assert error["error"] == "the bytes are no known audio format"


@pytest.mark.parametrize("name", ["ogg/vorbis_q0.ogg", "mp4/aac_moov_last_known_100003.m4a"])
def test_stdin_as_pipe_and_as_file(data: Path, name: str) -> None:
    result = ondes("info", "-", stdin=(data / name).read_bytes())
    assert result.code == 0
    assert result.text.startswith("stdin\nformat\t")
    from cli import command, environment

    with (data / name).open("rb") as file:
        told = subprocess.run(
            command("info", "--json", "-"), stdin=file, capture_output=True, env=environment(), check=True
        )
    [found] = objects(told.stdout.decode())
    assert found["frames"] == 100003


def test_a_terminal_gets_aligned_facts(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("pty")
    text = on_terminal(tmp_path, ["info", str(data / "tags/mutagen_id3v24_many.mp3")], env={"NO_COLOR": "1"})
    # rich before 14 ends the bold name on the next line.
    assert re.search(r"^(\x1b\[0m)?  format +MP3\r$", text, re.MULTILINE)
    assert "la\r\n" in text  # lyrics keep their lines
    table = on_terminal(tmp_path, ["info", str(data / "w64")])
    assert "44.1 kHz" in table
    assert "7 files, " in table


def test_what_is_left_of_a_stream_that_ends_early(data: Path) -> None:
    content = io.BytesIO((data / "wav/s16.wav").read_bytes()).read(5000)
    result = ondes("info", "-", stdin=content)
    assert result.code == 0
