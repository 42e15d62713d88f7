"""``ondes check`` on sound, damaged and missing files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from cli import ondes


def test_a_sound_file(data: Path) -> None:
    result = ondes("check", data / "flac/s24.flac")
    assert result.code == 0
    assert result.rows() == [["sound", str(data / "flac/s24.flac"), "", "0.068 s, checksum matches"]]


def test_damage_is_told_with_its_byte(data: Path) -> None:
    result = ondes("check", data / "flac/truncated.flac")
    assert result.code == 1
    assert result.rows()[0][0] == "damaged"
    assert result.rows()[0][2] == "26015"
    assert "no whole FLAC frame" in result.rows()[0][3]


def test_a_wrong_checksum_alone_is_damage(data: Path) -> None:
    result = ondes("check", data / "flac/wrong_md5.flac")
    assert result.code == 1
    assert [row[3] for row in result.rows()] == ["the decoded audio does not have the checksum that the file gives"]


def test_a_change_in_mid_stream_is_damage(data: Path) -> None:
    result = ondes("check", data / "mp3/rate_change.mp3")
    assert result.code == 1
    assert result.rows()[0][2:] == [
        "1671",
        "the sample rate changes from 44100 to 48000 at frame 4608; only the part before it can be read",
    ]


@pytest.mark.parametrize("name", ["nothing.wav", "unsupported/gsm610.wav"])
def test_what_cannot_be_checked(data: Path, name: str) -> None:
    result = ondes("check", data / name, data / "wav/s16.wav")
    assert result.code == 2
    assert result.rows()[0][0] == "failed"
    assert "2 files: 1 sound, 1 failed" in result.errors


def test_every_verdict_is_that_of_the_manifest(data: Path) -> None:
    manifest = {entry["path"]: entry for entry in json.loads((data / "manifest.json").read_text())["files"]}
    folders = [data / name for name in ("flac", "ogg", "opus", "wav", "mp3", "aiff")]
    result = ondes("check", "--json", *folders)
    verdicts = {
        str(Path(verdict["path"]).relative_to(data).as_posix()): verdict
        for verdict in map(json.loads, result.text.splitlines())
    }
    checked = 0
    for path, entry in manifest.items():
        if path not in verdicts:
            continue
        verdict = verdicts[path]
        if "warning" in entry:
            assert verdict["status"] == "damaged", path
            assert verdict["damages"][0]["message"], path
            checked += 1
        elif verdict["status"] == "sound" and entry["frames"] is not None:
            assert verdict["frames"] == entry["frames"], path
            checked += 1
    assert checked > 100
    assert result.code == 1


def test_a_flac_file_with_one_flipped_bit(data: Path, tmp_path: Path) -> None:
    content = bytearray((data / "flac/s16_known_100003.flac").read_bytes())
    content[len(content) // 2] ^= 0x10
    (tmp_path / "flipped.flac").write_bytes(content)
    result = ondes("check", tmp_path)
    assert result.code == 1
    offsets = [int(row[2]) for row in result.rows() if row[2]]
    assert offsets
    assert abs(offsets[0] - len(content) // 2) < 20000


def test_a_folder_lists_only_what_is_not_sound(data: Path, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("wav/s16.wav", "flac/s16_51.flac", "flac/wrong_md5.flac"):
        shutil.copy(data / name, tmp_path / "below")
    (tmp_path / "notes.txt").write_text("no audio")
    quiet, verbose = ondes("check", tmp_path), ondes("check", "-v", tmp_path)
    assert quiet.code == verbose.code == 1
    assert [row[0] for row in quiet.rows()] == ["damaged"]
    assert [row[0] for row in verbose.rows()] == ["sound", "sound", "damaged"]
    assert quiet.errors == "3 files: 2 sound, 1 damaged\n"


def test_a_folder_without_audio(tmp_path: Path) -> None:
    result = ondes("check", tmp_path)
    assert result.code == 2
    assert result.errors == f"ondes: {tmp_path}: no audio files in this folder\n"


@pytest.mark.parametrize("name", ["flac/s24.flac", "mp4/aac_moov_last_known_100003.m4a", "ogg/vorbis_q0.ogg"])
def test_stdin(data: Path, name: str) -> None:
    result = ondes("check", "-", stdin=(data / name).read_bytes())
    assert result.code == 0
    assert result.rows()[0][:2] == ["sound", "stdin"]
    assert ondes("check", "-", "-", stdin=b"").code == 2
