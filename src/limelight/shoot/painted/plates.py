"""Plates: scenery painted once in layers, kept, and only moved afterwards."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.catalogue import Look, catalogue
from limelight.document import write_atomically
from limelight.errors import InputError
from limelight.shoot.painted.blend import over
from limelight.shoot.painted.brush import Brush, Picture
from limelight.shoot.painted.palette import Palette, palette_of
from limelight.shoot.painted.scenery import PAINTERS, Scene, Setting
from limelight.shoot.painted.scenery.sheet import develop
from limelight.storyboard import Imagery

VERSION = 4
"""Bump when the same inputs should give another picture."""
MARGIN = 1.16
"""A plate is this much larger than the frame, so that the camera can move."""
TIMES = ("dawn", "day", "dusk", "night")
WEATHERS = ("clear", "cloud", "rain", "snow", "mist", "storm")
MAX_LAYERS = 16
MAX_PIXELS = 64_000_000
MAX_BYTES = 512_000_000

StarSpace = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Layer:
    """One depth of the multiplane picture.

    Attributes:
        rgba: (h, w, 4) uint8, premultiplied sRGB, of the plate's size.
        depth: 0 far .. 1 near.
    """

    rgba: NDArray[np.uint8]
    depth: float


@dataclass(frozen=True)
class Plate:
    """A painted place.

    Attributes:
        layers: Far to near; the first one is opaque.
        horizon: 0..1 from the top.
        light: Where the light comes from, (x, y) in 0..1.
        palette: The colours it was painted with, for whatever is added.
        ground: Where a standing figure's feet would be, 0..1 from the top.
    """

    layers: tuple[Layer, ...]
    horizon: float
    light: tuple[float, float]
    palette: Palette
    ground: float

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of every layer, pixels."""
        height, width = self.layers[0].rgba.shape[:2]
        return width, height

    def flat(self) -> Picture:
        """All layers on top of each other, unmoved: (h, w, 3) uint8 sRGB."""
        picture = self.layers[0].rgba.copy()
        for layer in self.layers[1:]:
            over(picture, layer.rgba, 0, 0)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB), np.uint8)


@dataclass(frozen=True)
class Place:
    """What a plate shows: all that decides it, but the brush that it is painted with.

    Attributes:
        imagery: Scenery, elements, time of day and weather, from the catalogue.
        look: Palette and painting styles.
        valence: -1 sad .. 1 happy.
        arousal: -1 calm .. 1 wild.
        size: (width, height) of the frame in pixels; the plate is 1.16 times as large.
        seed: Other seeds, other pictures of the same place.
        star_space: The side that a person will cover; the focal point goes elsewhere.
    """

    imagery: Imagery
    look: Look
    valence: float
    arousal: float
    size: tuple[int, int]
    seed: int
    star_space: StarSpace | None = None


