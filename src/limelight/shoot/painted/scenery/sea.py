"""The sea: sky, waves with a glitter path, headlands, a boat or lighthouse, dune grass in front."""

from limelight.shoot.painted.scenery.light import mix
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.water import paint_water


def paint_sea(setting: Setting) -> Scene:
    """The open sea."""
    horizon = 0.56 if setting.is_tall else 0.52
    sky, light = paint_sky(setting, horizon)
    deep = mix(setting.light.lit((0.10, 0.36, 0.45), 0.5), setting.light.zenith, 0.3)
    rough = {"storm": 2.0, "rain": 1.2, "mist": 0.5}.get(setting.weather, 0.9)
    water = paint_water(setting, sky, horizon, light, deep=deep, roughness=rough)
    return Scene((Cel(sky, 0.0), Cel(water, 0.12)), horizon, light, 0.93)
