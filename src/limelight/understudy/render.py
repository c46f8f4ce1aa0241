"""Film an understudy: expressions in, frames with their ground truth out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.understudy import shade
from limelight.understudy.anatomy import Floats, Ints, rotation
from limelight.understudy.casting import Understudy
from limelight.understudy.complexion import linear
from limelight.understudy.dressing_room import figure as dressed_figure
from limelight.understudy.figure import Figure, from_light
from limelight.understudy.hand import Hand
from limelight.understudy.raster import (
    FAR,
    draw_depth,
    draw_triangles,
    light_through,
    point_normals,
    projected,
    skin_points,
    splat_depth,
    turned,
)
from limelight.understudy.stage_light import backdrop as backdrop_picture
from limelight.understudy.stage_light import rig, tone_curve
from limelight.understudy.stock import stock
from limelight.understudy.strands import (
    clear_away,
    farthest,
    lay_strands,
    nothing,
    screen_off,
    settle_strands,
    shade_strands,
)

DISTANCE = 12.0
"""Camera to the eyes, dm."""
HEAD_SHARE = 0.53
"""Chin to crown, as a share of the frame's height."""
SHADOW_SIZE, SHADOW_SPAN = 320, 5.6
BRIGHT = 1000.0
"""So bright that catchlights, which are drawn at one strength under any light, are nothing beside it."""
SCREEN_RIG = rig("flat")
"""One light, white, a little below the camera's axis, where a laptop's screen is; see `shade.KEY` and the rest."""
SCREEN_RIG[shade.KEY] = np.array([0.0, -0.15, 1.0]) / np.linalg.norm([0.0, -0.15, 1.0])
SCREEN_RIG[[shade.FILL_COLOUR, shade.RIM_COLOUR, shade.SKY, shade.GROUND]] = 0
SCREEN_RIG[shade.KEY_COLOUR] = BRIGHT


UPPER_TEETH_DOWN, TONGUE_DOWN = 0.055, 0.15
"""How far, in dm, upper teeth and tongue of the base mesh come down while the jaw opens, else nobody sees teeth."""


@dataclass(frozen=True)
class Expression:
    """A face and a pose at one moment. Angles in degrees, all as the person feels them."""

    yaw: float = 0.0
    """To the person's own left, which is the right of the picture."""
    pitch: float = 0.0
    """Up."""
    roll: float = 0.0
    """Towards the own left shoulder."""
    blendshapes: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """ARKit name -> 0-1."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Of the eyes against the head: to the own left, up."""
    lean: float = 0.0
    """Decimetres towards the camera."""
    hand: float = 0.0
    """A hand's way across the face: 0 out of the picture, .5 in front of the nose, 1 out at the other side."""


@dataclass(frozen=True)
class TakeFrame:
    """One frame and what is true of it."""

    rgb: NDArray[np.uint8]
    """(height, width, 3) sRGB."""
    matte: NDArray[np.uint8]
    """(height, width): how much of each pixel the person covers."""
    mouth_opening: float
    """Gap between the lips at the middle, as a share of the chin-to-crown height."""
    landmarks: Mapping[str, tuple[float, float]]
    """Pixels (x, y) of left_eye, right_eye, crown, nose, mouth."""
    expression: Expression


Surface = tuple[Ints, Floats, Ints, Ints]
"""Triangles, corner uvs and kinds of what is drawn, and the triangles that throw shadows."""


