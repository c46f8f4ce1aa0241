"""Prompting: which prompt is shown next, and which one the client says that it shows."""

import random

from limelight.charcha.prompts import Prompt, PromptKind
from limelight.charcha.protocol import Affairs
from limelight.charcha.wire.frames import FrameChain

ANSWERED_WITHIN = 2.5
"""Seconds within which a frame must acknowledge a new prompt."""


class Prompter:
    """Issues prompts under secret ids, and follows their acknowledgement from frame to frame.

    Args:
        rng: Source of the ids: a CSPRNG in earnest.
        chain: Takes only frames that name a prompt which was issued.
    """

    def __init__(self, rng: random.Random, chain: FrameChain) -> None:
        self.newest: Prompt | None = None
        """What the client is to show; None before the first."""
        self.shown: Prompt | None = None
        """What it said it showed when it took its last frame."""
        self._shown_at = 0.0
        self._issued: dict[str, Prompt] = {}
        self._rng = rng
        self._chain = chain

    @property
    def answered(self) -> bool:
        """Whether the newest prompt is the one that is shown."""
        return self.shown is self.newest

    def show(self, kind: PromptKind, affairs: Affairs, now: float) -> None:
        """Issue the next prompt, as the state of affairs asks for it, at the server's seconds ``now``."""
        challenge = affairs.challenge
        seconds = {
            PromptKind.STILL: affairs.terms.still_seconds,
            PromptKind.PERFORM: affairs.terms.perform_seconds,
            PromptKind.FLASH: affairs.colour_seconds,
        }
        self.newest = Prompt(
            id=f"{self._rng.getrandbits(64):016x}",
            kind=kind,
            issued=now,
            seconds=seconds.get(kind, 0.0),
            action=challenge.action if challenge else "",
            target=challenge.target if challenge else 0.0,
            hold=challenge.hold if challenge else 0.0,
            colour=affairs.colours[-1] if kind is PromptKind.FLASH else None,
            ordinal=max(0, len(affairs.colours) - 1),
        )
        self._issued[self.newest.id] = self.newest
        self._chain.issue(self.newest.id, new_size=kind is PromptKind.PERFORM)

    def acknowledge(self, prompt: str, time: float) -> None:
        """A frame of the client's seconds ``time`` says which prompt was shown; empty: none yet."""
        if prompt and (self.shown is None or self.shown.id != prompt):
            self.shown, self._shown_at = self._issued[prompt], time

    def since(self, time: float) -> float:
        """Client's seconds from the first frame that acknowledged what is shown."""
        return time - self._shown_at

    def is_overdue(self, now: float) -> bool:
        """Whether the newest prompt should have been acknowledged by now, the server's seconds."""
        return self.newest is not None and not self.answered and now - self.newest.issued > ANSWERED_WITHIN
