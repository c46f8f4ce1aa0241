"""Retakes: the shots that show least of what was asked for are shot once more, from another seed, within a budget.

The better take stays. Which shots those are, and from which seed, follows from the pictures alone, so that the same
film is made again from the cache.
"""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from limelight.backends import load
from limelight.document import write_atomically
from limelight.errors import BackendError, WeightError
from limelight.events import Listener, StageProgressed, Warned, ignore
from limelight.report import Report
from limelight.review.adherence import Adherence, PictureReader, Score, Vectors, read_take, told
from limelight.settings import Settings
from limelight.stage import digest
from limelight.storyboard import Shot, Storyboard

Takes = Mapping[int, Path]
Shoot = Callable[[Storyboard, Sequence[int]], Takes]
"""Shoots some shots of a storyboard, or finds them in the cache."""


class Reader(PictureReader, AbstractContextManager["Reader"], Protocol):
    """A reader of pictures that is loaded when it is entered."""


@dataclass(frozen=True)
class Retaken:
    """What came of it.

    Attributes:
        takes: The take of each shot that goes into the film.
        storyboard: With the seeds that were taken.
        adherence: Of those takes.
        notes: By shot number, for the report.
        reader: What judged.
    """

    takes: Takes
    storyboard: Storyboard
    adherence: Adherence
    notes: Mapping[int, str]
    reader: str
    others: Takes = field(default_factory=dict)
    """The takes that were not kept."""

    def write(self, path: Path, asked: str = "") -> bool:
        """Keep it for the report, and what was asked for; whether that changed anything."""
        content = json.dumps(
            {
                "asked": asked,
                "reader": self.reader,
                "scores": {n: [score.own, score.others] for n, score in self.adherence.scores.items()},
                "notes": dict(self.notes),
                "takes": {n: str(take) for n, take in self.takes.items()},
                "others": {n: str(take) for n, take in self.others.items()},
            },
            indent=1,
        ).encode()
        if path.exists() and path.read_bytes() == content:
            return False
        write_atomically(path, content)
        return True


@dataclass(frozen=True)
class Critic:
    """Judges the takes of a film by their prompts.

    Args:
        reader: A model of the CLIP class, not yet open.
        budget: Share of the film's shots that may be shot again, 0 to 1; a part of a shot counts as one.
        cache: A folder for what was seen in takes; it may be emptied at any time.
    """

    reader: Reader
    budget: float
    cache: Path

    def judged(self, storyboard: Storyboard, takes: Takes, shoot: Shoot, tell: Listener = ignore) -> Retaken:
        """Score all takes, shoot the weakest again, and keep the better of each two.

        Locked shots, and shots without a prompt, are scored or left out but never shot again.

        Raises:
            MediaError: a take cannot be read.
        """
        with _Sight(self.reader, self.cache) as sight:
            first = sight.adherence(storyboard, takes)
            free = [shot.number for shot in storyboard.shots if not shot.locked]
            weak = first.weakest(math.ceil(self.budget * len(storyboard.shots)), free)
            if not weak:
                return Retaken(takes, storyboard, first, {}, self.reader.label)
            other = with_other_seeds(storyboard, weak)
            tell(StageProgressed("shoot", 0, len(weak), f"again: {', '.join(f'shot {n}' for n in weak)}"))
            again = shoot(other, weak)
            second = sight.adherence(other, {**takes, **again})
        better = [n for n in weak if second.scores[n].lead > first.scores[n].lead]
        chosen = with_other_seeds(storyboard, better)
        notes = {
            n: f"shot again from another seed for its prompt: lead {first.scores[n].lead:.3f}, then "
            f"{second.scores[n].lead:.3f}; the {'second' if n in better else 'first'} was kept"
            for n in weak
        }
        scores = {n: (second if n in better else first).scores[n] for n in first.scores}
        kept = {number: again[number] if number in better else take for number, take in takes.items()}
        left = {n: takes[n] if n in better else again[n] for n in weak}
        return Retaken(kept, chosen, Adherence(scores), notes, self.reader.label, left)


RECORD = "retakes.json"


def retaken(
    settings: Settings,
    cache: Path,
    storyboard: Storyboard,
    takes: Takes,
    shoot: Shoot,
    *,
    tell: Listener = ignore,
) -> Takes:
    """The takes that go into the film, judged by their prompts if the settings name a model for it.

    Args:
        settings: ``clip`` names the model, ``retakes`` the share of shots that may be shot again.
        cache: The project's; what came of it is kept there as ``retakes.json``.
        storyboard: The film.
        takes: All of its takes.
        shoot: Shoots some shots of another storyboard.
        tell: Told of progress, and of a model that cannot be had: the film is made without it.
    """
    record = cache / RECORD
    if not _are_judged(settings):
        record.unlink(missing_ok=True)
        return takes
    from limelight.shoot.diffusion.clip import Clip  # noqa: PLC0415  # of an extra

    try:
        critic = Critic(Clip(settings.clip), settings.retakes, cache / "adherence")
        done = critic.judged(storyboard, takes, shoot, tell)
    except (WeightError, BackendError) as problem:
        tell(Warned("shoot", f"Pictures were not judged by their prompts: {problem}"))
        return takes
    done.write(record, _asked(settings))
    return done.takes


