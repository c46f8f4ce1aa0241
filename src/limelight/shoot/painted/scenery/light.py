"""Light: the colours of the sky, the sun and the shadows at an hour and in a weather."""

from dataclasses import dataclass, replace
from functools import lru_cache

from limelight.shoot.painted.scenery.sheet import Color


def mix(a: Color, b: Color, share: float) -> Color:
    """From ``a`` (0) to ``b`` (1)."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


def times(a: Color, factor: float | Color) -> Color:
    """Brighten, darken or filter a colour; clipped to 0..1."""
    f = factor if isinstance(factor, tuple) else (factor, factor, factor)
    return (min(a[0] * f[0], 1.0), min(a[1] * f[1], 1.0), min(a[2] * f[2], 1.0))


def rgb(text: str) -> Color:
    """``#rrggbb`` -> sRGB in 0..1."""
    return (int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255)


@dataclass(frozen=True)
class Illumination:
    """The colours of an hour.

    Attributes:
        zenith: The sky above.
        sky: The sky half-way.
        horizon: The sky at the horizon, and the haze in front of far things.
        disc: The sun or moon itself.
        sun: What direct light multiplies a surface's own colour with.
        ambient: The same in the shade.
        cloud: Clouds on the lit side.
        cloud_shade: Clouds on the other side.
        elevation: Height of the light above the horizon as a share of the sky.
        stars: How many of the stars are seen, 0..1.
        cover: How much of the sky is clouded, 0..1.
        haze: How fast things fade with distance, about 1.
    """

    zenith: Color
    sky: Color
    horizon: Color
    disc: Color
    sun: Color
    ambient: Color
    cloud: Color
    cloud_shade: Color
    elevation: float
    stars: float = 0.0
    cover: float = 0.35
    haze: float = 1.0

    def lit(self, color: Color, amount: float = 0.5) -> Color:
        """A surface's colour under this light; ``amount`` is 0 in the shade, 1 facing the light."""
        return times(
            color,
            (
                self.ambient[0] + self.sun[0] * amount,
                self.ambient[1] + self.sun[1] * amount,
                self.ambient[2] + self.sun[2] * amount,
            ),
        )


HOURS = {
    "day": Illumination(
        zenith=rgb("#1f5ea8"), sky=rgb("#5ba3d9"), horizon=rgb("#d3e9ee"), disc=rgb("#fffbe6"),
        sun=(0.78, 0.70, 0.55), ambient=(0.42, 0.50, 0.60), cloud=rgb("#fffaf0"),
        cloud_shade=rgb("#8fa9c4"), elevation=0.72, cover=0.42,
    ),
    "dawn": Illumination(
        zenith=rgb("#4d6aa5"), sky=rgb("#b79fc4"), horizon=rgb("#ffd9b0"), disc=rgb("#fff3cf"),
        sun=(0.82, 0.62, 0.46), ambient=(0.40, 0.38, 0.50), cloud=rgb("#ffdcc4"),
        cloud_shade=rgb("#8c7ca6"), elevation=0.26, stars=0.05, cover=0.40, haze=1.35,
    ),
    "dusk": Illumination(
        zenith=rgb("#1e2150"), sky=rgb("#8a3f74"), horizon=rgb("#ff9a52"), disc=rgb("#ffe9a6"),
        sun=(0.85, 0.46, 0.26), ambient=(0.24, 0.20, 0.36), cloud=rgb("#ff9f6b"),
        cloud_shade=rgb("#4d2a63"), elevation=0.16, stars=0.22, cover=0.48, haze=1.1,
    ),
    "night": Illumination(
        zenith=rgb("#050920"), sky=rgb("#0d2050"), horizon=rgb("#2d5488"), disc=rgb("#f4f1dc"),
        sun=(0.30, 0.38, 0.52), ambient=(0.09, 0.13, 0.26), cloud=rgb("#3f5f94"),
        cloud_shade=rgb("#0e1c40"), elevation=0.66, stars=1.0, cover=0.30, haze=0.8,
    ),
}  # fmt: skip


def _greyed(color: Color, share: float, brightness: float) -> Color:
    grey = 0.3 * color[0] + 0.55 * color[1] + 0.15 * color[2]
    return times(mix(color, (grey * 0.96, grey, grey * 1.06), share), brightness)


@lru_cache(maxsize=64)
def illumination(time: str, weather: str) -> Illumination:
    """The light of an hour in a weather."""
    hour = HOURS[time]
    grey, dim, cover, haze, stars = {
        "clear": (0.0, 1.0, hour.cover, 1.0, 1.0),
        "cloud": (0.25, 0.95, 0.68, 1.1, 0.45),
        "rain": (0.55, 0.80, 0.86, 1.7, 0.12),
        "snow": (0.45, 1.02, 0.72, 1.6, 0.25),
        "mist": (0.40, 1.0, 0.30, 2.8, 0.35),
        "storm": (0.45, 0.74, 0.94, 1.3, 0.05),
    }[weather]
    if grey == 0:
        return hour
    sunless = {"cloud": 0.8, "rain": 0.45, "snow": 0.6, "mist": 0.6, "storm": 0.42}[weather]
    return replace(
        hour,
        zenith=_greyed(hour.zenith, grey, dim),
        sky=_greyed(hour.sky, grey, dim),
        horizon=_greyed(hour.horizon, grey * 0.7, dim),
        sun=times(_greyed(hour.sun, grey * 0.5, 1.0), sunless),
        ambient=times(_greyed(hour.ambient, grey * 0.5, 1.0), 1.06),
        cloud=_greyed(hour.cloud, grey, dim),
        cloud_shade=_greyed(hour.cloud_shade, grey, dim * (0.8 if weather == "storm" else 1.0)),
        cover=cover,
        haze=hour.haze * haze,
        stars=hour.stars * stars,
    )
