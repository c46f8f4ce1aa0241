"""Report: how good the film is, each figure with its control."""

from pydantic import Field

from limelight.document import Document, Part, Sha256


class Measure(Part):
    """One measured figure beside what chance or a stranger would get."""

    name: str
    """Such as ``cuts_on_beat``."""
    title: str
    """For people: ``Cuts within one frame of a beat``."""
    value: float
    unit: str = ""
    """``share``, ``frames``, ``LU``, ``s``, ``cosine``, or empty for a count."""
    control: float | None = None
    control_title: str = ""
    """What the control is: ``cuts at random``, ``a stranger's face``."""
    target: float | None = None
    higher_is_better: bool = True
    samples: int = Field(default=0, ge=0)
    """How many items the figure was measured on."""
    note: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.higher_is_better else self.value <= self.target

    @property
    def target_figure(self) -> str:
        """The target for people, such as ``≥ 95 %``; empty where there is none."""
        if self.target is None:
            return ""
        return f"{'≥' if self.higher_is_better else '≤'} {figure(self.target, self.unit)}"


def figure(value: float, unit: str) -> str:
    """A measured value for people: shares in per cent, others with their unit."""
    if unit == "share":
        return f"{100 * value:.1f} %".replace("100.0", "100").replace(".0 %", " %")
    digits = 2 if unit in {"cosine", "LU"} or (0 < abs(value) < 1) else 1
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if unit != "cosine" else text
    return f"{text or '0'} {unit}".strip() if unit != "cosine" else text


class ShotReview(Part):
    """What was seen in one shot."""

    number: int
    star_share: float | None = None
    """Share of sampled frames in which the intended star was found and matched; None if none was meant."""
    similarity: float | None = None
    """Mean SFace cosine of the faces found to the star; None if no face was found."""
    frozen_frames: int = 0
    black_frames: int = 0
    notes: tuple[str, ...] = ()


class Timing(Part):
    """How long a stage took."""

    stage: str
    seconds: float
    ratio: float
    """Seconds divided by the song's length."""
    cached: bool = False


class Report(Document):
    """The quality report of one film."""

    kind = "report"

    film: str
    """The film's file name."""
    film_sha256: Sha256
    song_sha256: Sha256
    measures: tuple[Measure, ...]
    shots: tuple[ShotReview, ...] = ()
    timings: tuple[Timing, ...] = ()
    peak_memory_mb: float = 0.0
    models: tuple[str, ...] = ()
    """Names and hashes of the weights that were used."""
    warnings: tuple[str, ...] = ()
