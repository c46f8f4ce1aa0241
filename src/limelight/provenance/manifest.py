"""The manifest: what a film says of itself, signed, inside the mp4 (C2PA 2.2, by c2pa-python).

It says: made by AI, from which song (SHA-256), under whose consents (ids, no names), by which models (digests), with
which watermark. It is hashed over the whole file but a few boxes that carry neither pictures nor sound.
"""

import errno
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from limelight import __version__
from limelight.document import Document, Sha256
from limelight.errors import DocumentError, ProvenanceError
from limelight.provenance.certificate import Signer
from limelight.provenance.pattern import ALGORITHM
from limelight.provenance.source import SourceType

ASSERTION: Final = "limelight.film"
"""The label of what only Limelight says; the rest is C2PA's vocabulary."""
SOURCES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
REMNANTS: Final = (b"c2pa.claim", b"jumdc2pa", b"urn:c2pa:")
"""What is left in a file whose manifest was damaged so far that it is no longer taken for one."""
HEAD: Final = 1 << 20
"""Bytes of a file among which its manifest lies."""
PADDING: Final = b"\x63pad"
"""CBOR's text ``pad``."""
_OFFLINE: Final = {"remote_manifest_fetch": False, "ocsp_fetch": False}
"""No network, whatever a manifest asks for."""


class Claims(Document):
    """What a film says of itself."""

    kind: ClassVar[str] = "film"

    film_id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    song_sha256: Sha256
    consents: tuple[str, ...] = ()
    """Ids of the stars' consents, sorted."""
    models: tuple[str, ...] = ()
    """Names and hashes or commits of all models that had a part in it."""
    camera: str
    director: str
    source: SourceType
    software: str = f"Limelight {__version__}"


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read.

    Attributes:
        intact: Whether file and manifest are as they were signed.
        trusted: Whether the signing certificate descends from one of those that the reader vouches for.
        problems: C2PA's codes of what is wrong, without that of an unknown certificate.
        claims: What Limelight said; None if it was made by something else, or cannot be read.
        generator: The program that made the claim.
        issuer: The organisation in the signing certificate.
        signer: The name in it.
        serial: Its serial number.
        signed: When, if a time-stamping authority said so; empty otherwise.
    """

    intact: bool
    trusted: bool
    problems: tuple[str, ...]
    claims: Claims | None = None
    generator: str = ""
    issuer: str = ""
    signer: str = ""
    serial: str = ""
    signed: str = ""


def sign(film: Path, claims: Claims, signer: Signer, *, title: str = "") -> None:
    """Put a manifest into an mp4, in place: the signed file takes the place of the other when it is whole.

    Pictures, sound, times and the order of the file's parts stay as they are.

    Raises:
        ProvenanceError: the certificate does not fit C2PA's profile, or the disk refused: it is full, say. The
            film is then as it was, and nothing lies beside it.
    """
    import c2pa  # noqa: PLC0415  # loads a library of 30 MB

    paper = _Paper()
    signed = film.with_name(f"{film.stem.removesuffix('.part')}.signed.part{film.suffix}")
    try:
        settings = {
            "builder": {"thumbnail": {"enabled": False}},
            "verify": _OFFLINE | {"verify_after_sign": True},
        }
        with (
            c2pa.Context.from_dict(settings) as context,
            _signer(signer) as hand,
            c2pa.Builder(_definition(film, claims, title), context=context) as builder,
            film.open("rb") as source,
            paper.open(signed) as target,
        ):
            builder.sign(hand, "video/mp4", source, target)
        signed.replace(film)
    except (c2pa.C2paError, OSError) as problem:
        told = paper.problem or (problem if isinstance(problem, OSError) else None)
        if told is not None:
            raise ProvenanceError(
                f"the film cannot be signed: {told.strerror or told}.", hint=_room(told, film)
            ) from problem
        raise ProvenanceError(
            f"the film cannot be signed: {problem}.",
            hint="Does the configured certificate fit C2PA's profile for signing?",
        ) from problem
    finally:
        signed.unlink(missing_ok=True)


def read(film: Path, anchors: Sequence[str] = ()) -> Manifest | None:
    """Read and check a file's manifest.

    Args:
        film: Any file.
        anchors: Certificates (PEM) whose descendants the reader vouches for.

    Returns:
        None if there is no manifest in the file, nor what is left of one.
    """
    import c2pa  # noqa: PLC0415

    settings: dict[str, object] = {"verify": _OFFLINE}
    if anchors:
        settings["trust"] = {"user_anchors": "".join(anchors)}
    try:
        with c2pa.Context.from_dict(settings) as context, c2pa.Reader(film, context=context) as reader:
            return _understood(json.loads(reader.json()), film)
    except c2pa.C2paError as problem:
        if not _remnant(film):
            return None
        return Manifest(intact=False, trusted=False, problems=(str(problem).split("\n")[0],))


class _Paper:
    """Opens the file that is signed, and remembers why it could not be written: C2PA's library does not say."""

    def __init__(self) -> None:
        self.problem: OSError | None = None

    def open(self, path: Path) -> io.BufferedRandom:
        """Open it to write and read back."""
        paper = self

        class Sheet(io.FileIO):
            def write(self, data: Any, /) -> int:
                try:
                    return super().write(data)
                except OSError as problem:
                    paper.problem = problem
                    raise

        return io.BufferedRandom(Sheet(path, "w+"))


