"""Poster: one frame of the film as a still picture."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limelight.cut.atomic import whole_file
from limelight.errors import MediaError
from limelight.storyboard import Composition, Storyboard

FAVOURED = (
    Composition.CLOSE_UP,
    Composition.MEDIUM,
    Composition.REFLECTION,
    Composition.EXTREME_CLOSE_UP,
    Composition.MEDALLION,
    Composition.DOUBLE_EXPOSURE,
)
"""A poster shows a face, the largest first."""


def poster_frame(storyboard: Storyboard) -> int:
    """A telling frame: the middle of the longest close-up, chorus before verse, else of the longest shot."""
    ranked = sorted(
        storyboard.shots,
        key=lambda shot: (
            bool(shot.stars),
            -FAVOURED.index(shot.composition) if shot.composition in FAVOURED else -len(FAVOURED),
            shot.section == "chorus",
            shot.frames,
        ),
    )
    return ranked[-1].start + ranked[-1].frames // 2


def write_poster(film: Path, frame: int, fps: Fraction, path: Path) -> Path:
    """Write a film's frame as PNG or JPEG, by the path's suffix; whole or not at all.

    Raises:
        MediaError: the film has no such frame, or a file cannot be read or written.
    """
    from PIL import Image  # noqa: PLC0415  # loads only where a poster is written

    picture = Image.fromarray(frame_of(film, frame, fps))
    with whole_file(path) as part:
        if path.suffix.lower() in {".jpg", ".jpeg"}:
            picture.save(part, quality=92, subsampling=0)
        else:
            picture.save(part)
    return path


def frame_of(film: Path, frame: int, fps: Fraction) -> NDArray[np.uint8]:
    """Decode one frame: ``(height, width, 3) uint8``, sRGB.

    Raises:
        MediaError: there is no such frame.
    """
    import av  # noqa: PLC0415

    try:
        with av.open(str(film.absolute())) as clip:
            stream = clip.streams.video[0]
            clock = stream.time_base or 1 / fps
            clip.seek(int(frame / fps / clock), stream=stream, backward=True)
            for decoded in clip.decode(stream):
                if decoded.pts is not None and round(decoded.pts * clock * fps) >= frame:
                    return np.asarray(decoded.to_ndarray(format="rgb24"), np.uint8)
    except (av.FFmpegError, IndexError) as problem:
        raise MediaError(f"{str(film)!r} cannot be read: {problem}.") from problem
    raise MediaError(f"{str(film)!r} has no frame {frame}.")
