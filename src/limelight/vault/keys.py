"""Where the master key comes from: the system's keyring, a passphrase, or a file that only its owner may read.

``lock.json`` says which. A new vault takes a passphrase if ``LIMELIGHT_PASSPHRASE`` gives one, else the keyring if
the system has one that answers, else a file; nothing is asked. A vault in a folder of somebody's choice (not the
user's own) leaves the keyring alone unless told otherwise.
"""

import functools
import os
import secrets
import stat
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from limelight.document import Document, write_atomically
from limelight.errors import ConsentError
from limelight.vault.seal import KEY_BYTES, new_key, seal, unseal

PASSPHRASE = "LIMELIGHT_PASSPHRASE"  # noqa: S105  # the variable's name
SERVICE = "limelight vault"
ANSWER_SECONDS = 10.0
"""How long a keyring may take, asking its owner included, before it counts as absent."""
LEAST_LETTERS = 12
"""A passphrase can be guessed at leisure by whoever copies the vault."""

Answer = TypeVar("Answer")


class KeySource(StrEnum):
    """Who keeps the master key."""

    KEYRING = "keyring"
    """The operating system's: Keychain, Credential Locker, Secret Service, KWallet."""
    PASSPHRASE = "passphrase"  # noqa: S105  # not one
    """Nobody: it lies wrapped by a key made from a passphrase (Argon2id)."""
    FILE = "file"
    """``master.key``, mode 600."""


class Lock(Document):
    """``lock.json``: how the vault is locked. Holds nothing secret."""

    kind = "lock"

    id: str
    """32 hex digits: the vault's own, for the keyring and as the pseudonym of its owner."""
    source: KeySource
    salt: str = ""
    wrapped: str = ""
    """The master key sealed by the passphrase's key, hex."""


def read_lock(root: Path) -> Lock | None:
    """How a vault is locked; None if there is none yet. A vault of the first version has only the key file."""
    path = root / "lock.json"
    if path.exists():
        return Lock.read(path)
    if (root / "master.key").exists():
        return _write_lock(root, Lock(id=secrets.token_hex(16), source=KeySource.FILE))
    return None


def make_lock(root: Path, source: KeySource | None, *, own: bool) -> Lock:
    """Lock a new vault with a new master key.

    Args:
        root: The vault's folder.
        source: Who is to keep the key; None: whoever is there.
        own: Whether it is the user's own vault, whose key may go into the keyring unasked.

    Raises:
        ConsentError: the source that was asked for is not there, or the vault was locked before.
    """
    if any((root / name).exists() for name in ("consent.key", "vault.db", "stars")):
        raise ConsentError(
            f"{root / 'lock.json'} is gone, and with it the way to the vault's key.",
            hint="Restore it from your backup, or move the folder away and verify again.",
        )
    if source is None:
        source = KeySource.FILE
        if os.environ.get(PASSPHRASE):
            source = KeySource.PASSPHRASE
        elif own and _keyring_works():
            source = KeySource.KEYRING
    return _keep(root, secrets.token_hex(16), new_key(), source)


def move_key(root: Path, lock: Lock, source: KeySource, passphrase: str = "") -> Lock:
    """Give the master key to another keeper; the old one loses it.

    Args:
        root: The vault's folder.
        lock: How it is locked now.
        source: Who is to keep the key.
        passphrase: The new one, if a passphrase is to lock it.

    Raises:
        ConsentError: the vault cannot be unlocked, or the source is not there.
    """
    moved = _keep(root, lock.id, unlock(root, lock), source, passphrase)
    if lock.source is not source:
        if lock.source is KeySource.FILE:
            shred(root / "master.key")
        elif lock.source is KeySource.KEYRING:
            _asked(lambda: _keyring().delete_password(SERVICE, lock.id))
    return moved


def unlock(root: Path, lock: Lock) -> bytes:
    """The master key.

    Raises:
        ConsentError: it is gone, others may read it, or the passphrase is missing or wrong.
    """
    match lock.source:
        case KeySource.FILE:
            return _from_file(root / "master.key")
        case KeySource.KEYRING:
            kept = _asked(lambda: _keyring().get_password(SERVICE, lock.id))
            if not kept:
                raise ConsentError(
                    "the system's keyring does not give the vault's key.",
                    hint="Unlock the keyring of the account that made the vault.",
                )
            return bytes.fromhex(kept)
        case KeySource.PASSPHRASE:
            key = _derived(_passphrase(), lock.salt)
            try:
                return unseal(key, bytes.fromhex(lock.wrapped), f"master key:{lock.id}")
            except (ConsentError, ValueError) as problem:
                raise ConsentError(
                    "this is not the vault's passphrase.", hint=f"Correct {PASSPHRASE} and try again."
                ) from problem


