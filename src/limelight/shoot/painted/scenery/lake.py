"""A lake: a mirror of sky and far hills, wooded shores, a dock, reeds in front."""

import numpy as np

from limelight.shoot.painted.scenery.fields import tree_stamps
from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.mountains import mountain_range
from limelight.shoot.painted.scenery.noise import line, smoothstep
from limelight.shoot.painted.scenery.plants import grass, hanging_branch, pine, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.things import boat, dock, paint_birds
from limelight.shoot.painted.scenery.water import paint_water
from limelight.shoot.painted.scenery.weather import ground_mist, veil


def paint_lake(setting: Setting) -> Scene:
    """Still water in the morning, or at any hour."""
    rng = setting.rng("lake")
    horizon = 0.55 if setting.is_tall else 0.53
    sky, light = paint_sky(setting, horizon, heaps=0.45)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    far = mountain_range(
        setting,
        "hills",
        horizon,
        light,
        near=14,
        far=26,
        peak=float(rng.uniform(0.12, 0.24)),
        at=1 - setting.focus,
        haze=0.58,
    )
    veil(setting, far, horizon, 0.1)
    shore = _shore(setting, horizon, light)
    backdrop = Sheet(sky.pixels.copy())
    backdrop.place(far.pixels, 0, 0)
    backdrop.place(shore.pixels, 0, 0)
    deep = mix(setting.light.lit((0.08, 0.24, 0.26), 0.4), setting.light.zenith, 0.4)
    rough = {"rain": 0.5, "cloud": 0.28}.get(setting.weather, 0.16)
    water = paint_water(setting, backdrop, horizon + 0.004, light, deep=deep, roughness=rough)
    strip = ground_mist(
        setting,
        horizon + 0.012,
        thick=0.022,
        strength=0.5 if setting.time in {"dawn", "night"} or setting.weather == "mist" else 0.15,
    )
    water.place(strip.pixels, 0, 0)
    middle = Sheet.clear(*setting.shape)
    if setting.has("boat"):
        _boat(setting, middle, horizon)
    near = Sheet.clear(*setting.shape)
    dock(
        setting,
        near,
        horizon,
        float(np.clip(setting.focus + (0.02 if setting.focus < 0.5 else -0.02), 0.2, 0.8)),
        3.4,
    )
    front = _front(setting)
    cels = [Cel(sky, 0.0), Cel(far, 0.05), Cel(shore, 0.12), Cel(water, 0.12)]
    if setting.has("boat"):
        cels.append(Cel(middle, 0.3))
    cels += [Cel(near, 0.6), Cel(front, 0.9)]
    return Scene(tuple(cels), horizon, light, 0.90)


def _shore(setting: Setting, horizon: float, light: tuple[float, float]) -> Sheet:
    """The far bank with its trees, open in the middle."""
    rng = setting.rng("shore")
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    level = (horizon + 0.006) * setting.height
    bank = 0.008 + 0.014 * np.abs(line(rng, setting.width, 4))
    mask = np.clip(
        np.arange(setting.height, dtype=np.float32)[:, None] + 1 - (level - bank * setting.unit)[None, :],
        0,
        1,
    )
    mask *= np.arange(setting.height)[:, None] < level + 2
    sheet.over(mix(colors.lit((0.22, 0.26, 0.15), 0.3), colors.horizon, 0.22), mask.astype(np.float32))
    side = 1.0 if light[0] > 0.5 else -1.0
    dark, lit = colors.lit((0.08, 0.13, 0.10), 0.08), colors.lit((0.24, 0.34, 0.20), 0.6)
    pines = [
        pine(rng, int(setting.unit * 0.2), dark, lit, side, 1.0 if setting.weather == "snow" else 0.0)
        for _ in range(4)
    ]
    leafies = tree_stamps(setting, light, 3)
    density = np.clip(0.35 + 0.6 * line(rng, 256, 5), 0.02, 1.3) * (
        0.35 + smoothstep(0.05, 0.4, np.abs(np.linspace(0, 1, 256, dtype=np.float32) - 0.5))
    )
    count = int(190 * (1.3 if setting.has("trees") else 1.0) * setting.width / setting.unit / 1.8)
    for distance in np.sort(rng.random(count)):
        x = rng.random()
        d = float(density[int(x * 255)])
        if rng.random() > d:
            continue
        stamp = pines[int(rng.integers(4))] if rng.random() < 0.65 else leafies[int(rng.integers(3))]
        tall = setting.unit * rng.uniform(0.035, 0.10) * (0.6 + 0.7 * d) * (0.8 + 0.3 * distance)
        stand(
            sheet,
            stamp,
            x * setting.width,
            level + 1 - bank[int(x * (setting.width - 1))] * setting.unit * (0.5 * (1 - distance)),
            tall,
            haze=colors.horizon,
            share=min(0.8, (0.30 - 0.16 * distance) * colors.haze),
        )
    return sheet


def _boat(setting: Setting, sheet: Sheet, horizon: float) -> None:
    rng = setting.rng("boat")
    cel = boat(rng, int(setting.unit * 0.17), setting, sail=False)
    x = float(np.clip(1 - setting.focus + rng.uniform(-0.06, 0.06), 0.15, 0.85))
    y = horizon * setting.height + setting.unit * 0.12
    reflection = cel[::-1].copy() * 0.45
    reflection[..., :3] *= 0.7
    sheet.place(
        np.ascontiguousarray(reflection),
        int(y - cel.shape[0] * 0.04),
        int(x * setting.width - cel.shape[1] / 2),
    )
    sheet.place(cel, int(y - cel.shape[0]), int(x * setting.width - cel.shape[1] / 2))


def _front(setting: Setting) -> Sheet:
    """Reeds at the sides, and a branch from above."""
    rng = setting.rng("front")
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    dark = times(colors.lit((0.10, 0.13, 0.09), 0.1), 0.6)
    sides = np.abs(setting.x[0] - (setting.focus * 0.4 + 0.3))
    base = (
        1.11 - 0.30 * smoothstep(0.16, 0.55, sides) + 0.015 * line(rng, setting.width, 4)
    ) * setting.height
    grass(
        rng,
        sheet,
        setting.unit,
        base=base.astype(np.float32),
        tall=0.16,
        dark=dark,
        lit=colors.lit((0.50, 0.48, 0.24), 0.5),
        density=0.62,
        seeds=0.2,
        lean=0.1,
        filled=False,
    )
    branch = hanging_branch(
        setting.rng("branch"), int(setting.unit * 0.46), dark, colors.lit((0.30, 0.36, 0.16), 0.5)
    )
    if setting.focus > 0.5:
        sheet.place(branch, -int(setting.unit * 0.04), -int(setting.unit * 0.02))
    else:
        flipped = np.ascontiguousarray(branch[:, ::-1])
        sheet.place(
            flipped, -int(setting.unit * 0.04), setting.width - flipped.shape[1] + int(setting.unit * 0.02)
        )
    sheet.soften(setting.unit * 0.0012)
    return sheet
