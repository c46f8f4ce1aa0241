"""The keychain: the keys of one vault. One master key, which somebody keeps, and the signing keys that it seals."""

import contextlib
import json
import re
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path

import filelock
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from limelight.document import write_atomically
from limelight.errors import ConsentError
from limelight.vault import keys
from limelight.vault.keys import KeySource, Lock
from limelight.vault.seal import seal, unseal
from limelight.vault.signing import public_hex, signing_key

LOCK_SECONDS = 60


class Keychain:
    """Each key is made when it is first asked for, by one process alone. Only for this package.

    Args:
        root: The vault's folder.
        source: Who keeps the master key of a new vault; None: see :mod:`limelight.vault.keys`.
        own: Whether it is the user's own vault, whose key may go into the keyring unasked.
        trusted: Public keys (64 hex digits) of verifiers elsewhere whose manifests count.
    """

    def __init__(self, root: Path, source: KeySource | None, *, own: bool, trusted: Collection[str]) -> None:
        self._root = root
        self._source = source
        self._own = own
        self._trusted = frozenset(trusted)

    @property
    def lock(self) -> Lock | None:
        """How the vault is locked; None if it was never used."""
        return keys.read_lock(self._root)

    @cached_property
    def master(self) -> bytes:
        """The master key, 32 bytes.

        Raises:
            ConsentError: it cannot be had.
        """
        with self.alone():
            lock = self.lock or keys.make_lock(self._root, self._source, own=self._own)
            return keys.unlock(self._root, lock)

    @cached_property
    def verifier(self) -> Ed25519PrivateKey:
        """What vouches on this machine: signs manifests."""
        return self._signing_key("verifier.key")

    @cached_property
    def consent_signer(self) -> Ed25519PrivateKey:
        """What signs receipts."""
        return self._signing_key("consent.key")

    @cached_property
    def film_signer(self) -> Ed25519PrivateKey:
        """What signs films where nobody configured a certificate."""
        return self._signing_key("film-signer.key")

    @cached_property
    def trusted(self) -> frozenset[str]:
        """Public keys of the verifiers whose manifests count, the vault's own among them."""
        return self._trusted | {public_hex(self.verifier)} | set(self._verifiers_elsewhere())

    def trust(self, verifier: str) -> None:
        """Let manifests of a verifier elsewhere count from now on.

        Args:
            verifier: Its public key, 64 hex digits.

        Raises:
            ConsentError: it is not that.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", verifier):
            raise ConsentError(f"{verifier!r} is not a public key.", hint="Give 64 hex digits.")
        known = sorted({*self._verifiers_elsewhere(), verifier})
        write_atomically(self._elsewhere, seal(self.master, json.dumps(known).encode(), "trusted"))
        self.__dict__.pop("trusted", None)

    def move(self, source: KeySource, passphrase: str = "") -> None:
        """Give the master key to another keeper: keyring, passphrase or file.

        Raises:
            ConsentError: the vault cannot be unlocked, or there is no such keeper here.
        """
        master = self.master
        with self.alone():
            lock = self.lock
            if lock is None:
                raise ConsentError("the vault was never used.", hint="It gets a key with its first star.")
            keys.move_key(self._root, lock, source, passphrase)
        self.__dict__["master"] = master

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process makes keys and databases."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._making:
            yield

    @cached_property
    def _making(self) -> filelock.BaseFileLock:
        return filelock.FileLock(self._root / ".lock", timeout=LOCK_SECONDS)

    @property
    def _elsewhere(self) -> Path:
        return self._root / "trusted"

    def _verifiers_elsewhere(self) -> list[str]:
        if not self._elsewhere.exists():
            return []
        return [str(key) for key in json.loads(unseal(self.master, self._elsewhere.read_bytes(), "trusted"))]

    def _signing_key(self, name: str) -> Ed25519PrivateKey:
        with self.alone():
            return signing_key(self._root / name, self.master)
