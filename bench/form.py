"""Sections of songs with known form, beside librosa's two recipes and controls.

    python bench/form.py [--from SEED] [--songs N]

Songs are made by tests/songs/arrange.py, one a seed: seeds below 500 were looked at while the listener was made, the
others were not. A border between two sections that play the same is neither asked for nor counted as wrong. The
voice is the song's stem with the band 34 dB below it, as after a separation; songs with words have them timed.

librosa's segmentation by agglomerative clustering is given the true number of sections, the Laplacian one (McFee,
Ellis, "Analyzing song structure with spectral clustering", ISMIR 2014; the recipe in librosa's gallery) the true
number of different ones. Both run on their own features over librosa's beats. The controls: as many random bar
lines; for labels the one that suits most of the time in all songs, and those found in a random order.
"""

import argparse
import sys
import warnings
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from limelight.listen.rhythm.beatnet import tap
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.spectrum import Spectrum, analyse
from limelight.listen.sound.voice import sing
from limelight.listen.structure.form import with_refrain
from limelight.listen.structure.sections import find_sections
from limelight.score import BeatGrid, Section, Voice
from songs import synth
from songs.arrange import FAMILIES, Arrangement, arrange

Floats = npt.NDArray[np.float64]

LEAK = 0.02


def heard(made: Arrangement) -> tuple[Spectrum, BeatGrid, Voice]:
    """What the listener has before it looks for sections."""
    samples = made.song.samples
    spectrum = analyse(samples)
    stem = np.asarray(0.8 * made.stem + LEAK * samples, np.float32)
    return spectrum, track(spectrum, tap(samples)), sing(stem, samples, synth.SAMPLE_RATE)


def sections_of(made: Arrangement, spectrum: Spectrum, grid: BeatGrid, voice: Voice) -> tuple[Section, ...]:
    """Sections as in listening with known words, or without any."""
    lines = made.lines
    found = find_sections(spectrum, grid, made.song.duration, voice, lines)
    return with_refrain(found, lines, grid, made.song.duration) if lines else found


def borders(made: Arrangement) -> tuple[Floats, Floats]:
    """The borders that must be found, and those that may be."""
    starts = np.array([span.start for span in made.song.sections[1:]])
    same = np.array(made.alike)
    return starts[~same], starts[same]


def hit_rate(made: Arrangement, found: object, window: float) -> float:
    """The F-measure of inner borders."""
    must, may = borders(made)
    inner = np.sort(np.asarray(found, float))
    inner = inner[(inner > 0) & (inner < made.song.duration)]
    if len(may):  # what is near a border that may be, and not nearer to one that must be, does not count
        apart = np.abs(inner[:, None] - may).min(axis=1)
        inner = inner[(apart > window) | (np.abs(inner[:, None] - must).min(axis=1) < apart)]
    return float(
        mir_eval.segment.detection(
            spans(must, made.song.duration), spans(inner, made.song.duration), window=window, trim=True
        )[2]
    )


def spans(inner: Floats, duration: float) -> Floats:
    """(sections, 2) of the borders between them."""
    edges = np.unique(np.concatenate([[0.0], inner, [duration]]))
    return np.stack([edges[:-1], edges[1:]], axis=1)


def pairwise(made: Arrangement, starts: Floats, names: list[str]) -> float:
    """F-measure of pairs of moments with the same letter (mir_eval's pairwise)."""
    truth = spans(np.array([span.start for span in made.song.sections[1:]]), made.song.duration)
    found = spans(np.asarray(starts[1:]), made.song.duration)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(mir_eval.segment.pairwise(truth, list(made.letters), found, names)[2])


def label_share(made: Arrangement, labels: list[str], starts: Floats) -> float:
    """Share of the time with the right label; where parts have no names (through-composed), NaN."""
    if made.family == "through-composed":
        return np.nan
    moments = np.arange(0, made.song.duration, 0.1)
    true = np.array([span.label for span in made.song.sections])
    first = np.array([span.start for span in made.song.sections])
    at = np.searchsorted(first, moments, side="right") - 1
    ours = np.searchsorted(starts, moments, side="right") - 1
    return float(np.mean(true[at] == np.array(labels)[ours]))


def agglomerative(made: Arrangement) -> Floats:
    """Librosa's temporally constrained clustering of MFCC and chroma by beat, true number given."""
    samples, rate = made.song.samples, made.song.sample_rate
    _, beats = librosa.beat.beat_track(y=samples, sr=rate, trim=False)
    features = [
        librosa.feature.mfcc(y=samples, sr=rate, n_mfcc=13),
        librosa.feature.chroma_cqt(y=samples, sr=rate),
    ]
    least = min(part.shape[1] for part in features)
    beats = librosa.util.fix_frames(beats, x_max=least - 1)
    by_beat = np.concatenate([librosa.util.sync(standard(part[:, :least]), beats) for part in features])
    by_beat = librosa.feature.stack_memory(by_beat, n_steps=4, mode="edge")
    count = len(borders(made)[0]) + 1
    starts = librosa.segment.agglomerative(by_beat, min(count, by_beat.shape[1]))
    return np.asarray(librosa.frames_to_time(beats[starts], sr=rate))


def standard(features: Floats) -> Floats:
    """Each row with mean 0 and spread 1."""
    return np.asarray(
        (features - features.mean(axis=1, keepdims=True)) / (features.std(axis=1, keepdims=True) + 1e-9)
    )


