"""Synthetic songs whose beats, bars, chords, sections and singing are known exactly.

Every maker is deterministic (the same arguments give the same samples) and quick: about half a second of work for
30 seconds of sound. They are instruments of measurement, not music: `examples/` has a song to listen to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from songs.files import encoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Times = NDArray[np.float64]

SAMPLE_RATE = 22_050
QUIET = 0.9  # peak of every finished song


@dataclass(frozen=True)
class Meter:
    """Beats in a bar, and equal parts in a beat (the 6/8 beat is a dotted quarter)."""

    beats: int
    parts: int


METERS = {"4/4": Meter(4, 2), "3/4": Meter(3, 2), "6/8": Meter(2, 3)}


@dataclass(frozen=True)
class Span:
    """A stretch of the song in seconds, and what it is: a section, a chord, a sung note."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Song:
    """Sound and its truth; all times are seconds from the first sample.

    samples: `(n,)` float32 in -1 to 1, mono. beats and downbeats: `(k,)` float64, rising;
    empty where there is none. tempo: beats a minute, or None where it varies or is unknown.
    """

    samples: Samples
    sample_rate: int
    beats: Times
    downbeats: Times
    tempo: float | None = None
    meter: str | None = None
    sections: tuple[Span, ...] = ()
    chords: tuple[Span, ...] = ()
    singing: tuple[Span, ...] = ()

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples.size / self.sample_rate

    def write(self, path: Path, kind: str | None = None, tags: Mapping[str, str] | None = None) -> Path:
        """Write the song as wav, flac, mp3, m4a, ogg, or mp4 (a small video with this sound).

        `kind` is the file's ending unless given; another ending than the kind's makes a file
        with a misleading name. Tags are title, artist, lyrics and so on. Returns `path`.
        """
        kind = kind or path.suffix.removeprefix(".")
        path.write_bytes(encoded(self.samples, self.sample_rate, kind, tags or {}))
        return path

    def then(self, other: Song) -> Song:
        """This song, and directly after it the other one (of the same rate)."""
        shift = self.duration
        return replace(
            self,
            samples=np.concatenate([self.samples, other.samples]),
            beats=np.concatenate([self.beats, other.beats + shift]),
            downbeats=np.concatenate([self.downbeats, other.downbeats + shift]),
            tempo=self.tempo if self.tempo == other.tempo else None,
            meter=self.meter if self.meter == other.meter else None,
            sections=self.sections + moved(other.sections, shift),
            chords=self.chords + moved(other.chords, shift),
            singing=self.singing + moved(other.singing, shift),
        )


def moved(spans: Sequence[Span], shift: float) -> tuple[Span, ...]:
    """The same spans `shift` seconds later."""
    return tuple(Span(span.start + shift, span.end + shift, span.label) for span in spans)


# ---------------------------------------------------------------- songs


def clicks(tempo: float = 120.0, duration: float = 30.0, meter: str = "4/4", start: float = 0.5) -> Song:
    """A metronome: a high click on each downbeat, a lower one on the other beats."""
    beats = beat_times(tempo, duration, start=start)
    downbeats = beats[:: METERS[meter].beats]
    track = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    strike(track, np.setdiff1d(beats, downbeats), click(1000.0), 0.7)
    strike(track, downbeats, click(1600.0), 1.0)
    return Song(level(track), SAMPLE_RATE, beats, downbeats, tempo, meter)


def drums(
    tempo: float = 120.0,
    duration: float = 30.0,
    meter: str = "4/4",
    start: float = 0.5,
    *,
    tempo_end: float | None = None,
    rubato: float = 0.0,
) -> Song:
    """Kick, snare and hats. The tempo may move evenly to `tempo_end`, or sway by `rubato`.

    `rubato` is a share of the tempo (.15 sways by 15 %), over eight seconds.
    """
    beats = beat_times(tempo, duration, start=start, tempo_end=tempo_end, rubato=rubato)
    track = drum_track(beats, METERS[meter], duration)
    steady = tempo_end is None and rubato == 0
    downbeats = beats[:: METERS[meter].beats]
    return Song(level(track), SAMPLE_RATE, beats, downbeats, tempo if steady else None, meter)


