"""How well, how fast and in how much memory is the sound heard?

    python bench/listen.py madmom FILE.json       write down what madmom hears in them (where it is installed)
    python bench/listen.py truth [FILE.json]      songs of known beats and bars, beside librosa and those of madmom
    python bench/listen.py keys                   songs of known key and plainly different mood
    python bench/listen.py songs FILE [FILE ...]  real songs: seconds and memory by stage, and what was heard
    python bench/listen.py words FILE [FILE ...]  whole listening with words beside faster-whisper alone: clock,
                                                  processor, memory, word error rate with and without separation
    python bench/listen.py silent [FILE ...]      what is written where nobody sings: 0 words are right

The words' truth is NAME.lyrics.txt beside NAME.mp3; with it the words are also placed. madmom is no dependency:
its models are non-commercial.

Songs of known truth are made by tests/songs/synth.py, which was written apart from the listener. Times are seconds
of processor over all threads, so that other work on the machine does not count.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from align import word_errors

from limelight.events import Event, StageFinished, StageStarted
from limelight.listen.listening import Listen
from limelight.listen.mood import feel, find_key
from limelight.listen.rhythm.beatnet import tap
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.decode import decode, resample
from limelight.listen.sound.spectrum import analyse
from limelight.listen.words.lyrics import read_lyrics
from limelight.listen.words.transcribe import without_loops
from limelight.weights import weight
from songs import synth
from songs.grooves import KINDS, groove


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
    for kind in KINDS:
        for seed in GROOVES:
            yield kind, groove(kind, seed)


GROOVES = range(1000, 1003)
"""Seeds of the rhythms that are hard to follow; the listener was made with those below 6."""


RHYTHM = (
    "beats F", "within 33 ms", "at any level", "downbeats F", "meter right", "librosa beats F", "madmom beats F",
    "madmom at any level", "madmom downbeats F", "control: off-beat",
)  # fmt: skip


def madmom(paths: list[Path]) -> None:
    """Write down the beats and downbeats that madmom finds in the songs of known truth, song by song."""
    [path] = paths
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for number, (name, song) in enumerate(rhythm_songs()):
        key = f"{name} {number}"
        if key not in known:
            known[key] = [times.tolist() for times in madmom_beats(song)]
            path.write_text(json.dumps(known), "utf-8")


def truth(paths: list[Path]) -> None:
    """Print how near the known truth of beats and bars is met; sections: bench/form.py."""
    rows: dict[str, list[tuple[float, ...]]] = {}
    known = json.loads(paths[0].read_text("utf-8")) if paths else {}
    for number, (name, song) in enumerate(rhythm_songs()):
        grid = track(analyse(song.samples), tap(song.samples))
        beats = np.array(grid.beats)
        here = f"{name} {number}" in known
        theirs, bars = map(np.array, known.get(f"{name} {number}", ([], [])))
        off = beats + np.median(np.diff(beats)) / 2 if len(beats) > 1 else beats
        rows.setdefault(name, []).append(
            (
                beat_f(song.beats, beats),
                beat_f(song.beats, beats, 1 / 30),
                any_level(song.beats, beats),
                beat_f(song.downbeats, grid.downbeats),
                float(grid.meter == synth.METERS[str(song.meter)].beats),
                beat_f(song.beats, librosa_beats(song)),
                beat_f(song.beats, theirs) if here else np.nan,
                any_level(song.beats, theirs) if here else np.nan,
                beat_f(song.downbeats, bars) if here else np.nan,
                beat_f(song.beats, off),
            )
        )
        print(name, *(f"{value:.2f}" for value in rows[name][-1]), file=sys.stderr, flush=True)
    table(rows, RHYTHM)


def any_level(true: object, found: object) -> float:
    """mir_eval's AMLt: the share of beats that are right at the true tempo, at half, double or off-beat."""
    import mir_eval  # noqa: PLC0415

    one, other = np.asarray(true, float), np.asarray(found, float)
    return float(mir_eval.beat.continuity(one, other)[3]) if len(other) > 1 else 0.0