def settled(settings: Settings, cache: Path, takes: Takes) -> Takes | None:
    """The takes that :func:`retaken` would choose, as it last chose; None: it would have to look again."""
    if not _are_judged(settings):
        return takes
    try:
        kept = json.loads((cache / RECORD).read_bytes())
        if kept["asked"] != _asked(settings):
            return None
        chosen = {int(n): Path(take) for n, take in kept["takes"].items()}
        others = {int(n): Path(take) for n, take in kept["others"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    of_these = all(take in (chosen.get(n), others.get(n)) for n, take in takes.items())
    return chosen if of_these and all(take.exists() for take in chosen.values()) else None


def _are_judged(settings: Settings) -> bool:
    return bool(settings.clip) and bool(load("cameras", settings.camera).follows_prompts)


def _asked(settings: Settings) -> str:
    return f"{settings.clip} {settings.retakes}"


def withdraw(cache: Path, numbers: Collection[int]) -> None:
    """Delete both takes of some shots, and the record of all: a star may not be seen any more."""
    record = cache / RECORD
    try:
        kept = json.loads(record.read_bytes())
        both = [*kept["others"].items(), *kept["takes"].items()]
        takes = [Path(take) for number, take in both if int(number) in numbers]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        takes = []
    for take in takes:
        if take.parent == cache / "takes":
            take.unlink(missing_ok=True)
            take.with_suffix(".json").unlink(missing_ok=True)
    record.unlink(missing_ok=True)


def reported(report: Report, cache: Path) -> Report:
    """The report with the adherence of the film's takes, if they were judged."""
    found = _recorded(cache)
    if found is None:
        return report
    adherence, notes, reader = found
    shots = tuple(
        shot.model_copy(update={"notes": (*shot.notes, notes[shot.number])}) if shot.number in notes else shot
        for shot in report.shots
    )
    measures = (*report.measures, *adherence.measures())
    return report.model_copy(
        update={"measures": measures, "shots": shots, "models": (*report.models, reader)}
    )


def is_reported(report: Report, cache: Path) -> bool:
    """Whether a report says of the takes what was last found."""
    found = _recorded(cache)
    due = found[0].measures() if found else ()
    return tuple(one for one in report.measures if one.name == "prompt_adherence") == due


def _recorded(cache: Path) -> tuple[Adherence, dict[int, str], str] | None:
    try:
        kept = json.loads((cache / RECORD).read_bytes())
        scores = {int(n): Score(float(own), float(others)) for n, (own, others) in kept["scores"].items()}
        notes = {int(n): str(note) for n, note in kept["notes"].items()}
        return Adherence(scores), notes, str(kept["reader"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def with_other_seeds(storyboard: Storyboard, numbers: Sequence[int]) -> Storyboard:
    """The storyboard with another seed in some shots: always the same one."""
    shots = tuple(
        shot.model_copy(update={"seed": other_seed(shot)}) if shot.number in numbers else shot
        for shot in storyboard.shots
    )
    return storyboard.model_copy(update={"shots": shots})


def other_seed(shot: Shot) -> int:
    """The seed from which a shot is shot again."""
    return int.from_bytes(hashlib.sha256(f"again {shot.seed}".encode()).digest()[:6], "big")


class _Sight:
    """A reader that remembers on disk what it has seen, and is loaded only for what it has not."""

    def __init__(self, reader: Reader, cache: Path) -> None:
        self._reader = reader
        self._cache = cache
        self._open: PictureReader | None = None
        self._models = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._models.close()

    def adherence(self, storyboard: Storyboard, takes: Takes) -> Adherence:
        shots = [shot for shot in storyboard.shots if shot.prompt.strip() and shot.number in takes]
        prompts = {shot.number: self._seen(["text", told(shot)], partial(self._text, shot)) for shot in shots}
        pictures = {
            shot.number: self._seen(
                ["take", takes[shot.number].stem], partial(self._take, takes[shot.number], shot, storyboard)
            )
            for shot in shots
        }
        return Adherence.of(pictures, prompts)

    def _text(self, shot: Shot) -> Vectors:
        return np.asarray(self._reading().texts([told(shot)])[0])

    def _take(self, take: Path, shot: Shot, storyboard: Storyboard) -> Vectors:
        return read_take(take, shot, storyboard, self._reading())

    def _seen(self, what: Sequence[str], look: Callable[[], Vectors]) -> Vectors:
        place = self._cache / f"{digest([self._reader.label, *what])}.json"
        try:
            return np.array(json.loads(place.read_bytes()), np.float32)
        except (OSError, ValueError):
            found = look()
        self._cache.mkdir(parents=True, exist_ok=True)
        write_atomically(place, json.dumps([float(value) for value in found]).encode())
        return found

    def _reading(self) -> PictureReader:
        if self._open is None:
            self._open = self._models.enter_context(self._reader)
        return self._open
