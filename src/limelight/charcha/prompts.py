"""Prompts: where a session stands, and what it asks of whoever sits before the camera. Data only."""

from dataclasses import dataclass
from enum import StrEnum

Colour = tuple[int, int, int]
"""sRGB, 0 to 255."""


class State(StrEnum):
    """Where a session stands; the last four absorb."""

    CREATED = "created"
    CONSENTED = "consented"
    PROBED = "probed"
    CALIBRATED = "calibrated"
    CHALLENGE = "challenge"
    FLASH = "flash"
    STILL = "still"
    PERFORM = "perform"
    SCORING = "scoring"
    PASSED = "passed"
    REVIEW = "review"
    FAILED = "failed"
    EXPIRED = "expired"

    @property
    def over(self) -> bool:
        """Whether nothing can follow."""
        return self in {State.PASSED, State.REVIEW, State.FAILED, State.EXPIRED}


class PromptKind(StrEnum):
    """What a prompt asks for."""

    CALIBRATE = "calibrate"
    """Look straight ahead with a calm face."""
    REST = "rest"
    """The same, between two actions."""
    ACTION = "action"
    FLASH = "flash"
    """The page's background takes :attr:`Prompt.colour`; each colour is a prompt of its own, told late."""
    STILL = "still"
    PERFORM = "perform"


@dataclass(frozen=True)
class Prompt:
    """What the client shows now. Its id is a secret until it is shown: 64 random bits as 16 hex digits."""

    id: str
    kind: PromptKind
    issued: float
    """Server's seconds."""
    seconds: float = 0.0
    """How long it is to be shown, where that is fixed; 0: until judged."""
    action: str = ""
    """For ACTION: a key of :data:`limelight.charcha.challenges.actions.ACTIONS`."""
    target: float = 0.0
    """For ACTION: degrees for turns, looks and tilts; else 0."""
    hold: float = 0.0
    """For ACTION: seconds at the peak."""
    colour: Colour | None = None
    """For FLASH."""
    ordinal: int = 0
    """For FLASH: which colour of the sequence, from 0."""
