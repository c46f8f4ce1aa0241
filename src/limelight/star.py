"""Star: a consented likeness. The document holds no picture: those are sealed in the vault."""

from enum import StrEnum

from pydantic import AwareDatetime, Field

from limelight.document import Document


class StarKind(StrEnum):
    """Who the likeness belongs to."""

    PERSON = "person"
    """A person who went through CHARCHA."""
    SYNTHETIC = "synthetic"
    """An understudy: nobody's face, rendered."""


class Purpose(StrEnum):
    """What a likeness may be opened for; consent names each."""

    FILM = "personalise my films"
    TRAINING = "train my model"
    PERFORMANCE = "sing-along footage"


class Star(Document):
    """The public card of a star."""

    kind = "star"

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    name: str = Field(min_length=1, max_length=80)
    star_kind: StarKind
    consent_id: str = ""
    verified: AwareDatetime | None = None
    """When CHARCHA was passed."""
    expires: AwareDatetime | None = None
    purposes: tuple[Purpose, ...] = ()
