import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import keyring
import pytest
from click.testing import CliRunner
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from limelight.cli import unlock
from limelight.cli.main import limelight
from limelight.errors import ConsentError
from limelight.star import Purpose
from limelight.vault import KeySource, Vault, keys
from limelight.vault.keys import PASSPHRASE
from vault.toy import enrol

WORDS = "four quiet words together"


class MemoryKeyring(KeyringBackend):
    """A keyring that answers."""

    priority = 5  # type: ignore[assignment]  # the library wants a number here and types a property

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


class PlainKeyring(MemoryKeyring):
    """One that is not recommended: it would write a plain file."""

    priority = 0.5  # type: ignore[assignment]


class SilentKeyring(MemoryKeyring):
    """One that waits for somebody at a screen that is not there."""

    def set_password(self, service: str, username: str, password: str) -> None:
        time.sleep(2)
        super().set_password(service, username, password)


@contextlib.contextmanager
def system(backend: KeyringBackend) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield
    finally:
        keyring.set_keyring(before)


def test_a_vault_in_a_chosen_folder_keeps_its_key_in_a_private_file(tmp_path: Path) -> None:
    with system(MemoryKeyring()):
        vault = Vault(tmp_path / "vault")
        enrol(vault)
    key = vault.root / "master.key"
    assert vault.lock.source is KeySource.FILE
    assert key.stat().st_mode & 0o777 == 0o600
    assert vault.root.stat().st_mode & 0o777 == 0o700
    key.chmod(0o644)
    with pytest.raises(ConsentError, match="chmod"):
        Vault(vault.root).open("ada", Purpose.FILM)
    key.chmod(0o600)
    key.write_bytes(b"short")
    with pytest.raises(ConsentError, match="32 bytes"):
        Vault(vault.root).open("ada", Purpose.FILM)


def test_the_users_own_vault_takes_the_keyring_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMELIGHT_VAULT", str(tmp_path / "own"))
    with system(backend := MemoryKeyring()):
        enrol(Vault())
        assert Vault().lock.source is KeySource.KEYRING
        assert not (tmp_path / "own/master.key").exists()
        assert list(backend.kept) == [(keys.SERVICE, Vault().lock.id)]
        Vault(tmp_path / "own").open("ada", Purpose.FILM)
    with system(MemoryKeyring()), pytest.raises(ConsentError, match="does not give"):
        Vault().open("ada", Purpose.FILM)


@pytest.mark.parametrize("backend", [PlainKeyring, SilentKeyring])
def test_a_keyring_that_is_a_plain_file_or_does_not_answer_is_passed_by(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    backend: type[KeyringBackend],
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(keys, "ANSWER_SECONDS", 0.3)
    monkeypatch.setenv("LIMELIGHT_VAULT", str(tmp_path / "own"))
    with system(backend()):
        enrol(Vault())
        assert Vault().lock.source is KeySource.FILE
        with pytest.raises(ConsentError, match="no keyring"):
            Vault(tmp_path / "other", keys=KeySource.KEYRING).keychain.master  # noqa: B018  # asking for it is the test
    assert capfd.readouterr() == ("", "")


def test_a_passphrase_locks_the_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, WORDS)
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    assert vault.lock.source is KeySource.PASSPHRASE
    assert not (vault.root / "master.key").exists()
    Vault(vault.root).open("ada", Purpose.FILM)
    monkeypatch.setenv(PASSPHRASE, WORDS + "!")
    with pytest.raises(ConsentError, match="not the vault's passphrase"):
        Vault(vault.root).open("ada", Purpose.FILM)
    monkeypatch.delenv(PASSPHRASE)
    with pytest.raises(ConsentError, match=f"Set {PASSPHRASE}"):
        Vault(vault.root).open("ada", Purpose.FILM)
    assert [star.id for star in Vault(vault.root).stars()] == ["ada"]


def test_a_short_passphrase_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "hunter2")
    with pytest.raises(ConsentError, match="at least 12"):
        enrol(Vault(tmp_path / "vault"))


