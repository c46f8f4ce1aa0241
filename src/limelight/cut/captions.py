"""Captions: the line that is sung, the sung word lit and rising.

They depend on the time alone, so that a line goes on over a cut as if there were none.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from limelight.catalogue import Look, catalogue
from limelight.cut.lettering import Cue, SetLine, SetWord, cues_of, safe_area, set_line
from limelight.score import Lyrics, Word
from limelight.storyboard import CaptionStyle, Format, Shot

Picture = NDArray[np.uint8]
Colour = tuple[float, float, float]

ATTACK, RELEASE, SHORTEST = 0.08, 0.20, 0.14
"""Seconds: a word lights up, dims down, and is lit at least."""
FADE = 0.16
"""Seconds in which a line appears or goes."""
RISE = 0.10
"""How far a lit word rises, of the letters' size."""


@dataclass(frozen=True)
class Ink:
    """The captions' colours, sRGB 0 to 255 each."""

    lit: Colour = (255.0, 210.0, 63.0)
    """The word that is being sung."""
    plain: Colour = (255.0, 252.0, 245.0)
    coming: float = 0.80
    """Opacity of words that are not yet sung."""
    unplaced: float = 0.70
    """Opacity of words that could not be placed in the song: they are never lit."""
    shadow: float = 0.85
    """The shadow's opacity."""


class Captions:
    """Draws a film's captions; make one for each process, its letters are kept.

    Args:
        lyrics: The song's words with their times; none is fine.
        picture_format: The pictures' size.
    """

    def __init__(self, lyrics: Lyrics, picture_format: Format) -> None:
        self._format = picture_format
        self._cues = cues_of(lyrics)
        self._set = lru_cache(maxsize=8)(self._set_cue)

    def over(self, picture: Picture, seconds: float, ink: Ink | None = None) -> Picture:
        """Draw the captions of a moment into a picture, in place.

        Args:
            picture: ``(height, width, 3) uint8``, sRGB, writeable, of the format's size.
            seconds: From the song's first sample.
            ink: Colours.

        Returns:
            The same picture.
        """
        for index, cue in enumerate(self._cues):
            if cue.shown <= seconds < cue.hidden:
                self._draw(picture, index, seconds, ink or Ink())
        return picture

    def digest(self, start: float, end: float) -> str:
        """SHA-256 of all captions between two moments (s), for cache keys: other lines do not matter."""
        cues = [cue for cue in self._cues if cue.shown < end and cue.hidden > start]
        told = "\n".join(
            f"{cue.line.model_dump_json()} {cue.shown} {cue.hidden} {cue.below is None}" for cue in cues
        )
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    def _draw(self, picture: Picture, index: int, seconds: float, ink: Ink) -> None:
        from limelight.cut.blend import paint  # noqa: PLC0415  # numba loads where pictures are drawn

        cue, line = self._cues[index], self._set(index)
        lift = self._lift(index)
        presence = _presence(cue, seconds)
        shadow_top = line.shadow_top - lift
        black = (8.0, 6.0, 12.0)
        paint(picture, line.shadow, line.shadow_left, shadow_top, black, presence * ink.shadow)
        for word in line.words:
            colour, opacity, light = _lit(word, seconds, ink)
            top = word.top - lift - light * RISE * line.size
            paint(picture, word.mask, word.left, top, colour, presence * opacity)

    def _set_cue(self, index: int) -> SetLine:
        return set_line(self._cues[index].line, self._format)

    def _lift(self, index: int) -> int:
        """Pixels that a line stands above its place, for lines sung at the same time; negative: below it."""
        below = self._cues[index].below
        if below is None or self._cues[below].hidden <= self._cues[index].shown:
            return 0
        if safe_area(self._format).downwards:
            return self._lift(below) - self._set_cue(index).height
        return self._lift(below) + self._set(below).height


def ink_for(shot: Shot) -> Ink:
    """Colours that fit a shot's look and mood; the plain ones where the look is not in the catalogue."""
    try:
        look = catalogue().look(shot.look)
    except KeyError:
        return Ink()
    return Ink(lit=_signal_colour(look, shot.valence, shot.arousal))


def wants_captions(shot: Shot) -> bool:
    """Whether the cut draws the words of a shot; elsewhere the camera does, or nobody."""
    return shot.captions is CaptionStyle.KARAOKE


def _presence(cue: Cue, seconds: float) -> float:
    """0 to 1: appears and goes within FADE, eased."""
    coming = (seconds - cue.shown) / FADE
    going = (cue.hidden - seconds) / FADE
    return _eased(min(coming + 0.2, going, 1.0))


def _lit(word: SetWord, seconds: float, ink: Ink) -> tuple[Colour, float, float]:
    """Colour, opacity and light (0 to 1) of a word."""
    timed = word.word
    if timed is None:
        return ink.plain, 1.0, 0.0
    if not timed.sung:
        return ink.plain, ink.unplaced, 0.0
    light = _light(timed, seconds)
    red, green, blue = (a + (b - a) * light for a, b in zip(ink.plain, ink.lit, strict=True))
    opacity = 1.0 if seconds >= timed.start else ink.coming + (1 - ink.coming) * light
    return (red, green, blue), opacity, light


def _light(word: Word, seconds: float) -> float:
    """Half lit at the moment when the word starts, fully half an attack later; out a release after its end."""
    rising = (seconds - word.start) / ATTACK + 0.5
    falling = 1 - (seconds - max(word.end, word.start + SHORTEST)) / RELEASE
    return _eased(min(rising, falling, 1.0))


def _eased(share: float) -> float:
    """Smoothstep."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _signal_colour(look: Look, valence: float, arousal: float) -> Colour:
    """The most colourful of the palette's colours that is still bright beside white letters' shadow."""
    mood = f"{'happy' if valence >= 0 else 'sad'}-{'wild' if arousal >= 0 else 'calm'}"
    palette = look.palettes.get(mood, ())
    colours = [tuple(float(int(text[i : i + 2], 16)) for i in (1, 3, 5)) for text in palette]
    bright = [c for c in colours if _luminance(c) > 0.30 and max(c) - min(c) > 70]
    if not bright:
        return Ink().lit
    red, green, blue = max(bright, key=lambda c: (max(c) - min(c)) * _luminance(c))
    return red, green, blue


def _luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    linear = [(v / 255 / 12.92) if v <= 10.3 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