SCALES = {
    "C major": "C F G", "G major": "G C D", "D major": "D G A", "A major": "A D E", "E major": "E A B",
    "A minor": "Am Dm Em", "E minor": "Em Am Bm", "D minor": "Dm Gm Am", "G minor": "Gm Cm Dm", "C minor": "Cm Fm Gm",
}  # fmt: skip
"""First, fourth and fifth degrees of the keys that the synthesiser can play."""


def keys() -> None:
    """Print how often key and mode are right, and whether glad songs rank above gloomy ones and fast above slow."""
    import mir_eval  # noqa: PLC0415

    rows: dict[str, list[tuple[float, ...]]] = {}
    moods: dict[str, list[tuple[float, float]]] = {}
    for key, chords in SCALES.items():
        first, fourth, fifth = chords.split()
        for played, tempo in (("B", 150), ("A", 110), ("C", 70)):
            song = synth.form(played, tempo, 8, progressions={played: (first, fourth, fifth, first)})
            spectrum = analyse(song.samples)
            found = find_key(spectrum)
            rows.setdefault(f"instruments {played}", []).append(
                (
                    float(found == key),
                    float(found.endswith(key.split()[1])),
                    float(mir_eval.key.weighted_score(key, found or "X")),
                )
            )
            mood = feel(spectrum, track(spectrum), song.duration)
            mean = float(np.mean([p.valence for p in mood])), float(np.mean([p.arousal for p in mood]))
            moods.setdefault(f"{key.split()[1]} {tempo}", []).append(mean)
    table(rows, ("key", "mode", "weighted (mir_eval)"))
    print("\n| made songs | valence | arousal |\n| --- | --- | --- |")
    for name, values in moods.items():
        valence, arousal = np.mean(values, axis=0)
        print(f"| {name} | {valence:+.2f} | {arousal:+.2f} |")
    pairs = [
        (glad[0] > gloomy[0])
        for tempo in (150, 110, 70)
        for glad in moods[f"major {tempo}"]
        for gloomy in moods[f"minor {tempo}"]
    ]
    awake = [
        fast[1] > slow[1]
        for mode in ("major", "minor")
        for fast in moods[f"{mode} 150"]
        for slow in moods[f"{mode} 70"]
    ]
    print(f"\nmajor above minor in valence: {np.mean(pairs):.0%} of {len(pairs)} pairs; ", end="")
    print(f"fast and full above slow and sparse in arousal: {np.mean(awake):.0%} of {len(awake)} pairs")


def beat_f(true: object, found: object, window: float = 0.07) -> float:
    """F-measure of moments within a window in seconds."""
    import mir_eval  # noqa: PLC0415 - heavy: a run whose memory is measured has no use for it

    return float(mir_eval.beat.f_measure(np.asarray(true, float), np.asarray(found, float), window))


def librosa_beats(song: synth.Song) -> np.ndarray:
    """The control that everybody has."""
    import librosa  # noqa: PLC0415

    return np.asarray(librosa.beat.beat_track(y=song.samples, sr=song.sample_rate, units="time")[1])


def madmom_beats(song: synth.Song) -> tuple[np.ndarray, np.ndarray]:
    """Beats and downbeats of madmom's recurrent network and dynamic Bayesian network."""
    from madmom.audio.signal import Signal  # noqa: PLC0415
    from madmom.features.downbeats import (  # noqa: PLC0415
        DBNDownBeatTrackingProcessor,
        RNNDownBeatProcessor,
    )

    samples = resample(song.samples, song.sample_rate, 2 * song.sample_rate)
    sound = Signal(samples, sample_rate=2 * song.sample_rate, num_channels=1)
    rows = DBNDownBeatTrackingProcessor(beats_per_bar=[2, 3, 4], fps=100)(RNNDownBeatProcessor()(sound))
    return rows[:, 0], rows[rows[:, 1] == 1, 0]


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
        alone(one_song, path)


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


