"""How well are known words placed? Songs with known word times, as they are and with mistreated lyrics.

    python bench/align.py FOLDER [--songs miedo.es ...] [--cases clean less ...]

FOLDER holds for each song NAME.LANG.mp3, NAME.LANG.lyrics.txt and NAME.LANG.words.csv (word_start, word_end in
seconds, a row a word). Controls: words spread evenly over the song, and over the lines between the anchors that
Whisper's own transcript gives. Errors are of word onsets, over the words that are both sung and in the text.
"""

import argparse
import csv
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from limelight.formats.text import parse_text
from limelight.listen.sound.decode import decode
from limelight.listen.sound.separation import VOICE_RATE, vocals
from limelight.listen.words.anchors import find_anchors
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.lyrics import align_given, heard_language
from limelight.listen.words.transcribe import HeardWord, best_heard, folded, heard_words
from limelight.listen.words.voicing import voicing
from limelight.listen.words.whisper import RATE, whisper
from limelight.score import LyricsSource
from limelight.weights import weight

CASES = (
    "clean", "less", "again", "again-late", "headings", "shouted", "other-order", "chorus-only", "other-song",
)  # fmt: skip
CHANCY = {"less", "again", "again-late", "other-order", "other-song"}
"""Cases that differ with the seed."""
ENOUGH = 0.3
"""Seconds: a word within that counts as in time."""


@dataclass(frozen=True)
class Case:
    """Lyrics as given, and for each of their words the number of the true word, or -1 if it is not sung."""

    text: str
    truth: tuple[int, ...]


@dataclass(frozen=True)
class Song:
    """Lyrics with the true onset of each word, seconds."""

    name: str
    language: str
    lines: tuple[str, ...]
    starts: np.ndarray

    @staticmethod
    def read(folder: Path, name: str) -> "Song":
        """Read a song's truth from its folder."""
        rows = list(csv.DictReader((folder / f"{name}.words.csv").open()))
        text = (folder / f"{name}.lyrics.txt").read_text()
        lines = tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())
        return Song(
            name, name.rsplit(".", 1)[-1], lines, np.array([float(row["word_start"]) for row in rows])
        )

    def numbered(self) -> list[tuple[str, list[int]]]:
        """Lines, each with the numbers of its words."""
        at = 0
        numbered = []
        for line in self.lines:
            count = len(line.split())
            numbered.append((line, list(range(at, at + count))))
            at += count
        return numbered


def mistreated(song: Song, others: list[Song], case: str, seed: int) -> Case:
    """The song's lyrics as ``case`` says."""
    chance = random.Random(seed)
    lines = song.numbered()
    unsung = [(line, [-1] * len(numbers)) for line, numbers in lines]
    if case == "less":
        gone = set(chance.sample(range(len(lines)), round(0.2 * len(lines))))
        lines = [line for number, line in enumerate(lines) if number not in gone]
    elif case in {"again", "again-late"}:
        first = chance.randrange(0, len(lines) - 6)
        last = first + chance.randrange(4, 7)
        copy = unsung[first:last]
        lines = lines[:last] + copy + lines[last:] if case == "again" else lines + copy
    elif case == "headings":
        lines = list(_with_headings(lines))
    elif case == "shouted":
        lines = [(f"“{line.upper()}!!!” —", numbers) for line, numbers in lines]
    elif case == "other-order":  # four lines written at the end that are sung earlier
        first = chance.randrange(0, len(lines) - 8)
        lines = lines[:first] + lines[first + 4 :] + lines[first : first + 4]
    elif case == "chorus-only":
        counts = Counter(line for line, _ in lines)
        lines = [line for line in lines if counts[line[0]] > 1]
    elif case == "other-song":
        other = others[seed % len(others)]
        lines = [(line, [-1] * len(line.split())) for line in other.lines]
    return Case(
        "\n".join(line for line, _ in lines), tuple(number for _, numbers in lines for number in numbers)
    )


