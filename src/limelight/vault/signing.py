"""Signed documents: Ed25519 (RFC 8032) over canonical JSON, keys sorted, no spaces, without the signature.

The text of a signed document has exactly one form: a changed byte that means nothing is refused too.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import Field

from limelight.document import Document, write_atomically
from limelight.errors import ConsentError, DocumentError
from limelight.vault.seal import KEY_BYTES, seal, unseal


class Signed(Document):
    """A document that somebody vouches for."""

    verifier: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """Ed25519 public key of who signed, 64 hex digits."""
    signature: Annotated[str, Field(pattern=r"^([0-9a-f]{128})?$")] = ""
    """Ed25519, 128 hex digits."""

    @classmethod
    def parse(cls, text: str | bytes, *, origin: str = "the document") -> Self:
        """Read it; besides what every document refuses, any text but the one that was written.

        Raises:
            DocumentError: it is not such a document, or not byte for byte.
        """
        parsed = super().parse(text, origin=origin)
        if parsed.to_json().encode() != (text.encode() if isinstance(text, str) else text):
            raise DocumentError(
                f"{origin} is not written as it was signed.", hint="Take the file as it was exported."
            )
        return parsed

    def signed_bytes(self) -> bytes:
        """What is signed: schema and everything but the signature."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"signature"})
        head = f"limelight.{self.kind}/{self.version}\n".encode()
        return head + json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    def signed(self, key: Ed25519PrivateKey) -> Self:
        """The same with the key's name and signature."""
        named = self.model_copy(update={"verifier": public_hex(key), "signature": ""})
        return named.model_copy(update={"signature": key.sign(named.signed_bytes()).hex()})

    def refuse_forged(self, trusted: Collection[str], *, hint: str = "") -> None:
        """See that it is genuine.

        Args:
            trusted: Public keys, 64 hex digits each, that may vouch.
            hint: What to do if it is not.

        Raises:
            ConsentError: it was signed by nobody who may, or changed since.
        """
        if self.verifier not in trusted:
            raise ConsentError(
                f"the {self.kind} was signed by a key that this vault does not trust.", hint=hint
            )
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verifier))
            public.verify(bytes.fromhex(self.signature), self.signed_bytes())
        except (InvalidSignature, ValueError) as problem:
            raise ConsentError(f"the {self.kind}'s signature is not genuine.", hint=hint) from problem


def public_hex(key: Ed25519PrivateKey) -> str:
    """The key's public half, 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def signing_key(path: Path, master: bytes) -> Ed25519PrivateKey:
    """A signing key that lies sealed by the master key; made if it is not there.

    Raises:
        ConsentError: the file was changed, or belongs to another vault.
    """
    bound_to = f"signing key:{path.name}"
    content = path.read_bytes() if path.exists() else b""
    if content and len(content) != KEY_BYTES:
        return Ed25519PrivateKey.from_private_bytes(unseal(master, content, bound_to))
    # new, or left in clear by the first version of the vault
    key = Ed25519PrivateKey.from_private_bytes(content) if content else Ed25519PrivateKey.generate()
    write_atomically(path, seal(master, key.private_bytes_raw(), bound_to), mode=0o600)
    return key
