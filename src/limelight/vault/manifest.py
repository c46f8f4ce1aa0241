"""The manifest: what CHARCHA signs when a session has passed, and what the vault asks for at its door."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from limelight.document import Part, Sha256
from limelight.errors import ConsentError
from limelight.star import Star, StarKind
from limelight.vault.signing import Signed

VERIFY = "Run `limelight verify`: nobody becomes a star without it."


class Role(StrEnum):
    """What a frame was taken for."""

    PORTRAIT = "portrait"
    """Of an accepted interval of the protocol."""
    PERFORMANCE = "performance"
    """Of the singing along."""


class FrameMark(Part):
    """One frame that was kept."""

    time: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Seconds, see :class:`TimedPicture`."""
    sha256: Sha256
    role: Role


@dataclass(frozen=True)
class TimedPicture:
    """An encoded picture (JPEG or PNG) of a performance and its time in seconds."""

    time: float
    """Seconds: of a performance, from its start; of a portrait, from the session's."""
    content: bytes
    role: Role = Role.PERFORMANCE

    @property
    def mark(self) -> FrameMark:
        """What a manifest says of it."""
        return FrameMark(time=self.time, sha256=hashlib.sha256(self.content).hexdigest(), role=self.role)


class Manifest(Signed):
    """What a passed session leaves: whose, by which consent, and exactly which frames."""

    kind = "manifest"

    session: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    star_id: str
    star_kind: StarKind
    consent_id: str
    chain: Sha256
    """The last link over all frames of the session."""
    passed: AwareDatetime
    frames: tuple[FrameMark, ...]

    def check(self, star: Star, frames: Sequence[FrameMark], trusted: Collection[str]) -> None:
        """See that it is genuine, and about this star and exactly these frames.

        Args:
            star: Who is to be admitted or opened.
            frames: Those at hand, in order.
            trusted: Public keys, 64 hex digits each, that may vouch.

        Raises:
            ConsentError: it is not.
        """
        self.refuse_forged(trusted, hint=VERIFY)
        if (self.star_id, self.star_kind, self.consent_id) != (star.id, star.star_kind, star.consent_id):
            raise ConsentError("the manifest is about another star, kind or consent.", hint=VERIFY)
        if tuple(frames) != self.frames:
            raise ConsentError("the frames are not exactly those that the manifest names.", hint=VERIFY)
