#!/usr/bin/env python3
"""How much of the noise that MP3 encoders add can be heard: noise-to-mask ratios on music.

    python3 benches/mp3_quality.py music.wav coded.mp3 [coded.mp3 ...]
    python3 benches/mp3_quality.py --sweep music.wav     LAME's -q 0 to 9 (command lame), pedalboard, lameenc

The measure is the noise-to-mask ratio of ITU-R BS.1387 with its FFT-based ear model (the "basic version"): frames of
2048 samples at 48 kHz, weighting of the outer and middle ear, 109 bands of a quarter Bark, level-dependent spreading in
frequency, forward masking in time, a masking threshold of 3 dB or more below the excitation. "NMR" is the model's
Total NMR in dB: the mean ratio over bands and frames (lower is better; the noise is inaudible where it is well below 0).
"disturbed" is the share of frames with a band whose noise is more than 1.5 dB above its mask.

A coded file must decode in step with the music (delay trimmed); it is then compared over the whole length.
Needs numpy, soundfile, soxr; --sweep also pedalboard, lameenc and the command lame.
"""
import os, subprocess, sys, tempfile

import numpy as np
import soundfile
import soxr

RATE, SIZE, HOP = 48000, 2048, 1024
# Bands of a quarter Bark from 80 Hz to 18 kHz.
BARK = 0.25
LOW, HIGH = 80.0, 18000.0


def to_bark(f):
    return 7 * np.arcsinh(np.asarray(f) / 650)


def from_bark(z):
    return 650 * np.sinh(np.asarray(z) / 7)


