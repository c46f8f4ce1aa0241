"""Mouth: does it open when the voice sings."""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.report import Measure
from limelight.review.pictures import Seen
from limelight.score import Voice
from limelight.storyboard import Composition, Storyboard

UPPER_LIP, LOWER_LIP = 13, 14
"""Inner lips, in MediaPipe's face mesh."""
SINGING: Final = (
    Composition.CLOSE_UP,
    Composition.EXTREME_CLOSE_UP,
    Composition.MEDALLION,
    Composition.DOUBLE_EXPOSURE,
)
LEAST: Final = 20
"""Frames with a mouth in them, below which nothing is said."""
SHUFFLES: Final = 500


class Face(Protocol):
    """What is needed of a face; see :class:`limelight.faces.landmarks.Face`."""

    @property
    def points(self) -> NDArray[np.float32]:
        """``(478, 3)``."""
        ...

    @property
    def eye_distance(self) -> float:
        """Pixels."""
        ...


class MeshReader(Protocol):
    """What finds the points of faces; see :class:`limelight.faces.landmarks.FaceLandmarker`."""

    def detect(self, rgb: NDArray[np.uint8], /) -> Sequence[Face]:
        """The faces in a picture."""
        ...


class MouthWatcher:
    """Compares the opening of the lips with the voice's envelope.

    Args:
        storyboard: Says in which shots a star sings large.
        voice: From the score.
        reader: Finds the lips.
        most: Frames that are looked at, spread over those shots.
    """

    def __init__(self, storyboard: Storyboard, voice: Voice, reader: MeshReader, *, most: int = 240) -> None:
        frames = [
            frame
            for shot in storyboard.shots
            if shot.stars and shot.composition in SINGING
            for frame in range(shot.start, shot.end)
        ]
        step = max(1, -(-len(frames) // most))
        self._due = frozenset(frames[::step])
        self._fps = float(storyboard.format.rate)
        self._voice = voice
        self._reader = reader
        self._pairs: list[tuple[float, float]] = []

    def wants(self, index: int) -> bool:
        """Whether a frame is one of the sample."""
        return index in self._due and bool(self._voice.envelope)

    def see(self, seen: Seen) -> None:
        """Look at the film's next frame, if it is one of the sample."""
        if not self.wants(seen.index):
            return
        faces = self._reader.detect(seen.picture)
        if not faces:
            return
        face = max(faces, key=lambda face: face.eye_distance)
        gap = float(np.linalg.norm(face.points[LOWER_LIP, :2] - face.points[UPPER_LIP, :2]))
        moment = min(round(seen.index / self._fps * self._voice.rate), len(self._voice.envelope) - 1)
        self._pairs.append((gap / max(face.eye_distance, 1e-6), self._voice.envelope[moment]))

    def measures(self, *, seed: int = 0) -> tuple[Measure, ...]:
        """The correlation, beside the same with the voice taken from other moments; none of too few frames."""
        if len(self._pairs) < LEAST:
            return ()
        opening, voice = np.array(self._pairs).T
        rng = np.random.default_rng(seed)
        shuffled = [_correlation(opening, rng.permutation(voice)) for _ in range(SHUFFLES)]
        return (
            Measure(
                name="mouth_follows_voice",
                title="Correlation of the lips' opening with the voice",
                value=_correlation(opening, voice),
                control=float(np.quantile(shuffled, 0.95)),
                control_title="the voice of other moments (95th percentile)",
                samples=len(self._pairs),
                note="Pearson, over frames with a mouth in large shots",
            ),
        )


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    one, other = one - one.mean(), other - other.mean()
    scale = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / scale if scale > 1e-12 else 0.0
