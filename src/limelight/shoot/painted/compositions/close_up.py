"""Close-up: the star sings in front of the scenery, at a third, in its light."""

from limelight.shoot.painted.blend import Canvas
from limelight.shoot.painted.finish import Recipe
from limelight.shoot.painted.motion import DROP
from limelight.shoot.painted.multiplane import place
from limelight.shoot.painted.staging import Staging, stand
from limelight.shoot.painted.words import Verses

FRONT = 0.78
"""Layers nearer than this pass in front of the star."""


class CloseUp:
    """One star at a third, two stars side by side, or the scenery alone."""

    recipe = Recipe(bloom=0.34, vignette=0.3)

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._places = stand(staging, staging.actors, head=0.165, eyes=0.43)
        box, align = _box(staging)
        self._verses = Verses(staging.words, "sans-heavy", box, align, 0.1 * staging.short)
        self._inks = staging.inks(box)

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Back layers, star, near layers, words."""
        staging, motion = self._staging, self._staging.motion
        view = staging.view(frame)
        if not staging.actors:
            staging.planes.draw(canvas, view)
            staging.fly(canvas, frame, near=False)
        else:
            staging.planes.draw(canvas, view, depths=(-1, FRONT))
            staging.fly(canvas, frame, near=False)
            for actor, spot in zip(staging.actors, self._places, strict=True):
                near = 1 + 0.75 * float(motion.zoom[frame]) + 0.008 * float(motion.pulse[frame])
                x = (
                    spot.x
                    + staging.size[0] * 0.9 * float(motion.pan[frame])
                    + staging.short * motion.sway[frame, 0]
                )
                y = spot.y + staging.short * (motion.sway[frame, 1] + DROP * float(motion.drop[frame]))
                sprite = actor.lit(frame, staging.light_on(spot.x, spot.y))
                place(canvas, sprite, actor.matrix(x, y, spot.unit * near, float(motion.rock[frame])))
            staging.planes.draw(canvas, view, depths=(FRONT, 2))
        staging.fly(canvas, frame, near=True)
        inks = self._inks
        self._verses.draw(canvas, frame, inks.ink, inks.lit, shadow=inks.shadow)


def _box(staging: Staging) -> tuple[tuple[float, float, float, float], str]:
    """Where words go: on the side where nobody stands."""
    width, height = staging.size
    if staging.actors and staging.is_broad and len(staging.actors) == 1:
        left = 0.07 if staging.side == "right" else 0.6
        return (left * width, 0.16 * height, 0.33 * width, 0.6 * height), "left"
    return (0.08 * width, (0.8 if staging.is_tall else 0.74) * height, 0.84 * width, 0.17 * height), "center"
