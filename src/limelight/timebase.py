"""Seconds and frames: the only place where they meet.

A film counts whole frames; listening counts float seconds. Frame ``i`` is shown during
``[i / fps, (i + 1) / fps)``. ``fps`` is always a :class:`fractions.Fraction`, so that 24000/1001 stays exact.
"""

from fractions import Fraction

from limelight.errors import SettingsError

LOWEST_FPS = Fraction(1)
HIGHEST_FPS = Fraction(120)


def parse_fps(text: str | float | Fraction) -> Fraction:
    """Read a frame rate: ``30``, ``"30000/1001"``, ``"23.976"`` (meaning 24000/1001).

    Raises:
        SettingsError: not a number, or outside 1 to 120 frames a second.
    """
    try:
        fps = Fraction(str(text).strip())
    except (ValueError, ZeroDivisionError) as problem:
        raise SettingsError(
            f"{text!r} is not a frame rate.", hint="Use a number such as 24, 30 or 24000/1001."
        ) from problem
    if fps.denominator != 1 and not isinstance(text, Fraction) and "/" not in str(text):
        ntsc = Fraction(round(fps * Fraction(1001, 1000)) * 1000, 1001)
        if abs(fps - ntsc) < Fraction(1, 100):
            fps = ntsc
    if not LOWEST_FPS <= fps <= HIGHEST_FPS:
        raise SettingsError(
            f"{text!r} frames a second is out of range.",
            hint=f"Choose between {LOWEST_FPS} and {HIGHEST_FPS}.",
        )
    return fps


def frames_in(seconds: float, fps: Fraction) -> int:
    """Whole frames that last as long as ``seconds``, to the nearest frame (half rounds up), at least 1."""
    return max(1, nearest_frame(seconds, fps))


def nearest_frame(seconds: float, fps: Fraction) -> int:
    """The frame boundary nearest to a moment, half rounding up: exact in rational arithmetic."""
    position = Fraction(seconds) * fps
    return (2 * position.numerator + position.denominator) // (2 * position.denominator)


def frame_at(seconds: float, fps: Fraction) -> int:
    """The frame that is on screen at a moment (floor)."""
    position = Fraction(seconds) * fps
    return position.numerator // position.denominator


def start_of(frame: int, fps: Fraction) -> float:
    """The moment in seconds at which a frame appears."""
    return float(Fraction(frame) / fps)
