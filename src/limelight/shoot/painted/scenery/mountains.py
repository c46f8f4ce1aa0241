"""Mountains: ranges behind ranges, ridged and snow-capped, above a lake or a valley with pines."""

import numpy as np

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, ridged, smoothstep, warp
from limelight.shoot.painted.scenery.plants import grass, pine, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.terrain import (
    GRID,
    Land,
    albedo_of,
    land_width,
    light_direction,
    paint_colors,
    relief,
    render_land,
    screen_place,
)
from limelight.shoot.painted.scenery.things import paint_birds
from limelight.shoot.painted.scenery.water import paint_water
from limelight.shoot.painted.scenery.weather import ground_mist, veil


def paint_mountains(setting: Setting) -> Scene:
    """Three ranges; a lake for some seeds; a slope of pines in front."""
    rng = setting.rng("mountains")
    horizon = 0.66 if setting.is_tall else 0.64
    sky, light = paint_sky(setting, horizon, heaps=0.35)
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    far = mountain_range(
        setting, "far", horizon, light, near=16, far=30, peak=0.30, at=1 - setting.focus, haze=0.60
    )
    main = mountain_range(
        setting, "main", horizon, light, near=8, far=15, peak=0.47, at=setting.focus, haze=0.30
    )
    cels = [Cel(sky, 0.0)]
    veil(setting, far, horizon, 0.1)
    backdrop = Sheet(sky.pixels.copy())
    backdrop.place(far.pixels, 0, 0)
    veil(setting, main, horizon, 0.25)
    main.place(ground_mist(setting, horizon - 0.01, thick=0.05, strength=0.55).pixels, 0, 0)
    backdrop.place(main.pixels, 0, 0)
    if rng.random() < 0.6 or setting.weather == "mist":
        deep = mix(setting.light.lit((0.10, 0.30, 0.36), 0.4), setting.light.zenith, 0.35)
        water = paint_water(setting, backdrop, horizon + 0.005, light, deep=deep, roughness=0.22)
        main.place(water.pixels, 0, 0)
    else:
        meadow = hill(
            setting,
            "meadow",
            horizon,
            light,
            near=2.2,
            far=9,
            swell=0.10,
            color=(0.32, 0.42, 0.22),
            haze=0.35,
        )
        main.place(meadow.pixels, 0, 0)
    cels += [Cel(far, 0.12), Cel(main, 0.3)]
    cels.append(Cel(pine_slope(setting, horizon, light, "slope"), 0.6))
    front = Sheet.clear(*setting.shape)
    dark = times(setting.light.lit((0.10, 0.13, 0.10), 0.1), 0.55)
    base = (0.955 + 0.012 * line(setting.rng("front"), setting.width, 3)) * setting.height
    grass(
        setting.rng("grass"),
        front,
        setting.unit,
        base=base,
        tall=0.06,
        dark=dark,
        lit=setting.light.lit((0.34, 0.36, 0.18), 0.35),
        density=0.8,
    )
    front.soften(setting.unit * 0.0012)
    cels.append(Cel(front, 0.9))
    return Scene(tuple(cels), horizon, light, 0.92)


def mountain_range(
    setting: Setting,
    part: str,
    horizon: float,
    light: tuple[float, float],
    *,
    near: float,
    far: float,
    peak: float,
    at: float,
    haze: float,
) -> Sheet:
    """One range of mountains.

    Args:
        setting: Seed, hour, weather.
        part: Its name, for the randomness.
        horizon: 0..1 from the top.
        light: Where the light is.
        near: Distance of its foot.
        far: Distance of its back.
        peak: How high its summit rises above the horizon, in units.
        at: Where the summit is, 0..1.
        haze: Share of air in front of it.
    """
    rng = setting.rng(part)
    land = Land(near, far, land_width(setting, far), np.zeros((GRID, GRID), np.float32))
    cells = 3.2 * land.width / (far - near) * 0.62
    crest = ridged(rng, (GRID, GRID), (2.0, cells * 0.85), 6, 0.48)
    bend = fbm(rng, (GRID, GRID), (3, cells), 4)
    crest = warp(crest, bend * 9, bend[::-1] * 9)
    rows = np.linspace(0, 1, GRID, dtype=np.float32)[:, None]
    envelope = smoothstep(0.0, 0.42, rows) * (1 - 0.25 * smoothstep(0.7, 1.0, rows))
    row, column = screen_place(setting, land, at, near + (far - near) * 0.55)
    dx = (np.arange(GRID)[None, :] - column) * land.steps[0]
    dz = (np.arange(GRID)[:, None] - row) * land.steps[1]
    width = (far - near) * rng.uniform(0.30, 0.42)
    summit = np.exp(-np.sqrt((dx / width) ** 2 + (dz / width) ** 2) * 1.5)
    broad = 0.42 + 0.12 * fbm(rng, (GRID, GRID), (1.5, 3), 2)
    fine = ridged(rng, (GRID, GRID), (9, 4 * cells), 5, 0.6)
    height = envelope * (broad * (0.25 + 1.0 * crest) + summit * (0.62 + 0.55 * crest))
    height += (
        envelope * (0.08 * fine + 0.022 * fbm(rng, (GRID, GRID), (24, 10 * cells), 4, 0.6)) * (0.4 + broad)
    )
    middle = near + (far - near) * 0.55
    heights = (height / max(float(height.max()), 1e-3) * peak * middle).astype(np.float32)
    land = Land(near, far, land.width, heights)
    direction = light_direction(setting, light)
    lit, flat = relief(land, direction, 0.02)
    share = heights / float(heights.max())
    steep = float(np.median(flat[share > 0.3]))
    colors = setting.light
    strata = fbm(rng, (GRID, GRID), (40, 6), 4)
    rough = fbm(rng, (GRID, GRID), (30, 30), 4)
    snowline = {"snow": 0.12, "rain": 0.62}.get(setting.weather, float(rng.uniform(0.34, 0.50)))
    snow = smoothstep(
        snowline - 0.06, snowline + 0.10, share + 0.05 * rough + 0.10 * (flat - 0.6)
    ) * smoothstep(steep * 0.45, steep * 0.85, flat + 0.05 * rough)
    woods = smoothstep(0.34, 0.16, share + 0.03 * rough) * smoothstep(steep * 0.5, steep, flat)
    albedo = albedo_of(
        ((0.29, 0.28, 0.31), share),
        ((0.42, 0.37, 0.34), np.clip(0.5 + 0.3 * strata, 0, 1)),
        ((0.20, 0.28, 0.18), woods * 0.85),
        ((0.98, 0.98, 1.0), snow),
    )
    occlusion = np.clip(0.62 + 0.5 * crest + 0.06 * rough, 0.4, 1.15).astype(np.float32)
    sun = times(colors.sun, 1.25)
    painted = paint_colors(lit, albedo, times(colors.ambient, 1.05), sun, occlusion)
    return render_land(setting, land, painted, horizon, thickness=haze * min(colors.haze, 1.5) * 10 / middle)


