"""How a shot is arranged: one file a composition."""

from collections.abc import Callable

from limelight.shoot.painted.compositions.close_up import CloseUp, ExtremeCloseUp, Medium
from limelight.shoot.painted.compositions.double_exposure import DoubleExposure
from limelight.shoot.painted.compositions.grid import Grid
from limelight.shoot.painted.compositions.medallion import Medallion
from limelight.shoot.painted.compositions.reflection import Reflection
from limelight.shoot.painted.compositions.silhouette import Silhouette
from limelight.shoot.painted.compositions.triptych import Triptych
from limelight.shoot.painted.compositions.wide import Wide
from limelight.shoot.painted.compositions.windows import Windows
from limelight.shoot.painted.staging import Composed, Staging
from limelight.storyboard import Composition

COMPOSITIONS: dict[Composition, Callable[[Staging], Composed]] = {
    Composition.CLOSE_UP: CloseUp,
    Composition.MEDIUM: Medium,
    Composition.EXTREME_CLOSE_UP: ExtremeCloseUp,
    Composition.SILHOUETTE: Silhouette,
    Composition.REFLECTION: Reflection,
    Composition.TRIPTYCH: Triptych,
    Composition.WIDE: Wide,
    Composition.DOUBLE_EXPOSURE: DoubleExposure,
    Composition.GRID: Grid,
    Composition.MEDALLION: Medallion,
    Composition.WINDOWS: Windows,
}

__all__ = ["COMPOSITIONS"]
