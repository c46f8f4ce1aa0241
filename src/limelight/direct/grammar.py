"""Film grammar: composition, camera move and transition of a shot, from its place in the song and those before it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from limelight.score import Section, SectionLabel
from limelight.storyboard import Composition, Move, Shot, Transition

WORDS_FOR_WINDOWS = range(1, 5)
WORDS_FOR_PAGE = range(3, 13)
QUIET = 0.2
"""Share of a shot in which the voice is heard, below which nobody sings."""
WILD = 0.2
LONG_ENOUGH_TO_READ = 2.2
"""Seconds that words in the picture need."""
SPAN = 5
"""Shots that one looks back for variety."""
MIRRORS = frozenset({"sea", "lake", "rain-street", "night-sky", "neon-grid", "city"})
"""Sceneries with water, wet or smooth ground."""
SIZES = {
    Composition.WIDE: 0,
    Composition.MEDIUM: 1,
    Composition.REFLECTION: 1,
    Composition.SILHOUETTE: 2,
    Composition.MEDALLION: 2,
    Composition.CLOSE_UP: 3,
    Composition.DOUBLE_EXPOSURE: 3,
    Composition.EXTREME_CLOSE_UP: 4,
}
"""How large the star is: a cut between two pictures of one size reads as a mistake."""
SAME_SIZE = 0.4
MOTIF = 2.2
"""Weight of a section's own composition, which comes back with it."""
MOTIFS = {
    SectionLabel.INTRO: (Composition.SILHOUETTE, Composition.REFLECTION),
    SectionLabel.VERSE: (Composition.MEDIUM, Composition.REFLECTION, Composition.CLOSE_UP),
    SectionLabel.CHORUS: (Composition.TRIPTYCH, Composition.EXTREME_CLOSE_UP, Composition.MEDALLION),
    SectionLabel.BRIDGE: (Composition.SILHOUETTE, Composition.DOUBLE_EXPOSURE),
    SectionLabel.SOLO: (Composition.SILHOUETTE, Composition.MEDALLION),
    SectionLabel.OUTRO: (Composition.REFLECTION, Composition.WIDE),
}
EFFECTS = (Transition.WHIP, Transition.ZOOM)
"""Between wild shots, by turns."""


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
    frame: Frame,
    earlier: Sequence[Shot],
    total: int,
    chance: random.Random,
    *,
    has_star: bool,
    scenery: str,
) -> Composition:
    """Weigh what suits the moment and the place, lower what was just seen, and draw."""
    if not has_star:
        return _without_star(frame, earlier, chance, scenery)
    first, last = not earlier, len(earlier) == total - 1
    weights = _opening(frame) if first else _ending(scenery) if last else dict(_suiting(frame, scenery))
    if not (first or last) and (motif := motif_of(frame.section)) in weights:
        weights[motif] *= MOTIF
    recent = [shot.composition for shot in earlier[-SPAN:]]
    for composition in weights:
        if recent and recent[-1] is composition:
            weights[composition] *= 0.02
        elif recent and SIZES.get(recent[-1], -1) == SIZES.get(composition, -2):
            weights[composition] *= SAME_SIZE
        weights[composition] *= 0.55 ** recent[:-1].count(composition)
    kinds = list(weights)
    return chance.choices(kinds, [weights[kind] for kind in kinds])[0]


def motif_of(section: Section) -> Composition:
    """The composition that a section likes best: sections of one letter have the same."""
    kinds = MOTIFS[section.label]
    return kinds[sum(map(ord, section.letter or section.label.value)) % len(kinds)]


def _opening(frame: Frame) -> dict[Composition, float]:
    """The place and the star are introduced from afar; a voice from the first second is shown."""
    if frame.sung >= QUIET:
        return {Composition.MEDIUM: 1.0, Composition.WIDE: 0.6}
    return {Composition.SILHOUETTE: 1.0, Composition.WIDE: 0.4}


def _ending(scenery: str) -> dict[Composition, float]:
    """Something that may stand still while the film fades."""
    weights = {Composition.SILHOUETTE: 1.0, Composition.MEDIUM: 0.6, Composition.WIDE: 0.4}
    return weights | ({Composition.REFLECTION: 1.0} if scenery in MIRRORS else {})


