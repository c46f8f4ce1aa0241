import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from limelight.cli.star import command
from limelight.errors import ConsentError
from limelight.vault import Vault
from limelight.vault.keys import PASSPHRASE
from vault.toy import enrol


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setenv("LIMELIGHT_VAULT", str(tmp_path / "vault"))
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    enrol(vault, "bo")
    return vault


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(command, words, input=given)


def told(*words: str) -> dict[str, object]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output.splitlines()[-1])


def test_the_group_alone_says_who_keeps_the_key(vault: Vault) -> None:
    assert "kept by: file" in run().output
    assert vault.root.name in run().output


@pytest.mark.usefixtures("vault")
def test_stars_are_listed_with_what_their_consent_is_worth() -> None:
    run("revoke", "bo")
    listed = {star["id"]: star["consent"] for star in told("list")["stars"]}
    assert listed["ada"] == "valid"
    assert listed["bo"].startswith("withdrawn on")


def test_show_and_export_give_the_receipt(vault: Vault, tmp_path: Path) -> None:
    shown = told("show", "ada")
    assert shown["receipt"]["record"]["record_id"] == shown["star"]["consent_id"]
    path = tmp_path / "ada.json"
    assert run("export", "ada", "-o", str(path)).exit_code == 0
    held = json.loads(path.read_text())
    assert held["receipt"] == shown["receipt"]
    assert len(held["manifest"]["frames"]) == 3
    assert vault.log().entries[-1].event == "exported"


def test_forgetting_asks_first(vault: Vault) -> None:
    assert run("forget", "ada", given="n\n").exit_code == 1
    assert vault.holds("ada")
    assert run("forget", "ada", given="y\n").exit_code == 0
    assert not vault.holds("ada")
    assert isinstance(run("show", "ada").exception, ConsentError)


def test_the_log_is_proved(vault: Vault) -> None:
    assert "nothing was changed" in run("log").output
    database = sqlite3.connect(vault.root / "vault.db")
    with database:
        database.execute("drop trigger audit_no_update")
        database.execute("update audit set star_id = 'eve' where seq = 2")
    database.close()
    done = run("log")
    assert done.exit_code == 1
    assert "entry 2 is not what was written" in done.output


@pytest.mark.usefixtures("vault")
def test_the_key_gets_another_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "four quiet words together"
    assert run("rekey", "passphrase", given=f"{words}\n{words}\n").exit_code == 0
    assert "kept by: passphrase" in run().output
    assert isinstance(run("show", "ada").exception, ConsentError)
    monkeypatch.setenv(PASSPHRASE, words)
    assert run("show", "ada").exit_code == 0


def test_purging_says_when_there_is_nothing_to_do(vault: Vault) -> None:
    assert told("purge")["purged"] == []
    assert len(vault.stars()) == 2
