"""Toy songs, storyboards and films with known answers."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import soundfile

from limelight.cut.cutting import cut_film, finish_take
from limelight.score import BeatGrid, Line, Lyrics, MoodPoint, Score, Section, SectionLabel, Song, Voice, Word
from limelight.storyboard import CaptionStyle, Composition, Format, Imagery, Shot, Storyboard, Transition

SHA = "0" * 64
RATE = 22050


def line(text: str, start: float, each: float = 0.4, sung: Sequence[bool] = ()) -> Line:
    words = [
        Word(
            text=word,
            start=start + index * each,
            end=start + (index + 0.9) * each,
            sung=sung[index] if sung else True,
        )
        for index, word in enumerate(text.split())
    ]
    return Line(text=text, start=start, end=words[-1].end, words=tuple(words))


def toy_score(
    seconds: float, *, beats: Sequence[float] = (), lines: Sequence[Line] = (), voice: Sequence[float] = ()
) -> Score:
    grid = BeatGrid(tempo=120.0 if beats else 0.0, beats=tuple(beats), downbeats=tuple(beats[::4]))
    return Score(
        song=Song(title="Toy", artist="Nobody", sha256=SHA, duration=seconds, sample_rate=RATE, channels=1),
        rhythm=grid,
        sections=(Section(label=SectionLabel.VERSE, start=0, end=seconds),),
        lyrics=Lyrics(lines=tuple(lines)),
        mood=(
            MoodPoint(time=0, valence=0.2, arousal=-0.3),
            MoodPoint(time=seconds, valence=0.5, arousal=0.4),
        ),
        voice=Voice(envelope=tuple(voice)),
    )


def toy_storyboard(
    cuts: Sequence[int],
    *,
    fps: str = "30",
    size: tuple[int, int] = (96, 64),
    transitions: Sequence[Transition] = (),
    stars: tuple[str, ...] = (),
    captions: CaptionStyle = CaptionStyle.NONE,
) -> Storyboard:
    shots = tuple(
        Shot(
            number=number,
            start=start,
            frames=end - start,
            section=SectionLabel.VERSE,
            imagery=Imagery(scenery="sea", elements=("moon",), words=("waves",)),
            composition=Composition.CLOSE_UP,
            look="painted",
            transition=transitions[number - 1] if transitions else Transition.CUT,
            captions=captions,
            stars=stars,
            seed=number,
            prompt="the open sea",
        )
        for number, (start, end) in enumerate(itertools.pairwise(cuts), start=1)
    )
    return Storyboard(
        song_sha256=SHA,
        title="Toy",
        format=Format(width=size[0], height=size[1], fps=fps),
        frames=cuts[-1],
        director="toy",
        look="painted",
        seed=1,
        stars=stars,
        shots=shots,
    )


def texture(number: int, size: tuple[int, int]) -> np.ndarray:
    """A shot's scenery: smooth coloured noise, three times as wide as the picture."""
    rng = np.random.default_rng(number)
    noise = rng.normal(0, 1, (size[1], size[0] * 3, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 5)
    mean = rng.integers(70, 180, 3)
    return np.clip(mean + 45 * blurred / blurred.std(), 0, 255).astype(np.uint8)


def panning(number: int, index: int, size: tuple[int, int]) -> np.ndarray:
    """The ordinary picture of a toy film: its scenery pans by a pixel a frame."""
    left = index % (2 * size[0])
    return np.ascontiguousarray(texture_of(number, size)[:, left : left + size[0]])


_TEXTURES: dict[tuple[int, tuple[int, int]], np.ndarray] = {}


def texture_of(number: int, size: tuple[int, int]) -> np.ndarray:
    if (number, size) not in _TEXTURES:
        _TEXTURES[number, size] = texture(number, size)
    return _TEXTURES[number, size]


def write_tone(path: Path, seconds: float, gain: float = 0.2) -> Path:
    times = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, gain * np.sin(2 * np.pi * 440 * times), RATE)
    return path


def make_film(
    folder: Path,
    storyboard: Storyboard,
    score: Score,
    song: Path,
    picture: Callable[[int, int, tuple[int, int]], np.ndarray] = panning,
) -> Path:
    """Shoot and cut; ``picture(shot number, frame of the film, size)``."""
    size = (storyboard.format.width, storyboard.format.height)
    takes = []
    for shot in storyboard.shots:
        pictures = (picture(shot.number, index, size) for index in range(shot.start, shot.end))
        take = folder / f"{shot.number:04d}.mp4"
        takes.append(finish_take(pictures, storyboard, shot.number, score, take))
    return cut_film(takes, song, score, storyboard, folder / "film.mp4").path
