"""Songs with a known form: each seed is another arrangement, with its sections, labels, bars, words and voice.

Where :mod:`songs.synth` makes one thing at a time to measure it, an arrangement is drawn as a whole: key, meter,
tempo, form, progressions, instruments, players that are not exact, fills, a voice with words or none. Its
families are those that songs have: verse and chorus (with intro, solo, bridge and outro), the same with one
harmony throughout, with one guitar throughout, with a quiet breakdown, with the last chorus in another key, AABA,
verses alone with interludes, and through-composed.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from limelight.score import Line, Word
from songs.synth import (
    METERS,
    SAMPLE_RATE,
    Meter,
    Song,
    Span,
    harmonics,
    hat,
    kick,
    level,
    snare,
    strike,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

    from songs.synth import Samples, Times

FAMILIES = (
    "verse-chorus", "one harmony", "one guitar", "breakdown", "key change", "AABA", "strophic", "through-composed",
)  # fmt: skip
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
WORDS = (
    "river", "mountain", "window", "shadow", "morning", "silver", "paper", "harbor", "garden", "fire", "winter",
    "summer", "highway", "engine", "mirror", "letter", "ocean", "candle", "feather", "thunder", "velvet",
    "corner", "station", "rain", "stone", "dancing", "falling", "running", "waiting", "turning", "never",
    "always", "maybe", "slowly", "lonely", "golden", "broken", "hollow", "gentle", "empty",
)  # fmt: skip


@dataclass(frozen=True)
class Texture:
    """Who plays in a section, and how.

    comp: block, pluck, arpeggio or strum. bass: none, root, pulse. drums: none, light, full, half. lead: a solo
    instrument. loud: gain of the whole.
    """

    comp: str = "block"
    bass: str = "none"
    drums: str = "none"
    pad: bool = False
    lead: bool = False
    loud: float = 1.0


@dataclass(frozen=True)
class Part:
    """A section as it is written: what it is, a letter for what it plays, a chord (root, is minor) a bar."""

    label: str
    letter: str
    chords: tuple[tuple[int, bool], ...]
    texture: Texture
    sung: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A song, its truth, and what stands beside it.

    Attributes:
        song: Sound, beats and bars; its sections carry the labels of :class:`limelight.score.SectionLabel`.
        letters: One for each section: what plays the same has the same.
        alike: For each inner border, whether the same is played on both sides of it.
        family: One of FAMILIES.
        stem: (n,) float32, the voice alone; silence where nobody sings.
        lines: The words with their times; empty for a song whose words are not known.
        key: Such as ``A minor``; of the first section.
    """

    song: Song
    letters: tuple[str, ...]
    alike: tuple[bool, ...]
    family: str
    stem: Samples
    lines: tuple[Line, ...]
    key: str


@dataclass
class Player:
    """What is drawn once a song: key, sounds, habits."""

    rng: Generator
    meter: Meter
    beat: float
    tonic: int
    minor: bool
    track: Samples
    stem: Samples
    bright: float = field(init=False)
    ring: float = field(init=False)
    exact: float = field(init=False)
    melody: int = field(init=False)
    free: bool = field(init=False)

    def __post_init__(self) -> None:
        """Draw the habits."""
        self.bright, self.ring = self.rng.uniform(1.0, 2.0), self.rng.uniform(0.25, 0.8)
        self.exact = self.rng.uniform(0.0, 0.010)
        self.melody = int(self.rng.integers(1 << 20))
        self.free = bool(self.rng.random() < 0.25)  # of four singers one does not keep to the beat

    def at(self, times: Times) -> Times:
        """The times as they are played."""
        return np.maximum(0, times + self.rng.normal(0, self.exact, np.shape(times)))

    def hit(self, times: Times, sound: Samples, loud: float) -> None:
        """Strike each a little louder or softer."""
        for time in np.atleast_1d(times):
            strike(self.track, self.at(np.array([time])), sound, loud * self.rng.uniform(0.85, 1.1))


