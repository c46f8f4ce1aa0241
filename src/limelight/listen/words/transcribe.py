"""Transcription: the words that Whisper hears, with guards against those that nobody sings."""

import math
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from limelight.formats.given import split_words
from limelight.listen.words.attention import LATENCY, SILENT, best_path, look, spell
from limelight.listen.words.hearing import HOP, Hearing
from limelight.listen.words.whisper import FRAME, LONGEST_TEXT, Listening, Written

LEAST_LOG_PROBABILITY = -1.0
"""Mean over a window's tokens. Whisper's own limit; what it makes up for music lies below."""
UNSURE = -0.6
"""Mean log-probability of a window with hints below which it is written down again, with a beam."""
MOST_COMPRESSION = 2.4
"""Length of a window's text over its zlib length. Whisper's own limit against loops."""
MOST_REPEATS = 3
"""So many times may the same words follow each other at once; songs repeat themselves, but loops never end."""
SAME_MOMENT = 0.4
"""Seconds between two hearings of one word, at most."""
LONGEST_LINE = 9
"""Words."""
_STOCK = re.compile(
    r"thanks? (?:you )?(?:so much )?for (?:watching|listening)|please (?:like|subscribe)|subscribe to|"
    r"(?:sub)?titles? (?:by|provided)|caption(?:s|ed|ing) by|transcri(?:bed|ption) by|amara\.org|"
    r"sous-titr\w+ (?:réalis|par|de|fait)|merci d'avoir regardé|abonnez-vous|"
    r"untertitel (?:von|der|im|im auftrag)|copyright wdr|vielen dank fürs zuschauen|"
    r"subtítulos? (?:por|realizados|de)|gracias por ver|suscríbete|"
    r"sottotitoli (?:a cura|e revisione|creati)|legendas? (?:por|pela)|obrigado por assistir|"
    r"ondertitel\w* (?:door|ingediend)|продолжение следует|субтитры|ご視聴ありがとう|字幕|시청해 주셔서|"
    r"www\.|\.com\b|https?:",
    re.IGNORECASE,
)
_DESCRIPTION = re.compile(r"[\[(*♪♫][^\])*♪♫]{0,40}[\])*♪♫]|[♪♫]+")
_LABELS = {"music", "musique", "musik", "música", "musica", "applause", "instrumental", "you"}


@dataclass(frozen=True)
class HeardWord:
    """A word that Whisper wrote down.

    Attributes:
        text: With its punctuation.
        start: Seconds in the song.
        probability: Geometric mean over its tokens.
        window: Number of the window it was heard in.
        certain: The window passed Whisper's own limits.
        hinted: Whisper was told which words to expect.
    """

    text: str
    start: float
    probability: float
    window: int
    certain: bool = True
    hinted: bool = False


def heard_words(hearing: Hearing, hints: Mapping[int, Sequence[int]] | None = None) -> list[HeardWord]:
    """All that is heard: overlapping windows hear the same words again.

    Args:
        hearing: The song.
        hints: By window, tokens of words that may be sung in it; other windows are left out then. Whisper hears
            such words better, and makes them up where it hears nothing: they are as sure as their whole window.
    """
    texts: dict[int, tuple[list[str], Written]] = {}
    for index, written in _written_down(hearing, hints).items():
        words = without_loops(split_words(without_stock(hearing.whisper.text(written.tokens))))
        if words and written.log_probability >= LEAST_LOG_PROBABILITY - 0.5:
            texts[index] = (words, written)

    def timed(index: int, listening: Listening) -> list[HeardWord]:
        words, written = texts[index]
        certain = written.log_probability >= LEAST_LOG_PROBABILITY and not _loops(hearing, written)
        found = [replace(word, certain=certain) for word in _timed(hearing, listening, words, index)]
        if hints is None:
            return found
        sure = math.exp(written.log_probability)
        return [replace(word, hinted=True, probability=sure) for word in found]

    found = [word for words in hearing.each(timed, list(texts)) for word in words]
    return [word for word in found if hearing.voiced.near(word.start)]


def _written_down(hearing: Hearing, hints: Mapping[int, Sequence[int]] | None) -> dict[int, Written]:
    """Texts by window: of all, by a beam; or of those with hints, greedily, and by a beam where that is unsure."""
    if hints is None:
        windows = range(len(hearing.starts))
        return dict(zip(windows, hearing.write_down(windows), strict=True))
    texts = dict(zip(hints, hearing.write_down(list(hints), hints, beam=1), strict=True))
    unsure = [i for i, text in texts.items() if text.log_probability < UNSURE or _loops(hearing, text)]
    for index, again in zip(unsure, hearing.write_down(unsure, hints), strict=True):
        if again.log_probability > texts[index].log_probability or _loops(hearing, texts[index]):
            texts[index] = again
    return texts


