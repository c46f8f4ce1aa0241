"""Make: a song and its stars become a film, in plain calls that read like the picture.

    song --listen--> Score --direct--> Storyboard --shoot--> Takes --cut--> Film --review--> Report

Each step writes its document into the project and is skipped when nothing that it depends on has changed. A
document that a person edited is used as it is.
"""

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from limelight import footprint
from limelight.backends import load
from limelight.crew import LocalCrew
from limelight.crew.memory import peak_memory
from limelight.cut.cutting import Cut, Film, cut_film, film_at, take_key
from limelight.direct.director import Director
from limelight.errors import ConsentError, DocumentError, ProjectError
from limelight.events import (
    Event,
    FileWritten,
    Listener,
    StageFinished,
    StageProgressed,
    StageStarted,
    Warned,
    ignore,
)
from limelight.guard import Policy, Screening, cleared, for_director, masked
from limelight.listen.listening import WHISPER, Listen
from limelight.listen.lyrics import GivenLyrics, embedded_lyrics, read_lyrics
from limelight.parts import parse_parts, with_parts
from limelight.project import Project, explained
from limelight.provenance.certificate import signer_for
from limelight.provenance.release import Release, claims_of
from limelight.provenance.source import SourceType
from limelight.report import Report, Timing
from limelight.retakes import is_reported, reported, retaken, withdraw
from limelight.review.page import write_page
from limelight.review.reviewing import Review
from limelight.score import Score
from limelight.settings import Settings
from limelight.shoot import uninvited
from limelight.shoot.camera import CallSheet, Kit
from limelight.stage import Stage, cache_key, digest
from limelight.star import Purpose
from limelight.storyboard import Storyboard
from limelight.timebase import frames_in
from limelight.unit import Preparation, Production, Slate, Unit, prepare
from limelight.unit import shoot as shoot_take
from limelight.vault import Vault
from limelight.weights import registry
from limelight.weights.registry import Use

D = TypeVar("D", Score, Storyboard)
STEPS = ("listen", "direct", "shoot", "cut", "review")


@dataclass(frozen=True)
class Order:
    """What is to be made, where, with what."""

    song: Path
    project: Project
    settings: Settings
    vault: Vault
    tell: Listener = ignore

    @property
    def lyrics(self) -> Path | None:
        """The lyrics file that was given."""
        return Path(self.settings.lyrics) if self.settings.lyrics else None

    def with_parts(self, score: Score) -> Score:
        """The score with the film's stars as singers, where there are several."""
        stars = self.settings.stars
        return with_parts(score, stars, parse_parts(self.settings.parts, stars))

    @property
    def policy(self) -> Policy:
        """How strictly words and pictures are judged."""
        return Policy(self.settings.guard)

    @property
    def masked(self) -> bool:
        """Whether captions show rude words masked."""
        return self.settings.swearing == "masked" or (
            self.settings.swearing == "auto" and self.policy is Policy.STRICT
        )

    def production(self, score: Score, storyboard: Storyboard) -> Production:
        """Put the documents where the units read them, under names that change with their content."""
        project = self.project
        documents = {"score": score, "storyboard": storyboard}
        paths = {}
        for name, document in documents.items():
            paths[name] = project.cached("documents", digest(document.model_dump(mode="json")), ".json")
            if not paths[name].exists():
                with explained(str(paths[name])):
                    document.write(paths[name])
        (project.cache / "plates").mkdir(exist_ok=True)
        return self.produced_from(paths["score"], paths["storyboard"])

    def produced_from(self, score: Path, storyboard: Path) -> Production:
        """What the units are told of the film whose documents lie there."""
        settings = self.settings
        return Production(
            score,
            storyboard,
            self.project.cache / "plates",
            self.vault.root,
            settings.camera,
            label=settings.label,
            kit=self.kit,
            policy=self.policy,
            masked=self.masked,
            scorer=settings.scorer,
            titles=settings.titles,
        )

    @property
    def kit(self) -> Kit:
        """What the camera is equipped with."""
        chosen = self.settings
        use = Use(commercial=chosen.commercial, revenue=chosen.revenue)
        return Kit(chosen.model, chosen.motion, chosen.drawings_a_second, chosen.steps, use, chosen.lips)


def make(order: Order) -> tuple[Film, Report]:
    """The whole film. Raises as the steps do; finished work stays and is not done again."""
    clock = _Clock(order.tell)
    order = Order(order.song, order.project, order.settings, order.vault, clock)
    with order.project.writing():
        score = listen(order)
        storyboard = direct(order, score)
        takes = shoot(order, score, storyboard)
        film = cut(order, score, storyboard, takes)
        report = review(order, score, storyboard, film, clock.timings(score.song.duration))
    return film, report


