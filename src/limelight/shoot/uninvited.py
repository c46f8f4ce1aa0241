"""Uninvited faces: nobody may be seen in a film who is not in its cast.

A model that draws people sometimes draws one too many. Faces in finished pictures are found and compared with the
cast; one that is nobody's stops the drawing, so that the shot can be drawn again, and where that does not help it is
covered. It does not matter which camera drew: only pictures are looked at.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from limelight.faces.identity import MATCH, Detection, Embedding, Recognizer, similarity
from limelight.guard import BlockedError, Way
from limelight.storyboard import Shot
from limelight.vault import Likeness

Picture = NDArray[np.uint8]
REFERENCES = 9
"""Frames of a star's footage, spread evenly, that she or he is known by."""
LOOKS_A_SECOND = 2
SMALLEST = 0.045
"""Height of a face as a share of the picture's shorter side, from which it is somebody's and not a pattern's."""
SUREST = 0.75
"""YuNet's score from which a face counts here: a false alarm costs a shot."""
COVER_MARGIN = 0.25
"""Of a face's size that is covered around it."""


VERSION = 1
"""Part of the cache key of takes that are looked at."""
COVERED = "uninvited faces covered"
OTHER_SEEDS = 2
"""Times that a shot is drawn again, from another seed, for a face of nobody."""


class UninvitedError(BlockedError):
    """A face of nobody in the cast; never leaves the unit that shoots."""


@dataclass(frozen=True)
class Guest:
    """A face in a picture.

    Attributes:
        face: Where.
        star: The likest of the cast, or None if it is like nobody, or there is nobody.
        cosine: To the likest; -1 if there is nobody.
    """

    face: Detection
    star: str | None
    cosine: float


class GuestList:
    """Knows the cast of a film by face.

    >>> with Recognizer() as recognizer:
    ...     guests = GuestList.of(cast, recognizer)
    ...     strangers = [one for one in guests.seen(picture) if one.star is None]

    Args:
        references: Mean embeddings by star id, of length 1.
        recognizer: Finds and compares.
        threshold: Cosine from which two faces are one person's.
    """

    def __init__(
        self, references: Mapping[str, Embedding], recognizer: Recognizer, *, threshold: float = MATCH
    ) -> None:
        self._references = references
        self._recognizer = recognizer
        self._threshold = threshold

    @classmethod
    def of(cls, cast: Mapping[str, Likeness], recognizer: Recognizer) -> "GuestList":
        """Get to know a cast by its footage; a star whose face is not found there is known by nothing.

        Raises:
            ConsentError: the vault says no.
        """
        found: dict[str, Embedding] = {}
        for star, likeness in cast.items():
            footage, embeddings = likeness.footage, []
            for index in np.unique(np.linspace(0, len(footage) - 1, REFERENCES).round().astype(int)):
                picture = footage.frame(int(index))
                embeddings += [recognizer.embed(picture, face) for face in recognizer.detect(picture)[:1]]
            if embeddings:
                mean = np.mean(embeddings, axis=0)
                found[star] = np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
        return cls(found, recognizer)

    def seen(self, picture: Picture, stars: Sequence[str] | None = None) -> tuple[Guest, ...]:
        """Everybody in a picture, ``(height, width, 3) uint8``; what is too small or unsure is nobody.

        Args:
            picture: A finished frame.
            stars: Who may be seen; None: all of the cast.
        """
        least = SMALLEST * min(picture.shape[:2])
        return tuple(
            self._named(picture, face, stars)
            for face in self._recognizer.detect(picture)
            if face.score >= SUREST and face.box[3] >= least
        )

    def _named(self, picture: Picture, face: Detection, stars: Sequence[str] | None) -> Guest:
        embedding = self._recognizer.embed(picture, face)
        known = {
            star: similarity(embedding, reference)
            for star, reference in self._references.items()
            if stars is None or star in stars
        }
        likest = max(known, key=lambda star: known[star], default=None)
        if likest is None or known[likest] < self._threshold:
            return Guest(face, None, known[likest] if likest else -1.0)
        return Guest(face, likest, known[likest])


class DoorWatch:
    """Looks at one drawing of a shot.

    Args:
        guests: Who is known.
        stars: Who may be seen in the shot.
        rate: Frames a second.
        cover: Whether faces of nobody are covered, in every frame, instead of stopping the drawing.
    """

    def __init__(
        self, guests: GuestList, stars: Sequence[str], rate: Fraction, *, cover: bool = False
    ) -> None:
        self._guests = guests
        self._stars = tuple(stars)
        self._every = 1 if cover else max(1, round(float(rate) / LOOKS_A_SECOND))
        self._cover = cover
        self.looked = 0
        self.known = 0
        """Faces of the cast that were found."""
        self.uninvited = 0
        """Faces of nobody that were found."""

    def over(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Pass pictures on.

        Raises:
            UninvitedError: a face of nobody, unless such are covered.
        """
        for index, picture in enumerate(pictures):
            shown = picture
            if index % self._every == 0:
                self.looked += 1
                everybody = self._guests.seen(picture, self._stars)
                strangers = [one for one in everybody if one.star is None]
                self.known += len(everybody) - len(strangers)
                self.uninvited += len(strangers)
                if strangers and not self._cover:
                    count = "a face" if len(strangers) == 1 else f"{len(strangers)} faces"
                    raise UninvitedError(f"frame {index} shows {count} of nobody in the cast.")
                shown = covered(picture, [one.face for one in strangers])
            yield shown


def after(refused: Sequence[Way], shot: Shot, left: Sequence[Way], *, known: bool) -> list[Way]:
    """What to try after a face of nobody was found.

    Another seed, while there are any left to try. Then, if the shot's own star was there too or nobody was meant to
    be, the shot with that face covered; else scenery alone.

    Args:
        refused: What was tried, the last one last.
        shot: As it was directed.
        left: What the guard would try.
        known: Whether the cast was recognised in what was refused.
    """
    again = sum(way.name.startswith("another seed") for way in refused)
    if again < OTHER_SEEDS:
        seed = int.from_bytes(hashlib.sha256(f"nobody {again} {shot.seed}".encode()).digest()[:6], "big")
        return [Way(f"another seed ({again + 1})", shot.model_copy(update={"seed": seed})), *left]
    if known or not shot.stars:
        return [Way(COVERED, shot), *left]
    return [way for way in left if not way.shot.stars] or list(left)


def covered(picture: Picture, faces: Sequence[Detection]) -> Picture:
    """A picture in which some faces are told as nobody's any more: blurred within soft ovals.

    Args:
        picture: ``(height, width, 3) uint8``; not changed.
        faces: Which.
    """
    if not faces:
        return picture
    import cv2  # noqa: PLC0415 - only where something is covered

    height, width = picture.shape[:2]
    shown = picture.astype(np.float32)
    for face in faces:
        x, y, w, h = face.box
        mask = np.zeros((height, width), np.float32)
        centre = (round(x + w / 2), round(y + h / 2))
        axes = (round(w * (0.5 + COVER_MARGIN)), round(h * (0.5 + COVER_MARGIN)))
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.06 * h)), np.float32)[..., None]
        small = cv2.resize(
            shown, (max(1, round(width * 4 / h)), max(1, round(height * 4 / h))), interpolation=cv2.INTER_AREA
        )
        smeared = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        shown += mask * (smeared - shown)
    return np.asarray(np.clip(np.rint(shown), 0, 255), np.uint8)
