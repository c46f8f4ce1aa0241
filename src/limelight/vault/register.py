"""The register: which consents were given, which stars came of them, and which have ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sql
from sqlalchemy import Engine

from limelight.errors import ConsentError
from limelight.star import Star
from limelight.vault.consent import Receipt
from limelight.vault.database import about, consents, reading, revocations, stars, writing
from limelight.vault.films import Films
from limelight.vault.log import AuditLog, Entry, Event, Proof
from limelight.vault.manifest import VERIFY


class Ending(StrEnum):
    """Why a consent ended."""

    WITHDRAWN = "withdrawn"
    FORGOTTEN = "forgotten"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Standing:
    """What the register knows of a consent.

    Attributes:
        consent_id: Its id.
        receipt: The text of its receipt; None if there is none, or no more.
        ended: When it ended before its time or was cleared away; None if it was not.
        reason: An :class:`Ending`.
    """

    consent_id: str
    receipt: str | None
    ended: str | None
    reason: str | None


@dataclass(frozen=True)
class Tombstone:
    """All that is left of a star that was forgotten."""

    star_id: str
    consent_id: str
    forgotten: datetime


class Register:
    """Reads and writes the database; each method is one transaction, written into the audit log with it."""

    def __init__(self, engine: Engine, log: AuditLog) -> None:
        self._engine = engine
        self._log = log
        self.films = Films(engine, log)

    def is_new(self) -> bool:
        """Whether nothing was ever written into the log."""
        with reading(self._engine) as connection:
            return connection.scalar(sql.select(about.c.value).where(about.c.name == "head")) is None

    def is_empty(self) -> bool:
        """Whether no consent is entered."""
        with reading(self._engine) as connection:
            return connection.scalar(sql.select(consents.c.consent_id).limit(1)) is None

    def note(
        self, event: Event, at: datetime, *, star_id: str = "", consent_id: str = "", detail: str = ""
    ) -> None:
        """Only write into the log."""
        with writing(self._engine) as connection:
            self._log.append(connection, event, at, star_id=star_id, consent_id=consent_id, detail=detail)

    def give(self, receipt: Receipt, at: datetime) -> None:
        """Enter a consent.

        Raises:
            ConsentError: there was one of that id before.
        """
        consent_id = receipt.consent_id
        with writing(self._engine) as connection:
            for table in (consents, stars, revocations):
                known = sql.select(table.c.consent_id).where(table.c.consent_id == consent_id)
                if connection.scalar(known) is not None:
                    raise ConsentError(
                        f"the consent {consent_id!r} was given before.", hint="Each consent has its own id."
                    )
            row = {
                "consent_id": consent_id,
                "receipt": receipt.to_json(),
                "given": receipt.event.event_time.isoformat(),
                "expires": receipt.expires.isoformat(),
            }
            connection.execute(sql.insert(consents).values(row))
            covered = ", ".join(sorted(receipt.covered)) or "nothing"
            self._log.append(connection, Event.CONSENTED, at, consent_id=consent_id, detail=covered)

    @contextmanager
    def admitting(self, star: Star, at: datetime, detail: str) -> Iterator[None]:
        """Enter a star together with what happens within: both or neither.

        Raises:
            ConsentError: its consent made another star already.
        """
        with writing(self._engine) as connection:
            used = sql.select(stars.c.star_id).where(stars.c.consent_id == star.consent_id)
            if (other := connection.scalar(used)) is not None:
                raise ConsentError(f"the consent {star.consent_id!r} was given for {other!r}.", hint=VERIFY)
            row = {"consent_id": star.consent_id, "star_id": star.id, "kind": str(star.star_kind)}
            connection.execute(sql.insert(stars).values(row | {"admitted": at.isoformat()}))
            self._log.append(
                connection, Event.ADMITTED, at, star_id=star.id, consent_id=star.consent_id, detail=detail
            )
            yield

    def held(self, star_id: str) -> Standing | None:
        """The consent under which a star is held; None if it is not, or no more."""
        held = (stars.c.star_id == star_id) & stars.c.forgotten.is_(None)
        beside = stars.outerjoin(consents, consents.c.consent_id == stars.c.consent_id).outerjoin(
            revocations, revocations.c.consent_id == stars.c.consent_id
        )
        query = sql.select(stars.c.consent_id, consents.c.receipt, revocations.c.at, revocations.c.reason)
        with reading(self._engine) as connection:
            row = connection.execute(query.select_from(beside).where(held)).first()
        return None if row is None else Standing(*row)

    def consent(self, consent_id: str) -> Standing:
        """What is known of a consent, also if it made no star or one that is gone."""
        receipt = sql.select(consents.c.receipt).where(consents.c.consent_id == consent_id)
        ended = sql.select(revocations.c.at, revocations.c.reason).where(
            revocations.c.consent_id == consent_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(ended).first() or (None, None)
            return Standing(consent_id, connection.scalar(receipt), *row)

    def end(self, star_id: str, consent_id: str, ending: Ending, *, ended: datetime, at: datetime) -> None:
        """Enter that a consent ended; an ending that was entered before stands. Only revoking keeps the star."""
        with writing(self._engine) as connection:
            known = sql.select(revocations.c.at).where(revocations.c.consent_id == consent_id)
            if connection.scalar(known) is None:
                row = {
                    "consent_id": consent_id,
                    "star_id": star_id,
                    "at": ended.isoformat(),
                    "reason": str(ending),
                }
                connection.execute(sql.insert(revocations).values(row))
            if ending is not Ending.WITHDRAWN:
                buried = sql.update(stars).where(
                    stars.c.consent_id == consent_id, stars.c.forgotten.is_(None)
                )
                connection.execute(buried.values(forgotten=at.isoformat()))
                connection.execute(sql.delete(consents).where(consents.c.consent_id == consent_id))
            event = {
                Ending.WITHDRAWN: Event.REVOKED,
                Ending.FORGOTTEN: Event.FORGOTTEN,
                Ending.EXPIRED: Event.EXPIRED,
            }[ending]
            self._log.append(connection, event, at, star_id=star_id, consent_id=consent_id)

    def unused(self) -> Sequence[str]:
        """Ids of consents that no star came of."""
        query = sql.select(consents.c.consent_id).where(
            consents.c.consent_id.not_in(sql.select(stars.c.consent_id))
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def tombstones(self) -> Sequence[Tombstone]:
        """All stars that were forgotten."""
        query = sql.select(stars).where(stars.c.forgotten.is_not(None)).order_by(stars.c.forgotten)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [Tombstone(row.star_id, row.consent_id, datetime.fromisoformat(row.forgotten)) for row in rows]

    def prove(self) -> Proof:
        """Read the whole log and check it."""
        with reading(self._engine) as connection:
            return self._log.prove(connection)

    def entries(self, star_id: str) -> Sequence[Entry]:
        """The log's lines about one star."""
        return [entry for entry in self.prove().entries if entry.star_id == star_id]

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
