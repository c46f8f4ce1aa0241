"""Form: what the words tell of the sections that the sound alone does not.

Where at least two lines in a row come again, they are a refrain: each of its appearances is a chorus, whatever
the sound says. What is left between them is labelled by whether anybody sings in it and where it lies.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from limelight.listen.structure.refrain import BREATH, REFRAIN_LINES, refrains
from limelight.score import BeatGrid, Line, Section, SectionLabel

EARLY = 0.6
"""Seconds before a bar line in which a line may lift off."""
LEAD_IN = 7.0
"""Seconds of the band alone, at most, with which a refrain may begin."""
ENDING = 0.15
"""Share of the song, at most, that sung lines after the last refrain may fill to be its outro."""
SHORTEST = 3.5
"""Seconds; a shorter piece goes with its neighbour."""


@dataclass(frozen=True)
class Piece:
    """A span with the section that it was cut from."""

    start: float
    end: float
    origin: Section
    refrain: bool


def with_refrain(
    sections: Sequence[Section], lines: Sequence[Line], rhythm: BeatGrid, duration: float
) -> tuple[Section, ...]:
    """Cut out the refrain as choruses and label the rest anew; without a refrain the sections stay as they are.

    Returns:
        Sections that cover the song from 0 to ``duration`` without a gap.
    """
    sung = [line for line in lines if any(word.sung for word in line.words) or not line.words]
    spans = [
        (_beginning(run[0], sections, sung, rhythm), _end(run[-1], sung, rhythm)) for run in refrains(sung)
    ]
    spans = [(start, min(end, duration)) for start, end in spans if min(end, duration) - start >= SHORTEST]
    if len(spans) < REFRAIN_LINES or sum(end - start for start, end in spans) > 0.7 * duration:
        return tuple(sections)
    pieces = _merged(_cut(sections, spans, sung, rhythm, duration))
    labelled = [_labelled(piece, index, pieces, sung) for index, piece in enumerate(pieces)]
    return tuple(_with_outro(labelled, duration))


def _with_outro(sections: Sequence[Section], duration: float) -> list[Section]:
    """What little is left after the last refrain, played or sung, is the outro."""
    last = max(at for at, section in enumerate(sections) if section.label is SectionLabel.CHORUS)
    rest = list(sections[last + 1 :])
    if not rest or duration - rest[0].start > ENDING * duration:
        return list(sections)
    energy = max(section.energy for section in rest)
    outro = Section(label=SectionLabel.OUTRO, start=rest[0].start, end=duration, energy=energy, letter="O")
    return [*sections[: last + 1], outro]


def _beginning(first: Line, sections: Sequence[Section], lines: Sequence[Line], rhythm: BeatGrid) -> float:
    """Where a refrain begins: where its sound does, if only the band plays from there to its first word."""
    silent_from = max((line.end for line in lines if line.start < first.start), default=0.0)
    starts = [
        section.start
        for section in sections
        if max(silent_from - EARLY, first.start - LEAD_IN) <= section.start <= first.start + EARLY
    ]
    return max(starts, default=_bar_near(first.start, rhythm, ahead=EARLY))


def _end(last: Line, lines: Sequence[Line], rhythm: BeatGrid) -> float:
    """Where a refrain ends: where the next line begins, or, if that is far, at the bar line after its last word."""
    later = [line.start for line in lines if line.start >= last.end]
    if later and min(later) - last.end <= BREATH:
        return _bar_near(min(later), rhythm, ahead=EARLY)
    return min((bar for bar in rhythm.downbeats if bar >= last.end - EARLY / 2), default=last.end)


def _bar_near(moment: float, rhythm: BeatGrid, ahead: float) -> float:
    """The bar line nearest to a moment, which may lie so many seconds before it; the moment where there are none."""
    bars = rhythm.downbeats or rhythm.beats
    if not bars:
        return max(0.0, moment)
    bar = min(bars, key=lambda time: abs(time - (moment + ahead / 2)))
    return float(bar) if abs(bar - moment) < SHORTEST else max(0.0, moment)


def _silent_ends(sung: Sequence[Line], rhythm: BeatGrid, duration: float) -> list[float]:
    """Where singing begins, and where it ends, if the song goes on for long before and after."""
    first = _bar_near(sung[0].start, rhythm, ahead=EARLY)
    last = _bar_near(sung[-1].end, rhythm, ahead=0.0)
    return [edge for edge in (first, last) if SHORTEST <= edge <= duration - SHORTEST]


def _cut(
    sections: Sequence[Section],
    spans: Sequence[tuple[float, float]],
    sung: Sequence[Line],
    rhythm: BeatGrid,
    duration: float,
) -> list[Piece]:
    edges = {0.0, duration}
    edges.update(edge for span in spans for edge in span)
    edges.update(_silent_ends(sung, rhythm, duration))
    edges.update(s.start for s in sections if not any(a - 0.1 < s.start < b + 0.1 for a, b in spans))
    pieces = []
    for start, end in itertools.pairwise(sorted(edges)):
        middle = (start + end) / 2
        origin = max(sections, key=lambda s: min(s.end, end) - max(s.start, start))
        pieces.append(Piece(start, end, origin, any(a <= middle < b for a, b in spans)))
    return pieces


def _merged(pieces: Sequence[Piece]) -> list[Piece]:
    """Short pieces go with the one before, or, at the beginning, with the one after."""
    kept: list[Piece] = []
    for piece in pieces:
        if kept and piece.end - piece.start < SHORTEST:
            last = kept[-1]
            kept[-1] = Piece(last.start, piece.end, last.origin, last.refrain)
        elif kept and kept[-1].end - kept[-1].start < SHORTEST:
            kept[-1] = Piece(kept[-1].start, piece.end, piece.origin, piece.refrain)
        else:
            kept.append(piece)
    return kept


def _labelled(piece: Piece, index: int, pieces: Sequence[Piece], lines: Sequence[Line]) -> Section:
    voiced = sum(max(0.0, min(line.end, piece.end) - max(line.start, piece.start)) for line in lines)
    silent = voiced < 0.2 * (piece.end - piece.start)
    last = index == len(pieces) - 1
    if piece.refrain:
        label, letter = SectionLabel.CHORUS, "R"
    elif index == 0 and silent:
        label, letter = SectionLabel.INTRO, "I"
    elif last and (silent or pieces[index - 1].refrain):
        label, letter = SectionLabel.OUTRO, "O"
    elif silent:
        label, letter = SectionLabel.SOLO, "S"
    elif piece.origin.label is SectionLabel.BRIDGE:
        label, letter = SectionLabel.BRIDGE, "B"
    else:
        label, letter = SectionLabel.VERSE, f"V{_number(piece, pieces)}"
    energy = float(np.clip(piece.origin.energy, 0, 1))
    return Section(label=label, start=piece.start, end=piece.end, energy=energy, letter=letter)


def _number(piece: Piece, pieces: Sequence[Piece]) -> int:
    """Verses between two refrains count as one; each has other words, and so other pictures."""
    return 1 + sum(earlier.refrain for earlier in pieces if earlier.start < piece.start)
