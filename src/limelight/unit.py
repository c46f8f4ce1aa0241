"""A film unit: one worker process with its camera, that prepares what shots share and shoots takes.

Jobs are small and picklable: the unit reads documents from the project and opens stars at the vault itself, so
that no picture of anybody travels between processes.
"""

import atexit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from limelight.backends import load
from limelight.catalogue import catalogue
from limelight.crew.local import tell_parent
from limelight.cut.cutting import finish_take
from limelight.direct.prompts import prompt_for
from limelight.errors import LimelightError
from limelight.events import StageProgressed, Warned
from limelight.faces.identity import Recognizer
from limelight.guard import (
    Attempt,
    BlockedError,
    Policy,
    Scorer,
    Screening,
    Watch,
    Way,
    cleared,
    masked,
    plain,
    refuse_off,
    ways,
    with_prompts,
)
from limelight.provenance.film_id import FilmId
from limelight.provenance.marking import Watermark
from limelight.score import Score
from limelight.shoot.camera import CallSheet, Camera, Kit, Picture, StockCamera
from limelight.shoot.uninvited import COVERED, DoorWatch, GuestList, UninvitedError, after
from limelight.star import Purpose
from limelight.storyboard import Shot, Storyboard
from limelight.vault import Likeness, Vault

PROGRESS_EVERY = 15
"""Frames between two progress events."""


@dataclass(frozen=True)
class Production:
    """What a unit needs to know of a film: where things are, and which camera."""

    score: Path
    storyboard: Path
    plates: Path
    vault: Path
    camera: str
    label: bool = False
    """Whether "AI-generated" stands in the picture."""
    kit: Kit = field(default_factory=Kit)
    policy: Policy = Policy.STANDARD
    """How strictly pictures are judged."""
    masked: bool = False
    """Whether captions show rude words masked."""
    scorer: str = "opennsfw"
    titles: bool = False
    """Whether the song's title and artist are shown."""


@dataclass(frozen=True)
class Preparation:
    """A job: one of the camera's preparations."""

    production: Production
    task: str


@dataclass(frozen=True)
class Slate:
    """A job: one take."""

    production: Production
    number: int
    """The shot's, from 1."""
    take: Path
    """Where the clip belongs."""


class Unit:
    """A camera with the documents of one film, open."""

    def __init__(self, production: Production) -> None:
        self.production = production
        score, storyboard = Score.read(production.score), Storyboard.read(production.storyboard)
        vault = Vault(production.vault)
        self.cast: Mapping[str, Likeness] = {
            star: vault.open(star, Purpose.FILM) for star in storyboard.stars
        }
        refuse_off(production.policy, (likeness.star for likeness in self.cast.values()))
        self.storyboard, _ = cleared(storyboard, production.policy)
        self.score = masked(score) if production.masked else score
        drawn = score if production.policy is Policy.OFF else masked(score)
        self.scorer: Scorer | None = None
        self.camera: Camera = load("cameras", production.camera)(production.kit)
        shots = tuple(_prompted(shot, production.policy) for shot in self.storyboard.shots)
        self.sheets: Sequence[CallSheet] = [
            CallSheet(
                shot,
                storyboard.format,
                drawn,
                self.cast,
                production.plates,
                shots,
            )
            for shot in shots
        ]
        film = FilmId.of(
            self.score.song.sha256, (likeness.star.consent_id for likeness in self.cast.values())
        )
        self.mark = Watermark(film, self.storyboard.format.height, self.storyboard.format.width)
        self._guests: GuestList | None = None

    def door(self, way: Way, directed: Shot) -> DoorWatch | None:
        """What looks for faces of nobody: only where a model draws people of its own."""
        if not (self.camera.follows_prompts and way.by_camera):
            return None
        if self._guests is None:
            self._guests = GuestList.of(self.cast, _models.enter_context(Recognizer()))
        final = way.name == COVERED or (not way.shot.stars and bool(directed.stars))
        return DoorWatch(self._guests, way.shot.stars, self.storyboard.format.rate, cover=final)


def prepare(job: Preparation) -> None:
    """Do one preparation."""
    unit = _unit(job.production)
    unit.camera.prepare(job.task, unit.sheets, tell_parent)


