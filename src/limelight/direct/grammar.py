"""Film grammar: composition, camera move and transition of a shot, from its place in the song and those before it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from limelight.score import Section, SectionLabel
from limelight.storyboard import Composition, Move, Shot, Transition

WORDS_FOR_WINDOWS = range(1, 5)
WORDS_FOR_PAGE = range(3, 13)
LONG_ENOUGH_TO_READ = 2.2
"""Seconds that words in the picture need."""
SPAN = 5
"""Shots that one looks back for variety."""


@dataclass(frozen=True)
class Frame:
    """A span of the film that waits for its picture."""

    start: int
    frames: int
    seconds: float
    section: Section
    section_index: int
    opens_section: bool
    lyric: str
    words: int
    sung: float
    """Share of the span in which the voice is heard."""
    valence: float
    arousal: float
    locked: Shot | None = None

    @property
    def begins(self) -> float:
        """The span's first moment in seconds."""
        return self.start * self.seconds / self.frames

    @property
    def ends(self) -> float:
        """The moment after its last, in seconds."""
        return self.begins + self.seconds


def choose_composition(
    frame: Frame, earlier: Sequence[Shot], total: int, has_star: bool, chance: random.Random
) -> Composition:
    """Weigh what suits the moment, lower what was just seen, and draw."""
    if not has_star:
        return _without_star(frame, earlier, chance)
    first, last = not earlier, len(earlier) == total - 1
    weights = dict(_suiting(frame))
    if first or last:
        weights = {Composition.WIDE: 1.0} if first else {Composition.CLOSE_UP: 1.0, Composition.WIDE: 0.5}
    recent = [shot.composition for shot in earlier[-SPAN:]]
    for composition in weights:
        if recent and recent[-1] is composition:
            weights[composition] *= 0.25 if composition is Composition.CLOSE_UP else 0.02
        weights[composition] *= 0.55 ** recent[:-1].count(composition)
    kinds = list(weights)
    return chance.choices(kinds, [weights[kind] for kind in kinds])[0]


def possible_compositions(frame: Frame, *, has_star: bool) -> tuple[Composition, ...]:
    """All compositions that the shot's words and length allow."""
    kinds = [Composition.WIDE, Composition.MEDALLION]
    if has_star:
        kinds = [Composition.CLOSE_UP, *kinds, Composition.GRID]
    if frame.seconds >= LONG_ENOUGH_TO_READ and frame.words in WORDS_FOR_PAGE:
        kinds.append(Composition.DOUBLE_EXPOSURE)
    if frame.words in WORDS_FOR_WINDOWS:
        kinds.append(Composition.WINDOWS)
    return tuple(kinds)


def _suiting(frame: Frame) -> dict[Composition, float]:
    loud = (frame.arousal + 1) / 2
    chorus = frame.section.label is SectionLabel.CHORUS
    quiet = frame.sung < 0.2  # hardly any voice
    readable = frame.seconds >= LONG_ENOUGH_TO_READ
    weights = {
        Composition.CLOSE_UP: 0.4 if quiet else 1.6,
        Composition.WIDE: 1.1 if quiet else 0.45,
        Composition.MEDALLION: (0.8 if chorus or quiet else 0.2) * (0.4 + loud),
        Composition.GRID: (0.8 if chorus else 0.15) * (0.3 + loud),
    }
    if readable and frame.words in WORDS_FOR_PAGE:
        weights[Composition.DOUBLE_EXPOSURE] = 0.65 - 0.3 * loud
    if frame.words in WORDS_FOR_WINDOWS:
        weights[Composition.WINDOWS] = 0.5 * (0.3 + loud) * (1.0 if chorus else 0.5)
    return weights


def _without_star(frame: Frame, earlier: Sequence[Shot], chance: random.Random) -> Composition:
    weights = {Composition.WIDE: 1.0, Composition.MEDALLION: 0.3 * (1 + frame.arousal)}
    if frame.words in WORDS_FOR_WINDOWS:
        weights[Composition.WINDOWS] = 0.5
    if frame.words in WORDS_FOR_PAGE and frame.seconds >= LONG_ENOUGH_TO_READ:
        weights[Composition.DOUBLE_EXPOSURE] = 0.25
    if earlier and earlier[-1].composition is not Composition.WIDE:
        weights[earlier[-1].composition] = 0.05
    kinds = list(weights)
    return chance.choices(kinds, [weights[kind] for kind in kinds])[0]


def choose_move(
    frame: Frame, composition: Composition, earlier: Sequence[Shot], chance: random.Random
) -> Move:
    """Pushes where it grows louder, pans in wide views, and never the same move three times."""
    if composition is Composition.WIDE:
        moves = [Move.PAN_LEFT, Move.PAN_RIGHT, Move.PUSH_IN, Move.TILT_UP, Move.PULL_OUT]
    elif composition is Composition.GRID:
        moves = [Move.HOLD, Move.PUSH_IN]
    elif frame.arousal > 0:
        moves = [Move.PUSH_IN, Move.PUSH_IN, Move.PULL_OUT, Move.PAN_LEFT, Move.PAN_RIGHT]
    else:
        moves = [Move.PUSH_IN, Move.PAN_LEFT, Move.PAN_RIGHT, Move.HOLD]
    last = [shot.move for shot in earlier[-1:]]
    return chance.choice([move for move in moves if move not in last] or moves)


def choose_transition(frame: Frame, earlier: Sequence[Shot]) -> Transition:
    """A flash into choruses, a whip between wild shots, else a plain cut; never two effects in a row."""
    if not earlier or earlier[-1].transition not in (Transition.CUT, Transition.FADE):
        return Transition.CUT
    if frame.opens_section and frame.section.label is SectionLabel.CHORUS:
        return Transition.FLASH
    before = earlier[-1]
    if frame.arousal > 0.2 and before.arousal > 0 and before.section is frame.section.label:
        return Transition.WHIP if len(earlier) % 3 == 0 else Transition.CUT
    return Transition.CUT
