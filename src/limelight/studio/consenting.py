"""What the page sends when a person consents, and what becomes of it."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from limelight.charcha.challenges.challenge import Plan
from limelight.charcha.records.keeping import Sitter
from limelight.charcha.wire.messages import Code, Consented
from limelight.document import Part, Sha256
from limelight.star import Purpose, StarKind
from limelight.studio.bookings import Booking, star_id
from limelight.vault import Vault
from limelight.vault.consent import Agreement

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
]
GROUPS = {
    "turning": ("turn_left", "turn_right", "turn_left_open_mouth", "turn_right_open_mouth"),
    "tilting": ("tilt_left", "tilt_right", "tilt_left_smile", "tilt_right_smile"),
    "nodding": ("look_up", "look_down"),
    "leaning": ("lean_in", "lean_out"),
    "winking": ("close_left_eye", "close_right_eye"),
    "gazing": ("gaze_left", "gaze_right"),
    "smiling": ("smile", "smile_open", "tilt_left_smile", "tilt_right_smile"),
    "hands": ("hand_from_left", "hand_from_right"),
}
"""What a person may not be able to do, and the actions that are not asked then."""
GROUP_LABELS = {
    "turning": "turn my head to the side",
    "tilting": "tilt my head to a shoulder",
    "nodding": "lift or lower my chin",
    "leaning": "lean closer or back",
    "winking": "close one eye",
    "gazing": "look aside with my eyes only",
    "smiling": "smile",
    "hands": "pass a hand before my face",
}
Group = Annotated[str, Field(pattern=f"^({'|'.join(GROUPS)})$")]


class ConsentForm(Part):
    """The form, filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=200)

    name: Name
    adult: Literal[True]
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1, max_length=3)]
    notice: Sha256
    """Of the notice that was on the page."""
    cannot: Annotated[tuple[Group, ...], Field(max_length=len(GROUPS))] = ()
    no_flashing: bool = False

    @property
    def excluded(self) -> tuple[Code, ...]:
        """Actions that are not asked."""
        return tuple(sorted({action for group in self.cannot for action in GROUPS[group]}))

    def check(self) -> None:
        """See that a session can be made up of what is left.

        Raises:
            InputError: too much is left out.
        """
        Plan(excluded=frozenset(self.excluded)).check()


class Entry(Part):
    """What the page gets for a consent: a ticket for one session, within 180 seconds."""

    ticket: str
    star: str
    """The id under which the star will be known."""
    perform: bool


def book(form: ConsentForm, vault: Vault, account: str, kind: StarKind, taken: Collection[str]) -> Booking:
    """Enter the consent into the vault.

    Args:
        form: As filled in.
        vault: Where the star will live.
        account: Whose failures are counted.
        kind: A person, or an understudy.
        taken: Ids that other bookings wait for.

    Raises:
        ConsentError: the vault refuses.
    """
    purposes = tuple(dict.fromkeys(form.purposes))
    agreement = Agreement(name=form.name, adult=form.adult, purposes=purposes, account=account, kind=kind)
    receipt = vault.consent(agreement)
    sitter = Sitter(free_id(vault, form.name, taken), form.name, kind, purposes, receipt.expires)
    consented = Consented(
        consent_id=receipt.consent_id,
        excluded=form.excluded,
        no_flashing=form.no_flashing,
        perform=Purpose.PERFORMANCE in purposes,
    )
    return Booking(account, sitter, consented)


def free_id(vault: Vault, name: str, taken: Collection[str]) -> str:
    """A star's id that neither the vault nor another booking holds."""
    base = star_id(name)
    number, candidate = 1, base
    while candidate in taken or vault.holds(candidate):
        number += 1
        candidate = f"{base}-{number}"
    return candidate
