"""Particles: what moves in the air. Each is a closed function of time, so that frames may be drawn in any order."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from limelight.errors import InputError

Picture = NDArray[np.uint8]
Floats = NDArray[np.floating]
Color = tuple[int, int, int]


@dataclass(frozen=True)
class Kind:
    """How one kind of particle looks and moves.

    Attributes:
        count: In a 1280 x 720 picture; scales with the area.
        size: (least, most) radius, in thousandths of the picture's root area.
        speed: (right, down) in picture heights a second.
        spread: Share by which speeds differ.
        sway: Sideways swing in picture heights.
        pulse: How much brightness comes and goes, 0..1.
        streak: Seconds of motion that a streak shows; 0 for dots.
        color: sRGB, 0..255.
        strength: Opacity of the nearest.
        top, bottom: The band of the picture it lives in, 0..1.
        solid: Whether it covers what is behind, instead of glowing over it.
    """

    count: int
    size: tuple[float, float]
    speed: tuple[float, float]
    spread: float = 0.4
    sway: float = 0.0
    pulse: float = 0.0
    streak: float = 0.0
    color: Color = (255, 255, 255)
    strength: float = 0.7
    top: float = 0.0
    bottom: float = 1.0
    solid: bool = False


KINDS: Final = {
    "rain": Kind(420, (0.5, 1.0), (-0.18, 1.9), 0.3, streak=0.030, color=(206, 220, 240), strength=0.42),
    "snow": Kind(320, (0.9, 3.4), (-0.02, 0.11), 0.6, sway=0.025, color=(248, 250, 255), strength=0.85),
    "embers": Kind(90, (0.6, 1.8), (0.03, -0.13), 0.7, sway=0.02, pulse=0.7, color=(255, 160, 70), strength=0.9),
    "dust": Kind(110, (0.5, 1.9), (0.012, -0.006), 0.9, sway=0.02, pulse=0.6, color=(255, 240, 210), strength=0.38),
    "stars": Kind(70, (0.5, 1.2), (0.0, 0.0), 0.0, pulse=1.0, color=(255, 252, 240), strength=0.9, bottom=0.5),
    "fireflies": Kind(
        36, (1.0, 2.0), (0.008, -0.004), 1.0, sway=0.05, pulse=1.0,
        color=(225, 255, 120), strength=1.0, top=0.4, bottom=0.95,
    ),
    "petals": Kind(46, (2.0, 4.2), (0.07, 0.10), 0.5, sway=0.05, color=(255, 190, 205), strength=0.9, solid=True),
    "birds": Kind(
        9, (6.0, 11.0), (0.045, -0.004), 0.12, sway=0.006,
        color=(24, 24, 34), strength=0.85, top=0.12, bottom=0.42, solid=True,
    ),
}  # fmt: skip


class Particles:
    """One kind of particles over a picture.

    Args:
        kind: ``rain``, ``snow``, ``embers``, ``dust``, ``stars``, ``fireflies``, ``petals`` or ``birds``.
        size: (width, height) of the pictures.
        seed: The same seed, the same flight.
        amount: Factor on their number; raise it with arousal.
        color: sRGB 0..255 instead of the kind's own.

    Raises:
        InputError: no such kind.
    """

    def __init__(
        self, kind: str, size: tuple[int, int], seed: int, *, amount: float = 1.0, color: Color | None = None
    ) -> None:
        if kind not in KINDS:
            raise InputError(f"There are no particles {kind!r}.", hint=f"Choose one of: {', '.join(KINDS)}.")
        self.kind = kind
        self._about = KINDS[kind]
        self._size = size
        rng = np.random.default_rng([seed, list(KINDS).index(kind)])
        about = self._about
        count = max(1, round(about.count * amount * size[0] * size[1] / (1280 * 720)))
        self._near = rng.random(count).astype(np.float32) ** 1.5
        self._start = rng.random((count, 2)).astype(np.float32)
        self._phase = (rng.random((count, 3)) * 2 * np.pi).astype(np.float32)
        self._pace = (1 + about.spread * (rng.random(count) * 2 - 1)).astype(np.float32)
        self._stamps = _stamps(about, size)
        self._color = np.array(color or about.color, np.float32)
        self._shutter = 1.0
        painters = {"rain": self._draw_streaks, "birds": self._draw_birds, "petals": self._draw_petals}
        self._draw = painters.get(kind, self._draw_dots)

    def draw(self, picture: Picture, t: float, dt: float = 1 / 30) -> None:
        """Draw them into a picture.

        Args:
            picture: (h, w, 3) uint8 sRGB of the size given, changed in place.
            t: Seconds since the shot began.
            dt: Seconds that the picture lasts; streaks are as long as it takes.
        """
        self._shutter = dt * 30
        self._draw(picture, self._places(t), t)

    def _places(self, t: float) -> Floats:
        """(count, 2) pixels at a time; they leave on one side and come back on the other."""
        about = self._about
        width, height = self._size
        depth = 0.45 + 0.55 * self._near
        pad = 0.04
        moved_x = about.speed[0] * t * depth * self._pace * height / width
        moved_y = about.speed[1] * t * depth * self._pace
        x = (self._start[:, 0] + moved_x) % 1.0 * (1 + 2 * pad) - pad
        y = (self._start[:, 1] + moved_y / max(about.bottom - about.top, 0.05)) % 1.0
        y = about.top + (about.bottom - about.top) * (y * (1 + 2 * pad) - pad)
        swing = about.sway * (
            np.sin(t * 1.3 * self._pace + self._phase[:, 0]) + 0.5 * np.sin(t * 2.9 + self._phase[:, 1])
        )
        lift = about.sway * 0.5 * np.sin(t * 1.7 * self._pace + self._phase[:, 1])
        return np.stack([x * width + swing * height, (y + lift) * height], 1).astype(np.float32)

    def _strengths(self, t: float) -> Floats:
        about = self._about
        beat = 0.5 + 0.5 * np.sin(t * (2.2 + 1.5 * self._pace) + self._phase[:, 2])
        bright = 1 - about.pulse + about.pulse * beat**2
        return np.asarray(about.strength * (0.40 + 0.60 * self._near) * bright, np.float32)

    def _draw_dots(self, picture: Picture, places: Floats, t: float) -> None:
        which = np.minimum((self._near * len(self._stamps)).astype(np.int64), len(self._stamps) - 1)
        _blend_dots(picture, places, which, self._stamps, self._strengths(t), self._color, self._about.solid)

    def _draw_streaks(self, picture: Picture, places: Floats, t: float) -> None:
        about = self._about
        height = self._size[1]
        long = np.array(about.speed, np.float32) * about.streak * self._shutter * height
        ways = long[None, :] * (0.45 + 0.55 * self._near[:, None])
        _blend_streaks(picture, places, ways, self._strengths(t), self._color)

    def _draw_petals(self, picture: Picture, places: Floats, t: float) -> None:
        root = float(np.sqrt(self._size[0] * self._size[1])) / 1000
        radius = (self._about.size[0] + (self._about.size[1] - self._about.size[0]) * self._near) * root
        turn = (self._phase[:, 1] + t * 1.2 * self._pace)[:, None]
        flat = 0.25 + 0.5 * np.abs(np.sin(t * 1.9 * self._pace + self._phase[:, 2]))
        angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)[None, :]
        long, wide = radius[:, None] * np.cos(angle), (radius * flat)[:, None] * np.sin(angle)
        xs = places[:, :1] + long * np.cos(turn) - wide * np.sin(turn)
        ys = places[:, 1:] + long * np.sin(turn) + wide * np.cos(turn)
        shapes = (np.stack([xs, ys], 2) * 16).astype(np.int32)
        for share in range(3):  # petals turned away from the light are darker
            chosen = np.flatnonzero((flat * 4).astype(int).clip(1, 3) == share + 1)
            if len(chosen):
                color = tuple(float(c) * (0.76 + 0.12 * share) for c in self._color)
                cv2.fillPoly(picture, [shapes[i] for i in chosen], color, cv2.LINE_AA, 4)

    def _draw_birds(self, picture: Picture, places: Floats, t: float) -> None:
        root = float(np.sqrt(self._size[0] * self._size[1])) / 1000
        half = ((self._about.size[0] + (self._about.size[1] - self._about.size[0]) * self._near) * root)[
            :, None
        ]
        beat = np.sin(t * 7.5 * self._pace + self._phase[:, 0])[:, None]
        u = np.linspace(-1, 1, 11)[None, :]
        reach = np.abs(u)
        xs = places[:, :1] + u * half
        ys = places[:, 1:] - np.sin(reach * 2.2) * half * 0.42 * beat + reach**2 * half * 0.10
        thick = half * 0.10 * np.sin(np.pi * (0.2 + 0.78 * reach)) + 0.3
        upper, lower = np.stack([xs, ys - thick], 2), np.stack([xs, ys + thick * 0.6], 2)[:, ::-1]
        wings = (np.concatenate([upper, lower], 1) * 16).astype(np.int32)
        cv2.fillPoly(picture, list(wings), tuple(float(c) for c in self._color), cv2.LINE_AA, 4)


def _stamps(about: Kind, size: tuple[int, int]) -> Floats:
    """Six soft discs from small to large: (6, n, n) float32."""
    root = float(np.sqrt(size[0] * size[1])) / 1000
    glow = 2.6 if not about.solid and about.pulse > 0 else 1.0
    largest = about.size[1] * root * glow
    half = int(np.ceil(largest * 1.4)) + 1
    yy, xx = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    distance = np.hypot(xx, yy)
    stamps = []
    for share in np.linspace(0, 1, 6):
        radius = (about.size[0] + (about.size[1] - about.size[0]) * share) * root
        disc = np.clip(radius + 0.6 - distance, 0, 1)
        if glow > 1:
            disc = np.maximum(disc, 0.5 * np.exp(-((distance / (radius * 1.7)) ** 2)))
        else:
            disc = np.exp(-((distance / (radius * 0.9 + 0.25)) ** 2))
        stamps.append(disc)
    return np.stack(stamps).astype(np.float32)


@njit(cache=True, fastmath=True)
def _blend_dots(
    picture: Any, places: Any, which: Any, stamps: Any, strengths: Any, color: Any, solid: Any
) -> Any:
    height, width = picture.shape[:2]
    n = stamps.shape[1]
    half = n // 2
    for i in range(places.shape[0]):
        fx, fy = places[i, 0] - half, places[i, 1] - half
        left, top = int(np.floor(fx)), int(np.floor(fy))
        ax, ay = fx - left, fy - top
        stamp = stamps[which[i]]
        first = half  # rows outside the disc are left out
        while first > 0 and stamp[half, first - 1] > 0.01:
            first -= 1
        for r in range(first, n + 1 - first):
            y = top + r
            if y < 0 or y >= height:
                continue
            for c in range(first, n + 1 - first):
                x = left + c
                if x < 0 or x >= width:
                    continue
                m = 0.0  # the stamp moved by a part of a pixel
                if r < n and c < n:
                    m += stamp[r, c] * (1 - ax) * (1 - ay)
                if r < n and c > 0:
                    m += stamp[r, c - 1] * ax * (1 - ay)
                if r > 0 and c < n:
                    m += stamp[r - 1, c] * (1 - ax) * ay
                if r > 0 and c > 0:
                    m += stamp[r - 1, c - 1] * ax * ay
                m *= strengths[i]
                if m < 0.004:
                    continue
                for k in range(3):
                    v = picture[y, x, k]
                    gain = (color[k] - v) * m if solid else (255.0 - v) * (color[k] / 255.0) * m
                    picture[y, x, k] = int(min(max(v + gain + 0.5, 0.0), 255.0))


@njit(cache=True, fastmath=True)
def _blend_streaks(picture: Any, places: Any, ways: Any, strengths: Any, color: Any) -> Any:
    height, width = picture.shape[:2]
    for i in range(places.shape[0]):
        steps = int(abs(ways[i, 1])) + 1
        for s in range(steps):
            t = s / steps
            x = places[i, 0] + ways[i, 0] * t
            y = int(places[i, 1] + ways[i, 1] * t)
            if y < 0 or y >= height:
                continue
            left = int(np.floor(x))
            part = x - left
            strength = strengths[i] * (0.25 + 0.75 * t)
            for c in range(2):
                column = left + c
                if column < 0 or column >= width:
                    continue
                m = strength * (part if c == 1 else 1.0 - part)
                for k in range(3):
                    v = picture[y, column, k]
                    picture[y, column, k] = int(min(v + (255.0 - v) * (color[k] / 255.0) * m + 0.5, 255.0))
