"""Who could not do all that is asked waits for a second, named person who knows the vault's passphrase."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from limelight.charcha.reasons import Reason
from limelight.charcha.records.keeping import Sitter
from limelight.charcha.records.waiting import KEPT, Case, WaitingRoom, case_of, may_wait
from limelight.charcha.signals.signal import Finding, Gate, Outcome, Verdict
from limelight.charcha.signals.verdict import decide
from limelight.cli.main import limelight
from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault import Role, TimedPicture, Vault
from limelight.vault.consent import Agreement

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
WORDS = "four quiet words here"
SESSION = "ab" * 16
HARD = frozenset({"continuity", "parallax", "flash"})
FOUND = (
    Finding("continuity", 0.8, gate=Gate.PASS),
    Finding("parallax", 1.6, gate=Gate.PASS),
    Finding("flash", 0.0),
)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setenv("LIMELIGHT_PASSPHRASE", WORDS)
    return Vault(tmp_path / "vault", clock=clock)


def footage() -> Iterator[TimedPicture]:
    for i in range(4):
        jpeg = cv2.imencode(".jpg", np.full((60, 80, 3), 40 * i, np.uint8))[1].tobytes()
        yield TimedPicture(i / 2, jpeg, Role.PORTRAIT if i < 3 else Role.PERFORMANCE)


def verdict(*found: Finding) -> Verdict:
    return decide(found or FOUND, HARD, accommodated=True)


def waits(vault: Vault, *, real: bool = False) -> Case:
    """A case in the room, of an understudy or of a person with a consent on record."""
    consent_id, kind = "synthetic-kim", StarKind.SYNTHETIC
    if real:
        receipt = vault.consent(Agreement("Kim", adult=True, purposes=(Purpose.FILM,), account="kim"))
        consent_id, kind = receipt.consent_id, StarKind.PERSON
    case = case_of(
        verdict(), Sitter("kim", "Kim", kind, (Purpose.FILM,)), session=SESSION, chain="0" * 64,
        consent_id=consent_id, spared=("flashing",), now=vault.now().timestamp(),
    )  # fmt: skip
    WaitingRoom(vault).take(case, footage)
    return WaitingRoom(vault).case("ab")


def test_only_what_was_spared_may_be_unclear() -> None:
    assert may_wait(verdict(), frozenset({"flash"}))
    assert not may_wait(verdict(), frozenset())
    assert not may_wait(verdict(), frozenset({"flash", "parallax"}))
    flat = (FOUND[0], Finding("parallax", 0.4, gate=Gate.FAIL, reason="flat"), FOUND[2])
    assert not may_wait(verdict(*flat), frozenset({"flash"}))
    assert not may_wait(verdict(*FOUND, Finding("moire", 9.0, -1.0)), frozenset({"flash"}))
    assert not may_wait(replace(verdict(), outcome=Outcome.PASSED), frozenset({"flash"}))
    assert not may_wait(
        replace(verdict(), reasons=(Reason.ACCOMMODATED, "flash:veil-untold")), frozenset({"flash"})
    )


def test_a_case_is_read_back_and_nothing_of_it_lies_in_clear(vault: Vault) -> None:
    case = waits(vault)
    room = WaitingRoom(vault)
    pictures = [picture.content for picture in room.footage(case)]
    assert pictures == [picture.content for picture in footage()]
    assert not vault.holds("kim")
    for path in vault.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Kim" not in content
            assert not any(picture in content for picture in pictures)


def test_of_a_case_that_cannot_be_kept_whole_nothing_is_kept(vault: Vault) -> None:
    def breaking() -> Iterator[TimedPicture]:
        yield from itertools.islice(footage(), 2)
        raise OSError("no space left")

    case = case_of(
        verdict(), Sitter("kim", "Kim", StarKind.SYNTHETIC, (Purpose.FILM,)), session=SESSION, chain="0" * 64,
        consent_id="synthetic-kim", spared=("flashing",), now=vault.now().timestamp(),
    )  # fmt: skip
    with pytest.raises(OSError, match="no space"):
        WaitingRoom(vault).take(case, breaking)
    assert list((vault.root / "waiting").iterdir()) == []


def test_a_second_person_with_the_passphrase_lets_in(vault: Vault) -> None:
    case = waits(vault, real=True)
    manifest = WaitingRoom(vault).let_in(case, "Robin", WORDS)
    assert manifest.session == SESSION
    assert len(vault.open("kim", Purpose.FILM).manifest.frames) == 4
    assert not WaitingRoom(vault).cases()
    assert any(e.event == "reviewed" and "let in by Robin" in e.detail for e in vault.log().entries)


def test_a_second_person_sends_away(vault: Vault) -> None:
    WaitingRoom(vault).send_away(waits(vault), "Robin", WORDS)
    assert not vault.holds("kim")
    assert not list((vault.root / "waiting").glob("*"))
    assert any("sent away by Robin" in entry.detail for entry in vault.log().entries)


@pytest.mark.parametrize(
    ("reviewer", "words"), [("", WORDS), (" kim ", WORDS), ("Robin", "some other words")]
)
def test_nobody_oneself_and_strangers_decide_nothing(vault: Vault, reviewer: str, words: str) -> None:
    case = waits(vault)
    with pytest.raises(ConsentError):
        WaitingRoom(vault).let_in(case, reviewer, words)
    assert not vault.holds("kim")
    assert WaitingRoom(vault).cases() == (case,)


def test_without_a_passphrase_on_the_vault_nobody_can_decide(tmp_path: Path, clock: Clock) -> None:
    vault = Vault(tmp_path / "vault", clock=clock)
    case = waits(vault)
    with pytest.raises(ConsentError, match="passphrase"):
        WaitingRoom(vault).let_in(case, "Robin", WORDS)


def test_old_cases_and_those_whose_consent_has_ended_are_destroyed(vault: Vault, clock: Clock) -> None:
    waits(vault)
    clock.now = NOW + KEPT + timedelta(seconds=1)
    assert not WaitingRoom(vault).cases()
    assert not list((vault.root / "waiting").glob("*"))


def test_a_case_that_was_changed_is_destroyed(vault: Vault) -> None:
    waits(vault)
    for path in (vault.root / "waiting").rglob("sealed/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert not WaitingRoom(vault).cases()


def test_the_command_lists_and_decides(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault_now = datetime.now(UTC)
    monkeypatch.setattr(vault, "now", lambda: vault_now)
    waits(vault)
    monkeypatch.setenv("LIMELIGHT_VAULT", str(vault.root))
    runner = CliRunner()
    listed = runner.invoke(limelight, ["verify", "--review"])
    assert "Kim, without flashing" in listed.output
    answers = f"let in\nRobin\n{WORDS}\n"
    decided = runner.invoke(limelight, ["verify", "--review", SESSION[:8], "--no-open"], input=answers)
    assert decided.exit_code == 0, decided.output
    assert vault.holds("kim")