def hill(
    setting: Setting,
    part: str,
    horizon: float,
    light: tuple[float, float],
    *,
    near: float,
    far: float,
    swell: float,
    color: tuple[float, float, float],
    haze: float,
    drop: float = 0.0,
) -> Sheet:
    """Rolling ground of a colour."""
    rng = setting.rng(part)
    width = land_width(setting, far)
    waves = fbm(rng, (GRID, GRID), (2.5, 2.5 * width / (far - near)), 4, 0.42)
    rows = np.linspace(0, 1, GRID, dtype=np.float32)[:, None]
    heights = (swell * waves * (0.4 + 0.6 * rows) - drop * (1 - rows)).astype(np.float32)
    land = Land(near, far, width, heights)
    lit, flat = relief(land, light_direction(setting, light), 0.05)
    tufts = fbm(rng, (GRID, GRID), (90, 60), 3)
    patches = fbm(rng, (GRID, GRID), (7, 7), 4)
    albedo = albedo_of(
        (color, flat),
        (times(color, (1.35, 1.15, 0.85)), smoothstep(0, 1.4, patches)),
        (times(color, 0.6), smoothstep(0.3, 1.6, tufts) * 0.6),
        ((0.95, 0.96, 1.0), np.full_like(flat, 0.88 if setting.weather == "snow" else 0.0)),
    )
    painted = paint_colors(lit, albedo, setting.light.ambient, times(setting.light.sun, 1.15))
    return render_land(setting, land, painted, horizon, thickness=haze)


def pine_slope(setting: Setting, horizon: float, light: tuple[float, float], part: str) -> Sheet:
    """A slope at the side away from the star, with pines of all ages on it."""
    rng = setting.rng(part)
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    side = 1.0 if setting.focus > 0.5 else -1.0
    across = (setting.x[0] - 0.5) * side
    rise = 0.10 * smoothstep(-0.15, 0.55, across) + 0.05 * smoothstep(-0.25, -0.55, across)
    base = np.clip(0.945 - rise + 0.008 * line(rng, setting.width, 5), 0.3, 1) * setting.height
    ground = mix(colors.lit((0.20, 0.23, 0.15), 0.25), colors.horizon, 0.06)
    if setting.weather == "snow":
        ground = colors.lit((0.86, 0.89, 0.95), 0.3)
    mask = np.clip(np.arange(setting.height, dtype=np.float32)[:, None] - base[None, :], 0, 1)
    texture = fbm(rng, setting.shape, (26, 20), 4)[..., None]
    sheet.over(
        np.clip(np.array(ground, np.float32) * (1 + 0.13 * texture), 0, 1).astype(np.float32),
        mask.astype(np.float32),
    )
    dark, lit = colors.lit((0.07, 0.12, 0.10), 0.05), colors.lit((0.24, 0.36, 0.20), 0.6)
    facing = 1.0 if light[0] > 0.5 else -1.0
    snow = 1.0 if setting.weather == "snow" else 0.0
    stamps = [pine(rng, int(setting.unit * 0.34), dark, lit, facing, snow) for _ in range(4)]
    dense = 1.5 if setting.has("trees") else 1.0
    places = []
    for _ in range(int(44 * dense * setting.width / setting.unit)):
        x = rng.random()
        a = (x - 0.5) * side
        if rng.random() < 0.10 + 0.9 * float(np.clip((a + 0.05) / 0.5, 0, 1)) + 0.5 * float(
            np.clip((-a - 0.28) / 0.2, 0, 1)
        ):
            places.append((x, rng.random()))
    for x, nearness in sorted(places, key=lambda place: place[1]):
        column = int(x * (setting.width - 1))
        tall = setting.unit * (0.10 + 0.20 * nearness) * rng.uniform(0.65, 1.2)
        y = base[column] + setting.height * (0.012 + 0.05 * nearness)
        stand(
            sheet,
            stamps[int(rng.integers(len(stamps)))],
            x * setting.width,
            y,
            tall,
            haze=colors.horizon,
            share=0.16 * (1 - nearness) * min(colors.haze, 2.4),
        )
    veil(setting, sheet, horizon, 0.6)
    return sheet
