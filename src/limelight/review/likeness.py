"""Likeness: is the star found and recognised in the shots that are meant to show her or him.

SFace cosine against the star's own footage, beside the same against strangers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from limelight.report import Measure
from limelight.review.pictures import Seen
from limelight.storyboard import Composition, Storyboard
from limelight.vault import Likeness

MATCH: Final = 0.363
"""Cosine from which SFace's makers count two faces as one person."""
TARGET: Final = 0.81
REFERENCE_FRAMES: Final = 9
"""Of the footage, spread evenly, that make up the reference."""
UNRECOGNISABLE: Final = frozenset({Composition.SILHOUETTE})
"""Compositions that hide the face on purpose: neither counted for nor against."""
EDGE_SECONDS: Final = 0.25
"""Left out at both ends of a shot, where transitions are."""

Embedding = NDArray[np.float32]


class FaceReader(Protocol):
    """What finds faces and tells people apart; see :class:`limelight.faces.identity.Recognizer`."""

    def detect(self, rgb: NDArray[np.uint8], /) -> Sequence[object]:
        """The faces in a picture."""
        ...

    def embed(self, rgb: NDArray[np.uint8], detection: object, /) -> Embedding:
        """A face's embedding, of length 1."""
        ...


@dataclass
class Sighting:
    """What was seen of one shot's stars."""

    looked: int = 0
    found: int = 0
    matched: int = 0
    cosines: list[float] = field(default_factory=list)
    strangers: int = 0
    """Frames in which somebody else would have been matched, summed over the strangers."""
    stranger_cosines: list[float] = field(default_factory=list)
    nearest: int = 0
    """Frames in which the face resembles the star more than any stranger."""


def reference(likeness: Likeness, reader: FaceReader) -> Embedding | None:
    """The mean embedding of a star over the footage; None if no face is found in it.

    Raises:
        ConsentError: the vault refuses.
    """
    likeness.check()
    footage = likeness.footage
    embeddings = []
    for index in np.unique(np.linspace(0, len(footage) - 1, REFERENCE_FRAMES).round().astype(int)):
        picture = footage.frame(int(index))
        faces = reader.detect(picture)
        if faces:
            embeddings.append(reader.embed(picture, faces[0]))
    return _unit(np.mean(embeddings, axis=0)) if embeddings else None


class LikenessWatcher:
    """Looks at sampled frames of the shots that have stars.

    Args:
        storyboard: Says who is meant to be seen, and when.
        references: Embeddings by star id; a star without one is left out.
        strangers: Embeddings of other people, for the control.
        reader: Finds and compares faces.
        per_second: Frames that are looked at in a second of film; at least two a shot.
    """

    def __init__(
        self,
        storyboard: Storyboard,
        references: Mapping[str, Embedding],
        strangers: Sequence[Embedding],
        reader: FaceReader,
        *,
        per_second: float = 2.0,
    ) -> None:
        self._references = references
        self._strangers = list(strangers)
        self._reader = reader
        self._due = _sampled(storyboard, per_second)
        self.sightings = {shot.number: Sighting() for shot in storyboard.shots if shot.stars}
        self._stars = {shot.number: shot.stars for shot in storyboard.shots}

    def wants(self, index: int) -> bool:
        """Whether a frame is one of the sample."""
        return index in self._due

    def see(self, seen: Seen) -> None:
        """Look at the film's next frame, if it is one of the sample."""
        number = self._due.get(seen.index)
        if number is None:
            return
        picture = seen.picture
        faces = [self._reader.embed(picture, face) for face in self._reader.detect(picture)]
        sighting = self.sightings[number]
        for star in self._stars[number]:
            if star not in self._references:
                continue
            sighting.looked += 1
            if not faces:
                continue
            sighting.found += 1
            best = max(float(face @ self._references[star]) for face in faces)
            sighting.cosines.append(best)
            sighting.matched += best >= MATCH
            likest = [max(float(face @ stranger) for face in faces) for stranger in self._strangers]
            sighting.stranger_cosines += likest
            sighting.strangers += sum(cosine >= MATCH for cosine in likest)
            sighting.nearest += best > max(likest, default=-1.0)

    def measures(self) -> tuple[Measure, ...]:
        """Share of frames with the star found and matched, share with any face, and the mean cosine."""
        seen = list(self.sightings.values())
        looked = sum(s.looked for s in seen)
        if not looked:
            return ()
        found, matched = sum(s.found for s in seen), sum(s.matched for s in seen)
        cosines = [c for s in seen for c in s.cosines]
        strange = [c for s in seen for c in s.stranger_cosines]
        others = len(self._strangers)
        return (
            Measure(
                name="star_matched",
                title="Frames in which the star is found and recognised",
                value=matched / looked,
                unit="share",
                control=sum(s.strangers for s in seen) / (looked * others) if others else None,
                control_title="a stranger recognised instead" if others else "",
                target=TARGET,
                samples=looked,
                note=f"of the frames meant to show one; SFace cosine {MATCH} or more",
            ),
            *self._nearest(sum(s.nearest for s in seen), found),
            Measure(
                name="face_found",
                title="Frames in which any face is found",
                value=found / looked,
                unit="share",
                samples=looked,
            ),
            Measure(
                name="star_similarity",
                title="Similarity of the faces found to the star",
                value=float(np.mean(cosines)) if cosines else 0.0,
                unit="cosine",
                control=float(np.mean(strange)) if strange else None,
                control_title="to a stranger" if strange else "",
                samples=len(cosines),
            ),
        )

    def _nearest(self, nearest: int, found: int) -> tuple[Measure, ...]:
        others = len(self._strangers)
        if not others or not found:
            return ()
        return (
            Measure(
                name="star_nearest",
                title="Faces found that resemble the star more than any stranger",
                value=nearest / found,
                unit="share",
                control=1 / (1 + others),
                control_title=f"a guess among the star and {others} strangers",
                samples=found,
                note="the strangers are synthetic faces",
            ),
        )


def _sampled(storyboard: Storyboard, per_second: float) -> dict[int, int]:
    """Frame -> shot number, spread evenly over the middle of each shot that has stars."""
    due: dict[int, int] = {}
    fps = float(storyboard.format.rate)
    for shot in storyboard.shots:
        if not shot.stars or shot.composition in UNRECOGNISABLE:
            continue
        edge = min(round(EDGE_SECONDS * fps), (shot.frames - 1) // 3)
        count = max(2, round(per_second * shot.frames / fps))
        for frame in np.linspace(shot.start + edge, shot.end - 1 - edge, count).round():
            due[int(frame)] = shot.number
    return due


def _unit(vector: NDArray[np.floating]) -> Embedding:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)