def shoot(job: Slate) -> Screening:
    """Shoot one take, another way if the guard refuses the first; what the guard saw, kept beside it."""
    unit = _unit(job.production)
    shot = unit.sheets[job.number - 1].shot
    attempts: list[Attempt] = []
    left, tried = list(ways(shot)), list[Way]()
    while left:
        directed = left.pop(0)
        tried.append(directed)
        way = replace(directed, shot=_prompted(directed.shot, job.production.policy))
        watch, door = _watch(unit, way), unit.door(way, shot)
        try:
            return _shoot_this_way(unit, job, way, watch, door=door, before=attempts)
        except BlockedError as refusal:
            attempts.append(_attempt(watch, door, way, blocked=True))
            if isinstance(refusal, UninvitedError):
                left = after(tried, shot, left, known=door is not None and door.known > 0)
            told = f"shot {job.number}, {way.name}: {refusal.message} It is drawn another way."
            tell_parent(Warned("shoot", told))
            lost = watch.passed // PROGRESS_EVERY * PROGRESS_EVERY
            tell_parent(StageProgressed("shoot", -lost, 0, f"shot {job.number}"))
    raise LimelightError(f"shot {job.number} was refused in every way.")  # a plain colour cannot be


def _attempt(watch: Watch, door: DoorWatch | None, way: Way, *, blocked: bool) -> Attempt:
    seen = watch.attempt(way.name, blocked=blocked)
    return (
        seen if door is None else seen.model_copy(update={"looked": door.looked, "uninvited": door.uninvited})
    )


def _shoot_this_way(
    unit: Unit, job: Slate, way: Way, watch: Watch, *, door: DoorWatch | None, before: Sequence[Attempt]
) -> Screening:
    sheet = unit.sheets[job.number - 1]
    if before:  # it stands alone: what was refused may have come from its neighbours
        sheet = replace(sheet, shot=way.shot, shots=(way.shot,))
    for star in sheet.shot.stars:
        sheet.cast[star].check()
    drawn = unit.camera.shoot(sheet) if way.by_camera else plain(way.shot, sheet.format)
    seen: list[Screening] = []

    def passed() -> Iterator[Picture]:
        yield from watch.over(door.over(drawn) if door else drawn)
        seen.append(_screening(job, way, (*before, _attempt(watch, door, way, blocked=False))))
        seen[0].write(job.take.with_suffix(".json"))  # before the take is there: no take without it

    shots = list(unit.storyboard.shots)
    shots[job.number - 1] = way.shot
    finish_take(
        _counted(passed(), job.number),
        unit.storyboard.model_copy(update={"shots": tuple(shots)}),
        job.number,
        unit.score,
        job.take,
        label=job.production.label,
        titles=job.production.titles,
        mark=unit.mark,
    )
    return seen[0]


def _screening(job: Slate, way: Way, attempts: tuple[Attempt, ...]) -> Screening:
    return Screening(
        policy=job.production.policy,
        scorer=job.production.scorer,
        number=job.number,
        frames=way.shot.frames,
        stars=way.shot.stars,
        attempts=attempts,
        shot=way.shot if len(attempts) > 1 else None,
    )


def _watch(unit: Unit, way: Way) -> Watch:
    """Nobody can refuse a plain colour: the film is not lost."""
    policy = unit.production.policy
    if policy is not Policy.OFF and unit.scorer is None:
        unit.scorer = _models.enter_context(load("scorers", unit.production.scorer)())
    threshold = policy.threshold if way.by_camera else float("inf")
    return Watch(
        unit.scorer, threshold, way.shot.frames, unit.storyboard.format.rate, control=_control(unit, way)
    )


def _control(unit: Unit, way: Way) -> Callable[[], Iterator[Picture]] | None:
    """Draws the shot before the camera's reference scenery; None where a model draws the scenery."""
    camera = unit.camera
    if camera.follows_prompts or not isinstance(camera, StockCamera):
        return None
    reference = camera.control(replace(unit.sheets[way.shot.number - 1], shot=way.shot))
    return lambda: camera.shoot(reference)


def _prompted(shot: Shot, policy: Policy) -> Shot:
    """A shot that has no prompt, or lost it, gets one of its imagery alone."""
    if not shot.prompt:
        with suppress(KeyError):  # the camera says better what is not in the catalogue
            return with_prompts(shot, prompt_for(shot, catalogue().look(shot.look)), policy)
    return shot


def _counted(pictures: Iterator[Picture], number: int) -> Iterator[Picture]:
    """Pass pictures on and tell how many there were since the last telling."""
    done = 0
    for done, picture in enumerate(pictures, start=1):
        yield picture
        if done % PROGRESS_EVERY == 0:
            tell_parent(StageProgressed("shoot", PROGRESS_EVERY, 0, f"shot {number}"))
    tell_parent(StageProgressed("shoot", done % PROGRESS_EVERY, 0, f"shot {number}"))


_open: dict[Production, Unit] = {}
_models = ExitStack()
atexit.register(_models.close)


def _unit(production: Production) -> Unit:
    """This process's unit for a film; models are loaded once and freed when another film begins."""
    if production not in _open:
        _open.clear()
        _models.close()
        unit = Unit(production)
        _models.enter_context(unit.camera)
        _open[production] = unit
    return _open[production]
