"""Sealing: authenticated encryption of everything that belongs to a likeness.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce before each ciphertext. Each star has a data key, wrapped
by the vault's master key; destroying the data key makes all that it sealed unreadable for ever.
"""

import os
import secrets
import stat
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


def master_key(path: Path) -> bytes:
    """Read the master key file, or make it (mode 600).

    Raises:
        ConsentError: others may read it, or it is not a key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, new_key())
        path.chmod(0o600)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConsentError(
            f"the key file {path} may be read by other users.",
            hint=f"Run: chmod 600 {path} and check who saw it.",
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ConsentError(f"{path} is not a key of {KEY_BYTES} bytes.", hint="Restore it from your backup.")
    return key