def arrange(seed: int, family: str | None = None, *, sung: bool | None = None) -> Arrangement:
    """The arrangement of a seed.

    Args:
        seed: The same seed gives the same song.
        family: One of FAMILIES, drawn if not given.
        sung: Whether anybody sings, drawn if not given (seven songs of ten).
    """
    rng = np.random.default_rng([seed, 77])
    family = family or str(rng.choice(FAMILIES))
    name = str(rng.choice(["4/4", "4/4", "4/4", "3/4", "6/8"]))
    meter = METERS[name]
    tempo = float(rng.uniform(50, 95) if name == "6/8" else rng.uniform(70, 170))
    sung = bool(rng.random() < 0.7) if sung is None else sung
    minor, tonic = bool(rng.random() < 0.4), int(rng.integers(45, 57))
    parts = list(_form(rng, family, tonic, minor=minor, sung=sung, bar=60 / tempo * meter.beats))
    beat = 60 / tempo
    bars = np.cumsum([0, *(len(part.chords) for part in parts)])
    start = float(rng.choice([0.0, 0.3, 1.1]))
    beats = start + beat * np.arange(bars[-1] * meter.beats)
    duration = start + beat * len(beats) + 1.5
    silent = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    player = Player(rng, meter, beat, tonic, minor, silent.copy(), silent.copy())
    lines: list[Line] = []
    fills = bool(rng.random() < 0.6)
    for part, first in zip(parts, bars[:-1] * meter.beats, strict=True):
        own = beats[first : first + len(part.chords) * meter.beats]
        _play(player, part, own, fill=fills)
        if part.sung:
            lines += _sing(player, part, own)
    if parts[-1].label == "outro" and rng.random() < 0.5:
        _fade(player.track, float(beats[bars[-2] * meter.beats]))
    track = level(player.track)
    if player.stem.any():
        track = level(track + 0.7 * level(player.stem))
    starts = [float(beats[bar * meter.beats]) for bar in bars[:-1]]
    ends = [*starts[1:], duration]
    starts[0] = 0.0
    spans = tuple(Span(a, b, part.label) for a, b, part in zip(starts, ends, parts, strict=True))
    song = Song(track, SAMPLE_RATE, beats, beats[:: meter.beats], tempo, name, spans)
    pitch = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")[tonic % 12]
    return Arrangement(
        song,
        tuple(part.letter for part in parts),
        tuple((a.chords, a.texture) == (b.chords, b.texture) for a, b in itertools.pairwise(parts)),
        family,
        player.stem,
        tuple(lines) if rng.random() < 0.6 else (),
        f"{pitch} {'minor' if minor else 'major'}",
    )


# ---------------------------------------------------------------- what is written


@dataclass(frozen=True)
class Sketch:
    """What the parts of one song are made from: progressions, textures and lengths in bars."""

    rng: Generator
    verse: list[tuple[int, bool]]
    chorus: list[tuple[int, bool]]
    bridge: list[tuple[int, bool]]
    other: list[tuple[int, bool]]
    textures: dict[str, Texture]
    refrain: tuple[str, ...]
    sung: bool
    verse_bars: int
    chorus_bars: int
    bar: float

    @property
    def small(self) -> int:
        """Bars of an interlude."""
        return 4 if self.bar > 1.2 else 8

    def part(
        self,
        label: str,
        letter: str,
        loop: list[tuple[int, bool]],
        bars: int,
        *,
        texture: Texture | None = None,
        shift: int = 0,
    ) -> Part:
        """A part whose chords are a loop, moved up by ``shift`` semitones."""
        is_sung = self.sung and label in {"verse", "chorus", "bridge"}
        words = self.refrain if label == "chorus" else _verse_words(self.rng, bars)
        chords = tuple((loop[bar % len(loop)][0] + shift, loop[bar % len(loop)][1]) for bar in range(bars))
        return Part(label, letter, chords, texture or self.textures[label], is_sung, words if is_sung else ())


