"""Milliseconds of one core that CHARCHA needs for a frame, and its memory over ten minutes of frames.

    OMP_NUM_THREADS=1 python bench/liveness_frame.py

Ten minutes at twelve frames a second, fed as fast as they are taken: 7,200 frames, some 2 minutes of one core. It is
processor time, not wall time, so that a busy machine matters less. The pictures are rendered (an understudy).
"""

import argparse
import random
import statistics
import struct
import time
from collections import defaultdict
from pathlib import Path

from limelight.charcha.observing.calibration import Calibration
from limelight.charcha.observing.channels import read
from limelight.charcha.observing.guidance import hints
from limelight.charcha.observing.observation import Moment, Neutral, Observation
from limelight.charcha.observing.observer import Observer, decode
from limelight.charcha.prompts import Prompt, PromptKind, State
from limelight.charcha.protocol import COLOURS
from limelight.charcha.signals.panel import panel
from limelight.charcha.simulated.webcam import Actor
from limelight.charcha.wire.frames import Frame, FrameChain, Refusal, parse
from limelight.charcha.wire.messages import ShownPrompt
from limelight.understudy.casting import understudy

RATE, PICTURES = 12, 60
SCENES = (
    (State.CHALLENGE, PromptKind.REST, ""), (State.CHALLENGE, PromptKind.ACTION, "turn_left"),
    (State.FLASH, PromptKind.FLASH, ""), (State.STILL, PromptKind.STILL, ""),
)  # fmt: skip
SCENE = 60
"""Frames until the next of them."""


def numbered(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment is added. A session takes no frame twice."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">HQ", 10, number) + jpeg[2:]


def observed(observer: Observer, chain: FrameChain, message: bytes, number: int) -> Observation:
    """One frame from the wire to the observation."""
    frame = parse(message)
    assert not isinstance(frame, Refusal)
    refusal = chain.take(frame, number / RATE)
    assert refusal is None, refusal
    picture = decode(frame.jpeg)
    assert picture is not None
    return observer.observe(frame, picture, time=number / RATE, arrived=number / RATE)


def moment(number: int, neutral: Neutral | None) -> Moment:
    """A session that never ends: rest, a turn, a flash, keeping still, and again."""
    state, kind, action = SCENES[number // SCENE % len(SCENES)]
    flash = number // 6 if kind is PromptKind.FLASH else 0
    prompt = Prompt(
        f"{number // SCENE:08x}{flash:08x}", kind, number / RATE - 0.1, action=action, ordinal=flash,
        colour=COLOURS[flash % 7] if kind is PromptKind.FLASH else None,
    )  # fmt: skip
    return Moment(state, prompt, number % 6 / RATE, neutral, None)


def resident() -> int:
    """Resident memory, MiB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 // 2**20


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, help="of a session")
    frames = int(60 * RATE * parser.parse_args().minutes)
    actor = Actor(understudy("ada"), random.Random(1))
    turn = ShownPrompt(id="0" * 16, kind=PromptKind.ACTION, action="turn_left", target=30, hold=1)
    jpegs = [actor.frame(turn if n > 20 else None, n / RATE) for n in range(PICTURES)]
    del actor
    with Observer() as observer:
        calibration, neutral, chain = Calibration(), None, FrameChain("a" * 32)
        for n, jpeg in enumerate(jpegs):
            message = Frame(n, 1000 * n / RATE, "", jpeg).to_bytes()
            neutral = neutral or calibration.observe(observed(observer, chain, message, n))
        signals, chain = panel(), FrameChain("b" * 32)
        seen: dict[bool, list[float]] = {False: [], True: []}
        spent: dict[str, float] = defaultdict(float)
        memory = []
        for n in range(frames):
            message = Frame(n, 1000 * n / RATE, "", numbered(jpegs[n % PICTURES], n)).to_bytes()
            start = before = time.process_time()
            observation = observed(observer, chain, message, n)
            spent["wire and faces"] += time.process_time() - before
            before = time.process_time()
            if neutral is not None and observation.face is not None:
                read(observation, neutral)
                hints(observation, State.STILL)
            spent["channels"] += time.process_time() - before
            for signal in signals:
                before = time.process_time()
                signal.observe(observation, moment(n, neutral))
                spent[signal.name] += time.process_time() - before
            looked = observation.embedding is not None or observer._half is not None  # noqa: SLF001
            seen[looked].append(1000 * (time.process_time() - start))
            if n % (frames // 8) == frames // 24:
                memory.append(resident())
    for name, seconds in spent.items():
        print(f"{name:16s} {1000 * seconds / frames:6.2f} ms a frame")
    show("frames with half a look at the identity", seen[True])
    show("all other frames", seen[False])
    show("all", seen[True] + seen[False])
    print(f"resident memory after {frames // 24} frames and every {frames // 8} further: {memory} MiB")


def show(name: str, milliseconds: list[float]) -> None:
    """A line of the table."""
    ordered = sorted(milliseconds)
    p95, p99 = (ordered[int(len(ordered) * share)] for share in (0.95, 0.99))
    mean, middle = statistics.mean(ordered), statistics.median(ordered)
    over = sum(one > 33 for one in ordered) / len(ordered)
    print(
        f"{name}: {len(ordered)} frames, mean {mean:.1f}, median {middle:.1f}, 95 % {p95:.1f}, 99 % {p99:.1f}, "
        f"most {ordered[-1]:.1f} ms; {over:.1%} over 33 ms"
    )


if __name__ == "__main__":
    main()
