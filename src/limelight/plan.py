"""The plan of a film before it is made: which steps are due, and how long they may take.

Estimates are rates measured on 2 cores at 1280x720 (docs/measured.md), scaled by pixels and workers, and by how long
such steps took on this machine before (:mod:`limelight.pace`); they say what to expect, not what is promised.
"""

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from limelight import pace
from limelight.crew.local import available_cores
from limelight.errors import LimelightError
from limelight.events import Event, Listener, StageFinished, ignore
from limelight.listen.sound.decode import SoundFile
from limelight.make import whether_kept
from limelight.order import Order
from limelight.score import Score
from limelight.shooting import is_shot, take_keys
from limelight.storyboard import Storyboard

SECONDS_A_SECOND = {"listen": 0.29, "direct": 0.01, "shoot": 1.25, "cut": 0.03, "review": 0.2}
"""Work a second of song on one core (shoot at 1280x720, 30 fps: 30 ms a frame, and a plate of 1.1 s every 3 s)."""
SECONDS_TO_BEGIN = {"listen": 4.0, "direct": 1.5, "shoot": 18.0, "cut": 2.0, "review": 4.0}
"""Work on one core however short the song: models loaded, faces painted. Measured on 10 s of song at 240 pixels."""
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
    apart = "apart" if settings.separate else "whole"
    steps = (
        _step("listen", f"{settings.whisper} {apart}", duration, cached=score is not None),
        _directing(order, duration, cached=storyboard is not None),
        _shooting(order, duration, score, storyboard),
        _step("cut", "", duration),
        _step("review", "", duration),
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


def _shooting(order: Order, duration: float, score: Score | None, storyboard: Storyboard | None) -> Step:
    chosen, workers = order.settings, order.settings.workers or available_cores()
    size = chosen.format
    begin = SECONDS_TO_BEGIN["shoot"] / workers
    whole = duration * SECONDS_A_SECOND["shoot"] * size.width * size.height / MEASURED_PIXELS
    whole *= float(size.rate) / MEASURED_FPS / workers
    known = chosen.camera == MEASURED_CAMERA
    kind = f"shoot {chosen.camera}"
    if not known:
        kind += f" {chosen.model} {chosen.motion} {chosen.drawings_a_second:g} {chosen.steps}"
    other = "" if known else f"the {chosen.camera} camera takes its own time"
    if score is None or storyboard is None:
        return Step("shoot", cached=False, seconds=begin + whole, note=other, known=known, kind=kind)
    takes = order.project.cache / "takes"
    keys = _take_keys(order, score, storyboard)
    due = [n for n, key in keys.items() if not is_shot(takes / f"{key}.mp4")]
    frames = sum(shot.frames for shot in storyboard.shots if shot.number in due)
    note = f"{len(due)} of {len(keys)} shots" + (f", {other}" if other else "")
    seconds = begin + whole * frames / storyboard.frames if due else 0.0
    return Step("shoot", cached=not due, seconds=seconds, note=note, known=known, kind=kind)


def _take_keys(order: Order, score: Score, storyboard: Storyboard) -> dict[int, str]:
    """The takes' keys, from the documents as a run would have them, and nothing written into the project."""
    with tempfile.TemporaryDirectory(prefix="limelight-") as folder:
        places = Path(folder, "score.json"), Path(folder, "storyboard.json")
        score.write(places[0])
        storyboard.write(places[1])
        return take_keys(order.produced_from(*places))