class Ear:
    def __init__(self):
        edges = np.arange(to_bark(LOW), to_bark(HIGH) + BARK, BARK)
        edges[-1] = to_bark(HIGH)
        low, high = from_bark(edges[:-1]), from_bark(edges[1:])
        self.bands = len(low)
        self.centre = from_bark((edges[:-1] + edges[1:]) / 2)
        # A full-scale sine of 1019.5 Hz is 92 dB; 0.8497 is the Hann window's loss between two bins.
        self.gain = 10 ** (92 / 20) / (0.84971762641205 / 4 * (SIZE - 1))
        self.window = np.hanning(SIZE)
        k = np.arange(SIZE // 2 + 1)
        khz = np.maximum(k * RATE / SIZE, 1e-3) / 1000
        weight = -2.184 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 0.001 * khz**3.6
        self.weight = 10 ** (weight / 20)
        # Each bin's energy goes to the bands that its width overlaps, by the overlap.
        bottom, top = (k - 0.5) * RATE / SIZE, (k + 0.5) * RATE / SIZE
        overlap = np.minimum(top[:, None], high) - np.maximum(bottom[:, None], low)
        self.group = np.maximum(overlap, 0) / (RATE / SIZE)
        self.internal_noise = 10 ** (0.1456 * (self.centre / 1000) ** -0.8)
        offset = np.where(np.arange(self.bands) * BARK <= 12, 3.0, 0.25 * np.arange(self.bands) * BARK)
        self.mask_offset = 10 ** (-offset / 10)
        tau = 0.008 + 100 / self.centre * (0.030 - 0.008)
        self.decay = np.exp(-HOP / (RATE * tau))
        self.distance = BARK * (np.arange(self.bands)[None, :] - np.arange(self.bands)[:, None])  # from row to column
        self.flat = self.spread_once(np.ones((1, self.bands)))

    def spectra(self, samples):
        frames = np.lib.stride_tricks.sliding_window_view(samples, SIZE)[::HOP]
        return np.abs(np.fft.rfft(frames * self.window)) * self.gain * self.weight

    def spread_once(self, energy):
        """The excitation in frequency: slopes of 27 dB per Bark downwards, and upwards less steep with the level."""
        out = np.zeros_like(energy)
        for at in range(0, len(energy), 500):
            e = energy[at : at + 500]
            up = -24 - 230 / self.centre + 2 * np.log10(e)  # dB per Bark; 0.2 dB for each dB of level
            slope = np.where(self.distance < 0, 27.0, up[:, :, None])
            shape = 10 ** (slope * self.distance / 10)
            shape /= shape.sum(axis=2, keepdims=True)
            out[at : at + 500] = ((e[:, :, None] * shape) ** 0.4).sum(axis=1) ** 2.5
        return out

    def mask(self, spectra):
        energy = np.maximum(spectra**2 @ self.group, 1e-12) + self.internal_noise
        spread = self.spread_once(energy) / self.flat
        smeared, before = np.empty_like(spread), np.zeros(self.bands)
        for n, now in enumerate(spread):
            before = self.decay * before + (1 - self.decay) * now
            smeared[n] = np.maximum(before, now)
        return smeared * self.mask_offset

    def ratios(self, reference, coded):
        """The noise-to-mask ratio of every band of every frame."""
        clean = self.spectra(reference)
        noise = (clean - self.spectra(coded)) ** 2 @ self.group
        return noise / self.mask(clean)


def load(path):
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    return soxr.resample(samples, rate, RATE, "VHQ") if rate != RATE else samples


class Music:
    def __init__(self, path):
        self.ear, self.reference = Ear(), load(path)

    def judge(self, path):
        coded = load(path)
        if len(coded) != len(self.reference):
            sys.exit(f"{path}: {len(coded)} frames, the music has {len(self.reference)}")
        ratios = [self.ear.ratios(r, c) for r, c in zip(self.reference.T, coded.T)]
        total = 10 * np.log10(np.mean([r.mean() for r in ratios]))
        disturbed = np.mean([r.max(axis=1) > 10**0.15 for r in ratios])
        return total, 100 * disturbed

    def show(self, name, path):
        total, disturbed = self.judge(path)
        print(f"{name:<28} NMR {total:7.2f} dB   disturbed {disturbed:5.1f} %   {os.path.getsize(path):9} bytes", flush=True)


def lameenc_at(quality, samples, rate, path):
    import lameenc

    encoder = lameenc.Encoder()
    encoder.set_bit_rate(128)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(samples.shape[1])
    encoder.silence()
    if quality is not None:
        encoder.set_quality(quality)
    with open(path, "wb") as f:
        f.write(encoder.encode(samples.tobytes()) + encoder.flush())


def in_step(path, out, frames):
    """Decodes a file that tells no delay: LAME's 576 samples and the decoder's 529 are left out."""
    samples, rate = soundfile.read(path, dtype="float64", always_2d=True)
    samples = samples[1105:] if len(samples) >= frames + 1105 else samples
    soundfile.write(out, samples[:frames], rate, subtype="DOUBLE")


def sweep(path):
    music = Music(path)
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    with tempfile.TemporaryDirectory() as folder:
        coded, decoded = os.path.join(folder, "coded.mp3"), os.path.join(folder, "decoded.wav")
        for q in (0, 2, 3, 4, 5, 7, 9):
            subprocess.run(["lame", "--quiet", "-b", "128", "-q", str(q), path, coded], check=True)
            music.show(f"lame -b 128 -q {q}", coded)
        subprocess.run(["lame", "--quiet", "-b", "128", "--nores", path, coded], check=True)
        music.show("lame -b 128 --nores", coded)

        import pedalboard.io

        for threads in (1, 2):
            data = pedalboard.io.AudioFile.encode(
                samples.T.copy(), rate, "mp3", num_channels=samples.shape[1], quality=128, num_threads=threads
            )
            with open(coded, "wb") as f:
                f.write(data)
            in_step(coded, decoded, len(samples))
            music.show(f"pedalboard 128, threads {threads}", decoded)
        for quality in (None, 2, 5):
            lameenc_at(quality, samples, rate, coded)
            in_step(coded, decoded, len(samples))
            music.show(f"lameenc 128, quality {quality}", decoded)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    if sys.argv[1] == "--sweep":
        sweep(sys.argv[2])
    else:
        music = Music(sys.argv[1])
        for name in sys.argv[2:]:
            music.show(os.path.basename(name), name)