def laplacian(made: Arrangement) -> tuple[Floats, list[str]]:
    """The recipe of librosa's gallery, step by step; true number of different sections given."""
    import scipy.linalg  # noqa: PLC0415
    import scipy.ndimage  # noqa: PLC0415
    from sklearn.cluster import KMeans  # noqa: PLC0415

    samples, rate = made.song.samples, made.song.sample_rate
    constant_q = librosa.amplitude_to_db(
        np.abs(librosa.cqt(y=samples, sr=rate, bins_per_octave=36, n_bins=252)), ref=np.max
    )
    _, beats = librosa.beat.beat_track(y=samples, sr=rate, trim=False)
    by_beat = librosa.util.sync(constant_q, beats, aggregate=np.median)
    times = librosa.frames_to_time(librosa.util.fix_frames(beats, x_min=0), sr=rate)
    recurrence = librosa.segment.recurrence_matrix(by_beat, width=3, mode="affinity", sym=True)
    smoothed = librosa.segment.timelag_filter(scipy.ndimage.median_filter)(recurrence, size=(1, 7))
    timbre = librosa.util.sync(librosa.feature.mfcc(y=samples, sr=rate), beats)
    distance = np.sum(np.diff(timbre, axis=1) ** 2, axis=0)
    path = np.exp(-distance / np.median(distance))
    sequence = np.diag(path, k=1) + np.diag(path, k=-1)
    degree_path, degree_rec = sequence.sum(axis=1), smoothed.sum(axis=1)
    mu = degree_path.dot(degree_path + degree_rec) / np.sum((degree_path + degree_rec) ** 2)
    graph = scipy.sparse.csgraph.laplacian(mu * smoothed + (1 - mu) * sequence, normed=True)
    _, vectors = scipy.linalg.eigh(graph)
    vectors = scipy.ndimage.median_filter(vectors, size=(9, 1))
    kinds = max(2, len(set(made.letters)))
    lengths = np.cumsum(vectors**2, axis=1) ** 0.5
    points = vectors[:, :kinds] / (lengths[:, kinds - 1 : kinds] + 1e-12)
    ids = KMeans(n_clusters=kinds, n_init=10, random_state=0).fit_predict(points)
    starts = np.concatenate([[0], 1 + np.flatnonzero(ids[:-1] != ids[1:])])
    return np.asarray(times[starts]), [str(ids[start]) for start in starts]


NAMES = (
    "HR@3s", "HR@0.5s", "letters", "labels", "agglomerative HR@3s", "Laplacian HR@3s", "Laplacian letters",
    "random bars HR@3s", "all verse", "labels shuffled", "beats F", "downbeats F",
)  # fmt: skip


def measures(made: Arrangement, *, peers: bool = True) -> tuple[float, ...]:
    """One row, in the order of NAMES."""
    spectrum, grid, voice = heard(made)
    found = sections_of(made, spectrum, grid, voice)
    starts = np.array([section.start for section in found])
    labels = [str(section.label) for section in found]
    rng = np.random.default_rng(0)
    bars = (
        np.array(grid.downbeats) if len(grid.downbeats) > len(starts) else np.arange(0, made.song.duration, 2)
    )
    random = [
        hit_rate(made, rng.choice(bars, min(len(bars), len(starts) - 1), replace=False), 3.0)
        for _ in range(50)
    ]
    shuffled = [label_share(made, list(rng.permutation(labels)), starts) for _ in range(50)]
    theirs, (others, names) = np.zeros(0), (np.zeros(1), ["A"])
    if peers:
        theirs, (others, names) = agglomerative(made), laplacian(made)
    return (
        hit_rate(made, starts[1:], 3.0),
        hit_rate(made, starts[1:], 0.5),
        pairwise(made, starts, [section.letter for section in found]),
        label_share(made, labels, starts),
        hit_rate(made, theirs, 3.0),
        hit_rate(made, others, 3.0),
        pairwise(made, others, names),
        float(np.mean(random)),
        label_share(made, ["verse"], np.zeros(1)),
        float(np.mean(shuffled)),
        *(
            float(mir_eval.beat.f_measure(true, np.array(ours))) if ours else 0.0
            for true, ours in ((made.song.beats, grid.beats), (made.song.downbeats, grid.downbeats))
        ),
    )


def main() -> None:
    """Read the command line, print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--songs", type=int, default=24)
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args()
    rows: dict[str, list[tuple[float, ...]]] = {}
    for seed in range(asked.first, asked.first + asked.songs):
        made = arrange(seed)
        values = measures(made, peers=not asked.no_peers)
        for name in (
            made.family,
            "no voice" if not made.stem.any() else "words" if made.lines else "voice",
            "all",
        ):
            rows.setdefault(name, []).append(values)
        print(seed, made.family, *(f"{value:.2f}" for value in values), file=sys.stderr, flush=True)
    print("| songs | n | " + " | ".join(NAMES) + " |\n" + "| --- " * (len(NAMES) + 2) + "|")
    for name in (*FAMILIES, "words", "voice", "no voice", "all"):
        if values := rows.get(name):
            print(f"| {name} | {len(values)} | " + " | ".join(f"{mean:.2f}" for mean in means(values)) + " |")
    worst = np.nanmin(rows["all"], axis=0)
    print("| worst single | | " + " | ".join(f"{low:.2f}" for low in worst) + " |")


def means(values: list[tuple[float, ...]]) -> Floats:
    """The mean of each column, over those that have one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(np.nanmean(values, axis=0))


if __name__ == "__main__":
    main()
