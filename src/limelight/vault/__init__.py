"""The vault: the only door to a likeness, and it can say no."""

from limelight.vault.consent import Agreement, ConsentState, ConsentStatus, Receipt, notice
from limelight.vault.films import FilmRecord
from limelight.vault.gate import OpenLikeness
from limelight.vault.keys import KeySource
from limelight.vault.likeness import Footage, Likeness
from limelight.vault.manifest import FrameMark, Manifest, Role, TimedPicture
from limelight.vault.store import Vault

__all__ = [
    "Agreement",
    "ConsentState",
    "ConsentStatus",
    "FilmRecord",
    "Footage",
    "FrameMark",
    "KeySource",
    "Likeness",
    "Manifest",
    "OpenLikeness",
    "Receipt",
    "Role",
    "TimedPicture",
    "Vault",
    "notice",
]
