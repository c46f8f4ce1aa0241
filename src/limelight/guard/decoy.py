"""Decoy: a drawing of skin-coloured curves that holds nothing, and that open_nsfw takes for a body.

The control beside the film's highest score: a scorer that finds nothing in it sees nothing at all. It is no picture
of anybody and shows nothing explicit; what the network makes of real explicit pictures it cannot tell.
"""

from functools import cache

import cv2
import numpy as np

from limelight.guard.screening import Picture

WIDTH, HEIGHT, SEED, CURVES = 640, 360, 2, 9
SKIN, BEHIND = (226, 170, 138), (120, 112, 118)
LIGHT = (-0.4, -0.5, 0.75)


@cache
def decoy() -> Picture:
    """Nine ellipsoids of one colour under one light: ``(360, 640, 3) uint8``, sRGB, always the same."""
    rng = np.random.default_rng(SEED)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) / HEIGHT
    nearest = np.full(x.shape, -np.inf, np.float32)
    shade = np.zeros_like(x)
    for index in range(CURVES):
        left, top = rng.uniform(0.2, WIDTH / HEIGHT - 0.2), rng.uniform(0.15, 0.85)
        a, b, turn = rng.uniform(0.2, 0.5), rng.uniform(0.12, 0.35), rng.uniform(0, np.pi)
        u = ((x - left) * np.cos(turn) + (y - top) * np.sin(turn)) / a
        v = ((y - top) * np.cos(turn) - (x - left) * np.sin(turn)) / b
        height = np.sqrt(np.maximum(1 - u * u - v * v, 0))
        across = u * np.cos(turn) / a * b - v * np.sin(turn)
        down = u * np.sin(turn) / a * b + v * np.cos(turn)
        lit = 0.45 + 0.55 * (LIGHT[0] * across + LIGHT[1] * down + LIGHT[2] * height)
        depth = np.where(height > 0, height * min(a, b) + 0.01 * index, -np.inf)
        shade = np.where(depth > nearest, np.clip(lit, 0.15, 1.1), shade)
        nearest = np.maximum(nearest, depth)
    drawn = np.isfinite(nearest)[..., None]
    picture = np.where(drawn, np.array(SKIN, np.float32) * shade[..., None], BEHIND)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.5).clip(0, 255), np.uint8)
