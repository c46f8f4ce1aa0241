"""What stands before the simulated camera: a rendered person, a print of one, a screen, a puppet. Pictures in RGB.

All of it is simulated. A stage turns an :class:`Expression` into a picture; the camera in ``atlas.py`` does the rest.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator

from limelight.charcha.observing.linear_light import LINEAR
from limelight.charcha.simulated.webcam import lit_by_screen
from limelight.faces.landmarks import Face, FaceLandmarker
from limelight.faces.mesh import EYE_LEFT, EYE_RIGHT, LIPS_OUTER
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression, Performer

Picture = NDArray[np.uint8]
SIZE = (640, 480)
FOCAL = 1330.0
"""Pixels; the understudies' camera stands twelve decimetres off with about this lens."""
PER_DECIMETRE = 110.0


@dataclass(frozen=True)
class Stage:
    """What is before the camera.

    Attributes:
        show: The picture of an expression.
        lit: The same under a white screen whose light is that share of the room's; None where what is before the
            camera gives none of the page's light back.
    """

    show: Callable[[Expression], Picture]
    lit: Callable[[Expression, float], Picture] | None = None

    def __call__(self, expression: Expression) -> Picture:
        """The picture of an expression."""
        return self.show(expression)


def person(name: str, light: str, backdrop: str, seed: int) -> Stage:
    """A live understudy."""
    performer = Performer(understudy(name), size=SIZE, light=light, backdrop=backdrop, seed=seed, samples=1.0)

    def lit(expression: Expression, share: float) -> Picture:
        codes = lit_by_screen(performer, expression, (255, 255, 255), share)
        return np.clip(codes + 0.5, 0, 255).astype(np.uint8)

    return Stage(lambda expression: performer.frame(expression).rgb, lit)


def relit_evenly(show: Callable[[Expression], Picture]) -> Callable[[Expression, float], Picture]:
    """A print, or a puppet that a program relights: all is brighter by one share."""

    def lit(expression: Expression, share: float) -> Picture:
        light = LINEAR[show(expression)] * (1 + share)
        codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
        return np.clip(codes + 0.5, 0, 255).astype(np.uint8)

    return lit


def turned(expression: Expression) -> NDArray[np.float64]:
    """The rotation of a board held as a head would be; x right, y down, z to the camera."""
    yaw, pitch, roll = np.radians([expression.yaw, expression.pitch, expression.roll])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y


