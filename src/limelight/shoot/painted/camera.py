"""The painted camera: plates and portraits painted once, then only moved. No GPU, no downloads but small nets."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

import cv2
import numpy as np

from limelight.errors import BackendError
from limelight.events import Listener
from limelight.provenance.source import SourceType
from limelight.score import SectionLabel
from limelight.shoot.camera import CallSheet, Kit, Picture
from limelight.shoot.looks import look_of
from limelight.shoot.painted.actor import Actor
from limelight.shoot.painted.blend import new_canvas
from limelight.shoot.painted.brush import Brush
from limelight.shoot.painted.compositions import COMPOSITIONS
from limelight.shoot.painted.cues import Cues, cues_of, silent_in
from limelight.shoot.painted.finish import GRAIN, Finish
from limelight.shoot.painted.motion import plan_motion
from limelight.shoot.painted.plates import Place, Plate, StarSpace, cached_plate, paint_plate, plate_key
from limelight.shoot.painted.rotoscope import Exposure, expose
from limelight.shoot.painted.sprites import Coat, Wardrobe, coat_of
from limelight.shoot.painted.staging import Staging
from limelight.storyboard import MOST_ON_SCREEN, CaptionStyle, Composition, Imagery, Shot
from limelight.vault import Likeness
from limelight.weights import registry

PLATE_SEEDS = 2
"""Different pictures of the same place in one film: shots share plates."""
MOOD_STEP = 0.5
"""Moods this near share a plate."""
BEFORE_A_PLACE = {
    Composition.CLOSE_UP,
    Composition.MEDIUM,
    Composition.REFLECTION,
    Composition.WINDOWS,
}
"""Compositions with a person before the scenery: its focal point goes elsewhere."""
LIFTS = {
    SectionLabel.INTRO: -0.2,
    SectionLabel.VERSE: -0.15,
    SectionLabel.CHORUS: 0.3,
    SectionLabel.BRIDGE: 0.1,
    SectionLabel.OUTRO: -0.3,
}
"""Added to the arousal of a shot by the part of the song that it shows."""
TURNS = {
    Composition.CLOSE_UP: (0.0, 12.0, 5.0),
    Composition.MEDIUM: (14.0, 6.0),
    Composition.EXTREME_CLOSE_UP: (0.0, 8.0),
    Composition.SILHOUETTE: (22.0,),
    Composition.REFLECTION: (16.0, 8.0),
    Composition.WIDE: (10.0, 0.0),
}
"""Degrees by which heads turn towards the open side of the picture; a seed takes one of them."""
REFERENCE = Imagery(scenery="city", time_of_day="night", weather="clear")
"""The scenery of :meth:`PaintedCamera.control`: of all the one that the guard's network is surest of."""
SPRITES_A_TASK = 4


