from collections.abc import Callable

import pytest

from limelight.charcha.challenges.challenge import Challenge
from limelight.charcha.challenges.judging import ActionJudge, CalmJudge, Phase
from limelight.charcha.observing.channels import Channel, Reading
from limelight.charcha.reasons import Reason

FPS = 10
CALM = dict.fromkeys(Channel, 0.0)
Curve = Callable[[float], dict[Channel, float]]


def bump(since: float, begins: float = 0.6, rise: float = 0.4, hold: float = 1.2) -> float:
    """0 to 1 and back, piecewise straight."""
    up = min(1.0, max(0.0, (since - begins) / rise))
    down = min(1.0, max(0.0, (since - begins - rise - hold) / rise))
    return up - down


def judged(challenge: Challenge, curve: Curve, seconds: float = 13.0) -> ActionJudge:
    judge = ActionJudge(challenge)
    for n in range(int(seconds * FPS)):
        judge.observe(CALM | curve(n / FPS), n / FPS)
    return judge


TURN = Challenge("turn_left", 30.0, 0.8)
SMILE = Challenge("smile", 0.0, 0.6)


def test_a_clean_action_passes() -> None:
    judge = judged(TURN, lambda t: {Channel.YAW: 31 * bump(t)})
    assert (judge.phase, judge.reason, judge.progress) == (Phase.PASSED, Reason.NONE, 1.0)


def test_a_compound_wants_both() -> None:
    both = Challenge("turn_left_open_mouth", 20.0, 0.5)
    together = judged(both, lambda t: {Channel.YAW: 22 * bump(t), Channel.GAP: 0.2 * bump(t)})
    after = judged(both, lambda t: {Channel.YAW: 22 * bump(t), Channel.GAP: 0.2 * bump(t, begins=4)})
    assert together.phase is Phase.PASSED
    assert after.phase is Phase.FAILED


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        (lambda _: {}, Reason.LATE),
        (lambda t: {Channel.YAW: 31 * bump(t, begins=6)}, Reason.LATE),
        (lambda t: {Channel.YAW: 31 * bump(t, begins=-1)}, Reason.NOT_NEUTRAL),
        (lambda t: {Channel.YAW: 31 * bump(t, begins=0.0, rise=0.1)}, Reason.EARLY),
        (lambda t: {Channel.YAW: 15 * bump(t)}, Reason.NOT_HELD),
        (lambda t: {Channel.YAW: 31 * bump(t, hold=0.2)}, Reason.NOT_HELD),
        (lambda t: {Channel.YAW: 55 * bump(t, hold=9)}, Reason.OVERSHOT),
        (lambda t: {Channel.YAW: 31 * bump(t, hold=20)}, Reason.NOT_RETURNED),
        (lambda t: {Channel.YAW: -31 * bump(t)}, Reason.WRONG_ACTION),
        (lambda t: {Channel.JAW: 0.7 * bump(t)}, Reason.WRONG_ACTION),
        (lambda t: {Channel.YAW: 31 * bump(t), Channel.ROLL: 20 * bump(t)}, Reason.WRONG_ACTION),
    ],
)
def test_what_was_not_asked_fails(curve: Curve, reason: Reason) -> None:
    judge = judged(TURN, curve)
    assert (judge.phase, judge.reason) == (Phase.FAILED, reason)


def test_a_twitch_elsewhere_is_forgiven() -> None:
    judge = judged(TURN, lambda t: {Channel.YAW: 31 * bump(t), Channel.JAW: 0.6 if 0.9 < t < 1.15 else 0.0})
    assert judge.phase is Phase.PASSED


def test_a_lost_frame_is_forgiven() -> None:
    judge = ActionJudge(SMILE)
    for n in range(80):
        reading: Reading = {} if n in {9, 15} else CALM | {Channel.SMILE: 0.7 * bump(n / FPS, hold=1.8)}
        judge.observe(reading, n / FPS)
    assert judge.phase is Phase.PASSED


def hand(t: float, sign: float = 1.0) -> dict[Channel, float]:
    along = min(1.0, max(0.0, (t - 0.6) / 1.2))
    hidden = 0.0 < along < 1.0
    return {Channel.COVER: 0.5 * hidden, Channel.SWEEP: sign * (0.6 - 1.2 * along) * hidden}


def test_a_hand_must_come_from_its_side() -> None:
    asked = Challenge("hand_from_left", 0.0, 0.0)
    assert judged(asked, hand).phase is Phase.PASSED
    other = judged(asked, lambda t: hand(t, -1.0))
    assert (other.phase, other.reason) == (Phase.FAILED, Reason.WRONG_ACTION)


def test_a_flicker_is_no_hand() -> None:
    judge = judged(
        Challenge("hand_from_left", 0.0, 0.0),
        lambda t: {Channel.COVER: 0.5, Channel.SWEEP: 0.0} if t > 1 else {},
    )
    assert judge.phase is Phase.FAILED


def test_an_end_is_an_end() -> None:
    judge = judged(TURN, lambda t: {Channel.YAW: 31 * bump(t)})
    for n in range(200):
        judge.observe(CALM | {Channel.YAW: -40.0}, 13 + n / FPS)
    assert judge.phase is Phase.PASSED


def test_a_rest_must_be_calm_throughout() -> None:
    judge = CalmJudge(1.0)
    assert [judge.observe(CALM, t) for t in (0.0, 0.5)] == [False, False]
    assert not judge.observe(CALM | {Channel.YAW: 20.0}, 0.9)
    assert not judge.observe(CALM, 1.0)
    assert not judge.observe(CALM, 1.9)
    assert judge.observe(CALM, 2.0)
    assert not judge.observe({}, 2.1)
