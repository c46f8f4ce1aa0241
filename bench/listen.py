"""How well, how fast and in how much memory is the sound heard?

    python bench/listen.py truth                  songs of known truth: beats, bars, sections, beside librosa
    python bench/listen.py songs FILE [FILE ...]  real songs: seconds and memory by stage, and what was heard

Songs of known truth are made by tests/songs/synth.py, which was written apart from the listener. Times are seconds
of processor over all threads, so that other work on the machine does not count.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import librosa
import mir_eval
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from limelight.events import Event, StageFinished, StageStarted
from limelight.listen.listening import Listen
from limelight.listen.rhythm import track
from limelight.listen.sections import find_sections
from limelight.listen.spectrum import analyse
from songs import synth


def rhythm_songs() -> Iterator[tuple[str, synth.Song]]:
    """Songs by kind, with known beats and bars."""
    for meter, tempi in (
        ("4/4", (60, 75, 90, 105, 120, 140, 160, 190)),
        ("3/4", (60, 90, 120, 150, 190)),
        ("6/8", (60, 75, 90, 105)),
    ):
        for tempo in tempi:
            yield f"band {meter}", synth.band(tempo, 16, meter)
    for tempo in (60, 90, 120, 150, 190):
        yield "drums alone", synth.drums(tempo)
        yield "metronome", synth.clicks(tempo)
    for first, last in ((80, 140), (160, 100), (100, 120)):
        yield "tempo ramp", synth.drums(first, 40, tempo_end=last)
    for sway in (0.05, 0.1, 0.15):
        yield "rubato", synth.drums(100, 40, rubato=sway)


FORMS = (
    ("ABAB", 110, 8, "4/4"), ("ABABCB", 120, 8, "4/4"), ("AABAAB", 100, 8, "4/4"), ("ABCAB", 90, 8, "4/4"),
    ("ABACAB", 140, 8, "4/4"), ("ABABCAB", 130, 8, "3/4"), ("ABABCB", 100, 4, "4/4"), ("ABCB", 120, 16, "4/4"),
    ("CABABCB", 75, 8, "6/8"),
)  # fmt: skip


def truth() -> None:
    """Print how near the known truth is met."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    for name, song in rhythm_songs():
        grid = track(analyse(song.samples))
        rows.setdefault(name, []).append(
            (
                beat_f(song.beats, grid.beats),
                beat_f(song.beats, grid.beats, 1 / 30),
                beat_f(song.downbeats, grid.downbeats),
                float(grid.meter == synth.METERS[str(song.meter)].beats),
                beat_f(song.beats, librosa_beats(song)),
                beat_f(song.beats, np.array(grid.beats) + np.median(np.diff(grid.beats)) / 2),
            )
        )
    table(
        rows,
        (
            "beats F 70 ms",
            "within 33 ms",
            "downbeats F",
            "meter right",
            "librosa beats F",
            "control: off-beat",
        ),
    )
    forms: dict[str, list[tuple[float, ...]]] = {}
    rng = np.random.default_rng(0)
    for labels, tempo, bars, meter in FORMS:
        song = synth.form(labels, tempo, bars, meter)
        spectrum = analyse(song.samples)
        grid = track(spectrum)
        found = [section.start for section in find_sections(spectrum, grid, song.duration)][1:]
        control = [
            hit_rate(song, rng.choice(grid.downbeats, len(found), replace=False), 3.0) for _ in range(50)
        ]
        forms.setdefault("forms", []).append(
            (hit_rate(song, found, 3.0), hit_rate(song, found, 0.5), float(np.mean(control)))
        )
    print()
    table(forms, ("sections HR@3s", "HR@0.5s", "control: random bars"))


def beat_f(true: object, found: object, window: float = 0.07) -> float:
    """F-measure of moments within a window in seconds."""
    return float(mir_eval.beat.f_measure(np.asarray(true, float), np.asarray(found, float), window))


def hit_rate(song: synth.Song, found: object, window: float) -> float:
    """The F-measure of inner borders."""
    true = [b.start for a, b in zip(song.sections, song.sections[1:], strict=False) if a.label != b.label]

    def spans(starts: object) -> np.ndarray:
        edges = np.concatenate([[0.0], np.sort(np.asarray(starts, float)), [song.duration]])
        return np.stack([edges[:-1], edges[1:]], axis=1)

    return float(mir_eval.segment.detection(spans(true), spans(found), window=window, trim=True)[2])


def librosa_beats(song: synth.Song) -> np.ndarray:
    """The control that everybody has."""
    return np.asarray(librosa.beat.beat_track(y=song.samples, sr=song.sample_rate, units="time")[1])


def table(rows: dict[str, list[tuple[float, ...]]], names: tuple[str, ...]) -> None:
    """Print means by kind, and the worst single song."""
    print(f"| {'songs':14} | n | " + " | ".join(names) + " |")
    print("| --- " * (len(names) + 2) + "|")
    for name, values in rows.items():
        means = " | ".join(f"{mean:.3f}" for mean in np.mean(values, axis=0))
        print(f"| {name:14} | {len(values)} | {means} |")
    worst = np.min([value for values in rows.values() for value in values], axis=0)
    print(f"| worst single   |   | {' | '.join(f'{low:.3f}' for low in worst)} |")


def songs(paths: list[Path]) -> None:
    """Print what was heard in real songs, and what it cost."""
    print("| song | length s | stage: processor seconds / song second | all | peak MB |")
    print("| --- | --- | --- | --- | --- |")
    for path in paths:
        with multiprocessing.get_context("spawn").Pool(
            1
        ) as pool:  # a fresh process, so that the peak is its own
            print(pool.apply(one_song, (path,)), flush=True)


def one_song(path: Path) -> str:
    """Rows of the table for one song."""
    spent: dict[str, float] = {}
    begun = 0.0

    def tell(event: Event) -> None:
        nonlocal begun
        if isinstance(event, StageStarted):
            begun = time.process_time()
        elif isinstance(event, StageFinished):
            spent[event.stage] = time.process_time() - begun

    score = Listen(words=False).run(path, tell=tell)
    length = score.song.duration
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    stages = ", ".join(
        f"{name} {seconds / length:.3f}" for name, seconds in spent.items() if name != "lyrics"
    )
    mood = np.array([(point.valence, point.arousal) for point in score.mood]).mean(axis=0)
    form = " ".join(f"{section.label}@{section.start:.0f}" for section in score.sections)
    heard = (
        f"{score.rhythm.tempo:.0f} bpm {score.rhythm.meter}/bar ({score.rhythm.confidence:.2f}), {score.key}"
    )
    return (
        f"| {path.name} | {length:.0f} | {stages} | {sum(spent.values()) / length:.3f} | {peak:.0f} |\n"
        f"  {heard}, valence {mood[0]:+.2f}, arousal {mood[1]:+.2f}, voice "
        f"{np.mean(np.array(score.voice.envelope) > 0):.0%}; {form}"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("truth", "songs"))
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    if asked.what == "truth":
        truth()
    else:
        songs(asked.files)


if __name__ == "__main__":
    main()
