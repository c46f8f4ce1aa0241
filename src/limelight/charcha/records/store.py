"""The store: tickets, sessions and lock-outs in SQLite, so that a restart loses no pass and revives no session.

Seconds are those of the wall clock (``time.time()``), because they must mean something after a restart. No picture
and no measure of a face is in here.
"""

import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from limelight.charcha.prompts import State
from limelight.charcha.reasons import Reason
from limelight.errors import LimelightError

TICKET_SECONDS = 180.0
MOST_FAILURES, LOCKED_SECONDS = 5, 45 * 60.0
REMEMBERED_SECONDS = 30 * 86_400.0
"""How long the digests of frames of earlier sessions are remembered."""

SCHEMA = """
create table if not exists ticket (digest text primary key, account text not null, issued real not null, used real);
create table if not exists session (
    id text primary key, account text not null, began real not null, ended real, state text not null,
    reasons text not null default '', chain text not null default '', manifest text not null default '');
create index if not exists session_by_account on session (account, ended);
create table if not exists seen (digest blob primary key, session text not null, at real not null) without rowid;
"""


class Refused(LimelightError):  # noqa: N818  # what happened to whoever asked
    """No session is opened; the reason is for the log."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            "a session cannot be opened now.", hint="Begin again; after several failures, an hour later."
        )
        self.reason = reason


@dataclass(frozen=True)
class Record:
    """What is known of a session."""

    id: str
    account: str
    state: State
    began: float
    ended: float | None
    reasons: tuple[str, ...]
    chain: str
    manifest: str


class Store:
    """A file of sessions. May be used from several threads.

    Args:
        path: The database; made if it is not there.
        now: Wall-clock seconds: sessions that were running when the last process ended are dead from now on.
    """

    def __init__(self, path: Path, now: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = full")
        self._database.execute("pragma busy_timeout = 5000")
        self._database.executescript(SCHEMA)
        with self._writing() as database:
            database.execute(
                "update session set state = ?, reasons = ?, ended = ? where ended is null",
                (State.FAILED, Reason.RESTARTED, now),
            )
            database.execute("delete from seen where at < ?", (now - REMEMBERED_SECONDS,))
            database.execute("delete from ticket where issued < ?", (now - 86_400,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def issue(self, account: str, now: float) -> str:
        """A single-use ticket for an account: 128 random bits. Only its hash is kept.

        Raises:
            Refused: the account is locked out.
        """
        self._refuse_locked(account, now)
        ticket = secrets.token_hex(16)
        with self._writing() as database:
            database.execute("insert into ticket values (?, ?, ?, null)", (_hashed(ticket), account, now))
        return ticket

    def redeem(self, ticket: str, account: str, now: float) -> str:
        """Open a session with a ticket, which is used up by it; gives the session's id, 128 random bits.

        Raises:
            Refused: an unknown, used, foreign or old ticket, or a locked account.
        """
        self._refuse_locked(account, now)
        session = secrets.token_hex(16)
        with self._writing() as database:
            used = database.execute(
                "update ticket set used = ? where digest = ? and account = ? and used is null"
                " and issued <= ? and issued > ?",
                (now, _hashed(ticket), account, now, now - TICKET_SECONDS),
            ).rowcount
            if used != 1:
                raise Refused(Reason.TICKET)
            database.execute(
                "insert into session (id, account, began, state) values (?, ?, ?, ?)",
                (session, account, now, State.CREATED),
            )
        return session

    def finish(
        self, session: str, state: State, now: float, *, reasons: Collection[str], chain: str, manifest: str,
        seen: Collection[bytes],
    ) -> None:  # fmt: skip
        """Record how a session ended; only the first ending counts."""
        with self._writing() as database:
            changed = database.execute(
                "update session set state = ?, ended = ?, reasons = ?, chain = ?, manifest = ?"
                " where id = ? and ended is null",
                (state, now, ",".join(reasons), chain, manifest, session),
            ).rowcount
            if changed:
                rows = ((digest, session, now) for digest in seen)
                database.executemany("insert or ignore into seen values (?, ?, ?)", rows)

    def record(self, session: str) -> Record | None:
        """What is known of a session."""
        columns = "id, account, state, began, ended, reasons, chain, manifest"
        with self._lock:
            row = self._database.execute(
                f"select {columns} from session where id = ?",  # noqa: S608  # a constant
                (session,),
            ).fetchone()
        if row is None:
            return None
        reasons = tuple(row[5].split(",")) if row[5] else ()
        return Record(row[0], row[1], State(row[2]), row[3], row[4], reasons, row[6], row[7])

    def known(self, digest: bytes) -> bool:
        """Whether a frame of this digest (8 bytes) was seen in an earlier session."""
        with self._lock:
            row = self._database.execute("select 1 from seen where digest = ?", (digest,)).fetchone()
        return row is not None

    def locked_until(self, account: str) -> float:
        """Until when an account is locked out, 0 if it is not: five failures in a row lock it for 45 minutes."""
        with self._lock:
            rows = self._database.execute(
                "select state, ended from session where account = ? and ended is not null"
                " and reasons != ? order by ended desc, rowid desc limit ?",
                (account, Reason.RESTARTED, MOST_FAILURES),
            ).fetchall()
        if len(rows) < MOST_FAILURES or any(State(state) is not State.FAILED for state, _ in rows):
            return 0.0
        return float(rows[0][1]) + LOCKED_SECONDS

    def _refuse_locked(self, account: str, now: float) -> None:
        if now < self.locked_until(account):
            raise Refused(Reason.LOCKED_OUT)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._database.execute("begin immediate")
            try:
                yield self._database
            except BaseException:
                self._database.execute("rollback")
                raise
            self._database.execute("commit")


def _hashed(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
