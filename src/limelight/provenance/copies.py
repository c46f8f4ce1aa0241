"""Copies: look for the mark in a file that was re-encoded, scaled or cropped, with as few frames as it takes."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.provenance.reading import Found, Gathering

FIRST: Final = 8
"""Frames after which a first look is taken; each further look takes twice as many."""
KEY_FRAMES: Final = 400
"""Most key frames that are looked at: whole pictures, the best ones, quick to get at."""
FRAMES: Final = 1500
"""Most frames that are looked at if the key frames did not do."""
STRETCHES: Final = 10
"""Stretches of a long film that these are taken from, evenly over it."""


@dataclass(frozen=True)
class Search:
    """What looking for the mark gave.

    Attributes:
        found: The mark; None if there is none, or none that can be read any more.
        frames: How many frames were looked at.
        width: The pictures' width, pixels.
        height: Their height, pixels.
    """

    found: Found | None
    frames: int
    width: int
    height: int


def search(path: Path, *, thorough: bool = True) -> Search:
    """Look for the mark in a video or a still picture.

    Args:
        path: Any file that FFmpeg reads.
        thorough: Look for cropped, scaled and mirrored pictures too where whole ones show nothing (some 10 s).

    Raises:
        InputError: there is no picture in it that can be decoded.
    """
    keyed = Gathering()
    found = _look_on(keyed, _lumas(path, only_keys=True, most=KEY_FRAMES))
    size = keyed.size
    if size is None:
        raise InputError(f"{str(path)!r} holds no picture that can be decoded.", hint="Give a video file.")
    gathered = keyed
    if found is None and not (thorough and (found := keyed.read(thorough=True))):
        every = Gathering()
        found = _look_on(every, _lumas(path, only_keys=False, most=FRAMES))
        if every.frames > keyed.frames:
            gathered = every
            found = found or (every.read(thorough=True) if thorough else None)
    return Search(found, gathered.frames, width=size[1], height=size[0])


def _look_on(gathering: Gathering, lumas: Iterator[NDArray[np.uint8]]) -> Found | None:
    """Gather frames, and look at the whole picture each time that their number has doubled."""
    due = FIRST
    for luma in lumas:
        gathering.add(luma)
        if gathering.frames >= due:
            due *= 2
            if found := gathering.read():
                return found
    return gathering.read()


def _lumas(path: Path, *, only_keys: bool, most: int) -> Iterator[NDArray[np.uint8]]:
    """Luma of at most so many frames, all of the first one's size: key frames, or stretches all over the film."""
    import av  # noqa: PLC0415  # only here FFmpeg is needed

    try:
        with av.open(str(path.absolute())) as clip:
            if not clip.streams.video:
                return
            stream = clip.streams.video[0]
            stream.thread_type = "AUTO"
            if only_keys:
                stream.codec_context.skip_frame = "NONKEY"
            frames = clip.decode(stream) if only_keys else _stretches(clip, stream, most)
            shape = None
            for frame in itertools.islice(frames, most):
                luma = _luma(frame)
                shape = shape or luma.shape
                if luma.shape == shape:
                    yield luma
    except (av.FFmpegError, ValueError):  # a damaged file is read as far as it goes
        return


def _stretches(clip: Any, stream: Any, most: int) -> Iterator[Any]:
    """All frames of a short film, else stretches that begin evenly over it."""
    if _frames_in(stream) <= most or not stream.duration:
        yield from clip.decode(stream)
        return
    for stretch in range(STRETCHES):
        clip.seek(stream.duration * stretch // STRETCHES, stream=stream)
        yield from itertools.islice(clip.decode(stream), most // STRETCHES)


def _frames_in(stream: Any) -> int:
    """How many frames a stream has, as far as its file says."""
    if stream.frames:
        return int(stream.frames)
    if stream.duration and stream.time_base and stream.average_rate:
        return int(stream.duration * stream.time_base * stream.average_rate)
    return 1


def _luma(frame: Any) -> NDArray[np.uint8]:
    """``(height, width) uint8``."""
    if frame.format.name in {"yuv420p", "yuvj420p", "yuv422p", "yuv444p", "nv12"}:
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        return rows[:, : plane.width]
    return np.asarray(frame.to_ndarray(format="gray"), np.uint8)
