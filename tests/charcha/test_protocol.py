import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from limelight.charcha import protocol as p
from limelight.charcha.challenges.actions import ACTIONS, Kind
from limelight.charcha.prompts import State
from limelight.charcha.reasons import Reason
from limelight.charcha.signals.signal import Outcome

EVERY_STEP = (
    State.CREATED, State.CONSENTED, State.PROBED, State.CALIBRATED, State.CHALLENGE, State.FLASH, State.STILL,
    State.PERFORM, State.SCORING,
)  # fmt: skip
ORDER = {state: index for index, state in enumerate((*EVERY_STEP, *(s for s in State if s.over)))}

events = st.one_of(
    st.builds(
        p.ConsentGiven,
        consent_id=st.sampled_from(["", "c-1"]),
        excluded=st.frozensets(st.sampled_from(sorted(ACTIONS)), max_size=6),
        no_flashing=st.booleans(),
        perform=st.booleans(),
    ),
    st.sampled_from(
        [
            p.CameraProbed(), p.FaceCalibrated(), p.Rested(), p.ActionPassed(), p.ActionFailed(Reason.LATE),
            p.ColourShown(), p.StillKept(), p.PerformanceEnded(), p.Ticked(),
        ]
    ),
    st.builds(p.Scored, st.sampled_from(list(Outcome))),
)  # fmt: skip


class AnyClient(RuleBasedStateMachine):
    """Whatever comes, in whatever order and at whatever times."""

    @initialize(seed=st.integers(0, 2**32), retries=st.integers(0, 3))
    def begin(self, seed: int, retries: int) -> None:
        self.rng = random.Random(seed)
        self.now = 1000.0
        self.affairs = p.Affairs.begin(p.Terms(challenges=4, colours=3, retries=retries), self.now)
        self.before = self.affairs

    def go(self, event: p.Event) -> None:
        self.before = self.affairs
        self.affairs = p.step(self.affairs, event, self.now, self.rng)

    @rule(event=events)
    def anything(self, event: p.Event) -> None:
        self.go(event)

    @rule()
    def what_fits(self) -> None:
        """The event that leads on, so that the far states are reached too."""
        steps: dict[State, p.Event] = {
            State.CREATED: p.ConsentGiven("c-1"),
            State.CONSENTED: p.CameraProbed(),
            State.PROBED: p.FaceCalibrated(),
            State.CALIBRATED: p.Rested(),
            State.CHALLENGE: p.Rested() if self.affairs.challenge is None else p.ActionPassed(),
            State.FLASH: p.ColourShown(),
            State.STILL: p.StillKept(),
            State.PERFORM: p.PerformanceEnded(),
            State.SCORING: p.Scored(Outcome.PASSED),
        }
        self.go(steps.get(self.affairs.state, p.Ticked()))

    @rule(seconds=st.floats(0, 8))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        self.go(p.Ticked())

    @rule()
    def a_clock_goes_back(self) -> None:
        before, self.now = self.now, self.now - 100
        self.go(p.Ticked())
        self.now = before

    @precondition(lambda self: self.rng.random() < 0.1)
    @rule()
    def something_breaks(self) -> None:
        self.go(p.Broken(Reason.LEFT))

    @invariant()
    def there_is_no_way_back(self) -> None:
        trail = self.affairs.trail
        assert list(trail) == sorted(trail, key=ORDER.__getitem__)
        assert len(set(trail)) == len(trail)
        assert trail[: len(self.before.trail)] == self.before.trail

    @invariant()
    def ends_absorb(self) -> None:
        if self.before.state.over:
            assert self.affairs is self.before or self.affairs == self.before

    @invariant()
    def a_pass_has_gone_through_everything(self) -> None:
        affairs = self.affairs
        if affairs.state is not State.PASSED:
            return
        skipped = set(EVERY_STEP) - set(affairs.trail)
        assert skipped <= (set() if affairs.perform else {State.PERFORM})
        assert len(affairs.passed) == affairs.plan.length
        assert affairs.plan.missing(affairs.passed) == ()
        assert len(affairs.colours) == affairs.terms.colours
        assert affairs.consent_id
        assert not affairs.accommodated
        assert affairs.now - affairs.began < affairs.terms.lifetime

    @invariant()
    def time_runs_out(self) -> None:
        late = self.now - self.affairs.began >= self.affairs.terms.lifetime
        assert not late or self.affairs.state.over

    @invariant()
    def the_next_challenge_is_made_up_late(self) -> None:
        drawn = self.affairs.challenge is not None and self.affairs.challenge is not self.before.challenge
        assert not drawn or len(self.affairs.passed) == len(self.before.passed)


