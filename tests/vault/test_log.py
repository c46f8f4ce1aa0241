import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault import Manifest, Vault
from limelight.vault.gate import CARD, MANIFEST, RECEIPT
from limelight.vault.seal import Safe
from vault.toy import agree, enrol


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    for _ in range(3):
        vault.open("ada", Purpose.FILM)
    with pytest.raises(ConsentError):
        vault.open("ada", Purpose.TRAINING)
    return vault


def tamper(vault: Vault, *statements: str) -> None:
    database = sqlite3.connect(vault.root / "vault.db")
    with database:
        for trigger in ("audit_no_update", "audit_no_delete"):
            database.execute(f"drop trigger {trigger}")
        for statement in statements:
            database.execute(statement)
    database.close()


def test_everything_is_written_down_in_order(vault: Vault) -> None:
    vault.revoke("ada")
    vault.forget("ada")
    proof = vault.log()
    assert proof.whole
    assert [entry.event for entry in proof.entries] == [
        "consented", "admitted", "opened", "opened", "opened", "refused", "revoked", "forgotten",
    ]  # fmt: skip
    assert [entry.seq for entry in proof.entries] == list(range(1, 9))
    assert "did not consent to 'train my model'" in proof.entries[5].detail


def test_a_refusal_in_the_middle_of_a_film_is_written_down(vault: Vault) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    vault.revoke("ada")
    with pytest.raises(ConsentError):
        likeness.recall("sprite")
    last = vault.log().entries[-1]
    assert (last.event, last.star_id) == ("refused", "ada")
    assert "withdrawn" in last.detail


def test_the_log_is_only_appended_to(vault: Vault) -> None:
    database = sqlite3.connect(vault.root / "vault.db")
    for statement in ("update audit set detail = ''", "delete from audit where seq = 1"):
        with pytest.raises(sqlite3.IntegrityError, match="only appended"):
            database.execute(statement)
    database.close()
    assert vault.log().whole


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        (["update audit set detail = 'nothing' where seq = 3"], 3),
        (["update audit set at = '2020-01-01T00:00:00+00:00' where seq = 1"], 1),
        (["delete from audit where seq = 4"], 4),
        (["delete from audit where seq = 6"], 6),
        (["delete from audit"], 1),
        (["update audit set seq = 99 where seq = 2", "update audit set seq = 2 where seq = 3"], 2),
        (["insert into audit select seq + 6, at, event, star_id, consent_id, detail, link from audit"], 7),
        (["update about set value = '5:' || substr(value, 3) where name = 'head'"], 7),
    ],
)
def test_tampering_is_told(vault: Vault, statements: list[str], broken: int) -> None:
    tamper(vault, *statements)
    proof = vault.log()
    assert (proof.whole, proof.broken) == (False, broken)


def test_a_log_that_was_removed_altogether_is_told_by_the_next_one(vault: Vault) -> None:
    tamper(vault, "delete from audit", "delete from about where name = 'head'")
    again = Vault(vault.root)
    again.open("ada", Purpose.FILM)
    assert [entry.event for entry in again.log().entries] == ["log lost", "opened"]


def test_processes_that_write_at_once_do_not_break_the_chain(vault: Vault) -> None:
    def write() -> None:
        mine = Vault(vault.root)
        for _ in range(5):
            agree(mine)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert vault.log().whole
    assert len(vault.log().entries) == 6 + 20


def to_first_version(vault: Vault, consent_id: str) -> None:
    """As the first version left a vault: no database, no receipts, a reel beside the frames."""
    key = vault.data_key("ada", consent_id)
    safe = Safe(vault.folder("ada"), "ada", consent_id, key)
    frames = Manifest.parse(safe.need(MANIFEST)).frames
    safe.put("reel", json.dumps([mark.model_dump(mode="json") for mark in frames]).encode())
    for name in (CARD, RECEIPT, MANIFEST):
        safe.path(name).unlink()
    for name in ("vault.db", "lock.json", "consent.key", "verifier.key"):
        (vault.root / name).unlink()


@pytest.mark.parametrize(("kind", "taken_over"), [("synthetic", True), ("person", False)])
def test_a_vault_of_the_first_version_keeps_its_understudies(
    tmp_path: Path, kind: str, taken_over: bool
) -> None:
    vault = Vault(tmp_path)
    star = enrol(vault, kind=StarKind(kind))
    to_first_version(vault, star.consent_id)
    again = Vault(tmp_path)
    if taken_over:
        likeness = again.open("ada", Purpose.FILM)
        assert [int(likeness.footage.frame(index).mean()) for index in range(3)] == [0, 40, 80]
        assert again.consent_status(star.consent_id).valid
        assert [entry.event for entry in again.log().entries][:3] == ["consented", "admitted", "rebuilt"]
    else:
        with pytest.raises(ConsentError, match="never admitted"):
            again.open("ada", Purpose.FILM)


def test_a_lost_database_is_rebuilt_from_what_is_sealed(vault: Vault) -> None:
    enrol(vault, "bo")
    enrol(vault, "cy")
    vault.revoke("bo")
    (vault.root / "vault.db").unlink()
    card = vault.folder("cy") / "star.json"
    card.write_text(card.read_text().replace("Ada", "Eve"))
    again = Vault(vault.root)
    again.open("ada", Purpose.FILM).check()
    with pytest.raises(ConsentError, match="withdrawn"):
        again.open("bo", Purpose.FILM)
    with pytest.raises(ConsentError, match="changed"):
        again.open("cy", Purpose.FILM)
    assert again.log().whole


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(b"not a database" * 99),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_a_broken_database_opens_nobody(vault: Vault, harm: Callable[[Path], object]) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    for beside in vault.root.glob("vault.db-*"):
        beside.unlink()
    harm(vault.root / "vault.db")
    for use in (likeness.check, lambda: Vault(vault.root).open("ada", Purpose.FILM)):
        with pytest.raises(ConsentError):
            use()


def test_a_newer_database_asks_for_an_upgrade(vault: Vault) -> None:
    tamper(vault, "update about set value = '99' where name = 'schema'")
    with pytest.raises(ConsentError, match="version 99"):
        Vault(vault.root).open("ada", Purpose.FILM)


def test_two_vaults_do_not_share_a_log(vault: Vault, tmp_path: Path) -> None:
    other = Vault(tmp_path / "other")
    enrol(other)
    shutil.copy(vault.root / "vault.db", other.root / "vault.db")
    assert not Vault(other.root).log().whole
    with pytest.raises(ConsentError):
        Vault(other.root).open("ada", Purpose.FILM)
