"""Sealing: authenticated encryption of everything that belongs to a likeness.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before each ciphertext. Each star has a data key, wrapped
by the vault's master key; destroying the data key makes all that it sealed unreadable for ever.
"""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from limelight.document import write_atomically
from limelight.errors import ConsentError

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"LMS1"


def new_key() -> bytes:
    """A random 256-bit key."""
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def seal(key: bytes, content: bytes, bound_to: str) -> bytes:
    """Encrypt; the text ``bound_to`` (star, consent, name) must be the same to open it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, content, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Decrypt what :func:`seal` made.

    Raises:
        ConsentError: any bit was changed, or it was sealed for another star, consent, name or key.
    """
    head = len(FORMAT) + NONCE_BYTES
    content = sealed[head:] if sealed.startswith(FORMAT) else b""
    try:
        return AESGCM(key).decrypt(sealed[len(FORMAT) : head], content, bound_to.encode())
    except (InvalidTag, ValueError) as problem:
        raise ConsentError(
            "sealed data of a star was changed, or belongs to another star or consent.",
            hint="It cannot be used. Forget the star and verify again.",
        ) from problem


def wrap_key(master: bytes, key: bytes, star_id: str, consent_id: str, *, closed: bool = False) -> bytes:
    """A star's data key, sealed by the master key; a ``closed`` one says that the consent was withdrawn."""
    return seal(master, key, _key_of(star_id, consent_id, closed=closed))


def unwrap_key(master: bytes, wrapped: bytes, star_id: str, consent_id: str) -> tuple[bytes, bool]:
    """The data key, and whether it is closed.

    Raises:
        ConsentError: it was changed, or belongs to another vault, star or consent.
    """
    try:
        return unseal(master, wrapped, _key_of(star_id, consent_id, closed=False)), False
    except ConsentError:
        return unseal(master, wrapped, _key_of(star_id, consent_id, closed=True)), True


def _key_of(star_id: str, consent_id: str, *, closed: bool) -> str:
    return f"{'closed key' if closed else 'key'}:{star_id}:{consent_id}"


@dataclass(frozen=True)
class Safe:
    """What is sealed of one star under one consent, each piece under a name.

    Attributes:
        folder: The star's.
        star_id: Whose.
        consent_id: By which consent.
    """

    folder: Path
    star_id: str
    consent_id: str
    _key: bytes = field(repr=False)

    def path(self, name: str) -> Path:
        """Where a piece lies. File names tell nothing: they are hashes of what is inside."""
        return self.folder / "sealed" / hashlib.sha256(name.encode()).hexdigest()[:40]

    def put(self, name: str, content: bytes) -> None:
        """Seal a piece."""
        write_atomically(self.path(name), seal(self._key, content, self._bound_to(name)))

    def get(self, name: str) -> bytes | None:
        """A piece, or None if there is none of that name.

        Raises:
            ConsentError: it was changed.
        """
        try:
            sealed = self.path(name).read_bytes()
        except FileNotFoundError:
            return None
        return unseal(self._key, sealed, self._bound_to(name))

    def discard(self, name: str) -> None:
        """Take a piece away, and the folders that were made for it alone."""
        path = self.path(name)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()
            self.folder.rmdir()

    def need(self, name: str) -> bytes:
        """A piece that must be there.

        Raises:
            ConsentError: it is not, or was changed.
        """
        content = self.get(name)
        if content is None:
            raise ConsentError(
                f"sealed data of {self.star_id!r} is missing ({name}).",
                hint="It cannot be used. Forget the star and verify again.",
            )
        return content

    def _bound_to(self, name: str) -> str:
        return f"{self.star_id}\n{self.consent_id}\n{name}"


def write_key(path: Path, wrapped: bytes) -> None:
    """Write a wrapped key, whole or not at all, for the owner's eyes only."""
    write_atomically(path, wrapped, mode=0o600)
