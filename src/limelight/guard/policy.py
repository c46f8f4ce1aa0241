"""Policies: how strictly a film is watched, and who may not turn the watch off."""

from collections.abc import Iterable
from enum import StrEnum

from limelight.errors import SettingsError
from limelight.star import Star, StarKind


class Policy(StrEnum):
    """How strictly words and pictures are judged."""

    STRICT = "strict"
    """Whatever is not very likely harmless is drawn another way; rude words are masked."""
    STANDARD = "standard"
    """Whatever is more likely explicit than not is drawn another way."""
    OFF = "off"
    """Nothing is looked at; only for films without a verified person."""

    @property
    def threshold(self) -> float:
        """Score for explicit content, 0 to 1, from which a picture is refused.

        Strict: the authors of open_nsfw call only scores below .2 very likely safe. Standard: the network's own
        even chance. Neither was tuned; what they refuse wrongly is measured in docs/content-guard.md.
        """
        return {Policy.STRICT: 0.2, Policy.STANDARD: 0.5, Policy.OFF: float("inf")}[self]

    @property
    def rank(self) -> int:
        """0 (off) to 2 (strict)."""
        return [Policy.OFF, Policy.STANDARD, Policy.STRICT].index(self)


def refuse_off(policy: Policy, cast: Iterable[Star]) -> None:
    """Refuse a film of a verified person that nobody watches over.

    Raises:
        SettingsError: the policy is off and one of the stars is a person.
    """
    people = [star.id for star in cast if star.star_kind is not StarKind.SYNTHETIC]
    if policy is Policy.OFF and people:
        raise SettingsError(
            f"the content guard cannot be off in a film of {', '.join(people)}: a verified person is in it.",
            hint="Choose guard = standard or strict; off is for films with understudies or without stars.",
        )
