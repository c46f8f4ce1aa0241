"""Transitions: how a shot begins and ends, drawn inside the shot itself.

No picture of the neighbour is needed, so shots are made in any order, by any process, and join by stream copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.cut.wipes import inked, leaked, pushed
from limelight.storyboard import Shot, Storyboard, Transition

Picture = NDArray[np.uint8]

SECONDS: Final = {
    Transition.WHIP: Fraction(5, 30),
    Transition.ZOOM: Fraction(5, 30),
    Transition.LEAK: Fraction(8, 30),
    Transition.INK: Fraction(9, 30),
}
"""On each side of the join."""
FLASH_SECONDS: Final = Fraction(4, 30)
FLASH_STRENGTH: Final = 0.62
"""How far the first frame of a flash goes to white."""
FLASHES_A_SECOND: Final = 2
"""At most so many in any second: WCAG 2.2, 2.3.1 draws the line at three."""
BRIGHT: Final = (Transition.FLASH, Transition.LEAK)
"""Transitions that light up the picture and dim it again."""
OPENING_SECONDS, DIP_SECONDS, CLOSING_SECONDS = Fraction(6, 10), Fraction(1, 4), Fraction(1)
"""A fade at the film's beginning, on each side of a join within it, and at its end."""
WHIP_TRAVEL, WHIP_BLUR = 0.55, 0.16
"""Of the picture's width: how far it is thrown, and the longest smear."""


@dataclass(frozen=True)
class Joints:
    """How one shot meets its neighbours: all that a take depends on beside its own shot."""

    opening: Transition = Transition.CUT
    closing: Transition = Transition.CUT
    first: bool = False
    last: bool = False
    opening_rightward: bool = True
    """The side to which a whip at the beginning throws the picture."""
    closing_rightward: bool = True


def plan_joints(storyboard: Storyboard) -> tuple[Joints, ...]:
    """Every shot's joints: flashes kept apart, the film's end faded to black."""
    openings = limit_flashes(storyboard.shots, storyboard.format.rate)
    planned = []
    for index, shot in enumerate(storyboard.shots):
        last = index == len(storyboard.shots) - 1
        closing = Transition.FADE if last else openings[index + 1]
        planned.append(
            Joints(
                opening=openings[index],
                closing=Transition.CUT if closing is Transition.FLASH else closing,
                first=index == 0,
                last=last,
                opening_rightward=shot.number % 2 == 0,
                closing_rightward=(shot.number + 1) % 2 == 0,
            )
        )
    return tuple(planned)


def limit_flashes(shots: Sequence[Shot], fps: Fraction) -> tuple[Transition, ...]:
    """The shots' transitions with every flash or leak made a cut that would be one too many within a second."""
    flashes: list[int] = []
    allowed = []
    for shot in shots:
        transition = shot.transition
        if transition in BRIGHT:
            recent = [start for start in flashes if shot.start - start < fps]
            if len(recent) >= FLASHES_A_SECOND:
                transition = Transition.CUT
            else:
                flashes.append(shot.start)
        allowed.append(transition)
    return tuple(allowed)


class Transitions:
    """Draws one shot's beginning and end.

    Args:
        joints: From :func:`plan_joints`.
        frames: The shot's length.
        fps: Frames a second.
    """

    def __init__(self, joints: Joints, frames: int, fps: Fraction) -> None:
        self._joints = joints
        self._frames = frames
        self._sides = {kind: _length(seconds, fps, frames // 2) for kind, seconds in SECONDS.items()}
        self._flash = _length(FLASH_SECONDS, fps, frames)
        self._opening = _length(OPENING_SECONDS if joints.first else DIP_SECONDS, fps, frames // 2)
        self._closing = _length(CLOSING_SECONDS if joints.last else DIP_SECONDS, fps, frames // 2)

    def apply(self, picture: Picture, index: int) -> Picture:
        """Draw what belongs to the shot's ``index``-th frame; most frames come back as they are.

        Args:
            picture: ``(height, width, 3) uint8``, sRGB; may be changed.
            index: 0 to ``frames - 1``.
        """
        return self._close(self._open(picture, index), self._frames - 1 - index)

    def _open(self, picture: Picture, index: int) -> Picture:
        joints = self._joints
        if joints.opening is Transition.FLASH and index < self._flash:
            return _whitened(picture, FLASH_STRENGTH * (1 - index / self._flash) ** 1.5)
        if joints.opening is Transition.FADE and index < self._opening:
            return _dimmed(picture, (index + 1) / (self._opening + 1))
        return self._side(picture, joints.opening, index, -1, rightward=joints.opening_rightward)

    def _close(self, picture: Picture, left: int) -> Picture:
        joints = self._joints
        if joints.closing is Transition.FADE and left < self._closing:
            return _dimmed(picture, (left + 1) / (self._closing + 1))
        return self._side(picture, joints.closing, left, 1, rightward=joints.closing_rightward)

    def _side(self, picture: Picture, kind: Transition, away: int, sign: int, *, rightward: bool) -> Picture:
        """One side of an effect that both shots draw alike, ``away`` frames from the join."""
        length = self._sides.get(kind, 0)
        if away >= length:
            return picture
        share = 1 - (away + 0.5) / length
        match kind:
            case Transition.LEAK:
                return leaked(picture, _eased(1 - away / length), rightward=rightward)
            case Transition.INK:
                return inked(picture, _eased(share), rightward=rightward)
            case Transition.ZOOM:
                return pushed(picture, sign * share)
            case _:
                return _thrown(picture, sign * share, rightward=rightward)


def _length(seconds: Fraction, fps: Fraction, most: int) -> int:
    return min(most, max(1, round(seconds * fps)))


def _thrown(picture: Picture, share: float, *, rightward: bool) -> Picture:
    """Displaced and smeared sideways; -1 (arriving) over 0 (at rest) to 1 (gone), mirrored at the edges."""
    width = picture.shape[1]
    travel = round(share * abs(share) * WHIP_TRAVEL * width) * (1 if rightward else -1)
    smear = max(1, round(abs(share) * WHIP_BLUR * width)) | 1
    margin = abs(travel)
    wide = cv2.copyMakeBorder(picture, 0, 0, margin, margin, cv2.BORDER_REFLECT_101)
    moved = wide[:, margin - travel : margin - travel + width]
    return cv2.blur(moved, (smear, 1), borderType=cv2.BORDER_REFLECT_101).astype(np.uint8, copy=False)


def _whitened(picture: Picture, share: float) -> Picture:
    return _looked_up(picture, 255 - (255 - np.arange(256)) * (1 - share))


def _dimmed(picture: Picture, share: float) -> Picture:
    """Towards black, slowly at both ends."""
    return _looked_up(picture, np.arange(256) * _eased(share))


def _eased(share: float) -> float:
    return share * share * (3 - 2 * share) if 0 < share < 1 else float(share > 0)


def _looked_up(picture: Picture, table: NDArray[np.floating]) -> Picture:
    return cv2.LUT(picture, np.round(table).clip(0, 255).astype(np.uint8)).astype(np.uint8, copy=False)
