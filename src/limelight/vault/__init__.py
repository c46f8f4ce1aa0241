"""The vault: the only door to a likeness, and it can say no."""

from limelight.vault.likeness import Footage, Likeness

__all__ = ["Footage", "Likeness"]