def _form(rng: Generator, family: str, tonic: int, *, minor: bool, sung: bool, bar: float) -> Iterator[Part]:
    """The parts of a song, about two to four minutes."""
    eight = 8 if bar > 1.2 else 16  # short bars: more of them
    verse_bars = int(rng.choice([eight, 16])) if bar < 2.6 else int(rng.choice([4, 8]))
    chorus_bars = int(rng.choice([eight, eight, 12]))
    verse, chorus, bridge, other = _progressions(rng, tonic, minor=minor)
    textures = _textures(rng, family)
    if family == "one harmony":
        chorus = verse
    refrain = _verse_words(rng, chorus_bars)
    sketch = Sketch(rng, verse, chorus, bridge, other, textures, refrain, sung, verse_bars, chorus_bars, bar)
    if family == "AABA":
        yield from _verses_and_bridge(sketch)
    elif family == "strophic":
        yield from _verses_alone(sketch)
    elif family == "through-composed":
        yield from _never_again(sketch, tonic, minor=minor)
    else:
        yield from _verse_and_chorus(sketch, family, eight)


def _verses_and_bridge(sketch: Sketch) -> Iterator[Part]:
    whole = [*sketch.verse, *sketch.verse[:2], *sketch.chorus[2:]]
    a, b = ("verse", "A", whole, 8), ("bridge", "B", sketch.bridge, 8)
    if sketch.rng.random() < 0.5:
        yield sketch.part("intro", "I", sketch.other, 4)
    for turn in range(2 if sketch.bar < 2.2 else 1):
        yield from (sketch.part(*a), sketch.part(*a), sketch.part(*b), sketch.part(*a))
        if turn == 0 and sketch.bar < 2.2:
            yield sketch.part("solo", "A", whole, 8)
    yield sketch.part("outro", "O", sketch.other, 4)


def _verses_alone(sketch: Sketch) -> Iterator[Part]:
    if sketch.rng.random() < 0.7:
        yield sketch.part("intro", "I", sketch.chorus, sketch.small)
    for verse in range(int(sketch.rng.integers(3, 5))):
        if verse:
            yield sketch.part("solo", "I", sketch.chorus, sketch.small)
        yield sketch.part("verse", "A", sketch.verse, max(8, sketch.verse_bars))


def _never_again(sketch: Sketch, tonic: int, *, minor: bool) -> Iterator[Part]:
    kind = ""
    for number in range(int(sketch.rng.integers(5, 8))):
        loop = _progressions(sketch.rng, tonic, minor=minor)[number % 4]
        kind = str(sketch.rng.choice([other for other in sketch.textures if other != kind]))
        bars = int(sketch.rng.choice([8, 8, 12, 16]))
        yield sketch.part("verse", chr(65 + number), loop, bars, texture=sketch.textures[kind])


def _verse_and_chorus(sketch: Sketch, family: str, eight: int) -> Iterator[Part]:
    rng, part = sketch.rng, sketch.part
    verse = ("verse", "A", sketch.verse, sketch.verse_bars)
    chorus = ("chorus", "B", sketch.chorus, sketch.chorus_bars)
    if rng.random() < 0.8:
        loop = sketch.verse if rng.random() < 0.6 else sketch.other
        yield part("intro", "I", loop, int(rng.choice([sketch.small, 8])))
    yield part(*verse)
    if rng.random() < 0.3:
        yield part(*verse)
    yield part(*chorus)
    if rng.random() < 0.3:
        yield part("solo", "I", sketch.verse, sketch.small)
    usual = sketch.textures["verse"]
    richer = replace(usual, pad=True, lead=False, loud=usual.loud * 1.1) if rng.random() < 0.5 else usual
    yield part(*verse, texture=richer)
    yield part(*chorus)
    if family == "breakdown":
        yield part("bridge", "C", sketch.bridge, 8, texture=Texture("block", pad=True, loud=0.35))
    elif rng.random() < 0.7:
        yield part("solo", "S", sketch.verse if rng.random() < 0.5 else sketch.chorus, eight)
    else:
        yield part("bridge", "C", sketch.bridge, 8)
    yield part(*chorus, shift=2 if family == "key change" else 0)
    if rng.random() < 0.6:
        yield part("outro", "O", sketch.verse, int(rng.choice([sketch.small, 8])))


