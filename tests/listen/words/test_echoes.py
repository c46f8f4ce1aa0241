"""Lines found by their sound: on made sounds, of which it is known where they sound again."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.listen.words.align import Placed, Settled
from limelight.listen.words.echoes import Echo, distances, echoes, keys, woven
from limelight.listen.words.placing import Part, _moved, _parts, _without
from limelight.listen.words.timbre import COEFFICIENTS, STEP, timbre
from limelight.listen.words.voicing import STEP as VOICING_STEP
from limelight.listen.words.voicing import Voicing, voicing

LENGTH = 3.0
"""Seconds that every made line lasts; four words, one each three quarters of a second."""
REFRAIN = ("stay with me now", "stay with me here", "stay with me long", "stay with me on")
SONG = (
    *("one two three four", *REFRAIN),
    *("five six seven eight", *REFRAIN),
    *("nine ten eleven twelve", *REFRAIN),
)


def sound(lines: tuple[str, ...], noise: float = 0.3) -> np.ndarray:
    """A timbre in which the same line sounds the same each time, but for some noise."""
    frames = round(LENGTH / STEP)
    chance = np.random.default_rng(1)
    voices = {line: chance.normal(size=(frames, COEFFICIENTS)) for line in sorted(set(lines))}
    return np.concatenate(
        [voices[line] + noise * chance.normal(size=(frames, COEFFICIENTS)) for line in lines]
    ).astype(np.float32)


def singing(lines: tuple[str, ...], noise: float = 0.3) -> Voicing:
    """The same, sung without a rest."""
    looked_at = sound(lines, noise)
    frames = round(len(looked_at) * STEP / VOICING_STEP)
    return Voicing(
        np.ones(frames, dtype=np.bool_), np.ones(frames, np.float32), separated=True, timbre=looked_at
    )


def placed(places: list[float]) -> Settled:
    """Lines of four words that were placed at these moments."""
    times = np.concatenate([start + np.arange(4) * LENGTH / 4 for start in places])
    sure = np.ones(len(times))
    return Settled(Placed(times, times + 0.2, sure, -sure), np.ones(len(places), dtype=np.bool_))


def text_without(*missing: int) -> tuple[list[list[str]], list[float]]:
    """The words of the song's lines but some, and where those are sung."""
    there = [number for number in range(len(SONG)) if number not in missing]
    return [SONG[number].split() for number in there], [number * LENGTH for number in there]


def test_where_every_line_is_in_its_place_nothing_is_new() -> None:
    lines, places = text_without()
    found = echoes(lines, placed(places), singing(SONG))
    assert [echo.key for echo in found] == list(SONG)
    order = woven(keys(lines), np.array(places), found)
    assert [line for line, _ in order] == list(range(len(SONG)))
    assert _moved(order, np.array(places)) == set()


def test_a_line_that_the_text_lacks_is_found_where_it_sounds() -> None:
    lines, places = text_without(7)
    order = woven(keys(lines), np.array(places), echoes(lines, placed(places), singing(SONG)))
    (echo,) = [echo for line, echo in order if line is None]
    assert echo is not None
    assert echo.key == SONG[7]
    assert echo.start == pytest.approx(7 * LENGTH, abs=STEP)
    parts = _parts(lines, keys(lines), order, set())
    assert [part.number for part in parts] == [*range(7), None, *range(7, len(lines))]
    assert " ".join(parts[7].words) == SONG[7]


def test_a_line_drawn_to_where_a_missing_one_is_sung_is_called_back() -> None:
    lines, places = text_without(7)
    wrong = [*places[:7], 7 * LENGTH, *places[8:]]  # the line after the missing one stands in its place
    order = woven(keys(lines), np.array(wrong), echoes(lines, placed(wrong), singing(SONG)))
    assert _moved(order, np.array(wrong)) == {7}
    parts = _parts(lines, keys(lines), order, {7})
    held = parts[8].span
    assert held is not None
    assert held[0] < 8 * LENGTH < held[1]
    assert [part.number for part in parts[6:9]] == [6, None, 7]


def test_a_line_that_was_not_found_is_looked_for_where_its_words_sound() -> None:
    lines, places = text_without()
    starts = np.array(places)
    starts[7] = np.nan
    one_lost = Settled(placed(places).placed, np.arange(len(SONG)) != 7)
    order = woven(keys(lines), starts, echoes(lines, one_lost, singing(SONG)))
    assert [line for line, _ in order] == list(range(len(SONG)))
    assert _moved(order, starts) == {7}


def test_sounds_that_have_nothing_in_common_tell_nothing() -> None:
    lines, places = text_without(7)
    noise = singing(tuple(f"{number} other words again" for number in range(len(SONG))))
    found = echoes(lines, placed(places), noise)
    assert not any(echo.heard for echo in found)


def test_a_text_without_repeats_has_no_echoes() -> None:
    lines = [line.split() for line in SONG[:5]]
    assert echoes(lines, placed([number * LENGTH for number in range(5)]), singing(SONG)) == []


def test_beside_a_like_line_that_stands_nowhere_surely_none_is_missing() -> None:
    lines = [["la", "la", "da", "da"], *(line.split() for line in (*REFRAIN, *REFRAIN))]
    echo = Echo(LENGTH, LENGTH, 0, "la la da da", 1.0, heard=True)
    elsewhere = Echo(2 * LENGTH, LENGTH, 1, REFRAIN[0], 1.0, heard=True)
    order: list[tuple[int | None, Echo | None]] = [(0, None), (None, echo), (1, None), (None, elsewhere)]
    assert [part.number for part in _parts(lines, keys(lines), order, set())] == [0, 1]
    sure = Echo(0.0, LENGTH, 0, "la la da da", 1.0, heard=True)
    order = [(0, sure), (None, echo), (8, None), (None, elsewhere)]
    assert [part.number for part in _parts(lines, keys(lines), order, set())] == [0, None, 8]


