"""Reading: the mark is found again in any copy, whatever its size, by averaging frames and looking for the tile.

The mark stands still while the film moves, so a mean over frames (each first freed of its own large shapes and
evened out in contrast) keeps it and loses the film. Where in that mean the tile's waves stand depends on the copy's
scale: the waves' phases are measured at each scale that may be (matrix products, no resampling), and matched by phase
alone (SPOMF: Horner and Gianino, Applied Optics 23, 1984) against the known ones at every shift at once, by FFT.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.provenance.film_id import SYMBOL_BITS, SYMBOLS, FilmId
from limelight.provenance.pattern import GRID, HIGHEST, PERIOD, SIDE, Complex, Floats, waveform, waves

GATE: Final = 36.0
"""Pure noise scores 31 +- .8 and passes this at one scale in about 10,000; the check is the second door."""
CANDIDATES: Final = 3
"""How many of its best places each symbol may try; see :meth:`FilmId.heard`."""
FINE: Final = 2 * int(PERIOD)
"""Places of a shift, a half of a reference pixel apart."""
STEP: Final = 0.001
"""Between two scales: over the width of a picture the shortest wave then slips by a quarter at most."""
REACH: Final = int(HIGHEST)


@dataclass(frozen=True)
class Found:
    """A mark that was read.

    Attributes:
        film: Whose.
        score: How far above noise, see :data:`GATE`.
        scale: The copy's picture against the film's: 1 whole, 1.11 for a crop to 90 %.
        mirrored: Whether left and right are exchanged.
        frames: How many frames it took.
    """

    film: FilmId
    score: float
    scale: float
    mirrored: bool
    frames: int


class Gathering:
    """Frames of one copy, averaged."""

    def __init__(self) -> None:
        self.frames = 0
        self._sum: Floats | None = None

    def add(self, luma: NDArray[np.uint8]) -> None:
        """Add a frame's luma, ``(height, width) uint8``; all of one size."""
        evened = _evened(_brought(luma))
        if self._sum is None:
            self._sum = np.zeros_like(evened)
        self._sum += evened
        self.frames += 1

    def read(self, *, thorough: bool = False) -> Found | None:
        """Look for a mark in what was gathered.

        Args:
            thorough: Try all scales from a half to double, and mirrored copies, instead of the whole picture alone.
        """
        if self._sum is None:
            return None
        mean = self._sum
        best = max(self._looks(mean, thorough=thorough), key=lambda look: look.score)
        if thorough:
            near = [_look(mean, best.scale * (1 + step), best.mirrored, FINE) for step in _STEPS_AROUND]
            best = max(near, key=lambda look: look.score)
        if best.score < GATE:
            return None
        film = FilmId.heard(best.candidates)
        return Found(film, best.score, best.scale, best.mirrored, self.frames) if film else None

    @staticmethod
    def _looks(mean: Floats, *, thorough: bool) -> Iterator["_Look"]:
        yield _look(mean, 1.0, False, FINE)
        if not thorough:
            return
        for scale in np.exp(np.arange(np.log(0.5), np.log(2.0), STEP)):
            yield from _looks_both_ways(mean, float(scale))


_STEPS_AROUND = (-0.0008, -0.0006, -0.0004, -0.0002, 0.0, 0.0002, 0.0004, 0.0006, 0.0008)


@dataclass(frozen=True)
class _Look:
    """What the matching said at one scale."""

    score: float
    scale: float
    mirrored: bool
    candidates: tuple[tuple[int, ...], ...]


def _brought(luma: NDArray[np.uint8]) -> Floats:
    """The picture with its shorter side of SIDE pixels."""
    height, width = luma.shape
    factor = SIDE / min(height, width)
    size = (round(width * factor), round(height * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(luma, size, interpolation=way) if factor != 1 else luma
    return np.asarray(resized, np.float32)


def _evened(picture: Floats) -> Floats:
    """Freed of large shapes, even in contrast, edges clipped."""
    detail = picture - cv2.GaussianBlur(picture, (0, 0), 3.0)
    spread = cv2.blur(detail * detail, (17, 17))
    return np.asarray(np.clip(detail / np.sqrt(spread + 1.0), -2.0, 2.0), np.float32)


def _looks_both_ways(mean: Floats, scale: float) -> Iterator[_Look]:
    spectrum = _spectrum(mean, scale)
    for mirrored in (False, True):
        yield _matched(spectrum, scale, mirrored, int(PERIOD))


def _look(mean: Floats, scale: float, mirrored: bool, places: int) -> _Look:
    return _matched(_spectrum(mean, scale), scale, mirrored, places)


def _spectrum(mean: Floats, scale: float) -> Complex:
    """The tile's waves in the picture, if the tile is ``scale`` times its usual size."""
    height, width = mean.shape
    period = PERIOD * scale
    across = mean @ waveform(width, period)
    return np.asarray(waveform(height, period).T @ across, np.complex64)


def _matched(spectrum: Complex, scale: float, mirrored: bool, places: int) -> _Look:
    """Match by phase at every shift, ``places`` by ``places`` of them."""
    import scipy.fft  # noqa: PLC0415

    numbers, patterns, phases = waves()
    if mirrored:
        spectrum = spectrum[:, ::-1]
    seen = spectrum[numbers[:, 1] + REACH, numbers[:, 0] + REACH]
    product = (seen / np.maximum(np.abs(seen), 1e-12)) * phases.conj()
    planes = np.zeros((SYMBOLS + 1, places, places), np.complex64)
    planes[patterns, numbers[:, 1] % places, numbers[:, 0] % places] = product
    counts = np.bincount(patterns)
    # each place is of deviation 1 where there is no mark
    matches = scipy.fft.ifft2(planes, norm="forward").real / np.sqrt(counts / 2)[:, None, None]
    stride = places // GRID
    # folded[p, i, a, j, b] is the match of pattern p at shift (i stride + a, j stride + b)
    folded = matches.reshape(SYMBOLS + 1, GRID, stride, GRID, stride)
    reached = folded[1:].max(axis=(1, 3)).sum(axis=0)
    total = matches[0] + np.tile(reached, (GRID, GRID))
    top, left = np.unravel_index(int(total.argmax()), total.shape)
    # seen from the reference's place, a symbol lies at whole steps
    around = np.roll(matches[1:], (-int(top), -int(left)), axis=(1, 2))[:, ::stride, ::stride]
    ranked = np.argsort(around.reshape(SYMBOLS, 1 << SYMBOL_BITS), axis=1)[:, ::-1][:, :CANDIDATES]
    candidates = tuple(tuple(int(place) for place in row) for row in ranked)
    return _Look(float(total.max()), scale, mirrored, candidates)