def band(
    tempo: float = 100.0,
    bars: int = 12,
    meter: str = "4/4",
    progression: Sequence[str] = ("C", "G", "Am", "F"),
    start: float = 0.5,
) -> Song:
    """Drums, bass and a chord a bar: chord changes mark the bars."""
    return form("B", tempo, bars, meter, progressions={"B": tuple(progression)}, start=start)


PROGRESSIONS = {
    "A": ("Am", "F", "C", "G"),
    "B": ("F", "G", "Am", "C"),
    "C": ("Dm", "Dm", "G", "G"),
}


def form(
    labels: str = "ABAB",
    tempo: float = 110.0,
    bars: int = 4,
    meter: str = "4/4",
    *,
    progressions: Mapping[str, Sequence[str]] = PROGRESSIONS,
    start: float = 0.0,
) -> Song:
    """Sections of `bars` bars, one a letter, which differ in chords and instruments.

    A is sparse (plucked chords, bass, hats), B full and loud (kit, pad, bass, lead), C a
    breakdown (soft pad alone). The same letter sounds the same each time.
    """
    count = METERS[meter].beats * bars
    beat = 60.0 / tempo
    total = start + beat * count * len(labels)
    beats = start + beat * np.arange(count * len(labels))
    downbeats = beats[:: METERS[meter].beats]
    track = np.zeros(round(total * SAMPLE_RATE), np.float32)
    sections, chords = [], []
    for number, label in enumerate(labels):
        own = beats[number * count : (number + 1) * count]
        end = float(own[0] + beat * count)
        sections.append(Span(float(own[0]), end, label))
        starts = own[:: METERS[meter].beats]
        names = [progressions[label][i % len(progressions[label])] for i in range(bars)]
        own_chords = [
            Span(float(at), float(at + beat * METERS[meter].beats), name)
            for at, name in zip(starts, names, strict=True)
        ]
        chords += own_chords
        play_section(track, label, own, METERS[meter], own_chords)
    return Song(
        level(track),
        SAMPLE_RATE,
        beats,
        downbeats,
        tempo,
        meter,
        tuple(sections),
        tuple(chords),
    )


def sung(
    duration: float = 30.0,
    phrases: Sequence[tuple[float, float]] = ((2.0, 6.0), (8.0, 12.5), (16.0, 22.0)),
    accompanied: bool = False,
    tempo: float = 100.0,
) -> Song:
    """A formant-synthesised voice on vowels and hisses in `phrases`, silent between.

    `singing` has one span a phrase. With `accompanied`, a quiet band plays throughout.
    """
    track = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    spans = []
    for number, (start, end) in enumerate(phrases):
        if start >= duration:
            break
        phrase = voice(end - start, seed=number)
        first = round(start * SAMPLE_RATE)
        track[first : first + phrase.size] += phrase[: track.size - first]
        spans.append(Span(start, min(end, duration), "voice"))
    beats = downbeats = np.zeros(0)
    if accompanied:
        bars = int(duration * tempo / 240) + 1
        backing = band(tempo, bars, start=0.0)
        track = level(track) + 0.35 * backing.samples[: track.size]
        beats = backing.beats[backing.beats < duration]
        downbeats = backing.downbeats[backing.downbeats < duration]
    return Song(
        level(track),
        SAMPLE_RATE,
        beats,
        downbeats,
        tempo if accompanied else None,
        "4/4" if accompanied else None,
        singing=tuple(spans),
    )


def silence(duration: float = 30.0) -> Song:
    """Digital silence."""
    none = np.zeros(0)
    return Song(np.zeros(round(duration * SAMPLE_RATE), np.float32), SAMPLE_RATE, none, none)


def noise(duration: float = 30.0, seed: int = 0) -> Song:
    """White noise: no beat, no key, no voice."""
    rng = np.random.default_rng(seed)
    samples = rng.standard_normal(round(duration * SAMPLE_RATE)).astype(np.float32)
    return Song(level(samples), SAMPLE_RATE, np.zeros(0), np.zeros(0))


def tone(duration: float = 1.0, frequency: float = 440.0) -> Song:
    """A steady sine: the shortest thing that one might call a song."""
    time = np.arange(round(duration * SAMPLE_RATE)) / SAMPLE_RATE
    samples = np.sin(2 * np.pi * frequency * time).astype(np.float32)
    return Song(level(samples), SAMPLE_RATE, np.zeros(0), np.zeros(0))