def test_where_nobody_sings_there_is_no_echo() -> None:
    lines, places = text_without(7)
    whole = singing(SONG)
    frames = len(whole.sung) // len(SONG)
    silent = whole.sung.copy()
    silent[7 * frames : 8 * frames] = False
    rest = Voicing(silent, whole.level, separated=True, timbre=whole.timbre)
    assert SONG[7] in [echo.key for echo in echoes(lines, placed(places), whole)][5:9]
    assert SONG[7] not in [echo.key for echo in echoes(lines, placed(places), rest)][5:8]


def test_what_took_a_lines_place_is_taken_out_and_the_line_is_free() -> None:
    parts = [
        Part(("a",), 0),
        Part(("b",), None, (1.0, 2.0)),
        Part(("c",), 1, (2.0, 3.0)),
        Part(("d",), 2),
        Part(("e",), None, (4.0, 5.0)),
        Part(("f",), 3),
    ]
    assert [part.number for part in _without(parts, {1})] == [0, 1, 2, None, 3]
    assert _without(parts, {1})[1].span is None
    assert [part.number for part in _without(parts, {3})] == [0, None, 1, 2, 3]


def test_accents_capitals_signs_and_words_before_a_line_make_no_other_line() -> None:
    lines = [line.split() for line in ("Stay with MÉ, now!", "oh stay with me now", "now", "stay", "with me")]
    assert keys(lines) == ["stay with me now", "stay with me now", "now", "stay", "with me"]


def test_distances_are_one_less_the_cosine() -> None:
    whole = sound(SONG[:4])
    far = distances(whole, LENGTH, 2 * LENGTH)
    frames = round(LENGTH / STEP)
    part = whole[frames : 2 * frames].ravel()
    for place in (0, 10, frames, 3 * frames):
        other = whole[place : place + frames].ravel()
        cosine = part @ other / np.linalg.norm(part) / np.linalg.norm(other)
        assert far[place] == pytest.approx(1 - cosine, abs=1e-5)
    assert far.argmin() == frames


NAMES = st.lists(st.sampled_from(["a b c", "a b d", "e f g", "h i"]), max_size=8)


@given(NAMES, NAMES, st.integers(0, 2**31))
@settings(deadline=None)
def test_lines_and_echoes_keep_their_order_and_nobody_is_lost(
    names: list[str], heard: list[str], seed: int
) -> None:
    chance = np.random.default_rng(seed)
    starts = np.sort(chance.uniform(0, 40, len(names)))
    moments = np.sort(chance.uniform(0, 40, len(heard))).tolist()
    found = [Echo(at, 2.0, 0, key, 1.0, heard=True) for at, key in zip(moments, heard, strict=True)]
    order = woven(names, starts, found)
    assert [line for line, _ in order if line is not None] == list(range(len(names)))
    assert [echo for _, echo in order if echo is not None] == found
    assert all(one is not None or other is not None for one, other in order)


@given(NAMES)
def test_the_same_lines_stand_in_their_own_echoes(names: list[str]) -> None:
    found = [Echo(3.0 * at, 2.0, 0, key, 1.0, heard=True) for at, key in enumerate(names)]
    order = woven(names, 3.0 * np.arange(len(names)), found)
    assert order == [(at, echo) for at, echo in enumerate(found)]


def voice(seconds: float, seed: int, rate: int) -> np.ndarray:
    """A made voice: pulses through resonances that change five times a second."""
    chance = np.random.default_rng(seed)
    steps = chance.uniform(200, 3000, (round(seconds * 5), 2)).repeat(rate // 5, axis=0)
    clock = np.arange(len(steps)) / rate
    tone = np.sin(2 * np.pi * 150 * clock) ** 9
    return np.asarray(tone * np.sin(2 * np.pi * steps * clock[:, None]).sum(axis=1), np.float32)


@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_what_is_sung_again_sounds_alike_however_loud(rate: int) -> None:
    first, other = voice(3, 1, rate), voice(3, 2, rate)
    whole = np.concatenate([first, other, 0.2 * first])
    looked_at = timbre(whole, rate)
    assert looked_at.shape == (len(whole) // round(STEP * rate) + 1, COEFFICIENTS)
    assert looked_at.dtype == np.float32
    far = distances(looked_at, 0.0, 3.0)
    again, elsewhere = far[round(6 / STEP) - 2 : round(6 / STEP) + 3].min(), far[round(3 / STEP)]
    assert again < 0.25
    assert elsewhere > 2 * again


def test_nothing_and_silence_have_a_timbre_without_trouble() -> None:
    assert timbre(np.zeros(0, np.float32), 16_000).shape == (0, COEFFICIENTS)
    assert np.isfinite(timbre(np.zeros(16_000, np.float32), 16_000)).all()


def test_only_a_separated_voice_has_a_timbre() -> None:
    first = voice(3, 1, 16_000)
    assert len(voicing(first, None).timbre) == 0
    assert len(voicing(first, first).timbre) == pytest.approx(3 / STEP, abs=2)


def test_echoes_do_not_overlap_and_are_in_order() -> None:
    lines, places = text_without(3, 9)
    found = echoes(lines, placed(places), singing(SONG, noise=0.8))
    assert all(one.start + 0.6 * LENGTH < other.start for one, other in itertools.pairwise(found))