def _room(problem: OSError, film: Path) -> str:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        needed = film.stat().st_size / 1e6 + 1
        return f"Free {needed:.0f} MB there and run the same command again: finished work is kept."
    return f"See that files can be written in {str(film.parent)!r}."


def _signer(signer: Signer) -> Any:
    import c2pa  # noqa: PLC0415

    algorithm = c2pa.C2paSigningAlg[signer.algorithm.upper()]
    if signer.sign is not None:
        return c2pa.Signer.from_callback(signer.sign, algorithm, signer.chain)
    return c2pa.Signer.from_info(
        c2pa.C2paSignerInfo(algorithm, signer.chain.encode(), signer.key.encode(), None)
    )


def _definition(film: Path, claims: Claims, title: str) -> dict[str, object]:
    software = {"name": "Limelight", "version": __version__}
    return {
        "claim_generator_info": [software],
        "title": title or "film.mp4",
        "format": "video/mp4",
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created",
                            "digitalSourceType": SOURCES + claims.source,
                            "softwareAgent": software,
                        },
                        {"action": "c2pa.watermarked.bound", "softwareAgent": software},
                    ]
                },
            },
            {
                "label": "c2pa.soft-binding",
                "data": {"alg": ALGORITHM, "blocks": [{"scope": {}, "value": claims.film_id}]},
            },
            {
                "label": ASSERTION,
                "data": claims.model_dump(mode="json", by_alias=True) | {"ftyp": _file_type(film)},
            },
        ],
    }


def _understood(store: Mapping[str, Any], film: Path) -> Manifest:
    """What a reader's report says, in our words."""
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    failures = store.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = [str(entry.get("code", "unknown")) for entry in failures]
    problems = [code for code in codes if code != "signingCredential.untrusted"]
    said = [entry["data"] for entry in active.get("assertions", []) if entry.get("label") == ASSERTION]
    claims = None
    if said:
        told = dict(said[0])
        if told.pop("ftyp", None) != _file_type(film):
            problems.append("limelight.fileType.mismatch")
        if not _padding_is_empty(film):
            problems.append("limelight.padding.mismatch")
        try:
            claims = Claims.parse(json.dumps(told), origin="the manifest")
        except DocumentError:
            problems.append("limelight.claims.unreadable")
    state = store.get("validation_state")
    if state not in {"Valid", "Trusted"} and not problems:
        problems.append(f"validation: {state}")
    signature = active.get("signature_info", {})
    generator = (active.get("claim_generator_info") or [{}])[0]
    return Manifest(
        intact=not problems,
        trusted=state == "Trusted" and not problems,
        problems=tuple(dict.fromkeys(problems)),
        claims=claims,
        generator=" ".join(str(generator[key]) for key in ("name", "version") if generator.get(key)),
        issuer=str(signature.get("issuer") or ""),
        signer=str(signature.get("common_name") or ""),
        serial=str(signature.get("cert_serial_number") or ""),
        signed=str(signature.get("time") or ""),
    )


def _file_type(film: Path) -> str:
    """SHA-256 of the ftyp box, which C2PA's own hash leaves out."""
    with film.open("rb") as stream:
        length = int.from_bytes(stream.read(4), "big")
        stream.seek(0)
        return hashlib.sha256(stream.read(min(max(length, 8), 4096))).hexdigest()


def _padding_is_empty(film: Path) -> bool:
    """Whether the room that is kept for longer signatures (``pad`` in COSE's header, RFC 9052) still holds zeros.

    Some 10 kB that no hash covers: the only place where a changed byte would go unnoticed.
    """
    with film.open("rb") as stream:
        head = stream.read(HEAD)
    at = head.find(PADDING)
    while at >= 0:
        first = at + len(PADDING)
        if head[first : first + 1] == b"\x59":  # CBOR: a byte string, its length in two bytes
            length = int.from_bytes(head[first + 1 : first + 3], "big")
            if any(head[first + 3 : first + 3 + length]):
                return False
        at = head.find(PADDING, first)
    return True


def _remnant(film: Path) -> bool:
    with film.open("rb") as stream:
        head = stream.read(HEAD)
    return any(remnant in head for remnant in REMNANTS)