# ---------------------------------------------------------------- time


def beat_times(
    tempo: float,
    duration: float,
    *,
    start: float = 0.0,
    tempo_end: float | None = None,
    rubato: float = 0.0,
) -> Times:
    """Times of all beats before `duration`: where the integral of the tempo is whole."""
    time = np.linspace(0, max(duration - start, 0), max(2, int((duration - start) * 1000) + 1))
    share = time / max(time[-1], 1e-9)
    pace = tempo + ((tempo_end or tempo) - tempo) * share
    pace = pace * (1 + rubato * np.sin(2 * np.pi * time / 8.0))
    steps = np.diff(time) * (pace[1:] + pace[:-1]) / 2 / 60
    phase = np.concatenate(([0.0], np.cumsum(steps)))
    whole = np.arange(int(np.floor(phase[-1] + 1e-9)) + 1)
    beats = start + np.interp(whole, phase, time)
    return beats[beats < duration - 1e-6]


# ---------------------------------------------------------------- sounds


def level(track: Samples) -> Samples:
    """The track with its peak at `QUIET`."""
    peak = float(np.abs(track).max(initial=0.0))
    return np.asarray(track * (QUIET / peak) if peak > 0 else track, np.float32)


def strike(track: Samples, times: Times, hit: Samples, loud: float) -> None:
    """Add a sound at each time, in place."""
    for first in np.round(np.asarray(times) * SAMPLE_RATE).astype(int):
        room = track[first : first + hit.size]
        room += loud * hit[: room.size]


def click(frequency: float) -> Samples:
    """A 40 ms burst of a sine, starting at full strength."""
    time = np.arange(int(0.04 * SAMPLE_RATE)) / SAMPLE_RATE
    return (np.cos(2 * np.pi * frequency * time) * np.exp(-time / 0.008)).astype(np.float32)


