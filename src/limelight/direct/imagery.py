"""Imagery: which scenery a line of lyrics calls for, by meaning.

Static word vectors (WordLlama's 256-dimensional token table) place the line and the catalogue's descriptions in
one space; the cosine between them ranks the sceneries. Words of other languages are first glossed in English by
``lexicon.toml``. Lyrics are only ever compared, never executed, formatted into commands or used as names.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from limelight.catalogue import Catalogue

TIMES = {
    "dawn": "sunrise, early morning, dawn, waking up, first light",
    "day": "noon, sunshine, bright summer day, blue sky",
    "dusk": "sunset, evening, dusk, golden hour, twilight",
    "night": "midnight, night, tonight, dark, moonlight, moonlit, starlight, asleep",
}
WEATHERS = {
    "rain": "rain, raining, wet, puddles, umbrella, tears",
    "snow": "snow, winter, ice, cold, frozen",
    "mist": "mist, fog, haze, smoke",
    "storm": "storm, thunder, lightning, hurricane",
    "cloud": "clouds, grey sky, cloudy",
}
NAMED_HOUR, NAMED_THING = 0.45, 0.40
"""Cosines above which a word names an hour or a weather, or a thing: chosen on words of our own."""
CLEAR, MARGIN = 0.19, 0.04
"""Cosine at which a line names a place, and its lead over the next: chosen on lines of our own writing."""
SURE = 0.40
"""Cosine at which two places may be named at once: the better one is shown."""
SHORTEST_STEM = 4

Vector = NDArray[np.float32]


class WordVectors:
    """Sentences as unit vectors: the mean of their tokens' vectors."""

    def __init__(self, table: NDArray[np.float32], tokens: Callable[[str], list[int]]) -> None:
        self._table = table
        self._tokens = tokens

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the table (float16, 32,000 x 256) and the tokenizer of the ``wordllama`` weight."""
        from safetensors.numpy import load_file  # noqa: PLC0415  # only directing needs it
        from tokenizers import Tokenizer  # noqa: PLC0415

        (table,) = load_file(next(folder.rglob("*.safetensors"))).values()
        tokenizer = Tokenizer.from_file(str(next(folder.rglob("*.json"))))
        return cls(
            table.astype(np.float32), lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        )

    def __call__(self, text: str) -> Vector:
        """``(256,) float32`` of length 1; zeros for empty text."""
        ids = self._tokens(text[:2000])
        if not ids:
            return np.zeros(self._table.shape[1], np.float32)
        mean = self._table[ids].mean(axis=0)
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


@dataclass(frozen=True)
class Reading:
    """What a piece of lyrics brings to mind."""

    sceneries: Mapping[str, float]
    """Cosine to each scenery of the catalogue, made comparable by taking away what any text gets."""
    time: str
    """``dawn``, ``day``, ``dusk``, ``night`` or empty if none is named."""
    weather: str
    elements: Mapping[str, float]
    """Cosine of things that the words name."""
    words: tuple[str, ...]
    """The words that speak most clearly for the best scenery."""

    @property
    def clarity(self) -> float:
        """Cosine of the best scenery: below about .15 the words bring no place to mind."""
        return max(self.sceneries.values())

    @property
    def names_place(self) -> bool:
        """Whether one scenery stands out."""
        first, second = sorted(self.sceneries.values(), reverse=True)[:2]
        return (first >= CLEAR and first - second >= MARGIN) or first >= SURE


class Imagination:
    """Reads lyrics as pictures."""

    def __init__(self, vectors: WordVectors, catalogue: Catalogue) -> None:
        self._vectors = vectors
        self._sceneries = {scenery.name: vectors(scenery.description) for scenery in catalogue.sceneries}
        self._keywords = {
            scenery.name: {_plain(word) for word in re.findall(r"\w+", scenery.description)} - DULL
            for scenery in catalogue.sceneries
        }
        self._elements = {element.name: vectors(element.description) for element in catalogue.elements}
        self._times = {name: vectors(text) for name, text in TIMES.items()}
        self._weathers = {name: vectors(text) for name, text in WEATHERS.items()}

    def read(self, text: str, language: str = "en") -> Reading:
        """Read a line, a verse or a title; empty text brings nothing to mind (all cosines 0)."""
        english = gloss(text, language)
        words = [word for word in re.findall(r"\w+", english) if _plain(word) not in DULL]
        line = self._vectors(" ".join(words))
        told = {name: float(vector @ line) for name, vector in self._sceneries.items()}
        for name, keywords in self._keywords.items():
            told[name] += 0.12 * min(2, sum(_matches(_plain(word), keywords) for word in words))
        best = max(told, key=lambda name: told[name])
        clear = sorted(words, key=lambda word: -float(self._vectors(word) @ self._sceneries[best]))
        return Reading(
            sceneries=told,
            time=self._named(words, self._times, TIMES),
            weather=self._named(words, self._weathers, WEATHERS),
            elements=self._things(words),
            words=tuple(dict.fromkeys(clear[:3])),
        )

    def _named(self, words: list[str], kinds: Mapping[str, Vector], told: Mapping[str, str]) -> str:
        scores = {
            name: max((self._likeness(word, vector, told[name]) for word in words), default=0.0)
            for name, vector in kinds.items()
        }
        best = max(scores, key=lambda name: scores[name])
        return best if scores[best] >= NAMED_HOUR else ""

    def _likeness(self, word: str, vector: Vector, description: str) -> float:
        """Cosine, or 1 for a word of the description itself."""
        if _plain(word) in re.findall(r"\w+", description):
            return 1.0
        return float(self._vectors(word) @ vector)

    def _things(self, words: list[str]) -> dict[str, float]:
        found = {}
        for name, vector in self._elements.items():
            score = max((float(self._vectors(word) @ vector) for word in words), default=0.0)
            if score >= NAMED_THING:
                found[name] = score
        return found


def gloss(text: str, language: str) -> str:
    """English for the picture words of a line; other words stay as they are, and English text as a whole."""
    entries = _lexicon().get(language[:2].lower())
    if not entries:
        return text
    return " ".join(_glossed(word, entries) for word in re.findall(r"\w+", text))


def _glossed(word: str, entries: Mapping[str, str]) -> str:
    plain = _plain(word)
    if plain in entries:
        return entries[plain]
    for cut in range(len(plain) - 1, SHORTEST_STEM - 1, -1):
        if plain[:cut] in entries:
            return entries[plain[:cut]]
    return word


def _matches(word: str, keywords: set[str]) -> bool:
    stem = word[: max(SHORTEST_STEM, len(word) - 2)]
    return word in keywords or (len(word) > SHORTEST_STEM and any(key.startswith(stem) for key in keywords))


def _plain(word: str) -> str:
    lowered = unicodedata.normalize("NFKD", word.lower().replace("ß", "ss"))
    return "".join(letter for letter in lowered if not unicodedata.combining(letter))


@cache
def _lexicon() -> dict[str, dict[str, str]]:
    text = resources.files("limelight.direct").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


DULL = frozenset(
    """
    a about after all am an and are as at away back be been but by can come could did do does don down
    for from get go got had has have he her here him his how i if in into is it its just know like ll let
    m make me my no not now of off oh on one or our out over own re s say see she so some still t take
    that the their them then there they this through to too under until up us ve was way we were what
    when where which who why will with would yeah you your ooh la na hey de la el los las que y en un una
    con por le les des et une est dans der die das und ist ein eine ich du nicht zu mit auf
    """.split()  # noqa: SIM905  # one word a line would be two pages
)
"""Words that bring nothing to mind."""
