"""Milliseconds of one core that CHARCHA needs for a frame, and its memory over ten minutes of frames.

    OMP_NUM_THREADS=1 python bench/liveness_frame.py

Processor time, not wall time, so that a busy machine does not matter. The pictures are rendered (an understudy).
"""

import random
import resource
import time
from dataclasses import replace

from limelight.charcha.calibration import Calibration
from limelight.charcha.channels import read
from limelight.charcha.frames import Frame, FrameChain, Refusal, parse
from limelight.charcha.guidance import hints
from limelight.charcha.messages import ShownPrompt
from limelight.charcha.observation import Moment, Observation, PromptKind, State
from limelight.charcha.observer import Observer, decode
from limelight.charcha.panel import panel
from limelight.charcha.webcam import Actor
from limelight.understudy.casting import understudy

PICTURES, TEN_MINUTES = 60, 10 * 60 * 12


def observed(observer: Observer, chain: FrameChain, message: bytes, number: int) -> Observation:
    """One frame from the wire to the observation."""
    frame = parse(message)
    assert not isinstance(frame, Refusal)
    chain.take(frame, number / 12)
    picture = decode(frame.jpeg)
    assert picture is not None
    return observer.observe(frame, picture, time=number / 12, arrived=number / 12)


def main() -> None:
    """Print the table."""
    actor = Actor(understudy("ada"), random.Random(1))
    turn = ShownPrompt(id="0" * 16, kind=PromptKind.ACTION, action="turn_left", target=30, hold=1)
    jpegs = [actor.frame(turn if n > 20 else None, n / 12) for n in range(PICTURES)]
    with Observer() as observer:
        calibration, neutral = Calibration(), None
        for n, jpeg in enumerate(jpegs):
            message = Frame(n, 1000 * n / 12, "", jpeg).to_bytes()
            neutral = neutral or calibration.observe(observed(observer, FrameChain("a"), message, n))
        signals, chain = panel(), FrameChain("b" * 32)
        moment = Moment(State.STILL, None, 0.0, neutral, None, 6)
        seen: list[float] = []
        spent: dict[str, float] = dict.fromkeys(
            ("wire and faces", "channels", *(s.name for s in signals)), 0.0
        )
        for n in range(TEN_MINUTES):
            message = Frame(n, 1000 * n / 12, "", jpegs[n % PICTURES]).to_bytes()
            start = time.process_time()
            observation = observed(observer, chain, message, n)
            spent["wire and faces"] += time.process_time() - start
            start_channels = time.process_time()
            if neutral is not None and observation.face is not None:
                read(observation, neutral)
                hints(observation, State.STILL)
            spent["channels"] += time.process_time() - start_channels
            for signal in signals:
                before = time.process_time()
                signal.observe(observation, replace(moment, since=n / 12))
                spent[signal.name] += time.process_time() - before
            seen.append(1000 * (time.process_time() - start))
            if n == 300:
                early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            if time.process_time() > 45:
                break
    seen.sort()
    for name, seconds in spent.items():
        print(f"{name:16s} {1000 * seconds / len(seen):6.2f} ms a frame")
    mean, middle, high = sum(seen) / len(seen), seen[len(seen) // 2], seen[int(len(seen) * 0.95)]
    print(f"all: mean {mean:.1f}, median {middle:.1f}, p95 {high:.1f} ms")
    late = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory: {early // 1024} MiB after 300 frames, {late // 1024} MiB after {len(seen)}")


if __name__ == "__main__":
    main()
