"""Does an hour of song stream through to its end, in how much memory, and are its words still in their places?

    python bench/hour.py SONG [SONG ...] [--minutes 60] [--given]

The songs are joined in ever other orders to one long file. Where NAME.lyrics.txt and NAME.words.csv (word_start in
seconds, a row a word) are beside a song, its words have a truth; --given gives these words, else all is transcribed.
Each part tells what it has cost so far, so that a run which is broken off tells something, too.
"""

import argparse
import csv
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from align import errors, word_errors

from limelight.events import Event, StageFinished
from limelight.formats.text import parse_text
from limelight.listen.listening import Listen
from limelight.listen.sound.decode import SoundFile
from limelight.score import Score

RATE = 44_100


@dataclass(frozen=True)
class Joined:
    """A long song.

    Attributes:
        lines: Its known lines.
        words: (start in seconds, word) of each of their words.
        spans: Seconds between which the words are known.
    """

    lines: tuple[str, ...]
    words: tuple[tuple[float, str], ...]
    spans: tuple[tuple[float, float], ...]


def joined(paths: Sequence[Path], seconds: float, out: Path) -> Joined:
    """Write the songs one after another, shuffled anew each time, until there are so many seconds."""
    chance = random.Random(1)
    lines: list[str] = []
    words: list[tuple[float, str]] = []
    spans: list[tuple[float, float]] = []
    written = 0
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        while written < seconds * RATE:
            for path in chance.sample(list(paths), len(paths)):
                start, room = written / RATE, seconds - written / RATE
                if room <= 1:
                    break
                with SoundFile(path) as source:
                    for chunk in source.chunks(RATE, channels=2):
                        written += _encode(container, stream, chunk, written, round(seconds * RATE))
                truth = path.with_name(f"{path.stem}.words.csv")
                if truth.exists() and source.decoded <= room:
                    text = path.with_name(f"{path.stem}.lyrics.txt").read_text()
                    lines += [line for line in text.splitlines() if line.strip()]
                    moments = [float(row["word_start"]) + start for row in csv.DictReader(truth.open())]
                    words += zip(moments, text.split(), strict=True)
                    spans.append((start, start + source.decoded))
        for packet in stream.encode(None):
            container.mux(packet)
    return Joined(tuple(lines), tuple(words), tuple(spans))


def _encode(
    container: av.container.OutputContainer, stream: av.AudioStream, chunk: np.ndarray, at: int, end: int
) -> int:
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(chunk[:, : max(0, end - at)]), format="fltp", layout="stereo"
    )
    if not frame.samples:
        return 0
    frame.rate, frame.pts = RATE, at
    for packet in stream.encode(frame):
        container.mux(packet)
    return int(frame.samples)


def report(score: Score, song: Joined, *, given: bool) -> None:
    """Print how well the words stand."""
    found = [word for line in score.lyrics.lines for word in line.words]
    starts, known = np.array([word.start for word in found]), np.array([start for start, _ in song.words])
    if given and len(found) == len(known):
        sung, numbers = np.array([word.sung for word in found]), np.arange(len(known))
        whole = errors(starts, sung, numbers, known)
        print("; ".join(f"{name} {figure:.3f}" for name, figure in whole.items()))
        for start, end in song.spans:
            own = numbers[(known >= start) & (known < end)]
            figures = errors(starts[own], sung[own], own - own[0], known[own])
            print(
                f"  song at {start:.0f} s: mean error {figures['aae']:.3f}, within .3 s {figures['in_time']:.1%}"
            )
    elif not given and len(known):
        inside = [word.text for word in found if any(start <= word.start < end for start, end in song.spans)]
        print(
            f"word errors where words are known: {word_errors([word for _, word in song.words], inside):.0%}"
        )
    print(
        f"{len(found)} words, {len(score.sections)} sections, {score.rhythm.tempo:.0f} bpm, {score.warnings}"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--given", action="store_true")
    asked = parser.parse_args()
    began = time.perf_counter()

    def tell(event: Event) -> None:
        if isinstance(event, StageFinished):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            clock, processor = time.perf_counter() - began, time.process_time() - spent
            print(
                f"{event.stage}: clock {clock:.0f} s, processor {processor:.0f} s, peak {peak:.0f} MB",
                flush=True,
            )

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "long.mp3"
        song = joined(asked.songs, 60 * asked.minutes, out)
        spent, began = time.process_time(), time.perf_counter()
        lyrics = parse_text("\n".join(song.lines)) if asked.given else None
        score = Listen(longest=60 * asked.minutes + 60).run(out, lyrics, tell=tell)
    clock, processor = time.perf_counter() - began, time.process_time() - spent
    print(
        f"whole: clock {clock / 60 / asked.minutes:.3f}, processor {processor / 60 / asked.minutes:.3f} of the song"
    )
    report(score, song, given=asked.given)


if __name__ == "__main__":
    main()
