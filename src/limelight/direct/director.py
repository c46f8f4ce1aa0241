"""The rules director: a score becomes a storyboard without a language model. Same song and seed, same film."""

import hashlib
import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Protocol

from limelight.catalogue import Catalogue, Look, catalogue
from limelight.direct.grammar import Frame, choose_composition, choose_move, choose_transition
from limelight.direct.imagery import Imagination, Reading, WordVectors
from limelight.direct.pacing import cut_frames, felt_at, section_index
from limelight.direct.places import choose_imagery
from limelight.direct.prompts import negative_for, prompt_for
from limelight.errors import DocumentError, SettingsError
from limelight.events import Listener, ignore
from limelight.parts import sings
from limelight.score import Score, Section, SectionLabel
from limelight.stage import Stage
from limelight.storyboard import (
    MOST_ON_SCREEN,
    CaptionStyle,
    Composition,
    Format,
    Imagery,
    Shot,
    Storyboard,
    Transition,
)
from limelight.timebase import frames_in
from limelight.weights import weight

DRAWS_WORDS = frozenset({Composition.DOUBLE_EXPOSURE, Composition.GRID, Composition.WINDOWS})


class Director(Protocol):
    """Writes the storyboard: a backend behind the entry point group ``limelight.directors``."""

    name: ClassVar[str]
    version: ClassVar[int]
    settings: ClassVar[tuple[str, ...]]
    """Settings that it takes beside those of every film."""

    @property
    def weights(self) -> tuple[str, ...]:
        """Names in the weights registry whose bytes decide the outcome."""
        ...

    def run(
        self,
        score: Score,
        before: Storyboard | None = None,
        *,
        tell: Listener = ignore,
        keep: Path | None = None,
    ) -> Storyboard:
        """Direct the song; locked shots of the storyboard before survive as they are.

        Args:
            score: The song.
            before: An earlier storyboard of it.
            tell: Told of progress.
            keep: A folder for what took long; it may be emptied at any time.

        Raises:
            DocumentError: the locked shots do not fit this song and format.
        """
        ...


@dataclass(frozen=True)
class RulesDirector(Stage):
    """Score -> Storyboard by rules of film grammar.

    Args:
        format: Size and pace of the film.
        look: A look of the catalogue, or ``auto``: chosen by the song's mood.
        seed: The same seed gives the same storyboard.
        stars: Ids of the stars, the leading one first.
        captions: Whether sung words are shown.
    """

    name: ClassVar[str] = "rules"
    version: ClassVar[int] = 5
    weights: ClassVar[tuple[str, ...]] = ("wordllama",)
    settings: ClassVar[tuple[str, ...]] = ()

    format: Format
    look: str = "auto"
    seed: int = 1
    stars: tuple[str, ...] = ()
    captions: bool = True

    def run(
        self,
        score: Score,
        before: Storyboard | None = None,
        *,
        tell: Listener = ignore,  # noqa: ARG002  # it takes no time worth telling
        keep: Path | None = None,  # noqa: ARG002  # nor worth keeping
    ) -> Storyboard:
        """Direct the song; see :class:`Director`."""
        book = catalogue()
        film_look = _film_look(self.look, score, book)
        frames = self._frames(score, _locked(before, score, self.format))
        imagination = Imagination(WordVectors.load(weight("wordllama")), book)
        readings = _readings(score, imagination)
        chance = random.Random(_seed(self.seed, score.song.sha256, 0))
        imagery = choose_imagery(frames, score, readings, book, chance)
        shots: list[Shot] = []
        for frame, seen in zip(frames, imagery, strict=True):
            shots.append(
                frame.locked
                or self._shot(
                    frame, seen, shots, total=len(frames), look=film_look, score=score, chance=chance
                )
            )
        numbered = tuple(shot.model_copy(update={"number": n}) for n, shot in enumerate(shots, start=1))
        stars = dict.fromkeys([*self.stars, *itertools.chain(*(shot.stars for shot in numbered))])
        return Storyboard(
            song_sha256=score.song.sha256,
            title=score.song.title,
            format=self.format,
            frames=frames_in(score.song.duration, self.format.rate),
            director=self.name,
            look=film_look.name,
            seed=self.seed,
            stars=tuple(stars),
            shots=numbered,
        )

    def _frames(self, score: Score, locked: Sequence[Shot]) -> list[Frame]:
        fps = self.format.rate
        total = frames_in(score.song.duration, fps)
        starts = set(cut_frames(score, fps))
        for shot in locked:
            starts = {start for start in starts if not shot.start < start < shot.end} | {shot.start}
            if shot.end < total:
                starts.add(shot.end)
        kept = {shot.start: shot for shot in locked}
        frames = []
        for start, end in itertools.pairwise([*sorted(starts), total]):
            frame = frame_of(score, start, end, self.format)
            frames.append(replace(frame, locked=kept.get(start)))
        return frames

    def _shot(
        self,
        frame: Frame,
        seen: Imagery,
        earlier: Sequence[Shot],
        *,
        total: int,
        look: Look,
        score: Score,
        chance: random.Random,
    ) -> Shot:
        number = len(earlier) + 1
        composition = choose_composition(
            frame, earlier, total, chance, has_star=bool(self.stars), scenery=seen.scenery
        )
        transition = choose_transition(frame, earlier)
        place_alone = composition is Composition.WIDE and not _star_in_wide(frame, earlier, total)
        shown = () if place_alone else self.stars
        in_picture = composition in DRAWS_WORDS and bool(frame.lyric)
        style = CaptionStyle.IN_PICTURE if in_picture else CaptionStyle.KARAOKE
        shot = Shot(
            number=number,
            start=frame.start,
            frames=frame.frames,
            section=frame.section.label,
            lyric=frame.lyric,
            valence=round(frame.valence, 3),
            arousal=round(frame.arousal, 3),
            imagery=seen,
            composition=composition,
            move=choose_move(frame, composition, earlier, chance),
            look=look.name,
            transition=Transition.FADE if number == 1 else transition,
            captions=style if self.captions else CaptionStyle.NONE,
            stars=on_screen(shown, frame, score, earlier),
            seed=_seed(self.seed, score.song.sha256, number),
        )
        return shot.model_copy(
            update={"prompt": prompt_for(shot, look), "negative_prompt": negative_for(shot)}
        )


