"""Atlases: what the real observer sees of a stage in each expression, computed once and kept.

A session at a simulated webcam needs some 400 pictures; rendering and observing them takes a minute. An atlas holds
about 150 pictures' observations for one stage before one camera: calm ones, each action at five shares of its peak,
and a hand on its way. Sessions are then put together from these (``simulated.py``), with the tremble of landmarks
that the camera's noise causes, which is measured here too.
"""

import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import stages
from numpy.typing import NDArray

from limelight.charcha.challenges.actions import ACTIONS
from limelight.charcha.observing.observation import Observation
from limelight.charcha.observing.observer import Observer, decode
from limelight.charcha.simulated.webcam import peak
from limelight.charcha.wire.frames import Frame
from limelight.faces.landmarks import FaceLandmarker
from limelight.understudy.acting import IDLE_SMILE, Idle, smile
from limelight.understudy.render import Expression

VERSION = 7
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
HANDS = tuple(i / 12 for i in range(1, 12))
CALM, TREMBLES = 8, 8
SETTLES = {"hand": 12}
"""Looks until the observer has settled after a jump, where one is not enough: a hand hides the face's place."""
FULL = {"turn": 44.0, "look": 21.0, "tilt": 28.0}
"""Degrees at the full share, beyond any target and its overshoot."""


