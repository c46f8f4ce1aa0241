"""The plan of a film before it is made: which steps are due, and how long they may take.

Estimates are rates measured on 2 cores at 1280x720 (docs/measured.md), scaled by pixels and workers, and by how long
such steps took on this machine before (:mod:`limelight.pace`); they say what to expect, not what is promised.
"""

import contextlib
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from limelight import footprint, pace
from limelight.crew.local import available_cores
from limelight.errors import LimelightError
from limelight.events import Event, Listener, StageFinished, ignore
from limelight.listen.sound.decode import SoundFile
from limelight.make import whether_cut, whether_kept, whether_reviewed
from limelight.order import Order
from limelight.retakes import settled
from limelight.score import Score
from limelight.shooting import is_shot, take_keys
from limelight.storyboard import Format, Shot, Storyboard
from limelight.unit import Production, Unit

SECONDS_A_SECOND = {"listen": 0.29, "direct": 0.01, "shoot": 0.9, "cut": 0.03, "review": 0.2}
"""Work a second of song on one core (shoot at 1280x720, 30 fps: 30 ms a frame, nothing painted)."""
SECONDS_TO_BEGIN = {"listen": 4.0, "direct": 1.5, "shoot": 4.0, "cut": 2.0, "review": 4.0}
"""Work on one core however short the song: programs started, models loaded."""
SECONDS_A_PLATE, SECONDS_A_PERFORMANCE, SECONDS_A_FACE = (0.25, 1.8), 3.1, 0.55
"""Work on what is painted before a shot: a plate (whatever its size, and for as many pixels as 1280x720 has), the
analysis of a star's footage, a drawing of a star. Faces cost the same in films of any size."""
SONG_A_PLATE = 3.0
"""Seconds of song that share a plate: 2.1 to 4.1 in five songs."""
MOST_FACES, FACES_TAKE = 120, 65.0
"""Faces of a star whose footage nobody has analysed: ``MOST_FACES (1 - exp(-seconds / FACES_TAKE))`` for so many
seconds with that star. Five songs of 20 to 169 s needed 25 to 115; the rule says 27 to 108."""
MEASURED_CAMERA, MEASURED_DIRECTOR = "painted", "rules"
MEASURED_PIXELS, MEASURED_FPS = 1280 * 720, 30.0


@dataclass(frozen=True)
class Step:
    """One step of the plan."""

    name: str
    cached: bool
    seconds: float
    note: str = ""
    known: bool = True
    """Whether its pace was ever measured; if not, the seconds mean nothing."""
    kind: str = ""
    """The step and what does it: steps of one kind learn from one another."""
    rated: float = 0.0
    """Seconds by the measured rates alone, whatever was learned."""

    @property
    def text(self) -> str:
        """One line for people."""
        due = f"about {self.seconds:.0f} s" if self.known else "for how long is not known"
        state = "from the cache" if self.cached else due
        return f"{self.name:<8} {state}{f' ({self.note})' if self.note else ''}"

    @property
    def plain(self) -> dict[str, object]:
        """For programs."""
        return {
            "step": self.name,
            "cached": self.cached,
            "seconds": round(self.seconds, 1) if self.known or self.cached else None,
            "note": self.note,
        }


def plan(order: Order) -> tuple[Step, ...]:
    """What :func:`limelight.make.make` would do now; changes nothing.

    Raises:
        SongError: the file cannot be listened to.
    """
    return tuple(_as_here(step) for step in _by_rates(order))


def learning(order: Order) -> Order:
    """The same order, from whose run later plans learn: how long each step took that was not in the cache."""
    expected: dict[str, Step] = {}
    with contextlib.suppress(LimelightError, OSError):  # the run itself will tell what is wrong
        expected = {step.name: step for step in _by_rates(replace(order, tell=ignore))}
    return replace(order, tell=_Learner(order.tell, expected))


class _Learner:
    """Passes events on, and remembers steps that were done in this run."""

    def __init__(self, tell: Listener, expected: dict[str, Step]) -> None:
        self._tell, self._expected = tell, expected

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageFinished) and not event.cached:
            step = self._expected.get(event.stage)
            if step and not step.cached:
                pace.learn(step.kind, step.rated, event.seconds)
        self._tell(event)


def _as_here(step: Step) -> Step:
    """As long as such steps took on this machine before, if there were any."""
    factor = None if step.cached else pace.learned(step.kind, step.rated)
    if factor is None:
        return step
    notes = (step.note, "as it took here before")
    return replace(step, seconds=step.rated * factor, known=True, note=", ".join(filter(None, notes)))


def _by_rates(order: Order) -> tuple[Step, ...]:
    with SoundFile(order.song) as sound:
        duration = sound.length_in_header
    settings = order.settings
    score, storyboard = whether_kept(order)
    known = None if score is None or storyboard is None else _Shots.of(order, score, storyboard)
    cut, reviewed = (False, False) if known is None else _finished(order, known)
    apart = "apart" if settings.separate else "whole"
    steps = (
        _step("listen", f"{settings.whisper} {apart}", duration, cached=score is not None),
        _directing(order, duration, cached=storyboard is not None),
        _shooting(order, duration, known),
        _step("cut", "", duration, cached=cut),
        _step("review", "", duration, cached=reviewed),
    )
    return tuple(replace(step, rated=step.seconds) for step in steps)


