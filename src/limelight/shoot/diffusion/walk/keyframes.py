"""Keyframes: which frames of a shot are drawn, and what each of them shows.

A budget of drawings a second is spent where the walk moves most: frames lie at equal steps of the way, so that hits
are drawn densely and held notes are left to the in-betweens.
"""

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from limelight.score import Score
from limelight.shoot.diffusion.walk.noise import Place
from limelight.shoot.diffusion.walk.pacing import Walk, walk_of
from limelight.storyboard import Format, Shot

OWN = 0.45
"""How far a shot's own seed leads away from its section's."""
RETURN = 0.2
"""How far its own seed leads away when it returns to a place of its section: it begins where that was first seen."""
WANDER = (0.18, 0.45)
"""How far the walk leads away from where the shot begins: when calm, and when excited."""
APPROACH = 0.45
"""How far towards the next shot's prompt a shot goes by its end, within a section."""
WIDEST_GAP = 1.2
"""Seconds between two drawings at most."""


@dataclass(frozen=True)
class Keyframe:
    """One picture to be drawn.

    Attributes:
        frame: Of the shot.
        noise: Where it begins.
        share: How far towards the next prompt, 0 to 1.
        change: Legs walked since the keyframe before.
        away: Legs walked since the shot's first frame.
    """

    frame: int
    noise: Place
    share: float = 0.0
    change: float = 0.0
    away: float = 0.0


@dataclass(frozen=True)
class Surroundings:
    """What a shot must know of its neighbours.

    Attributes:
        section_start: Seconds at which its section begins.
        section_seed: Shared by the section's shots.
        following: The next shot of the section with the same people, whose prompt it approaches, or None.
        anchor: The first earlier shot of the section that shows the same place and people, or None.
    """

    section_start: float
    section_seed: int
    following: Shot | None = None
    anchor: Shot | None = None


def surroundings(score: Score, shot: Shot, shots: Sequence[Shot], film: Format) -> Surroundings:
    """Look around a shot; without ``shots``, it stands alone."""
    rate = float(film.rate)
    sections = score.sections
    index = max((i for i, s in enumerate(sections) if s.start <= shot.start / rate + 1e-6), default=0)
    start = sections[index].start if sections else 0.0
    end = sections[index].end if sections else float("inf")
    within = [other for other in shots if start - 1e-6 <= other.start / rate < end - 1e-6]
    following = next((other for other in within if other.start == shot.end), None)
    if following is not None and following.stars != shot.stars:
        following = None
    anchor = next((other for other in within if other.start < shot.start and _alike(other, shot)), None)
    first = min((*within, shot), key=lambda other: other.start)
    return Surroundings(start, _seed(first.seed, index), following, anchor)


def plan(
    score: Score, shot: Shot, around: Surroundings, film: Format, drawings_a_second: float
) -> tuple[Keyframe, ...]:
    """The keyframes of a shot; the first is its frame 0 and the last its last frame."""
    walk = walk_of(score, shot, film, around.section_start)
    frames = place(walk, shot.frames, float(film.rate), drawings_a_second)
    excited = (shot.arousal + 1) / 2
    wander = WANDER[0] + (WANDER[1] - WANDER[0]) * excited
    approach = APPROACH if around.following is not None else 0.0
    origin: Place = ((shot.seed, OWN),)
    if around.anchor is not None:
        origin = ((around.anchor.seed, OWN), (shot.seed, RETURN))
    found: list[Keyframe] = []
    for frame in frames:
        way, progress = float(walk.way[frame]), float(walk.progress[frame])
        leg = int(way)
        noise: Place = (
            (around.section_seed, 1.0),
            *origin,
            (_seed(around.section_seed, leg), wander * (1 - (way - leg))),
            (_seed(around.section_seed, leg + 1), wander * (way - leg)),
        )
        before = float(walk.way[found[-1].frame]) if found else way
        share = approach * progress * progress * (3 - 2 * progress)
        found.append(Keyframe(frame, noise, round(share, 6), way - before, way - float(walk.way[0])))
    return tuple(found)


def place(walk: Walk, frames: int, rate: float, drawings_a_second: float) -> tuple[int, ...]:
    """Which frames are drawn: about the budget, at equal steps of the way, with no gap wider than WIDEST_GAP."""
    if frames == 1:
        return (0,)
    budget = int(np.clip(round(frames / rate * drawings_a_second), 2, frames))
    steps = np.linspace(0, 1, budget)
    chosen = np.searchsorted(walk.progress, steps - 1e-9).clip(0, frames - 1)
    wanted = {0, frames - 1, *chosen.tolist()}
    widest = max(1, int(WIDEST_GAP * rate))
    for left, right in itertools.pairwise(sorted(wanted)):
        parts = -(-(right - left) // widest)
        wanted |= {left + (right - left) * part // parts for part in range(1, parts)}
    return tuple(sorted(wanted))


def _alike(other: Shot, shot: Shot) -> bool:
    return (other.imagery.scenery, other.stars, other.composition) == (
        shot.imagery.scenery,
        shot.stars,
        shot.composition,
    )


def _seed(*parts: int) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:7], "big")
