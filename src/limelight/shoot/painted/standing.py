"""Standing: where actors are in a picture, and drawing them there as the camera and the beat move them."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.actor import Actor
from limelight.shoot.painted.blend import Canvas, Color
from limelight.shoot.painted.lighting import SHRINK
from limelight.shoot.painted.motion import DROP
from limelight.shoot.painted.staging import Place, Staging

LOWEST = 0.62
"""Where eyes may be at the lowest, share of the height."""

OPEN_SKY = 0.52
"""The same in upright pictures, at the highest: captions stand in the sky, and hair reaches two units up."""


class Ensemble:
    """The actors of a shot at their places, in the scenery's light.

    Args:
        staging: The shot.
        places: One an actor.
        nearing: How much more than the scenery's nearest plane the actors grow when the camera nears.
        sweep: How much they follow a pan, as a share of its width.
    """

    def __init__(
        self, staging: Staging, places: Sequence[Place], *, nearing: float = 0.75, sweep: float = 0.9
    ) -> None:
        self._staging = staging
        self.places = tuple(places)
        self._lights = staging.lights(places)
        self._nearing = nearing
        self._sweep = sweep

    def against(self, disc: NDArray[np.uint8], at: tuple[float, float], color: Color) -> None:
        """Light the actors from behind alone, by a disc of light (premultiplied) whose middle is at a place."""
        half = disc.shape[0] // 2
        for index, (actor, spot) in enumerate(zip(self._staging.actors, self.places, strict=True)):
            light = self._lights[index]
            to_disc = actor.matrix(spot.x, spot.y, spot.unit) @ np.diag([SHRINK, SHRINK, 1])
            to_disc[:, 2] += (half - at[0], half - at[1])
            behind = light.behind if light.behind is not None else np.zeros((2, 2, 3), np.uint8)
            glow = cv2.warpAffine(
                disc, to_disc, behind.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            )
            soft = cv2.GaussianBlur(glow[..., :3], (0, 0), 0.3 * actor.unit / SHRINK)
            dark = tuple(0.2 * value for value in light.shade)
            self._lights[index] = replace(
                light,
                direction=(at[0] - spot.x, at[1] - spot.y - 0.8 * spot.unit),
                key=(1.25 * dark[0], 1.25 * dark[1], 1.25 * dark[2]),
                shade=(dark[0], dark[1], dark[2]),
                color=color,
                rim=1.5,
                wrap=0.8,
                behind=np.asarray(cv2.add(cv2.add(soft, soft // 2), behind // 3), np.uint8),
                fade=0.8,
                edge=0.05,
            )

    def matrix(self, index: int, frame: int) -> NDArray[np.float64]:
        """(2, 3) that puts an actor's sprite where she or he is in a frame."""
        staging, motion = self._staging, self._staging.motion
        spot = self.places[index]
        near = 1 + self._nearing * float(motion.zoom[frame]) + 0.008 * float(motion.pulse[frame])
        x = spot.x + staging.size[0] * self._sweep * float(motion.pan[frame])
        y = spot.y + staging.short * (motion.sway[frame, 1] + DROP * float(motion.drop[frame]))
        x += staging.short * motion.sway[frame, 0]
        return staging.actors[index].matrix(x, y, spot.unit * near, float(motion.rock[frame]))

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Draw all actors over the canvas."""
        for index in range(len(self.places)):
            actor = self._staging.actors[index]
            actor.put(canvas, self.lit(index, frame), frame, self.matrix(index, frame))

    def lit(self, index: int, frame: int) -> NDArray[np.uint8]:
        """An actor's sprite in the scenery's light."""
        return self._staging.actors[index].lit(frame, self._lights[index])


def stand(
    staging: Staging,
    actors: Sequence[Actor],
    *,
    head: float,
    eyes: float,
    spread: float | None = None,
    room: float | None = None,
) -> tuple[Place, ...]:
    """Places for one or two actors who are cut by the picture's lower edge, never above the shoulders.

    Args:
        staging: Gives size and side.
        actors: Who.
        head: Wished distance between the eyes as a share of the picture's height.
        eyes: Wished height of the eyes as a share of the picture's height, from the top.
        spread: Distance from the middle as a share of the width; thirds if not given.
        room: The largest distance between the eyes as a share of the width.
    """
    width, height = staging.size
    pair = len(actors) > 1
    room = room or (0.105 if pair and not staging.is_tall else 0.13 if pair else 0.2)
    unit = min(head * height, room * width * (1.0 if staging.is_broad or staging.is_tall else 1.25))
    if staging.is_tall:
        eyes = max(eyes, OPEN_SKY)
    off = spread if spread is not None else (0.23 if pair else 0.155 if staging.is_broad else 0.0)
    sign = -1 if staging.side == "left" else 1
    places = []
    for index, actor in enumerate(actors[:2]):
        below = actor.below
        y = (
            max(eyes * height, 1.02 * height - below * unit)
            if below * unit < (1.02 - eyes) * height
            else eyes * height
        )
        grown = unit
        if y > LOWEST * height:  # the footage ends high: come nearer instead of sinking out of the picture
            y = 0.55 * height
            grown = (1.02 * height - y) / below
        side = sign if not pair else (-1 if index == 0 else 1)
        places.append(Place(width * (0.5 + side * off), y, grown))
    return tuple(places)
