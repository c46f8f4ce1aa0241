"""The vault: the only door to a likeness, and it can say no."""

from limelight.vault.likeness import Footage, Likeness
from limelight.vault.manifest import FrameMark, Manifest, Role
from limelight.vault.store import OpenLikeness, TimedPicture, Vault

__all__ = ["Footage", "FrameMark", "Likeness", "Manifest", "OpenLikeness", "Role", "TimedPicture", "Vault"]