def _with_headings(lines: list[tuple[str, list[int]]]) -> Iterator[tuple[str, list[int]]]:
    """A heading every six lines, and (x2) for lines that follow themselves."""
    at = 0
    while at < len(lines):
        if at % 6 == 0:
            yield f"\n[Verse {at // 6 + 1}]", []
        line, numbers = lines[at]
        if at + 1 < len(lines) and lines[at + 1][0] == line:
            yield f"{line} (x2)", numbers + lines[at + 1][1]
            at += 2
        else:
            yield line, numbers
            at += 1


def errors(placed: np.ndarray, sung: np.ndarray, truth: np.ndarray, starts: np.ndarray) -> dict[str, float]:
    """Figures of one run. A word given twice counts once, at its better placed copy."""
    best = np.full(len(starts), np.inf)
    shift = np.zeros(len(starts))
    for moment, is_sung, number in zip(placed, sung, truth, strict=True):
        if number >= 0 and is_sung and abs(moment - starts[number]) < best[number]:
            best[number] = abs(moment - starts[number])
            shift[number] = moment - starts[number]
    there = sorted({int(number) for number in truth if number >= 0})
    found = [number for number in there if np.isfinite(best[number])]
    third = max(1, len(found) // 3)
    return {
        "aae": float(best[found].mean()) if found else float("nan"),
        "median": float(np.median(best[found])) if found else float("nan"),
        "in_time": float((best[there] < ENOUGH).mean()) if there else float("nan"),
        "drift": float(np.median(shift[found[-third:]]) - np.median(shift[found[:third]]))
        if found
        else float("nan"),
        "lost": 1 - len(found) / max(1, len(there)),
        "unsung": float((~sung[truth < 0]).mean()) if (truth < 0).any() else float("nan"),
    }


def same_words(placed: np.ndarray, sung: np.ndarray, texts: list[str], song: Song) -> float:
    """Share of the sung words that stand where the same word is truly sung, be it another line's."""
    true = np.array([folded(word) for word in " ".join(song.lines).split()])
    right = [
        bool((true[np.abs(song.starts - moment) < ENOUGH] == folded(text)).any())
        for moment, is_sung, text in zip(placed, sung, texts, strict=True)
        if is_sung
    ]
    return float(np.mean(right)) if right else float("nan")


def copies_allowed(truth: np.ndarray, case: Case, song: Song) -> np.ndarray:
    """In "again" either copy may be the one that is sung: both carry the true word's number for the errors."""
    words = case.text.split()
    flat = " ".join(song.lines).split()
    allowed = truth.copy()
    for at in np.flatnonzero(truth < 0):
        for back in range(1, 80):
            if at - back >= 0 and truth[at - back] >= 0 and flat[truth[at - back]] == words[at]:
                same = [b for b in range(80) if at + b < len(words) and truth[at + b] < 0]
                if len(same) >= 1:
                    allowed[at] = truth[at - back]
                break
    return allowed


def show(name: str, case: str, figures: dict[str, float], note: str = "") -> None:
    """Print a row."""
    print(
        f"| {name} | {case} | {figures['aae']:.3f} | {figures['median']:.3f} | {figures['in_time']:.1%} | "
        f"{figures['drift']:+.3f} | {figures.get('same', float('nan')):.1%} | {figures['lost']:.1%} | "
        f"{figures['unsung']:.0%} | {note} |",
        flush=True,
    )


def uniform(song: Song, duration: float) -> np.ndarray:
    """Words spread evenly over the whole song."""
    return np.linspace(0, duration, len(song.starts), endpoint=False)


def word_errors(true: list[str], heard: list[str]) -> float:
    """Word error rate: substitutions, insertions and deletions over true words; case and accents do not count."""
    row = np.arange(len(heard) + 1)
    keys = [folded(word) for word in heard]
    for word in true:
        before, row = row, np.empty_like(row)
        row[0] = before[0] + 1
        for at, key in enumerate(keys):
            row[at + 1] = min(before[at + 1] + 1, row[at] + 1, before[at] + (key != folded(word)))
    return float(row[-1]) / len(true)


def run_case(
    song: Song, hearing: Hearing, heard: list[HeardWord], case: Case, label: str
) -> dict[str, float] | None:
    """Place the words of one case and print its row; its figures, or None if the lyrics are refused."""
    given = parse_text(case.text)
    began = time.process_time()
    found = align_given(hearing, heard, given)
    cost = (time.process_time() - began) / hearing.duration
    if found.lyrics.source is not LyricsSource.GIVEN:
        show(
            song.name, label, errors(np.zeros(0), np.zeros(0, bool), np.zeros(0, int), song.starts), "refused"
        )
        return None
    words = [word for line in found.lyrics.lines for word in line.words]
    starts = np.array([word.start for word in words])
    sung = np.array([word.sung for word in words])
    truth = np.array(case.truth)
    figures = errors(starts, sung, truth, song.starts)
    if label == "again":
        figures |= {
            key: value
            for key, value in errors(starts, sung, copies_allowed(truth, case, song), song.starts).items()
            if key != "unsung"
        }
    figures["same"] = same_words(starts, sung, [word.text for word in words], song)
    show(song.name, label, figures, f"cpu {cost:.3f}")
    return figures


def show_many(name: str, label: str, rows: list[dict[str, float]]) -> None:
    """Print the mean and the worst of several seeds."""
    worst = {"in_time": min, "same": min}
    with np.errstate(all="ignore"):
        mean = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    far = {key: worst.get(key, max)([row[key] for row in rows]) for key in rows[0]}
    show(name, f"{label}: mean of {len(rows)}", mean)
    show(name, f"{label}: worst of {len(rows)}", far)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--songs", nargs="*")
    parser.add_argument("--cases", nargs="*", default=CASES)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    choice = parser.parse_args()
    names = choice.songs or sorted(
        path.name[: -len(".words.csv")] for path in choice.folder.glob("*.words.csv")
    )
    songs = [Song.read(choice.folder, name) for name in names]
    print(
        "| song | lyrics | mean error s | median s | within .3 s | drift s | same word | lost | unsung marked |"
        " note |"
    )
    print("|" + " --- |" * 10)
    for song in songs:
        (path,) = (
            path for path in choice.folder.glob(f"{song.name}.*") if path.suffix in {".mp3", ".ogg", ".flac"}
        )
        sound = decode(path)
        mix = decode(path, RATE).samples
        voice = vocals(sound)
        began = time.process_time()
        with whisper(weight("whisper-base"), threads=choice.threads) as model:
            hearing = Hearing(model, mix, voicing(sound.samples, voice, VOICE_RATE))
            encoded = time.process_time() - began
            language = heard_language(hearing)
            hearing.language = song.language
            heard = heard_words(hearing)
            whole = best_heard(heard)
            written = time.process_time() - began - encoded
            everything = np.arange(len(song.starts))
            show(
                song.name,
                "control: even",
                errors(uniform(song, sound.duration), everything >= 0, everything, song.starts),
            )
            rough = find_anchors([line.split() for line in song.lines], whole).interpolated(sound.duration)
            note = f"cpu: encode {encoded / sound.duration:.3f}, write {written / sound.duration:.3f}"
            show(
                song.name,
                "control: transcript's times",
                errors(rough, everything >= 0, everything, song.starts),
                note,
            )
            wrong = word_errors(" ".join(song.lines).split(), [word.text for word in whole if word.certain])
            print(
                f"| {song.name} | transcript | | | | | | | | language {language}, word error rate {wrong:.0%} |"
            )
            others = [other for other in songs if other is not song] or songs
            for case in choice.cases:
                rows = [
                    run_case(song, hearing, heard, mistreated(song, others, case, seed), case)
                    for seed in range(choice.seeds if case in CHANCY else 1)
                ]
                if known := [row for row in rows if row is not None]:
                    show_many(song.name, case, known) if len(known) > 1 else None
            hearing.close()
    print(
        f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB; cpu: core seconds a second"
    )


if __name__ == "__main__":
    main()