def frame_of(score: Score, start: int, end: int, size: Format) -> Frame:
    """A span of the film (frames) with what is sung, played and felt during it."""
    fps = size.rate
    begins, ends = float(start / fps), float(end / fps)
    valence, arousal = felt_at(score, (begins + ends) / 2)
    words = [word for line in score.lyrics.between(begins, ends) for word in line.words if word.sung]
    index = section_index(score, begins)
    section = (
        score.sections[index] if score.sections else Section(label=SectionLabel.VERSE, start=0, end=ends)
    )
    return Frame(
        start=start,
        frames=end - start,
        seconds=ends - begins,
        section=section,
        section_index=index,
        opens_section=abs(begins - section.start) <= 1.3 and begins > 0,  # as pacing snaps
        lyric=" ".join(word.text for word in words),
        words=len(words),
        sung=_sung_share(score, begins, ends),
        valence=valence,
        arousal=arousal,
    )


def _sung_share(score: Score, start: float, end: float) -> float:
    rate, envelope = score.voice.rate, score.voice.envelope
    window = envelope[int(start * rate) : max(int(end * rate), int(start * rate) + 1)]
    return sum(value > 0.1 for value in window) / len(window) if window else 0.0  # heard at all


def _readings(score: Score, imagination: Imagination) -> Mapping[str, Reading]:
    language = score.lyrics.language
    texts = {line.text for line in score.lyrics.lines} | {_section_text(score, s) for s in score.sections}
    return {text: imagination.read(text, language) for text in sorted(texts | {score.song.title, ""})}


def _section_text(score: Score, section: Section) -> str:
    return " ".join(
        line.text
        for line in score.lyrics.lines
        if line.is_sung and section.start - 0.5 <= line.start < section.end
    )


def _star_in_wide(frame: Frame, earlier: Sequence[Shot], total: int) -> bool:
    """Whether the star stands in a wide view: not in the first, which belongs to the place and the title."""
    if not earlier:
        return total == 1  # but a film of one shot is the star's
    without = sum(shot.frames for shot in earlier if not shot.stars)
    so_far = sum(shot.frames for shot in earlier) + frame.frames
    return without + frame.frames > 0.17 * max(so_far, 300)


def on_screen(stars: tuple[str, ...], frame: Frame, score: Score, earlier: Sequence[Shot]) -> tuple[str, ...]:
    """Who is seen: in a duet those who sing the shot's lines, else everybody.

    Of more than the two that a camera draws in one picture those who have been seen least.
    """
    heard = [line for line in score.lyrics.between(frame.begins, frame.ends) if line.words or line.text]
    chosen = tuple(star for star in stars if any(sings(line, star) for line in heard)) or stars
    if len(chosen) <= MOST_ON_SCREEN:
        return chosen
    seen = {star: sum(shot.frames for shot in earlier if star in shot.stars) for star in chosen}
    least = sorted(chosen, key=lambda star: (seen[star], chosen.index(star)))[:MOST_ON_SCREEN]
    return tuple(star for star in chosen if star in least)


def _film_look(name: str, score: Score, book: Catalogue) -> Look:
    known = {look.name: look for look in book.looks}
    if name == "auto":
        valence = sum(point.valence for point in score.mood) / len(score.mood)
        arousal = sum(point.arousal for point in score.mood) / len(score.mood)
        return min(book.looks, key=lambda look: (look.valence - valence) ** 2 + (look.arousal - arousal) ** 2)
    if name not in known:
        raise SettingsError(f"there is no look called {name!r}.", hint=f"Looks: auto, {', '.join(known)}.")
    return known[name]


def _locked(before: Storyboard | None, score: Score, size: Format) -> list[Shot]:
    locked = [shot for shot in before.shots if shot.locked] if before else []
    if before and locked and (before.song_sha256 != score.song.sha256 or before.format.rate != size.rate):
        raise DocumentError(
            "the storyboard's locked shots belong to another song or frame rate.",
            hint="Unlock them, or direct into another project folder.",
        )
    return locked


def _seed(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6], "big")
