"""One picture a song: what was heard, from waveform to mood, above one time axis."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from limelight.listen.sound.decode import Samples
from limelight.score import Score, Section, SectionLabel

COLOURS = {
    SectionLabel.INTRO: "#7f8fa6",
    SectionLabel.VERSE: "#3d7ea6",
    SectionLabel.CHORUS: "#e1692d",
    SectionLabel.BRIDGE: "#8e5ea2",
    SectionLabel.SOLO: "#4c956c",
    SectionLabel.OUTRO: "#5c677d",
}
INK, PAPER, FAINT = "#22252b", "#faf8f4", "#d9d4ca"
MINUTE = 60.0
LETTER_INCHES = 0.085
"""Width of a letter of a section's name."""
COLUMNS = 2400
"""Points of the waveform."""


def plot(score: Score, samples: Samples, sample_rate: int, path: Path) -> None:
    """Draw a score to a PNG or SVG file (by the path's suffix).

    Args:
        score: What was heard.
        samples: (n,) float32, the song.
        sample_rate: Hz.
        path: Is overwritten.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - heavy, and draws off screen
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import MultipleLocator  # noqa: PLC0415

    figure = Figure(figsize=(_width(score), 7.4), facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    rows: Any = figure.subplots(
        5, 1, sharex=True, gridspec_kw={"height_ratios": [0.6, 1.7, 1.0, 1.1, 1.6], "hspace": 0.02}
    )
    _sections(rows[0], score)
    _waveform(rows[1], score, samples, sample_rate)
    _beats(rows[2], score)
    _words(rows[3], score)
    _mood(rows[4], score)
    for axes in rows:
        _quiet(axes, score)
    rows[-1].set_xlabel("minutes and seconds" if score.song.duration > MINUTE else "seconds", color=INK)
    rows[-1].xaxis.set_major_locator(MultipleLocator(_step(score.song.duration)))
    rows[-1].xaxis.set_major_formatter(lambda second, _: _clock(second, score.song.duration))
    rows[-1].spines["bottom"].set_visible(True)
    figure.suptitle(_title(score), x=0.01, ha="left", color=INK, fontsize=14, fontweight="bold")
    figure.savefig(path, dpi=110)


def _width(score: Score) -> float:
    """Inches."""
    return float(np.clip(score.song.duration / 11, 14, 30))


def _step(duration: float) -> float:
    """Seconds between two marks of the time axis: about fifteen of them."""
    steps = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
    return next((step for step in steps if duration <= 18 * step), 600.0)


def _clock(second: float, duration: float) -> str:
    return f"{int(second // 60)}:{int(second % 60):02d}" if duration > MINUTE else f"{second:g}"


def _title(score: Score) -> str:
    song, rhythm = score.song, score.rhythm
    name = " – ".join(part for part in (song.artist, song.title) if part) or "Untitled"
    facts = [f"{int(song.duration // 60)}:{song.duration % 60:04.1f}"]
    if rhythm.beats:
        facts.append(
            f"{rhythm.tempo:.0f} beats a minute, {rhythm.meter} in a bar ({rhythm.confidence:.0%} sure)"
        )
    facts += [score.key] if score.key else []
    return f"{name}    {'   ·   '.join(facts)}".replace("$", r"\$")


def _sections(axes: Any, score: Score) -> None:
    for section in score.sections:
        axes.axvspan(
            section.start, section.end, color=COLOURS[section.label], alpha=0.35 + 0.6 * section.energy
        )
        text, upright = _fitting(section, _width(score) * (section.end - section.start) / score.song.duration)
        axes.text(
            (section.start + section.end) / 2,
            0.5,
            text,
            ha="center",
            va="center",
            rotation=90 if upright else 0,
            color="white",
            fontsize=6.5 if upright else 9,
            fontweight="bold",
            clip_on=True,
        )
    axes.set_ylim(0, 1)
    _name(axes, "form")


def _fitting(section: Section, inches: float) -> tuple[str, bool]:
    """What fits into a section's width, and whether it must stand upright: label and letter, or the label alone."""
    both = f"{section.label} {section.letter}"
    if inches >= LETTER_INCHES * (len(both) + 1):
        return both, False
    return str(section.label), inches < LETTER_INCHES * (len(str(section.label)) + 1)


