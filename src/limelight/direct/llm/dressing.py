"""Dressing: a shot as the rules direct it takes on what a model imagined for it, within the grammar of film.

Start, length, transition, feeling, stars and seed stay the rules'; a model's words can only choose among what the
catalogue has and what the shot's length and words allow.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from limelight.catalogue import Look, catalogue
from limelight.direct.director import DRAWS_WORDS, on_screen
from limelight.direct.grammar import MIRRORS, Frame, choose_move, possible_compositions
from limelight.direct.llm.people import only_the_star
from limelight.direct.llm.treatment import Idea, Scene, Treatment
from limelight.direct.prompts import prompt_for
from limelight.score import Score
from limelight.storyboard import CaptionStyle, Composition, Imagery, Shot

MOST_WITHOUT_STAR = 0.3
"""Share of the film so far that may pass without the star."""
SOONEST_WITHOUT = 450
"""Frames that the share is counted of at least: a film may begin with a wide view."""
ALIKE = 2
"""Shots in a row that may have one composition."""


@dataclass(frozen=True)
class Wardrobe:
    """What all shots of a film share."""

    look: Look
    plan: Treatment | None
    stars: tuple[str, ...]
    captions: bool

    @property
    def clothes(self) -> str:
        """What the star wears."""
        return self.plan.clothes if self.plan else ""


def dressed(
    shot: Shot, idea: Idea, frame: Frame, earlier: Sequence[Shot], *, film: Wardrobe, score: Score
) -> Shot:
    """The shot with the model's picture.

    Args:
        shot: As the rules direct it.
        idea: What the model imagined.
        frame: The shot's span of the film.
        earlier: The finished shots before it.
        film: What all shots share.
        score: For who sings.
    """
    composition = _composition(shot, idea, frame, earlier, film)
    seen = bool(film.stars) and (
        composition is not Composition.WIDE or idea.star or not _may_be_without(frame, earlier)
    )
    in_picture = composition in DRAWS_WORDS and bool(frame.lyric)
    style = CaptionStyle.IN_PICTURE if in_picture else CaptionStyle.KARAOKE
    move = shot.move
    if composition is not shot.composition:
        move = choose_move(frame, composition, earlier, random.Random(shot.seed))
    new = shot.model_copy(
        update={
            "imagery": _imagery(shot, idea),
            "composition": composition,
            "move": move,
            "look": film.look.name,
            "stars": on_screen(film.stars, frame, score, earlier) if seen else (),
            "captions": style if film.captions else CaptionStyle.NONE,
        }
    )
    picture = only_the_star(idea.picture, seen=seen)
    prompt = prompt_for(new, film.look, picture=picture, clothes=film.clothes)
    return new.model_copy(update={"prompt": prompt})


def in_scene(shot: Shot, scene: Scene | None, film: Wardrobe) -> Shot:
    """A shot of the rules in the film's look and, unless its lyrics name a place, in the section's scene."""
    new = shot.model_copy(update={"look": film.look.name})
    picture = ""
    mirrored = shot.composition is Composition.REFLECTION
    if scene is not None and not shot.imagery.words and (scene.scenery in MIRRORS or not mirrored):
        picture = scene.picture
        seen = _shown(shot, scene.scenery, shot.imagery.elements, scene.time_of_day, scene.weather)
        new = new.model_copy(update={"imagery": seen})
    picture = only_the_star(picture, seen=bool(shot.stars))
    prompt = prompt_for(new, film.look, picture=picture, clothes=film.clothes)
    return new.model_copy(update={"prompt": prompt})


def _composition(
    shot: Shot, idea: Idea, frame: Frame, earlier: Sequence[Shot], film: Wardrobe
) -> Composition:
    """The model's wish, unless words or length forbid it or it was just seen twice."""
    wish = Composition(idea.composition)
    possible = [
        kind
        for kind in possible_compositions(frame, has_star=bool(film.stars))
        if kind is not Composition.REFLECTION or idea.scenery in MIRRORS
    ]
    recent = [one.composition for one in earlier[-ALIKE:]]
    if wish in possible and recent != [wish] * ALIKE:
        return wish
    if shot.composition in possible and recent != [shot.composition] * ALIKE:
        return shot.composition
    return next(kind for kind in possible if kind not in recent)


def _may_be_without(frame: Frame, earlier: Sequence[Shot]) -> bool:
    without = sum(shot.frames for shot in earlier if not shot.stars) + frame.frames
    so_far = sum(shot.frames for shot in earlier) + frame.frames
    return without <= MOST_WITHOUT_STAR * max(so_far, SOONEST_WITHOUT)


def _imagery(shot: Shot, idea: Idea) -> Imagery:
    return _shown(shot, idea.scenery, tuple(idea.elements), idea.time_of_day, idea.weather)


def _shown(shot: Shot, scenery: str, elements: tuple[str, ...], time: str, weather: str) -> Imagery:
    """What the scenery can show of it: hours, weathers and things that it does not have are left out."""
    place = catalogue().scenery(scenery)
    time = time if time in place.times else place.times[0]
    weather = weather if weather in place.weathers else place.weathers[0]
    wrong = {"night": {"sun"}, "day": {"moon", "stars"}, "dawn": {"moon"}}.get(time, set())
    if "sun" in elements and "sun" not in wrong:
        wrong = wrong | {"moon"}
    return Imagery(
        scenery=scenery,
        elements=tuple(
            name for name in dict.fromkeys(elements) if name in place.elements and name not in wrong
        ),
        time_of_day=time,
        weather=weather,
        words=shot.imagery.words if scenery == shot.imagery.scenery else (),
    )
