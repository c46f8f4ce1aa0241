"""The report as a page for people: one self-contained file, readable on screen and paper, light and dark."""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.document import write_atomically
from limelight.report import Measure, Report, figure
from limelight.review.pictures import look_up
from limelight.score import Score
from limelight.storyboard import Shot, Storyboard
from limelight.timebase import start_of

THUMBNAIL = 400
"""Pixels of a shot's picture along its longer side."""
FIRST = ("duration_error", "seen_cuts_on_beat", "cuts_on_beat", "star_matched", "mouth_follows_voice")
"""The measures that a person wants to see first."""
PLOT_WIDTH, MOOD_HEIGHT = 1000.0, 90.0


def write_page(report: Report, score: Score, storyboard: Storyboard, film: Path, path: Path) -> Path:
    """Write ``report.html``.

    Args:
        report: The figures.
        score: Beats, sections, mood and voice, for the timeline.
        storyboard: The shots.
        film: For a picture of each shot.
        path: Where the page belongs; it appears whole or not at all.

    Raises:
        MediaError: the film cannot be read.
    """
    pictures = thumbnails(film, storyboard)
    write_atomically(path, render(report, score, storyboard, pictures).encode())
    return path


def render(
    report: Report, score: Score, storyboard: Storyboard, pictures: Mapping[int, NDArray[np.uint8]]
) -> str:
    """The page's HTML; ``pictures`` are ``(h, w, 3) uint8`` sRGB by shot number, missing ones are left out."""
    import jinja2  # noqa: PLC0415  # loads only where a page is written

    template = resources.files("limelight.review").joinpath("page.html").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(template).render(
        report=report,
        score=score,
        storyboard=storyboard,
        title=storyboard.title or score.song.title or report.film,
        duration=_clock(score.song.duration),
        gauges=[_gauge(measure) for measure in _in_order(report.measures)],
        hero=_hero(storyboard, pictures),
        passed=sum(measure.passed is True for measure in report.measures),
        targets=sum(measure.passed is not None for measure in report.measures),
        timeline=_timeline(score, storyboard),
        shots=[_card(shot, report, storyboard, pictures) for shot in storyboard.shots],
        total=sum(timing.seconds for timing in report.timings),
        ratio=sum(timing.ratio for timing in report.timings),
    )