def listen(order: Order) -> Score:
    """Song -> Score, kept in ``score.json``.

    Raises:
        SongError: the file cannot be listened to.
        LyricsError: the lyrics file cannot be read.
    """
    project = order.project
    given = _given(order)
    stage, key = _listening(order, given)
    with _step(order, "listen", cached=lambda: _kept(order, project.score, key, Score)) as kept:
        if isinstance(kept, Score):
            return order.with_parts(_belonging(kept, order.song, project.score))
        score = stage.run(order.song, given, tell=order.tell)
        project.publish(score, project.score, key)
        return order.with_parts(score)


def direct(order: Order, score: Score, *, again: bool = False) -> Storyboard:
    """Score -> Storyboard, kept in ``storyboard.json``; locked shots survive ``again``.

    Raises:
        SettingsError: there is no such look.
        DocumentError: a storyboard that was edited by hand is broken, or not this song's.
    """
    project = order.project
    director, key = _directing(order, score)
    with _step(
        order,
        "direct",
        cached=lambda: None if again else _kept(order, project.storyboard, key, Storyboard),
    ) as kept:
        if isinstance(kept, Storyboard):
            return _fitting(kept, score, project.storyboard)
        before = Storyboard.read(project.storyboard) if project.storyboard.exists() else None
        storyboard = director.run(
            for_director(score, order.policy), before, tell=order.tell, keep=project.cache / "direct"
        )
        project.publish(storyboard, project.storyboard, key)
        return storyboard


def shoot(order: Order, score: Score, storyboard: Storyboard) -> tuple[Path, ...]:
    """Storyboard + stars -> one clip a shot in ``takes/``; only what is not shot yet.

    Raises:
        ConsentError: the vault refuses one of the stars.
    """
    production = order.production(score, storyboard)
    keys = take_keys(production)
    takes = {number: order.project.cached("takes", key, ".mp4") for number, key in keys.items()}
    due = [number for number, take in takes.items() if not is_shot(take)]
    for note in cleared(storyboard, order.policy)[1]:
        order.tell(Warned("shoot", f"{note}."))
    with _step(order, "shoot", cached=lambda: None if due else True):
        try:
            if due:
                footprint.leave(order.vault.root, storyboard.stars, order.project)
                _shoot_due(order, production, {number: takes[number] for number in due})
            again = partial(_shoot_again, order, score)
            kept = retaken(order.settings, order.project.cache, storyboard, takes, again, tell=order.tell)
        except ConsentError:
            _withdraw(order, storyboard, takes)
            raise
        return order.project.lay_out(kept)


def cut(order: Order, score: Score, storyboard: Storyboard, takes: tuple[Path, ...]) -> Film:
    """Takes + song -> ``film.mp4``, signed, with poster, captions and timeline beside it.

    A film that would say and show the same is left as it is: each signature is another one.

    Raises:
        ConsentError: the vault refuses one of the stars.
        ProvenanceError: the configured certificate cannot sign it.
    """
    project = order.project
    storyboard = as_shot(project, storyboard)
    score = masked(score) if order.masked else score
    release = _release(order, score, storyboard)
    key = digest(
        {
            "version": Cut.version,
            "release": release.key,
            "score": digest(score.model_dump(mode="json")),
            "storyboard": digest(storyboard.model_dump(mode="json")),
            "takes": [_sha256(take) for take in takes],
        }
    )
    with (
        _step(order, "cut", cached=lambda: _cut_before(project, score, key)) as kept,
        explained(str(project.film)),
    ):
        if isinstance(kept, Film):
            film = kept
        else:
            film = cut_film(takes, order.song, score, storyboard, project.film, seal=release.sign)
            release.enter(order.vault, film.path)
            project.remember(film.path, key)
    order.tell(FileWritten(film.path, "film"))
    return film


def review(
    order: Order, score: Score, storyboard: Storyboard, film: Film, timings: tuple[Timing, ...] = ()
) -> Report:
    """Film + Score + stars -> ``report.json`` and ``report.html``; kept while the film is the same."""
    project = order.project
    page = project.report.with_suffix(".html")
    storyboard = as_shot(project, storyboard)
    with _step(order, "review", cached=lambda: _reviewed(project, film, page)) as kept:
        if isinstance(kept, Report):
            return kept
        with explained(str(project.report)):
            report = Review().run(
                film.path,
                order.song,
                score,
                storyboard,
                {star: order.vault.open(star, Purpose.FILM) for star in storyboard.stars},
                timings=timings,
                peak_memory_mb=peak_memory(),
                screenings=tuple(screenings(project).values()),
                tell=order.tell,
            )
            made_with = (*_made_with(order, score), *_watched_with(order), *report.models)
            report = report.model_copy(update={"models": tuple(dict.fromkeys(made_with))})
            report = reported(report, project.cache)
            write_page(report, score, storyboard, film.path, page)
            report.write(project.report)
    order.tell(FileWritten(page, "report"))
    return report


