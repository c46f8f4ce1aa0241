"""Signals: cues that watch a session frame by frame and say what they found.

A signal is one module with one class. It keeps O(1) memory a frame, never keeps a picture, and has no clock: time
is in what it is given. The panel (:mod:`limelight.charcha.signals.panel`) lists them; the verdict
(:mod:`limelight.charcha.signals.verdict`) is hard gates plus the sum of clipped log-likelihood ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.reasons import Reason

CLIP = 3.0
"""Log-likelihood ratios lie within +-3 (natural log): no soft cue alone decides."""


class Gate(StrEnum):
    """What a hard signal says; a soft one always says ``unclear``."""

    PASS = "pass"  # noqa: S105  # not a password
    FAIL = "fail"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Finding:
    """What one signal makes of the session so far.

    Attributes:
        signal: Its name.
        value: The measure itself, in the unit that the signal's docstring names; for logs and benches.
        log_likelihood_ratio: log p(value | live person) - log p(value | attack), natural, within +-:data:`CLIP`;
            0 when nothing was measured, and for signals that only gate.
        gate: For hard signals.
        reason: Code for the log.
    """

    signal: str
    value: float
    log_likelihood_ratio: float = 0.0
    gate: Gate = Gate.UNCLEAR
    reason: str = Reason.NONE

    def __post_init__(self) -> None:
        clipped = min(CLIP, max(-CLIP, self.log_likelihood_ratio))
        object.__setattr__(self, "log_likelihood_ratio", clipped)


class Signal(Protocol):
    """One cue over one session; made anew for each.

    Attributes:
        name: Lower-case, unique in the panel; its thresholds stand in ``thresholds.toml`` under it.
        hard: Whether its gate counts: ``fail`` fails the session, ``unclear`` at the end sends it to review.
        immediate: Whether a failing gate ends the session on the spot (continuity does).
    """

    name: str
    hard: bool
    immediate: bool

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame. Called for every accepted frame from PROBED on, in order; must not raise on any face."""
        ...

    def finding(self) -> Finding:
        """What is known so far; may be asked at any time."""
        ...


class Outcome(StrEnum):
    """How a scored session ends."""

    PASSED = "passed"
    REVIEW = "review"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """The end of it all."""

    outcome: Outcome
    score: float
    """Sum of clipped log-likelihood ratios."""
    findings: tuple[Finding, ...]
    reasons: tuple[str, ...] = ()
    """Codes for the log: which gates failed or were unclear, or that the score was too low."""


class Judge(Protocol):
    """Turns findings into a verdict; :func:`limelight.charcha.signals.verdict.decide` is the one that is used."""

    def __call__(self, findings: Sequence[Finding], hard: frozenset[str], *, accommodated: bool) -> Verdict:
        """Decide.

        Args:
            findings: One a signal.
            hard: Names of the hard signals.
            accommodated: The session took a path with other proofs: it may end in review at best.
        """
        ...
