"""A film unit: one worker process with its camera, that prepares what shots share and shoots takes.

Jobs are small and picklable: the unit reads documents from the project and opens stars at the vault itself, so
that no picture of anybody travels between processes.
"""

import atexit
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from limelight.backends import load
from limelight.crew.local import tell_parent
from limelight.cut.cutting import finish_take
from limelight.events import StageProgressed
from limelight.provenance.film_id import FilmId
from limelight.provenance.marking import Watermark
from limelight.score import Score
from limelight.shoot.camera import CallSheet, Camera, Kit, Picture
from limelight.star import Purpose
from limelight.storyboard import Storyboard
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
        self.score = Score.read(production.score)
        self.storyboard = Storyboard.read(production.storyboard)
        vault = Vault(production.vault)
        self.cast: Mapping[str, Likeness] = {
            star: vault.open(star, Purpose.FILM) for star in self.storyboard.stars
        }
        self.camera: Camera = load("cameras", production.camera)(production.kit)
        self.sheets: Sequence[CallSheet] = [
            CallSheet(
                shot,
                self.storyboard.format,
                self.score,
                self.cast,
                production.plates,
                self.storyboard.shots,
            )
            for shot in self.storyboard.shots
        ]
        film = FilmId.of(
            self.score.song.sha256, (likeness.star.consent_id for likeness in self.cast.values())
        )
        self.mark = Watermark(film, self.storyboard.format.height, self.storyboard.format.width)


def prepare(job: Preparation) -> None:
    """Do one preparation."""
    unit = _unit(job.production)
    unit.camera.prepare(job.task, unit.sheets, tell_parent)


def shoot(job: Slate) -> float:
    """Shoot one take; returns the seconds it took."""
    import time  # noqa: PLC0415  # wall clock only for the report

    started = time.perf_counter()
    unit = _unit(job.production)
    sheet = unit.sheets[job.number - 1]
    for star in sheet.shot.stars:
        sheet.cast[star].check()
    finish_take(
        _counted(unit.camera.shoot(sheet), job.number),
        unit.storyboard,
        job.number,
        unit.score,
        job.take,
        label=job.production.label,
        mark=unit.mark,
    )
    return time.perf_counter() - started


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
