"""Decodes many files on all cores, as 16 kHz mono."""

import sys

import ondes

for clip in ondes.iter_batch(sys.argv[1:], sample_rate=16000, mono=True):
    if clip.error is None:
        samples, rate = clip  # a NumPy array of float32, shape (1, frames)
        print(f"{clip.path}: {samples.shape[1] / rate:.3f} s")
    else:
        print(clip.error)