def _waveform(axes: Any, score: Score, samples: Samples, sample_rate: int) -> None:
    block = max(1, len(samples) // COLUMNS)
    whole = samples[: len(samples) // block * block].reshape(-1, block)
    time = (np.arange(len(whole)) + 0.5) * block / sample_rate
    axes.fill_between(time, whole.min(axis=1), whole.max(axis=1), color=FAINT, linewidth=0)
    loud = np.sqrt((whole**2).mean(axis=1))
    axes.fill_between(time, -loud, loud, color="#9aa5b1", linewidth=0)
    if score.voice.envelope:
        voice = np.array(score.voice.envelope)
        moments = np.arange(len(voice)) / score.voice.rate
        axes.fill_between(moments, 0, 0.95 * voice, color="#c8385a", alpha=0.55, linewidth=0)
    axes.set_ylim(-1, 1)
    _name(axes, "sound\nand voice", "#c8385a" if any(score.voice.envelope) else INK)


def _beats(axes: Any, score: Score) -> None:
    rhythm = score.rhythm
    axes.vlines(rhythm.onsets, 0, rhythm.onset_strengths, color="#b9b3a7", linewidth=0.8, label="onsets")
    axes.vlines(rhythm.beats, 0, 0.35, color="#3d7ea6", linewidth=0.9, label="beats")
    axes.vlines(rhythm.downbeats, 0, 0.8, color="#e1692d", linewidth=1.1, label="bars")
    axes.set_ylim(0, 1.45)
    axes.legend(loc="upper right", ncols=3, frameon=False, fontsize=8, labelcolor=INK, borderpad=0)
    _name(axes, "rhythm")


def _words(axes: Any, score: Score) -> None:
    lanes, length = 4, score.song.duration
    letters_a_second = 16 * _width(score) / length
    for index, line in enumerate(score.lyrics.lines):
        lane = lanes - 1 - index % lanes
        axes.hlines(lane, line.start, line.end, color="#c8385a", linewidth=2.2, alpha=0.7)
        axes.vlines([word.start for word in line.words], lane - 0.12, lane + 0.12, color=INK, linewidth=0.6)
        following = (
            score.lyrics.lines[index + lanes].start if index + lanes < len(score.lyrics.lines) else length
        )
        fitting = max(4, int((following - line.start) * letters_a_second))
        text = line.text if len(line.text) <= fitting else line.text[: fitting - 1].rstrip() + "…"
        axes.text(line.start, lane + 0.2, text.replace("$", r"\$"), fontsize=6.5, color=INK, clip_on=True)
    if not score.lyrics.lines:
        axes.text(
            score.song.duration / 2, lanes / 2, "no words", ha="center", color="#9aa5b1", style="italic"
        )
    axes.set_ylim(-0.5, lanes)
    _name(axes, "words")


def _mood(axes: Any, score: Score) -> None:
    time = np.array([point.time for point in score.mood])
    curves: dict[str, tuple[str, npt.NDArray[np.float64]]] = {
        "valence": ("#3d7ea6", np.array([point.valence for point in score.mood])),
        "arousal": ("#e1692d", np.array([point.arousal for point in score.mood])),
    }
    axes.axhline(0, color=FAINT, linewidth=1)
    for name, (colour, curve) in curves.items():
        axes.plot(time, curve, color=colour, linewidth=1.8, label=name)
        axes.fill_between(time, 0, curve, color=colour, alpha=0.12, linewidth=0)
    axes.set_ylim(-1, 1)
    for height, side, words in ((0.98, "top", "glad, awake"), (0.02, "bottom", "gloomy, calm")):
        axes.text(0.003, height, words, transform=axes.transAxes, va=side, fontsize=7, color="#8c8577")
    axes.legend(loc="upper right", ncols=2, frameon=False, fontsize=8, labelcolor=INK)
    _name(axes, "mood")


def _name(axes: Any, text: str, colour: str = INK) -> None:
    axes.set_ylabel(text, rotation=0, ha="right", va="center", color=colour, fontsize=9)


def _quiet(axes: Any, score: Score) -> None:
    axes.set_xlim(0, score.song.duration)
    axes.set_yticks([])
    axes.set_facecolor(PAPER)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for section in score.sections[1:]:
        axes.axvline(section.start, color="#8c8577", linewidth=0.6, linestyle=(0, (2, 3)), zorder=0)
