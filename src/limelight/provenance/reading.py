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
CROPPED: Final = np.exp(np.arange(-0.003, np.log(1.35), STEP))
"""Scales of copies whose edges were cut off, up to a quarter of each side; and of mirrored ones."""
OTHERS: Final = np.exp(
    np.concatenate([np.arange(np.log(0.5), -0.003, STEP), np.arange(np.log(1.35), np.log(2), STEP)])
)
"""Scales of copies with bars around them, and of narrower crops."""
AROUND: Final = 1 + np.arange(-0.0008, 0.0009, 0.0002)
"""Steps about the best scale."""
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
        self.size: tuple[int, int] | None = None
        """The frames' height and width; None before the first."""
        self._sum: Floats | None = None

    def add(self, luma: NDArray[np.uint8]) -> None:
        """Add a frame's luma, ``(height, width) uint8``; all of one size."""
        self.size = (luma.shape[0], luma.shape[1])
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
        found = self._said(_look(mean, 1.0))
        if found or not thorough:
            return found
        for scales in (CROPPED, OTHERS):
            _, scale, mirrored = max(place for scale in scales for place in _glances(mean, float(scale)))
            near = [_look(mean, float(scale * step), mirrored=mirrored) for step in AROUND]
            if found := self._said(max(near, key=lambda look: look.score)):
                return found
        return None

    def best_score(self) -> float:
        """How well the whole picture matches, see :data:`GATE`; 0 before the first frame."""
        return 0.0 if self._sum is None else _look(self._sum, 1.0).score

    def _said(self, look: "_Look") -> Found | None:
        film = FilmId.heard(look.candidates) if look.score >= GATE else None
        return Found(film, look.score, look.scale, look.mirrored, self.frames) if film else None


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


def _glances(mean: Floats, scale: float) -> Iterator[tuple[float, float, bool]]:
    """Score, scale and whether mirrored, of the picture as it is and of its mirror image."""
    spectrum = _spectrum(mean, scale)
    for mirrored in (False, True):
        matches = _matches(spectrum, int(PERIOD), mirrored=mirrored)
        yield float(_best(matches).sum(axis=0).max()), scale, mirrored


def _look(mean: Floats, scale: float, *, mirrored: bool = False) -> _Look:
    """Match closely at one scale, and read what the symbols say at the best shift."""
    matches = _matches(_spectrum(mean, scale), FINE, mirrored=mirrored)
    totals = _totals(matches)
    top, left = np.unravel_index(int(totals.argmax()), totals.shape)
    stride = FINE // GRID
    # seen from the reference's place, a symbol lies at whole steps
    around = np.roll(matches[1:], (-int(top), -int(left)), axis=(1, 2))[:, ::stride, ::stride]
    ranked = np.argsort(around.reshape(SYMBOLS, 1 << SYMBOL_BITS), axis=1)[:, ::-1][:, :CANDIDATES]
    candidates = tuple(tuple(int(place) for place in row) for row in ranked)
    return _Look(float(totals.max()), scale, mirrored, candidates)


def _spectrum(mean: Floats, scale: float) -> Complex:
    """The tile's waves in the picture, if the tile is ``scale`` times its usual size.

    Returns:
        ``(REACH + 1, 2 REACH + 1) complex64``: down from 0, across from -REACH; the rest is the conjugate of it.
    """
    height, width = mean.shape
    period = PERIOD * scale
    wave = waveform(height, period, 0, REACH).T
    down = wave.real @ mean + 1j * (wave.imag @ mean)  # real products: a quarter of the work of complex ones
    return np.asarray(down.astype(np.complex64) @ waveform(width, period, -REACH, REACH), np.complex64)


def _matches(spectrum: Complex, places: int, *, mirrored: bool) -> Floats:
    """Match every pattern by phase at every shift of it.

    Returns:
        ``(1 + SYMBOLS, places, places) float32``: down, across; of deviation 1 where there is no mark.
    """
    import scipy.fft  # noqa: PLC0415

    numbers, patterns, phases = waves()
    across, down = numbers.T
    seen = spectrum[down, REACH - across if mirrored else REACH + across]
    product = seen / np.maximum(np.abs(seen), 1e-12) * phases.conj()
    planes = np.zeros((1 + SYMBOLS, places, places // 2 + 1), np.complex64)
    planes[patterns, across % places, down] = np.where(down == 0, 2, 1) * product
    planes /= np.sqrt(2 * np.bincount(patterns))[:, None, None]
    turned = scipy.fft.irfft2(planes, s=(places, places), norm="forward")
    return np.asarray(turned.transpose(0, 2, 1), np.float32)


def _totals(matches: Floats) -> Floats:
    """For every shift of the whole: the reference's match there, and each symbol's best at whole steps from it."""
    return np.asarray(matches[0] + np.tile(_best(matches[1:]).sum(axis=0), (GRID, GRID)), np.float32)


def _best(matches: Floats) -> Floats:
    """The best match among shifts that are whole steps apart: ``(patterns, stride, stride) float32``."""
    patterns, places, _ = matches.shape
    stride = places // GRID
    rows = matches.reshape(patterns, GRID, stride * places).max(axis=1)
    return np.asarray(rows.reshape(patterns, stride, GRID, stride).max(axis=2), np.float32)
