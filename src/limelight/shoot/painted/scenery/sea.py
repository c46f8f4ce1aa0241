"""The sea: waves with a glitter path, headlands, a boat or lighthouse, and a beach or cliffs' grass in front."""

import numpy as np
from numpy.typing import NDArray

from limelight.shoot.painted.scenery.light import mix, times
from limelight.shoot.painted.scenery.noise import fbm, line, smoothstep
from limelight.shoot.painted.scenery.plants import grass, stand
from limelight.shoot.painted.scenery.setting import Cel, Scene, Setting
from limelight.shoot.painted.scenery.sheet import Sheet
from limelight.shoot.painted.scenery.sky import paint_sky
from limelight.shoot.painted.scenery.things import beam, boat, lighthouse, paint_birds
from limelight.shoot.painted.scenery.water import paint_water
from limelight.shoot.painted.scenery.weather import veil

Floats = NDArray[np.floating]


def paint_sea(setting: Setting) -> Scene:
    """The open sea from a beach, or from the top of a dune."""
    rng = setting.rng("sea")
    horizon = (0.56 if setting.is_tall else 0.50) + float(rng.uniform(-0.02, 0.03))
    sky, light = paint_sky(setting, horizon, heaps=float(rng.uniform(0.25, 0.7)))
    if setting.has("birds"):
        paint_birds(setting, sky, horizon, light)
    away = -1.0 if setting.focus > 0.5 else 1.0
    land = Sheet.clear(*setting.shape)
    tower = setting.has("lighthouse")
    if tower or rng.random() < 0.6:
        _headland(setting, land, horizon, light, away, tower=tower)
        veil(setting, land, horizon, 0.2)
    backdrop = Sheet(sky.pixels.copy())
    backdrop.place(land.pixels, 0, 0)
    deep = mix(setting.light.lit((0.06, 0.36, 0.42), 0.55), setting.light.zenith, 0.25)
    rough = {"storm": 2.0, "rain": 1.2, "mist": 0.5}.get(setting.weather, float(rng.uniform(0.6, 1.0)))
    water = paint_water(setting, backdrop, horizon, light, deep=deep, roughness=rough)
    veil(setting, water, horizon, 0.4)
    cels = [Cel(sky, 0.0), Cel(land, 0.10), Cel(water, 0.12)]
    if setting.has("boat"):
        afloat = Sheet.clear(*setting.shape)
        _boat(setting, afloat, horizon)
        cels.append(Cel(afloat, 0.2))
    beach = Sheet.clear(*setting.shape)
    _beach(setting, beach, light)
    cels.append(Cel(beach, 0.6))
    cels.append(Cel(_dune_grass(setting), 0.9))
    return Scene(tuple(cels), horizon, light, 0.92)


def _headland(
    setting: Setting, sheet: Sheet, horizon: float, light: tuple[float, float], away: float, *, tower: bool
) -> None:
    """Cliffs that step down into the sea, from the side opposite to the light."""
    rng = setting.rng("headland")
    colors = setting.light
    unit = setting.unit
    for k, (size, reach, haze) in enumerate(((0.075, 0.52, 0.55), (0.13, 0.30, 0.22))):
        along = setting.x[0] if away < 0 else 1 - setting.x[0]
        rough = line(rng, setting.width, 7, 6, 0.55)
        envelope = smoothstep(reach, reach * 0.35, along.astype(np.float32))
        tall = size * envelope * (0.72 + 0.16 * rough) + 0.004 * rough * (envelope > 0.02)
        tall = np.where(envelope > 0.01, np.maximum(tall, 0.002), -1)
        top = horizon * setting.height - tall * unit
        rows = np.arange(setting.height, dtype=np.float32)[:, None]
        mask = np.clip(rows + 1 - top[None, :], 0, 1) * (rows < horizon * setting.height + 1)
        cliffs = fbm(rng, setting.shape, (18, 60), 5, 0.6)
        depth = np.clip((rows - top[None, :]) / np.maximum(tall * unit, 1)[None, :], 0, 1)
        green, rock = (
            np.array(colors.lit((0.34, 0.42, 0.20), 0.5), np.float32),
            np.array(colors.lit((0.46, 0.40, 0.36), 0.40), np.float32),
        )
        share = smoothstep(0.10, 0.32, (depth + 0.10 * cliffs).astype(np.float32))[..., None]
        rgb = (
            (green + (rock - green) * share)
            * (1 + 0.20 * cliffs)[..., None]
            * (1.08 - 0.30 * depth)[..., None]
        )
        rgb += (np.array(colors.horizon, np.float32) - rgb) * min(0.9, haze * (0.55 + 0.45 * colors.haze))
        sheet.over(np.clip(rgb, 0, 1).astype(np.float32), mask.astype(np.float32))
        if tower and k == 1:
            share_x = reach * 0.42
            x = (share_x if away < 0 else 1 - share_x) * setting.width
            y = float(top[int(np.clip(x, 0, setting.width - 1))])
            cel = lighthouse(setting, int(unit * 0.27), 1.0 if light[0] * setting.width > x else -1.0)
            stand(sheet, cel, x, y + unit * 0.012, cel.shape[0], haze=colors.horizon, share=0.12)
            lamp = (x, y + unit * 0.012 - cel.shape[0] * 0.845)
            if setting.time != "day" or setting.weather in {"mist", "storm", "rain"}:
                halo = Sheet.clear(*setting.shape)
                _beam_in_air(setting, halo, lamp, -away)
                sheet.place(halo.pixels, 0, 0)
                beam(setting, sheet, lamp, -away)


