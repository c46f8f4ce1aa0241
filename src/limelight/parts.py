"""Parts: who of a film's stars sings which line.

The names in the lyrics (``Anna:``, ``[Anna]``, ``[Verse 1: Anna]``) are matched with the stars; where nobody said
anything, the stars take turns. Voices are not told apart by ear.
"""

import re
from collections.abc import Mapping, Sequence

from limelight.errors import SettingsError
from limelight.score import Line, Score, Section, SectionLabel

EVERYBODY = frozenset(
    {"both", "all", "together", "duet", "everyone", "everybody", "tous", "todos", "alle", "beide"}
)
JOINT = re.compile(r"\s*(?:&|\+|,|/|\band\b|\bund\b|\bet\b|\by\b)\s*", re.IGNORECASE)
TOGETHER = " & "
"""Between the ids of several stars who sing a line together."""
SUNG_TOGETHER = (SectionLabel.CHORUS, SectionLabel.BRIDGE, SectionLabel.OUTRO)
"""Sections that are everybody's where nobody said who sings."""


def parse_parts(given: Sequence[str], stars: Sequence[str]) -> dict[str, str]:
    """``Anna=ada`` and so on: names in the lyrics, small, and the stars that they mean.

    Raises:
        SettingsError: not such a pair, or a star who is not in the film.
    """
    found = {}
    for pair in given:
        name, equals, star = (piece.strip() for piece in pair.partition("="))
        if not equals or not name or star not in stars:
            raise SettingsError(
                f"the part {pair!r} is not NAME=STAR with a star of this film ({', '.join(stars) or 'none'}).",
                hint="Such as --part Anna=ada, with --star ada.",
            )
        found[name.casefold()] = star
    return found


def with_parts(score: Score, stars: Sequence[str], given: Mapping[str, str] | None = None) -> Score:
    """The score with stars' ids as the lines' singers; empty where everybody sings.

    Names that are nobody's id are given to the stars still without a name, in the order in which they first come, if
    there are no more such names than stars. Films with fewer than two stars stay as they are.

    Args:
        score: As it was heard.
        stars: Ids, the leading one first.
        given: Names, small, and whom they mean.
    """
    if len(stars) < 2 or not score.lyrics.lines:
        return score
    lines = score.lyrics.lines
    if any(line.singer for line in lines):
        known = _matched([line.singer for line in lines], stars, given or {})
        sung = [_singers(line.singer, known, stars) for line in lines]
    else:
        sung = _turns(score, stars)
    changed = tuple(
        line.model_copy(update={"singer": "" if set(who) >= set(stars) else TOGETHER.join(who)})
        for line, who in zip(lines, sung, strict=True)
    )
    return score.model_copy(update={"lyrics": score.lyrics.model_copy(update={"lines": changed})})


def sings(line: Line, star: str) -> bool:
    """Whether a star sings a line: everybody does where nobody is named."""
    return not line.singer or star.casefold() in {name.casefold() for name in JOINT.split(line.singer)}


def _matched(singers: Sequence[str], stars: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    names = dict.fromkeys(name.casefold() for singer in singers for name in _names(singer))
    known = {name: star for name in names if (star := given.get(name) or _alike(name, stars))}
    unknown = [name for name in names if name not in known]
    free = [star for star in stars if star not in known.values()]
    if len(unknown) <= len(free):
        known |= dict(zip(unknown, free, strict=False))
    return known


def _alike(name: str, stars: Sequence[str]) -> str:
    """The star whose id, or its first piece, is the name."""
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-")
    return next((star for star in stars if slug and slug in {star, star.split("-", 1)[0]}), "")


def _names(singer: str) -> list[str]:
    return [name for name in JOINT.split(singer.strip()) if name and name.casefold() not in EVERYBODY]


def _singers(singer: str, known: Mapping[str, str], stars: Sequence[str]) -> tuple[str, ...]:
    found = {known[name.casefold()] for name in _names(singer) if name.casefold() in known}
    return tuple(star for star in stars if star in found) or tuple(stars)


def _turns(score: Score, stars: Sequence[str]) -> list[tuple[str, ...]]:
    """Verses in turn, everybody in refrains; a song of one verse alone is parted in its middle."""
    sections = score.sections
    verses = [
        index for index, one in enumerate(sections) if one.label not in SUNG_TOGETHER and _sung(score, one)
    ]
    halves = len(verses) < 2
    found: list[tuple[str, ...]] = []
    for line in score.lyrics.lines:
        index = next((i for i, one in enumerate(sections) if one.start <= line.start + 0.3 < one.end), -1)
        if index not in verses:
            found.append(tuple(stars))
            continue
        turn = verses.index(index)
        if halves:
            one = sections[index]
            turn = int(line.start >= (one.start + one.end) / 2)
        found.append((stars[turn % len(stars)],))
    return found


def _sung(score: Score, section: Section) -> bool:
    return any(section.start <= line.start + 0.3 < section.end for line in score.lyrics.lines)