def plate_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size of the plate for a frame, (width, height), both multiples of 4."""
    return round(size[0] * MARGIN / 4) * 4, round(size[1] * MARGIN / 4) * 4


def paint_plate(place: Place, brush: Brush | None) -> Plate:
    """Paint a place.

    Args:
        place: What to show.
        brush: An open brush, or None to leave the plate as it is drawn.

    Raises:
        InputError: a scenery, time or weather that is not in the catalogue.
    """
    imagery = place.imagery
    _check(imagery)
    width, height = plate_size(place.size)
    setting = Setting(
        width=width,
        height=height,
        seed=place.seed,
        time=imagery.time_of_day,
        weather=imagery.weather,
        elements=frozenset(imagery.elements),
        valence=place.valence,
        arousal=place.arousal,
        star_space=place.star_space,
    )
    scene = PAINTERS[imagery.scenery](setting)
    palette = palette_of(place.look, place.valence, place.arousal)
    layers = _finish(scene, palette, place.look, place.arousal, place.seed, brush)
    return Plate(layers, scene.horizon, scene.light, palette, scene.ground)


def _check(imagery: Imagery) -> None:
    for what, got, allowed in (
        ("scenery", imagery.scenery, tuple(PAINTERS)),
        ("time of day", imagery.time_of_day, TIMES),
        ("weather", imagery.weather, WEATHERS),
    ):
        if got not in allowed:
            raise InputError(
                f"There is no {what} {got!r} to paint.", hint=f"Choose one of: {', '.join(allowed)}."
            )
    known = {element.name for element in catalogue().elements}
    if unknown := set(imagery.elements) - known:
        raise InputError(
            f"There are no elements {sorted(unknown)}.", hint=f"Choose from: {', '.join(sorted(known))}."
        )


def _finish(
    scene: Scene, palette: Palette, look: Look, arousal: float, seed: int, brush: Brush | None
) -> tuple[Layer, ...]:
    """Grade every cel, paint it over, and premultiply."""
    graded = [develop(cel.sheet, palette.table, seed + i) for i, cel in enumerate(scene.cels)]
    if brush is not None and look.brush > 0:
        graded = _paint_over(graded, look, arousal, brush)
    return tuple(
        Layer(_premultiplied(rgb, alpha), cel.depth)
        for (rgb, alpha), cel in zip(graded, scene.cels, strict=True)
    )


def _paint_over(
    cels: list[tuple[Picture, NDArray[np.uint8]]], look: Look, arousal: float, brush: Brush
) -> list[tuple[Picture, NDArray[np.uint8]]]:
    """Two passes of the net: the back alone, and everything together, cut apart by alpha afterwards.

    Near a cel's edge the painting holds colours of what is behind, which would show as a halo when the cels
    move: there the cel keeps more of its own colour.
    """
    style = style_of(look, arousal)
    back = _sparkling(brush.paint(cels[0][0], style, look.brush, hold=look.hold), cels[0][0])
    if len(cels) == 1:
        return [(back, cels[0][1])]
    flat = cels[0][0]
    for rgb, alpha in cels[1:]:
        flat = _over(flat, rgb, alpha)
    together = _sparkling(brush.paint(flat, style, look.brush, hold=look.hold), flat)
    painted = [(back, cels[0][1])]
    hidden = np.zeros(flat.shape[:2], np.uint8)
    for rgb, alpha in reversed(cels[1:]):
        seen = alpha - np.minimum(alpha, hidden)
        inner = np.asarray(cv2.boxFilter(seen, -1, (7, 7)), np.int16)
        share = np.maximum(2 * inner - 255, (seen * 0.35).astype(np.int16)).astype(np.uint8)
        painted.insert(1, (_mix(rgb, together, share), alpha))
        hidden = np.maximum(hidden, alpha)
    return painted


def _sparkling(painted: Picture, drawn: Picture) -> Picture:
    """Give back the points of light that the net paints away: stars, lit windows, glitter."""
    sigma = max(1.0, max(drawn.shape[:2]) / 500)
    around = np.asarray(cv2.GaussianBlur(drawn, (0, 0), sigma), np.int16)
    sparks = np.maximum(drawn - around - 10, 0).astype(np.uint8)
    return np.asarray(cv2.add(painted, sparks), np.uint8)


def style_of(look: Look, arousal: float) -> dict[int, float]:
    """The styles of a look for how wild it should be: one, or two neighbours blended."""
    where = (float(np.clip(arousal, -1, 1)) + 1) / 2 * (len(look.styles) - 1)
    low = min(int(where), len(look.styles) - 1)
    high = min(low + 1, len(look.styles) - 1)
    share = where - low
    weights: dict[int, float] = {look.styles[low]: 1 - share}
    weights[look.styles[high]] = weights.get(look.styles[high], 0.0) + share
    return {style: weight for style, weight in weights.items() if weight > 0.01}


def _over(below: Picture, rgb: Picture, alpha: NDArray[np.uint8]) -> Picture:
    return _mix(below, rgb, alpha)


def _mix(a: Picture, b: Picture, share: NDArray[np.uint8]) -> Picture:
    """(h, w) share of ``b``, 0..255."""
    wide = cv2.merge([share, share, share])
    kept = cv2.multiply(a, 255 - wide, scale=1 / 255)
    return np.asarray(cv2.add(kept, cv2.multiply(b, wide, scale=1 / 255)), np.uint8)


def _premultiplied(rgb: Picture, alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    wide = cv2.merge([alpha, alpha, alpha])
    return np.dstack([cv2.multiply(rgb, wide, scale=1 / 255), alpha])


def plate_key(place: Place, brush: Brush | None) -> str:
    """SHA-256 over everything that decides a plate; the words that led to the imagery do not."""
    inputs = {
        "version": VERSION,
        "imagery": place.imagery.model_dump(exclude={"words"}),
        "look": place.look.model_dump(),
        "mood": [place.valence, place.arousal],
        "size": list(place.size),
        "seed": place.seed,
        "brush": brush.digest if brush is not None else None,
        "star_space": place.star_space,
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def save_plate(path: Path, plate: Plate) -> None:
    """Keep a plate: a zip of ``plate.json`` and one PNG a layer, of what is not empty, written atomically."""
    boxes = [_box(layer.rgba) for layer in plate.layers]
    about = {
        "schema": f"limelight.plate/{VERSION}",
        "depths": [layer.depth for layer in plate.layers],
        "size": list(plate.size),
        "boxes": boxes,
        "horizon": plate.horizon,
        "light": list(plate.light),
        "ground": plate.ground,
        "palette": list(astuple(plate.palette)),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("plate.json", json.dumps(about))
        for number, (layer, (left, top, width, height)) in enumerate(zip(plate.layers, boxes, strict=True)):
            part = layer.rgba[top : top + height, left : left + width]
            png = cv2.imencode(".png", part, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
            archive.writestr(f"{number}.png", png.tobytes())
    write_atomically(path, held.getvalue())


def _box(rgba: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is not empty; one pixel of a layer that is."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(rgba[..., 3]))
    return left, top, max(1, width), max(1, height)


def load_plate(path: Path) -> Plate | None:
    """A kept plate, or None if it is not there or cannot be used (then it is deleted, to be painted again)."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, path.stat().st_size)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile, cv2.error):
        path.unlink(missing_ok=True)
        return None