def kick() -> Samples:
    """A sine that falls from 150 to 50 Hz in 0.25 s."""
    time = np.arange(int(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * (50 * time + 100 * 0.03 * (1 - np.exp(-time / 0.03)))
    return (np.cos(phase) * np.exp(-time / 0.08)).astype(np.float32)


def snare() -> Samples:
    """Noise over a 190 Hz body."""
    time = np.arange(int(0.2 * SAMPLE_RATE)) / SAMPLE_RATE
    rattle = np.random.default_rng(1).standard_normal(time.size) * np.exp(-time / 0.05)
    body = np.cos(2 * np.pi * 190 * time) * np.exp(-time / 0.04)
    return (0.4 * rattle + 0.6 * body).astype(np.float32)


def hat() -> Samples:
    """60 ms of high noise."""
    hiss = np.diff(np.random.default_rng(2).standard_normal(int(0.06 * SAMPLE_RATE) + 1))
    return (0.4 * hiss * np.exp(-np.arange(hiss.size) / (0.015 * SAMPLE_RATE))).astype(np.float32)


def drum_track(beats: Times, meter: Meter, duration: float) -> Samples:
    """A usual pattern: kick on the downbeat, snare on the backbeat, hats on every part."""
    track = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    place = np.arange(beats.size) % meter.beats
    strong = (place == 0) | ((meter.beats == 4) & (place == 2))
    strike(track, beats[place == 0], kick(), 1.0)
    strike(track, beats[strong & (place != 0)], kick(), 0.75)
    strike(track, beats[~strong], snare(), 0.7)
    for part in range(meter.parts):
        between = beats[:-1] + np.diff(beats) * part / meter.parts
        strike(track, between, hat(), 0.5 if part == 0 else 0.3)
    return track


ROOTS = {"C": 48, "D": 50, "E": 52, "F": 53, "G": 55, "A": 45, "B": 47}


def chord_notes(name: str) -> tuple[int, int, int]:
    """MIDI numbers of a major (`C`) or minor (`Am`) triad from the octave below middle C."""
    root = ROOTS[name[0]]
    return root, root + (3 if name.endswith("m") else 4), root + 7


def harmonics(pitch: float, duration: float, falloff: float, decay: float | None) -> Samples:
    """A tone of eight harmonics with 10 ms edges; it dies away in `decay` seconds if given."""
    time = np.arange(int(duration * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    base = np.float32(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12)) * time
    sound = sum(np.sin(k * base) / np.float32(k**falloff) for k in range(1, 9))
    edge = np.minimum(1, np.minimum(time, duration - time) / 0.01)
    fall = np.exp(-time / decay) if decay else 1.0
    return np.asarray(sound * edge * fall * 0.3, np.float32)


def play_section(track: Samples, label: str, beats: Times, meter: Meter, chords: Sequence[Span]) -> None:
    """Add the instruments of one section to the track, in place."""
    beat = float(np.median(np.diff(beats)))
    end = float(beats[-1] + beat)
    for chord in chords:
        notes, long = chord_notes(chord.label), chord.end - chord.start
        at = np.array([chord.start])
        if label == "C":
            for note in notes:
                strike(track, at, harmonics(note + 12, long, 2.5, None), 0.15)
            continue
        inside = beats[(beats >= chord.start - 1e-6) & (beats < chord.end - 1e-6)]
        strike(track, inside, harmonics(notes[0] - 12, beat * 0.9, 1.5, 0.4), 0.6)
        if label == "A":
            for note in notes:
                strike(track, inside, harmonics(note + 12, beat, 1.2, 0.15), 0.25)
        else:
            for note in notes:
                strike(track, at, harmonics(note + 12, long, 1.4, None), 0.3)
            strike(track, at, harmonics(notes[2] + 24, long * 0.6, 1.0, 0.8), 0.3)
    if label == "A":
        strike(track, beats, hat(), 0.35)
    elif label != "C":
        grid = np.append(beats, end)
        kit = drum_track(grid - beats[0], meter, end - beats[0])
        strike(track, beats[:1], kit, 0.9)


VOWELS = (  # the first four formants in Hz of ah, ee, oo, eh (Peterson and Barney, 1952)
    (730.0, 1090.0, 2440.0, 3400.0),
    (270.0, 2290.0, 3010.0, 3700.0),
    (300.0, 870.0, 2240.0, 3300.0),
    (530.0, 1840.0, 2480.0, 3500.0),
)


def voice(
    duration: float,
    seed: int = 0,
    pitch: float = 196.0,
    scale: Sequence[int] = (0, 2, 4, 5, 7),
    syllable: float = 0.35,
) -> Samples:
    """A sung phrase of syllables of about `syllable` seconds on vowels, a hiss before some.

    Its notes are the semitones of `scale` above `pitch` Hz.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(round(duration * SAMPLE_RATE)) / SAMPLE_RATE
    count = max(1, round(duration / syllable))
    which = np.minimum((time / duration * count).astype(int), count - 1)
    steps = rng.choice(np.array(scale), count)
    glide = np.convolve(np.pad(steps[which].astype(float), 600, mode="edge"), np.ones(1201) / 1201, "valid")
    sung = pitch * 2 ** ((glide + 0.25 * np.sin(2 * np.pi * 5.5 * time)) / 12)
    phase = 2 * np.pi * np.cumsum(sung) / SAMPLE_RATE
    formants = np.array(VOWELS)[rng.integers(0, len(VOWELS), count)]
    middle = pitch * 2 ** (steps / 12)
    sound = np.zeros(time.size, np.float32)
    turn = np.exp(1j * phase).astype(np.complex64)
    harmonic = np.ones_like(turn)
    for k in range(1, 19):
        harmonic *= turn
        gain = (formant_gain(k * middle, formants) / k).astype(np.float32)
        sound += gain[which] * harmonic.imag
    within = (time / duration * count) % 1
    sound *= np.minimum(1, np.minimum(within / 0.15, (1 - within) / 0.12)) + 0.08
    hiss = np.diff(rng.standard_normal(time.size + 1)) * (within < 0.14) * (which % 2 == 0)
    edge = np.minimum(1, np.minimum(time, duration - time) / 0.03)
    peak = max(float(np.abs(sound).max()), 1e-9)
    return np.asarray((sound / peak + 0.05 * hiss) * edge * 0.8, np.float32)


def formant_gain(frequency: Times, formants: Times) -> Times:
    """Strength of a frequency `(n,)` under formants `(n, 4)` of 90 Hz width."""
    away = (frequency[:, None] - formants) / 90.0
    return np.asarray((np.array([1.0, 0.6, 0.35, 0.2]) / (1 + away**2)).sum(axis=1) + 0.01)
