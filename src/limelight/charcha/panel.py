"""The panel: every signal that watches a session, made anew for each."""

from collections.abc import Callable

from limelight.charcha.continuity import Continuity
from limelight.charcha.flash import Flash
from limelight.charcha.moire import Moire
from limelight.charcha.parallax import Parallax
from limelight.charcha.probe import Probe
from limelight.charcha.pulse import Pulse
from limelight.charcha.signals import Signal
from limelight.charcha.spoof import SpoofCue

SIGNALS: tuple[Callable[[], Signal], ...] = (Continuity, Parallax, Flash, Pulse, SpoofCue, Moire, Probe)
"""Makers without arguments, in the order in which they are listed in logs."""


def panel() -> tuple[Signal, ...]:
    """Fresh signals for one session.

    Raises:
        ValueError: two of them have one name.
    """
    signals = tuple(make() for make in SIGNALS)
    names = [signal.name for signal in signals]
    if len(set(names)) != len(names):
        raise ValueError(f"two signals have one name among {', '.join(names)}.")
    return signals
