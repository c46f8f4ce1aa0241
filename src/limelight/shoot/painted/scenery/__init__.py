"""Sceneries: one painter for each place in the catalogue, all drawn by rule, in layers."""

from limelight.shoot.painted.scenery.abstract import paint_abstract
from limelight.shoot.painted.scenery.city import paint_city
from limelight.shoot.painted.scenery.desert import paint_desert
from limelight.shoot.painted.scenery.fields import paint_fields
from limelight.shoot.painted.scenery.forest import paint_forest
from limelight.shoot.painted.scenery.interior import paint_interior
from limelight.shoot.painted.scenery.lake import paint_lake
from limelight.shoot.painted.scenery.mountains import paint_mountains
from limelight.shoot.painted.scenery.neon import paint_neon_grid
from limelight.shoot.painted.scenery.night_sky import paint_night_sky
from limelight.shoot.painted.scenery.sea import paint_sea
from limelight.shoot.painted.scenery.setting import Cel, Painter, Scene, Setting
from limelight.shoot.painted.scenery.street import paint_rain_street

PAINTERS: dict[str, Painter] = {
    "sea": paint_sea,
    "mountains": paint_mountains,
    "night-sky": paint_night_sky,
    "forest": paint_forest,
    "desert": paint_desert,
    "fields": paint_fields,
    "lake": paint_lake,
    "city": paint_city,
    "rain-street": paint_rain_street,
    "neon-grid": paint_neon_grid,
    "interior": paint_interior,
    "abstract": paint_abstract,
}

__all__ = ["PAINTERS", "Cel", "Painter", "Scene", "Setting"]
