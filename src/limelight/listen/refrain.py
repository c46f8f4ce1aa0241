"""Refrain: the words that come again.

What sections, their labels and the form of a song take from its words, all from here: which lines are repeated, in
which runs, and which sections sing the chorus's own lines.
"""

from collections.abc import Sequence

from limelight.score import Line

BREATH = 6.0
"""Seconds between two lines of one refrain at most."""
REFRAIN_LINES = 2
"""Lines in a row that must come again to be a refrain, and times that it must be heard."""


def plain(text: str) -> str:
    """A line for comparison: its letters and digits, without case."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def repeated_lines(lines: Sequence[Line]) -> list[bool]:
    """For each line, whether it and a neighbour both come again elsewhere in that order."""
    texts = [plain(line.text) for line in lines]
    pairs: dict[tuple[str, str], list[int]] = {}
    for index in range(len(texts) - 1):
        pairs.setdefault((texts[index], texts[index + 1]), []).append(index)
    repeated = [False] * len(texts)
    for places in pairs.values():
        if len(places) > 1:
            for place in places:
                repeated[place] = repeated[place + 1] = True
    return repeated


def refrains(lines: Sequence[Line]) -> list[list[Line]]:
    """Runs of lines that come again, in order."""
    runs: list[list[Line]] = []
    joined = False
    for line, again in zip(lines, repeated_lines(lines), strict=True):
        if again and joined and _goes_on(runs, line):
            runs[-1].append(line)
        elif again:
            runs.append([line])
        joined = again
    return [run for run in runs if len(run) >= REFRAIN_LINES]


def _goes_on(runs: Sequence[Sequence[Line]], line: Line) -> bool:
    """Whether a line belongs to the last run. Its first line sung again ends it, as before, or begins the next."""
    run = runs[-1]
    if line.start - run[-1].end > BREATH:
        return False
    return plain(line.text) != plain(run[0].text) or len(runs) < REFRAIN_LINES or len(runs[-2]) > len(run)


def sings_refrain(texts: list[list[str]], letters: list[str], chorus: str) -> list[bool]:
    """For each section, whether half of its lines or more are the chorus's own: heard in two of its sections."""
    heard = [
        text
        for letter, inside in zip(letters, texts, strict=True)
        if letter == chorus
        for text in set(inside)
    ]
    refrain = {text for text in heard if heard.count(text) > 1}
    return [
        len(inside) > 1 and 2 * sum(text in refrain for text in inside) >= len(inside) for inside in texts
    ]