@dataclass(frozen=True)
class Board:
    """A picture on something flat, or bent around an upright cylinder.

    Attributes:
        face: Box of the face in the picture, pixels.
        radius: Of the cylinder in face widths; 0: flat.
    """

    face: tuple[float, float, float, float]
    radius: float = 0.0

    def held(self, picture: Picture, expression: Expression, behind: Picture) -> Picture:
        """The board held as an expression's pose says, before a background."""
        left, top, across, down = self.face
        centre = np.array([left + across / 2, top + down / 2])
        rows, columns = np.mgrid[0 : SIZE[1] : 2, 0 : SIZE[0] : 2].astype(np.float64)
        wanted = np.stack([columns, rows], axis=-1) - centre
        at = wanted.copy()
        rotation = turned(expression)
        near = FOCAL - PER_DECIMETRE * expression.lean
        for _ in range(14 if self.radius else 10):
            at += 0.9 * (wanted - self._seen(at, rotation, near, across))
        at = cv2.resize((at + centre).astype(np.float32), SIZE, interpolation=cv2.INTER_LINEAR)
        held = cv2.remap(picture, at, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        edge = np.array([across, down]) * (0.95, 0.85)
        inside = (np.abs(at - centre) < edge).all(axis=-1).astype(np.float32)
        inside = cv2.GaussianBlur(inside, (0, 0), 0.8)[..., None]
        return (held * inside + behind * (1 - inside) + 0.5).astype(np.uint8)

    def _seen(
        self, at: NDArray[np.float64], rotation: NDArray[np.float64], near: float, across: float
    ) -> NDArray[np.float64]:
        """Where places of the print appear."""
        x, z = at[..., 0], np.zeros(at.shape[:-1])
        if self.radius:
            radius = self.radius * across
            angle = np.clip(x / radius, -1.45, 1.45)
            x, z = radius * np.sin(angle), radius * (np.cos(angle) - 1)
        places = np.stack([x, at[..., 1], z], axis=-1) @ rotation.T
        return places[..., :2] * (FOCAL / np.clip(near - places[..., 2:], 200, None))


def printed(live: Stage, landmarker: FaceLandmarker, *, radius: float = 0.0, holes: bool = False) -> Stage:
    """A photograph of a person, held to the camera and moved as the prompts ask; with holes for eyes and mouth.

    Behind the holes is a face of the same shape that does what is asked: the best that a worn mask could do.
    A hand is passed before it as before a face.
    """
    photo = live(Expression())
    face = landmarker.detect(photo)[0]
    board = Board(face.box, radius)
    behind = cv2.GaussianBlur(photo, (0, 0), 40)

    def stage(expression: Expression) -> Picture:
        if expression.hand:
            return live(expression)
        picture = photo
        if holes:
            acted = live(Expression(blendshapes=expression.blendshapes, gaze=expression.gaze))
            mask = openings(face)
            picture = (acted * mask + photo * (1 - mask) + 0.5).astype(np.uint8)
        return board.held(picture, expression, behind)

    return Stage(stage, relit_evenly(stage))


def openings(face: Face) -> NDArray[np.float32]:
    """Eyes and mouth, a little wider, as a mask."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for outline in (EYE_LEFT, EYE_RIGHT, LIPS_OUTER):
        points = face.points[list(outline), :2]
        wider = (points - points.mean(axis=0)) * 1.3 + points.mean(axis=0)
        cv2.fillPoly(mask, [wider.round().astype(np.int32)], 255)
    return cv2.GaussianBlur(mask, (0, 0), 1.5).astype(np.float32)[..., None] / 255


def on_screen(live: Stage, seed: int) -> Stage:
    """Somebody who does what is asked, filmed off a screen: the strongest thing that a screen could show.

    The film is encoded, shown on a grid of red, green and blue stripes a little finer or coarser than the sensor's
    pixels, with another gamma and a refresh band that wanders, seen through a lens that is slightly out of focus.
    """
    rng = random.Random(seed)
    pitch, angle = rng.uniform(1.7, 2.6), rng.uniform(-2, 2)
    gamma, depth = rng.uniform(0.9, 1.15), rng.uniform(0.06, 0.2)
    band = [rng.random()]
    rows, columns = np.mgrid[0 : 2 * SIZE[1], 0 : 2 * SIZE[0]].astype(np.float32) / 2
    slant = np.radians(angle)
    across, down = columns + rows * np.sin(slant), rows - columns * np.sin(slant)
    stripes = np.stack(
        [1 + depth * np.cos(2 * np.pi * (across / pitch + third / 3)) for third in range(3)], axis=-1
    )
    stripes *= (1 + 0.6 * depth * np.cos(2 * np.pi * down / pitch))[..., None]

    def stage(expression: Expression) -> Picture:
        film = cv2.resize(live(expression), (448, 336), interpolation=cv2.INTER_AREA)
        _, coded = cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, 60])
        film = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        large = cv2.resize(film, (2 * SIZE[0], 2 * SIZE[1]), interpolation=cv2.INTER_CUBIC)
        light = np.clip(large.astype(np.float32) / 255, 0, 1) ** (2.2 * gamma) * stripes
        seen = cv2.resize(cv2.GaussianBlur(light, (0, 0), 0.7), SIZE, interpolation=cv2.INTER_AREA)
        band[0] = (band[0] + 0.137) % 1
        wave = 1 + 0.05 * np.cos(2 * np.pi * (np.arange(SIZE[1]) / SIZE[1] * 1.5 + band[0]))
        seen = seen * wave[:, None, None].astype(np.float32) + 0.004
        return (np.clip(seen, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)

    return Stage(stage)


def puppet(victim: Stage, driver: Stage, landmarker: FaceLandmarker, *, hand: bool) -> Stage:
    """One photograph of the victim, warped by a driver's landmarks (relative motion, piecewise linear).

    With ``hand`` a picture of a hand is laid over it when it is asked for; without, nothing happens then.
    """
    photo, own = victim(Expression()), landmarker.detect(victim(Expression()))[0]
    calm = driver(Expression())
    rest = landmarker.detect(calm)[0]
    scale = own.eye_distance / rest.eye_distance
    still = own.points[:468, :2].astype(np.float64)
    border = [(x, y) for x in np.linspace(0, SIZE[0] - 1, 9) for y in (0.0, SIZE[1] - 1.0)]
    border += [(x, y) for x in (0.0, SIZE[0] - 1.0) for y in np.linspace(60, SIZE[1] - 61, 6)]
    corners = np.array(border)
    rows, columns = np.mgrid[0 : SIZE[1] : 2, 0 : SIZE[0] : 2]

    def stage(expression: Expression) -> Picture:
        if expression.hand:
            if not hand:
                return photo
            waved = driver(replace(expression, blendshapes={}))
            change = np.abs(waved.astype(np.int16) - calm).max(axis=-1).astype(np.float32)
            mask = (cv2.GaussianBlur(change, (0, 0), 3) > 14).astype(np.float32)
            mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
            return (waved * mask + photo * (1 - mask) + 0.5).astype(np.uint8)
        found = landmarker.detect(driver(expression))
        if not found:
            return photo
        moved = still + scale * (found[0].points[:468, :2] - rest.points[:468, :2])
        back = LinearNDInterpolator(np.concatenate([moved, corners]), np.concatenate([still, corners]))
        places = cv2.resize(back(columns, rows).astype(np.float32), SIZE, interpolation=cv2.INTER_LINEAR)
        return cv2.remap(photo, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    return Stage(stage, relit_evenly(stage))
