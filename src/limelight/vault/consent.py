"""Consent: a signed receipt before the first frame, and what has become of it since.

The receipt has the structure and the element names of ISO/IEC TS 27560:2023 (record, PII processing, parties,
events) as far as they fit a program on one person's computer; docs/vault.md says what was left out.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import resources
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from limelight.document import Part, Sha256
from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault.signing import Signed

ONE_YEAR = timedelta(days=365)
NOTICE_VERSION = "2"
WITHDRAW = (
    "limelight star revoke closes the likeness, limelight star forget destroys it; at any time, at no cost"
)
FACE = ("pictures of the face", "landmarks and measures of the face", "drawings painted after it")


class ConsentState(StrEnum):
    """What a consent is worth now."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ConsentStatus:
    """A consent's state and, if it has ended, since when."""

    state: ConsentState
    since: datetime | None = None

    @property
    def valid(self) -> bool:
        """Whether it still covers anything."""
        return self.state is ConsentState.VALID

    def __str__(self) -> str:
        return f"{self.state} on {self.since:%Y-%m-%d}" if self.since else str(self.state)


class Record(Part):
    """Which consent this is, and whose."""

    schema_version: str = "ISO/IEC TS 27560:2023"
    record_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
    pii_principal_id: Annotated[str, Field(min_length=1, max_length=80)]
    """A pseudonymous account."""
    pii_principal_name: Annotated[str, Field(min_length=1, max_length=80)]
    """As chosen; need not be the legal one."""
    kind: StarKind
    adult_by_declaration: Literal[True] = True


class PrivacyNotice(Part):
    """What was shown."""

    version: str
    language: str = "en"
    sha256: Sha256


class PurposeOfProcessing(Part):
    """One purpose and what it allows."""

    purpose: Purpose
    lawful_basis: str = "explicit consent"
    pii_type: tuple[str, ...] = FACE
    sensitive_pii_category: str = "biometric"
    processing_method: str = "recorded by CHARCHA, sealed with AES-256-GCM, opened by the vault alone"
    storage_location: str = "the vault of this computer"
    retention_days: int
    recipients: tuple[str, ...] = ()
    withdrawal_method: str = WITHDRAW


class Party(Part):
    """Who decides about the data."""

    party_id: str
    party_name: str = "the owner of this computer"
    party_role: str = "PII controller"


class ConsentEvent(Part):
    """What happened when."""

    event_type: str = "explicit"
    event_state: str = "consent given"
    event_time: AwareDatetime
    validity_until: AwareDatetime


class Receipt(Signed):
    """The receipt: signed by the vault, shown to the person, exportable."""

    kind = "receipt"

    record: Record
    privacy_notice: PrivacyNotice
    purposes: tuple[PurposeOfProcessing, ...]
    parties: tuple[Party, ...]
    event: ConsentEvent

    @property
    def consent_id(self) -> str:
        """The record's id."""
        return self.record.record_id

    @property
    def covered(self) -> frozenset[Purpose]:
        """What the likeness may be opened for."""
        return frozenset(one.purpose for one in self.purposes)

    @property
    def expires(self) -> datetime:
        """When it ends by itself."""
        return self.event.validity_until


@dataclass(frozen=True)
class Agreement:
    """What somebody agrees to.

    Attributes:
        account: Pseudonym of the person; empty: one is made up.
        name: As the person likes to be called.
        adult: The person's own declaration.
        purposes: Ticked by the person, each by itself.
        kind: A person, or an understudy.
        retention: How long.
        consent_id: Empty: a random one.
    """

    name: str
    adult: bool
    purposes: tuple[Purpose, ...] = tuple(Purpose)
    account: str = ""
    kind: StarKind = StarKind.PERSON
    retention: timedelta = ONE_YEAR
    consent_id: str = ""

    def receipt(self, now: datetime, controller: str) -> Receipt:
        """The receipt, not signed yet.

        Raises:
            ConsentError: not an adult by declaration, a retention beyond one year, or an impossible name.
        """
        if not self.adult:
            raise ConsentError(
                "only adults may become stars, and this person does not declare to be one.",
                hint="Nobody can consent for somebody else.",
            )
        if self.retention > ONE_YEAR:
            raise ConsentError(
                f"a likeness may be kept for {ONE_YEAR.days} days at most, not {self.retention.days}.",
                hint="Ask again when they are over.",
            )
        given = now.replace(microsecond=0)
        try:
            return self._receipt(given, controller)
        except ValidationError as problem:
            first = problem.errors()[0]
            raise ConsentError(
                f"no receipt can be written: {first['loc'][-1]}: {first['msg']}.",
                hint="Names have 1 to 80 letters.",
            ) from problem

    def _receipt(self, given: datetime, controller: str) -> Receipt:
        return Receipt(
            record=Record(
                record_id=self.consent_id or secrets.token_hex(16),
                pii_principal_id=self.account or f"account-{secrets.token_hex(8)}",
                pii_principal_name=self.name,
                kind=self.kind,
            ),
            privacy_notice=PrivacyNotice(version=NOTICE_VERSION, sha256=notice_sha256()),
            purposes=tuple(
                PurposeOfProcessing(purpose=purpose, retention_days=max(0, self.retention.days))
                for purpose in self.purposes
            ),
            parties=(Party(party_id=controller),),
            event=ConsentEvent(event_time=given, validity_until=given + self.retention),
        )


def notice() -> str:
    """The text that is shown before consent is asked for."""
    return resources.files("limelight.vault").joinpath("notice.en.txt").read_text(encoding="utf-8")


def notice_sha256() -> str:
    """SHA-256 of the notice's UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(notice().encode()).hexdigest()
