"""The film's pictures as a reviewer sees them: decoded once, small for most measures, whole where asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.errors import MediaError

SIZE: Final = (160, 90)
"""Columns and rows of the small picture, whatever the film's shape."""


@dataclass(frozen=True)
class Seen:
    """One frame of the film. It is good until the next one is taken; after :meth:`whole` longer."""

    index: int
    _frame: Any

    @cached_property
    def luma(self) -> NDArray[np.uint8]:
        """``(90, 160) uint8``: Y', limited range (16 black, 235 white), averaged over areas."""
        return _shrunk(_plane(self._frame, 0), SIZE)

    @cached_property
    def chroma(self) -> NDArray[np.uint8]:
        """``(2, 18, 32) uint8``: Cb and Cr, 128 is grey."""
        return np.stack([_shrunk(_plane(self._frame, number), (32, 18)) for number in (1, 2)])

    @cached_property
    def picture(self) -> NDArray[np.uint8]:
        """``(height, width, 3) uint8``, sRGB, whole."""
        return np.asarray(self._frame.to_ndarray(format="rgb24"), np.uint8)

    def whole(self) -> "Seen":
        """Convert the picture now, so that another thread may look at it later."""
        _ = self.picture
        return self


@dataclass(frozen=True)
class Lengths:
    """What the film's file says of its tracks."""

    frames: int
    fps: Fraction
    video: Fraction
    """Seconds."""
    sound: Fraction
    """Seconds, 0 without sound."""
    width: int
    height: int


def watch(film: Path) -> Iterator[Seen]:
    """Decode a film's frames in order, keeping none.

    Raises:
        MediaError: the file is not a film, or breaks off.
    """
    import av  # noqa: PLC0415  # FFmpeg loads only where a film is watched

    with _open(film) as clip:
        stream = clip.streams.video[0]
        stream.thread_type = "AUTO"
        try:
            for index, frame in enumerate(clip.decode(stream)):
                if frame.format.name != "yuv420p":
                    frame = frame.reformat(format="yuv420p")  # noqa: PLW2901
                yield Seen(index, frame)
        except av.FFmpegError as problem:
            raise MediaError(f"{str(film)!r} breaks off: {problem}.", hint="Cut the film again.") from problem


def look_up(film: Path, frames: Sequence[int], fps: Fraction) -> Iterator[Seen]:
    """Single frames of a film, found by their key frames: much faster than watching all of it.

    Args:
        film: The file.
        frames: Numbers in rising order; those after the film's end are left out.
        fps: Frames a second.

    Raises:
        MediaError: the file is not a film, or breaks off.
    """
    import av  # noqa: PLC0415

    with _open(film) as clip:
        stream = clip.streams.video[0]
        try:
            for index in frames:
                clip.seek(int(index / fps / stream.time_base), stream=stream, backward=True)
                for frame in clip.decode(stream):
                    if round(frame.pts * stream.time_base * fps) >= index:
                        yield Seen(index, frame)
                        break
        except av.FFmpegError as problem:
            raise MediaError(f"{str(film)!r} breaks off: {problem}.", hint="Cut the film again.") from problem


def lengths_of(film: Path) -> Lengths:
    """Read the lengths of a film's tracks; packets are counted, not believed.

    Raises:
        MediaError: the file is not a film.
    """
    with _open(film) as clip:
        video = clip.streams.video[0]
        sound = clip.streams.best("audio")
        frames = sum(1 for packet in clip.demux(video) if packet.size)
        return Lengths(
            frames=frames,
            fps=Fraction(video.average_rate or 0),
            video=(video.duration or 0) * (video.time_base or Fraction(0)),
            sound=Fraction(0) if sound is None else (sound.duration or 0) * (sound.time_base or Fraction(0)),
            width=video.codec_context.width,
            height=video.codec_context.height,
        )


def _open(film: Path) -> Any:
    import av  # noqa: PLC0415

    try:
        clip = av.open(str(film.absolute()))
    except (av.FFmpegError, OSError, ValueError) as problem:
        raise MediaError(f"{str(film)!r} cannot be read as a film.", hint="Cut the film again.") from problem
    if not clip.streams.video:
        clip.close()
        raise MediaError(f"{str(film)!r} has no pictures in it.", hint="Give a film.")
    return clip


def _plane(frame: Any, number: int) -> NDArray[np.uint8]:
    plane = frame.planes[number]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _shrunk(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
