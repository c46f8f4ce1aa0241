"""Camera: what turns one shot of a storyboard into pictures.

A camera is a backend: a class behind the entry point group ``limelight.cameras``. It is made once in each
worker process, prepares what all shots share, and then shoots them one by one, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from limelight.events import Listener
from limelight.score import Score
from limelight.storyboard import Format, Shot
from limelight.vault import Likeness

Picture = NDArray[np.uint8]
"""``(height, width, 3) uint8``, sRGB."""


@dataclass(frozen=True)
class CallSheet:
    """What a camera is given for one shot."""

    shot: Shot
    format: Format
    score: Score
    cast: Mapping[str, Likeness]
    """Open likenesses by star id; holds at least ``shot.stars``."""
    plates: Path
    """Shared folder for what holds no likeness (painted scenery); may be emptied at any time."""


class Camera(Protocol):
    """Draws shots."""

    name: ClassVar[str]
    version: ClassVar[int]
    weights: ClassVar[tuple[str, ...]]

    def __enter__(self) -> Self:
        """Load models."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Free models."""
        ...

    def tasks(self, sheets: Sequence[CallSheet]) -> Sequence[str]:
        """Names of the preparations (plates, sprites) that the shots share and that are not cached yet.

        Each may run in another process, in any order.
        """
        ...

    def prepare(self, task: str, sheets: Sequence[CallSheet], tell: Listener) -> None:
        """Do one of the preparations and keep its result in ``plates`` or, if of a likeness, in the vault."""
        ...

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        """Yield exactly ``sheet.shot.frames`` pictures of the format's size.

        Asks each likeness's ``check()`` first, and lets the vault's ``ConsentError`` out.
        """
        ...

    def depends_on(self, sheet: CallSheet) -> Mapping[str, str]:
        """Digests of everything beyond the shot and format that decides its pictures (for the cache key)."""
        ...
