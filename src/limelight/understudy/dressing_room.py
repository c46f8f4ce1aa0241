"""Baked figures, kept on disk: baked once a machine, shared by all processes."""

import contextlib
import functools
import hashlib
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from limelight.understudy.anatomy import ANATOMY_FILE
from limelight.understudy.casting import Understudy
from limelight.understudy.compiled import cache_folder
from limelight.understudy.figure import Figure, as_arrays, baked, from_arrays

BAKE_VERSION = 5
"""Bump when the same person should come out of the bake differently."""

_HALVED = ("texture", "hair_outward", "hair_openness")


@functools.cache
def _anatomy_digest() -> str:
    return hashlib.sha256(ANATOMY_FILE.read_bytes()).hexdigest()


def key(person: Understudy) -> str:
    """SHA-256 over the bake's version, the anatomy's bytes and everything that describes `person`."""
    parts = ("limelight.understudy/bake", str(BAKE_VERSION), _anatomy_digest(), repr(person))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def figure(person: Understudy, folder: Path | None = None) -> Figure:
    """The baked figure of `person`, from `folder` (default: the user's cache) or baked and put there.

    Two processes may bake the same person at once: each writes a file of its own and renames it. A file that
    cannot be read is baked anew; a folder that cannot be written only means that nothing is kept.
    """
    folder = folder or cache_folder() / "figures"
    path = folder / f"{person.name}-{key(person)[:24]}.npz"
    unreadable = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)
    with contextlib.suppress(*unreadable), path.open("rb") as file, np.load(file) as data:
        return from_arrays({name: _widened(data[name]) for name in data.files})
    arrays = as_arrays(baked(person))
    for name in _HALVED:
        arrays[name] = arrays[name].astype(np.float16)
    with contextlib.suppress(OSError):
        _keep(arrays, path)
    return from_arrays(
        {name: _widened(array) for name, array in arrays.items()}
    )  # as if it had been kept before


def _widened(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _drop_old(path: Path) -> None:
    """Remove all but the two newest bakes of a person: people and code change."""
    bakes = sorted(
        path.parent.glob(f"{path.stem.split('-')[0]}-*.npz"), key=lambda bake: -bake.stat().st_mtime
    )
    for bake in bakes[2:]:
        bake.unlink(missing_ok=True)


def _keep(arrays: dict[str, np.ndarray], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".baking-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stub mistakes the names for allow_pickle
        Path(temporary).replace(path)
        _drop_old(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