def _progressions(rng: Generator, tonic: int, *, minor: bool) -> list[list[tuple[int, bool]]]:
    """Four progressions of four bars in one key, all different."""
    scale = MINOR if minor else MAJOR
    degrees = (0, 2, 3, 4, 5, 6) if minor else (0, 1, 2, 3, 4, 5)
    found: list[list[tuple[int, bool]]] = []
    while len(found) < 4:
        loop = rng.choice(degrees, 4, replace=bool(rng.random() < 0.3))
        if rng.random() < 0.5:
            loop[0] = 0
        chords = [(tonic + scale[d], (scale[(d + 2) % 7] - scale[d]) % 12 == 3) for d in map(int, loop)]
        if chords not in found and len(set(chords)) > 1:
            found.append(chords)
    return found


def _textures(rng: Generator, family: str) -> dict[str, Texture]:
    """Who plays in which kind of section."""
    comps = list(rng.permutation(["block", "pluck", "arpeggio", "strum"]))
    if family == "one guitar":
        own = str(comps[0])
        return {
            label: Texture(own, loud=loud, lead=label == "solo")
            for label, loud in zip(
                ("intro", "verse", "chorus", "bridge", "solo", "outro"),
                (0.8, 0.9, 1.0, 0.9, 0.9, 0.8),
                strict=True,
            )
        }
    one, two, three = map(str, comps[:3])
    quiet = float(rng.uniform(0.5, 0.8))
    drums = str(rng.choice(["none", "light", "light", "full"]))
    full = str(rng.choice(["full", "full", "half"]))
    return {
        "intro": Texture(
            one, str(rng.choice(["none", "root"])), str(rng.choice(["none", "light"])), loud=quiet
        ),
        "verse": Texture(one, "root", drums, loud=float(rng.uniform(0.6, 0.9))),
        "chorus": Texture(two, "pulse", full, pad=True),
        "bridge": Texture(
            three, "root", str(rng.choice(["none", "half"])), pad=bool(rng.random() < 0.5), loud=0.7
        ),
        "solo": Texture(one, "pulse", full, lead=True, loud=0.9),
        "outro": Texture(one, "root", str(rng.choice(["none", "light"])), loud=quiet),
    }


