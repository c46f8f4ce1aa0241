"""Places: which scenery each shot shows, so that lyrics are honoured and the film stays one film.

A line that names a place gets it. Where words name none, the shot stays in the place of its section; sections
that sound alike share theirs, so that the chorus comes home. Places change slowly, and neighbours differ in time
of day only when the words say so.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from limelight.catalogue import Catalogue, Scenery
from limelight.direct.grammar import Frame
from limelight.direct.imagery import Reading
from limelight.score import Score, Section
from limelight.storyboard import Imagery

HEARD_ENOUGH = 0.18
"""Cosine at which a whole section's words lean towards a place."""
MOST_ELEMENTS = 2
TIMES_BY_MOOD = {(-1, -1): "night", (-1, 1): "dusk", (1, -1): "dawn", (1, 1): "day"}
NEXT_HOUR = {"night": "dusk", "dusk": "night", "dawn": "day", "day": "dusk"}
"""Two parts of a song do not play at the same hour, unless a line says so."""
STORMY = 0.35
SHOTS_AT_HOME = 2
"""Shots in a row at a section's home, where words name no place, before one looks away."""


def choose_imagery(
    frames: Sequence[Frame],
    score: Score,
    readings: Mapping[str, Reading],
    book: Catalogue,
    chance: random.Random,
) -> list[Imagery]:
    """One imagery a frame, in order."""
    homes = _homes(score, readings, book, chance)
    chosen: list[Imagery] = []
    stay = 0
    for frame in frames:
        home = homes[_family(frame.section, frame.section_index)]
        reading = _line_reading(frame, score, readings)
        stay = 0 if frame.opens_section or reading.names_place else stay + 1
        place = home.away if stay % (SHOTS_AT_HOME + 1) == SHOTS_AT_HOME else home.scenery
        chosen.append(_imagery(frame, place, home.time, reading=reading, book=book))
    return chosen


@dataclass(frozen=True)
class Home:
    """Where a family of sections plays."""

    scenery: str
    away: str
    """Where it looks from time to time, lest the eye tire."""
    time: str


def _family(section: Section, index: int) -> str:
    return section.letter or f"{section.label}-{index}"


def _homes(
    score: Score, readings: Mapping[str, Reading], book: Catalogue, chance: random.Random
) -> dict[str, Home]:
    """The home of each family of sections, all different while there are enough."""
    homes: dict[str, Home] = {}
    previous = ""
    names = [scenery.name for scenery in book.sceneries]
    title = readings[score.song.title]
    for index, section in enumerate(score.sections):
        family = _family(section, index)
        if family in homes:
            continue
        reading = _whole(score, section, readings)
        taken = [home.scenery for home in homes.values()]
        liking = {
            name: reading.sceneries[name] + 0.3 * title.sceneries[name] + 0.04 * chance.random()
            for name in names
        }
        free = [name for name in names if name not in taken] or names
        best = max(free, key=lambda name: liking[name])
        if reading.clarity < HEARD_ENOUGH and "abstract" in free:
            best = max(free, key=lambda name: 0.3 * title.sceneries[name] + 0.1 * chance.random())
        others = [name for name in free if name != best] or names
        away = max(others, key=lambda name: liking[name])
        hour = reading.time or title.time or _time_by_mood(score, section)
        if homes and hour == previous:
            hour = NEXT_HOUR[hour]
        homes[family] = Home(best, away, hour)
        previous = hour
    return homes


def _whole(score: Score, section: Section, readings: Mapping[str, Reading]) -> Reading:
    lines = [line.text for line in score.lyrics.lines if section.start - 0.5 <= line.start < section.end]
    return readings.get(" ".join(lines), readings[""])


def _line_reading(frame: Frame, score: Score, readings: Mapping[str, Reading]) -> Reading:
    """The reading of the line that sounds longest during the frame, or of a much clearer one beside it."""
    heard = [
        (min(line.end, frame.ends) - max(line.start, frame.begins), readings[line.text])
        for line in score.lyrics.lines
        if line.is_sung and line.end > frame.begins and line.start < frame.ends
    ]
    return max(heard, key=lambda one: one[0] * (0.4 + one[1].clarity), default=(0.0, readings[""]))[1]


def _imagery(frame: Frame, place: str, hour: str, *, reading: Reading, book: Catalogue) -> Imagery:
    best = max(reading.sceneries, key=lambda name: reading.sceneries[name])
    named = reading.names_place
    scenery = book.scenery(best if named else place)
    time = _fitting(reading.time or hour, scenery.times)
    weather = _fitting(reading.weather or _weather_by_mood(frame), scenery.weathers)
    return Imagery(
        scenery=scenery.name,
        elements=_elements(scenery, reading, time, weather),
        time_of_day=time,
        weather=weather,
        words=reading.words if named else (),
    )


def _elements(scenery: Scenery, reading: Reading, time: str, weather: str) -> tuple[str, ...]:
    """Things named by the words first, then one that suits the hour."""
    named = sorted(
        (name for name in reading.elements if name in scenery.elements), key=lambda n: -reading.elements[n]
    )
    suiting = {"night": ["moon", "stars"], "day": ["birds"], "dawn": ["sun", "birds"], "dusk": ["sun"]}[time]
    if weather in ("rain", "storm", "mist", "cloud", "snow"):
        suiting = []
    extra = [name for name in suiting if name in scenery.elements and name not in named]
    wrong = {"night": {"sun"}, "day": {"moon", "stars"}, "dawn": {"moon"}, "dusk": set()}[time]
    return tuple(name for name in (named or extra[:1]) if name not in wrong)[:MOST_ELEMENTS]


def _time_by_mood(score: Score, section: Section) -> str:
    points = [point for point in score.mood if section.start <= point.time < section.end] or list(score.mood)
    valence = sum(point.valence for point in points) / len(points)
    arousal = sum(point.arousal for point in points) / len(points)
    return TIMES_BY_MOOD[1 if valence >= 0 else -1, 1 if arousal >= 0 else -1]


def _weather_by_mood(frame: Frame) -> str:
    if frame.valence < -STORMY:
        return "storm" if frame.arousal > STORMY else "mist"
    return "clear"


def _fitting(wanted: str, allowed: Sequence[str]) -> str:
    return wanted if wanted in allowed else allowed[0]
