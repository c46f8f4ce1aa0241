"""Toy stars: tiny pictures, real seals, real signatures."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

import cv2
import numpy as np

from limelight.star import Purpose, Star, StarKind
from limelight.vault import Agreement, Manifest, Role, TimedPicture, Vault

FRAMES = 3


def picture(level: int) -> bytes:
    frame = np.full((16, 24, 3), level, np.uint8)
    return cv2.imencode(".png", frame)[1].tobytes()


def footage(frames: int = FRAMES, role: Role = Role.PERFORMANCE) -> list[TimedPicture]:
    return [TimedPicture(index / 10, picture(40 * index), role) for index in range(frames)]


def agree(vault: Vault, kind: StarKind = StarKind.PERSON, **changes: object) -> str:
    """Give consent; the consent's id."""
    agreement = {"name": "Ada", "adult": True, "kind": kind, "purposes": (Purpose.FILM,)} | changes
    return vault.consent(Agreement(**agreement)).consent_id


def card(consent_id: str, kind: StarKind = StarKind.PERSON, **changes: object) -> Star:
    named = {"id": "ada", "name": "Ada", "star_kind": kind, "purposes": (Purpose.FILM,)}
    return Star.model_validate(named | {"consent_id": consent_id} | changes)


def manifest(vault: Vault, star: Star, pictures: Sequence[TimedPicture], **changes: object) -> Manifest:
    """As CHARCHA signs it when a session has passed."""
    marks = tuple(picture.mark for picture in pictures)
    content = {
        "session": secrets.token_hex(16),
        "star_id": star.id,
        "star_kind": star.star_kind,
        "consent_id": star.consent_id,
        "chain": hashlib.sha256("".join(mark.sha256 for mark in marks).encode()).hexdigest(),
        "passed": vault.now(),
        "frames": marks,
    }
    return Manifest.model_validate(content | changes).signed(vault.verifier)


def enrol(
    vault: Vault,
    star_id: str = "ada",
    *,
    kind: StarKind = StarKind.PERSON,
    pictures: Sequence[TimedPicture] = (),
    purposes: tuple[Purpose, ...] = (Purpose.FILM,),
    retention: timedelta = timedelta(days=365),
) -> Star:
    """Consent, manifest and admission, as they ought to be."""
    pictures = pictures or footage()
    consent_id = agree(vault, kind, purposes=purposes, retention=retention)
    star = card(consent_id, kind, id=star_id, purposes=purposes)
    vault.admit(star, pictures, manifest(vault, star, pictures))
    return star
