"""The audit log: who asked for which likeness, what for, and what the vault said. Only appended to.

Each entry's link is an HMAC-SHA256 (RFC 2104) over the link before and the entry, under a key derived from the
vault's master key (HKDF, RFC 5869): nobody without that key can write, change, drop or reorder entries unnoticed.
The head says where the log ends, so that an end that was cut off is noticed too.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sql
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

from limelight.vault.database import about, audit

BEGIN = "0" * 64


class Event(StrEnum):
    """What happened."""

    CONSENTED = "consented"
    ADMITTED = "admitted"
    OPENED = "opened"
    REFUSED = "refused"
    REVOKED = "revoked"
    FORGOTTEN = "forgotten"
    EXPIRED = "expired"
    EXPORTED = "exported"
    FILMED = "filmed"
    TRUSTED = "trusted"
    KEY_MOVED = "key moved"
    REVIEWED = "reviewed"
    REBUILT = "rebuilt"
    LOST = "log lost"


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    seq: int
    at: str
    """UTC, ISO 8601."""
    event: str
    star_id: str
    consent_id: str
    detail: str
    link: str


@dataclass(frozen=True)
class Proof:
    """What reading the whole log showed.

    Attributes:
        entries: All of them, in order.
        broken: The number of the first entry that is not what was written, 0 if there is none.
    """

    entries: tuple[Entry, ...]
    broken: int

    @property
    def whole(self) -> bool:
        """Whether nothing was changed, dropped, added or reordered."""
        return not self.broken


class AuditLog:
    """Writes and proves the log.

    Args:
        master: The vault's master key.
    """

    def __init__(self, master: bytes) -> None:
        self._key = HKDF(SHA256(), 32, None, b"limelight audit log").derive(master)

    def append(
        self,
        connection: Connection,
        event: Event,
        at: datetime,
        *,
        star_id: str = "",
        consent_id: str = "",
        detail: str = "",
    ) -> None:
        """Add an entry within a transaction that writes."""
        head = connection.scalar(sql.select(about.c.value).where(about.c.name == "head").with_for_update())
        last, previous = _split(head)
        written = (last + 1, at.isoformat(), str(event), star_id, consent_id, detail)
        link = self._link(previous, written)
        names = ("seq", "at", "event", "star_id", "consent_id", "detail")
        connection.execute(sql.insert(audit).values(dict(zip(names, written, strict=True)) | {"link": link}))
        new_head = f"{last + 1}:{link}:{self._link(link, ('head', last + 1))}"
        if head is None:
            connection.execute(sql.insert(about).values(name="head", value=new_head))
        else:
            connection.execute(sql.update(about).where(about.c.name == "head").values(value=new_head))

    def prove(self, connection: Connection) -> Proof:
        """Read all and check every link."""
        rows = connection.execute(sql.select(audit).order_by(audit.c.seq)).all()
        entries = tuple(Entry(**row._mapping) for row in rows)  # noqa: SLF001  # public in spite of its name
        previous = BEGIN
        for expected, entry in enumerate(entries, 1):
            written = (entry.seq, entry.at, entry.event, entry.star_id, entry.consent_id, entry.detail)
            if entry.seq != expected or not hmac.compare_digest(entry.link, self._link(previous, written)):
                return Proof(entries, expected)
            previous = entry.link
        head = connection.scalar(sql.select(about.c.value).where(about.c.name == "head"))
        right = f"{len(entries)}:{previous}:{self._link(previous, ('head', len(entries)))}"
        ends_there = head == right if entries else head is None
        return Proof(entries, 0 if ends_there else len(entries) + 1)

    def _link(self, previous: str, written: tuple[object, ...]) -> str:
        content = json.dumps([previous, *written], separators=(",", ":")).encode()
        return hmac.digest(self._key, content, "sha256").hex()


def _split(head: str | None) -> tuple[int, str]:
    if head is None:
        return 0, BEGIN
    last, link, _ = head.split(":")
    return int(last), link