def test_the_key_moves_between_its_keepers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    with system(backend := MemoryKeyring()):
        vault.move_key(KeySource.KEYRING)
        assert not (vault.root / "master.key").exists()
        Vault(vault.root).open("ada", Purpose.FILM)
        vault.move_key(KeySource.PASSPHRASE, WORDS)
        assert backend.kept == {}
    monkeypatch.setenv(PASSPHRASE, WORDS)
    Vault(vault.root).open("ada", Purpose.FILM)
    Vault(vault.root).move_key(KeySource.PASSPHRASE, WORDS[::-1])
    with pytest.raises(ConsentError, match="not the vault's"):
        Vault(vault.root).open("ada", Purpose.FILM)
    monkeypatch.setenv(PASSPHRASE, WORDS[::-1])
    Vault(vault.root).move_key(KeySource.FILE)
    monkeypatch.delenv(PASSPHRASE)
    again = Vault(vault.root)
    again.open("ada", Purpose.FILM)
    assert again.log().whole
    assert [entry.detail for entry in again.log().entries if entry.event == "key moved"] == [
        "keyring", "passphrase", "passphrase", "file",
    ]  # fmt: skip


def test_signing_keys_lie_sealed_and_those_in_clear_are_taken_over(tmp_path: Path) -> None:
    clear = bytes(range(32))
    vault = Vault(tmp_path)
    (tmp_path / "verifier.key").write_bytes(clear)
    assert vault.verifier.private_bytes_raw() == clear
    assert clear not in (tmp_path / "verifier.key").read_bytes()
    assert Vault(tmp_path).verifier.private_bytes_raw() == clear
    content = bytearray((tmp_path / "verifier.key").read_bytes())
    content[-1] ^= 1
    (tmp_path / "verifier.key").write_bytes(content)
    with pytest.raises(ConsentError, match="changed"):
        Vault(tmp_path).verifier  # noqa: B018  # asking for it is the test


def test_making_a_vault_touches_nothing_and_asks_nothing(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    assert vault.stars() == ()
    assert not vault.holds("ada")
    assert vault.lock is None
    assert not (tmp_path / "vault").exists()


def test_a_vault_that_lost_its_lock_gets_no_new_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, WORDS)
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    (vault.root / "lock.json").unlink()
    with pytest.raises(ConsentError, match="Restore it"):
        Vault(vault.root).open("ada", Purpose.FILM)


class ForgetfulKeyring(MemoryKeyring):
    """One that passes a trial and then keeps nothing: its owner said no, or it is full."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if username.startswith("trial-"):
            super().set_password(service, username, password)


def test_a_key_leaves_its_keeper_only_when_the_next_one_has_it(tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    with system(ForgetfulKeyring()):
        with pytest.raises(ConsentError, match="did not take"):
            vault.move_key(KeySource.KEYRING)
        again = Vault(vault.root)
        assert again.lock.source is KeySource.FILE
        again.open("ada", Purpose.FILM)


def test_keys_are_private_from_the_moment_they_have_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = {}
    replace = Path.replace

    def watched(part: Path, target: Path) -> Path:
        modes[Path(target).name] = part.stat().st_mode & 0o777
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", watched)
    enrol(Vault(tmp_path / "vault"))
    private = {"master.key", "consent.key", "verifier.key", "key"}
    assert {name: modes[name] for name in private} == dict.fromkeys(private, 0o600)


def test_a_vault_in_the_home_folder_may_be_named_by_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LIMELIGHT_VAULT", "~/stars")
    assert Vault().root == tmp_path / "stars"


@pytest.mark.parametrize("asked", [("verify", "--review"), ("star", "list")])
def test_at_a_terminal_a_locked_vault_asks_for_its_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...]
) -> None:
    monkeypatch.setenv(PASSPHRASE, WORDS)
    monkeypatch.setenv("LIMELIGHT_VAULT", str(tmp_path / "vault"))
    enrol(Vault())
    monkeypatch.setenv(PASSPHRASE, "")
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(unlock, "sys", terminal)
    said = CliRunner().invoke(limelight, asked, input=f"{WORDS}\n")
    assert "Passphrase of the vault" in said.stderr
    assert said.exit_code == 0, said.output
