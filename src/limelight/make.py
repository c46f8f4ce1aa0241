"""Make: a song and its stars become a film, in plain calls that read like the picture.

    song --listen--> Score --direct--> Storyboard --shoot--> Takes --cut--> Film --review--> Report

Each step writes its document into the project and is skipped when nothing that it depends on has changed. A
document that a person edited is used as it is.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from limelight import footprint
from limelight.crew.memory import peak_memory
from limelight.cut.cutting import Cut, Film, cut_film, film_at
from limelight.errors import ConsentError, DocumentError, MediaError, ProjectError, TakeError
from limelight.events import (
    Event,
    FileWritten,
    Listener,
    StageFinished,
    StageStarted,
    Warned,
)
from limelight.guard import cleared, for_director, masked
from limelight.order import (
    Order,
    director_of,
    given_lyrics,
    listen_stage,
    made_with,
    release_of,
    watched_with,
)
from limelight.project import Project, explained
from limelight.provenance.certificate import has_signer
from limelight.provenance.release import Release
from limelight.report import Report, Timing
from limelight.retakes import is_reported, reported, retaken
from limelight.review.page import write_page
from limelight.review.reviewing import Review
from limelight.score import Score
from limelight.shooting import as_shot, is_shot, screenings, shoot_again, shoot_due, take_keys, withdraw_takes
from limelight.stage import digest, sha256_of
from limelight.star import Purpose
from limelight.storyboard import Format, Storyboard
from limelight.timebase import frames_in
from limelight.typography import undrawable

D = TypeVar("D", Score, Storyboard)
MOST_NAMED = 20
"""Characters without a font that are named in a warning."""
STEPS = ("listen", "direct", "shoot", "cut", "review")


def make(order: Order) -> tuple[Film, Report]:
    """The whole film. Raises as the steps do; finished work stays and is not done again."""
    clock = _Clock(order.tell)
    order = replace(order, tell=clock)
    with order.working():
        score = listen(order)
        storyboard = direct(order, score)
        takes = shoot(order, score, storyboard)
        film = cut(order, score, storyboard, takes)
        with _taken_down_if_refused(order, storyboard, films=True):
            report = review(order, score, storyboard, film, clock.timings(score.song.duration))
            _ask_again(order, storyboard)
    return film, report


def listen(order: Order) -> Score:
    """Song -> Score, kept in ``score.json``.

    Raises:
        SongError: the file cannot be listened to.
        LyricsError: the lyrics file cannot be read.
    """
    project = order.project
    given = given_lyrics(order)
    stage, key = listen_stage(order, given)
    with _step(order, "listen", cached=lambda: _kept(order, project.score, key, Score)) as kept:
        if isinstance(kept, Score):
            return order.as_asked(_belonging(kept, order.song, project.score))
        score = stage.run(order.song, given, tell=order.tell)
        project.publish(score, project.score, key)
        return order.as_asked(score)


def direct(order: Order, score: Score, *, again: bool = False) -> Storyboard:
    """Score -> Storyboard, kept in ``storyboard.json``; locked shots survive ``again``.

    Raises:
        SettingsError: there is no such look.
        DocumentError: a storyboard that was edited by hand is broken, or not this song's.
    """
    project = order.project
    director, key = director_of(order, score)
    with _step(
        order,
        "direct",
        cached=lambda: None if again else _kept(order, project.storyboard, key, Storyboard),
    ) as kept:
        if isinstance(kept, Storyboard):
            _tell_what_it_keeps(order, kept)
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
                _tell_what_has_no_font(order, score, storyboard)
                footprint.leave(order.vault.root, storyboard.stars, order.project)
                shoot_due(order, production, {number: takes[number] for number in due})
                _ask_again(order, storyboard)
            again = partial(shoot_again, order, score)
            kept = retaken(order.settings, order.project.cache, storyboard, takes, again, tell=order.tell)
        except ConsentError:
            withdraw_takes(order, storyboard, takes)
            raise
        return order.project.lay_out(kept)


def cut(order: Order, score: Score, storyboard: Storyboard, takes: tuple[Path, ...]) -> Film:
    """Takes + song -> ``film.mp4``, signed, with poster, captions and timeline beside it.

    A film that would say and show the same is left as it is: each signature is another one.

    Raises:
        ConsentError: the vault refuses one of the stars, whose takes are deleted then.
        ProvenanceError: the configured certificate cannot sign it.
        MediaError: a take is damaged; it is deleted, so that the next run shoots it again.
    """
    project = order.project
    storyboard = as_shot(storyboard, takes)
    score = masked(score) if order.masked else score
    with _taken_down_if_refused(order, storyboard):
        release = release_of(order, score, storyboard)
    key = _cut_key(release, score, storyboard, takes)
    with (
        _step(order, "cut", cached=lambda: _cut_before(project, score, key)) as kept,
        explained(str(project.film)),
        _taken_down_if_refused(order, storyboard),
    ):
        if isinstance(kept, Film):
            film = kept
        else:
            seal = partial(_seal, order, storyboard, release)
            film = _joined(
                project, lambda: cut_film(takes, order.song, score, storyboard, project.film, seal=seal)
            )
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
    storyboard = as_shot(storyboard, project.takes.glob("*.mp4"))
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
                screenings=tuple(screenings(project.takes.glob("*.mp4")).values()),
                tell=order.tell,
            )
            models = (*made_with(order, score), *watched_with(order), *report.models)
            report = report.model_copy(update={"models": tuple(dict.fromkeys(models))})
            report = reported(report, project.cache)
            write_page(report, score, storyboard, film.path, page)
            report.write(project.report)
    order.tell(FileWritten(page, "report"))
    return report


def _seal(order: Order, storyboard: Storyboard, release: Release, film: Path) -> None:
    """The last step before a film takes its name: sign it, and ask once more who may be in it."""
    release.sign(film)
    _ask_again(order, storyboard)


def _ask_again(order: Order, storyboard: Storyboard) -> None:
    """See that no star has withdrawn while the work was under way, its last moment included."""
    for star in storyboard.stars:
        order.vault.open(star, Purpose.FILM)


@contextlib.contextmanager
def _taken_down_if_refused(order: Order, storyboard: Storyboard, *, films: bool = False) -> Iterator[None]:
    """Where the vault refuses a star in the middle of the work, delete the takes of whom it refuses.

    With ``films`` the film that was just made of them goes, too.
    """
    try:
        yield
    except ConsentError:
        for star in storyboard.stars:
            try:
                order.vault.open(star, Purpose.FILM)
            except ConsentError:
                footprint.take_down(order.project, star, films=films)
        raise


def _joined(project: Project, cut_takes: Callable[[], Film]) -> Film:
    """The film; a take that is damaged on disk is deleted, for nothing else would have it shot again."""
    try:
        return cut_takes()
    except TakeError as problem:
        project.discard(problem.take)
        raise MediaError(
            f"the take {str(problem.take)!r} {problem.fault}, and was deleted.",
            hint="Run the same command again: that shot alone is shot anew. If it happens again, look at the disk.",
        ) from problem


def whether_kept(order: Order) -> tuple[Score | None, Storyboard | None]:
    """The documents that a run would use as they are, each None if it would be made anew."""
    project = order.project
    given = given_lyrics(order)
    score = _kept(order, project.score, listen_stage(order, given)[1], Score)
    if score is None:
        return None, None
    score = order.as_asked(score)
    return score, _kept(order, project.storyboard, director_of(order, score)[1], Storyboard)


def whether_cut(order: Order, score: Score, storyboard: Storyboard, takes: Sequence[Path]) -> Film | None:
    """The film that a run would leave as it is, None if it would be joined anew.

    Args:
        order: What is to be made.
        score: As :func:`whether_kept` gives it.
        storyboard: As :func:`whether_kept` gives it.
        takes: Those of the cache that belong in the film, whole.

    Raises:
        ConsentError: the vault refuses one of the stars.
    """
    made_before = order.project.made_with(order.project.film)
    if not made_before or not has_signer(order.vault, order.settings.certificate):
        return None
    storyboard = as_shot(storyboard, takes)
    score = masked(score) if order.masked else score
    key = _cut_key(release_of(order, score, storyboard), score, storyboard, takes)
    return film_at(order.project.film, score) if made_before == key else None


def whether_reviewed(order: Order, film: Film) -> Report | None:
    """The report that a run would leave as it is, None if the film would be reviewed anew."""
    return _reviewed(order.project, film, order.project.report.with_suffix(".html"))


def _cut_key(release: Release, score: Score, storyboard: Storyboard, takes: Sequence[Path]) -> str:
    """What a film is made from: of a storyboard as it was shot, and a score as it is shown."""
    return digest(
        {
            "version": Cut.version,
            "release": release.key,
            "score": digest(score.model_dump(mode="json")),
            "storyboard": digest(storyboard.model_dump(mode="json")),
            "takes": [sha256_of(take) for take in takes],
        }
    )


def _reviewed(project: Project, film: Film, page: Path) -> Report | None:
    if not (project.report.exists() and page.exists()):
        return None
    with contextlib.suppress(DocumentError):
        report = Report.read(project.report)
        same = report.film_sha256 == sha256_of(film.path) and is_reported(report, project.cache)
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
    if score.song.sha256 != sha256_of(song):
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


def _tell_what_it_keeps(order: Order, storyboard: Storyboard) -> None:
    """A storyboard edited by hand decides size, stars and title itself: say where it differs from what is asked."""
    kept = [
        f"{its} (asked for: {asked})"
        for its, asked in (
            (_size(storyboard.format), _size(order.settings.format)),
            (_cast(storyboard.stars), _cast(order.settings.stars)),
            (_titled(storyboard.title), _titled(order.settings.title or storyboard.title)),
        )
        if its != asked
    ]
    if kept:
        order.tell(Warned("storyboard", f"it keeps {' and '.join(kept)}."))


def _tell_what_has_no_font(order: Order, score: Score, storyboard: Storyboard) -> None:
    texts = [storyboard.title, *(line.text for line in score.lyrics.lines)]
    if missing := undrawable(" ".join(texts)):
        some = missing if len(missing) <= MOST_NAMED else f"{missing[:MOST_NAMED]}…"
        told = f"No font here has these characters of the lyrics or the title ({some})"
        hint = "install one that has them, or name its folder in LIMELIGHT_FONTS"
        order.tell(Warned("shoot", f"{told}: boxes are drawn in their place; {hint}."))


def _size(size: Format) -> str:
    return f"{size.width}x{size.height} at {size.fps} frames a second"


def _titled(title: str) -> str:
    return f"the title {title!r}"


def _cast(stars: Sequence[str]) -> str:
    return f"the stars {', '.join(stars)}" if stars else "no star"
