"""Sheet: one cel of a multiplane picture, and the few fast operations that painting needs.

Colours are sRGB in 0..1 as (r, g, b); masks are (h, w) float32 in 0..1. Pixels are premultiplied.
"""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Color = tuple[float, float, float]


@dataclass
class Sheet:
    """A transparent cel that can be painted on.

    Attributes:
        pixels: (h, w, 4) float32, premultiplied sRGB and alpha, 0..1.
    """

    pixels: Floats

    @classmethod
    def clear(cls, height: int, width: int) -> Self:
        """Nothing painted yet."""
        return cls(np.zeros((height, width, 4), np.float32))

    @classmethod
    def opaque(cls, rgb: Floats) -> Self:
        """A full picture: (h, w, 3)."""
        return cls(np.dstack([rgb, np.ones(rgb.shape[:2], np.float32)]))

    @property
    def rgb(self) -> Floats:
        """(h, w, 3) premultiplied colour, as a view."""
        return self.pixels[..., :3]

    @property
    def alpha(self) -> Floats:
        """(h, w) alpha, as a view."""
        return self.pixels[..., 3]

    def over(self, color: Color | Floats, mask: Floats, top: int = 0, left: int = 0) -> None:
        """Paint colour (one, or (h, w, 3)) through a mask, whose corner lies at (top, left); may stick out."""
        window, cut = _window(self.pixels, mask.shape, top, left)
        if window.size == 0:
            return
        mask = np.ascontiguousarray(mask[cut], np.float32)
        if isinstance(color, tuple):
            _over_flat(window, np.array(color, np.float32), mask)
        else:
            _over(window, np.ascontiguousarray(color[cut], np.float32), mask)

    def place(self, cel: Floats, top: int, left: int, opacity: float = 1.0) -> None:
        """Lay another premultiplied (h, w, 4) cel over this one; it may stick out."""
        window, cut = _window(self.pixels, cel.shape, top, left)
        if window.size:
            _place(window, np.ascontiguousarray(cel[cut], np.float32), opacity)

    def glow(self, color: Color | Floats, amount: Floats, top: int = 0, left: int = 0) -> None:
        """Add light (screen), only where something is painted."""
        window, cut = _window(self.pixels, amount.shape, top, left)
        if window.size == 0:
            return
        amount = np.ascontiguousarray(amount[cut], np.float32)
        if isinstance(color, tuple):
            _glow_flat(window, np.array(color, np.float32), amount)
        else:
            _glow(window, np.ascontiguousarray(color[cut], np.float32), amount)

    def shade(self, factor: Floats) -> None:
        """Multiply the colour by (h, w) or (h, w, 3)."""
        self.pixels[..., :3] *= factor if factor.ndim == 3 else factor[..., None]

    def tint(self, color: Color, share: float | Floats) -> None:
        """Move the colour towards another where something is painted: haze, mist, shadow."""
        shares = np.broadcast_to(np.asarray(share, np.float32), self.pixels.shape[:2])
        _tint(self.pixels, np.array(color, np.float32), np.ascontiguousarray(shares))

    def soften(self, sigma: float) -> None:
        """Blur, as a lens does out of focus."""
        if sigma > 0.3:
            self.pixels = np.asarray(cv2.GaussianBlur(self.pixels, (0, 0), sigma), np.float32)


def _window(
    pixels: Floats, shape: tuple[int, ...], top: int, left: int
) -> tuple[Floats, tuple[slice, slice]]:
    height, width = pixels.shape[:2]
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = max(y0, min(height, top + shape[0])), max(x0, min(width, left + shape[1]))
    return pixels[y0:y1, x0:x1], (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))


