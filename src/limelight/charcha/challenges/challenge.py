"""Challenges: what is asked, drawn late and at random.

The next challenge is made up only after the last has passed, from a source of randomness that the caller brings (a
``secrets.SystemRandom`` in earnest, a seeded ``random.Random`` in tests); nothing here has any of its own.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from limelight.charcha.challenges.actions import ACTIONS, REPLACEMENTS, Action, Kind
from limelight.charcha.reasons import Reason
from limelight.errors import InputError

FAR = (30.0, 35.0)
"""Degrees of the two turns that every session has, one to each side: the solidity of a head shows there."""
FREELY_EXCLUDED = 8
"""So many actions may be excluded at will: more would let somebody choose what is asked."""


class TooManyExcluded(InputError):  # noqa: N818  # a refusal, named after what was asked
    """So many actions were excluded that a session cannot be made up of the rest."""

    reason = Reason.TOO_MANY_EXCLUDED


@dataclass(frozen=True)
class Challenge:
    """One thing asked: an action with its target in degrees (0: none) and its hold in seconds."""

    action: str
    target: float
    hold: float

    @property
    def spec(self) -> Action:
        """The action itself."""
        return ACTIONS[self.action]


@dataclass(frozen=True)
class Plan:
    """The rules of one session.

    Attributes:
        length: How many challenges must pass.
        occlusions: How many of them are a hand across the face.
        excluded: Actions that the person cannot do.
    """

    length: int = 6
    occlusions: int = 1
    excluded: frozenset[str] = frozenset()

    def check(self) -> None:
        """See that a session can be made up.

        Raises:
            TooManyExcluded: unknown actions, or too few left for the plan.
        """
        unknown = self.excluded - ACTIONS.keys()
        if unknown:
            raise TooManyExcluded(
                f"there is no action {min(unknown)!r}.", hint=f"Actions: {', '.join(ACTIONS)}."
            )
        taken: set[str] = set()
        for kind in self.required():
            choices = [name for name in self.choices(kind) if name not in taken]
            if not choices and kind is not Kind.OCCLUSION:
                raise TooManyExcluded(f"nothing is left that could stand for {kind.value}.")
            taken.update(choices[:1])
        if len(taken | set(self._free())) < self.length + 2:
            raise TooManyExcluded(
                f"fewer than {self.length + 2} actions are left for {self.length} challenges."
            )

    def required(self) -> tuple[Kind, ...]:
        """The kinds that must occur, an occlusion as often as planned."""
        return (Kind.TURN_LEFT, Kind.TURN_RIGHT, Kind.COMPOUND) + (Kind.OCCLUSION,) * self.occlusions

    @property
    def accommodated(self) -> bool:
        """Whether some kind had to be replaced, or much was excluded: the session can end in review at best."""
        return len(self.excluded) > FREELY_EXCLUDED or any(not self._own(kind) for kind in self.required())

    @property
    def turnless(self) -> bool:
        """Whether the far turn to one side had to be replaced: how solid the head is cannot be measured then."""
        return not (self._own(Kind.TURN_LEFT) and self._own(Kind.TURN_RIGHT))

    def choices(self, kind: Kind) -> tuple[str, ...]:
        """The actions that satisfy a kind for this person."""
        own = self._own(kind)
        return own or tuple(name for name in REPLACEMENTS[kind] if name not in self.excluded)

    def _own(self, kind: Kind) -> tuple[str, ...]:
        return tuple(n for n, action in ACTIONS.items() if action.kind is kind and n not in self.excluded)

    def _free(self) -> tuple[str, ...]:
        turns = {Kind.TURN_LEFT, Kind.TURN_RIGHT}
        return tuple(n for n, a in ACTIONS.items() if n not in self.excluded and a.kind not in turns)

    def missing(self, passed: Sequence[Challenge]) -> tuple[Kind, ...]:
        """The required kinds that no passed challenge has satisfied yet."""
        spare = list(passed)
        missing = []
        for kind in self.required():
            found = next((c for c in spare if _satisfies(c, kind, self)), None)
            if found is None:
                missing.append(kind)
            else:
                spare.remove(found)
        return tuple(missing)

    def draw(self, passed: Sequence[Challenge], failed: Sequence[Challenge], rng: random.Random) -> Challenge:
        """Make up the next challenge.

        The required kinds are spread evenly over the places that are left, so that nobody can tell which comes
        when. No action comes twice, except a required one of which no other is left.

        Args:
            passed: The challenges passed so far, in order.
            failed: Those that failed and are not asked again if it can be helped.
            rng: Where chance comes from.

        Raises:
            InputError: the plan is fulfilled already.
        """
        places = self.length - len(passed)
        if places <= 0:
            raise InputError(f"all {self.length} challenges have passed.")
        missing = self.missing(passed)
        used = {challenge.action for challenge in (*passed, *failed)}
        if missing and rng.random() * places < len(missing):
            kind = rng.choice(missing)
            names = self.choices(kind)
            fresh = [name for name in names if name not in used]
            last = passed[-1].action if passed else ""
            return _drawn(rng.choice(fresh or [n for n in names if n != last] or names), kind, rng)
        fresh = [name for name in self._free() if name not in used]
        return _drawn(rng.choice(fresh or self._free()), Kind.FREE, rng)


def _drawn(name: str, kind: Kind, rng: random.Random) -> Challenge:
    action = ACTIONS[name]
    targets = FAR if action.kind is kind and kind in {Kind.TURN_LEFT, Kind.TURN_RIGHT} else action.targets
    target = round(rng.uniform(*targets), 1) if targets else 0.0
    return Challenge(name, target, round(rng.uniform(*action.holds), 2))


def _satisfies(challenge: Challenge, kind: Kind, plan: Plan) -> bool:
    if challenge.action not in plan.choices(kind):
        return False
    own = challenge.spec.kind is kind
    return not own or kind not in {Kind.TURN_LEFT, Kind.TURN_RIGHT} or challenge.target >= FAR[0]
