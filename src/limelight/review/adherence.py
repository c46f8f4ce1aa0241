"""Adherence: do pictures show what their prompts ask for, beside the prompts of other shots.

Pictures and prompts are placed in one space by a model of the CLIP class (Radford et al., "Learning Transferable
Visual Models From Natural Language Supervision", ICML 2021); a shot's score is the cosine between the mean of its
pictures and its prompt (CLIPScore: Hessel et al., EMNLP 2021), its lead that score minus the mean over the prompts of
the film's other shots. The lead says whether a picture shows this prompt rather than any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from limelight.report import Measure
from limelight.review.pictures import look_up
from limelight.storyboard import Shot, Storyboard

Vectors = NDArray[np.float32]
Picture = NDArray[np.uint8]

MOMENTS = (0.2, 0.5, 0.8)
"""Where in a shot its pictures are looked at, as shares of its length."""
STAR = "a person"
"""What the star's token means to a model that does not know her or him."""


class PictureReader(Protocol):
    """Places pictures and sentences in one space."""

    @property
    def label(self) -> str:
        """Name and hash or commit, for the report and cache keys."""
        ...

    def pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """``(n, d) float32`` of length 1, for ``(height, width, 3) uint8`` sRGB pictures."""
        ...

    def texts(self, texts: Sequence[str]) -> Vectors:
        """``(n, d) float32`` of length 1; what is too long is cut."""
        ...


@dataclass(frozen=True)
class Score:
    """How one shot's pictures fit.

    Attributes:
        own: Cosine to the shot's prompt.
        others: Mean cosine to the prompts of shots with another prompt.
    """

    own: float
    others: float

    @property
    def lead(self) -> float:
        """How much better the shot's own prompt fits than the others."""
        return self.own - self.others


@dataclass(frozen=True)
class Adherence:
    """The scores of a film's shots, by number; shots without a prompt have none."""

    scores: Mapping[int, Score]

    @classmethod
    def of(cls, pictures: Mapping[int, Vectors], prompts: Mapping[int, Vectors]) -> Self:
        """Compare.

        Args:
            pictures: ``(d,)`` of each shot.
            prompts: ``(d,)`` of each shot; equal prompts have equal vectors.
        """
        scores = {}
        for number, picture in pictures.items():
            own = prompts[number]
            others = [other for other in prompts.values() if not np.array_equal(other, own)]
            if others:
                scores[number] = Score(
                    float(picture @ own), float(np.mean([picture @ other for other in others]))
                )
        return cls(scores)

    def weakest(self, count: int, among: Sequence[int]) -> tuple[int, ...]:
        """The numbers of the shots with the smallest lead, the weakest first."""
        known = [number for number in among if number in self.scores]
        return tuple(sorted(known, key=lambda number: (self.scores[number].lead, number))[:count])

    def measures(self) -> tuple[Measure, ...]:
        """The film's figure beside its control; none where there is nothing to compare."""
        if not self.scores:
            return ()
        scores = list(self.scores.values())
        return (
            Measure(
                name="prompt_adherence",
                title="Likeness of pictures to their prompts",
                value=float(np.mean([score.own for score in scores])),
                unit="cosine",
                control=float(np.mean([score.others for score in scores])),
                control_title="to the prompts of other shots",
                samples=len(scores),
                note=f"own prompt ahead in {sum(score.lead > 0 for score in scores)} of {len(scores)} shots",
            ),
        )


def told(shot: Shot) -> str:
    """The shot's prompt as a reader that knows no star is given it."""
    return " ".join(shot.prompt.replace("<star>", STAR).split())


def read_take(take: Path, shot: Shot, storyboard: Storyboard, reader: PictureReader) -> Vectors:
    """``(d,) float32`` of length 1: the mean of some pictures of a take.

    Raises:
        MediaError: the take cannot be read.
    """
    moments = sorted({int(share * (shot.frames - 1)) for share in MOMENTS})
    seen = [one.picture for one in look_up(take, moments, storyboard.format.rate)]
    mean = reader.pictures(seen).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)
