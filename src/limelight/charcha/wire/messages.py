"""What client and server say to each other. Frames are binary and stand in ``frames.py``; the rest is JSON text.

Client to server: :data:`Message`. Server to client, after each: :class:`Reply`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from limelight.charcha.prompts import Colour, PromptKind, State
from limelight.document import Part

MAX_TEXT = 16_384
"""Bytes of a JSON message."""
Side = Annotated[int, Field(ge=1, le=16_384)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]


class Consented(Part):
    """The person agreed to the notice; the receipt was made by the vault before."""

    type: Literal["consented"] = "consented"
    consent_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
    excluded: Annotated[tuple[Code, ...], Field(max_length=32)] = ()
    """Actions that the person cannot do; others are asked for instead."""
    no_flashing: bool = False
    """Photosensitive: more occlusions in place of the flash, and a person looks at the result."""
    perform: bool = True
    """Whether to sing along at the end."""


class Probed(Part):
    """What the browser says of its camera; see :class:`limelight.charcha.observing.observation.CameraProbe`."""

    type: Literal["probed"] = "probed"
    requested: Annotated[tuple[tuple[Side, Side], ...], Field(max_length=8)] = ()
    delivered: Annotated[tuple[tuple[Side, Side], ...], Field(max_length=8)] = ()
    frame_rate: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0.0
    label: Annotated[str, Field(max_length=120)] = ""
    capabilities: Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(max_length=64)] = ()
    settle_ms: Annotated[
        tuple[Annotated[float, Field(ge=0, le=60_000, allow_inf_nan=False)], ...], Field(max_length=8)
    ] = ()


class SkipPerformance(Part):
    """The person would rather not sing, or has sung enough."""

    type: Literal["skip_performance"] = "skip_performance"


class Left(Part):
    """The person closed the page or pressed Stop."""

    type: Literal["left"] = "left"


Message = Annotated[Consented | Probed | SkipPerformance | Left, Field(discriminator="type")]
_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def read_message(text: str | bytes) -> Consented | Probed | SkipPerformance | Left | None:
    """One JSON message, or None if it is not one: malformed, unknown, or longer than :data:`MAX_TEXT`."""
    if len(text) > MAX_TEXT:
        return None
    try:
        return _MESSAGE.validate_json(text)
    except (ValidationError, ValueError, RecursionError):
        return None


class Result(StrEnum):
    """All that a client learns."""

    PASS = "pass"  # noqa: S105  # not a password
    FAIL = "fail"
    RETRY = "retry"
    PENDING = "pending"
    """Only after the person themself chose a path that a human looks at; says nothing about the judging."""


class Hint(StrEnum):
    """Live guidance on the picture, never on the judging."""

    NO_FACE = "no_face"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    OFF_CENTRE = "off_centre"
    HEAD_CUT_OFF = "head_cut_off"
    BLURRED = "blurred"
    LOOK_AHEAD = "look_ahead"


class ShownPrompt(Part):
    """A prompt as the client may know it."""

    id: str
    kind: PromptKind
    action: str = ""
    words: str = ""
    """What to show and to speak, in English."""
    target: float = 0.0
    hold: float = 0.0
    seconds: float = 0.0
    colour: Colour | None = None


class Reply(Part):
    """What the client may see next.

    ``state`` tells where the protocol stands, the four ends all as ``scoring``; ``result`` is set at the end.
    """

    state: State
    prompt: ShownPrompt | None = None
    progress: float = 0.0
    """Of the current prompt, 0 to 1: how far towards its target or end."""
    done: int = 0
    """Challenges passed."""
    total: int = 0
    hints: tuple[Hint, ...] = ()
    again: bool = False
    """The last action was not seen; another one follows."""
    seconds_left: float = 0.0
    result: Result | None = None

    @property
    def over(self) -> bool:
        """Whether the connection may be closed."""
        return self.result is not None
