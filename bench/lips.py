"""How well warped lips follow a voice, on stills of understudies: `python bench/lips.py [SCORE.json]`.

For each synthetic person: the correlation of the lips' opening, as the landmark model reads it in the finished
pictures, with the voice's envelope; the same with the voice shifted by 0.5 s and more (the best of them and their
95th percentile); the identity's cosine before and after; and the time a picture takes. Without a score, a made-up
voice of uneven notes is sung.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np

from limelight.faces.identity import Recognizer, similarity
from limelight.faces.landmarks import FaceLandmarker
from limelight.score import BeatGrid, Lyrics, MoodPoint, Score, Section, SectionLabel, Song, Voice
from limelight.shoot.camera import CallSheet
from limelight.shoot.lips import Mouth, follow
from limelight.shoot.mouthing import mouthing_of, sung_envelope
from limelight.storyboard import Composition, Format, Imagery, Shot
from limelight.timebase import start_of
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression, Performer

PEOPLE = ("ada", "bruno", "chioma", "mei")
FPS, SECONDS, BEGINS = 15, 16, 20.0


def made_up() -> Score:
    """A minute of uneven notes and rests."""
    rng = np.random.default_rng(5)
    voice: list[float] = []
    while len(voice) < 60 * 50:
        voice += [float(rng.uniform(0.3, 1))] * int(rng.integers(8, 30)) + [0.0] * int(rng.integers(4, 25))
    return Score(
        song=Song(sha256="0" * 64, duration=60, sample_rate=44100, channels=1),
        rhythm=BeatGrid(tempo=0),
        sections=(Section(label=SectionLabel.VERSE, start=0, end=60),),
        lyrics=Lyrics(),
        mood=(MoodPoint(time=0, valence=0, arousal=0),),
        voice=Voice(envelope=tuple(voice)),
    )


def gap(face: object) -> float:
    """The lips' opening in distances between the eyes."""
    return Mouth.of(face.points[:, :2]).gap  # type: ignore[attr-defined]


def main() -> None:
    """Print the table."""
    score = Score.read(Path(sys.argv[1])) if len(sys.argv) > 1 else made_up()
    frames = SECONDS * FPS
    shot = Shot(
        number=1,
        start=round(BEGINS * FPS),
        frames=frames,
        section=SectionLabel.VERSE,
        imagery=Imagery(scenery="sea"),
        composition=Composition.CLOSE_UP,
        look="painted",
        stars=("nobody",),
        seed=1,
    )
    sheet = CallSheet(shot, Format(width=768, height=768, fps=str(FPS)), score, {}, Path())
    envelope = np.array(score.voice.envelope)
    middles = float(start_of(shot.start, sheet.format.rate)) + (np.arange(frames) + 0.5) / FPS
    heard = np.interp(middles, np.arange(len(envelope)) / score.voice.rate, envelope)
    mouthing = mouthing_of(sheet, "nobody")
    print(f"asked for against heard: {np.corrcoef(mouthing.opening, heard)[0, 1]:.2f}")
    print(f"words and voice, before easing: {np.corrcoef(sung_envelope(sheet), heard)[0, 1]:.2f}")
    print(f"{'person':<10}{'mouth':<8}{'voice':>7}{'shifted: best':>15}{'95 %':>7}{'identity':>10}{'ms':>6}")
    for name, (mouth, shapes) in itertools.product(PEOPLE, {"shut": {}, "open": {"jawOpen": 0.4}}.items()):
        still = Performer(understudy(name), size=(768, 768)).frame(Expression(blendshapes=shapes)).rgb
        begun = time.perf_counter()
        film = list(follow(itertools.repeat(still, frames), [mouthing]))
        spent = (time.perf_counter() - begun) / frames * 1000
        with FaceLandmarker() as landmarker, Recognizer() as recognizer:
            found = [landmarker.detect(picture) for picture in film]
            seen = np.array([gap(faces[0]) if faces else np.nan for faces in found])
            before = recognizer.embed(still, recognizer.detect(still)[0])
            alike = [
                similarity(before, recognizer.embed(picture, face))
                for picture in film[:: FPS // 3]
                for face in recognizer.detect(picture)[:1]
            ]
        ok = ~np.isnan(seen)
        lags = range(FPS // 2, frames - FPS // 2)
        shifted = [np.corrcoef(seen[ok], np.roll(heard, lag)[ok])[0, 1] for lag in lags]
        own = np.corrcoef(seen[ok], heard[ok])[0, 1]
        print(
            f"{name:<10}{mouth:<8}{own:7.2f}{max(shifted):15.2f}{np.quantile(shifted, 0.95):7.2f}"
            f"{np.mean(alike):10.2f}{spent:6.0f}"
        )


if __name__ == "__main__":
    main()