def alone(task: Callable[..., str], *arguments: object) -> None:
    """Print what a task in a fresh process returns, so that its peak of memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(task, arguments), flush=True)


def words(paths: list[Path]) -> None:
    """Print what whole listening costs and how well it writes down, beside faster-whisper alone."""
    print(
        "| song | what | clock / song | processor / song | peak MB | words | word errors | mean error s | "
        "within .3 s | load before |"
    )
    print("|" + " --- |" * 10)
    for path in paths:
        if given := truth_beside(path):
            alone(heard_whole, path, "lyrics given", given)
        alone(heard_whole, path, "transcribed", None)
        alone(heard_whole, path, "transcribed, not separated", None)
        alone(faster_whisper_alone, path, "faster-whisper", {})
        timed = {"word_timestamps": True, "vad_filter": True}
        alone(faster_whisper_alone, path, "faster-whisper, words timed, VAD", timed)


def truth_beside(path: Path) -> Path | None:
    """The song's known lyrics, if there are any."""
    beside = path.with_name(f"{path.stem}.lyrics.txt")
    return beside if beside.exists() else None


def heard_whole(path: Path, what: str, given: Path | None) -> str:
    """A row of the table for our own listening."""
    return costs(
        path,
        what,
        lambda: [
            (word.text, word.start if word.sung else np.nan)
            for line in Listen(separate="not separated" not in what)
            .run(path, read_lyrics(given) if given else None)
            .lyrics.lines
            for word in line.words
        ],
    )


def faster_whisper_alone(path: Path, what: str, settings: dict[str, bool]) -> str:
    """A row of the table for faster-whisper with the same model, two threads and its own settings but those named."""
    from faster_whisper import WhisperModel  # noqa: PLC0415

    def write_down() -> list[tuple[str, float]]:
        model = WhisperModel(str(weight("whisper-base")), device="cpu", compute_type="int8", cpu_threads=2)
        segments, _ = model.transcribe(str(path), **settings)
        return [
            (word, segment.start if not segment.words else segment.words[number].start)
            for segment in segments
            for number, word in enumerate(
                [timed.word for timed in segment.words] if segment.words else segment.text.split()
            )
        ]

    return costs(path, what, write_down)


def costs(path: Path, what: str, task: Callable[[], list[tuple[str, float]]]) -> str:
    """Run a task that writes a song's words down with their times; what it cost, and how much is wrong."""
    load = os.getloadavg()[0]
    clock, processor = time.perf_counter(), time.process_time()
    timed = task()
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    length = decode(path).duration
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    known = truth_beside(path)
    found = [word for word, start in timed if np.isfinite(start)]
    wrong, placed = "", "| "
    if known and what != "lyrics given":
        wrong = f"{word_errors([word.text for line in read_lyrics(known).lines for word in line.words], found):.0%}"
    if what == "lyrics given" and (truth := path.with_name(f"{path.stem}.words.csv")).exists():
        true = [float(line.split(",")[0]) for line in truth.read_text().splitlines()[1:]]
        if len(true) == len(timed):
            off = np.abs(np.array(true) - [start for _, start in timed])
            placed = f"{np.nanmean(off):.3f} | {(off < 0.3).mean():.1%}"
    loops = len(found) - len(without_loops(found))
    return (
        f"| {path.name} | {what} | {clock / length:.3f} | {processor / length:.3f} | {peak:.0f} | "
        f"{len(found)}{f' ({loops} in loops)' if loops else ''} | {wrong} | {placed} | {load:.1f} |"
    )


def silent(paths: list[Path]) -> None:
    """Print how many words are written where nobody sings."""
    print("| sound | words, separated | words, not separated |")
    print("| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        made = {"silence": synth.silence(30), "noise": synth.noise(30), "drums": synth.drums(110, 30)}
        paths = [*paths, *(song.write(Path(folder) / f"{name}.wav") for name, song in made.items())]
        for path in paths:
            counts = [
                sum(len(line.words) for line in Listen(separate=separate).run(path).lyrics.lines)
                for separate in (True, False)
            ]
            print(f"| {path.stem} | {counts[0]} | {counts[1]} |", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("truth", "madmom", "keys", "songs", "words", "silent"))
    parser.add_argument("files", nargs="*", type=Path)
    asked = parser.parse_args()
    if asked.what == "keys":
        keys()
    else:
        tasks = {"truth": truth, "madmom": madmom, "songs": songs, "words": words, "silent": silent}
        tasks[asked.what](asked.files)


if __name__ == "__main__":
    main()
