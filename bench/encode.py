"""How long the cut takes a frame: conversion, captions, transitions, x264, join.

    OMP_NUM_THREADS=1 python bench/encode.py [--width 1280 --height 720 --seconds 6]

The pictures are a moving painted-like texture with grain, which is about as hard for x264 as a painted film.
Processor time, so that a busy machine does not change the figures much.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from limelight.cut.captions import Captions
from limelight.cut.colour import to_planes
from limelight.cut.encode import Encoding, encode_take
from limelight.cut.mux import join
from limelight.cut.transitions import Joints, Transitions
from limelight.score import Line, Lyrics, Word
from limelight.storyboard import Format, Transition


def pictures(count: int, picture_format: Format) -> list[np.ndarray]:
    """Soft shapes that pan and zoom a little, with grain that changes every second frame."""
    rng = np.random.default_rng(5)
    height, width = picture_format.height, picture_format.width
    plate = rng.normal(0, 1, (height + 120, width + 200, 3)).astype(np.float32)
    plate = sum(cv2.GaussianBlur(plate, (0, 0), s) * s for s in (3, 9, 30)) * 30 + 120
    grain = [rng.normal(0, 2.6, (height, width, 1)).astype(np.float32) for _ in range(6)]
    shown = []
    for index in range(count):
        x, y = 3 * index % 200, index % 120
        frame = plate[y : y + height, x : x + width] + grain[index // 2 % 6]
        shown.append(np.clip(frame, 0, 255).astype(np.uint8))
    return shown


def cost(work: Callable[[], object], count: int) -> float:
    """Milliseconds of processor time for each of ``count`` items."""
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e3


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--seconds", type=float, default=4.0)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    picture_format = Format(width=asked.width, height=asked.height)
    frames = pictures(round(30 * asked.seconds), picture_format)
    count = len(frames)
    words = tuple(
        Word(text=w, start=i / 3, end=i / 3 + 0.3)
        for i, w in enumerate(("we", "were", "painted", "in", "light", "tonight"))
    )
    captions = Captions(
        Lyrics(lines=(Line(text=" ".join(w.text for w in words), start=0, end=2, words=words),)),
        picture_format,
    )
    captions.over(frames[0].copy(), 1.0)
    whip = Transitions(Joints(opening=Transition.WHIP), 60, picture_format.rate)
    flash = Transitions(Joints(opening=Transition.FLASH), 60, picture_format.rate)
    print(f"{asked.width}x{asked.height}, {count} frames, ms a frame of processor time")
    print(f"RGB to BT.709 planes      {cost(lambda: [to_planes(f) for f in frames], count):6.2f}")
    scratch = frames[0].copy()
    print(
        f"captions, a line shown    {cost(lambda: [captions.over(scratch, i / 60) for i in range(120)], 120):6.2f}"
    )
    print(f"whip, each of 10 frames   {cost(lambda: [whip.apply(frames[0], 2) for _ in range(20)], 20):6.2f}")
    print(
        f"flash, each of 4 frames   {cost(lambda: [flash.apply(frames[0], 1) for _ in range(20)], 20):6.2f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        for preset in ("ultrafast", "superfast", "veryfast", "faster"):
            take = Path(folder) / f"{preset}.mp4"
            encoding = Encoding(preset=preset)
            spent = cost(
                lambda take=take, encoding=encoding: encode_take(
                    frames, take, picture_format, count, encoding=encoding
                ),
                count,
            )
            megabits = take.stat().st_size * 8 / 1e6 / asked.seconds
            print(
                f"encode, {preset:<10} crf 18 {spent:6.2f}   {megabits:5.1f} Mbit/s   {psnr(take, frames):.1f} dB"
            )
        takes = [Path(folder) / "veryfast.mp4"] * 40
        spent = cost(
            lambda: join(takes, None, Path(folder) / "film.mp4", 40 * count, picture_format.rate), 40 * count
        )
        print(f"join by stream copy       {spent:6.3f}")


def psnr(take: Path, frames: list[np.ndarray]) -> float:
    """Decibels of the luma of every tenth frame."""
    errors = []
    with av.open(str(take)) as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            if index % 10 == 0:
                plane = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(
                    -1, frame.planes[0].line_size
                )
                errors.append(
                    np.mean((plane[:, : frame.width].astype(float) - to_planes(frames[index])[0]) ** 2)
                )
    return float(10 * np.log10(219**2 / np.mean(errors)))


if __name__ == "__main__":
    main()
