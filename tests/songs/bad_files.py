"""Files that people really hand in, and that must end in a clear error or a sensible film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile

from songs import files, synth

if TYPE_CHECKING:
    from pathlib import Path

AWKWARD_NAME = 'it\'s a "song"\nwith 100% of $HOME; a newline, spaces & ünïcode 🎵.mp3'


def truncated(path: Path, kind: str = "mp3", share: float = 0.5) -> Path:
    """A song whose file stops in the middle. An m4a so cut has lost its index: nothing plays."""
    whole = synth.drums(duration=10.0).write(path, kind).read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    return path


def header_only(path: Path) -> Path:
    """A wav header that promises sound, and none of it."""
    whole = synth.tone(1.0).write(path, "wav").read_bytes()
    path.write_bytes(whole[:44])
    return path


def empty(path: Path) -> Path:
    """No bytes at all."""
    path.write_bytes(b"")
    return path


def text(path: Path) -> Path:
    """A text file under the name of a song."""
    path.write_text("These are my favourite lyrics, saved by mistake.\n" * 40, "utf-8")
    return path


def random_bytes(path: Path, size: int = 100_000) -> Path:
    """Bytes without a meaning (a damaged disk, an encrypted file)."""
    path.write_bytes(np.random.default_rng(0).bytes(size))
    return path


def damaged(path: Path, kind: str = "mp3") -> Path:
    """A song with a tenth of its bytes, in runs in the middle, overwritten by noise."""
    whole = bytearray(synth.drums(duration=10.0).write(path, kind).read_bytes())
    rng = np.random.default_rng(1)
    run = max(1, len(whole) // 100)
    for first in rng.integers(len(whole) // 5, len(whole) - run, 10):
        whole[first : first + run] = rng.bytes(run)
    path.write_bytes(whole)
    return path


def long_silence(path: Path, hours: float = 3.0, sample_rate: int = 8_000) -> Path:
    """A few kilobytes of flac that decode to hours of silence."""
    block = np.zeros(sample_rate * 60, np.int16)
    with soundfile.SoundFile(
        path, "w", sample_rate, 1, "PCM_16", format="FLAC", compression_level=0.0
    ) as file:
        for _ in range(round(hours * 60)):
            file.write(block)
    return path


def picture_only(path: Path) -> Path:
    """A video that has no sound."""
    path.write_bytes(files.encoded_picture(seconds=1.0))
    return path


def awkwardly_named(folder: Path, kind: str = "mp3") -> Path:
    """A sound song in a file whose name has quotes, a newline, a dollar and a picture in it."""
    return synth.drums(duration=5.0).write(folder / AWKWARD_NAME, kind)