def possible_compositions(frame: Frame, *, has_star: bool) -> tuple[Composition, ...]:
    """All compositions that the shot's words and length allow."""
    kinds = [Composition.WIDE, Composition.MEDALLION]
    if has_star:
        kinds = [
            Composition.CLOSE_UP,
            Composition.EXTREME_CLOSE_UP,
            Composition.MEDIUM,
            *kinds,
            Composition.GRID,
        ]
        kinds += [Composition.SILHOUETTE, Composition.REFLECTION, Composition.TRIPTYCH]
    if frame.seconds >= LONG_ENOUGH_TO_READ and frame.words in WORDS_FOR_PAGE:
        kinds.append(Composition.DOUBLE_EXPOSURE)
    if frame.words in WORDS_FOR_WINDOWS:
        kinds.append(Composition.WINDOWS)
    return tuple(kinds)


def _suiting(frame: Frame, scenery: str) -> dict[Composition, float]:
    loud = (frame.arousal + 1) / 2
    chorus = frame.section.label is SectionLabel.CHORUS
    quiet = frame.sung < QUIET
    readable = frame.seconds >= LONG_ENOUGH_TO_READ
    weights = {
        Composition.CLOSE_UP: 0.3 if quiet else 1.2,
        Composition.EXTREME_CLOSE_UP: 0.1 if quiet else 0.3 + 0.4 * loud,
        Composition.MEDIUM: 0.8 if quiet else 0.9 - 0.4 * loud,
        Composition.SILHOUETTE: 1.0 if quiet else 0.12,
        Composition.WIDE: 1.0 if quiet else 0.35,
        Composition.MEDALLION: (0.5 if chorus or quiet else 0.15) * (0.4 + loud),
        Composition.GRID: (0.55 if chorus else 0.1) * (0.3 + loud),
        Composition.TRIPTYCH: (0.8 if chorus else 0.15) * (0.3 + loud),
    }
    if scenery in MIRRORS:
        weights[Composition.REFLECTION] = 0.9 if quiet else 0.6 - 0.3 * loud
    if readable and frame.words in WORDS_FOR_PAGE:
        weights[Composition.DOUBLE_EXPOSURE] = 0.5 - 0.25 * loud
    if frame.words in WORDS_FOR_WINDOWS:
        weights[Composition.WINDOWS] = 0.5 * (0.3 + loud) * (1.0 if chorus else 0.5)
    return weights


def _without_star(frame: Frame, earlier: Sequence[Shot], chance: random.Random, scenery: str) -> Composition:
    weights = {Composition.WIDE: 1.0, Composition.MEDALLION: 0.3 * (1 + frame.arousal)}
    weights[Composition.TRIPTYCH] = 0.2 * (1 + frame.arousal)
    if scenery in MIRRORS:
        weights[Composition.REFLECTION] = 0.4
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
    elif composition in (Composition.GRID, Composition.TRIPTYCH, Composition.EXTREME_CLOSE_UP):
        moves = [Move.HOLD, Move.PUSH_IN]
    elif composition is Composition.SILHOUETTE:
        moves = [Move.PUSH_IN, Move.PULL_OUT, Move.TILT_UP]
    elif frame.arousal > 0:
        moves = [Move.PUSH_IN, Move.PUSH_IN, Move.PULL_OUT, Move.PAN_LEFT, Move.PAN_RIGHT]
    else:
        moves = [Move.PUSH_IN, Move.PAN_LEFT, Move.PAN_RIGHT, Move.HOLD]
    last = [shot.move for shot in earlier[-1:]]
    return chance.choice([move for move in moves if move not in last] or moves)


def choose_transition(frame: Frame, earlier: Sequence[Shot]) -> Transition:
    """How a shot begins; never two effects in a row.

    A flash into loud choruses; into other sections light leaks where it is bright, ink runs where it is dark; whips
    and zooms between wild shots; else a plain cut.
    """
    if not earlier or earlier[-1].transition not in (Transition.CUT, Transition.FADE):
        return Transition.CUT
    before = earlier[-1]
    if frame.opens_section:
        if frame.section.label is SectionLabel.CHORUS and frame.arousal > 0:
            return Transition.FLASH
        return Transition.LEAK if frame.valence > 0 else Transition.INK
    if frame.arousal > WILD and before.arousal > 0 and before.section is frame.section.label:
        return EFFECTS[len(earlier) // 3 % 2] if len(earlier) % 3 == 0 else Transition.CUT
    return Transition.CUT