def _verse_words(rng: Generator, bars: int) -> tuple[str, ...]:
    """A line of words for every two bars."""
    return tuple(" ".join(map(str, rng.choice(WORDS, 4, replace=False))) for _ in range(max(1, bars // 2)))


# ---------------------------------------------------------------- what is played


def _play(player: Player, part: Part, beats: Times, *, fill: bool) -> None:
    count, texture = player.meter.beats, part.texture
    bar = player.beat * count
    loud = texture.loud
    for number, (root, minor) in enumerate(part.chords):
        own = beats[number * count : (number + 1) * count]
        notes = (root, root + (3 if minor else 4), root + 7)
        _comp(player, texture.comp, notes, own, 0.22 * loud)
        if texture.pad:
            for note in notes:
                player.hit(own[0], tone(note + 12, bar, 2.0, None), 0.16 * loud)
        if texture.bass != "none":
            struck = own if texture.bass == "pulse" else own[:: max(1, count // 2)]
            player.hit(struck, tone(root - 12, player.beat * 0.9, 1.5, 0.4), 0.5 * loud)
        if texture.lead:
            for time in np.sort(player.rng.choice(_parts(own, player), min(4, count * 2), replace=False)):
                note = int(player.rng.choice(notes)) + int(player.rng.choice([12, 24, 14]))
                player.hit(np.array([time]), tone(note, player.beat, 1.0, 0.6), 0.35 * loud)
        if texture.drums != "none":
            _drum(player, texture.drums, own, loud, fill=fill and number == len(part.chords) - 1)


def _parts(beats: Times, player: Player) -> Times:
    """All equal parts of the beats."""
    steps = np.arange(player.meter.parts) / player.meter.parts * player.beat
    return np.asarray((beats[:, None] + steps).reshape(-1))


def _comp(player: Player, kind: str, notes: tuple[int, int, int], own: Times, loud: float) -> None:
    bar = player.beat * player.meter.beats
    if kind == "block":
        for note in notes:
            player.hit(own[0], tone(note + 12, bar, round(player.bright, 1) + 0.4, 1.5), 1.2 * loud)
    elif kind == "arpeggio":
        for number, time in enumerate(_parts(own, player)):
            note = notes[(0, 1, 2, 1)[number % 4]]
            player.hit(
                np.array([time]), tone(note + 12, player.beat, round(player.bright, 1), 0.35), 1.4 * loud
            )
    else:
        long = player.beat * (0.5 if kind == "pluck" else 1.0)
        struck = (
            own if kind == "pluck" else np.concatenate([own, own[1::2] + player.beat / player.meter.parts])
        )
        ring = 0.12 if kind == "pluck" else round(player.ring, 1)
        for note in notes:
            player.hit(struck, tone(note + 12, long, round(player.bright, 1), ring), loud)


def _drum(player: Player, kind: str, own: Times, loud: float, *, fill: bool) -> None:
    count = player.meter.beats
    back = {2: [1], 3: [1, 2], 4: [1, 3]}[count]
    if kind == "half":
        back = {2: [1], 3: [2], 4: [2]}[count]
    player.hit(own[:1], kick(), 0.9 * loud)
    if kind == "light":
        player.hit(own, hat(), 0.4 * loud)
        player.hit(own[back[-1:]], snare(), 0.25 * loud)
        return
    if count == 4 and kind == "full":
        player.hit(own[2:3] + player.rng.choice([0, player.beat / 2]), kick(), 0.7 * loud)
    player.hit(own[back], snare(), 0.6 * loud)
    player.hit(_parts(own, player), hat(), 0.35 * loud)
    if fill:
        player.hit(own[-1] + player.beat * np.arange(4) / 4, snare(), 0.5 * loud)


@cache
def tone(pitch: int, long: float, falloff: float, decay: float | None) -> Samples:
    """A note, made once."""
    return harmonics(pitch, long, falloff, decay)


def _sing(player: Player, part: Part, beats: Times) -> list[Line]:
    """Sing a line every two bars into the stem, from near the bar line to a beat or two before the next line."""
    count, lines = player.meter.beats, []
    pitch = 440 * 2 ** ((player.tonic + 12 - 69) / 12)
    for number, text in enumerate(part.words):
        start = beats[min(number * 2 * count, len(beats) - 1)] + player.beat * float(
            player.rng.choice([-0.5, 0, 0, 0.5, 1])
        )
        start = max(0.0, float(start) + float(player.rng.normal(0, 0.015)))
        end = start + player.beat * count * (2 if (number + 1) * 2 * count <= len(beats) else 1)
        end -= player.beat * float(player.rng.uniform(0.8, 2.0))
        syllable = 0.35
        if not player.free:
            parts = (1.0, 0.5, 0.25) if player.meter.parts == 2 else (1.0, 2 / 3, 1 / 3)
            syllable = min((player.beat * part for part in parts), key=lambda long: abs(long - 0.35))
            end = start + syllable * max(2, round((end - start) / syllable))
        sound = voice(
            end - start,
            player.melody + 100 * ord(part.letter) + number,  # verses share their melody, as choruses do
            pitch / (1 if pitch < 300 else 2),
            (0, 2, 3, 5, 7) if player.minor else (0, 2, 4, 5, 7),
            syllable,
        )
        first = round(start * SAMPLE_RATE)
        room = player.stem[first : first + len(sound)]
        room += sound[: len(room)] * (1.0 if part.label == "chorus" else 0.8)
        words = text.split()
        edges = np.linspace(start, end, len(words) + 1) + np.concatenate(
            [player.rng.normal(0, 0.03, len(words)), [0]]
        )
        edges = np.maximum(0, edges)
        spans = zip(words, edges[:-1], edges[1:], strict=True)
        timed = tuple(Word(text=word, start=float(a), end=float(b)) for word, a, b in spans)
        lines.append(Line(text=text, start=timed[0].start, end=timed[-1].end, words=timed))
    return lines


def _fade(track: Samples, start: float) -> None:
    """Let the end die away from ``start`` on, in place."""
    first = round(start * SAMPLE_RATE)
    track[first:] *= np.linspace(1, 0, len(track) - first, dtype=np.float32) ** 1.5
