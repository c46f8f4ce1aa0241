"""Crew: who does the work, behind one interface."""

from limelight.crew.local import LocalCrew

__all__ = ["LocalCrew"]
