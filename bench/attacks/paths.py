"""The ways through the protocol that a person may choose before it begins."""

import random
from collections.abc import Callable, Mapping

from simulated import ALL

from limelight.charcha.challenges.actions import ACTIONS, Kind
from limelight.charcha.wire.messages import Consented

FREE = tuple(name for name, action in ACTIONS.items() if action.kind is Kind.FREE)


def everything(rng: random.Random) -> Consented:  # noqa: ARG001  # all paths are called alike
    """Nothing is excluded."""
    return ALL


def without_some(rng: random.Random) -> Consented:
    """Six actions that a person cannot do, none of them the only ones of their kind."""
    return Consented(consent_id="simulated", perform=False, excluded=tuple(rng.sample(FREE, 6)))


def without_flash(rng: random.Random) -> Consented:  # noqa: ARG001
    """For photosensitive people: more occlusions in place of the flash, and a person looks at the result."""
    return Consented(consent_id="simulated", perform=False, no_flashing=True)


PATHS: Mapping[str, Callable[[random.Random], Consented]] = {
    "full": everything,
    "excluding": without_some,
    "no-flash": without_flash,
}
