"""Mouthing: how far a mouth is open in each frame of a shot, from the voice, the words and the star's own singing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from limelight.errors import InputError
from limelight.parts import sings
from limelight.shoot.camera import CallSheet
from limelight.shoot.painted.performance import Performance, performance_of
from limelight.shoot.painted.rotoscope import expose
from limelight.timebase import start_of

Floats = NDArray[np.float32]

OPENS, SHUTS = 0.035, 0.075
"""Seconds in which a mouth goes most of the way: it opens faster than it shuts."""
SILENT = 0.06
"""Voice below which the mouth is shut."""
BETWEEN_WORDS = 0.45
"""How far the voice opens the mouth where no word is placed: reverberation, humming, ad-libs."""
CLOSURE = 0.045
"""Seconds around the border of two words in which the lips come together."""
OWN_SHARE = 0.35
"""How much the opening of the star's own drawings counts, beside the voice."""
ROUNDEST, BROADEST = 0.9, 1.07
"""Bounds of the mouth's width, 1 as in the picture."""


@dataclass(frozen=True)
class Mouthing:
    """What one mouth does in a shot.

    Attributes:
        opening: (frames,) 0 shut to 1 widest.
        width: (frames,) factor on the mouth's width.
    """

    opening: Floats
    width: Floats

    @classmethod
    def still(cls, frames: int) -> Self:
        """A mouth that stays shut."""
        return cls(np.zeros(frames, np.float32), np.ones(frames, np.float32))

    @property
    def moves(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.opening.max(initial=0.0) > SILENT)

    def at(self, frame: int) -> tuple[float, float]:
        """Opening and width of a frame; shut beyond the last."""
        if frame >= len(self.opening):
            return 0.0, 1.0
        return float(self.opening[frame]), float(self.width[frame])


def mouthing_of(sheet: CallSheet, star: str) -> Mouthing:
    """What a star's mouth does: shut in lines that somebody else sings, else on the voice.

    Where the star has a performance, its drawings that fit the voice (as the painted camera chooses them) lend their
    opening and the shape of their lips.

    Raises:
        ConsentError: as the likeness raises.
    """
    fps = float(sheet.format.rate)
    voice = sung_envelope(sheet, star)
    if voice.max(initial=0.0) <= SILENT:
        return Mouthing.still(sheet.shot.frames)
    opening, width = voice, np.ones_like(voice)
    likeness = sheet.cast.get(star)
    if likeness is not None:
        try:
            performance = performance_of(likeness)
        except InputError:  # footage that cannot be drawn from: the voice alone
            performance = None
        if performance is not None and len(performance) > 1:
            own, width = _own(performance, voice, fps, sheet.shot.seed)
            opening = (1 - OWN_SHARE) * voice + OWN_SHARE * own
    return Mouthing(eased(opening, fps), _calm(width, fps))


def sung_envelope(sheet: CallSheet, star: str = "") -> Floats:
    """(frames,) the voice, open on words and briefly shut between them; 0 in lines with another singer's name."""
    shot, score, rate = sheet.shot, sheet.score, sheet.format.rate
    middles = float(start_of(shot.start, rate)) + (np.arange(shot.frames) + 0.5) / float(rate)
    envelope = np.array(score.voice.envelope, np.float32)
    if not len(envelope):
        return np.zeros(shot.frames, np.float32)
    times = np.arange(len(envelope)) / score.voice.rate
    loud = float(np.quantile(envelope[envelope > SILENT], 0.9)) if (envelope > SILENT).any() else 1.0
    voice = np.clip(np.interp(middles, times, envelope, left=0, right=0) / max(loud, 1e-6), 0, 1)
    weight = np.full(shot.frames, BETWEEN_WORDS)
    silent = np.zeros(shot.frames, bool)
    for line in (line for line in score.lyrics.lines if line.is_sung):
        others = star and not sings(line, star)
        for word in line.words:
            if not word.sung:
                continue
            within = (middles >= word.start - 0.02) & (middles < word.end)
            weight[within] = 1.0
            edge = np.minimum(np.abs(middles - word.start), np.abs(middles - word.end))
            near = edge < CLOSURE
            weight[near] = np.minimum(weight[near], 0.35 + 0.65 * edge[near] / CLOSURE)
        if others:
            silent |= (middles >= line.start) & (middles < line.end)
    if not any(line.words for line in score.lyrics.lines):
        weight[:] = 1.0
    voice = np.where(silent | (voice < SILENT), 0.0, voice * weight)
    return np.asarray(voice, np.float32)


def eased(wanted: Floats, fps: float) -> Floats:
    """A mouth's way to where it should be: quick to open, slower to shut; half a frame ahead of the sound."""
    out = np.empty_like(wanted)
    now = float(wanted[0]) if len(wanted) else 0.0
    for index, wish in enumerate(wanted):
        ahead = 0.5 * (wish + wanted[min(index + 1, len(wanted) - 1)])
        now += (ahead - now) * (1 - np.exp(-1 / (fps * (OPENS if ahead > now else SHUTS))))
        out[index] = now
    return out


def _own(performance: Performance, voice: Floats, fps: float, seed: int) -> tuple[Floats, Floats]:
    """Opening and width of the mouth in the star's drawings that fit the voice."""
    sheet = expose(performance, voice, fps, seed)
    points = performance.points
    wide = np.linalg.norm(points[:, 61] - points[:, 291], axis=1) / performance.unit
    facing = np.abs(performance.yaw) < 18
    usual = float(np.median(wide[facing] if facing.any() else wide))
    factor = np.clip(wide / max(usual, 1e-6), ROUNDEST, BROADEST)
    factor[~facing] = 1.0
    return performance.opening[sheet.drawings], factor[sheet.drawings].astype(np.float32)


def _calm(width: Floats, fps: float) -> Floats:
    span = 2 * round(0.12 * fps) + 1
    window = np.hanning(span + 2)[1:-1]
    return np.convolve(np.pad(width, span // 2, mode="edge"), window / window.sum(), "valid").astype(
        np.float32
    )