class PaintedCamera:
    """Moves painted things; see docs/painted.md.

    ``tasks`` names what can be prepared now. What a star's sprites are is known only after her or his footage
    has been analysed, so ask again after preparing until nothing is left. Nothing must be prepared: whatever is
    missing while shooting is made then.
    """

    name: ClassVar[str] = "painted"
    version: ClassVar[int] = 8
    weights: ClassVar[tuple[str, ...]] = ("multistyle26", "face-landmarker", "selfie-segmenter")
    follows_prompts: ClassVar[bool] = False
    source: ClassVar[SourceType] = SourceType.COMPOSITE
    most_workers: ClassVar[int] = 0

    def __init__(self, kit: Kit | None = None) -> None:
        del kit  # there is one way to paint
        self._wardrobe = Wardrobe()
        self._threads = -1
        self._plates: dict[str, Plate] = {}

    @property
    def models(self) -> Sequence[str]:
        """Its nets."""
        return tuple(f"{name} {registry()[name].digest}" for name in self.weights)

    def __enter__(self) -> Self:
        self._threads = cv2.getNumThreads()
        cv2.setNumThreads(1)  # the caller shoots in several processes
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wardrobe.close()
        self._plates.clear()
        cv2.setNumThreads(self._threads)

    def tasks(self, sheets: Sequence[CallSheet]) -> Sequence[str]:
        """What the shots share and nobody has made yet: ``plate 7``, ``performance ada``, ``sprites ada ...``.

        Raises:
            ConsentError: a likeness says no.
            InputError: a shot's look or scenery is not in the catalogue.
        """
        found: list[str] = []
        plates: set[Path] = set()
        for sheet in sheets:
            path = _plate_path(sheet)
            if path not in plates and not path.exists():
                found.append(f"plate {sheet.shot.number}")
            plates.add(path)
        stars: dict[str, Likeness] = {}
        needed: dict[tuple[str, Coat], set[int]] = {}
        for sheet in sheets:
            for star, turn in roles_of(sheet.shot):
                likeness = stars.setdefault(star, _cast(sheet, star))
                if self._wardrobe.has_performance(likeness):
                    key = (star, _coat(sheet.shot))
                    needed.setdefault(key, set()).update(self._exposure(sheet, star, turn).drawings.tolist())
        for star, likeness in stars.items():
            if not self._wardrobe.has_performance(likeness):
                found.append(f"performance {star}")
        for (star, coat), drawings in needed.items():
            missing = self._wardrobe.missing(stars[star], coat, sorted(drawings))
            for first in range(0, len(missing), SPRITES_A_TASK):
                batch = ",".join(str(drawing) for drawing in missing[first : first + SPRITES_A_TASK])
                found.append(f"sprites {star} {coat} {batch}")
        return found

    def prepare(self, task: str, sheets: Sequence[CallSheet], tell: Listener) -> None:
        """Do one of :meth:`tasks`; doing it twice does no harm.

        Raises:
            ConsentError: a likeness says no.
            BackendError: no such task.
        """
        del tell  # a task is short: the caller tells when it is done
        kind, _, rest = task.partition(" ")
        if kind == "plate":
            self._plate(next(sheet for sheet in sheets if sheet.shot.number == int(rest)))
        elif kind == "performance":
            self._wardrobe.performance(_checked(sheets, rest))
        elif kind == "sprites":
            star, coat, drawings = rest.split(" ")
            likeness = _checked(sheets, star)
            for drawing in drawings.split(","):
                self._wardrobe.sprite(likeness, Coat.parse(coat), int(drawing))
        else:
            raise BackendError(
                f"The painted camera has no task {task!r}.", hint="Use the names that tasks() gives."
            )

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        """Yield the shot's pictures; see :class:`limelight.shoot.camera.Camera`.

        Consent is asked for at the start and again once a second.
        """
        shot, film = sheet.shot, sheet.format
        cast = [_cast(sheet, star) for star in shot.stars[:MOST_ON_SCREEN]]
        for likeness in cast:
            likeness.check()
        staging = self._staging(sheet)
        composed = COMPOSITIONS[shot.composition](staging)
        bloom = composed.recipe.bloom * (1 + 0.25 * max(0.0, staging.arousal))
        recipe = replace(composed.recipe, bloom=bloom, grain=GRAIN * 2 * look_of(shot).grain)
        finish = Finish(staging.size, staging.palette, recipe, shot.seed)
        wild = max(0.0, staging.arousal)
        canvas = new_canvas(film.width, film.height)
        every = max(1, round(float(film.rate)))
        for frame in range(shot.frames):
            if frame and frame % every == 0:
                for likeness in cast:
                    likeness.check()
            composed.draw(canvas, frame)
            pulse = float(staging.motion.pulse[frame])
            fringe = (2.0 + 3.0 * wild) * pulse * staging.short / 720 if wild > 0.2 and pulse > 0.25 else 0.0
            yield finish(canvas, frame, aberration=fringe, exposure=1 + 0.035 * pulse * wild)

    def control(self, sheet: CallSheet) -> CallSheet:
        """The same shot before a city at night; see :class:`limelight.shoot.camera.StockCamera`."""
        return replace(sheet, shot=sheet.shot.model_copy(update={"imagery": REFERENCE}))

    def depends_on(self, sheet: CallSheet) -> Mapping[str, str]:
        """Digests of look, models, the likenesses, and the slice of the score that the shot shows."""
        shot = sheet.shot
        heard = cues_of(sheet.score, shot, sheet.format).digests()
        found = {
            "camera": f"{self.name}/{self.version}",
            "plate": _plate_path(sheet).stem,
            "brush": Brush().digest,
            "look": hashlib.sha256(look_of(shot).model_dump_json().encode()).hexdigest(),
            "beats": heard["beats"],
        }
        if shot.captions is CaptionStyle.IN_PICTURE:
            found["words"] = heard["words"]
        if shot.stars:
            found["voice"] = heard["voice"]
            for star in shot.stars[:MOST_ON_SCREEN]:
                silent = silent_in(sheet.score, shot, sheet.format, star)
                if silent.any():  # a mouth that stays shut while another sings
                    found[f"silent {star}"] = hashlib.sha256(silent.tobytes()).hexdigest()
        return found | {f"star {star}": _cast(sheet, star).digest for star in shot.stars[:MOST_ON_SCREEN]}

    def _staging(self, sheet: CallSheet) -> Staging:
        shot, film = sheet.shot, sheet.format
        fps = float(film.rate)
        energy = energy_of(shot)
        cues = cues_of(sheet.score, shot, film)
        return Staging(
            size=(film.width, film.height),
            fps=fps,
            frames=shot.frames,
            seed=shot.seed,
            side=side_of(shot),
            valence=shot.valence,
            arousal=energy,
            plate=self._plate(sheet),
            actors=tuple(self._actor(sheet, star, turn, cues) for star, turn in roles_of(shot)),
            motion=plan_motion(shot.move, shot.frames, fps, arousal=energy, beats=cues.beats, seed=shot.seed),
            words=cues.words if shot.captions is CaptionStyle.IN_PICTURE else (),
            imagery=shot.imagery,
        )

    def _actor(self, sheet: CallSheet, star: str, turn: float, cues: Cues) -> Actor:
        likeness, coat = _cast(sheet, star), _coat(sheet.shot)
        exposure = self._exposure(sheet, star, turn, cues)
        return Actor(
            self._wardrobe.performance(likeness),
            exposure,
            lambda drawing: self._wardrobe.sprite(likeness, coat, drawing),
        )

    def _exposure(self, sheet: CallSheet, star: str, turn: float, cues: Cues | None = None) -> Exposure:
        heard = cues or cues_of(sheet.score, sheet.shot, sheet.format)
        seed = int.from_bytes(hashlib.sha256(f"{sheet.shot.seed}/{star}".encode()).digest()[:8], "big")
        performance = self._wardrobe.performance(_cast(sheet, star))
        silent = silent_in(sheet.score, sheet.shot, sheet.format, star)
        return expose(performance, np.where(silent, 0, heard.voice), float(sheet.format.rate), seed, turn)

    def _plate(self, sheet: CallSheet) -> Plate:
        path = _plate_path(sheet)
        if path.stem not in self._plates:
            plate = cached_plate(path, lambda: paint_plate(_place(sheet), self._wardrobe.brush()))
            self._plates.clear()  # one at a time: a plate takes tens of megabytes
            self._plates[path.stem] = plate
        return self._plates[path.stem]


