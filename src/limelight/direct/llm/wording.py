"""Words from a model, made harmless: letters, digits and plain punctuation, of bounded length.

What is left cannot be a path, an address, a filter, a command, a token such as ``<star>`` or ``<lora:...>``, or a
weight such as ``(word:1.4)``: none of their signs is among the letters that are kept.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from limelight.guard import Policy, clear_prompt

PUNCTUATION = " ,'-"
SPARE = 20
"""Letters beyond the longest that a model may write, so that the cut falls between words."""
LONGEST_WORD = 24
"""Longer runs of letters are no words of a picture."""


def plain(text: str, longest: int) -> str:
    """Keep letters, digits, spaces, commas, apostrophes and hyphens; cut at a comma or a word.

    A full stop, a slash or any other sign becomes a comma or a space; words over 24 letters go.
    """
    text = unicodedata.normalize("NFKC", text[: 8 * longest]).replace("’", "'")
    text = re.sub(r"[.;:!?\n]+(?=\s|$)", ", ", text)
    kept = "".join(letter if letter.isalnum() or letter in PUNCTUATION else " " for letter in text)
    kept = re.sub(r"(?<![^\W_])[-']+|[-']+(?![^\W_])", "", kept)  # those that join no two letters
    words = [word for word in kept.split() if len(word) <= LONGEST_WORD]
    text = re.sub(r"\s*,[\s,]*", ", ", " ".join(words))
    if len(text) > longest:
        whole = text[: longest + 1].rpartition(",")[0]
        text = whole if len(whole) > longest / 2 else text[: longest + 1].rpartition(" ")[0]
    return text.strip(PUNCTUATION)


@dataclass(frozen=True)
class Phrase:
    """A pydantic annotation: a string that :func:`plain` and the content guard at its strictest have made harmless.

    It has at most ``longest`` letters, and may be left empty.
    """

    longest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(
            lambda text: clear_prompt(plain(text, self.longest), Policy.STRICT).text, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "maxLength": self.longest + SPARE}


@dataclass(frozen=True)
class OneOf:
    """A pydantic annotation: a string that is one of the names in the catalogue."""

    names: Callable[[], tuple[str, ...]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.names())}

    def _known(self, name: str) -> str:
        meant = name.strip().lower().replace(" ", "-").replace("_", "-")
        if meant not in self.names():
            raise ValueError(f"is not one of {', '.join(self.names())}")
        return meant
