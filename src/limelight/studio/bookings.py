"""Bookings: who has consented and may come before the camera. In memory only: a restart asks for consent again."""

import hashlib
import re
import secrets
import threading
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from limelight.charcha.records.keeping import Sitter
from limelight.charcha.wire.messages import Consented

MOST = 1000
"""Visits and tickets that are remembered; the oldest are forgotten first."""


@dataclass(frozen=True)
class Booking:
    """A consent that waits for its session.

    Attributes:
        account: Whose failures are counted.
        sitter: Who becomes a star.
        consented: What the session is told; the client has no say in it any more.
    """

    account: str
    sitter: Sitter
    consented: Consented


class Bookings:
    """Visits (one browser each), their bookings, and the tickets to their sessions; for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: OrderedDict[str, Booking | None] = OrderedDict()
        self._tickets: OrderedDict[bytes, str] = OrderedDict()

    def visit(self) -> str:
        """A new visit: 128 random bits for a cookie."""
        visit = secrets.token_hex(16)
        with self._lock:
            self._visits[visit] = None
            _trim(self._visits)
        return visit

    def knows(self, visit: str) -> bool:
        """Whether a visit was begun here."""
        with self._lock:
            return visit in self._visits

    def book(self, visit: str, booking: Booking) -> None:
        """Remember a visit's newest booking; the tickets to an older one are void."""
        with self._lock:
            if visit in self._visits:
                self._visits[visit] = booking
                for digest in [d for d, owner in self._tickets.items() if owner == visit]:
                    del self._tickets[digest]

    def booking(self, visit: str) -> Booking | None:
        """A visit's booking."""
        with self._lock:
            return self._visits.get(visit)

    def star_ids(self) -> frozenset[str]:
        """Ids of the stars that may still come of the bookings."""
        with self._lock:
            return frozenset(booking.sitter.star_id for booking in self._visits.values() if booking)

    def hand_out(self, ticket: str, visit: str) -> None:
        """Remember to whom a ticket was given."""
        with self._lock:
            self._tickets[_digest(ticket)] = visit
            _trim(self._tickets)

    def redeem(self, ticket: str, visit: str) -> Booking | None:
        """The booking behind a ticket, once, and only for the visit that it was given to."""
        with self._lock:
            digest = _digest(ticket)
            if self._tickets.get(digest) != visit:
                return None
            del self._tickets[digest]
            return self._visits.get(visit)


def star_id(name: str) -> str:
    """A star's id made of a name: lower-case letters, digits and hyphens; ``star`` where none is left.

    >>> star_id("Zoë van Dijk")
    'zoe-van-dijk'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].strip("-") or "star"


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()


def _trim(entries: OrderedDict[Any, Any]) -> None:
    while len(entries) > MOST:
        entries.popitem(last=False)