def _read(archive: zipfile.ZipFile, size: int) -> Plate:
    if size > MAX_BYTES:
        raise ValueError("too large")
    about = json.loads(_member(archive, "plate.json", 100_000))
    width, height = (int(side) for side in about["size"])
    depths = [float(depth) for depth in about["depths"]]
    if about["schema"] != f"limelight.plate/{VERSION}" or not 1 <= len(depths) <= MAX_LAYERS:
        raise ValueError("another version")
    if not 0 < width * height * len(depths) <= MAX_PIXELS * 2:
        raise ValueError("too many pixels")
    layers = []
    for number, (depth, box) in enumerate(zip(depths, about["boxes"], strict=True)):
        left, top, wide, high = (int(value) for value in box)
        if not (0 <= left < left + wide <= width and 0 <= top < top + high <= height):
            raise ValueError("a layer lies outside")
        png = _member(archive, f"{number}.png", wide * high * 5 + 100_000)
        if png[:8] != b"\x89PNG\r\n\x1a\n" or (
            int.from_bytes(png[16:20], "big"),
            int.from_bytes(png[20:24], "big"),
        ) != (wide, high):
            raise ValueError("not the picture that was kept")
        part = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        if part is None or part.shape != (high, wide, 4):
            raise ValueError("not a picture with alpha")
        rgba = np.zeros((height, width, 4), np.uint8)
        rgba[top : top + high, left : left + wide] = part
        layers.append(Layer(rgba, depth))
    anchors, tint, chroma, gain, contrast = about["palette"]
    palette = Palette(
        tuple((float(r), float(g), float(b)) for r, g, b in anchors), tint, chroma, gain, contrast
    )
    light = (float(about["light"][0]), float(about["light"][1]))
    return Plate(tuple(layers), float(about["horizon"]), light, palette, float(about["ground"]))


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if archive.getinfo(name).file_size > limit:
        raise ValueError(f"{name} is too large")
    return archive.read(name)


def cached_plate(path: Path, paint: Callable[[], Plate]) -> Plate:
    """The plate that is kept under a name, or painted and kept there.

    Args:
        path: Named by :func:`plate_key`.
        paint: Paints it, as :func:`paint_plate` does.
    """
    plate = load_plate(path)
    if plate is None:
        plate = paint()
        save_plate(path, plate)
    return plate
