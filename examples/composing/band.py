"""The band: drums, bass, keys, pad, plucked lead and guitar as General MIDI stems.

Every stem is written as MIDI (pretty_midi) and rendered by FluidSynth with one soundfont.
Kick and snare stay exactly on the grid, since they are the truth for beats; other
instruments stray by a few milliseconds.
"""

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pretty_midi
import soundfile
from numpy.typing import NDArray

from composing.score import SEED, STEPS_PER_BAR, TRANSPOSE, Section, seconds

SAMPLE_RATE = 44_100
CHORDS = {"C": (0, 4, 7), "F": (5, 9, 12), "G": (7, 11, 14), "Am": (9, 12, 16)}
KICK, STICK, SNARE, CLAP, CLOSED, OPEN, CRASH, TAMBOURINE, SHAKER = 36, 37, 38, 39, 42, 46, 49, 54, 70
LOW_TOM, MID_TOM, HIGH_TOM = 45, 47, 50


@dataclass(frozen=True)
class Hit:
    """A note of the band: where and how long in sixteenths, MIDI pitch, velocity 1 to 127."""

    step: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Player:
    """A stem: its General MIDI program, how it plays a section, how loosely it keeps time."""

    name: str
    program: int
    plays: Callable[[Section], list[Hit]]
    looseness: float = 0.0  # seconds, standard deviation
    is_drum: bool = False


def bars(section: Section) -> list[tuple[int, tuple[int, ...], int]]:
    """First sixteenth, chord as MIDI numbers around middle C, and index of every bar."""
    return [
        (
            section.start + i * STEPS_PER_BAR,
            tuple(60 + TRANSPOSE + degree for degree in CHORDS[chord]),
            i,
        )
        for i, chord in enumerate(section.chords)
    ]


def drums(section: Section) -> list[Hit]:
    """Shaker and crash first, stick and hats in verse 1, a kit in verse 2, all in the chorus."""
    hits: list[Hit] = []
    last = len(section.chords) - 1
    for bar, _, index in bars(section):
        if section.label == "intro":
            hits += [Hit(bar + s, 1, SHAKER, 44 if s % 4 else 60) for s in range(0, 16, 2)]
            hits += [Hit(bar + s, 1, KICK, 82) for s in (0, 8)]
            continue
        if section.label == "outro":
            if index == 0:
                hits += [Hit(bar, 8, CRASH, 84), Hit(bar, 1, KICK, 96), Hit(bar + 8, 1, KICK, 78)]
                hits += [Hit(bar + s, 1, SHAKER, 46) for s in range(0, 16, 2)]
            else:
                hits += [Hit(bar, 1, KICK, 84), Hit(bar, 8, CRASH, 52)]
            continue
        full = section.band == 3
        kick = {1: (0, 8), 2: (0, 6, 8), 3: (0, 6, 8, 10)}[section.band]
        hits += [Hit(bar + s, 1, KICK, 112 if s in (0, 8) else 88) for s in kick]
        back = STICK if section.band == 1 else SNARE
        hits += [Hit(bar + s, 1, back, 108 if full else 96) for s in (4, 12)]
        if full:
            hits += [Hit(bar + s, 1, CLAP, 74) for s in (4, 12)]
            hits += [Hit(bar + s, 1, TAMBOURINE, 62 if s % 4 == 2 else 40) for s in range(0, 16, 2)]
        hits += [Hit(bar + s, 1, CLOSED, 78 if s % 4 == 0 else 56) for s in range(0, 16, 2)]
        if full:
            hits += [Hit(bar + 14, 2, OPEN, 66)]
        if index == 0 and full:
            hits += [Hit(bar, 16, CRASH, 104)]
        if index == last:
            toms = ((12, SNARE, 84), (13, HIGH_TOM, 92), (14, MID_TOM, 98), (15, LOW_TOM, 104))
            hits += [Hit(bar + s, 1, drum, hard) for s, drum, hard in toms]
    return hits


def bass(section: Section) -> list[Hit]:
    """Root notes: held at the ends, in a rocking figure in verses, driving in the chorus."""
    hits = []
    for bar, chord, _ in bars(section):
        root = chord[0] - 24
        root += 12 if root < 31 else 0
        root -= 12 if root > 43 else 0
        if section.band == 0:
            hits.append(Hit(bar, 15, root, 84))
        elif section.band < 3:
            figure = ((0, 5, 0), (6, 2, 0), (8, 4, 0), (12, 2, 7), (14, 2, 0))
            hits += [Hit(bar + s, n, root + up, 92) for s, n, up in figure]
        else:
            figure = tuple((s, 2, 12 if s in (6, 14) else 0) for s in range(0, 16, 2))
            hits += [Hit(bar + s, n, root + up, 100 if s % 4 == 0 else 86) for s, n, up in figure]
    return hits


