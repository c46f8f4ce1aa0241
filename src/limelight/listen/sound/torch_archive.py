"""PyTorch's archives of weights (``torch.save``), read without PyTorch and without unpickling.

Such a file is a zip: ``data.pkl``, a pickle that says which tensor lies where, and under ``data/`` the bytes of
each storage. Opening the pickle could run code that is hidden in it, so it is not opened: who reads a file knows
its network, and with it the sizes of the storages, which are written in the order of the network's layers.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limelight.errors import WeightError

FLOAT = np.dtype("<f4")


def read_storages(path: Path, sizes: Sequence[int]) -> list[npt.NDArray[np.float32]]:
    """The storages of an archive, each as (size,) float32.

    Args:
        path: The archive.
        sizes: How many numbers each storage has, in the archive's order. All are to be there, and no others.

    Raises:
        WeightError: not such an archive, or not with these storages.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [np.frombuffer(raw, FLOAT) for raw in _storages(archive, sizes)]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, NotImplementedError) as problem:
        raise WeightError(
            f"{path} is not an archive of the weights that were expected: {problem}.",
            hint="Run `limelight weights verify`.",
        ) from problem


def _storages(archive: zipfile.ZipFile, sizes: Sequence[int]) -> list[bytes]:
    stored = [member for member in archive.infolist() if member.filename.split("/")[1:2] == ["data"]]
    named = {member.filename.split("/", 2)[-1]: member for member in stored}
    wanted = [str(number) for number in range(len(sizes))]
    if len(stored) != len(sizes) or set(named) != set(wanted):
        raise ValueError(f"storages {sorted(named)} instead of {wanted}")
    for name, size in zip(wanted, sizes, strict=True):
        if named[name].file_size != size * FLOAT.itemsize:
            raise ValueError(f"storage {name} has {named[name].file_size:,} bytes instead of {size * 4:,}")
    return [archive.read(named[name]) for name in wanted]
