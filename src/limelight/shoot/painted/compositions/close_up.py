"""Close-up: the star sings in front of the scenery, at a third, in its light."""

from limelight.shoot.painted.blend import Canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.motion import DROP
from limelight.shoot.painted.multiplane import place
from limelight.shoot.painted.staging import Staging, stand
from limelight.shoot.painted.words import Verses, bright

SHADOW = (8, 6, 14)
FRONT = 0.78
"""Layers nearer than this pass in front of the star."""


class CloseUp:
    """One star at a third, two stars side by side, or the scenery alone."""

    recipe = Recipe(bloom=0.34, vignette=0.4)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._places = stand(staging, staging.actors, head=0.15, eyes=0.43)
        self._verses = _verses(staging)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Back layers, star, near layers, words."""
        staging, motion = self._staging, self._staging.motion
        view = staging.view(frame)
        if not staging.actors:
            staging.planes.draw(canvas, view)
        else:
            staging.planes.draw(canvas, view, depths=(-1, FRONT))
            for actor, spot in zip(staging.actors, self._places, strict=True):
                near = 1 + 0.75 * float(motion.zoom[frame]) + 0.008 * float(motion.pulse[frame])
                x = spot.x + staging.size[0] * 0.9 * float(motion.pan[frame]) + staging.short * motion.sway[frame, 0]
                y = spot.y + staging.short * (motion.sway[frame, 1] + DROP * float(motion.drop[frame]))
                sprite = actor.lit(frame, staging.light_on(spot.x, spot.y))
                place(canvas, sprite, actor.matrix(x, y, spot.unit * near, float(motion.rock[frame])))
            staging.planes.draw(canvas, view, depths=(FRONT, 2))
        ink, accent = bright(staging.palette.color(1.0)), bright(staging.palette.accent)
        self._verses.draw(canvas, frame, (255, 255, 250) if ink == accent else ink, accent, shadow=SHADOW)


def _verses(staging: Staging) -> Verses:
    """The words on the side where nobody stands."""
    width, height = staging.size
    if staging.actors and staging.is_broad and len(staging.actors) == 1:
        left = 0.07 if staging.side == "right" else 0.6
        box, align = (left * width, 0.16 * height, 0.33 * width, 0.6 * height), "left"
    else:
        box, align = (0.08 * width, 0.72 * height, 0.84 * width, 0.2 * height), "center"
    return Verses(staging.words, "sans-heavy", box, align, 0.1 * staging.short)
