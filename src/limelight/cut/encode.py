"""Encode one take: a closed-GOP H.264 clip that joins to any other take of the film by stream copy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.cut.atomic import whole_file
from limelight.cut.colour import to_planes
from limelight.errors import MediaError, SettingsError
from limelight.storyboard import Format

Picture = NDArray[np.uint8]
"""``(height, width, 3) uint8``, sRGB."""
Mark = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
"""Gives a frame's luma, ``(height, width) uint8``, back with a watermark in it."""

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
GIVEN_BACK = "mbtree=1:rc-lookahead=10:aq-mode=1:deblock=0,0:subme=1"
"""What ultrafast leaves out and here keeps: rate control by macroblock tree, adaptive quantisation, deblocking,
motion to half a pixel. Painted films come out as large and as good as with superfast, in 6 tenths of the time; what
stays away is CABAC and B-frames, so that players and the review decode faster, too."""
AVX512_SKX = 256
"""OpenCV's number for the AVX-512 instructions that x264 asks for (F, CD, BW, DQ and VL)."""


@dataclass(frozen=True)
class Encoding:
    """How takes are compressed. All takes of one film must share it, or they do not join."""

    preset: str = "ultrafast"
    """x264's trade of time for size: ``ultrafast`` to ``veryslow``. Ultrafast is given back what costs little:
    see :data:`GIVEN_BACK`."""
    crf: float = 19.0
    """Constant rate factor, 0 to 51: lower is better and larger; 19 is hard to tell from the original."""

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise SettingsError(
                f"{self.preset!r} is not an x264 preset.", hint=f"Choose one of {', '.join(PRESETS)}."
            )
        if not 0 <= self.crf <= 51:
            raise SettingsError(f"A crf of {self.crf} is out of range.", hint="Choose between 0 and 51.")


def group_length(fps: Fraction) -> int:
    """Frames in a closed group of pictures: half a second's, at least 1."""
    return max(1, round(fps / 2))


def encode_take(
    pictures: Iterable[Picture],
    path: Path,
    picture_format: Format,
    frames: int,
    *,
    encoding: Encoding | None = None,
    threads: int = 1,
    mark: Mark | None = None,
) -> Path:
    """Encode exactly ``frames`` pictures into an mp4 without sound.

    Args:
        pictures: ``(height, width, 3) uint8``, sRGB, of the format's size.
        path: Where the take belongs; it appears there whole or not at all.
        picture_format: Size and frame rate.
        frames: How many pictures must come.
        encoding: The film's compression; one for all its takes.
        threads: x264's threads. One for each worker process keeps all cores busy without waste; the headers
            do not depend on it.
        mark: Puts a watermark into each frame, last of all.

    Returns:
        ``path``.

    Raises:
        MediaError: too few or too many pictures, one of another size or type, or the disk refused.
    """
    with whole_file(path) as part:
        clip = _open_clip(part, picture_format, encoding or Encoding(), threads)
        with clip:
            stream = clip.streams.video[0]
            for frame in _frames(_counted(pictures, picture_format, frames), picture_format, mark):
                _write(clip, stream.encode(frame))
            _write(clip, stream.encode(None))
    return path


def _open_clip(part: Path, picture_format: Format, encoding: Encoding, threads: int) -> Any:
    import av  # noqa: PLC0415  # only processes that encode pay for loading FFmpeg

    fps = picture_format.rate
    group = group_length(fps)
    clip = av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"})
    stream = clip.add_stream("libx264", rate=fps)
    context = stream.codec_context
    context.width, context.height, context.pix_fmt = picture_format.width, picture_format.height, "yuv420p"
    context.time_base = 1 / fps
    context.profile = "High"
    context.gop_size = group
    context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709 (H.273, tables 2 to 4)
    context.color_range = 1  # limited
    context.options = {
        "preset": encoding.preset,
        "crf": str(encoding.crf),
        "threads": str(threads),
        "x264-params": _parameters(encoding, group),
    }
    return clip


def _parameters(encoding: Encoding, group: int) -> str:
    """Headers that do not depend on the content, closed groups of even length, no other key frames.

    x264's AVX-512 code is left out: at widths that are not a multiple of 64 it decides by whatever lies in memory
    beside the picture, so that the same pictures give other bytes in each run. AVX2 is as fast.
    """
    parameters = f"stitchable=1:open-gop=0:keyint={group}:scenecut=0:force-cfr=1:8x8dct=1"
    if encoding.preset == "ultrafast":
        parameters += f":{GIVEN_BACK}"
    if cv2.checkHardwareSupport(AVX512_SKX):
        parameters += ":asm=avx2,fma3,bmi1,bmi2,lzcnt"
    return parameters


def _counted(pictures: Iterable[Picture], picture_format: Format, frames: int) -> Iterator[Picture]:
    shape = (picture_format.height, picture_format.width, 3)
    count = 0
    for count, picture in enumerate(pictures, start=1):
        if count > frames:
            raise MediaError(f"the take has more than the {frames} frames of its shot.")
        if picture.shape != shape or picture.dtype != np.uint8:
            raise MediaError(f"frame {count} is {picture.dtype} {picture.shape}; uint8 {shape} is due.")
        yield picture
    if count != frames:
        raise MediaError(f"the take has {count} frames; its shot has {frames}.")


def _frames(pictures: Iterable[Picture], picture_format: Format, mark: Mark | None) -> Iterator[Any]:
    import av  # noqa: PLC0415

    for index, picture in enumerate(pictures):
        frame = av.VideoFrame(picture_format.width, picture_format.height, "yuv420p")
        luma, *chroma = to_planes(picture)
        for plane, values in zip(frame.planes, (mark(luma) if mark else luma, *chroma), strict=True):
            height, width = values.shape
            np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)[:, :width] = values
        frame.pts, frame.time_base = index, 1 / picture_format.rate
        yield frame


def _write(clip: Any, packets: Iterable[Any]) -> None:
    import av  # noqa: PLC0415

    try:
        for packet in packets:
            clip.mux(packet)
    except av.FFmpegError as problem:
        raise MediaError(f"the take cannot be written: {problem}.", hint="Is the disk full?") from problem