def thumbnails(film: Path, storyboard: Storyboard) -> dict[int, NDArray[np.uint8]]:
    """The middle frame of each shot, shrunk: ``(h, w, 3) uint8`` sRGB by shot number."""
    middles = {shot.start + shot.frames // 2: shot.number for shot in storyboard.shots}
    pictures = {}
    for seen in look_up(film, list(middles), storyboard.format.rate):
        height, width = seen.picture.shape[:2]
        scale = THUMBNAIL / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(seen.picture, size, interpolation=cv2.INTER_AREA)
        pictures[middles[seen.index]] = np.asarray(small, np.uint8)
    return pictures


@dataclass(frozen=True)
class Gauge:
    """One measure as a bar with its control and target. Positions are per cent of the bar."""

    measure: Measure
    value: str
    control: str
    target: str
    filled: float
    control_at: float | None
    target_at: float | None
    verdict: str
    """``good``, ``bad`` or ``plain``."""


@dataclass(frozen=True)
class Card:
    """One shot."""

    shot: Shot
    start: str
    seconds: str
    picture: str
    """A data URL, or empty."""
    star: str
    similarity: str
    faults: tuple[str, ...]
    doubtful: bool
    """Whether the star was missed more often than the whole film may."""


def _hero(storyboard: Storyboard, pictures: Mapping[int, NDArray[np.uint8]]) -> str:
    """A telling picture for the top: of the longest shot with a star, else of the longest."""
    ranked = sorted(storyboard.shots, key=lambda shot: (bool(shot.stars), shot.frames), reverse=True)
    return next((_data_url(pictures[shot.number]) for shot in ranked if shot.number in pictures), "")


def _in_order(measures: Sequence[Measure]) -> list[Measure]:
    ranks = {name: rank for rank, name in enumerate(FIRST)}
    return sorted(measures, key=lambda measure: ranks.get(measure.name, len(ranks)))


def _gauge(measure: Measure) -> Gauge:
    figures = [abs(f) for f in (measure.value, measure.control, measure.target) if f is not None]
    full = 1.0 if measure.unit in {"share", "cosine"} or not measure.unit else max([*figures, 1e-9]) * 1.15
    full = max(full, *figures) if figures else full

    def at(value: float | None) -> float | None:
        return None if value is None else round(100 * min(1.0, max(0.0, value / full)), 2)

    verdict = {True: "good", False: "bad", None: "plain"}[measure.passed]
    return Gauge(
        measure=measure,
        value=figure(measure.value, measure.unit),
        control="" if measure.control is None else figure(measure.control, measure.unit),
        target=measure.target_figure,
        filled=at(measure.value) or 0.0,
        control_at=at(measure.control),
        target_at=at(measure.target),
        verdict=verdict,
    )


def _card(
    shot: Shot, report: Report, storyboard: Storyboard, pictures: Mapping[int, NDArray[np.uint8]]
) -> Card:
    seen = next((review for review in report.shots if review.number == shot.number), None)
    share = seen.star_share if seen else None
    rate = storyboard.format.rate
    faults = [*(seen.notes if seen else ())]
    if seen and seen.frozen_frames:
        faults.append(f"frozen for {float(seen.frozen_frames / rate):.1f} s")
    if seen and seen.black_frames > rate:
        faults.append(f"black for {float(seen.black_frames / rate):.1f} s")
    return Card(
        shot=shot,
        start=_clock(start_of(shot.start, rate)),
        seconds=f"{float(shot.frames / rate):.1f} s",
        picture=_data_url(pictures[shot.number]) if shot.number in pictures else "",
        star="" if share is None else figure(share, "share"),
        similarity="" if not seen or seen.similarity is None else f"{seen.similarity:.2f}",
        faults=tuple(faults),
        doubtful=share is not None and share < 0.81,
    )


def _timeline(score: Score, storyboard: Storyboard) -> dict[str, Any]:
    """Positions for the drawing: x from 0 to 1000 over the song, y within each band."""
    duration = max(score.song.duration, 1e-9)
    rate = storyboard.format.rate

    def x(seconds: float) -> float:
        return round(PLOT_WIDTH * min(1.0, seconds / duration), 2)

    def span(start: float, end: float, text: str) -> dict[str, object]:
        return {"x": x(start), "width": round(max(1.0, x(end) - x(start)), 2), "text": text}

    downbeats = set(score.rhythm.downbeats)
    mood = {
        name: " ".join(
            f"{x(p.time)},{round(MOOD_HEIGHT * (1 - getattr(p, name)) / 2, 1)}" for p in score.mood
        )
        for name in ("valence", "arousal")
    }
    shots = [
        {
            "number": shot.number,
            "x": x(start_of(shot.start, rate)),
            "width": max(0.8, round(x(start_of(shot.end, rate)) - x(start_of(shot.start, rate)) - 1.2, 2)),
            "kind": shot.composition.value,
            "star": bool(shot.stars),
            "label": f"Shot {shot.number}, {shot.composition.value}, {shot.imagery.scenery}",
        }
        for shot in storyboard.shots
    ]
    sections = [
        {
            "x": x(s.start),
            "width": round(x(s.end) - x(s.start), 2),
            "label": s.label.value,
            "energy": s.energy,
        }
        for s in score.sections
    ]
    return {
        "shots": shots,
        "sections": sections,
        "beats": [{"x": x(beat), "down": beat in downbeats} for beat in score.rhythm.beats],
        "mood": mood,
        "voice": _voice(score, x(duration)),
        "words": [span(line.start, line.end, line.text) for line in score.lyrics.lines],
        "ticks": [{"x": x(second), "label": _clock(second)} for second in _ticks(duration)],
    }  # fmt: skip


def _voice(score: Score, width: float) -> str:
    """The voice's envelope as the points of a closed shape, at most 500 of them, 30 units high."""
    envelope = np.asarray(score.voice.envelope)
    if not len(envelope):
        return ""
    parts = np.array_split(envelope, min(500, len(envelope)))
    tops = [float(part.max()) for part in parts]
    step = width / len(tops)
    points = [f"{round(i * step, 1)},{round(30 * (1 - top), 1)}" for i, top in enumerate(tops)]
    return " ".join(["0,30", *points, f"{width},30"])


def _ticks(duration: float) -> list[float]:
    step = next((s for s in (5, 10, 15, 30, 60, 120, 300) if duration / s <= 10), 600)
    return [float(second) for second in range(0, math.ceil(duration), step)]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _data_url(picture: NDArray[np.uint8]) -> str:
    content = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 82])[
        1
    ]
    return "data:image/jpeg;base64," + base64.b64encode(content.tobytes()).decode()
