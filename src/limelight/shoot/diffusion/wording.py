"""Wording: what a model is told, and what it is never told.

No named real person can be asked for: a run of capitalised words (``Jane van Doe``) is taken for a name and replaced.
The rule is blunt: it also takes places of two words, and knows no single name or one in small letters. What is drawn
is looked at afterwards all the same: by the safety checker, the content guard and the look for unknown faces.
"""

import re
from collections.abc import Mapping

from limelight.storyboard import Shot

STAR = "<star>"
NEVER = "nudity, nsfw, gore, blood, child, celebrity, public figure, famous person, text, watermark, logo"
"""Told to every model that takes a negative prompt, whatever the storyboard says."""
SOMEBODY = "somebody"
PARTICLES = r"(?:(?:de|da|di|del|della|la|le|van|von|der|den|bin|al|el|of|the|y)\s+){0,2}"
FIRST_WORDS = (
    "A|An|The|In|On|At|By|Of|As|With|Under|Over|From|To|And|But|Her|His|Their|My|Our|This|That|Close|Wide"
)
"""Capitalised at a sentence's beginning, and no part of a name."""
CAPITALISED = rf"(?!(?:{FIRST_WORDS})\b)[A-ZÀ-ÖØ-Þ][\w'’.-]*"
NAME = re.compile(rf"\b{CAPITALISED}(?:\s+{PARTICLES}{CAPITALISED})+")
LONGEST = 1200
"""Characters of a prompt that are read."""


def positive(shot: Shot, stars: Mapping[str, str]) -> str:
    """The prompt of a shot, with its stars in words and no names.

    Args:
        shot: Its prompt may hold ``<star>``.
        stars: What stands for each star of the shot, by id.
    """
    people = " and ".join(dict.fromkeys(stars.get(star, "a person") for star in shot.stars))
    pieces = nameless(shot.prompt[:LONGEST]).split(STAR)
    return (people or "somebody seen from behind").join(pieces)


def negative(shot: Shot) -> str:
    """What must not be seen: the storyboard's list and ours."""
    return ", ".join(part for part in (shot.negative_prompt[:LONGEST].strip(" ,"), NEVER) if part)


def nameless(prompt: str) -> str:
    """A prompt without what looks like a person's full name."""
    return NAME.sub(SOMEBODY, prompt)
