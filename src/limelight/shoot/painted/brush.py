"""Brush: a neural style net that paints a picture over, then gives it back its own colours.

The net is Magenta's multi-style network (Dumoulin et al. 2017), 26 styles that blend by weight; colours are
matched by mean and deviation in Lab (Reinhard et al. 2001), else night would become day.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.shoot.painted.soft import soften

Picture = NDArray[np.uint8]
STYLES = 26
BUSY, CALM = 6.0, 0.14
"""Detail (mean difference, 8-bit levels) from which strokes are whole, and the share of them where there is none."""
FAINT, STRONG = 10.0, 44.0
"""How far strokes may leave the picture's own levels, in calm and in busy regions: outlines around soft clouds make
them paper."""


class Brush:
    """Paints pictures over; a context manager that holds the net while it is open.

    >>> with Brush() as brush:
    ...     painted = brush.paint(picture, 12, strength=0.8)

    Args:
        model: The net's file; the registered ``multistyle26`` if not given.
        threads: Threads a pass may use.
    """

    weights: ClassVar[tuple[str, ...]] = ("multistyle26",)
    version: ClassVar[int] = 2

    def __init__(self, model: Path | None = None, *, threads: int = 1) -> None:
        self._model = model
        self._threads = threads
        self._session: Any = None

    @property
    def digest(self) -> str:
        """What a cache key of painted things should contain."""
        from limelight.weights import registry  # noqa: PLC0415 - only where a key is made

        return f"{registry()[self.weights[0]].digest}/{self.version}"

    def __enter__(self) -> Self:
        import onnxruntime  # noqa: PLC0415 - heavy, and only needed while painting

        if self._model is None:
            from limelight.weights import weight  # noqa: PLC0415

            self._model = weight(self.weights[0])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_mem_pattern = False  # picture sizes differ
        self._session = onnxruntime.InferenceSession(
            str(self._model), options, providers=["CPUExecutionProvider"]
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session = None

    def paint(
        self,
        rgb: Picture,
        style: int | Mapping[int, float],
        strength: float = 0.8,
        *,
        max_side: int = 740,
        match: float = 0.85,
        hold: float = 0.0,
    ) -> Picture:
        """Paint a picture over.

        Args:
            rgb: (h, w, 3) uint8 sRGB.
            style: A style's number, 0..25, or styles with their weights.
            strength: 0 leaves the picture as it is, 1 leaves only the painting.
            max_side: The net sees the picture at this size: the smaller, the broader the strokes.
            match: How far the painting gets the picture's own colours back as a whole, 0..1.
            hold: How far every region keeps its own light and colour, 0..1: at 1 only strokes and outlines
                are taken from the net, so that a cloud stays a cloud.

        Returns:
            (h, w, 3) uint8 sRGB.

        Raises:
            InputError: no such style.
        """
        if strength <= 0:
            return rgb.copy()
        weights = style_weights(style)
        if self._session is None:
            raise RuntimeError("the brush is closed: use it in a `with` block")
        height, width = rgb.shape[:2]
        scale = min(1.0, max_side / max(height, width))
        small_size = (max(32, round(width * scale)), max(32, round(height * scale)))
        small = np.asarray(cv2.resize(rgb, small_size, interpolation=cv2.INTER_AREA), np.uint8)
        pad = (-small.shape[0] % 4, -small.shape[1] % 4)
        padded = cv2.copyMakeBorder(small, 0, pad[0], 0, pad[1], cv2.BORDER_REFLECT)
        image = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32) / 255
        out = self._session.run(None, {"image": image, "style_weights": weights})[0][0]
        painted = np.clip(out.transpose(1, 2, 0)[: small.shape[0], : small.shape[1]], 0, 1)
        matched = match_colors(np.ascontiguousarray(painted, np.float32), small, match)
        if hold > 0:
            matched = hold_regions(matched, small, hold)
        large = cv2.resize(matched, (width, height), interpolation=cv2.INTER_CUBIC)
        return np.asarray(
            cv2.addWeighted(rgb, 1 - strength, np.asarray(large, np.uint8), strength, 0), np.uint8
        )


def style_weights(style: int | Mapping[int, float]) -> NDArray[np.float32]:
    """(26,) float32 that sums to 1.

    Raises:
        InputError: a number out of range, or weights that are negative or all zero.
    """
    wanted = {style: 1.0} if isinstance(style, int) else dict(style)
    weights = np.zeros(STYLES, np.float32)
    for number, share in wanted.items():
        if not 0 <= number < STYLES or share < 0:
            raise InputError(
                f"There is no style {number} of weight {share}.",
                hint=f"Styles are 0 to {STYLES - 1}, weights positive.",
            )
        weights[number] += share
    if not weights.sum() > 0:
        raise InputError("No style has any weight.", hint="Give at least one style a weight above 0.")
    return np.asarray(weights / weights.sum(), np.float32)


def match_colors(painted: NDArray[np.float32], target: Picture, share: float) -> Picture:
    """Give a painting the mean and deviation of another picture in Lab (Reinhard et al. 2001).

    Args:
        painted: (h, w, 3) float32 sRGB in 0..1.
        target: (h, w, 3) uint8 sRGB.
        share: 0 leaves the painting, 1 matches fully.
    """
    lab = cv2.cvtColor(painted, cv2.COLOR_RGB2Lab)
    goal = cv2.cvtColor(target.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    mean, deviation = cv2.meanStdDev(lab)
    goal_mean, goal_deviation = cv2.meanStdDev(goal)
    ratio = np.clip(goal_deviation / np.maximum(deviation, 1e-3), 0.2, 2.0)
    slope = (1 - share) + share * ratio[:, 0]
    shift = share * (goal_mean[:, 0] - mean[:, 0] * ratio[:, 0])
    moved = (lab * slope.astype(np.float32) + shift.astype(np.float32)).astype(np.float32)
    rgb = cv2.cvtColor(moved, cv2.COLOR_Lab2RGB)
    return np.asarray(np.clip(rgb, 0, 1) * 255 + 0.5, np.uint8)


def hold_regions(painted: Picture, target: Picture, share: float) -> Picture:
    """Give every region of a painting the light and colour it had: only what is finer than 2 % is kept."""
    sigma = max(target.shape[:2]) * 0.02
    wanted = soften(target.astype(np.float32), sigma)
    got = soften(painted.astype(np.float32), sigma)
    # where the picture itself is smooth (clouds, haze, water far off) strokes are fainter
    # and so they are among stars: single points do not count
    grey = cv2.medianBlur(cv2.cvtColor(target, cv2.COLOR_RGB2GRAY), 5).astype(np.float32)
    detail = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), sigma / 5))
    busy = np.clip(soften(detail, sigma / 1.6) / BUSY, CALM, 1.0)[..., None]
    strokes = (painted - got) * (1 - share + share * busy)
    most = (FAINT + (STRONG - FAINT) * busy) / max(0.1, share)
    strokes = most * np.tanh(strokes / most)
    base = got + (wanted - got) * share
    return np.asarray(np.clip(base + strokes + 0.5, 0, 255), np.uint8)