@dataclass(frozen=True)
class Camera:
    """A webcam. Noise in sRGB codes, blur in pixels, quality of the JPEG."""

    noise: float = 1.5
    gamma: float = 1.0
    blur: float = 0.0
    quality: int = 88
    shrink: float = 1.0
    """Resolution: the picture is scaled down by this and up again."""

    def take(self, rgb: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
        """A JPEG."""
        picture = rgb.astype(np.float32)
        if self.gamma != 1:
            picture = 255 * (picture / 255) ** self.gamma
        if self.shrink != 1:
            small = (round(rgb.shape[1] * self.shrink), round(rgb.shape[0] * self.shrink))
            picture = cv2.resize(cv2.resize(picture, small, interpolation=cv2.INTER_AREA), rgb.shape[1::-1])
        if self.blur:
            picture = cv2.GaussianBlur(picture, (0, 0), self.blur)
        picture += rng.normal(0, self.noise, (*rgb.shape[:2], 1)).astype(np.float32)
        picture += rng.normal(0, 0.5 * self.noise, rgb.shape).astype(np.float32)
        codes = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", codes[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return jpeg.tobytes()


CAMERAS = {
    "good": Camera(),
    "plain": Camera(noise=3.0, gamma=1.1, blur=0.6, quality=75),
    "poor": Camera(noise=4.5, gamma=0.85, quality=60, shrink=0.6),
}


@dataclass(frozen=True)
class Atlas:
    """Observations by key: ("calm", i), (action, i of SHARES), ("hand", i of HANDS); pictures only of calm ones."""

    name: str
    looks: dict[tuple[str, int], Observation]
    tremble: NDArray[np.float32]
    """``(478, 2)`` pixels, standard deviation."""
    shimmer: NDArray[np.float64]
    """``(12, 12)`` covariance from frame to frame of the logarithms of skin, surround, dark and bright places."""
    gains: NDArray[np.float64]
    """``(4, 3)`` the shares that skin, surround, dark and bright places gain under a screen as bright as the room."""


def expressions(reach: float = 1.0) -> dict[tuple[str, int], Expression]:
    """What is acted, in an order that a tracker can follow; `reach` multiplies turns and looks."""
    idle = Idle.over(CALM * 30, 2.0, 5, 0.35)
    calm = smile(IDLE_SMILE * 0.35)
    acted: dict[tuple[str, int], Expression] = {}
    for i in range(CALM):
        at = i * 29
        acted["calm", i] = Expression(
            yaw=float(idle.yaw[at]), pitch=float(idle.pitch[at]), roll=float(idle.roll[at]), blendshapes=calm,
            gaze=(float(idle.gaze[at, 0]), float(idle.gaze[at, 1])),
        )  # fmt: skip
    for action in ACTIONS:
        if action.startswith("hand"):
            continue
        for i, share in enumerate(SHARES):
            acted[action, i] = partly(at_full(action, reach), share, calm)
    for i, way in enumerate(HANDS):
        acted["hand", i] = Expression(blendshapes=calm, hand=way)
    return acted


def at_full(action: str, reach: float) -> Expression:
    """An action's peak at the greatest measure."""
    if action in {"turn_left", "turn_right"}:
        return peak(action, min(62.0, FULL["turn"] * reach))
    if action.startswith("turn"):
        return peak(action, min(45.0, 27.0 * reach))
    for kind in ("look", "tilt"):
        if action.startswith(kind) and not action.endswith("smile"):
            return peak(action, FULL[kind] * (reach if kind == "look" else 1.0))
    return peak(action, 21.0 if action.startswith("tilt") else 0.0)


def partly(full: Expression, share: float, calm: dict[str, float]) -> Expression:
    """On the way to a peak."""
    shapes = {unit: value * (1 - share) for unit, value in calm.items()}
    for unit, value in full.blendshapes.items():
        shapes[unit] = min(1.0, shapes.get(unit, 0.0) + value * share)
    return Expression(
        yaw=full.yaw * share, pitch=full.pitch * share, roll=full.roll * share, blendshapes=shapes,
        gaze=(full.gaze[0] * share, full.gaze[1] * share), lean=full.lean * share,
    )  # fmt: skip


def build(name: str, stage: stages.Stage, camera: Camera, observer: Observer, reach: float = 1.0) -> Atlas:
    """Look at a stage in every expression."""
    rng = np.random.default_rng(random.Random(name).randrange(2**31))
    observer.reset()
    looks: dict[tuple[str, int], Observation] = {}
    clock = iter(range(10_000))

    def look(picture: NDArray[np.uint8]) -> Observation:
        i = next(clock)
        jpeg = camera.take(picture, rng)
        rgb = decode(jpeg)
        assert rgb is not None
        seen = observer.observe(Frame(i, 100.0 * i, "", jpeg), rgb, time=i / 10, arrived=i / 10)
        return replace(seen, embedding=observer.whose(rgb, seen.face) if seen.face else None)

    acted = expressions(reach)
    first = stage(acted["calm", 0])
    for _ in range(3):
        look(first)  # the observer settles where the face is
    trembling = [look(first) for _ in range(TREMBLES)]
    for key, expression in acted.items():
        picture = stage(expression)
        seen = look(picture)
        for _ in range(
            SETTLES.get(key[0], 1) if key[1] == 0 else 0
        ):  # after a jump that no live person makes
            seen = look(picture)
        kept = seen.rgb if key[0] == "calm" and key[1] < 4 else np.zeros((1, 1, 3), np.uint8)
        looks[key] = replace(seen, rgb=kept, jpeg=b"")
    points = np.array([o.face.points[:, :2] for o in trembling if o.face])
    light = np.array([np.log(lights(o) + 1e-6).ravel() for o in trembling])
    gains = np.zeros((4, 3)) if stage.lit is None else gained(stage, camera, observer, rng)
    return Atlas(name, looks, points.std(axis=0).astype(np.float32), np.cov(light.T), gains)


SCREEN = 0.2
"""White of the screen against the room's light where gains are measured."""
GAINED = 6


def gained(
    stage: stages.Stage, camera: Camera, observer: Observer, rng: np.random.Generator
) -> NDArray[np.float64]:
    """What the camera shows of a screen's light: looks with and without it, several each against the noise."""
    means = []
    for share in (0.0, SCREEN):
        seen = []
        for i in range(GAINED):
            jpeg = camera.take(stage.lit(Expression(yaw=0.6 * (i % 3)), share), rng)  # type: ignore[misc]
            rgb = decode(jpeg)
            assert rgb is not None
            seen.append(lights(observer.observe(Frame(i, 0.0, "", jpeg), rgb, time=0, arrived=0)))
        means.append(np.mean(seen, axis=0))
    return (means[1] / np.maximum(means[0], 1e-6) - 1) / SCREEN


def lights(seen: Observation) -> NDArray[np.float64]:
    """``(4, 3)`` linear light of skin, surround, dark and bright places."""
    return np.stack([seen.skin, seen.surround, seen.dark, seen.bright]).astype(np.float64)


Maker = Callable[[FaceLandmarker], stages.Stage]


class Shelf:
    """Builds atlases when they are first asked for and keeps them in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._here: dict[str, Atlas] = {}
        self._observer: Observer | None = None
        self._landmarker: FaceLandmarker | None = None

    def __call__(self, name: str, maker: Maker, camera: Camera, reach: float = 1.0) -> Atlas:
        """The atlas of that name."""
        if name not in self._here:
            path = self._folder / f"{name}.{VERSION}.pickle"
            if not path.exists():
                self._observer = self._observer or Observer()
                self._landmarker = self._landmarker or FaceLandmarker()
                atlas = build(name, maker(self._landmarker), camera, self._observer, reach)
                temporary = path.with_suffix(".part")
                temporary.write_bytes(pickle.dumps(_plain(atlas)))
                temporary.rename(path)
            self._here[name] = pickle.loads(path.read_bytes())  # noqa: S301  # our own file
        return self._here[name]


def _plain(atlas: Atlas) -> Atlas:
    """Mapping proxies cannot be pickled; plain dictionaries can."""
    return replace(
        atlas,
        looks={
            key: replace(
                o, faces=tuple(replace(face, blendshapes=dict(face.blendshapes)) for face in o.faces)
            )
            for key, o in atlas.looks.items()
        },
    )
