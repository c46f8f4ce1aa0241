"""Rhythms that are hard to follow, with their beats and bars known: one song of 40 s or so for a kind and a seed.

Every song has a chord a bar from its seed's key; what makes it hard is its kind (see KINDS).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from songs.arrange import MAJOR, MINOR, tone
from songs.synth import METERS, SAMPLE_RATE, Song, hat, kick, level, snare, strike

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from songs.synth import Samples, Times

LENGTH = 40.0
"""Seconds, at least."""


@dataclass(frozen=True)
class Sheet:
    """What every kind plays from: beats and one more, the chord of each bar, how exact the players are."""

    rng: Generator
    meter: str
    beats: Times
    chords: tuple[tuple[int, ...], ...]
    track: Samples
    exact: float

    def at(self, place: float) -> float:
        """Seconds of a place in beats."""
        return float(np.interp(place, np.arange(len(self.beats)), self.beats))

    def hit(self, place: float, sound: Samples, loud: float) -> None:
        """Strike a sound at a place in beats, not quite exactly."""
        when = max(0.0, self.at(place) + float(self.rng.normal(0, self.exact)))
        strike(self.track, np.array([when]), sound, loud * float(self.rng.uniform(0.8, 1.1)))

    def chord(self, place: float, bar: int, long: float, loud: float, decay: float | None = 0.8) -> None:
        """Play the chord of a bar at a place in beats for ``long`` beats."""
        seconds = round(self.at(place + long) - self.at(place), 3)
        for note in self.chords[bar][1:]:
            self.hit(place, tone(note, max(0.1, seconds), 1.4, decay), loud)

    def bass(self, place: float, bar: int, loud: float = 0.5) -> None:
        """Play the bass note of a bar."""
        self.hit(place, tone(self.chords[bar][0], 0.4, 1.5, 0.3), loud)

    def bars(self) -> range:
        """The bars by number."""
        return range(len(self.chords))


def groove(kind: str, seed: int) -> Song:
    """The song of a kind and a seed."""
    rng = np.random.default_rng([seed, 5, *kind.encode()])
    play, meter, tempi = KINDS[kind]
    count = METERS[meter].beats
    tempo = float(rng.uniform(*tempi))
    bars = int(np.ceil(LENGTH * tempo / 60 / count / 4)) * 4
    start = float(rng.uniform(7, 11)) if kind == "silent intro" else float(rng.uniform(0, 0.5))
    gaps = np.full(bars * count, 60 / tempo)
    if kind == "tempo step":
        gaps[len(gaps) // 2 // count * count :] /= float(rng.choice([0.75, 0.85, 1.15, 1.3]))
    pickup = int(rng.integers(1, count)) if kind == "pick-up" else 0
    gaps = np.concatenate([np.full(pickup, 60 / tempo), gaps])
    beats = start + np.concatenate([[0.0], np.cumsum(gaps)])
    track = np.zeros(round((beats[-1] + 1.0) * SAMPLE_RATE), np.float32)
    sheet = Sheet(rng, meter, beats[pickup:], _chords(rng, bars), track, float(rng.uniform(0, 0.008)))
    for place in range(pickup):  # a melody leads in
        strike(
            track,
            beats[place : place + 1],
            tone(sheet.chords[0][1] + 12 + 2 * place, 60 / tempo, 1.2, 0.5),
            0.4,
        )
    play(sheet)
    steady = kind != "tempo step"
    own = beats[:-1]
    return Song(level(track), SAMPLE_RATE, own, own[pickup::count], tempo if steady else None, meter)


def _chords(rng: Generator, bars: int) -> tuple[tuple[int, ...], ...]:
    """A bass note and a triad above it for each bar: a loop of four, with a second loop for variety."""
    tonic, scale = int(rng.integers(48, 60)), MINOR if rng.random() < 0.5 else MAJOR
    loops = [rng.choice(6, 4, replace=False) for _ in range(2)]
    degrees = [int(loops[bar // 8 % 2][bar % 4]) for bar in range(bars)]
    return tuple(
        (
            tonic + scale[d] - 12,
            *(tonic + scale[(d + step) % 7] + 12 * ((d + step) // 7) for step in (0, 2, 4)),
        )
        for d in degrees
    )


def _kit(sheet: Sheet, bar: int, *, off: float = 0.5, hats: float = 0.3) -> None:
    """Kick on one and three, snare on two and four, hats on the beat and at ``off``."""
    count = METERS[sheet.meter].beats
    first = bar * count
    back = {2: (1,), 3: (1, 2), 4: (1, 3)}[count]
    sheet.hit(first, kick(), 0.9)
    if count == 4:
        sheet.hit(first + 2, kick(), 0.75)
    for beat in back:
        sheet.hit(first + beat, snare(), 0.6)
    for beat in range(count):
        sheet.hit(first + beat, hat(), hats * 1.3)
        sheet.hit(first + beat + off, hat(), hats)


def _swing(sheet: Sheet) -> None:
    """A ride, a walking bass, chords off the beat, hardly any kick."""
    for bar in sheet.bars():
        first = 4 * bar
        for beat in range(4):
            sheet.hit(first + beat, hat(), 0.45)
            sheet.hit(
                first + beat, tone(sheet.chords[bar][beat % 3] - (12 if beat % 3 else 0), 0.35, 1.5, 0.3), 0.5
            )
        for beat in (1, 3):
            sheet.hit(first + beat + 2 / 3, hat(), 0.35)
            sheet.hit(first + beat, hat(), 0.3)
        sheet.chord(first + float(sheet.rng.choice([0, 2 / 3, 1.0])), bar, 1.0, 0.2)
        sheet.chord(first + float(sheet.rng.choice([2 + 2 / 3, 3.0])), bar, 0.6, 0.15)


def _syncopated(sheet: Sheet) -> None:
    """Kick and chords ahead of the beat; the snare keeps it."""
    for bar in sheet.bars():
        first = 4 * bar
        sheet.hit(first, kick(), 0.9)
        for place in sheet.rng.choice([1.5, 2.5, 3.5, 0.75, 2.75], 2, replace=False):
            sheet.hit(first + float(place), kick(), 0.8)
        for beat in (1, 3):
            sheet.hit(first + beat, snare(), 0.6)
        for half in range(8):
            sheet.hit(first + half / 2, hat(), 0.3)
        sheet.chord(first - 0.5 if bar else 0.0, bar, 2.0, 0.25)
        sheet.chord(first + 1.5, bar, 1.0, 0.2)
        sheet.bass(first - 0.5 if bar and sheet.rng.random() < 0.5 else first, bar)
        sheet.bass(first + 1.5, bar, 0.4)


def _shuffled(sheet: Sheet) -> None:
    """A kit with hats on long and short eighths, and a bass that shuffles along."""
    for bar in sheet.bars():
        _kit(sheet, bar, off=2 / 3, hats=0.4)
        sheet.chord(4 * bar, bar, 3.5, 0.2)
        for beat in range(4):
            sheet.bass(4 * bar + beat, bar, 0.45)
            sheet.bass(4 * bar + beat + 2 / 3, bar, 0.3)


def _ballad(sheet: Sheet) -> None:
    """A piano alone: bass on one, a chord on one or two, some notes."""
    for bar in sheet.bars():
        first = 4 * bar
        sheet.hit(first, tone(sheet.chords[bar][0], 2.0, 1.6, 1.2), 0.4)
        sheet.chord(first + float(sheet.rng.choice([0, 0, 1])), bar, 2.0, 0.2, 1.2)
        sheet.chord(first + 2, bar, 2.0, 0.15, 1.2)
        for place in sheet.rng.choice(
            [1.0, 1.5, 2.5, 3.0, 3.5], int(sheet.rng.integers(1, 4)), replace=False
        ):
            note = int(sheet.rng.choice(sheet.chords[bar][1:])) + 12
            sheet.hit(first + float(place), tone(note, 0.8, 1.3, 0.7), 0.25)


def _arpeggio(sheet: Sheet) -> None:
    """A piano alone in 6/8: six eighths up and down, the bass on one."""
    for bar in sheet.bars():
        notes = sheet.chords[bar]
        for eighth, step in enumerate((0, 1, 2, 3, 2, 1)):
            note = notes[step] if step else notes[0]
            sheet.hit(2 * bar + eighth / 3, tone(note, 0.7, 1.4, 0.5), 0.45 if eighth == 0 else 0.3)


def _half_time(sheet: Sheet) -> None:
    """One snare a bar, on three; hats in eighths, a bass that rests."""
    for bar in sheet.bars():
        first = 4 * bar
        sheet.hit(first, kick(), 0.9)
        sheet.hit(first + float(sheet.rng.choice([1.5, 2.5, 3.5])), kick(), 0.6)
        sheet.hit(first + 2, snare(), 0.8)
        for half in range(8):
            sheet.hit(first + half / 2, hat(), 0.3)
        sheet.chord(first, bar, 4.0, 0.2)
        sheet.bass(first, bar, 0.6)


def _plain(sheet: Sheet) -> None:
    """A kit, a bass on one and three, a chord a bar."""
    count = METERS[sheet.meter].beats
    for bar in sheet.bars():
        _kit(sheet, bar)
        sheet.chord(count * bar, bar, count - 0.2, 0.2)
        sheet.bass(count * bar, bar)
        sheet.bass(count * bar + count // 2, bar, 0.4)


def _strummed(sheet: Sheet) -> None:
    """A guitar alone, eighths with an accent on the first."""
    count = METERS[sheet.meter].beats
    for bar in sheet.bars():
        sheet.bass(count * bar, bar, 0.4)
        for half in range(2 * count):
            if half != 1:
                sheet.chord(count * bar + half / 2, bar, 0.5, 0.25 if half == 0 else 0.16, 0.3)


KINDS: dict[str, tuple[Callable[[Sheet], None], str, tuple[float, float]]] = {
    "swing": (_swing, "4/4", (100, 200)),
    "syncopated": (_syncopated, "4/4", (80, 130)),
    "shuffled": (_shuffled, "4/4", (80, 150)),
    "piano ballad": (_ballad, "4/4", (56, 90)),
    "6/8 piano": (_arpeggio, "6/8", (45, 80)),
    "half-time": (_half_time, "4/4", (110, 160)),
    "guitar alone": (_strummed, "4/4", (70, 140)),
    "guitar waltz": (_strummed, "3/4", (80, 170)),
    "pick-up": (_plain, "4/4", (70, 170)),
    "silent intro": (_plain, "4/4", (70, 170)),
    "tempo step": (_plain, "4/4", (80, 140)),
    "fast": (_plain, "4/4", (216, 250)),
    "slow": (_plain, "4/4", (38, 47)),
}
"""Who plays, the meter, and the beats a minute to draw from (6/8: dotted quarters)."""
