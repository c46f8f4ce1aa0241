"""Lexicon: which words stand for what is not drawn. Data: see ``lexicon.toml``.

Words are compared as they stand, without accents, with look-alike signs read as letters (``5ex``), and with
stretched letters shortened (``seeex``); never executed, formatted into commands or used as names.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

from pydantic import Field

from limelight.document import Part
from limelight.guard.policy import Policy

MINORS, SEXUAL, SWEARING = "minors", "sexual", "swearing"
LOOK_ALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"})
TOKEN = re.compile(r"[\w@$]+")
STRETCHED = re.compile(r"(\w)\1{2,}")


class Category(Part):
    """One kind of content."""

    name: str
    title: str
    """For people: ``sexual content``."""
    kept_out: Literal["standard", "strict", "never"]
    """The mildest policy that keeps it out of pictures."""
    rude: bool
    """Whether the words themselves are masked."""
    avoid: tuple[str, ...]
    """What a picture of it is called, for negative prompts."""
    words: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """By language; a ``*`` at the end stands for any further letters."""

    def kept_out_by(self, policy: Policy) -> bool:
        """Whether a policy keeps it out of pictures."""
        return self.kept_out != "never" and policy.rank >= Policy(self.kept_out).rank


class Lexicon(Part):
    """All categories."""

    innocent: Mapping[str, tuple[str, ...]]
    """English words that mean something else in a language."""
    categories: tuple[Category, ...]

    def category(self, name: str) -> Category:
        """Find a category; ``KeyError`` if there is none of that name."""
        return {category.name: category for category in self.categories}[name]


@dataclass(frozen=True)
class Finding:
    """A piece of text that stands for a category."""

    category: str
    text: str
    start: int
    """Index of its first character."""
    end: int
    """Index after its last character."""


@cache
def lexicon() -> Lexicon:
    """The lexicon that comes with Limelight."""
    text = resources.files("limelight.guard").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return Lexicon.model_validate(tomllib.loads(text))


@lru_cache(maxsize=4096)
def find(text: str, language: str = "en") -> tuple[Finding, ...]:
    """Everything in a text that the lexicon knows, in order; one word may stand for several categories.

    Args:
        text: A line, a prompt.
        language: ISO 639-1 code; other languages' words are not looked for, English always is.
    """
    lower = _lower(text)
    folded = _folded(lower)
    views = tuple(dict.fromkeys((lower, folded, folded.translate(LOOK_ALIKES))))
    stretched = tuple(token for token in TOKEN.finditer(folded) if STRETCHED.search(token[0]))
    innocent = frozenset(lexicon().innocent.get(language, ()))
    found: set[tuple[int, int, str]] = set()
    for category in lexicon().categories:
        pattern = _pattern(category.name, language)
        spans = [
            match.span() for view in views for match in pattern.finditer(view) if match[0] not in innocent
        ]
        spans += [token.span() for token in stretched if _known_shortened(token[0], pattern)]
        found.update((start, end, category.name) for start, end in spans)
    return tuple(Finding(name, text[start:end], start, end) for start, end, name in sorted(found))


def _known_shortened(word: str, pattern: re.Pattern[str]) -> bool:
    """Whether a word with a letter three times or more is known once it stands once or twice."""
    return any(pattern.fullmatch(STRETCHED.sub(kept, word)) for kept in (r"\1", r"\1\1"))


@lru_cache(maxsize=256)
def _pattern(category: str, language: str) -> re.Pattern[str]:
    words = lexicon().category(category).words
    listed = dict.fromkeys([*words.get("en", ()), *words.get(language, ())])
    if not listed:
        return re.compile(r"(?!)")
    known = "|".join(_expression(word) for word in sorted(listed, key=len, reverse=True))
    return re.compile(rf"(?<![\w@$])(?:{known})(?!\w)")


def _expression(word: str) -> str:
    stem = r"[\s-]+".join(re.escape(part) for part in word.removesuffix("*").split(" "))
    return stem + (r"\w*" if word.endswith("*") else "")


def _lower(text: str) -> str:
    """Lower case, of the same length."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def _folded(text: str) -> str:
    """Without accents, of the same length."""
    return text if text.isascii() else "".join(unicodedata.normalize("NFKD", letter)[0] for letter in text)
