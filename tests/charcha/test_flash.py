"""Light on the face in the drawn colours passes; none, another drawing, a late one or a tint over all does not."""

import random
from dataclasses import dataclass

import numpy as np
import pytest

from charcha.moments import SKIN, WALL, face, head, moment, observed
from limelight.charcha.flash import Flash
from limelight.charcha.observation import Colour, PromptKind, State
from limelight.charcha.observer import LINEAR
from limelight.charcha.protocol import COLOURS
from limelight.charcha.signals import Finding, Gate

FACE = face(head(0.0))
LIGHT, DARK = tuple(SKIN), (0.06, 0.03, 0.02)


@dataclass
class Room:
    """How the light of the screen comes back."""

    strength: float = 0.1
    lag: float = 0.12
    veil: float = 0.0
    skin: tuple[float, ...] = tuple(SKIN)
    noise: float = 0.002


def drawn(rng: random.Random, many: int = 12) -> list[tuple[float, Colour]]:
    """Colours and when each begins."""
    begins, shown = 5.0, []
    for _ in range(many):
        last = shown[-1][1] if shown else None
        shown.append((begins, rng.choice([colour for colour in COLOURS if colour != last])))
        begins += rng.uniform(0.4, 0.7)
    return shown


def flashed(
    room: Room, seed: int, lit_by: list[tuple[float, Colour]] | None = None, many: int = 12
) -> Finding:
    """What the signal finds, 10 frames a second; `lit_by`: what lights the face instead of what is asked."""
    rng, pixels = random.Random(seed), np.random.default_rng(seed)
    asked = drawn(rng, many)
    signal = Flash()
    for i in range(int((asked[-1][0] + 0.5 - asked[0][0]) * 10)):
        now = asked[0][0] + i / 10
        ordinal = max(k for k, (begun, _) in enumerate(asked) if begun <= now + 1e-9)
        came = [colour for begun, colour in lit_by or asked if begun + room.lag <= now]
        light = LINEAR[np.array(came[-1])] if came else np.zeros(3)
        shiver = np.exp(pixels.normal(0, room.noise, 3))
        exposure = 1 + 0.1 * np.sin(now)
        veil = room.veil * light
        skin = (np.array(room.skin) * (1 + room.strength * light) + veil) * shiver * exposure
        wall = (WALL * (1 + room.strength * light / 16) + veil) * exposure
        signal.observe(
            observed(now, one=FACE, skin=skin, surround=wall),
            moment(
                State.FLASH, PromptKind.FLASH, colour=asked[ordinal][1], ordinal=ordinal,
                since=now - asked[ordinal][0],
            ),
        )  # fmt: skip
    return signal.finding()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("skin", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("strength", [0.05, 0.2])
def test_light_on_the_face_passes(seed: int, skin: tuple[float, ...], strength: float) -> None:
    assert flashed(Room(strength, skin=skin), seed).gate is Gate.PASS


@pytest.mark.parametrize("seed", range(10))
def test_no_light_fails(seed: int) -> None:
    assert flashed(Room(strength=0.0), seed).gate is Gate.FAIL


@pytest.mark.parametrize("seed", range(10))
def test_the_colours_of_another_drawing_do_not_pass(seed: int) -> None:
    assert flashed(Room(), seed, lit_by=drawn(random.Random(seed + 1000))).gate is not Gate.PASS


@pytest.mark.parametrize("seed", range(10))
def test_light_that_comes_late_does_not_pass(seed: int) -> None:
    assert flashed(Room(lag=0.7), seed).gate is not Gate.PASS


def test_a_tint_over_the_whole_picture_does_not_pass() -> None:
    found = [flashed(Room(strength=0.0, veil=0.05), seed) for seed in range(5)]
    assert all(one.gate is not Gate.PASS for one in found)


def test_a_few_colours_are_too_few() -> None:
    assert flashed(Room(), 1, many=4).gate is Gate.UNCLEAR


def test_without_a_flash_it_is_unclear() -> None:
    signal = Flash()
    signal.observe(observed(0.0, one=FACE), moment(State.STILL, PromptKind.STILL))
    assert signal.finding().gate is Gate.UNCLEAR


def test_no_face_and_no_light_raise_nothing() -> None:
    signal = Flash()
    for i in range(60):
        at = moment(State.FLASH, PromptKind.FLASH, colour=COLOURS[i % 7], ordinal=i // 4)
        signal.observe(observed(i / 10, one=None, skin=np.zeros(3)), at)
    assert signal.finding().gate is Gate.UNCLEAR