def _beam_in_air(setting: Setting, sheet: Sheet, at: tuple[float, float], towards: float) -> None:
    probe = Sheet.opaque(np.zeros((*setting.shape, 3), np.float32))
    beam(setting, probe, at, -towards)
    strength = probe.pixels[..., 0].copy()
    sheet.over((1.0, 0.93, 0.70), strength * 0.85)


def _boat(setting: Setting, sheet: Sheet, horizon: float) -> None:
    rng = setting.rng("boat")
    cel = boat(rng, int(setting.unit * 0.20), setting, sail=True)
    x = (1 - setting.focus + rng.uniform(-0.05, 0.05)) * setting.width
    if setting.star_space in {"left", "right"}:
        x = (setting.focus + (0.12 if setting.focus < 0.5 else -0.12)) * setting.width
    y = horizon * setting.height + setting.unit * 0.050
    mirror = np.ascontiguousarray(cel[::-1]) * 0.35
    rows = np.arange(mirror.shape[0])
    shifts = (np.sin(rows / mirror.shape[0] * 60) * rows / mirror.shape[0] * setting.unit * 0.006).astype(int)
    mirror = np.stack([np.roll(mirror[i], int(shifts[i]), 0) for i in rows])
    mirror *= np.linspace(1, 0.1, mirror.shape[0], dtype=np.float32)[:, None, None]
    sheet.place(mirror.astype(np.float32), int(y), int(x - cel.shape[1] / 2))
    sheet.place(cel, int(y - cel.shape[0]), int(x - cel.shape[1] / 2))


def _beach(setting: Setting, sheet: Sheet, light: tuple[float, float]) -> None:
    """Sand, its wet edge that mirrors the sky, and two lines of foam."""
    rng = setting.rng("beach")
    colors = setting.light
    unit = setting.unit
    rows = np.arange(setting.height, dtype=np.float32)[:, None]
    slope = float(rng.uniform(-0.10, 0.10))
    edge = (
        0.885 + slope * (setting.x[0] - 0.5) + 0.014 * line(rng, setting.width, 2.5, 3, 0.4)
    ) * setting.height
    below = (rows - edge[None, :]) / unit
    ripple = fbm(rng, setting.shape, (110, 14), 4, 0.55)
    grain = fbm(rng, setting.shape, (160, 220), 2, 0.7)
    dry = np.array(colors.lit((0.86, 0.74, 0.56), 0.55), np.float32)
    wet = np.array(mix(colors.lit((0.52, 0.43, 0.34), 0.35), colors.sky, 0.40), np.float32)
    dryness = smoothstep(0.035, 0.12, (below + 0.008 * ripple).astype(np.float32))[..., None]
    rgb = (wet + (dry - wet) * dryness) * (
        1 + (0.045 * ripple + 0.03 * grain) * (0.4 + 0.6 * dryness[..., 0])
    )[..., None]
    shine = (
        np.exp(-(((setting.x - light[0]) * setting.width / unit / 0.16) ** 2)) * (1 - dryness[..., 0]) * 0.55
    )
    rgb += (np.array(colors.disc, np.float32) - rgb) * (
        shine * (0.6 if setting.weather in {"clear", "cloud"} else 0.15)
    )[..., None]
    mask = np.clip(below * unit + 0.5, 0, 1)
    sheet.over(np.clip(rgb, 0, 1).astype(np.float32), mask.astype(np.float32))
    lace = fbm(rng, setting.shape, (90, 40), 4, 0.6)
    foam = np.zeros(setting.shape, np.float32)
    for offset, wide, strength in ((-0.004, 0.010, 1.0), (-0.036, 0.006, 0.7), (-0.075, 0.004, 0.45)):
        wave = below - offset - 0.006 * line(rng, setting.width, 6, 4)[None, :]
        front = np.exp(-((np.clip(wave, 0, None) / 0.003) ** 2)) * (wave >= 0) + np.exp(
            -(np.clip(-wave, 0, None) / wide)
        ) * (wave < 0)
        foam = np.maximum(foam, front * strength * smoothstep(-0.9, 0.6, lace + 1.1 * front))
    white = mix(colors.cloud, colors.lit((1.0, 1.0, 1.0), 0.55), 0.5)
    sheet.over(white, np.clip(foam * 0.9, 0, 0.95).astype(np.float32))


def _dune_grass(setting: Setting) -> Sheet:
    rng = setting.rng("dune")
    sheet = Sheet.clear(*setting.shape)
    colors = setting.light
    along = setting.x[0] if setting.focus > 0.5 else 1 - setting.x[0]
    base = (
        1.10 - 0.19 * smoothstep(0.55, 0.0, along.astype(np.float32)) + 0.01 * line(rng, setting.width, 4)
    ) * setting.height
    dark = times(colors.lit((0.22, 0.22, 0.14), 0.15), 0.62)
    grass(
        rng,
        sheet,
        setting.unit,
        base=base.astype(np.float32),
        tall=0.13,
        dark=dark,
        lit=colors.lit((0.64, 0.60, 0.34), 0.6),
        density=0.75,
        lean=0.35,
        filled=False,
    )
    sheet.soften(setting.unit * 0.0013)
    return sheet