class Performer:
    """An understudy before a camera."""

    def __init__(
        self,
        person: Understudy,
        *,
        size: tuple[int, int] = (640, 480),
        light: str = "soft",
        backdrop: str = "room",
        seed: int = 0,
        figure: Figure | None = None,
        samples: float | None = None,
    ) -> None:
        self.person = person
        self.size = size
        self.figure = figure or dressed_figure(person)
        self.lights = rig(light)
        self.backdrop = backdrop_picture(backdrop, *size, seed)
        self._factor2 = int(2 * (samples or (2 if size[1] <= 540 else 1.5)))
        codes = np.clip(self.backdrop * np.float32(len(tone_curve()) / 4), 0, len(tone_curve()) - 1)
        self._plain = tone_curve()[codes.astype(np.int32)].astype(np.uint8)
        self._stage()

    def _stage(self) -> None:
        width, height = self.size
        rows, columns = height * self._factor2 // 2, width * self._factor2 // 2
        f, s = self.figure, stock()
        crown, chin, _ = f.frame
        scale = rows * HEAD_SHARE / (crown - chin)
        self._lens = np.array([columns / 2, rows * 0.5, scale * DISTANCE], np.float32)
        self._aim = float(crown + chin) / 2 - 0.02 * rows / scale
        self._depth = np.empty((rows, columns), np.float32)
        self._owner = np.full((rows, columns), -1, np.int32)
        self._kinds = f.kinds
        self._picture = np.empty((rows, columns, 3), np.float32)
        self._ratio = max(1.0, self._factor2 / 2)
        cells = (rows, columns) if self._ratio == 1 else (height, width)
        self._gathered, self._behind = nothing(*cells), np.empty(cells, np.float32)
        self._cover = np.empty((rows, columns), np.float32)
        self._matrix = s.refined.matrix
        self._units = {n: s.anatomy.targets[n] for n in s.anatomy.face_units}
        self._scale = scale
        self._surfaces = {
            False: self._surface(f, f.kinds != shade.HAND),
            True: self._surface(f, f.kinds >= 0),
        }
        self._hand = Hand.of(f.neutral, np.unique(f.triangles[f.kinds == shade.HAND]).astype(np.int32))
        self._in_the_mouth = _in_the_mouth()
        lips = s.rest
        middle = (np.abs(lips[:, 0]) < 0.02) & (lips[:, 2] > 1.45) & (s.head > 0.5)
        near = np.flatnonzero(middle)
        self._upper_lip = near[np.argmin(np.abs(lips[near, 1] - 6.625) + np.abs(lips[near, 2] - 1.56))]
        self._lower_lip = near[np.argmin(np.abs(lips[near, 1] - 6.575) + np.abs(lips[near, 2] - 1.55))]
        self._nose = int(np.argmax(np.where(s.head > 0.5, f.neutral[: len(lips), 2], -9)))
        self._mouth_z = (float(s.rest[self._upper_lip, 2]), 0.75)

    @staticmethod
    def _surface(f: Figure, shown: NDArray[np.bool_]) -> Surface:
        throwing = shown & np.isin(f.kinds, (shade.SKIN_HEAD, shade.SKIN_BODY, shade.HAND))
        parts = f.triangles[shown], f.uvs[shown], f.kinds[shown], f.triangles[throwing]
        return tuple(np.ascontiguousarray(part) for part in parts)  # type: ignore[return-value]

    def frame(self, expression: Expression) -> TakeFrame:
        """Render one frame.

        Raises:
            InputError: a blendshape that no face has.
        """
        hand = 0 < expression.hand < 1
        surface = self._surfaces[hand]
        self._kinds = surface[2]
        gaze = self._gaze(expression)
        mesh = self._mesh(expression, gaze)
        turns, shifts, head_turn = self._pose(expression)
        points = self._posed(mesh, turns, shifts)
        if hand:
            self._lay_hand(points, expression.hand)
        hair, outward, trim = self._posed_strands(mesh, turns, shifts, head_turn)
        lit, hair_lit = self._shadows(points, hair, surface[3])

        self._find_surface(points, surface)
        self._draw_hair(hair, outward, hair_lit)
        self._draw_trim(trim, lit)
        screen_off(self._gathered, self._ratio, self._depth, self._owner)
        eye_turns = np.stack([head_turn @ rotation(yaw, pitch, 0) for yaw, pitch in gaze]).astype(np.float32)
        self._shade_surface(
            points, surface, lit, eye_turns, float(expression.blendshapes.get("jawOpen", 0.0))
        )
        settle_strands(self._gathered, self._ratio, self._depth, self._owner, self._picture, self._cover)
        clear_away(self._gathered)
        rgb, matte = self._developed()
        return TakeFrame(
            rgb, matte, self._opening(points), self._landmarks(points, turns, shifts), expression
        )

    def under_screen(self, expression: Expression) -> Floats:
        """(height, width, 3) linear light that a white screen beside the camera would add, and nothing else.

        The surfaces' own colours, form, shadows and gloss are in it, catchlights are not; 0 behind the person. Its
        brightness has no unit. What a light adds does not depend on the others, so a frame under the room's light and
        a screen is the sum of both. The renderer is left as it was.
        """
        room, self.lights = self.lights, SCREEN_RIG
        try:
            self.frame(expression)
        finally:
            self.lights = room
        return self._shrunk(self._picture / np.float32(BRIGHT))

    def in_room(self, expression: Expression) -> tuple[Floats, Floats]:
        """(height, width, 3) linear light under the room's lights, 0 to 2, and (height, width) the matte, 0 to 1."""
        self.frame(expression)
        light, matte = np.clip(self._picture, 0, 2), self._shrunk(self._cover)
        return self._shrunk(light) + self.backdrop * (1 - matte[..., None]), matte

    def skin(self) -> NDArray[np.bool_]:
        """(height, width) where the last frame shows bare skin of the head."""
        owner = self._owner
        shown = (owner >= 0) & (self._kinds[np.maximum(owner, 0)] == shade.SKIN_HEAD)
        return self._shrunk(shown.astype(np.float32)) > 0.5

    def _shrunk(self, samples: Floats) -> Floats:
        """The mean of each pixel's samples."""
        if samples.shape[1::-1] == self.size:
            return samples.astype(np.float32, copy=False)
        return cv2.resize(samples.astype(np.float32), self.size, interpolation=cv2.INTER_AREA).astype(
            np.float32
        )

    def _mesh(self, expression: Expression, gaze: list[tuple[float, float]]) -> Floats:
        """The dressed body (points, 3) in dm with this face, before it is turned."""
        f = self.figure
        face = f.base.copy()
        for name, amount in {**self.person.units, **expression.blendshapes}.items():
            if name not in self._units:
                raise InputError(
                    f"there is no blendshape {name!r}.", hint=f"Choose among {', '.join(self._units)}."
                )
            index, move = self._units[name]
            face[index] += np.float32(amount) * move
        for index, move, amount in self._lid_moves(gaze):
            face[index] += np.float32(amount) * move
        mesh: Floats = (self._matrix @ face).astype(np.float32) + f.cloth_offset
        jaw = float(expression.blendshapes.get("jawOpen", 0.0))
        for index, down, full in self._in_the_mouth:
            mesh[index, 1] -= np.float32(down * min(1.0, jaw / full))
        return mesh

    def _posed(self, mesh: Floats, turns: Floats, shifts: Floats) -> Floats:
        """All points (n, 3), the eyeballs after the mesh, as torso, neck and head stand."""
        neutral = np.concatenate([mesh, self.figure.neutral[len(mesh) :]])
        points = np.empty_like(neutral)
        skin_points(neutral, self.figure.bones, turns, shifts, points)
        return points

    def _lay_hand(self, points: Floats, way: float) -> None:
        """Move the hand before the face, in place; `way` is how far across, 0 to 1."""
        crown, chin, _ = self.figure.frame
        nose = points[self._nose] * np.array([0, 1, 1], np.float32)
        points[self._hand.index] = self._hand.swung(way, nose, float((crown - chin) * 1.42))

    def _posed_strands(
        self, mesh: Floats, turns: Floats, shifts: Floats, head_turn: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Hair, its directions outward, and the short hairs, which follow the face."""
        f = self.figure
        hair = self._posed_hair(f.hair.places, f.hair.head, turns, shifts)
        moved = (mesh - f.neutral[: len(mesh)])[f.trim.follows]
        trim = self._posed_hair(f.trim.places + moved, f.trim.head, turns, shifts)
        outward = np.empty_like(f.hair_outward)
        turned(f.hair_outward.reshape(-1, 3), head_turn, np.zeros(3, np.float32), outward.reshape(-1, 3))
        return hair, outward, trim

    def _find_surface(self, points: Floats, surface: Surface) -> None:
        """Fill depth and owner with skin, eyes and clothes, and `_behind` with how far back hair may be seen."""
        self._depth.fill(FAR)
        self._owner.fill(-1)
        draw_triangles(self._projected(points), surface[0], 0, False, self._depth, self._owner)
        farthest(self._depth, self._ratio, self._behind)

    def _shade_surface(
        self, points: Floats, surface: Surface, lit: Floats, eye_turns: Floats, open_mouth: float
    ) -> None:
        """Fill the picture with what the samples' owners look like."""
        triangles, uvs, kinds, _ = surface
        attributes = np.empty((len(points), 9), np.float32)
        normals = np.empty_like(points)
        point_normals(points, triangles, normals)
        attributes[:, :3] = normals
        attributes[:, shade.LIT] = lit
        attributes[:, shade.OPEN :] = self.figure.static
        screen = self._projected(points)
        person = self.person
        shade.shade_samples(
            self._owner,
            screen,
            triangles,
            uvs,
            kinds,
            attributes,
            self.figure.texture,
            linear(person.skin.tone),
            person.garment.shading(),
            np.concatenate([linear(person.iris), linear(person.iris_glow)]).astype(np.float32),
            eye_turns,
            self.lights,
            np.array([open_mouth, *self._mouth_z], np.float32),
            self._lens,
            self._picture,
        )

    def _developed(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The picture (height, width, 3) as a camera gives it, and its matte (height, width)."""
        width, height = self.size
        rgb, matte = np.empty((height, width, 3), np.uint8), np.empty((height, width), np.uint8)
        shade.developed(
            self._picture, self._cover, self.backdrop, self._plain, tone_curve(), rgb, matte, self._factor2
        )
        return rgb, matte

    def _gaze(self, e: Expression) -> list[tuple[float, float]]:
        """Yaw and pitch of the left and right eye, with a little convergence on the camera."""
        out, shapes = [], e.blendshapes
        for side, inward in (("Left", -1.0), ("Right", 1.0)):
            outwards = shapes.get(f"eyeLookOut{side}", 0.0) - shapes.get(f"eyeLookIn{side}", 0.0)
            up = shapes.get(f"eyeLookUp{side}", 0.0) - shapes.get(f"eyeLookDown{side}", 0.0)
            out.append((e.gaze[0] + inward * (1.4 - 32 * outwards), e.gaze[1] + 26 * up))
        return out

    def _lid_moves(self, gaze: list[tuple[float, float]]) -> list[tuple[Ints, Floats, float]]:
        moves = []
        for (yaw, pitch), side in zip(gaze, ("Left", "Right"), strict=True):
            vertical = pitch / 26
            moves.append((*self._units[f"eyeLook{'Up' if vertical > 0 else 'Down'}{side}"], abs(vertical)))
            outwards = (yaw if side == "Left" else -yaw) / 32
            moves.append((*self._units[f"eyeLook{'Out' if outwards > 0 else 'In'}{side}"], abs(outwards)))
        return moves

    def _pose(self, e: Expression) -> tuple[Floats, Floats, Floats]:
        """Turns (3, 3, 3) and shifts (3, 3) of torso, neck and head."""
        neck_joint, head_joint = self.figure.pivots
        head_turn = rotation(e.yaw, e.pitch, e.roll)
        neck_turn = rotation(0.42 * e.yaw, 0.35 * e.pitch, 0.40 * e.roll)
        torso_turn = rotation(0.06 * e.yaw, 0, 0.06 * e.roll)
        forward = np.array([0, -0.05 * abs(e.lean), e.lean], np.float32)
        torso_shift = neck_joint - torso_turn @ neck_joint + forward
        neck_shift = neck_joint - neck_turn @ neck_joint + forward
        moved_head = neck_turn @ head_joint + neck_shift
        head_shift = moved_head - head_turn @ head_joint
        turns = np.stack([torso_turn, neck_turn, head_turn])
        return (
            turns.astype(np.float32),
            np.stack([torso_shift, neck_shift, head_shift]).astype(np.float32),
            head_turn,
        )

    def _posed_hair(self, places: Floats, head: Floats, turns: Floats, shifts: Floats) -> Floats:
        flat = np.ascontiguousarray(places.reshape(-1, 3), np.float32)
        weights = np.zeros((len(flat), 3), np.float32)
        weights[:, 2] = head.ravel()
        weights[:, 0] = 1 - weights[:, 2]
        out = np.empty_like(flat)
        skin_points(flat, weights, turns, shifts, out)
        return out.reshape(places.shape)

    def _projected(self, points: Floats) -> Floats:
        out = np.empty_like(points)
        projected(points, self._lens, self._aim, DISTANCE + float(self.figure.frame[2]), out)
        return out

    def _shadows(self, points: Floats, hair: Floats, throwing: Ints) -> tuple[Floats, Floats]:
        towards = self.lights[shade.KEY]
        centre = np.array([0, self._aim - 0.2, 0.4], np.float32)
        depth = np.full((SHADOW_SIZE, SHADOW_SIZE), FAR, np.float32)
        seen = from_light(points, towards, centre, SHADOW_SPAN, SHADOW_SIZE)
        draw_depth(seen, throwing, depth)
        lit, hair_lit = np.empty(len(points), np.float32), np.empty(hair.shape[0] * hair.shape[1], np.float32)
        if len(hair):
            strands = from_light(hair.reshape(-1, 3), towards, centre, SHADOW_SPAN, SHADOW_SIZE)
            splat_depth(strands, 0, depth)
            light_through(strands, depth, 1, 0.04, 0.28, hair_lit)
        light_through(seen, depth, 3, 0.06, 0.07, lit)
        return lit, hair_lit.reshape(hair.shape[:2])

    def _draw_hair(self, hair: Floats, outward: Floats, lit: Floats) -> None:
        if not len(hair):
            return
        f = self.figure
        tint = f.hair.colours.mean(0) ** np.float32(0.65)
        gloss = self.person.hair.gloss
        colours = np.empty_like(hair)
        shade_strands(hair, outward, f.hair.colours, f.hair_openness, lit, self.lights, gloss, tint, colours)
        self._lay_strands(hair, colours, f.hair.widths, 0.7, 0.0)

    def _draw_trim(self, trim: Floats, lit: Floats) -> None:
        """Brows, lashes and beard, lit as the skin that they follow."""
        f = self.figure
        follows = f.trim.follows
        outward = np.broadcast_to(np.array([0, 0.3, 0.95], np.float32), trim.shape).copy()
        seen = np.clip(f.static[follows, 0], 0.35, 1).astype(np.float32)
        own_lit, tint = np.ascontiguousarray(lit[follows]), f.trim.colours.mean(0) ** np.float32(0.65)
        colours = np.empty_like(trim)
        shade_strands(trim, outward, f.trim.colours, seen, own_lit, self.lights, 0.04, tint, colours)
        self._lay_strands(trim, colours, f.trim.widths, 0.9, 0.03)

    def _lay_strands(
        self, strands: Floats, colours: Floats, widths: Floats, opacity: float, nearer: float
    ) -> None:
        screen = self._projected(strands.reshape(-1, 3)).reshape(strands.shape)
        screen[..., :2] /= np.float32(self._ratio)
        widths = (widths * (self._scale / self._ratio / 100.0)).astype(np.float32)
        lay_strands(screen, colours, widths, opacity, nearer, self._behind, self._gathered)

    def _opening(self, points: Floats) -> float:
        gap = np.linalg.norm(points[self._upper_lip] - points[self._lower_lip])
        rest = np.linalg.norm(self.figure.neutral[self._upper_lip] - self.figure.neutral[self._lower_lip])
        crown, chin, _ = self.figure.frame
        return max(0.0, float((gap - rest) / (crown - chin)))

    def _landmarks(self, points: Floats, turns: Floats, shifts: Floats) -> dict[str, tuple[float, float]]:
        f = self.figure
        crown = f.frame[0]
        places = {
            "left_eye": f.eyes[0, :3] + [0, 0, f.eyes[0, 3]],
            "right_eye": f.eyes[1, :3] + [0, 0, f.eyes[1, 3]],
            "crown": np.array([0, crown, f.pivots[1, 2]]),
        }
        rows = np.stack(list(places.values())).astype(np.float32) @ turns[2].T + shifts[2]
        rows = np.concatenate([rows, points[[self._nose, self._upper_lip]]])
        screen = self._projected(rows.astype(np.float32))[:, :2] * (2 / self._factor2)
        return dict(zip([*places, "nose", "mouth"], [(float(x), float(y)) for x, y in screen], strict=True))


def _in_the_mouth() -> tuple[tuple[Ints, float, float], ...]:
    """Points of the upper teeth and of the tongue, how far they come down, and at which jawOpen they are there."""
    s = stock()
    index, move = s.anatomy.targets["jawOpen"]
    moves = np.zeros((s.refined.matrix.shape[1], 3), np.float32)
    moves[index] = move
    still = np.linalg.norm(s.refined.matrix @ moves, axis=1) < 1e-4
    teeth = np.unique(s.triangles[s.kinds == shade.TEETH])
    tongue = np.unique(s.triangles[s.kinds == shade.TONGUE])
    return (teeth[still[teeth]], UPPER_TEETH_DOWN, 0.2), (tongue, TONGUE_DOWN, 0.4)
