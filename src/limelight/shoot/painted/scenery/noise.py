"""Noise that looks like nature: fractal sums made by pyramids, so that a full plate costs milliseconds."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def fbm(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cells: tuple[float, float],
    octaves: int = 5,
    gain: float = 0.5,
) -> Floats:
    """Fractal Brownian noise: (h, w) float32 of zero mean and unit deviation.

    Args:
        rng: Where the randomness comes from.
        shape: (height, width).
        cells: How many large blobs fit (down, across); the same numbers give the same picture at any size.
        octaves: Each twice as fine as the one before.
        gain: Amplitude of an octave against the one before.
    """
    height, width = shape
    total: Floats = np.zeros((max(4, round(cells[0]) + 3), max(4, round(cells[1]) + 3)), np.float32)
    amplitude = 1.0
    for octave in range(octaves):
        size = (
            max(4, round((cells[0] + 3) * 2**octave)),
            max(4, round((cells[1] + 3) * 2**octave)),
        )
        if total.shape != size:
            total = np.asarray(cv2.resize(total, size[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
        total += (rng.random(size, np.float32) - 0.5) * amplitude
        amplitude *= gain
    # cut off the border, whose cells are only partly random, and bring it to size
    pad_y, pad_x = int(total.shape[0] * 1.4 / (cells[0] + 3)), int(total.shape[1] * 1.4 / (cells[1] + 3))
    inner = total[pad_y : total.shape[0] - pad_y or None, pad_x : total.shape[1] - pad_x or None]
    shrinks = inner.shape[0] > 1.5 * height
    full = cv2.resize(inner, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    mean, deviation = cv2.meanStdDev(full)
    return np.asarray((full - float(mean[0, 0])) / max(float(deviation[0, 0]), 1e-6), np.float32)


def ridged(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cells: tuple[float, float],
    octaves: int = 6,
    gain: float = 0.52,
) -> Floats:
    """Ridged multifractal (Musgrave 1994): sharp crests, smooth valleys; (h, w) float32, about 0..1."""
    total = np.zeros(shape, np.float32)
    weight: Floats | float = 1.0
    amplitude, norm = 1.0, 0.0
    for octave in range(octaves):
        layer = fbm(rng, shape, (cells[0] * 2**octave, cells[1] * 2**octave), octaves=2, gain=0.3)
        crest = np.maximum(0, 1 - np.abs(layer) * 0.8) ** 2 * weight
        total += crest * amplitude
        norm += amplitude
        weight = np.clip(crest * 1.6, 0, 1)
        amplitude *= gain
    return np.asarray(total / norm, np.float32)


def warp(picture: Floats, dx: Floats, dy: Floats) -> Floats:
    """Move every pixel's source by (dx, dy) pixels; borders are mirrored."""
    height, width = picture.shape[:2]
    xs = np.arange(width, dtype=np.float32)[None, :] + dx
    ys = np.arange(height, dtype=np.float32)[:, None] + dy
    return np.asarray(
        cv2.remap(
            picture,
            np.ascontiguousarray(np.broadcast_to(xs, (height, width)), np.float32),
            np.ascontiguousarray(np.broadcast_to(ys, (height, width)), np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def line(rng: np.random.Generator, length: int, cells: float, octaves: int = 5, gain: float = 0.5) -> Floats:
    """Fractal noise along a line: (length,) float32, zero mean, unit deviation."""
    return np.ascontiguousarray(fbm(rng, (4, length), (1, cells), octaves, gain)[1])


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    """0 below ``low``, 1 above ``high``, smooth between (``low > high`` turns it round)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
