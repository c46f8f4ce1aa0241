"""Beats: do the cuts fall on them. Twice: as directed, and as found in the finished film's pictures."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from limelight.report import Measure
from limelight.review.pictures import Seen
from limelight.score import BeatGrid
from limelight.storyboard import Storyboard
from limelight.timebase import nearest_frame

TOLERANCE: Final = 1
"""Frames."""
TARGET: Final = 0.95
DRAWS: Final = 2000
"""Films with as many cuts at random frames, for the control."""


def measure_cuts(
    storyboard: Storyboard, beats: BeatGrid, found: Sequence[int], *, seed: int = 0
) -> tuple[Measure, ...]:
    """Share of cuts within one frame of a beat.

    Args:
        storyboard: Says where the cuts should be.
        beats: From the score.
        found: Frames at which a cut was seen in the film (:class:`CutFinder`).
        seed: Of the control's random cuts.
    """
    fps = storyboard.format.rate
    planned = [shot.start for shot in storyboard.shots[1:]]
    frames = np.array([nearest_frame(beat, fps) for beat in beats.beats], np.int64)
    chance = _by_chance(frames, storyboard.frames, len(planned), seed)
    target = TARGET if planned and len(frames) else None
    note = "" if len(frames) else "no beat was heard in the song"
    return (
        Measure(
            name="cuts_on_beat",
            title="Cuts within one frame of a beat, as directed",
            value=_share(_near(planned, frames)),
            unit="share",
            control=chance,
            control_title="cuts at random frames",
            target=target,
            samples=len(planned),
            note=note,
        ),
        Measure(
            name="seen_cuts_on_beat",
            title="Cuts within one frame of a beat, as seen in the film",
            value=_share(_near(found, frames)),
            unit="share",
            control=chance,
            control_title="cuts at random frames",
            target=target if found else None,
            samples=len(found),
            note=note or "fades, and cuts between pictures alike, are not seen",
        ),
        Measure(
            name="planned_cuts_seen",
            title="Directed cuts that are seen where they should be",
            value=_share(_near(planned, np.array(found, np.int64))),
            unit="share",
            control=_by_chance(np.array(found, np.int64), storyboard.frames, len(planned), seed + 1),
            control_title="cuts at random frames",
            samples=len(planned),
        ),
    )


def _near(cuts: Sequence[int], frames: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(frames) or not len(cuts):
        return np.zeros(len(cuts), bool)
    distances = np.abs(np.asarray(cuts, np.int64)[:, None] - frames)
    return np.asarray(distances.min(axis=1) <= TOLERANCE)


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else 0.0


def _by_chance(frames: NDArray[np.int64], length: int, cuts: int, seed: int) -> float:
    """Mean share over many films whose cuts are drawn evenly from all frames but the first."""
    if not cuts or length < 2:
        return 0.0
    drawn = np.random.default_rng(seed).integers(1, length, DRAWS * cuts)
    covered = np.zeros(length + 1, bool)
    for frame in frames:
        covered[max(0, frame - TOLERANCE) : frame + TOLERANCE + 1] = True
    return float(covered[drawn].mean())


class CutFinder:
    """Finds cuts in pictures: sudden changes of the picture's horizontal bands that stand out.

    Bands (means of rows, luma and chroma) hardly change while a whip smears the picture sideways, so that the
    moment when one picture replaces another stands out within it.

    Args:
        fps: Frames a second.
    """

    LEAST: Final = 2.5
    """Levels of 255 that a cut changes at least."""
    OUTSTANDING: Final = 3.0
    """Times the median change around it."""

    def __init__(self, fps: Fraction) -> None:
        self._fps = fps
        self._before: NDArray[np.float32] | None = None
        self._changes: list[float] = []

    def see(self, seen: Seen) -> None:
        """Look at the film's next frame."""
        rows = seen.luma.reshape(18, 5, -1).mean(axis=(1, 2), dtype=np.float32)
        bands = np.concatenate([rows, seen.chroma.mean(axis=2, dtype=np.float32).ravel()])
        change = 0.0 if self._before is None else float(np.abs(bands - self._before).mean())
        self._before = bands
        self._changes.append(change)

    def cuts(self) -> list[int]:
        """The first frame of each picture that suddenly replaced another."""
        changes = np.array(self._changes)
        around = max(2, round(self._fps / 5))
        cuts = []
        for index in np.flatnonzero(changes > self.LEAST).tolist():
            window = changes[max(0, index - around) : index + around + 1]
            others = np.delete(window, index - max(0, index - around))
            if changes[index] >= window.max() and changes[index] > self.OUTSTANDING * np.median(others):
                cuts.append(index)
        return cuts
