import sqlite3
from pathlib import Path

import pytest

from limelight.charcha.prompts import State
from limelight.charcha.reasons import Reason
from limelight.charcha.records.store import LOCKED_SECONDS, TICKET_SECONDS, Refused, Store

NOW = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "charcha.sqlite"


def end(store: Store, session: str, state: State, now: float = NOW, **more: object) -> None:
    store.finish(session, state, now, **({"reasons": (), "chain": "", "manifest": "", "seen": ()} | more))


def refusal(store: Store, ticket: str, account: str = "ann", now: float = NOW) -> Reason:
    with pytest.raises(Refused) as told:
        store.redeem(ticket, account, now)
    assert told.value.reason not in str(told.value)
    return told.value.reason


def test_a_ticket_works_once_for_its_account_and_not_for_long(path: Path) -> None:
    store = Store(path, NOW)
    ticket = store.issue("ann", NOW)
    assert len(ticket) == 32
    assert refusal(store, ticket, account="eve") is Reason.TICKET
    session = store.redeem(ticket, "ann", NOW + 1)
    assert len(session) == 32
    assert refusal(store, ticket) is Reason.TICKET
    assert refusal(store, "0" * 32) is Reason.TICKET
    old = store.issue("ann", NOW)
    assert refusal(store, old, now=NOW + TICKET_SECONDS) is Reason.TICKET
    store.close()


def test_tickets_lie_hashed(path: Path) -> None:
    store = Store(path, NOW)
    ticket = store.issue("ann", NOW)
    store.close()
    assert ticket.encode() not in path.read_bytes()


def test_five_failures_lock_an_account_for_a_while(path: Path) -> None:
    store = Store(path, NOW)
    for n in range(5):
        end(store, store.redeem(store.issue("ann", NOW + n), "ann", NOW + n), State.FAILED, NOW + n)
    with pytest.raises(Refused):
        store.issue("ann", NOW + 5)
    store.issue("bob", NOW + 5)
    store.issue("ann", NOW + 5 + LOCKED_SECONDS)
    store.close()


def test_a_pass_between_failures_counts(path: Path) -> None:
    store = Store(path, NOW)
    for n in range(9):
        state = State.PASSED if n == 4 else State.FAILED
        end(store, store.redeem(store.issue("ann", NOW + n), "ann", NOW + n), state, NOW + n)
    assert store.locked_until("ann") == 0.0
    store.close()


def test_a_restart_loses_no_pass_and_revives_no_session(path: Path) -> None:
    store = Store(path, NOW)
    passed, running = (store.redeem(store.issue("ann", NOW), "ann", NOW) for _ in range(2))
    end(store, passed, State.PASSED, manifest="{}", chain="ab" * 32, seen=[b"12345678"])
    # the process dies here: nothing is closed
    again = Store(path, NOW + 10)
    kept, dead = again.record(passed), again.record(running)
    assert kept is not None
    assert dead is not None
    assert (kept.state, kept.manifest, kept.chain) == (State.PASSED, "{}", "ab" * 32)
    assert (dead.state, dead.reasons) == (State.FAILED, (Reason.RESTARTED,))
    end(again, running, State.PASSED, NOW + 11)
    revived = again.record(running)
    assert revived is not None
    assert revived.state is State.FAILED
    assert again.known(b"12345678")
    assert not again.known(b"87654321")
    assert again.record("0" * 32) is None
    again.close()
    store.close()


def test_the_journal_is_written_ahead(path: Path) -> None:
    store = Store(path, NOW)
    with sqlite3.connect(path) as database:
        assert database.execute("pragma journal_mode").fetchone() == ("wal",)
    database.close()
    store.close()
