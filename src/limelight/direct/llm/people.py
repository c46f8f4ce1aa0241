"""People in a model's pictures: the star and nobody else, lest a camera that reads prompts invent a face."""

import re

SINGER = "the singer"
ONE = r"(?:woman|man|girl|boy|lady|guy|singer|person|protagonist|figure|lover)"
OTHERS = (
    r"(?:women|men|girls|boys|ladies|guys|singers|people|persons|figures|crowds?|couples?|lovers|friends?|child|children|"
    r"kids?|bab(?:y|ies)|strangers?|passers-?by|audience|dancers?|band|mother|father|parents|brother|sister|family|"
    r"husband|wife|faces|someone|somebody|everyone|everybody|they|them|each other|another|both|together)"
)
ARTICLED = re.compile(rf"\b(?:an?|the|this|that|our|one)\s+(?:[\w'-]+\s+){{0,2}}?{ONE}\b", re.IGNORECASE)
BARE = re.compile(rf"\b{ONE}\b", re.IGNORECASE)
PRONOUN = re.compile(r"\b(?:she|he|her|his|him|hers|herself|himself)\b", re.IGNORECASE)
MORE = re.compile(rf"\b{OTHERS}\b", re.IGNORECASE)


def only_the_star(picture: str, *, seen: bool) -> str:
    """The picture without people other than the star.

    Args:
        picture: Words that were made harmless, clauses apart by commas.
        seen: Whether the star is in the shot; if not, no clause that speaks of anybody is left.
    """
    kept = []
    for clause in picture.split(", "):
        told = ARTICLED.sub(SINGER, clause)
        rest = told.replace(SINGER, "")
        if MORE.search(told) or BARE.search(rest) or told.count(SINGER) > 1:
            continue
        if not seen and (SINGER in told or PRONOUN.search(told)):
            continue
        kept.append(told)
    return ", ".join(kept)
