"""What worker processes run: in a module that fresh ones can import."""

from __future__ import annotations

from typing import Any

import ondes


def work(path: str) -> tuple[bytes, int, ondes.Info, list[int], int]:
    """Uses everything that runs threads, in a worker."""
    samples, rate = ondes.load(path, threads=2)
    batch = [loaded.samples.shape[1] for loaded in ondes.load_batch([path] * 4) if loaded.samples is not None]
    taken = sum(1 for _ in ondes.iter_batch([path] * 5, workers=2))
    return samples.tobytes(), rate, ondes.info(path), batch, taken


def fail(path: str) -> None:
    """Raises what the library raises."""
    ondes.load(path)


class Clips:
    """A dataset of windows, as training reads them."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        import torch

        return torch.from_numpy(ondes.load(self.path, start=index * 1000, stop=index * 1000 + 4000)[0])


def crop(view: ondes.mapping.ConvertedMap, start: int) -> Any:
    return view[start : start + 3].tolist()