def is_shot(take: Path) -> bool:
    """Whether a take of the cache is whole: the clip, and what the guard saw in it."""
    with contextlib.suppress(DocumentError):
        return take.exists() and bool(Screening.read(take.with_suffix(".json")))
    return False


def screenings(project: Project) -> dict[int, Screening]:
    """What the guard saw in each take that lies in ``takes/``, by the shot's number."""
    read = (Screening.read(path) for path in sorted(project.takes.glob("*.json")))
    return {screening.number: screening for screening in read}


def as_shot(project: Project, storyboard: Storyboard) -> Storyboard:
    """The storyboard with the shots that the guard had drawn another way as they were drawn."""
    other = {number: seen.shot for number, seen in screenings(project).items() if seen.shot}
    shots = tuple(other.get(shot.number) or shot for shot in storyboard.shots)
    return storyboard.model_copy(update={"shots": shots})


def deliver(order: Order, target: Path) -> Path:
    """Copy the film and what lies beside it to where the person wants it.

    Raises:
        ProjectError: that place cannot be written.
    """
    project = order.project
    with explained(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        for source in sorted(project.root.glob("film.*")):
            _copy_whole(source, target.with_suffix(source.suffix))
        for suffix in (".json", ".html"):
            report = project.report.with_suffix(suffix)
            if report.exists():
                _copy_whole(report, target.with_name(f"{target.stem}.report{suffix}"))
    order.tell(FileWritten(target, "film"))
    return target


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


def whether_kept(order: Order) -> tuple[Score | None, Storyboard | None]:
    """The documents that a run would use as they are, each None if it would be made anew."""
    project = order.project
    given = _given(order)
    score = _kept(order, project.score, _listening(order, given)[1], Score)
    if score is None:
        return None, None
    score = order.with_parts(score)
    return score, _kept(order, project.storyboard, _directing(order, score)[1], Storyboard)


def _shoot_due(order: Order, production: Production, due: Mapping[int, Path]) -> None:
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


def _workers(order: Order, unit: Unit) -> int:
    """As many as were asked for (0: one a core), and no more than the camera allows."""
    wanted, most = order.settings.workers, unit.camera.most_workers
    return wanted if not most else min(wanted or most, most)


def _shoot_again(
    order: Order, score: Score, storyboard: Storyboard, numbers: Sequence[int]
) -> dict[int, Path]:
    """Some shots of another storyboard of the film; those of the cache are not shot anew."""
    production = order.production(score, storyboard)
    keys = take_keys(production)
    takes = {number: order.project.cached("takes", keys[number], ".mp4") for number in numbers}
    if due := {number: take for number, take in takes.items() if not is_shot(take)}:
        _shoot_due(order, production, due)
    return takes


def _withdraw(order: Order, storyboard: Storyboard, takes: Mapping[int, Path]) -> None:
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
    done: set[str] = set()
    while tasks := [task for task in unit.camera.tasks(sheets) if task not in done]:
        order.tell(StageStarted("paint", len(done) + len(tasks)))
        for job, _ in crew.each(prepare, [Preparation(unit.production, task) for task in tasks]):
            done.add(job.task)
            order.tell(StageProgressed("paint", len(done), max(len(done), len(tasks)), job.task))
    order.tell(StageFinished("paint", 0.0))


def _reviewed(project: Project, film: Film, page: Path) -> Report | None:
    if not (project.report.exists() and page.exists()):
        return None
    with contextlib.suppress(DocumentError):
        report = Report.read(project.report)
        same = report.film_sha256 == _sha256(film.path) and is_reported(report, project.cache)
        return report if same else None
    return None


@contextlib.contextmanager
def _step(order: Order, stage: str, cached: Callable[[], object] = lambda: None) -> Iterator[object]:
    """Tell when a step begins and ends; yields what was kept from before, or None."""
    order.tell(StageStarted(stage))
    started = time.perf_counter()
    kept = cached()
    yield kept
    order.tell(StageFinished(stage, time.perf_counter() - started, cached=kept is not None))


class _Clock:
    """Passes events on and remembers how long the steps took."""

    def __init__(self, tell: Listener) -> None:
        self._tell = tell
        self._finished: list[StageFinished] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageFinished) and event.stage in STEPS:
            self._finished.append(event)
        self._tell(event)

    def timings(self, duration: float) -> tuple[Timing, ...]:
        """Seconds of each step, and divided by the song's length."""
        return tuple(
            Timing(stage=e.stage, seconds=e.seconds, ratio=e.seconds / max(duration, 1e-9), cached=e.cached)
            for e in self._finished
        )


