"""Treatment: the plan of a whole film as a model writes it, and its ideas for single shots.

Both are what is kept of an answer, not documents: names outside the catalogue are refused, words are made
harmless (:mod:`limelight.direct.llm.wording`), and keys that nobody asked for are dropped.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limelight.catalogue import catalogue
from limelight.direct.llm.wording import OneOf, Phrase
from limelight.storyboard import Composition

TIMES = ("dawn", "day", "dusk", "night")
WEATHERS = ("clear", "cloud", "rain", "snow", "mist", "storm")
MOST_OBJECTS = 200
"""Pieces of an answer that are looked at."""

SceneryName = Annotated[str, OneOf(lambda: tuple(scenery.name for scenery in catalogue().sceneries))]
ElementName = Annotated[str, OneOf(lambda: tuple(element.name for element in catalogue().elements))]
LookName = Annotated[str, OneOf(lambda: tuple(look.name for look in catalogue().looks))]
Time = Annotated[str, OneOf(lambda: TIMES)]
Weather = Annotated[str, OneOf(lambda: WEATHERS)]
CompositionName = Annotated[str, OneOf(lambda: tuple(composition.value for composition in Composition))]


class Answer(BaseModel):
    """A piece of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_extra={"additionalProperties": False})


T = TypeVar("T", bound=Answer)


class Scene(Answer):
    """What one section of the song shows."""

    section: int
    scenery: SceneryName
    time_of_day: Time
    weather: Weather
    picture: Annotated[str, Phrase(100)]


class Treatment(Answer):
    """The whole film in one plan."""

    story: Annotated[str, Phrase(260)]
    clothes: Annotated[str, Phrase(70)]
    """What the star wears from the first shot to the last."""
    motifs: Annotated[list[Annotated[str, Phrase(40)]], Field(min_length=1, max_length=3)]
    """Things that come back."""
    look: LookName
    scenes: list[Scene]

    def scene(self, section: int) -> Scene | None:
        """The scene of a section, counted from 0."""
        return next((scene for scene in self.scenes if scene.section == section), None)

    @property
    def synopsis(self) -> str:
        """The plan in words, for the storyboard."""
        parts = [self.story, f"Clothes: {self.clothes}" if self.clothes else ""]
        parts.append(f"Motifs: {', '.join(self.motifs)}" if any(self.motifs) else "")
        return ". ".join(part for part in parts if part)


class Idea(Answer):
    """What one shot shows."""

    shot: int
    picture: Annotated[str, Phrase(110)]
    scenery: SceneryName
    elements: Annotated[list[ElementName], Field(max_length=2)]
    time_of_day: Time
    weather: Weather
    composition: CompositionName
    star: bool
    """Whether the star is seen; only wide shots may be without."""


class ShotList(Answer):
    """The ideas of some shots."""

    shots: list[Idea]


def answer_schema(kind: type[Answer], several: str, count: int) -> dict[str, Any]:
    """The JSON schema that an answer must fit, its list ``several`` of exactly ``count``."""
    schema = kind.model_json_schema()
    schema["properties"][several] |= {"minItems": count, "maxItems": count}
    return schema


def parse_treatment(text: str, sections: int) -> Treatment:
    """Read the plan.

    Raises:
        ValueError: it is no JSON, it does not fit, or a section is missing.
    """
    treatment = Treatment.model_validate(_only_object(text))
    if missing := set(range(sections)) - {scene.section for scene in treatment.scenes}:
        raise ValueError(f"scenes: sections {sorted(missing)[:20]} are missing")
    return treatment


def parse_shots(text: str, numbers: frozenset[int]) -> dict[int, Idea]:
    """Read the ideas of shots.

    Raises:
        ValueError: it is no JSON, it does not fit, a shot is missing, or most show the same; where
            a few do, the first of them is kept and the others are left out.
    """
    listed = ShotList.model_validate(_only_object(text)).shots
    ideas = {idea.shot: idea for idea in listed}
    if len(listed) == len(numbers) and not numbers & set(ideas):  # counted from 1: small models do
        ideas = dict(zip(sorted(numbers), listed, strict=True))
    if missing := numbers - set(ideas):
        raise ValueError(f"shots: {sorted(missing)[:20]} are missing")
    differing = _differing({number: ideas[number] for number in sorted(numbers)})
    if 2 * len(differing) <= len(numbers) > 1:
        raise ValueError("shots: most pictures are the same; each shot must show another moment")
    return differing


def rescue_treatment(text: str, sections: int) -> Treatment | None:
    """What is sound in a broken plan: any scenes, with the story if it can be read; None if nothing is."""
    scenes = {scene.section: scene for scene in _sound(text, Scene) if scene.section in range(sections)}
    whole = next((piece for piece in _objects(text) if "scenes" in piece or "story" in piece), {})
    told: dict[str, Any] = {"story": "", "clothes": "", "motifs": [""], "look": catalogue().looks[0].name}
    for key in told:
        if key in whole:
            try:
                Treatment.model_validate(told | {key: whole[key], "scenes": []})
            except ValidationError:
                continue
            told[key] = whole[key]
    if not scenes and not told["story"]:
        return None
    return Treatment.model_validate(told | {"scenes": [scene.model_dump() for scene in scenes.values()]})


def rescue_shots(text: str, numbers: frozenset[int]) -> dict[int, Idea]:
    """The ideas that are sound in a broken, cut off or talkative answer."""
    return _differing({idea.shot: idea for idea in _sound(text, Idea) if idea.shot in numbers})


def _differing(ideas: dict[int, Idea]) -> dict[int, Idea]:
    """Without those that show, word for word, what an earlier one shows, or nothing."""
    seen: set[str] = set()
    kept = {}
    for number, idea in ideas.items():
        told = idea.picture.casefold().replace(",", "")
        if told and told not in seen:
            seen.add(told)
            kept[number] = idea
    return kept


def _only_object(text: str) -> dict[str, Any]:
    try:
        return next(_objects(text))
    except StopIteration:
        raise ValueError("the answer is not a JSON object") from None


def _sound(text: str, kind: type[T]) -> list[T]:
    found = []
    for piece in _pieces(text):
        try:
            found.append(kind.model_validate(piece))
        except ValidationError:
            continue
    return found


def _pieces(text: str) -> Iterator[dict[str, Any]]:
    """All objects of an answer, those within lists too, at most 200."""
    left = MOST_OBJECTS
    for whole in _objects(text):
        inner = [item for value in whole.values() if isinstance(value, list) for item in value]
        for piece in [whole, *inner]:
            if isinstance(piece, dict) and left > 0:
                left -= 1
                yield piece


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, also of one that is cut off or has prose around it."""
    decoder = json.JSONDecoder()
    at = text.find("{")
    for _ in range(MOST_OBJECTS):
        if at < 0:
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(value, dict):
                yield value
        at = text.find("{", end)
