"""The protocol as a state machine: pure, without clock or randomness of its own.

:func:`step` takes a state of affairs and an event with its time, and gives the next; chance is handed in. There is
no way back, four ends absorb everything, and an end cannot be reached without every step before it::

    CREATED > CONSENTED > PROBED > CALIBRATED > CHALLENGE 1..K > FLASH > STILL > PERFORM > SCORING > an end

Who opts out of flashing skips FLASH, is asked for more occlusions, and can end in REVIEW at best; PERFORM is left
out or cut short at will.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from limelight.charcha.challenges.challenge import Challenge, Plan, TooManyExcluded
from limelight.charcha.prompts import Colour, State
from limelight.charcha.reasons import Reason
from limelight.charcha.signals.signal import Outcome


@dataclass(frozen=True)
class Terms:
    """What a session asks for; the service's choice, not the client's.

    Attributes:
        challenges: How many.
        retries: How many failed attempts are forgiven in the whole session; each is followed by another action.
        extra_occlusions: Asked for in place of the flash.
        colours: How many colours the flash shows.
        colour_seconds: From which each colour's time is drawn; two changes are at least the first apart, so that
            there are fewer than 3 flashes a second (WCAG 2.3.1).
        still_seconds: Of keeping still, for the pulse.
        perform_seconds: Of singing along at most.
        lifetime: Seconds from creation to EXPIRED.
        rests: Seconds from which the rest before each action is drawn.
    """

    challenges: int = 6
    retries: int = 3
    extra_occlusions: int = 2
    colours: int = 12
    colour_seconds: tuple[float, float] = (0.40, 0.70)
    still_seconds: float = 20.0
    perform_seconds: float = 40.0
    lifetime: float = 180.0
    rests: tuple[float, float] = (0.5, 1.2)

    def __post_init__(self) -> None:
        if self.colour_seconds[0] < 1 / 3:
            raise ValueError(
                "colours must stay for more than a third of a second: flashing faster is dangerous."
            )


# Events. Each is something that the session saw; none comes from the client as it is.


@dataclass(frozen=True)
class ConsentGiven:
    """With the client's choices."""

    consent_id: str
    excluded: frozenset[str] = frozenset()
    no_flashing: bool = False
    perform: bool = True


@dataclass(frozen=True)
class CameraProbed:
    """The browser told of its camera."""


@dataclass(frozen=True)
class FaceCalibrated:
    """The neutral face is known."""


@dataclass(frozen=True)
class Rested:
    """The person is calm: the next thing may be asked."""


@dataclass(frozen=True)
class ActionPassed:
    """The challenge was met."""


@dataclass(frozen=True)
class ActionFailed:
    """It was not."""

    reason: Reason


@dataclass(frozen=True)
class ColourShown:
    """The colour was shown for its time."""


@dataclass(frozen=True)
class StillKept:
    """The person kept still for long enough."""


@dataclass(frozen=True)
class PerformanceEnded:
    """Sung enough, or not at all."""


