"""How long the whole chain takes, a step at a time, and how much memory it holds, beside what it cannot undercut.

    python bench/chain.py [SONG] [--star ada] [--resolution 720] [--fps 30] [--workers 0]

A fresh project each time, through the command line, with models and the star already here. Wall time depends on
what else the machine does; processor time hardly. The floor is x264 alone, with the film's own settings, on as many
frames of one plain colour: no pictures drawn, no song heard.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from limelight.cut.encode import Encoding, encode_take
from limelight.report import Report
from limelight.storyboard import Format, Storyboard

EXAMPLES = Path(__file__).parents[1] / "examples"
LIMELIGHT = [sys.executable, "-c", "from limelight.cli import main; main()"]
STEPS = ("listen", "direct", "shoot", "cut", "review")
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Watch:
    """Memory and processor time of a process and all that descend from it (Linux: from /proc)."""

    root: int
    peak: float = 0.0
    """MB; shared pages are counted once (PSS)."""
    used: dict[int, float] = field(default_factory=dict)
    """Processor seconds by process, also of those that have ended."""
    stop: threading.Event = field(default_factory=threading.Event)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def family(self) -> Iterator[tuple[int, float]]:
        """The process and its descendants, each with its processor seconds."""
        parents, ticks = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(stat.parent.name)] = int(fields[1])
            ticks[int(stat.parent.name)] = (int(fields[11]) + int(fields[12])) / TICK
        due = [self.root]
        while due:
            one = due.pop()
            if one in ticks:
                yield one, ticks[one]
            due += [child for child, parent in parents.items() if parent == one]

    def look(self) -> float:
        """Look once; gives the processor seconds used so far."""
        with self.one_at_a_time:
            held = 0.0
            for process, seconds in self.family():
                self.used[process] = seconds
                try:
                    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
                except OSError:
                    continue
                lines = rollup.splitlines()
                held += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3
            self.peak = max(self.peak, held)
            return sum(self.used.values())

    def run(self) -> None:
        """Look twice a second until told to stop."""
        while not self.stop.wait(0.5):
            self.look()


def film(
    arguments: list[str], folder: Path
) -> tuple[dict[str, tuple[float, float]], float, Report, Storyboard]:
    """Make a film; wall and processor seconds by step, peak MB, and what came out."""
    with subprocess.Popen([*LIMELIGHT, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process.pid)
        watch.look()
        thread = threading.Thread(target=watch.run, daemon=True)
        spent: dict[str, tuple[float, float]] = {}
        before = 0.0
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "stage-finished" and event["stage"] in STEPS:
                used = watch.look()
                spent[event["stage"]] = (event["seconds"], used - before)
                before = used
            elif event["event"] == "stage-started" and not thread.is_alive():
                thread.start()
        watch.stop.set()
        if process.wait():
            sys.exit(f"limelight make ended with {process.returncode}")
    project = next(folder.glob("*.limelight"))
    return (
        spent,
        watch.peak,
        Report.read(project / "report.json"),
        Storyboard.read(project / "storyboard.json"),
    )


def floor(picture_format: Format, frames: int, folder: Path) -> float:
    """Processor seconds of x264 for so many frames of one colour."""
    plain = np.full((picture_format.height, picture_format.width, 3), (60, 90, 140), np.uint8)
    started = time.process_time()
    encode_take(
        (plain for _ in range(frames)), folder / "plain.mp4", picture_format, frames, encoding=Encoding()
    )
    return time.process_time() - started


def quickest(command: list[str], times: int = 5) -> float:
    """Wall seconds of the quickest of some runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("song", nargs="?", type=Path, default=next(EXAMPLES.glob("*.ogg")))
    parser.add_argument("--star", default="ada")
    parser.add_argument("--resolution", type=int, default=720)
    parser.add_argument("--fps", default="30")
    parser.add_argument("--workers", type=int, default=0)
    asked = parser.parse_args()
    lyrics = asked.song.with_suffix(".lyrics.txt")
    options = ["--resolution", str(asked.resolution), "--fps", asked.fps, "--workers", str(asked.workers)]
    options += ["--lyrics", str(lyrics.absolute())] if lyrics.exists() else []
    if asked.star:
        subprocess.run([*LIMELIGHT, "star", "understudy", asked.star, "--if-missing", "--quiet"], check=True)
        options += ["--star", asked.star]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spent, peak, report, board = film(["make", str(asked.song.absolute()), "--json", *options], folder)
        plain = floor(board.format, board.frames, folder)
    length = float(board.frames / Fraction(board.format.fps))
    size = f"{board.format.width}x{board.format.height} at {board.format.fps} frames a second"
    print(f"{asked.song.name}: {length:.1f} s, {len(board.shots)} shots, {size}, {os.cpu_count()} cores\n")
    print("| Step | Wall, s | / song | Processor, s | / song |\n| --- | ---: | ---: | ---: | ---: |")
    whole = [sum(both) for both in zip(*spent.values(), strict=True)]
    for step, (wall, work) in [*spent.items(), ("whole chain", (whole[0], whole[1]))]:
        print(f"| {step} | {wall:.1f} | {wall / length:.2f} | {work:.1f} | {work / length:.2f} |")
    print(f"| floor: x264, one plain colour | | | {plain:.1f} | {plain / length:.2f} |")
    print(
        f"\nMost memory at once, all processes: {peak:.0f} MB ({report.peak_memory_mb:.0f} MB by its own report)."
    )
    bare, told = quickest([sys.executable, "-c", ""]), quickest([*LIMELIGHT, "--help"])
    print(f"limelight --help: {told:.2f} s (python alone {bare:.2f} s).")


if __name__ == "__main__":
    main()
