"""Toy films with known answers, and what is done to copies of them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from limelight.cut.encode import encode_take
from limelight.cut.mux import join
from limelight.provenance.film_id import FilmId
from limelight.provenance.marking import Watermark
from limelight.storyboard import Format

SIZE = (640, 360)
SONG = "ab" * 32
OURS = FilmId.of(SONG, ["consent-1"])


def scenes(
    frames: int, size: tuple[int, int] = SIZE, *, shots: int = 3, grain: float = 2.0
) -> Iterator[np.ndarray]:
    """Smooth coloured shapes that pan, with a flat dark sky and fine grain, a new one each shot."""
    random = np.random.default_rng(7)
    width, height = size
    for shot in range(shots):
        noise = random.normal(0, 1, (height, 2 * width, 3)).astype(np.float32)
        wide = sum(cv2.GaussianBlur(noise, (0, 0), s) * s for s in (2, 8, 30))
        wide = 110 + 45 * wide / wide.std()
        wide[: height // 4] = random.integers(15, 60, 3)
        for index in range(frames // shots + (shot < frames % shots)):
            picture = wide[:, 3 * index : 3 * index + width] + random.normal(0, grain, (height, width, 1))
            yield np.clip(picture, 0, 255).astype(np.uint8)


def film(
    path: Path, frames: int = 30, size: tuple[int, int] = SIZE, mark: FilmId | None = OURS, **how: float
) -> Path:
    """A film as the cut makes them, marked or not."""
    shape = Format(width=size[0], height=size[1])
    watermark = Watermark(mark, size[1], size[0]) if mark else None
    take = encode_take(
        scenes(frames, size, **how), path.with_suffix(".take.mp4"), shape, frames, mark=watermark
    )
    join([take], None, path, frames, shape.rate)
    take.unlink()
    return path


def pictures(path: Path) -> Iterator[np.ndarray]:
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


def copy(
    source: Path,
    target: Path,
    *,
    crf: int = 28,
    crop: float = 1.0,
    size: tuple[int, int] | None = None,
    mirror: bool = False,
    bars: float = 0.0,
) -> Path:
    """Re-encode by x264, after cutting each side to a share of it, scaling, mirroring or laying it between bars."""

    def changed(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for whole in frames:
            height, width = (round(side * crop) // 2 * 2 for side in whole.shape[:2])
            top, left = (whole.shape[0] - height) // 3, (whole.shape[1] - width) // 4
            picture = whole[top : top + height, left : left + width]
            if size:
                picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            if mirror:
                picture = picture[:, ::-1]
            if bars:
                edge = round(bars * picture.shape[0]) // 2 * 2
                picture = cv2.copyMakeBorder(picture, edge, edge, 0, 0, cv2.BORDER_CONSTANT)
            yield np.ascontiguousarray(picture)

    frames = changed(pictures(source))
    first = next(frames)
    with av.open(str(target), "w") as clip:
        stream = clip.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = first.shape[1], first.shape[0], "yuv420p"
        stream.options = {"crf": str(crf), "preset": "veryfast"}
        for picture in (first, *frames):
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        clip.mux(stream.encode(None))
    return target
