"""Paths, anchors and guards on toy material with known answers."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.listen.words import anchors
from limelight.listen.words.anchors import find_anchors, matched
from limelight.listen.words.attention import UNSEEN, best_path
from limelight.listen.words.transcribe import (
    HeardWord,
    best_heard,
    folded,
    in_lines,
    is_loop,
    without_loops,
    without_stock,
)
from limelight.listen.words.voicing import voicing


def test_the_path_finds_planted_words_and_leaves_silence_between() -> None:
    scores = np.full((3, 100), UNSEEN, dtype=np.float32)
    scores[0, 10:14] = scores[1, 14:20] = scores[2, 60:70] = 2.0
    starts, ends = best_path(scores, np.array([True, False, True]))
    assert starts.tolist() == [10, 14, 60]
    assert ends.tolist() == [14, 20, 70]


def test_no_silence_inside_a_word() -> None:
    scores = np.full((2, 50), UNSEEN, dtype=np.float32)
    scores[0, 5:8] = scores[1, 20:25] = 3.0
    inside, _ = best_path(scores, np.array([True, False]))
    between, between_ends = best_path(scores, np.array([True, True]))
    assert between.tolist() == [5, 20]
    assert between_ends.tolist() == [8, 25]
    assert inside[1] == 20 or inside[0] > 5


@given(st.integers(1, 12), st.integers(13, 60), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_any_path_is_monotone(tokens: int, frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.random(tokens) < 0.5
    first[0] = True
    starts, ends = best_path(rng.normal(-1, 2, (tokens, frames)).astype(np.float32), first)
    assert (starts[1:] >= ends[:-1]).all()
    assert (ends > starts).all()
    assert starts[0] >= 0
    assert ends[-1] <= frames


def brute_force(scores: np.ndarray, first: np.ndarray) -> float:
    """Best total by trying everything."""
    tokens, frames = scores.shape
    best: dict[tuple[int, int], float] = {}

    def from_here(frame: int, state: int) -> float:
        if frame == frames:
            return 0.0 if state >= 2 * tokens - 1 else -np.inf
        key = frame, state
        if key not in best:
            steps = [state, state + 1] + ([state + 2] if state % 2 else [])
            best[key] = max(
                (scores[s // 2, frame] if s % 2 else 0.0) + from_here(frame + 1, s)
                for s in steps
                if s <= 2 * tokens and (s % 2 or s == 2 * tokens or first[s // 2])
            )
        return best[key]

    return max(from_here(1, 0), scores[0, 0] + from_here(1, 1))


@given(st.integers(1, 4), st.integers(6, 9), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_the_path_is_the_best_one(tokens: int, frames: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = rng.random(tokens) < 0.5
    first[0] = True
    scores = rng.normal(0, 2, (tokens, frames)).astype(np.float32)
    starts, ends = best_path(scores, first)
    total = sum(float(scores[t, starts[t] : ends[t]].sum()) for t in range(tokens))
    assert total == pytest.approx(brute_force(scores, first), abs=1e-3)


def heard(text: str, step: float = 0.5, window: int = 0) -> list[HeardWord]:
    return [HeardWord(word, step * index, 0.8, window) for index, word in enumerate(text.split())]


def test_anchors_forgive_mishearing() -> None:
    given_words = ["de", "bonne", "humeur", "même", "de", "bonne", "heure", "je", "prends", "les", "choses"]
    anchors = find_anchors([given_words], heard("Le bonheur, même de bonheur. Je prends les choses"))
    assert anchors.share > 0.6
    assert anchors.times[-1] == pytest.approx(4.0)
    rough = anchors.interpolated(10.0)
    assert (np.diff(rough) >= 0).all()


def test_anchors_of_other_lyrics_are_few() -> None:
    anchors = find_anchors(
        [["silver", "rain", "on", "empty", "streets", "tonight"]], heard("mein chef sagt zeit für dich")
    )
    assert anchors.share < 0.35


@given(st.text("abc ", max_size=20), st.text("abc ", max_size=20))
@settings(max_examples=60, deadline=None)
def test_matched_letters_are_equal_and_in_order(one: str, other: str) -> None:
    pairs = matched(one, other)
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(pairs))
    assert len(matched(one, one)) == len(one)


LETTERS = st.text("abc ", min_size=2, max_size=30)


@given(LETTERS, LETTERS, st.integers(1, 400))
def test_a_long_alignment_in_pieces_is_as_good_as_the_whole(one: str, other: str, cells: int) -> None:
    """The best score through the cut is that of the whole table, so nothing is lost by cutting there."""
    skips = np.where(np.arange(len(one) + 1) % 5, anchors.GAP, anchors.BETWEEN).astype(np.float32)
    half = len(one) // 2
    cut = anchors._crossing(one, other, skips, half)
    (*_, early) = anchors._rows(one[:half], other[:cut], skips[: half + 1])
    (*_, late) = anchors._rows(one[half:], other[cut:], skips[half:])
    (*_, whole) = anchors._rows(one, other, skips)
    assert early[-1] + late[-1] == pytest.approx(whole[-1], abs=1e-4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anchors, "MOST_CELLS", cells)
        pairs = anchors.matched(one, other, skips)
    assert all(one[i] == other[j] for i, j in pairs)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(pairs))


def test_loops_are_cut_but_songs_may_repeat() -> None:
    assert without_loops(["no", "no", "no", "no", "no", "no", "no", "no", "yes"]) == ["no", "no", "yes"]
    twice = ["come", "home", "come", "home", "my", "love"]
    assert without_loops(twice) == twice
    assert without_loops(["you've", "got", "to", "learn"] * 9) == ["you've", "got", "to", "learn"] * 2
    assert is_loop("no, " * 50)
    assert not is_loop("I hear the silver rain on empty streets, and nobody is calling out my name tonight")


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for watching!",
        "Thank you for watching.",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Untertitel im Auftrag des ZDF, 2021",
        "Subtítulos realizados por la comunidad",
        "[Music]",
        "♪♪",
        "(upbeat music)",
        "Music",
        "you",
    ],
)
def test_stock_phrases_vanish(text: str) -> None:
    assert folded(without_stock(text)) == ""


@pytest.mark.parametrize(
    "text", ["I thank you for the rain", "Watching the river", "You and I", "Music in my head"]
)
def test_words_like_them_stay(text: str) -> None:
    assert without_stock(text) == text


def test_each_moment_is_heard_once_by_the_surest_window() -> None:
    sure = [HeardWord("sea", 3.0, 0.9, 0), HeardWord("side", 4.0, 0.9, 0)]
    unsure = [HeardWord("see", 3.0, 0.4, 1), HeardWord("sigh", 4.1, 0.3, 1)]
    assert best_heard(unsure + sure) == sure


def test_lines_break_at_pauses_and_sentences() -> None:
    words = heard("Rain falls down. I hear you calling, Come home to me", 0.4)
    words.append(HeardWord("Later", 20.0, 0.9, 0))
    assert [" ".join(word.text for word in line) for line in in_lines(words)] == [
        "Rain falls down.",
        "I hear you calling,",
        "Come home to me",
        "Later",
    ]


def test_voice_is_where_the_voice_is() -> None:
    rate = 16_000
    mix = np.random.default_rng(0).normal(0, 0.1, 10 * rate).astype(np.float32)
    voice = np.zeros_like(mix)
    voice[3 * rate : 5 * rate] = np.sin(np.arange(2 * rate) * 0.1) * 0.3
    found = voicing(mix, voice)
    assert found.share(3, 5) > 0.95
    assert found.share(0, 2.9) == found.share(5.1, 10) == 0.0
    assert found.near(2.8)
    assert not found.near(8.0)
    assert found.fades(3.5, 9.0) == pytest.approx(5.0, abs=0.1)


def test_leaked_rests_are_not_a_voice() -> None:
    mix = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    assert not voicing(mix, mix * 0.01).sung.any()
    assert not voicing(np.zeros_like(mix), None).sung.any()
    assert voicing(mix, None).sung.all()