@dataclass(frozen=True)
class Scored:
    """The verdict."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broken:
    """Something ended the session: continuity, the wire, the person."""

    reason: str


@dataclass(frozen=True)
class Ticked:
    """Time went by."""


Event = (
    ConsentGiven | CameraProbed | FaceCalibrated | Rested | ActionPassed | ActionFailed | ColourShown | StillKept
    | PerformanceEnded | Scored | Broken | Ticked
)  # fmt: skip


@dataclass(frozen=True)
class Logged:
    """A line of the log: never shown to the client."""

    time: float
    state: State
    reason: str


@dataclass(frozen=True)
class Affairs:
    """The state of affairs of one session. Made by :meth:`begin`, changed by :func:`step` alone.

    Attributes:
        state: Where it stands.
        terms: What the service asks for.
        began: Seconds of creation.
        now: Seconds of the newest event.
        consent_id: From CONSENTED on.
        plan: Of the challenges, from CONSENTED on.
        no_flashing: The person opted out of the flash.
        perform: Whether the person wants to sing.
        passed: The challenges met, in order.
        failed: Those that were not.
        challenge: What is asked now; None at rest, and in all states but CHALLENGE.
        rest: Seconds to stay calm before the next action.
        colours: Shown so far, the last one now.
        colour_seconds: How long the last one is to be shown.
        trail: The states gone through, in order.
        log: Reasons and times.
    """

    state: State
    terms: Terms
    began: float
    now: float
    consent_id: str = ""
    plan: Plan = field(default_factory=Plan)
    no_flashing: bool = False
    perform: bool = True
    passed: tuple[Challenge, ...] = ()
    failed: tuple[Challenge, ...] = ()
    challenge: Challenge | None = None
    rest: float = 0.0
    colours: tuple[Colour, ...] = ()
    colour_seconds: float = 0.0
    trail: tuple[State, ...] = (State.CREATED,)
    log: tuple[Logged, ...] = ()

    @classmethod
    def begin(cls, terms: Terms, now: float) -> "Affairs":
        """A session is created."""
        return cls(State.CREATED, terms, now, now)

    @property
    def accommodated(self) -> bool:
        """Whether it may end in review at best."""
        return self.no_flashing or self.plan.accommodated

    @property
    def seconds_left(self) -> float:
        """Until it expires."""
        return max(0.0, self.began + self.terms.lifetime - self.now)


def step(affairs: Affairs, event: Event, now: float, rng: random.Random) -> Affairs:
    """The state of affairs after an event.

    An event that the state does not allow changes nothing but the log; time that goes backwards counts as none.
    """
    if affairs.state.over:
        return affairs
    affairs = replace(affairs, now=max(affairs.now, now))
    if affairs.now - affairs.began >= affairs.terms.lifetime:
        return _end(affairs, State.EXPIRED, Reason.EXPIRED)
    if isinstance(event, Ticked):
        return affairs
    if isinstance(event, Broken):
        return _end(affairs, State.FAILED, event.reason)
    if affairs.state not in PLACES[type(event)]:
        return _note(affairs, Reason.OUT_OF_PLACE)
    return _happen(affairs, event, rng)


PLACES: Mapping[type, frozenset[State]] = {
    ConsentGiven: frozenset({State.CREATED}),
    CameraProbed: frozenset({State.CONSENTED}),
    FaceCalibrated: frozenset({State.PROBED}),
    Rested: frozenset({State.CALIBRATED, State.CHALLENGE}),
    ActionPassed: frozenset({State.CHALLENGE}),
    ActionFailed: frozenset({State.CHALLENGE}),
    ColourShown: frozenset({State.FLASH}),
    StillKept: frozenset({State.STILL}),
    PerformanceEnded: frozenset({State.PERFORM}),
    Scored: frozenset({State.SCORING}),
}
"""In which states an event is allowed."""


def _happen(affairs: Affairs, event: Event, rng: random.Random) -> Affairs:  # noqa: C901, PLR0911  # one line an event
    match event:
        case ConsentGiven():
            return _consented(affairs, event)
        case CameraProbed():
            return _go(affairs, State.PROBED)
        case FaceCalibrated():
            return replace(_go(affairs, State.CALIBRATED), rest=_rest(affairs, rng))
        case Rested():
            return _asked(affairs, rng)
        case ActionPassed():
            return _met(affairs, rng)
        case ActionFailed(reason):
            return _missed(affairs, reason, rng)
        case ColourShown():
            return _coloured(affairs, rng)
        case StillKept():
            return _go(affairs, State.PERFORM if affairs.perform else State.SCORING)
        case PerformanceEnded():
            return _go(affairs, State.SCORING)
        case Scored(outcome, reasons):
            return _scored(affairs, outcome, reasons)
    return affairs


def _consented(affairs: Affairs, event: ConsentGiven) -> Affairs:
    terms = affairs.terms
    more = terms.extra_occlusions if event.no_flashing else 0
    plan = Plan(terms.challenges + more, 1 + more, event.excluded)
    if not event.consent_id:
        return _note(affairs, Reason.NO_CONSENT)
    try:
        plan.check()
    except TooManyExcluded as refusal:
        return _note(affairs, refusal.reason)
    return replace(
        _go(affairs, State.CONSENTED),
        consent_id=event.consent_id,
        plan=plan,
        no_flashing=event.no_flashing,
        perform=event.perform and terms.perform_seconds > 0,
    )


def _asked(affairs: Affairs, rng: random.Random) -> Affairs:
    if affairs.challenge is not None:
        return _note(affairs, Reason.OUT_OF_PLACE)
    challenge = affairs.plan.draw(affairs.passed, affairs.failed, rng)
    return replace(_go(affairs, State.CHALLENGE), challenge=challenge)


def _met(affairs: Affairs, rng: random.Random) -> Affairs:
    if affairs.challenge is None:
        return _note(affairs, Reason.OUT_OF_PLACE)
    passed = (*affairs.passed, affairs.challenge)
    affairs = replace(affairs, passed=passed, challenge=None, rest=_rest(affairs, rng))
    if len(passed) < affairs.plan.length:
        return affairs
    return _go(affairs, State.STILL) if affairs.no_flashing else _coloured(_go(affairs, State.FLASH), rng)


def _missed(affairs: Affairs, reason: Reason, rng: random.Random) -> Affairs:
    if affairs.challenge is None:
        return _note(affairs, Reason.OUT_OF_PLACE)
    failed = (*affairs.failed, affairs.challenge)
    affairs = replace(_note(affairs, reason), failed=failed, challenge=None, rest=_rest(affairs, rng))
    if len(failed) > affairs.terms.retries:
        return _end(affairs, State.FAILED, Reason.TOO_MANY_RETRIES)
    return affairs


def _coloured(affairs: Affairs, rng: random.Random) -> Affairs:
    """The next colour of the flash, never the same twice in a row; STILL after the last."""
    if len(affairs.colours) >= affairs.terms.colours:
        return _go(affairs, State.STILL)
    last = affairs.colours[-1] if affairs.colours else None
    colour = rng.choice([colour for colour in COLOURS if colour != last])
    seconds = rng.uniform(*affairs.terms.colour_seconds)
    return replace(affairs, colours=(*affairs.colours, colour), colour_seconds=round(seconds, 3))


COLOURS: tuple[Colour, ...] = (
    (255, 110, 110), (60, 255, 60), (80, 80, 255), (255, 255, 60), (60, 255, 255), (255, 60, 255), (20, 20, 20),
)  # fmt: skip
"""What the flash draws from, a dark one among them. No saturated red in the sense of WCAG 2.3.1: the red one has
R / (R + G + B) = .76 in linear light, where .8 counts as saturated."""


def _scored(affairs: Affairs, outcome: Outcome, reasons: tuple[str, ...]) -> Affairs:
    if outcome is Outcome.PASSED and affairs.accommodated:
        outcome, reasons = Outcome.REVIEW, (*reasons, Reason.ACCOMMODATED)
    for reason in reasons:
        affairs = _note(affairs, reason)
    return _go(affairs, State(outcome.value))


def _rest(affairs: Affairs, rng: random.Random) -> float:
    return round(rng.uniform(*affairs.terms.rests), 2)


def _go(affairs: Affairs, state: State) -> Affairs:
    if affairs.state is state:
        return affairs
    return replace(affairs, state=state, trail=(*affairs.trail, state))


def _end(affairs: Affairs, state: State, reason: str) -> Affairs:
    return replace(_go(_note(affairs, reason), state), challenge=None)


MOST_LOGGED = 200


def _note(affairs: Affairs, reason: str) -> Affairs:
    if len(affairs.log) >= MOST_LOGGED:
        return affairs
    return replace(affairs, log=(*affairs.log, Logged(affairs.now, affairs.state, reason)))
