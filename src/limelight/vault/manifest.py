"""The manifest: what CHARCHA signs when a session has passed, and what the vault asks for at its door.

Ed25519 (RFC 8032) over the document as canonical JSON: keys sorted, no spaces, without its signature.
"""

import json
from collections.abc import Collection, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, Field

from limelight.document import Document, Part, Sha256
from limelight.errors import ConsentError
from limelight.star import Star, StarKind
from limelight.vault.seal import master_key

SIGNED = b"limelight.manifest/1\n"


class Role(StrEnum):
    """What a frame was taken for."""

    PORTRAIT = "portrait"
    """Of an accepted interval of the protocol."""
    PERFORMANCE = "performance"
    """Of the singing along."""


class FrameMark(Part):
    """One frame that was kept."""

    time: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """Seconds, see :class:`limelight.vault.store.TimedPicture`."""
    sha256: Sha256
    role: Role


class Manifest(Document):
    """What a passed session leaves: whose, by which consent, and exactly which frames."""

    kind = "manifest"

    session: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    star_id: str
    star_kind: StarKind
    consent_id: str
    chain: Sha256
    """The last link over all frames of the session."""
    passed: AwareDatetime
    frames: tuple[FrameMark, ...]
    verifier: str = ""
    """Ed25519 public key, 64 hex digits."""
    signature: str = ""
    """Ed25519, 128 hex digits."""

    def signed_bytes(self) -> bytes:
        """What is signed: everything but the signature."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"signature"})
        return SIGNED + json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    def signed(self, key: Ed25519PrivateKey) -> "Manifest":
        """The same with the key's name and signature."""
        named = self.model_copy(update={"verifier": public_hex(key), "signature": ""})
        return named.model_copy(update={"signature": key.sign(named.signed_bytes()).hex()})

    def check(self, star: Star, frames: Sequence[FrameMark], trusted: Collection[str]) -> None:
        """See that it is genuine, and about this star and exactly these frames.

        Args:
            star: Who is to be admitted or opened.
            frames: Those at hand, in order.
            trusted: Public keys, 64 hex digits each, that may vouch.

        Raises:
            ConsentError: it is not.
        """
        if self.verifier not in trusted:
            raise ConsentError(
                "the manifest was signed by a key that this vault does not trust.", hint=VERIFY
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verifier))
            public.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError) as problem:
            raise ConsentError("the manifest's signature is not genuine.", hint=VERIFY) from problem
        if (self.star_id, self.star_kind, self.consent_id) != (star.id, star.star_kind, star.consent_id):
            raise ConsentError("the manifest is about another star, kind or consent.", hint=VERIFY)
        if tuple(frames) != self.frames:
            raise ConsentError("the frames are not exactly those that the manifest names.", hint=VERIFY)


VERIFY = "Run `limelight verify`: nobody becomes a star without it."


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The verifier's key: 32 bytes in a private file, made if it is not there.

    Raises:
        ConsentError: others may read it, or it is not a key.
    """
    return Ed25519PrivateKey.from_private_bytes(master_key(path))


def public_hex(key: Ed25519PrivateKey) -> str:
    """The key's public half, 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()
