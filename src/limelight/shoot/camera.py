"""Camera: what turns one shot of a storyboard into pictures.

A camera is a backend: a class behind the entry point group ``limelight.cameras``. It is made once in each
worker process, prepares what all shots share, and then shoots them one by one, in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from limelight.events import Listener
from limelight.provenance.source import SourceType
from limelight.score import Score
from limelight.storyboard import Format, Shot
from limelight.vault import Likeness
from limelight.weights.registry import Use

Picture = NDArray[np.uint8]
"""``(height, width, 3) uint8``, sRGB."""


@dataclass(frozen=True)
class Kit:
    """What a camera is equipped with; each takes what it knows and leaves the rest.

    Attributes:
        model: The generative model by name, commit, folder or file; empty: the camera's own choice.
        motion: The video model that moves the keyframes; empty: none.
        drawings_a_second: Pictures to be drawn for a second of film, the others are in-betweens.
        steps: Denoising steps for each; 0: as many as the model is best at.
        use: What the film is made for, which a model's licence may forbid.
        lips: What makes lips sing in drawn pictures, by name; ``none`` leaves them.
    """

    model: str = ""
    motion: str = ""
    drawings_a_second: float = 6.0
    steps: int = 0
    use: Use = field(default_factory=Use)
    lips: str = "warp"


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
    shots: Sequence[Shot] = ()
    """All shots of the film, for cameras whose pictures depend on neighbours; may be empty."""


class Camera(Protocol):
    """Draws shots. Made with a :class:`Kit`."""

    name: ClassVar[str]
    version: ClassVar[int]
    weights: ClassVar[tuple[str, ...]]
    follows_prompts: ClassVar[bool]
    """Whether its pictures are made from the shots' prompts, and not from their imagery."""
    source: ClassVar[SourceType]
    """What kind of pictures it makes, for the film's manifest."""
    most_workers: ClassVar[int]
    """Processes that may shoot at a time; 0: any number."""

    @property
    def models(self) -> Sequence[str]:
        """Names and hashes or commits of the models it draws with, for the report."""
        ...

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


@runtime_checkable
class StockCamera(Protocol):
    """A camera whose sceneries are drawn by code of its own and by no model: they can be nothing explicit.

    What else is in its pictures (stars, above all) is judged before its reference scenery where the guard doubts a
    picture; see :class:`limelight.guard.Watch`. A camera that follows prompts is never asked.
    """

    def control(self, sheet: CallSheet) -> CallSheet:
        """The same shot before the reference scenery, which is always the same."""
        ...
