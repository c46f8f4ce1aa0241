"""Review: the finished film is watched and listened to once, and measured."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from limelight.errors import MediaError, WeightError
from limelight.events import Listener, StageProgressed, Warned, ignore
from limelight.faces.strangers import strangers
from limelight.guard import Screening
from limelight.report import Measure, Report, ShotReview, Timing
from limelight.review.beats import CutFinder, measure_cuts
from limelight.review.beside import Beside
from limelight.review.duration import measure_duration
from limelight.review.flashes import FlashCounter
from limelight.review.likeness import Embedding, LikenessWatcher, Sighting, reference
from limelight.review.loudness import measure_loudness
from limelight.review.mouth import MouthWatcher
from limelight.review.pictures import Lengths, Seen, lengths_of, watch
from limelight.review.screening import measure_guests, measure_screening, redirections
from limelight.review.still import Stillness
from limelight.score import Score
from limelight.stage import Stage, sha256_of
from limelight.storyboard import Storyboard
from limelight.vault import Likeness
from limelight.weights import registry

TELL_EVERY = 60
"""Frames between two progress events."""


@dataclass(frozen=True)
class Review(Stage):
    """Film + song + Score + Storyboard + stars -> Report."""

    name: ClassVar[str] = "review"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ("yunet", "sface", "face-landmarker")
    faces: bool = True
    """Whether stars are looked for; needs the face models."""
    faces_a_second: float = 2.0
    """Frames in a second of film in which they are."""
    mouths: int = 120
    """Frames in which the lips are measured."""

    def run(
        self,
        film: Path,
        song: Path | None,
        score: Score,
        storyboard: Storyboard,
        cast: Mapping[str, Likeness],
        *,
        screenings: Sequence[Screening] = (),
        timings: Sequence[Timing] = (),
        peak_memory_mb: float = 0.0,
        tell: Listener = ignore,
    ) -> Report:
        """Measure a film.

        Args:
            film: The file.
            song: The recording; None for a silent film.
            score: What was heard in it.
            storyboard: What the film should be.
            cast: Open likenesses by star id.
            screenings: What the content guard saw in the takes.
            timings: How long the stages took, for the report.
            peak_memory_mb: Of the whole making, for the report.
            tell: Told of the progress.

        Raises:
            MediaError: the film or the song cannot be read.
            ConsentError: the vault refuses a star.
        """
        lengths = lengths_of(film)
        with ExitStack() as models, Beside() as listener, Beside() as finder:
            heard: list[Measure] = []
            listener.do(_listen, song, film, lengths, heard)
            people = self._people(storyboard, score, cast, models, tell) if self.faces else _People()
            eyes = _Eyes(lengths, storyboard, people)
            for seen in watch(film):
                eyes.see(seen, finder)
                if seen.index % TELL_EVERY == 0:
                    tell(StageProgressed("review", seen.index, lengths.frames, "watching"))
            finder.finish()
            listener.finish()
        measures = (
            *measure_duration(lengths, storyboard, score.song.duration),
            *measure_cuts(storyboard, score.rhythm, eyes.cuts.cuts(), seed=storyboard.seed % 2**32),
            *(people.likeness.measures() if people.likeness else ()),
            *(people.mouth.measures() if people.mouth else ()),
            *eyes.still.measures(),
            eyes.flashes.measure(),
            *heard,
            *measure_screening(screenings),
            *measure_guests(screenings),
        )
        tell(StageProgressed("review", lengths.frames, lengths.frames, "done"))
        return Report(
            film=film.name,
            film_sha256=sha256_of(film),
            song_sha256=storyboard.song_sha256,
            measures=measures,
            shots=_shots(storyboard, eyes, redirections(screenings)),
            timings=tuple(timings),
            peak_memory_mb=peak_memory_mb,
            models=tuple(f"{name} {registry()[name].digest}" for name in self.weights if people.likeness),
            warnings=(*score.warnings, *people.warnings),
        )

    def _people(
        self,
        storyboard: Storyboard,
        score: Score,
        cast: Mapping[str, Likeness],
        models: ExitStack,
        tell: Listener,
    ) -> "_People":
        """The watchers of faces, with their models loaded; none for a film without stars."""
        wanted = {star: cast[star] for star in storyboard.stars if star in cast}
        if not wanted:
            return _People()
        from limelight.faces.identity import Recognizer  # noqa: PLC0415  # loads networks
        from limelight.faces.landmarks import FaceLandmarker  # noqa: PLC0415

        try:
            reader: Any = models.enter_context(Recognizer(on_event=tell))
            mesh: Any = models.enter_context(FaceLandmarker(on_event=tell))
        except WeightError as problem:
            missing = f"The stars were not looked for: {problem.message}"
            tell(Warned("review", missing))
            return _People(warnings=(missing,))
        known: dict[str, Embedding] = {}
        warnings = []
        for star, likeness in wanted.items():
            embedding = reference(likeness, reader)
            if embedding is None:
                warnings.append(
                    f"No face was found in the footage of {star}: the film was not checked for it."
                )
            else:
                known[star] = embedding
        names = [name for star in wanted.values() for name in (star.star.id, star.star.name)]
        others = strangers(tuple(known.values()), names)
        return _People(
            likeness=LikenessWatcher(storyboard, known, others, reader, per_second=self.faces_a_second),
            mouth=MouthWatcher(storyboard, score.voice, mesh, most=self.mouths),
            warnings=tuple(warnings),
        )


@dataclass(frozen=True)
class _People:
    likeness: LikenessWatcher | None = None
    mouth: MouthWatcher | None = None
    warnings: tuple[str, ...] = ()


@dataclass
class _Eyes:
    """All that watches the pictures, in one pass."""

    lengths: Lengths
    storyboard: Storyboard
    people: _People
    still: Stillness = field(init=False)
    cuts: CutFinder = field(init=False)
    flashes: FlashCounter = field(init=False)

    def __post_init__(self) -> None:
        fps = self.storyboard.format.rate
        self.still = Stillness(self.lengths.frames, fps)
        self.cuts = CutFinder(fps)
        self.flashes = FlashCounter(fps)

    def see(self, seen: Seen, finder: Beside) -> None:
        """Look at the film's next frame; faces are looked for by another thread, in the frames due."""
        for watcher in (self.still, self.cuts, self.flashes):
            watcher.see(seen)
        for looker in (self.people.likeness, self.people.mouth):
            if looker is not None and looker.wants(seen.index):
                finder.do(looker.see, seen.whole())


def _listen(song: Path | None, film: Path, lengths: Lengths, heard: list[Measure]) -> None:
    if song is None:
        return
    if not lengths.sound:
        raise MediaError(f"{film.name} has no sound.", hint="Cut the film again, with its song.")
    heard.append(measure_loudness(song, film))


def _shots(storyboard: Storyboard, eyes: _Eyes, notes: Mapping[int, str]) -> tuple[ShotReview, ...]:
    likeness = eyes.people.likeness
    reviews = []
    for shot in storyboard.shots:
        span = slice(shot.start, shot.end)
        sighting = likeness.sightings.get(shot.number) if likeness else None
        seen = sighting if sighting and sighting.looked else Sighting()
        reviews.append(
            ShotReview(
                number=shot.number,
                star_share=seen.matched / seen.looked if seen.looked else None,
                similarity=float(np.mean(seen.cosines)) if seen.cosines else None,
                frozen_frames=int(eyes.still.frozen[span].sum()),
                black_frames=int(eyes.still.black[span].sum()),
                notes=(notes[shot.number],) if shot.number in notes else (),
            )
        )
    return tuple(reviews)