def opens(lock: Lock, passphrase: str) -> bool:
    """Whether a passphrase is the one that locks the vault."""
    try:
        unseal(_derived(passphrase, lock.salt), bytes.fromhex(lock.wrapped), f"master key:{lock.id}")
    except (ConsentError, ValueError):
        return False
    return lock.source is KeySource.PASSPHRASE


def shred(path: Path) -> None:
    """Overwrite a key and delete it; a disk that writes elsewhere may keep the old bytes."""
    if path.exists():
        with path.open("r+b") as stream:
            stream.write(secrets.token_bytes(path.stat().st_size))
            stream.flush()
            os.fsync(stream.fileno())
        path.unlink()


def _keep(root: Path, vault: str, master: bytes, source: KeySource, passphrase: str = "") -> Lock:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    salt = wrapped = ""
    if source is KeySource.FILE:
        write_atomically(root / "master.key", master, mode=0o600)
    elif source is KeySource.KEYRING:
        if not _keyring_works():
            raise ConsentError(
                "this system has no keyring that answers.", hint="Use a passphrase or a key file."
            )
        _asked(lambda: _keyring().set_password(SERVICE, vault, master.hex()))
        if _asked(lambda: _keyring().get_password(SERVICE, vault)) != master.hex():
            raise ConsentError(
                "the system's keyring did not take the vault's key; it is kept where it was.",
                hint="Unlock the keyring and try again, or use a passphrase or a key file.",
            )
    else:
        salt = secrets.token_hex(16)
        wrapped = seal(_derived(_passphrase(passphrase), salt), master, f"master key:{vault}").hex()
    return _write_lock(root, Lock(id=vault, source=source, salt=salt, wrapped=wrapped))


def _write_lock(root: Path, lock: Lock) -> Lock:
    lock.write(root / "lock.json")
    return lock


def _from_file(path: Path) -> bytes:
    if not path.exists():
        raise ConsentError(f"the key file {path} is gone.", hint="Restore it from your backup.")
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConsentError(
            f"the key file {path} may be read by other users.",
            hint=f"Run: chmod 600 {path} and check who saw it.",
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConsentError(f"{path} is not a key of {KEY_BYTES} bytes.", hint="Restore it from your backup.")
    return key


def _passphrase(given: str = "") -> str:
    given = given or os.environ.get(PASSPHRASE, "")
    if not given:
        raise ConsentError(
            "the vault is locked by a passphrase.", hint=f"Set {PASSPHRASE}, or run it at a terminal."
        )
    if len(given) < LEAST_LETTERS:
        raise ConsentError(
            f"the passphrase has {len(given)} letters; at least {LEAST_LETTERS} are needed.",
            hint="Take several words.",
        )
    return given


@functools.lru_cache(maxsize=2)
def _derived(passphrase: str, salt: str) -> bytes:
    """Argon2id as RFC 9106 recommends it where memory is scarce: 3 passes over 64 MiB in 4 lanes."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415  # only for passphrases

    kdf = Argon2id(salt=bytes.fromhex(salt), length=KEY_BYTES, iterations=3, lanes=4, memory_cost=64 * 1024)
    return kdf.derive(passphrase.encode())


class _Keyring:
    """The system's keyring; an import takes long on some systems, so only who needs it does it."""

    def __init__(self) -> None:
        import keyring  # noqa: PLC0415

        self._backend = keyring.get_keyring()
        self.priority = float(getattr(self._backend, "priority", 0))

    def get_password(self, service: str, name: str) -> str:
        return self._backend.get_password(service, name) or ""

    def set_password(self, service: str, name: str, secret: str) -> bool:
        self._backend.set_password(service, name, secret)
        return True

    def delete_password(self, service: str, name: str) -> bool:
        self._backend.delete_password(service, name)
        return True


def _keyring() -> _Keyring:
    return _Keyring()


def _keyring_works() -> bool:
    """Whether there is one that is recommended (not a plain file), answers in time, and gives back what it took."""
    name = f"trial-{secrets.token_hex(8)}"

    def trial() -> bool:
        keyring = _keyring()
        if keyring.priority < 1:
            return False
        keyring.set_password(SERVICE, name, name)
        kept = keyring.get_password(SERVICE, name) == name
        keyring.delete_password(SERVICE, name)
        return kept

    return bool(_asked(trial))


def _asked(question: Callable[[], Answer]) -> Answer | None:
    """The answer, or None if there is none in time: keyrings without a desktop are known to wait for ever."""
    answers: list[Answer] = []

    def ask() -> None:
        try:
            answers.append(question())
        except Exception:  # noqa: BLE001  # backends raise whatever they like; any of it means: no keyring
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    return answers[0] if answers else None