def _loops(hearing: Hearing, written: Written) -> bool:
    return is_loop(without_stock(hearing.whisper.text(written.tokens)))


def best_heard(words: Sequence[HeardWord]) -> list[HeardWord]:
    """One hearing of each moment: for every ten seconds, that of the window that is surest of its words."""
    zones: dict[int, dict[tuple[int, bool], list[HeardWord]]] = {}
    for word in words:
        hearings = zones.setdefault(int(word.start // HOP), {})
        hearings.setdefault((word.window, word.hinted), []).append(word)
    chosen: list[HeardWord] = []
    for _, windows in sorted(zones.items()):
        best = max(windows.values(), key=_sureness)
        for word in sorted(best, key=lambda word: word.start):
            if not chosen or not _same(chosen[-1], word):
                chosen.append(word)
    return chosen


def folded(text: str) -> str:
    """Letters and digits without case and accents: what is compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if sign.isalnum())


def without_loops(words: Sequence[str]) -> list[str]:
    """The words with more than ``MOST_REPEATS`` immediate repeats of up to eight words cut to one repeat."""
    keys = [folded(word) for word in words]
    kept = [True] * len(keys)
    for length in range(1, 9):
        at = 0
        while at + length <= len(keys):
            times = 1
            while keys[at + times * length : at + (times + 1) * length] == keys[at : at + length]:
                times += 1
            if times > MOST_REPEATS + (length < 3):
                kept[at + 2 * length : at + times * length] = [False] * ((times - 2) * length)
            at += times * length if times > 1 else 1
    return [word for word, keep in zip(words, kept, strict=True) if keep]


def without_stock(text: str) -> str:
    """The text without sentences that Whisper learned from subtitles' credits, and without [music] and notes."""
    text = _DESCRIPTION.sub(" ", text)
    sentences = re.split(r"(?<=[.!?。])\s+", text)
    text = " ".join(sentence for sentence in sentences if not _STOCK.search(sentence))
    return "" if folded(text) in _LABELS else text


def is_loop(text: str) -> bool:
    """Whether a text repeats itself beyond what songs do, by Whisper's own measure."""
    raw = text.encode()
    return len(raw) > 40 and len(raw) / len(zlib.compress(raw)) > MOST_COMPRESSION


def _timed(hearing: Hearing, listening: Listening, words: list[str], index: int) -> list[HeardWord]:
    spelling = spell(hearing.whisper, words)
    tokens = spelling.tokens[:LONGEST_TEXT]
    seen = look(listening, hearing.whisper.prompt(hearing.language), tokens, hearing.whisper.end_of_text)
    if seen.scores.shape[1] <= len(tokens):
        return []
    closed = ~hearing.voiced.open_frames(hearing.starts[index], seen.scores.shape[1])
    seen.scores[:, closed] += SILENT
    starts, ends = best_path(seen.scores, spelling.first[:LONGEST_TEXT])
    timed = []
    for number in range(int(spelling.owner[len(tokens) - 1]) + 1):
        own = np.flatnonzero(spelling.owner[:LONGEST_TEXT] == number)
        peaks = [seen.scores[row, starts[row] : ends[row]].max() for row in own]
        if np.mean(peaks) < 0:
            continue  # nothing in the sound looks like it: written on after the singing had ended
        start = hearing.starts[index] + float(starts[own[0]]) * FRAME + LATENCY
        timed.append(
            HeardWord(words[number], start, float(np.exp(seen.log_probabilities[own].mean())), index)
        )
    return timed


def _same(one: HeardWord, other: HeardWord) -> bool:
    """Whether two windows heard one word on either side of the border between them."""
    near = other.start - one.start < SAME_MOMENT
    elsewhere = (one.window, one.hinted) != (other.window, other.hinted)
    return near and elsewhere and folded(one.text) == folded(other.text)


def _sureness(words: Sequence[HeardWord]) -> float:
    """Letters weighted by their probability above a quarter, below which words are mostly wrong."""
    return sum((word.probability - 0.25 * (2 - word.certain)) * len(folded(word.text)) for word in words)


def in_lines(words: Sequence[HeardWord]) -> list[list[HeardWord]]:
    """Cut what was heard into lines: at pauses, at ends of sentences, at capital letters, at nine words."""
    lines: list[list[HeardWord]] = []
    for word in words:
        line = lines[-1] if lines else []
        ended = bool(line) and (
            word.start - line[-1].start > 1.6
            or line[-1].text[-1] in ".!?;:。！？"
            or (len(line) >= 4 and (line[-1].text[-1] == "," or _capital(word.text)))
            or len(line) >= LONGEST_LINE
        )
        if ended or not lines:
            lines.append([])
        lines[-1].append(word)
    return lines


def _capital(text: str) -> bool:
    return text[0].isupper() and text.split("'", maxsplit=1)[0] != "I"
