"""Inspect: what can be known of a file: its manifest, its watermark, and what the vault knows of either."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography import x509

from limelight.errors import ConsentError, InputError, ProvenanceError
from limelight.provenance import manifest
from limelight.provenance.certificate import LOCAL, local_root
from limelight.provenance.copies import Search, search
from limelight.provenance.manifest import Claims, Manifest
from limelight.stage import sha256_of
from limelight.vault import ConsentState, FilmRecord, Vault


class Verdict(StrEnum):
    """What it comes to."""

    PROVEN = "proven"
    """An intact manifest of Limelight's, signed by a certificate that is vouched for here; no sign against it."""
    INTACT = "intact"
    """The same, but signed by a certificate that nothing here vouches for."""
    ENDED = "consent ended"
    """As proven, intact or copy, and a consent was withdrawn or has expired."""
    CHANGED = "changed"
    """A manifest that does not fit the file, or not its pictures, or bytes that this vault never finished."""
    COPY = "copy"
    """No manifest of Limelight's, but its watermark in the pictures."""
    FOREIGN = "foreign"
    """An intact manifest of something else, and no watermark."""
    NOTHING = "nothing found"
    """Neither; which does not prove that it was not made here."""


class SignedBy(StrEnum):
    """Whose certificate signed the manifest."""

    HERE = "this vault's own certificate"
    CONFIGURED = "the configured certificate"
    SELF_MADE = "a certificate that some Limelight made for itself, which anybody can do under any name"
    UNKNOWN = "a certificate that nothing here vouches for"


@dataclass(frozen=True)
class ConsentFinding:
    """One consent of the film."""

    consent_id: str
    status: str
    """``valid``, ``withdrawn on 2026-11-22``, ``expired on ...``, or that this vault does not know it."""
    ended: bool


@dataclass(frozen=True)
class Inspection:
    """All that was found.

    Attributes:
        path: The file.
        sha256: Of its bytes.
        verdict: What it comes to.
        manifest: What it says of itself; None if it says nothing.
        signed_by: Whose certificate signed it; None without a manifest, or one that can't be read.
        search: What looking for the watermark gave.
        film_id: Of the manifest if it is intact, else of the watermark; empty if neither tells.
        records: Films of that id that this vault knows, the oldest first.
        same_file: Whether the file is, byte for byte, one that this vault finished.
        consents: Of the film, with what they are worth now.
        notes: What else a reader must know.
    """

    path: Path
    sha256: str
    verdict: Verdict
    manifest: Manifest | None
    signed_by: SignedBy | None
    search: Search
    film_id: str
    records: Sequence[FilmRecord]
    same_file: bool
    consents: Sequence[ConsentFinding]
    notes: Sequence[str]

    @property
    def claims(self) -> Claims | None:
        """What an intact manifest of Limelight's says; None where nothing can be believed."""
        return self.manifest.claims if self.manifest and self.manifest.intact else None


def inspect(path: Path, vault: Vault, *, certificate: str = "", thorough: bool = True) -> Inspection:
    """Look at a file in every way.

    Args:
        path: A video, or a still of one.
        vault: Knows consents and films; one that was never used is left untouched.
        certificate: Path of the configured certificate (PEM), if there is one.
        thorough: Look for the watermark of cropped, scaled and mirrored copies too.

    Raises:
        InputError: there is no such file, or nothing in it that can be looked at.
    """
    sha256 = _digest(path)
    anchors, serials = _anchors(vault, certificate)
    found = manifest.read(path, anchors)
    looked = _looked(path, found, thorough=thorough)
    claims = found.claims if found and found.intact else None
    marked = looked.found.film.text if looked.found else ""
    film_id = claims.film_id if claims else marked
    notes = list(_notes(found, looked, marked))
    records, consents = _known(vault, film_id, claims, notes)
    signed_by = _signed_by(found, serials)
    same_file = any(record.film_sha256 == sha256 for record in records)
    other_bytes = bool(records) and signed_by is SignedBy.HERE and not same_file
    if claims and other_bytes:
        notes.append("This vault signed it, and finished no film of these very bytes.")
    return Inspection(
        path=path,
        sha256=sha256,
        verdict=Verdict.CHANGED if claims and other_bytes else _verdict(found, marked, consents),
        manifest=found,
        signed_by=signed_by,
        search=looked,
        film_id=film_id,
        records=records,
        same_file=same_file,
        consents=consents,
        notes=notes,
    )


