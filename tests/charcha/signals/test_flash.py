"""Light on the face in the drawn colours passes; none, another drawing, a late one or a tint over all does not."""

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from charcha.moments import SKIN, WALL, face, head, moment, observed
from limelight.charcha.observing.linear_light import LINEAR
from limelight.charcha.prompts import Colour, PromptKind, State
from limelight.charcha.protocol import COLOURS
from limelight.charcha.signals.flash import SLOW, UNTOLD, VEILED, Flash
from limelight.charcha.signals.signal import Finding, Gate

FACE = face(head(0.0))
LIGHT, DARK = tuple(SKIN), (0.06, 0.03, 0.02)


@dataclass
class Room:
    """How the light of the screen comes back."""

    strength: float = 0.1
    lag: float = 0.12
    veil: float = 0.0
    tint: float = 0.0
    skin: tuple[float, ...] = tuple(SKIN)
    brows: float = 8.0
    """How much darker than the skin they are."""
    noise: float = 0.002
    answer: float = 0.2
    """Seconds by the server's clock from a colour to its first frame; the prompts before took .2."""


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
    for i in range(8):
        rest = moment(State.CHALLENGE, PromptKind.REST, ordinal=1000 + i, issued=i - 0.2)
        signal.observe(observed(i, one=FACE), rest)
    for i in range(int((asked[-1][0] + 0.5 - asked[0][0]) * 10)):
        now = asked[0][0] + i / 10
        ordinal = max(k for k, (begun, _) in enumerate(asked) if begun <= now + 1e-9)
        came = [colour for begun, colour in lit_by or asked if begun + room.lag <= now]
        colour = np.array(came[-1] if came else (0, 0, 0))
        page, exposure = LINEAR[colour], 1 + 0.1 * np.sin(now)
        skin = np.array(room.skin)
        seen = [
            exposure * painted(place * (1 + near * page) + room.veil * page, colour, room.tint)
            * np.exp(pixels.normal(0, room.noise, 3))
            for place, near in (
                (skin, room.strength), (WALL, room.strength / 16), (skin / room.brows, room.strength),
                (skin, room.strength),
            )
        ]  # fmt: skip
        signal.observe(
            observed(now, one=FACE, skin=seen[0], surround=seen[1], dark=seen[2], bright=seen[3]),
            moment(
                State.FLASH, PromptKind.FLASH, colour=asked[ordinal][1], ordinal=ordinal,
                since=now - asked[ordinal][0], issued=asked[ordinal][0] - room.answer,
            ),
        )  # fmt: skip
    return signal.finding()


def painted(light: NDArray[np.float64], colour: NDArray[np.int_], share: float) -> NDArray[np.float64]:
    """A colour mixed into the sRGB codes of a light."""
    mixed: NDArray[np.float64] = ((1 - share) * light ** (1 / 2.2) + share * colour / 255) ** 2.2
    return mixed


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
@pytest.mark.parametrize("lag", [0.45, 0.7, 0.9])
def test_light_that_comes_late_does_not_pass(seed: int, lag: float) -> None:
    assert flashed(Room(lag=lag), seed).gate is not Gate.PASS


@pytest.mark.parametrize("seed", range(3))
def test_light_in_time_by_the_client_s_word_but_not_by_the_server_s_clock_is_unclear(seed: int) -> None:
    assert flashed(Room(answer=0.7), seed).reason == SLOW


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("skin", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    "room", [Room(strength=0.0, veil=0.01), Room(strength=0.0, tint=0.15)], ids=["veil", "tint"]
)
def test_a_colour_laid_over_the_picture_does_not_pass(seed: int, skin: tuple[float, ...], room: Room) -> None:
    assert flashed(replace(room, skin=skin), seed).gate is not Gate.PASS


@pytest.mark.parametrize("seed", range(3))
def test_a_veil_of_light_fails_as_such(seed: int) -> None:
    assert flashed(Room(strength=0.0, veil=0.02, skin=DARK), seed).reason == VEILED


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_is_dark_beside_the_skin_a_person_looks(seed: int) -> None:
    found = flashed(Room(brows=1.1), seed)
    assert (found.gate, found.reason) == (Gate.UNCLEAR, UNTOLD)


def test_no_colour_is_a_saturated_red() -> None:
    light = LINEAR[np.array(COLOURS)]
    assert (light[:, 0] / light.sum(axis=1)).max() < 0.8  # WCAG 2.3.1


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
