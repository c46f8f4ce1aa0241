"""How well the watermark survives, how often it is read where there is none, and what provenance costs.

    python bench/provenance.py survive FILM... [--seconds 2] [--stretches 4] [--out results.jsonl]
    python bench/provenance.py false FILM...
    python bench/provenance.py cost FILM [--vault DIR] [--whole SECONDS]

`survive` takes stretches of films without a mark, marks and encodes them as the cut does, attacks copies of them and
reads. `false` reads films without a mark. `cost` times marking, signing, entering and opening, as a share of the time
that the whole film took.
"""

import argparse
import functools
import hashlib
import json
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from limelight.cut.encode import encode_take
from limelight.provenance.certificate import signer_for
from limelight.provenance.copies import search
from limelight.provenance.film_id import FilmId
from limelight.provenance.marking import Watermark
from limelight.provenance.reading import GATE, Gathering
from limelight.provenance.release import Release, claims_of
from limelight.provenance.source import SourceType
from limelight.star import Purpose
from limelight.storyboard import Format
from limelight.vault import Vault

Change = Callable[[np.ndarray], np.ndarray]


def kept(share: float) -> Change:
    """Crop to a share of each side, not from the middle."""

    def crop(picture: np.ndarray) -> np.ndarray:
        height, width = (round(side * share) // 2 * 2 for side in picture.shape[:2])
        top, left = (picture.shape[0] - height) // 3, (picture.shape[1] - width) // 4
        return picture[top : top + height, left : left + width]

    return crop


def scaled(short: int) -> Change:
    """Scale until the shorter side is so long."""

    def scale(picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        factor = short / min(height, width)
        size = (round(width * factor / 2) * 2, round(height * factor / 2) * 2)
        return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)

    return scale


def square(picture: np.ndarray) -> np.ndarray:
    """Only the middle square."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def recoloured(picture: np.ndarray) -> np.ndarray:
    """Contrast x 1.2, brightness + 12, colours x 1.3."""
    grey = picture.mean(axis=2, keepdims=True)
    return np.clip((grey + (picture - grey) * 1.3 - 128) * 1.2 + 140, 0, 255).astype(np.uint8)


def attacks(short: int) -> dict[str, tuple[int, list[Change]]]:
    """x264's crf and what is done to the pictures before; ``short`` is the film's shorter side."""
    small = 360 if short > 360 else 240
    told = f"scaled to {small} rows"
    return {
        "crf 28": (28, []),
        "crf 35": (35, []),
        f"{told}, crf 28": (28, [scaled(small)]),
        "10 % crop, crf 28": (28, [kept(0.9)]),
        f"10 % crop, {told}, crf 28": (28, [kept(0.9), scaled(small)]),
        "middle square, crf 28": (28, [square]),
        "recoloured, crf 28": (28, [recoloured]),
        "mirrored, crf 28": (28, [lambda picture: picture[:, ::-1]]),
    }


def pictures(film: Path, first: int = 0, count: int = 10**9) -> Iterator[np.ndarray]:
    """Frames of a film, RGB."""
    with av.open(str(film)) as clip:
        stream = clip.streams.video[0]
        clock, rate = stream.time_base, stream.average_rate
        if first:
            clip.seek(int(first / rate / clock), stream=stream)
        given = 0
        for frame in clip.decode(stream):
            if given < count and round(frame.pts * clock * rate) >= first:
                given += 1
                yield frame.to_ndarray(format="rgb24")
            elif given >= count:
                return


def attacked(film: Path, copy: Path, crf: int, changes: list[Change]) -> None:
    """Write an attacked copy."""
    with av.open(str(copy), "w") as clip:
        stream = None
        for whole in pictures(film):
            picture = functools.reduce(lambda changed, change: change(changed), changes, whole)
            if stream is None:
                stream = clip.add_stream("libx264", rate=30)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": str(crf), "preset": "medium", "threads": "1"}
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        clip.mux(stream.encode(None))


class Watching:
    """A watermark that measures how much it changes: PSNR and SSIM (Wang et al. 2004) of luma."""

    def __init__(self, mark: Watermark) -> None:
        self._mark = mark
        self.squares: list[float] = []
        self.likeness: list[float] = []

    def __call__(self, luma: np.ndarray) -> np.ndarray:
        """Mark a frame."""
        marked = self._mark(luma)
        self.squares.append(float(((marked.astype(np.float32) - luma) ** 2).mean()))
        if len(self.squares) % 20 == 1:
            self.likeness.append(ssim(luma, marked))
        return marked

    def told(self) -> dict[str, float]:
        """Means over the frames."""
        psnr = [10 * np.log10(255**2 / max(square, 1e-9)) for square in self.squares]
        return {
            "psnr": float(np.mean(psnr)),
            "worst": float(np.min(psnr)),
            "ssim": float(np.mean(self.likeness)),
        }


def ssim(first: np.ndarray, second: np.ndarray) -> float:
    """Mean structural similarity of two planes."""
    a, b = (plane.astype(np.float32) for plane in (first, second))

    def soft(plane: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(plane, (11, 11), 1.5)

    mean_a, mean_b = soft(a), soft(b)
    spread_a, spread_b = soft(a * a) - mean_a**2, soft(b * b) - mean_b**2
    both = soft(a * b) - mean_a * mean_b
    low, high = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_a * mean_b + low) * (2 * both + high)
    return float((similar / ((mean_a**2 + mean_b**2 + low) * (spread_a + spread_b + high))).mean())


def survive(films: list[Path], seconds: float, stretches: int, shape: str, out: Path) -> None:
    """Attack stretches of films; a line a stretch is added to ``out``."""
    count = round(30 * seconds)
    with tempfile.TemporaryDirectory() as folder, out.open("a") as results:
        for film in films:
            with av.open(str(film)) as clip:
                frames = clip.streams.video[0].frames
            for stretch in range(stretches):
                first = round((stretch + 0.5) * (frames - count) / stretches)
                entry = one_stretch(film, first, count, shape, Path(folder))
                results.write(json.dumps(entry) + "\n")
                results.flush()


def one_stretch(film: Path, first: int, count: int, shape: str, folder: Path) -> dict[str, object]:
    """Mark a stretch, attack it, read it."""
    height, width = next(pictures(film, first, 1)).shape[:2]
    if shape != "whole":
        width = height if shape == "1:1" else height * 9 // 16 // 2 * 2
    left = (next(pictures(film, first, 1)).shape[1] - width) // 2
    name = f"{film} {first} {shape}"
    film_id = FilmId.of(hashlib.sha256(name.encode()).hexdigest(), ["bench"])
    watching = Watching(Watermark(film_id, height, width))
    marked, copy = folder / "marked.mp4", folder / "copy.mp4"
    frames = (np.ascontiguousarray(p[:, left : left + width]) for p in pictures(film, first, count))
    encode_take(frames, marked, Format(width=width, height=height), count, mark=watching)
    found = search(marked, thorough=False).found
    read = {"as made": bool(found and found.film == film_id)}
    wrong = 0
    for attack, (crf, changes) in attacks(min(height, width)).items():
        attacked(marked, copy, crf, changes)
        found = search(copy, thorough="crop" in attack or "mirrored" in attack).found
        read[attack] = bool(found and found.film == film_id)
        wrong += bool(found and found.film != film_id)
    size = f"{width}x{height}"
    return {"film": name, "size": size, "read": read, "wrong": wrong} | watching.told()


def tell_survival(out: Path) -> None:
    """Print what was read, by size and attack."""
    entries = [json.loads(line) for line in out.read_text().splitlines()]
    for size in sorted({entry["size"] for entry in entries}):
        chosen = [entry for entry in entries if entry["size"] == size]
        counted: dict[str, list[bool]] = defaultdict(list)
        for entry in chosen:
            for attack, read in entry["read"].items():
                counted[attack].append(read)
        quality = [np.mean([entry[key] for entry in chosen]) for key in ("psnr", "ssim")]
        worst = min(entry["worst"] for entry in chosen)
        told = f"PSNR {quality[0]:.1f} dB (worst frame {worst:.1f}), SSIM {quality[1]:.4f}"
        print(f"{size}: {len(chosen)} stretches, {told}")
        for attack, read in counted.items():
            print(f"  {attack:<40} {sum(read)} of {len(read)}")
    print("read as another film:", sum(entry["wrong"] for entry in entries))


def false(films: list[Path]) -> None:
    """Single key frames, one by one, and the whole films."""
    alone, above, reads, scores = 0, 0, 0, []
    for film in films:
        whole = Gathering()
        with av.open(str(film)) as clip:
            stream = clip.streams.video[0]
            stream.codec_context.skip_frame = "NONKEY"
            for frame in clip.decode(stream):
                luma = frame.to_ndarray(format="gray")
                single = Gathering()
                single.add(luma)
                whole.add(luma)
                score = single.best_score()
                scores.append(score)
                alone, above, reads = alone + 1, above + (score >= GATE), reads + (single.read() is not None)
        print(
            f"{film}: {whole.frames} key frames together: score {whole.best_score():.1f}, read {whole.read()}"
        )
    print(f"single frames: {alone}; above the gate: {above}; read: {reads}; highest score {max(scores):.1f}")


def cost(film: Path, vault_at: Path, whole: float) -> None:
    """Time each part of provenance and of the vault."""
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(Path(shutil.copytree(vault_at, Path(folder) / "vault")))
        with av.open(str(film)) as clip:
            stream = clip.streams.video[0]
            frames, height, width = stream.frames, stream.height, stream.width
        lumas = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures(film, 0, 60)]
        mark = Watermark(FilmId("0123456789ab"), height, width)
        mark(lumas[0])
        started = time.process_time()
        for luma in lumas:
            mark(luma)
        marking = (time.process_time() - started) / len(lumas) * frames
        copy = Path(shutil.copy(film, Path(folder) / "film.mp4"))
        started = time.process_time()
        signer = signer_for(vault)
        release = Release(
            claims_of("ab" * 32, ["c"], [], camera="c", director="d", source=SourceType.COMPOSITE), signer
        )
        release.sign(copy)
        signing = time.process_time() - started
        started = time.process_time()
        release.enter(vault, copy)
        entering = time.process_time() - started
        star = vault.stars()[0].id
        started = time.process_time()
        likeness = vault.open(star, Purpose.FILM)
        opening = time.process_time() - started
        started = time.process_time()
        likeness.check()
        checking = time.process_time() - started
        footage = likeness.footage
        started = time.process_time()
        for index in range(min(60, len(footage))):
            footage.frame(index)
        unsealing = (time.process_time() - started) / min(60, len(footage)) * len(footage)
    told = {
        f"marking, {marking / frames * 1000:.2f} ms a frame": marking,
        "signing": signing,
        "entering": entering,
        "opening a star once": opening,
        "a check": checking,
        f"unsealing and decoding all {len(footage)} frames of footage once": unsealing,
    }
    for name, seconds in told.items():
        share = f"{100 * seconds / whole:.2f} % of {whole:.0f} s" if whole else ""
        print(f"{name:<60} {seconds:8.3f} s {share}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("survive", "false", "cost", "table"))
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--stretches", type=int, default=4)
    parser.add_argument("--shape", choices=("whole", "9:16", "1:1"), default="whole")
    parser.add_argument("--out", type=Path, default=Path("provenance.jsonl"))
    parser.add_argument("--vault", type=Path)
    parser.add_argument("--whole", type=float, default=0.0)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    if given.what == "survive":
        survive(given.films, given.seconds, given.stretches, given.shape, given.out)
    elif given.what == "false":
        false(given.films)
    elif given.what == "cost":
        cost(given.films[0], given.vault, given.whole)
    if given.what in {"survive", "table"}:
        tell_survival(given.out)


if __name__ == "__main__":
    main()
