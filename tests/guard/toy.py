"""Toy backends, installed as plug-ins are: cameras that draw one colour, and scorers that refuse red."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

import cv2
import numpy as np

from limelight.events import Listener
from limelight.guard.decoy import decoy
from limelight.shoot.camera import CallSheet, Kit, Picture
from limelight.storyboard import Shot

RED, GREEN = (200, 20, 20), (20, 160, 40)
PLACE = "sea"
"""Where the toy storyboards play."""


class RefuseRed:
    """Finds red explicit."""

    name: ClassVar[str] = "red"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def explicit(self, rgb: Picture) -> float:
        red, green, _ = rgb.reshape(-1, 3).mean(axis=0)
        return float(red > 2 * green) * 0.9


class RefuseAll(RefuseRed):
    """Finds everything explicit."""

    name: ClassVar[str] = "all"

    def explicit(self, rgb: Picture) -> float:
        return 1.0 if rgb.size else 0.0


class Camera:
    """Draws red where ``bad``, else green; the middle frame alone, so that the first is not enough to know."""

    name: ClassVar[str] = "toy"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ()
    follows_prompts: ClassVar[bool] = False
    most_workers: ClassVar[int] = 0
    models: tuple[str, ...] = ()

    def __init__(self, kit: Kit) -> None:
        self.kit = kit

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def tasks(self, sheets: Sequence[CallSheet]) -> Sequence[str]:
        return [sheet.shot.prompt for sheet in sheets[:0]]

    def prepare(self, task: str, sheets: Sequence[CallSheet], tell: Listener) -> None:
        raise AssertionError((task, sheets, tell))

    def bad(self, shot: Shot) -> bool:
        """Whether a shot is drawn in red."""
        return shot.seed < 0

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        size = (sheet.format.height, sheet.format.width, 3)
        for index in range(sheet.shot.frames):
            red = self.bad(sheet.shot) and index >= sheet.shot.frames // 2
            yield np.full(size, RED if red else GREEN, np.uint8)

    def depends_on(self, sheet: CallSheet) -> Mapping[str, str]:
        return {"toy": str(sheet.shot.seed)}


class RedSeed(Camera):
    """The picture itself is bad: odd seeds."""

    def bad(self, shot: Shot) -> bool:
        return shot.seed % 2 == 1


class RedPlace(Camera):
    """The place is."""

    def bad(self, shot: Shot) -> bool:
        return shot.imagery.scenery == PLACE


class RedStar(Camera):
    """Whatever has a star in it is."""

    def bad(self, shot: Shot) -> bool:
        return bool(shot.stars)


class Stock(RedPlace):
    """The place is, which its own code draws: it says so with a control."""

    def control(self, sheet: CallSheet) -> CallSheet:
        imagery = sheet.shot.imagery.model_copy(update={"scenery": "lake"})
        return replace(sheet, shot=sheet.shot.model_copy(update={"imagery": imagery}))


class StockStar(Stock):
    """The star is, wherever she or he stands."""

    def bad(self, shot: Shot) -> bool:
        return bool(shot.stars)


class Follower(Stock):
    """A camera that follows prompts, and would like to be excused."""

    follows_prompts: ClassVar[bool] = True


class RedAll(Camera):
    """Everything is."""

    def bad(self, shot: Shot) -> bool:
        return shot.frames > 0


class Decoys(Camera):
    """Odd seeds are drawn as the decoy, for the real scorer."""

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        picture = cv2.resize(decoy(), (sheet.format.width, sheet.format.height), interpolation=cv2.INTER_AREA)
        for plain in super().shoot(sheet):
            yield picture if sheet.shot.seed % 2 else plain


BACKENDS = """[limelight.cameras]
toy = guard.toy:Camera
toy-seed = guard.toy:RedSeed
toy-place = guard.toy:RedPlace
toy-star = guard.toy:RedStar
toy-stock = guard.toy:Stock
toy-stock-star = guard.toy:StockStar
toy-follower = guard.toy:Follower
toy-all = guard.toy:RedAll
toy-decoy = guard.toy:Decoys

[limelight.scorers]
red = guard.toy:RefuseRed
all = guard.toy:RefuseAll
"""


def install(folder: Path) -> Path:
    """Write what pip writes of a package with entry points; put the folder on the path to have them."""
    about = folder / "toy_backends-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-backends\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(BACKENDS)
    return folder
