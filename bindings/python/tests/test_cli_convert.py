"""``ondes convert``: what it writes is read by other programs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from cli import command, environment, on_terminal, ondes

import ondes as package


def samples(path: Path, dtype: str = "int16") -> np.ndarray:
    return package.load(path, dtype=dtype)[0]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file())


def test_lossless_formats_keep_every_sample(data: Path, tmp_path: Path) -> None:
    source = data / "source/music.flac"
    for name in ("a.wav", "a.aiff", "a.flac", "a.caf"):
        result = ondes("convert", source, tmp_path / name)
        assert (result.code, result.text, result.errors) == (0, "", "")
        np.testing.assert_array_equal(samples(tmp_path / name), samples(source))
    assert ondes("convert", source, tmp_path / "b.caf", "--to", "alac").code == 0
    np.testing.assert_array_equal(samples(tmp_path / "b.caf"), samples(source))


def test_an_offset_behind_the_end_is_an_error(data: Path, tmp_path: Path) -> None:
    source, short = data / "source/music.flac", data / "wav/s16.wav"
    result = ondes("convert", short, tmp_path / "a.wav", "--offset", "60")
    assert (result.code, names(tmp_path)) == (1, [])
    assert "--offset 60 is behind the end: the audio has 0.068 s" in result.errors
    assert ondes("convert", source, tmp_path / "b.wav", "--offset", "0.5").code == 0
    assert ondes("convert", short, tmp_path / "c.wav", "--offset", "0").code == 0


@pytest.mark.skipif(shutil.which("flac") is None, reason="needs flac")
def test_flac_is_what_flac_says_is_sound(data: Path, tmp_path: Path) -> None:
    ondes("convert", data / "wav/s24.wav", tmp_path / "a.flac")
    subprocess.run(["flac", "-t", "-s", str(tmp_path / "a.flac")], check=True)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe")
def test_options_reach_the_file(data: Path, tmp_path: Path) -> None:
    def probe(path: Path) -> list[str]:
        entries = "stream=codec_name,sample_rate,channels,bits_per_sample"
        words = ["ffprobe", "-v", "error", "-show_entries", entries, "-of", "csv=p=0", str(path)]
        return subprocess.run(words, capture_output=True, check=True, text=True).stdout.strip().split(",")

    music = data / "source/music.flac"
    ondes("convert", music, tmp_path / "a.wav", "--rate", "16k", "--mono", "--bits", "24")
    assert probe(tmp_path / "a.wav") == ["pcm_s24le", "16000", "1", "24"]
    ondes("convert", music, tmp_path / "b.wav", "--bits", "float", "--channels", "1")
    assert probe(tmp_path / "b.wav") == ["pcm_f32le", "44100", "1", "32"]
    ondes("convert", data / "source/surround.flac", tmp_path / "c.wav", "--channels", "2")
    assert probe(tmp_path / "c.wav")[2] == "2"
    ondes("convert", data / "source/mono.flac", tmp_path / "d.ogg", "-c", "2", "-q", "96")
    assert probe(tmp_path / "d.ogg")[:3] == ["vorbis", "44100", "2"]
    ondes("convert", music, tmp_path / "e.wav", "--offset", "0.5", "--duration", "0.25")
    np.testing.assert_array_equal(samples(tmp_path / "e.wav"), samples(music)[:, 22050 : 22050 + 11025])


def test_quality_and_tags(data: Path, tmp_path: Path) -> None:
    source = data / "tags/metaflac.flac"
    for quality in ("64", "320"):
        assert ondes("convert", data / "source/music.flac", tmp_path / f"{quality}.mp3", "-q", quality).code == 0
    assert (tmp_path / "320.mp3").stat().st_size > 4 * (tmp_path / "64.mp3").stat().st_size
    assert ondes("convert", source, tmp_path / "tags.mp3").code == 0
    assert package.info(tmp_path / "tags.mp3").tags["title"] == package.info(source).tags["title"]


def test_a_file_that_is_there_stays(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.wav"
    out.write_bytes(b"precious")
    result = ondes("convert", data / "wav/s16.wav", out)
    assert result.code == 1
    assert f"{out} exists already (--force replaces it, --skip leaves it)" in result.errors
    assert out.read_bytes() == b"precious"
    assert ondes("convert", "--skip", data / "wav/s16.wav", out).code == 0
    assert out.read_bytes() == b"precious"
    assert ondes("convert", "--force", data / "bad/zip.m4a", out).code == 1
    assert out.read_bytes() == b"precious"
    assert ondes("convert", "--force", data / "wav/s16.wav", out).code == 0
    assert names(tmp_path) == ["a.wav"]
    # Onto itself
    assert ondes("convert", "--force", "--mono", out, out).code == 0
    assert samples(out).shape == (1, 3001)


def test_a_folder_with_what_is_below_it(data: Path, tmp_path: Path) -> None:
    music = tmp_path / "in"
    (music / "deep/er").mkdir(parents=True)
    shutil.copy(data / "wav/s16.wav", music / "one.wav")
    shutil.copy(data / "mp3/vbr_v2.mp3", music / "deep/two.mp3")
    shutil.copy(data / "flac/s24.flac", music / "deep/er/three [x].FLAC")
    shutil.copy(data / "bad/zip.m4a", music / "deep/broken.m4a")
    (music / "notes.txt").write_text("no audio")
    result = ondes("convert", "--to", "flac", music, tmp_path / "out")
    assert result.code == 1
    assert result.text == "3 files converted, 1 failed\n"
    assert result.errors == f"ondes: {music / 'deep/broken.m4a'}: the bytes are no known audio format\n"
    assert names(tmp_path / "out") == ["deep/er/three [x].flac", "deep/two.flac", "one.flac"]
    np.testing.assert_array_equal(
        samples(tmp_path / "out/deep/er/three [x].flac", "int32"), samples(data / "flac/s24.flac", "int32")
    )
    again = ondes("convert", "--to", "flac", "--skip", music, tmp_path / "out")
    assert again.text == "0 files converted, 1 failed, 3 skipped, which were there\n"


def test_a_folder_into_itself_does_not_convert_its_own_results(data: Path, tmp_path: Path) -> None:
    shutil.copy(data / "wav/s16.wav", tmp_path / "a.wav")
    for _ in range(2):
        assert ondes("convert", "--to", "flac", "--force", ".", "out", cwd=tmp_path).code == 0
    assert names(tmp_path) == ["a.wav", "out/a.flac"]


def test_two_files_do_not_become_one(data: Path, tmp_path: Path) -> None:
    for name in ("a.wav", "a.mp3"):
        (tmp_path / name).write_bytes((data / "wav/s16.wav").read_bytes())
    result = ondes("convert", "--to", "flac", "a.wav", "a.mp3", "out", cwd=tmp_path)
    assert result.code == 1
    assert result.text == "1 file converted, 1 failed\n"
    assert result.errors == f"ondes: a.mp3: {os.path.join('out', 'a.flac')} is made of a.wav already\n"


def test_pipes(data: Path, tmp_path: Path) -> None:
    content = (data / "ogg/vorbis_q0.ogg").read_bytes()
    assert ondes("convert", "-", tmp_path / "out.wav", stdin=content).code == 0
    np.testing.assert_array_equal(samples(tmp_path / "out.wav"), samples(data / "ogg/vorbis_q0.ogg"))
    # The index stands at the end: such a file is kept until it is there.
    content = (data / "mp4/aac_moov_last_known_100003.m4a").read_bytes()
    assert ondes("convert", "-", tmp_path / "m4a.wav", stdin=content).code == 0
    assert samples(tmp_path / "m4a.wav").shape == (2, 100003)
    content = (data / "source/surround.flac").read_bytes()
    assert ondes("convert", "-", tmp_path / "three.wav", "--channels", "3", stdin=content).code == 0
    np.testing.assert_array_equal(samples(tmp_path / "three.wav"), samples(data / "source/surround.flac")[:3])
    for name in ("wav", "flac", "mp3", "ogg", "opus", "aiff", "caf", "alac"):
        result = ondes("convert", data / "source/speech.flac", "-", "--to", name)
        assert result.code == 0, result.errors
        audio, rate = package.load(result.out)
        assert audio.shape[1] >= 3 * rate


def test_stdout_as_a_file(data: Path, tmp_path: Path) -> None:
    for mode, before in (("wb", b""), ("ab", b"before")):
        path = tmp_path / f"{mode}.wav"
        path.write_bytes(before)
        with path.open(mode) as file:
            words = command("convert", data / "source/speech.flac", "-", "--to", "wav")
            subprocess.run(words, stdout=file, env=environment(), check=True)
        content = path.read_bytes()
        assert content.startswith(before)
        np.testing.assert_array_equal(
            package.load(content[len(before) :], dtype="int16")[0], samples(data / "source/speech.flac")
        )


def test_no_audio_on_a_terminal(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("pty")
    shown = on_terminal(tmp_path, ["convert", str(data / "wav/s16.wav"), "-", "--to", "wav"])
    assert "stdout is a terminal: redirect it, or name a file" in shown
    assert "RIFF" not in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.wav", "-"], "--to wav"),
        (["a.wav", "b"], "no extension"),
        (["a.wav", "b.xyz"], "'.xyz' is no format that is written: use one of wav, aiff"),
        (["a.wav", "b.wav", "out"], "--to flac"),
        (["a.wav", "b.wav", "-"], "several files do not fit stdout"),
        (["a.wav", "b.mp3", "--quality", "193"], 'quality is "193"; MP3 takes one of'),
        (["a.wav", "b.mp3", "--bits", "16"], "mp3 is lossy"),
        (["a.wav", "b.flac", "--bits", "float"], "flac files hold 16, 24"),
        (["a.wav", "b.mp3", "--rate", "13k"], "--rate 13000"),
        (["a.wav", "b.wav", "--rate", "fast"], "invalid rate value: 'fast'"),
        (["a.wav", "b.wav", "--mono", "--channels", "2"], "not allowed with"),
    ],
)
def test_wrong_use_is_told_before_anything_is_written(
    data: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    shutil.copy(data / "wav/s16.wav", tmp_path / "a.wav")
    result = ondes("convert", *arguments, cwd=tmp_path)
    assert result.code == 2
    assert words in result.errors
    assert len(result.errors.splitlines()) == 1
    assert names(tmp_path) == ["a.wav"]


def test_damage_is_told_as_a_warning(data: Path, tmp_path: Path) -> None:
    result = ondes("convert", data / "mp3/garbage_middle.mp3", tmp_path / "a.wav")
    assert result.code == 0
    assert "warning: " in result.errors
    assert "300 bytes between frames are no frame: skipped (at byte 1253)" in result.errors


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("count", [1, 3])
def test_an_interrupted_conversion_leaves_nothing_half_written(tmp_path: Path, number: int, count: int) -> None:
    (tmp_path / "in").mkdir()
    noise = np.random.default_rng(7).integers(-20000, 20000, (2, 44100 * 240), np.int16)
    # A header by the library, and then all the samples that take a while.
    from ondes._abi import Sample
    from ondes._samples import as_samples
    from ondes._writer import Writer, write_options

    for index in range(count):
        options = write_options(rate=44100, channels=2, format="wav", sample_format=Sample.I16)
        with Writer(tmp_path / f"in/{index}.wav", options) as writer:
            writer.write(as_samples(noise))
            writer.finish()
    out = tmp_path / "out"
    words = command("convert", "--to", "mp3", tmp_path / "in", out)
    with subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as process:
        deadline = time.monotonic() + 120
        while not out.exists() or not list(out.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        text, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert (text, errors) == (b"", b"")
    assert list(out.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("rich", [True, False])
def test_a_terminal_sees_progress(data: Path, tmp_path: Path, rich: bool) -> None:
    if rich:
        pytest.importorskip("rich")
    words = ["convert", "--to", "mp3", str(data / "w64"), str(data / "source"), str(tmp_path / f"out{rich}")]
    shown = on_terminal(tmp_path, words, hide=() if rich else ("rich",))
    assert "Converting" in shown
    assert "files converted" in shown


def test_force_replaces_no_file_that_is_still_to_be_converted(data: Path, tmp_path: Path) -> None:
    music = data / "source/music.flac"
    shutil.copy(music, tmp_path / "a.flac")
    shutil.copy(data / "wav/s16.wav", tmp_path / "a.wav")
    before = samples(tmp_path / "a.wav")
    result = ondes("convert", "--to", "wav", "--force", ".", ".", cwd=tmp_path)
    assert result.code == 1
    assert result.errors == (
        f"ondes: {os.path.join('.', 'a.flac')}: would replace {os.path.join('.', 'a.wav')}, which is to be converted\n"
    )
    np.testing.assert_array_equal(samples(tmp_path / "a.wav"), before)
    # Files that are left alone anyway are in nobody's way.
    assert ondes("convert", "--to", "wav", "--skip", "a.flac", ".", cwd=tmp_path).code == 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = ondes("convert", "--to", "flac", f"nothing{os.sep}", "out", cwd=tmp_path)
    assert (result.code, result.errors.count("\n")) == (1, 1)
    assert "No such file or directory" in result.errors
    assert "an empty name" in ondes("convert", "--to", "flac", "", "out", cwd=tmp_path).errors


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_of_the_audio_that_goes_away_is_no_error(data: Path, unbuffered: str) -> None:
    words = command("convert", data / "source/music.flac", "-", "--to", "wav")
    variables = environment({"PYTHONUNBUFFERED": unbuffered})
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read(4) == b"RIFF"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