def voiced(chord: tuple[int, ...], low: int) -> list[int]:
    """The chord's notes moved by octaves into the twelve semitones from `low` up."""
    return sorted(low + (note - low) % 12 for note in chord)


def keys(section: Section) -> list[Hit]:
    """Electric piano: long chords, then off-beat pushes when the band is full."""
    hits = []
    for bar, chord, _ in bars(section):
        notes = voiced(chord, 53)
        figure = ((0, 15),) if section.band < 2 else ((0, 6), (6, 4), (10, 6))
        hits += [Hit(bar + s, n, note, 70 if s else 78) for s, n in figure for note in notes]
    return hits


def pad(section: Section) -> list[Hit]:
    """Warm strings under everything but the first verse's first half."""
    return [
        Hit(bar, 16, note, 58 + 8 * min(section.band, 2))
        for bar, chord, index in bars(section)
        if section.heading != "Verse 1" or index > 1
        for note in [*voiced(chord, 55), chord[0] - 12]
    ]


def pluck(section: Section) -> list[Hit]:
    """A rolling broken chord on nylon strings: the song's signature, thinner under the verse."""
    hits = []
    for bar, chord, index in bars(section):
        low, middle, high = voiced(chord, 60)
        wave = (low, middle, high, low + 12, high, middle, high, low + 12)
        if section.label == "outro" and index == 1:
            wave = (low, middle, high, low + 12, middle + 12, high + 12, low + 24)
        every = 1 if section.band in (0, 3) else 2
        hits += [
            Hit(bar + 2 * i, 4, note, 88 if i % 4 == 0 else 68)
            for i, note in enumerate(wave)
            if every == 1 or i % 2 == 0 or section.band == 2
        ]
    return hits


def bell(section: Section) -> list[Hit]:
    """A music-box hook in the intro and between the sung lines of the chorus."""
    hook = (
        ((0, 76), (3, 79), (6, 81), (8, 79), (12, 76), (14, 74)),
        ((0, 77), (3, 81), (6, 84), (8, 81), (12, 79), (14, 77)),
    )
    answer = (
        ((2, 81), (6, 84), (10, 81), (14, 79)),
        ((2, 79), (10, 83), (12, 86)),
    )
    hits = []
    for bar, _, index in bars(section):
        if section.label == "intro":
            hits += [Hit(bar + s, 3, p + TRANSPOSE, 74) for s, p in hook[index]]
        elif section.label == "chorus" and index in (4, 5):
            hits += [Hit(bar + s, 3, p + TRANSPOSE, 66) for s, p in answer[index - 4]]
    return hits


def guitar(section: Section) -> list[Hit]:
    """Muted eighths that lift verse 2 and the chorus."""
    if section.band < 2:
        return []
    return [
        Hit(bar + s, 1.4, note, 82 if s % 4 == 0 else 62)
        for bar, chord, _ in bars(section)
        for s in range(0, 16, 2)
        for note in (chord[0] - 12, chord[0] - 5)
    ]


PLAYERS = (
    Player("drums", 0, drums, is_drum=True),
    Player("bass", 33, bass, 0.002),
    Player("keys", 4, keys, 0.005),
    Player("pad", 89, pad, 0.006),
    Player("pluck", 24, pluck, 0.005),
    Player("bell", 10, bell, 0.004),
    Player("guitar", 28, guitar, 0.004),
)


def render(
    player: Player, sections: tuple[Section, ...], soundfont: Path, length: float
) -> NDArray[np.float32]:
    """The player's stem, `(2, length * 44100)`, dry."""
    rng = np.random.default_rng([SEED, player.program])
    midi: Any = pretty_midi.PrettyMIDI(resolution=960)
    part: Any = pretty_midi.Instrument(player.program, is_drum=player.is_drum)
    for section in sections:
        for hit in player.plays(section):
            late = player.looseness * float(np.clip(rng.standard_normal(), -2, 2))
            start = max(0.0, seconds(hit.step) + late)
            hard = int(np.clip(hit.velocity + rng.integers(-4, 5), 1, 127))
            end = start + hit.length * seconds(1)
            part.notes.append(pretty_midi.Note(hard, hit.pitch, start, end))
    midi.instruments.append(part)
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder, "part.mid"), Path(folder, "part.wav")
        midi.write(str(score))
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.7"]
        command += ["-r", str(SAMPLE_RATE), "-O", "float", "-F", str(sound)]
        subprocess.run([*command, str(soundfont), str(score)], check=True, capture_output=True)
        samples, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    stem = np.zeros((2, round(length * SAMPLE_RATE)), np.float32)
    count = min(stem.shape[1], len(samples))
    stem[:, :count] = samples[:count].T
    return stem
