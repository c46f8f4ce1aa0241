"""A star for tests: a drawn face in memory behind the likeness protocol, with a score that sings."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from limelight.catalogue import catalogue
from limelight.errors import ConsentError
from limelight.faces.mesh import OVAL
from limelight.score import (
    BeatGrid,
    Line,
    Lyrics,
    LyricsSource,
    MoodPoint,
    Score,
    Section,
    SectionLabel,
    Song,
    Voice,
    Word,
)
from limelight.shoot.camera import CallSheet
from limelight.shoot.painted.bust import lengthen
from limelight.shoot.painted.performance import KEPT_AS, Performance
from limelight.shoot.painted.plates import Place, paint_plate, save_plate
from limelight.shoot.painted.sprites import encode, sprite_name
from limelight.star import Star, StarKind
from limelight.storyboard import Format, Imagery, Shot

POINTS = {
    10: (0, -1.2), 151: (0, -0.9), 33: (-0.75, 0), 133: (-0.25, 0), 362: (0.25, 0), 263: (0.75, 0),
    168: (0, 0.05), 6: (0, 0.2), 197: (0, 0.4), 195: (0, 0.6), 1: (0, 0.8), 2: (0, 0.9), 127: (-1.1, 0),
    356: (1.1, 0), 61: (-0.45, 1.35), 291: (0.45, 1.35), 152: (0, 2.0),
}  # fmt: skip


class Footage:
    def __init__(self, frames, fps=15):
        self._frames = frames
        self.times = [index / fps for index in range(len(frames))]

    def __len__(self):
        return len(self._frames)

    def frame(self, index):
        return self._frames[index]


class Likeness:
    """In memory; can be revoked."""

    def __init__(self, name, frames):
        self.star = Star(id=name, name=name.title(), star_kind=StarKind.SYNTHETIC)
        self.footage = Footage(frames)
        self.digest = hashlib.sha256(name.encode() + np.ascontiguousarray(frames[0]).tobytes()).hexdigest()
        self.kept = {}
        self.checks = 0
        self.revoked_after = None

    def check(self):
        self.checks += 1
        if self.revoked_after is not None and self.checks > self.revoked_after:
            raise ConsentError("The consent was revoked.")

    def keep(self, name, content):
        self.kept[name] = content

    def recall(self, name):
        return self.kept.get(name)


def performance(count=12, unit=14.0):
    """Drawings of a face whose mouth opens in steps, in two poses."""
    opening = np.tile(np.linspace(0, 1, count // 2), 2).astype(np.float32)
    eyes = np.array([4.0 * unit, 3.1 * unit])
    points = np.zeros((count, 478, 2), np.float32) + eyes
    for number in range(count):
        turn = 0.12 * (number >= count // 2)
        for index, place in POINTS.items():
            points[number, index] = eyes + unit * (np.array([place[0] + turn, place[1]]))
        points[number, 13] = eyes + unit * np.array([turn, 1.3])
        points[number, 14] = eyes + unit * np.array([turn, 1.3 + 0.4 * opening[number]])
        oval = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        for index, angle in zip(OVAL, oval, strict=True):
            points[number, index] = eyes + unit * np.array([1.2 * np.sin(angle), 0.4 - 1.6 * np.cos(angle)])
    return Performance(
        frames=np.arange(count),
        opening=opening,
        closed_eyes=np.zeros(count, np.float32),
        yaw=np.where(np.arange(count) >= count // 2, 8, 0).astype(np.float32),
        pitch=np.zeros(count, np.float32),
        matrices=np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (count, 1, 1)),
        points=points,
        size=(round(8 * unit), round(8 * unit)),
        eyes=(float(eyes[0]), float(eyes[1])),
        unit=unit,
    )


def sprite(played, drawing):
    """A cartoon: head, shoulders, eyes, mouth; and the clothes that go on below, as in a painted one."""
    width, height = played.size
    picture = np.zeros((height, width, 4), np.uint8)
    x, y = (round(value) for value in played.eyes)
    unit = played.unit
    cv2.ellipse(
        picture,
        (x, round(y + 4.6 * unit)),
        (round(3 * unit), round(2.2 * unit)),
        0,
        0,
        360,
        (40, 90, 110, 255),
        -1,
    )
    cv2.ellipse(
        picture,
        (x, round(y + 0.4 * unit)),
        (round(1.25 * unit), round(1.8 * unit)),
        0,
        0,
        360,
        (205, 150, 120, 255),
        -1,
    )
    for side in (-0.5, 0.5):
        cv2.circle(picture, (round(x + side * unit), y), round(0.18 * unit), (30, 20, 20, 255), -1)
    upper, lower = played.points[drawing, 13], played.points[drawing, 14]
    half = max(1, round(float(lower[1] - upper[1]) / 2))
    cv2.ellipse(
        picture,
        (x, round(float(upper[1] + lower[1]) / 2)),
        (round(0.4 * unit), half),
        0,
        0,
        360,
        (90, 20, 30, 255),
        -1,
    )
    return lengthen(picture, np.zeros((height, width), np.float32), unit)


def drawn_star(name="nell"):
    """A star whose footage has been analysed."""
    frames = np.zeros((12, 8, 8, 3), np.uint8)
    frames[0, 0, 0] = len(name)
    likeness = Likeness(name, frames)
    likeness.keep(KEPT_AS, performance().to_bytes())
    return likeness


def dress(likeness, coat):
    """Keep a sprite of every drawing, as if it had been painted."""
    played = Performance.from_bytes(likeness.recall(KEPT_AS))
    for drawing in range(len(played)):
        likeness.keep(sprite_name(played, drawing, coat), encode(sprite(played, drawing)))


def score(seconds=6.0, seed=3):
    """A song at 120 beats a minute with a word every .4 s and a voice that follows the words."""
    random = np.random.default_rng(seed)
    texts = [
        "every",
        "mountain",
        "lives",
        "inside",
        "of",
        "me",
        "and",
        "we",
        "were",
        "painted",
        "in",
        "light",
    ]
    words, envelope = [], np.zeros(int(seconds * 50))
    for index, start in enumerate(np.arange(0.1, seconds - 0.5, 0.4)):
        words.append(Word(text=texts[index % len(texts)], start=float(start), end=float(start) + 0.35))
        first = int(start * 50)
        envelope[first : first + 17] = random.uniform(0.3, 1.0) * np.sin(np.linspace(0, np.pi, 17))
    lines = [
        Line(text=" ".join(w.text for w in part), start=part[0].start, end=part[-1].end, words=tuple(part))
        for part in (words[i : i + 5] for i in range(0, len(words), 5))
    ]
    beats = tuple(float(beat) for beat in np.arange(0, seconds, 0.5))
    return Score(
        song=Song(sha256="0" * 64, duration=seconds, sample_rate=44100, channels=1),
        rhythm=BeatGrid(tempo=120, beats=beats, downbeats=beats[::4]),
        sections=(Section(label=SectionLabel.VERSE, start=0, end=seconds),),
        lyrics=Lyrics(source=LyricsSource.GIVEN, lines=tuple(lines)),
        mood=(MoodPoint(time=0, valence=0, arousal=0),),
        voice=Voice(rate=50, envelope=tuple(np.clip(envelope, 0, 1).tolist())),
    )


def sheet(plates: Path, composition="close-up", *, cast=(), size=(160, 90), heard=None, **given):
    """A call sheet for one shot."""
    shot = {
        "number": 1, "start": 0, "frames": 5, "section": "verse", "valence": 0.3, "arousal": 0.3,
        "imagery": Imagery(scenery="sea", time_of_day="dusk"), "composition": composition, "look": "painted",
        "captions": "in-picture", "stars": tuple(one.star.id for one in cast), "seed": 6,
    }  # fmt: skip
    return CallSheet(
        shot=Shot(**(shot | given)),
        format=Format(width=size[0], height=size[1], fps="30"),
        score=heard or score(),
        cast={one.star.id: one for one in cast},
        plates=plates,
    )


def lay_plate(path: Path, shot: Shot, size):
    """Put an unpainted plate where the camera looks for a painted one."""
    place = Place(shot.imagery, catalogue().look(shot.look), 0.25, 0.25, size, 0)
    save_plate(path, paint_plate(place, None))