TestAnyClient = AnyClient.TestCase
TestAnyClient.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)


def walked(consent: p.ConsentGiven, outcome: Outcome = Outcome.PASSED, seed: int = 0) -> p.Affairs:
    rng = random.Random(seed)
    affairs = p.Affairs.begin(p.Terms(), 0.0)
    for event in (consent, p.CameraProbed(), p.FaceCalibrated()):
        affairs = p.step(affairs, event, 1.0, rng)
    while affairs.state in {State.CALIBRATED, State.CHALLENGE}:
        affairs = p.step(affairs, p.Rested() if affairs.challenge is None else p.ActionPassed(), 2.0, rng)
    while affairs.state is State.FLASH:
        affairs = p.step(affairs, p.ColourShown(), 3.0, rng)
    for event in (p.StillKept(), p.PerformanceEnded(), p.Scored(outcome)):
        affairs = p.step(affairs, event, 4.0, rng)
    return affairs


def test_the_straight_way() -> None:
    affairs = walked(p.ConsentGiven("c-1"))
    assert affairs.trail == (*EVERY_STEP, State.PASSED)
    assert affairs.log == ()


def test_who_opts_out_of_flashing_hides_the_face_more_often_and_is_looked_at() -> None:
    affairs = walked(p.ConsentGiven("c-1", no_flashing=True))
    assert State.FLASH not in affairs.trail
    assert affairs.state is State.REVIEW
    assert Counter(c.spec.kind for c in affairs.passed)[Kind.OCCLUSION] == 1 + p.Terms().extra_occlusions
    assert affairs.log[-1].reason == Reason.ACCOMMODATED


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_verdict_is_the_end(outcome: Outcome) -> None:
    assert walked(p.ConsentGiven("c-1"), outcome).state.value == outcome.value


def test_a_session_expires_on_the_second() -> None:
    affairs = p.Affairs.begin(p.Terms(), 10.0)
    assert p.step(affairs, p.Ticked(), 189.9, random.Random()).state is State.CREATED
    late = p.step(affairs, p.ConsentGiven("c-1"), 190.0, random.Random())
    assert late.state is State.EXPIRED


def test_too_many_failed_attempts_end_it() -> None:
    rng = random.Random(3)
    affairs = p.Affairs.begin(p.Terms(retries=2), 0.0)
    for event in (p.ConsentGiven("c"), p.CameraProbed(), p.FaceCalibrated()):
        affairs = p.step(affairs, event, 1.0, rng)
    asked = set()
    for _ in range(3):
        affairs = p.step(affairs, p.Rested(), 2.0, rng)
        assert affairs.challenge is not None
        asked.add(affairs.challenge.action)
        affairs = p.step(affairs, p.ActionFailed(Reason.WRONG_ACTION), 2.0, rng)
    assert affairs.state is State.FAILED
    assert affairs.log[-1].reason == Reason.TOO_MANY_RETRIES
    assert len(asked) >= 2


@given(st.lists(st.floats(0.34, 2.0), min_size=2, max_size=2).map(sorted), st.integers(0, 2**32))
def test_colours_change_less_than_three_times_a_second(span: list[float], seed: int) -> None:
    rng = random.Random(seed)
    terms = p.Terms(challenges=4, colour_seconds=(span[0], span[1]))
    affairs = p.Affairs.begin(terms, 0.0)
    for event in (p.ConsentGiven("c"), p.CameraProbed(), p.FaceCalibrated()):
        affairs = p.step(affairs, event, 1.0, rng)
    while affairs.state in {State.CALIBRATED, State.CHALLENGE}:
        affairs = p.step(affairs, p.Rested() if affairs.challenge is None else p.ActionPassed(), 2.0, rng)
    while affairs.state is State.FLASH:
        assert affairs.colour_seconds > 1 / 3
        assert len(affairs.colours) < 2 or affairs.colours[-1] != affairs.colours[-2]
        affairs = p.step(affairs, p.ColourShown(), 3.0, rng)
    assert len(affairs.colours) == terms.colours


def test_dangerous_flashing_is_refused() -> None:
    with pytest.raises(ValueError, match="dangerous"):
        p.Terms(colour_seconds=(0.2, 0.5))