def energy_of(shot: Shot) -> float:
    """How much moves, flies and glows, -1 to 1: the mood's arousal, lifted in choruses, lowered in verses."""
    return float(np.clip(shot.arousal + LIFTS.get(shot.section, 0.0), -1, 1))


def side_of(shot: Shot) -> str:
    """Where the star stands in an asymmetric picture."""
    return "left" if shot.seed % 2 else "right"


def roles_of(shot: Shot) -> list[tuple[str, float]]:
    """Who is drawn, and by how many degrees of yaw, to her or his own left, the head is turned on the whole.

    Alone towards the open side of the picture, as far as the shot's seed says; two towards each other; a triptych
    has three roles whoever plays them, the outer ones looking in.
    """
    stars = shot.stars[:MOST_ON_SCREEN]
    if shot.composition is Composition.TRIPTYCH and stars:
        return [(stars[part % len(stars)], turn) for part, turn in enumerate((15.0, 0.0, -15.0))]
    turns = TURNS.get(shot.composition, (0.0,))
    turn = turns[(shot.seed // 2) % len(turns)]
    if len(stars) > 1:
        return [(star, turn * (1 - 2 * part)) for part, star in enumerate(stars)]
    return [(star, turn if side_of(shot) == "left" else -turn) for star in stars]


def star_space(shot: Shot, size: tuple[int, int]) -> StarSpace | None:
    """The part of the plate that the composition covers with a person."""
    if not shot.stars or shot.composition not in BEFORE_A_PLACE:
        return None
    if size[0] <= 1.2 * size[1] or shot.composition is Composition.WINDOWS:
        return "center"
    return "left" if side_of(shot) == "left" else "right"


def _coat(shot: Shot) -> Coat:
    return coat_of(look_of(shot), shot.valence, shot.arousal, shot.style_strength)


def _size(sheet: CallSheet) -> tuple[int, int]:
    return sheet.format.width, sheet.format.height


def _step(mood: float) -> float:
    return float(np.clip(round(mood / MOOD_STEP) * MOOD_STEP, -1, 1))


def _place(sheet: CallSheet) -> Place:
    shot = sheet.shot
    return Place(
        imagery=shot.imagery,
        look=look_of(shot),
        valence=_step(shot.valence),
        arousal=_step(shot.arousal),
        size=_size(sheet),
        seed=shot.seed % PLATE_SEEDS,
        star_space=star_space(shot, _size(sheet)),
    )


def _plate_path(sheet: CallSheet) -> Path:
    return sheet.plates / f"{plate_key(_place(sheet), Brush())}.plate"


def _cast(sheet: CallSheet, star: str) -> Likeness:
    try:
        return sheet.cast[star]
    except KeyError as problem:
        raise BackendError(
            f"Shot {sheet.shot.number} wants the star {star!r}, whose likeness was not opened.",
            hint="Open it in the vault and hand it over in the call sheet's cast.",
        ) from problem


def _checked(sheets: Sequence[CallSheet], star: str) -> Likeness:
    likeness = next(_cast(sheet, star) for sheet in sheets if star in sheet.shot.stars)
    likeness.check()
    return likeness