def _step(name: str, by: str, duration: float, *, cached: bool = False) -> Step:
    seconds = 0.0 if cached else SECONDS_TO_BEGIN[name] + SECONDS_A_SECOND[name] * duration
    return Step(name, cached, seconds, kind=f"{name} {by}".strip())


def _directing(order: Order, duration: float, *, cached: bool) -> Step:
    chosen = order.settings
    by = chosen.director if chosen.director == MEASURED_DIRECTOR else f"{chosen.director} {chosen.llm_model}"
    step = _step("direct", by, duration, cached=cached)
    if cached or chosen.director == MEASURED_DIRECTOR:
        return step
    return replace(step, known=False, note=f"the director {chosen.director} takes its own time")


@dataclass(frozen=True)
class _Shots:
    """The shots of a film that is directed: where their takes lie, and what has to be made for those that are due."""

    score: Score
    storyboard: Storyboard
    takes: Mapping[int, Path]
    due: tuple[Shot, ...]
    tasks: Sequence[str]

    @classmethod
    def of(cls, order: Order, score: Score, storyboard: Storyboard) -> "_Shots":
        """From the documents as a run would have them; nothing is written into the project."""
        with tempfile.TemporaryDirectory(prefix="limelight-") as folder:
            places = Path(folder, "score.json"), Path(folder, "storyboard.json")
            score.write(places[0])
            storyboard.write(places[1])
            production = order.produced_from(*places)
            keys = take_keys(production)
            takes = {number: order.project.cache / "takes" / f"{key}.mp4" for number, key in keys.items()}
            due = tuple(shot for shot in storyboard.shots if not is_shot(takes[shot.number]))
            return cls(score, storyboard, takes, due, _tasks(production, due))


def _tasks(production: Production, due: Sequence[Shot]) -> Sequence[str]:
    """What would be painted first; of a star whose footage is not analysed the faces are not among it."""
    if not due or production.camera != MEASURED_CAMERA:
        return ()
    unit, numbers = Unit(production), {shot.number for shot in due}
    return unit.camera.tasks([sheet for sheet in unit.sheets if sheet.shot.number in numbers])


def _finished(order: Order, shots: _Shots) -> tuple[bool, bool]:
    """Whether the film, and its report, would be left as they are."""
    takes = None if shots.due else settled(order.settings, order.project.cache, shots.takes)
    if takes is None:
        return False, False
    film = whether_cut(order, shots.score, shots.storyboard, list(takes.values()))
    return film is not None, film is not None and whether_reviewed(order, film) is not None


def _shooting(order: Order, duration: float, shots: _Shots | None) -> Step:
    chosen, workers = order.settings, order.settings.workers or available_cores()
    known = chosen.camera == MEASURED_CAMERA
    kind = f"shoot {chosen.camera}"
    if not known:
        kind += f" {chosen.model} {chosen.motion} {chosen.drawings_a_second:g} {chosen.steps}"
    other = "" if known else f"the {chosen.camera} camera takes its own time"
    if shots is None:
        unknown = tuple(s for s in chosen.stars if not footprint.projects(order.vault.root, s))
        seconds = _to_draw(duration, chosen.format, _paint(duration, unknown, chosen.format)) / workers
        return Step("shoot", cached=False, seconds=seconds, note=other, known=known, kind=kind)
    note = f"{len(shots.due)} of {len(shots.takes)} shots" + (f", {other}" if other else "")
    if not shots.due:
        return Step("shoot", cached=True, seconds=0.0, note=note, known=known, kind=kind)
    size = shots.storyboard.format
    due = sum(shot.frames for shot in shots.due) / float(size.rate)
    seconds = _to_draw(due, size, _listed(shots, size)) / workers
    return Step("shoot", cached=False, seconds=seconds, note=note, known=known, kind=kind)


def _to_draw(duration: float, size: Format, painted: float) -> float:
    """Work on so many seconds of film, of which ``painted`` are for what is painted first."""
    drawn = duration * SECONDS_A_SECOND["shoot"] * _share(size) * float(size.rate) / MEASURED_FPS
    return SECONDS_TO_BEGIN["shoot"] + painted + drawn


def _paint(duration: float, stars: Sequence[str], size: Format) -> float:
    """Work on all that is painted for a film that nobody has directed yet; ``stars`` were in no film before."""
    plates = duration / SONG_A_PLATE * _plate(size)
    return plates + len(stars) * (SECONDS_A_PERFORMANCE + _faces(duration / max(1, len(stars))))


def _listed(shots: _Shots, size: Format) -> float:
    """Work on the camera's own list of what is to be painted."""
    kinds = Counter(task.partition(" ")[0] for task in shots.tasks)
    faces = sum(
        len(task.rpartition(" ")[2].split(",")) for task in shots.tasks if task.startswith("sprites ")
    )
    work = kinds["plate"] * _plate(size) + faces * SECONDS_A_FACE
    for star in (task.partition(" ")[2] for task in shots.tasks if task.startswith("performance ")):
        frames = sum(shot.frames for shot in shots.due if star in shot.stars)
        work += SECONDS_A_PERFORMANCE + _faces(frames / float(size.rate))
    return work


def _plate(size: Format) -> float:
    return SECONDS_A_PLATE[0] + SECONDS_A_PLATE[1] * _share(size)


def _faces(seconds: float) -> float:
    return SECONDS_A_FACE * MOST_FACES * (1 - math.exp(-seconds / FACES_TAKE))


def _share(size: Format) -> float:
    return size.width * size.height / MEASURED_PIXELS