@njit(cache=True)
def _over_flat(pixels: Any, color: Any, mask: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            m = mask[y, x]
            if m > 0.0:
                keep = 1.0 - m
                for c in range(3):
                    pixels[y, x, c] = pixels[y, x, c] * keep + color[c] * m
                pixels[y, x, 3] = pixels[y, x, 3] * keep + m


@njit(cache=True)
def _over(pixels: Any, color: Any, mask: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            m = mask[y, x]
            if m > 0.0:
                keep = 1.0 - m
                for c in range(3):
                    pixels[y, x, c] = pixels[y, x, c] * keep + color[y, x, c] * m
                pixels[y, x, 3] = pixels[y, x, 3] * keep + m


@njit(cache=True)
def _place(pixels: Any, cel: Any, opacity: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            m = cel[y, x, 3] * opacity
            if m > 0.0:
                for c in range(4):
                    pixels[y, x, c] = pixels[y, x, c] * (1.0 - m) + cel[y, x, c] * opacity


@njit(cache=True)
def _glow_flat(pixels: Any, color: Any, amount: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            m = amount[y, x]
            if m > 0.0:
                for c in range(3):
                    room = pixels[y, x, 3] - pixels[y, x, c]
                    pixels[y, x, c] += max(room, 0.0) * min(color[c] * m, 1.0)


@njit(cache=True)
def _glow(pixels: Any, color: Any, amount: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            m = amount[y, x]
            if m > 0.0:
                for c in range(3):
                    room = pixels[y, x, 3] - pixels[y, x, c]
                    pixels[y, x, c] += max(room, 0.0) * min(color[y, x, c] * m, 1.0)


@njit(cache=True)
def _tint(pixels: Any, color: Any, share: Any) -> Any:
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            a = pixels[y, x, 3]
            if a > 0.0:
                s = share[y, x]
                for c in range(3):
                    pixels[y, x, c] += (color[c] * a - pixels[y, x, c]) * s


def develop(sheet: Sheet, table: Floats, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Grade a sheet through a colour table and make it 8 bits, dithered so that gradients do not band.

    Args:
        sheet: What was painted.
        table: (n, n, n, 3) sRGB in 0..1 (see :attr:`~limelight.shoot.painted.palette.Palette.table`).
        seed: Of the dither.

    Returns:
        (h, w, 3) uint8 straight (not premultiplied) sRGB, and (h, w) uint8 alpha.
    """
    noise = np.random.default_rng(seed).random((64, 64), np.float32)
    rgb = np.empty((*sheet.pixels.shape[:2], 3), np.uint8)
    alpha = np.empty(sheet.pixels.shape[:2], np.uint8)
    _develop(np.ascontiguousarray(sheet.pixels), table, noise, rgb, alpha)
    return rgb, alpha


@njit(cache=True)
def _develop(pixels: Any, table: Any, noise: Any, rgb: Any, alpha: Any) -> Any:
    top = table.shape[0] - 1
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            a = min(max(pixels[y, x, 3], 0.0), 1.0)
            alpha[y, x] = int(a * 255.0 + 0.5)
            if alpha[y, x] == 0:
                rgb[y, x, 0] = rgb[y, x, 1] = rgb[y, x, 2] = 0
                continue
            r = min(max(pixels[y, x, 0] / a, 0.0), 1.0) * top
            g = min(max(pixels[y, x, 1] / a, 0.0), 1.0) * top
            b = min(max(pixels[y, x, 2] / a, 0.0), 1.0) * top
            i, j, k = min(int(r), top - 1), min(int(g), top - 1), min(int(b), top - 1)
            r -= i
            g -= j
            b -= k
            dither = noise[y & 63, x & 63] - 0.5
            for c in range(3):
                v00 = table[i, j, k, c] * (1 - b) + table[i, j, k + 1, c] * b
                v01 = table[i, j + 1, k, c] * (1 - b) + table[i, j + 1, k + 1, c] * b
                v10 = table[i + 1, j, k, c] * (1 - b) + table[i + 1, j, k + 1, c] * b
                v11 = table[i + 1, j + 1, k, c] * (1 - b) + table[i + 1, j + 1, k + 1, c] * b
                v = (v00 * (1 - g) + v01 * g) * (1 - r) + (v10 * (1 - g) + v11 * g) * r
                rgb[y, x, c] = int(min(max(v * 255.0 + 0.5 + dither, 0.0), 255.0))
