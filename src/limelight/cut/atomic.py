"""Whole files or none: media are written under a temporary name beside their place, then renamed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from limelight.errors import MediaError

ABANDONED = 24 * 3600.0
"""Seconds after which a part that nobody finished is swept away."""


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; on leaving without an error it is flushed and becomes ``path``.

    The temporary name keeps the suffix (muxers choose by it) and starts with a dot. After an error it is
    removed; after a kill it stays, is never mistaken for the file, and is swept by a later call.

    Raises:
        MediaError: the folder cannot be written to.
    """
    path = path.absolute()
    part = path.with_name(f".{path.stem[:40]}.{uuid4().hex[:12]}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(exist_ok=False)
    except OSError as problem:
        raise MediaError(
            f"{path.parent} cannot be written to: {problem.strerror or problem}.",
            hint="Choose another folder with -o, or free some space.",
        ) from problem
    _sweep(path)
    try:
        yield part
        _flush(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _flush(part: Path) -> None:
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.chmod(0o644)


def _sweep(path: Path) -> None:
    """Remove what a killed process left of this file long ago."""
    stem = f".{path.stem[:40]}."
    for other in path.parent.iterdir():
        if other.name.startswith(stem) and f".part{path.suffix}" in other.name:
            try:
                if time.time() - other.stat().st_mtime > ABANDONED:
                    other.unlink()
            except OSError:
                continue