def _digest(path: Path) -> str:
    if not path.is_file():
        told = "is a folder" if path.is_dir() else "is not there"
        raise InputError(f"the file {str(path)!r} {told}.", hint="Give a film, or any other video file.")
    try:
        return sha256_of(path)
    except OSError as problem:
        raise InputError(
            f"{str(path)!r} cannot be read: {problem.strerror}.", hint="Check its permissions."
        ) from problem


def _anchors(vault: Vault, certificate: str) -> tuple[list[str], dict[str, SignedBy]]:
    """Certificates that are vouched for here, and the serial numbers of those that sign."""
    anchors: list[str] = []
    serials: dict[str, SignedBy] = {}
    if certificate:
        try:
            content = Path(certificate).read_bytes()
            first = x509.load_pem_x509_certificates(content)[0]
        except (OSError, ValueError, IndexError) as problem:
            raise ProvenanceError(
                f"the configured certificate {certificate!r} cannot be read.",
                hint="Mend `certificate`, or leave it out.",
            ) from problem
        anchors.append(content.decode())
        serials[str(first.serial_number)] = SignedBy.CONFIGURED
    if root := local_root(vault):
        anchors.append(root)
        own = x509.load_pem_x509_certificate((vault.root / "film-signer.pem").read_bytes())
        serials[str(own.serial_number)] = SignedBy.HERE
    return anchors, serials


def _looked(path: Path, found: Manifest | None, *, thorough: bool) -> Search:
    """The watermark; where an intact manifest names a film, looking at whole pictures is enough."""
    try:
        return search(path, thorough=thorough and not (found and found.intact and found.claims))
    except InputError:
        if found is None:
            raise
        return Search(None, 0, 0, 0)  # a damaged film whose manifest still tells something


def _signed_by(found: Manifest | None, serials: dict[str, SignedBy]) -> SignedBy | None:
    if found is None or not found.serial:
        return None
    if found.trusted and found.serial in serials:
        return serials[found.serial]
    return SignedBy.SELF_MADE if found.issuer == LOCAL else SignedBy.UNKNOWN


def _notes(found: Manifest | None, looked: Search, marked: str) -> Sequence[str]:
    notes = []
    claims = found.claims if found and found.intact else None
    if claims and marked and marked != claims.film_id:
        notes.append("The pictures carry the watermark of another film than the manifest names.")
    if claims and not marked:
        notes.append("The pictures carry no watermark that can be read.")
    if found and found.intact and not claims and marked:
        notes.append("The manifest is another program's; the pictures were taken from a film of Limelight's.")
    if looked.found and looked.found.mirrored:
        notes.append("Left and right are exchanged.")
    return notes


def _known(
    vault: Vault, film_id: str, claims: Claims | None, notes: list[str]
) -> tuple[Sequence[FilmRecord], Sequence[ConsentFinding]]:
    """What the vault knows of a film and its consents; a vault that was never used is not made by asking."""
    ids = claims.consents if claims else ()
    if not film_id:
        return (), ()
    try:
        if vault.lock is None:
            notes.append("There is no vault here that could know the film or its consents.")
            return (), [
                ConsentFinding(consent_id, "unknown: there is no vault here", ended=False)
                for consent_id in ids
            ]
        records = vault.films.of(film_id)
        ids = ids or (records[0].consents if records else ())
        return records, [_consent(vault, consent_id) for consent_id in ids]
    except ConsentError as problem:
        notes.append(f"The vault here could not be asked: {problem.message}")
        return (), [
            ConsentFinding(consent_id, "unknown: the vault is locked", ended=False) for consent_id in ids
        ]


def _consent(vault: Vault, consent_id: str) -> ConsentFinding:
    status = vault.consent_status(consent_id)
    if status.state is ConsentState.UNKNOWN:
        return ConsentFinding(consent_id, "not known to this vault", ended=False)
    return ConsentFinding(consent_id, str(status), ended=not status.valid)


def _verdict(found: Manifest | None, marked: str, consents: Sequence[ConsentFinding]) -> Verdict:
    claims = found.claims if found and found.intact else None
    if (found and not found.intact) or (claims and marked and marked != claims.film_id):
        return Verdict.CHANGED
    if (claims or marked) and any(consent.ended for consent in consents):
        return Verdict.ENDED
    if found and claims:
        return Verdict.PROVEN if found.trusted else Verdict.INTACT
    if marked:
        return Verdict.COPY
    return Verdict.FOREIGN if found else Verdict.NOTHING
