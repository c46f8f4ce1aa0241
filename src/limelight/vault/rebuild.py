"""Rebuild: a new database beside star folders that are there already.

Either the database was lost, and what is sealed beside each star says again under which consent it is held and
whether that was withdrawn; or the vault is of the first version, which had none. Of that version only understudies
are taken over: it did not know receipts, so that a person must verify again.
"""

import contextlib
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from limelight.errors import ConsentError, DocumentError
from limelight.star import Star, StarKind
from limelight.vault.consent import Agreement, Receipt
from limelight.vault.gate import CARD, CARD_FILE, MANIFEST, RECEIPT, frame_name
from limelight.vault.log import Event
from limelight.vault.manifest import FrameMark, Manifest
from limelight.vault.register import Ending
from limelight.vault.seal import Safe

if TYPE_CHECKING:
    from limelight.vault.store import Vault


def rebuild(vault: "Vault") -> None:
    """Enter every star that can prove what it is; the others stay closed."""
    if not vault.register.is_empty():
        vault.register.note(Event.LOST, vault.now(), detail="the log that was here before is gone")
        return
    for card in sorted((vault.root / "stars").glob(f"[a-z0-9]*/{CARD_FILE}")):
        with contextlib.suppress(ConsentError, DocumentError):
            star = Star.read(card)
            if star.id == card.parent.name:
                _enter(vault, star)


def _enter(vault: "Vault", star: Star) -> None:
    key = vault.data_key(star.id, star.consent_id, closed=True)
    safe = Safe(vault.folder(star.id), star.id, star.consent_id, key)
    kept = safe.get(RECEIPT)
    first_version = kept is None and star.star_kind is StarKind.SYNTHETIC
    if first_version:
        star, receipt = _of_first_version(vault, star, safe)
    else:
        receipt = Receipt.parse(safe.need(RECEIPT), origin="the receipt")
    now = vault.now()
    vault.register.give(receipt, now)
    with vault.register.admitting(star, now, "first version" if first_version else "database rebuilt"):
        pass
    vault.register.note(Event.REBUILT, now, star_id=star.id, consent_id=star.consent_id)
    try:
        vault.data_key(star.id, star.consent_id)
    except ConsentError:
        vault.register.end(star.id, star.consent_id, Ending.WITHDRAWN, ended=now, at=now)


def _of_first_version(vault: "Vault", star: Star, safe: Safe) -> tuple[Star, Receipt]:
    """Receipt, manifest and sealed card for an understudy that has none."""
    marks = tuple(FrameMark.model_validate(entry) for entry in json.loads(safe.need("reel")))
    for index, mark in enumerate(marks):
        if hashlib.sha256(safe.need(frame_name(index))).hexdigest() != mark.sha256:
            raise ConsentError(f"frame {index} of {star.id!r} was changed.")
    agreement = Agreement(
        star.name, adult=True, purposes=star.purposes, account="nobody", kind=star.star_kind,
        consent_id=star.consent_id,
    )  # fmt: skip
    receipt = vault.consents.sign(agreement, vault.now())
    star = star.model_copy(update={"expires": min(star.expires or receipt.expires, receipt.expires)})
    manifest = Manifest(
        session=secrets.token_hex(16),
        star_id=star.id,
        star_kind=star.star_kind,
        consent_id=star.consent_id,
        chain=hashlib.sha256("".join(mark.sha256 for mark in marks).encode()).hexdigest(),
        passed=star.verified or vault.now(),
        frames=marks,
    ).signed(vault.verifier)
    for name, document in ((CARD, star), (RECEIPT, receipt), (MANIFEST, manifest)):
        safe.put(name, document.to_json().encode())
    star.write(safe.folder / CARD_FILE)
    return star, receipt
