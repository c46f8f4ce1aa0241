"""Shooting: which takes are due, who shoots them, and what becomes of them when a star may not be in the film."""

import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from limelight.backends import load
from limelight.crew import LocalCrew
from limelight.cut.cutting import take_key
from limelight.errors import ConsentError, DocumentError
from limelight.events import Event, StageFinished, StageProgressed, StageStarted
from limelight.guard import Policy, Screening
from limelight.order import Order
from limelight.project import explained
from limelight.retakes import withdraw
from limelight.score import Score
from limelight.shoot import uninvited
from limelight.shoot.camera import CallSheet, StockCamera
from limelight.stage import digest
from limelight.star import Purpose
from limelight.storyboard import Storyboard
from limelight.unit import Preparation, Production, Slate, Unit, prepare
from limelight.unit import shoot as shoot_take
from limelight.weights import registry


def take_keys(production: Production) -> dict[int, str]:
    """The cache key of each take: everything that decides its pictures, and nothing else."""
    unit = Unit(production)
    camera = unit.camera
    means = {
        "camera": camera.name,
        "version": camera.version,
        "weights": {name: registry()[name].digest for name in camera.weights},
    }
    guard: dict[str, object] = {"policy": production.policy, "masked": production.masked}
    if production.policy is not Policy.OFF:
        scorer = load("scorers", production.scorer)
        digests = {name: registry()[name].digest for name in scorer.weights}
        guard["scorer"] = [scorer.name, scorer.version, digests]
        guard["control"] = isinstance(camera, StockCamera) and not camera.follows_prompts
    if camera.follows_prompts:
        guard["uninvited"] = uninvited.VERSION
    return {
        sheet.shot.number: digest(
            {
                "camera": means,
                "depends_on": dict(camera.depends_on(sheet)),
                "guard": guard,
                "take": take_key(
                    unit.storyboard,
                    sheet.shot.number,
                    unit.score,
                    label=production.label,
                    titles=production.titles,
                    mark=unit.mark.key,
                ),
            }
        )
        for sheet in unit.sheets
    }


def is_shot(take: Path) -> bool:
    """Whether a take of the cache is whole: the clip, and what the guard saw in it."""
    with contextlib.suppress(DocumentError):
        return take.exists() and bool(Screening.read(take.with_suffix(".json")))
    return False


def screenings(takes: Iterable[Path]) -> dict[int, Screening]:
    """What the guard saw in each take, as it lies beside it, by the shot's number."""
    read = (Screening.read(take.with_suffix(".json")) for take in sorted(takes))
    return {screening.number: screening for screening in read}


def as_shot(storyboard: Storyboard, takes: Iterable[Path]) -> Storyboard:
    """The storyboard with the shots that the guard had drawn another way as they were drawn."""
    other = {number: seen.shot for number, seen in screenings(takes).items() if seen.shot}
    shots = tuple(other.get(shot.number) or shot for shot in storyboard.shots)
    return storyboard.model_copy(update={"shots": shots})


def shoot_due(order: Order, production: Production, due: Mapping[int, Path]) -> None:
    """Prepare what the shots share, then shoot them, the longest first, on as many workers as there are."""
    unit = Unit(production)
    shots = {shot.number: shot for shot in unit.storyboard.shots}
    sheets = [unit.sheets[number - 1] for number in due]
    total = sum(shots[number].frames for number in due)
    done = 0.0

    def tell(event: Event) -> None:
        nonlocal done
        if isinstance(event, StageProgressed) and event.stage == "shoot":
            done += event.done
            event = StageProgressed("shoot", done, total, event.note)
        order.tell(event)

    with explained("the takes"), LocalCrew(_workers(order, unit), tell) as crew:
        _prepare_all(order, crew, unit, sheets)
        longest_first = sorted(due, key=lambda number: -shots[number].frames)
        slates = [Slate(production, number, due[number]) for number in longest_first]
        for _ in crew.each(shoot_take, slates):
            pass


def shoot_again(
    order: Order, score: Score, storyboard: Storyboard, numbers: Sequence[int]
) -> dict[int, Path]:
    """Some shots of another storyboard of the film; those of the cache are not shot anew."""
    production = order.production(score, storyboard)
    keys = take_keys(production)
    takes = {number: order.project.cached("takes", keys[number], ".mp4") for number in numbers}
    if due := {number: take for number, take in takes.items() if not is_shot(take)}:
        shoot_due(order, production, due)
    return takes


def _workers(order: Order, unit: Unit) -> int:
    """As many as were asked for (0: one a core), and no more than the camera allows."""
    wanted, most = order.settings.workers, unit.camera.most_workers
    return wanted if not most else min(wanted or most, most)


def withdraw_takes(order: Order, storyboard: Storyboard, takes: Mapping[int, Path]) -> None:
    """Delete the takes of a star who may not be in the film any more, finished or not."""
    gone = set()
    for star in storyboard.stars:
        try:
            order.vault.open(star, Purpose.FILM)
        except ConsentError:
            gone.add(star)
    withdraw(order.project.cache, {shot.number for shot in storyboard.shots if gone.intersection(shot.stars)})
    for shot in storyboard.shots:
        if gone.intersection(shot.stars):
            take = takes[shot.number]
            for path in (
                take,
                take.with_suffix(".json"),
                *order.project.takes.glob(f"{shot.number:04d}.*"),
                *take.parent.glob(f".{take.stem[:40]}.*"),
            ):
                path.unlink(missing_ok=True)


def _prepare_all(order: Order, crew: LocalCrew, unit: Unit, sheets: Sequence[CallSheet]) -> None:
    """Rounds of preparations, until none is left: some are known only after others (sprites after footage)."""
    started = time.perf_counter()
    done: set[str] = set()
    while tasks := [task for task in unit.camera.tasks(sheets) if task not in done]:
        order.tell(StageStarted("paint", len(done) + len(tasks)))
        for job, _ in crew.each(prepare, [Preparation(unit.production, task) for task in tasks]):
            done.add(job.task)
            order.tell(StageProgressed("paint", len(done), max(len(done), len(tasks)), job.task))
    order.tell(StageFinished("paint", time.perf_counter() - started))
