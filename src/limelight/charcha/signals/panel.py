"""The panel: every signal that watches a session, made anew for each."""

from collections.abc import Callable

from limelight.charcha.signals.continuity import Continuity
from limelight.charcha.signals.flash import Flash
from limelight.charcha.signals.moire import Moire
from limelight.charcha.signals.parallax import Parallax
from limelight.charcha.signals.probe import Probe
from limelight.charcha.signals.pulse import Pulse
from limelight.charcha.signals.signal import Signal
from limelight.charcha.signals.spoof import SpoofCue

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
