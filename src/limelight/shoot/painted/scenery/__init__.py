"""Sceneries: one painter for each place in the catalogue, all drawn by rule, in layers."""

from limelight.shoot.painted.scenery.desert import paint_desert
from limelight.shoot.painted.scenery.fields import paint_fields
from limelight.shoot.painted.scenery.forest import paint_forest
from limelight.shoot.painted.scenery.lake import paint_lake
from limelight.shoot.painted.scenery.mountains import paint_mountains
from limelight.shoot.painted.scenery.night_sky import paint_night_sky
from limelight.shoot.painted.scenery.sea import paint_sea
from limelight.shoot.painted.scenery.setting import Cel, Painter, Scene, Setting

PAINTERS: dict[str, Painter] = {
    "sea": paint_sea,
    "mountains": paint_mountains,
    "night-sky": paint_night_sky,
    "forest": paint_forest,
    "desert": paint_desert,
    "fields": paint_fields,
    "lake": paint_lake,
}

__all__ = ["PAINTERS", "Cel", "Painter", "Scene", "Setting"]
