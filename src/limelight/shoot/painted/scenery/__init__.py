"""Sceneries: one painter for each place in the catalogue, all drawn by rule, in layers."""

from limelight.shoot.painted.scenery.sea import paint_sea
from limelight.shoot.painted.scenery.setting import Cel, Painter, Scene, Setting

PAINTERS: dict[str, Painter] = {
    "sea": paint_sea,
}

__all__ = ["PAINTERS", "Cel", "Painter", "Scene", "Setting"]