def _cut_before(project: Project, score: Score, key: str) -> Film | None:
    return film_at(project.film, score) if project.made_with(project.film) == key else None


def _release(order: Order, score: Score, storyboard: Storyboard) -> Release:
    settings = order.settings
    consents = [order.vault.open(star, Purpose.FILM).star.consent_id for star in storyboard.stars]
    camera = load("cameras", settings.camera)(order.kit)
    claims = claims_of(
        score.song.sha256,
        consents,
        _made_with(order, score),
        camera=f"{camera.name} {camera.version}",
        director=storyboard.director,
        source=getattr(camera, "source", SourceType.TRAINED),
    )
    signer = signer_for(order.vault, settings.certificate, settings.certificate_key)
    return Release(claims, signer, storyboard.title or score.song.title)


def _made_with(order: Order, score: Score) -> tuple[str, ...]:
    """Names and digests of the models that listened, directed and drew."""
    listening, (director, _) = _listening(order, _given(order))[0], _directing(order, score)
    camera = load("cameras", order.settings.camera)(order.kit)
    heard = [name for name in listening.weights if listening.separate or name != "spleeter-2stems"]
    heard = [listening.whisper if name == WHISPER else name for name in heard]
    return (*_labels(heard), *_labels(director.weights), *camera.models)


def _watched_with(order: Order) -> tuple[str, ...]:
    """Those of the content guard."""
    return () if order.policy is Policy.OFF else _labels(load("scorers", order.settings.scorer).weights)


def _given(order: Order) -> GivenLyrics | None:
    return read_lyrics(order.lyrics) if order.lyrics else embedded_lyrics(order.song)


def _listening(order: Order, given: GivenLyrics | None) -> tuple[Listen, str]:
    settings = order.settings
    stage = Listen(
        language=settings.language,
        whisper=settings.whisper,
        separate=settings.separate,
        longest=settings.longest_minutes * 60,
    )
    return stage, cache_key(stage, {"song": _sha256(order.song), "lyrics": digest(given), **_weights(stage)})


def _directing(order: Order, score: Score) -> tuple[Director, str]:
    settings = order.settings
    kind = load("directors", settings.director)
    director: Director = kind(
        format=settings.format,
        look=settings.look,
        seed=settings.seed,
        stars=settings.stars,
        captions=settings.captions,
        **{name: getattr(settings, name) for name in kind.settings},
    )
    read = digest(for_director(score, order.policy).model_dump())
    return director, cache_key(director, {"score": read, **_weights(director)})


def _kept(order: Order, path: Path, key: str, kind: type[D]) -> D | None:
    """The document on disk, if it is still right or a person edited it."""
    project = order.project
    if project.edited_by_hand(path):
        order.tell(
            Warned(path.stem, f"{path.name} was edited by hand and is used as it is; delete it to renew it.")
        )
        return kind.read(path)
    return kind.read(path) if project.made_with(path) == key else None


def _belonging(score: Score, song: Path, path: Path) -> Score:
    if score.song.sha256 != _sha256(song):
        raise ProjectError(
            f"{path} was made from another recording than {song}.",
            hint="Use another project folder, or delete score.json and storyboard.json there.",
        )
    return score


def _fitting(storyboard: Storyboard, score: Score, path: Path) -> Storyboard:
    due = frames_in(score.song.duration, storyboard.format.rate)
    foreign = storyboard.song_sha256 != score.song.sha256
    if foreign or storyboard.frames != due:
        fps = storyboard.format.fps
        raise DocumentError(
            f"{path} has {storyboard.frames} frames of {'another' if foreign else 'this'} song; "
            f"the song given has {due} at {fps} frames a second.",
            hint="Make the shots as long as the song, or delete the file to have it made again.",
        )
    return storyboard


def _weights(stage: Stage | Director) -> dict[str, str]:
    return {f"weight:{name}": registry()[name].digest for name in stage.weights}


def _labels(models: Sequence[str]) -> tuple[str, ...]:
    """Each name with its digest; the name alone of a model that is not registered."""
    known = registry()
    return tuple(f"{name} {known[name].digest}" if name in known.names else name for name in models)


def _copy_whole(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
