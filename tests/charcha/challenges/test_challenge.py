import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.charcha.challenges.actions import ACTIONS, Kind
from limelight.charcha.challenges.challenge import FAR, FREELY_EXCLUDED, Challenge, Plan, TooManyExcluded


def played(plan: Plan, seed: int, failing: float = 0.0) -> tuple[list[Challenge], list[Challenge]]:
    rng = random.Random(seed)
    passed: list[Challenge] = []
    failed: list[Challenge] = []
    while len(passed) < plan.length:
        challenge = plan.draw(passed, failed, rng)
        (failed if rng.random() < failing and len(failed) < 3 else passed).append(challenge)
    return passed, failed


def test_there_are_enough_actions() -> None:
    assert len(ACTIONS) >= 14
    assert all(action.wants and action.words for action in ACTIONS.values())


@given(seed=st.integers(0, 2**32), length=st.integers(4, 8), more=st.integers(0, 2))
def test_every_session_turns_far_both_ways_combines_and_hides_the_face(
    seed: int, length: int, more: int
) -> None:
    plan = Plan(max(length, 4 + more), 1 + more)
    passed, _ = played(plan, seed, failing=0.3)
    far = [c.action for c in passed if c.action.startswith("turn") and c.target >= FAR[0]]
    kinds = Counter(c.spec.kind for c in passed)
    assert {"turn_left", "turn_right"} <= set(far)
    assert kinds[Kind.COMPOUND] >= 1
    assert kinds[Kind.OCCLUSION] >= 1 + more
    assert plan.missing(passed) == ()


@given(seed=st.integers(0, 2**32))
def test_targets_and_holds_are_in_their_ranges(seed: int) -> None:
    for challenge in played(Plan(8), seed)[0]:
        low, high = challenge.spec.targets or (0.0, 0.0)
        assert low <= challenge.target <= high
        assert challenge.spec.holds[0] <= challenge.hold <= challenge.spec.holds[1]


def test_any_action_may_come_first_and_none_is_likely() -> None:
    first = Counter(Plan().draw([], [], random.Random(seed)).action for seed in range(4000))
    assert len(first) >= 20
    assert max(first.values()) < 0.2 * 4000


def test_an_action_that_failed_is_not_asked_again_while_there_are_others() -> None:
    for seed in range(200):
        passed, failed = played(Plan(), seed, failing=0.5)
        turns = {"turn_left", "turn_right"}
        hands = {"hand_from_left", "hand_from_right"}
        again = {c.action for c in passed} & {c.action for c in failed}
        assert again <= turns | hands


@given(
    excluded=st.sets(st.sampled_from(sorted(ACTIONS)), max_size=12),
    seed=st.integers(0, 2**32),
)
def test_excluded_actions_are_replaced_by_as_many_others(excluded: set[str], seed: int) -> None:
    plan = Plan(excluded=frozenset(excluded))
    try:
        plan.check()
    except TooManyExcluded:
        return
    passed, _ = played(plan, seed)
    assert len(passed) == plan.length
    assert not {c.action for c in passed} & excluded


def test_who_replaces_a_required_kind_or_much_else_is_looked_at() -> None:
    assert not Plan(excluded=frozenset({"smile", "look_up"})).accommodated
    assert Plan(excluded=frozenset({"turn_left"})).accommodated
    assert Plan(excluded=frozenset({"hand_from_left", "hand_from_right"})).accommodated
    free = [name for name, action in ACTIONS.items() if action.kind is Kind.FREE]
    assert Plan(excluded=frozenset(free[: FREELY_EXCLUDED + 1])).accommodated


@pytest.mark.parametrize("excluded", [{"fly"}, set(ACTIONS), set(ACTIONS) - {"smile"}])
def test_what_leaves_no_session_is_refused(excluded: set[str]) -> None:
    with pytest.raises(TooManyExcluded):
        Plan(excluded=frozenset(excluded)).check()
