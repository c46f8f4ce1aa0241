"""The watermark's pattern: a tile that repeats over the picture, a sum of waves with known phases.

After JAWS (Kalker, Depovere, Haitsma, Maes, "A video watermarking system for broadcast monitoring", SPIE 3657, 1999):
a pseudo-random tile is repeated over every frame, and the payload is in how far some patterns are shifted against a
first one, so that a shift of the whole, which is all that cropping does, changes nothing. Different from there: each
pattern has frequencies of its own, so that the patterns do not disturb one another, and no frequency lies above what
a copy of half the size can hold.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from limelight.provenance.film_id import SYMBOLS, FilmId

VERSION: Final = 1
"""Of pattern and strength: raise it when the same id should give another mark."""
ALGORITHM: Final = f"limelight.jaws.{VERSION}"
"""The name in the manifest's soft binding."""
SIDE: Final = 360
"""All is measured on pictures whose shorter side has been brought to this many pixels."""
PERIOD: Final = 64.0
"""The tile's side, in such pixels."""
GRID: Final = 32
"""A pattern's shift is one of 32 x 32 places: ten bits."""
LOWEST, HIGHEST = 4.0, 21.5
"""Waves in a tile: longer ones can be seen, shorter ones are lost in a copy of half the size."""
SEED: Final = 19990128

Complex = NDArray[np.complex64]
Floats = NDArray[np.float32]


@lru_cache(maxsize=1)
def waves() -> tuple[NDArray[np.int64], NDArray[np.int64], Complex]:
    """The tile's waves.

    Returns:
        ``(waves, 2) int``: across and down, in periods a tile, one of each pair of opposite ones;
        ``(waves,) int``: the pattern that each belongs to, 0 the reference, 1 to 8 the symbols;
        ``(waves,) complex64``: their phases, magnitude 1.
    """
    reach = np.arange(-int(HIGHEST), int(HIGHEST) + 1)
    down, across = np.meshgrid(reach, reach, indexing="ij")
    radius = np.hypot(across, down)
    upper = (down > 0) | ((down == 0) & (across > 0))
    chosen = upper & (radius >= LOWEST) & (radius <= HIGHEST)
    numbers = np.column_stack([across[chosen], down[chosen]])
    random = np.random.Generator(np.random.PCG64(SEED))
    phases = np.exp(2j * np.pi * random.random(len(numbers))).astype(np.complex64)
    # patterns take turns from the longest wave to the shortest, so that what a copy loses, all lose alike
    patterns = np.empty(len(numbers), np.int64)
    order = np.lexsort([random.random(len(numbers)), np.hypot(*numbers.T).round()])
    patterns[order] = np.arange(len(numbers)) % (SYMBOLS + 1)
    return numbers, patterns, phases


def picture_pattern(film: FilmId, height: int, width: int) -> Floats:
    """The pattern of a film for pictures of a size: ``(height, width) float32``, mean 0, deviation 1."""
    numbers, patterns, phases = waves()
    shifts = np.zeros((SYMBOLS + 1, 2))
    for index, symbol in enumerate(film.symbols, start=1):
        shifts[index] = (symbol % GRID / GRID, symbol // GRID / GRID)
    phases = phases * np.exp(-2j * np.pi * (numbers * shifts[patterns]).sum(axis=1))
    period = PERIOD * min(height, width) / SIDE
    fits = np.abs(numbers).max(axis=1) < 0.48 * period  # smaller pictures cannot hold the shortest waves
    reach = int(HIGHEST)
    tile = np.zeros((2 * reach + 1, 2 * reach + 1), np.complex64)
    tile[numbers[fits, 1] + reach, numbers[fits, 0] + reach] = phases[fits]
    down, across = (waveform(length, period, -reach, reach).conj() for length in (height, width))
    pattern = (down @ tile @ across.T).real
    # in steps of 1/256, so that no machine's last digit decides how a pixel is rounded
    return np.asarray(np.round(256 * pattern / pattern.std()) / 256, np.float32)


def waveform(length: int, period: float, first: int, last: int) -> Complex:
    """``(length, last - first + 1) complex64``: exp(-2 pi i k x / period) for k from ``first`` to ``last``."""
    base = np.exp(-2j * np.pi * np.arange(length) / period)
    turned = np.empty((length, last - first + 1), np.complex128)
    turned[:, 0] = base**first
    for column in range(1, last - first + 1):
        turned[:, column] = turned[:, column - 1] * base
    return turned.astype(np.complex64)
