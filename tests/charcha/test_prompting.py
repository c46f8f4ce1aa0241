"""Prompts are issued under ids that nobody can guess, and count from the frame that first names them."""

import random

import pytest

from limelight.charcha.prompting import ANSWERED_WITHIN, Prompter
from limelight.charcha.prompts import PromptKind
from limelight.charcha.protocol import Affairs, Terms
from limelight.charcha.wire.frames import FrameChain

AFFAIRS = Affairs.begin(Terms(still_seconds=7.0), 0.0)


@pytest.fixture
def prompter() -> Prompter:
    return Prompter(random.Random(1), FrameChain("0" * 32))


def test_before_the_first_prompt_nothing_is_late(prompter):
    assert prompter.answered
    assert not prompter.is_overdue(1000.0)


def test_a_prompt_counts_from_the_first_frame_that_names_it(prompter):
    prompter.show(PromptKind.STILL, AFFAIRS, 10.0)
    assert not prompter.answered
    assert prompter.newest is not None
    assert prompter.newest.seconds == 7.0
    prompter.acknowledge("", 0.1)
    assert not prompter.answered
    for time in (0.5, 0.9):
        prompter.acknowledge(prompter.newest.id, time)
        assert prompter.answered
        assert prompter.since(time) == pytest.approx(time - 0.5)


def test_a_prompt_that_is_not_acknowledged_is_overdue(prompter):
    prompter.show(PromptKind.REST, AFFAIRS, 10.0)
    assert not prompter.is_overdue(10.0 + ANSWERED_WITHIN)
    assert prompter.is_overdue(10.1 + ANSWERED_WITHIN)
    prompter.acknowledge(prompter.newest.id, 0.0)
    assert not prompter.is_overdue(1000.0)


def test_no_two_prompts_have_one_id(prompter):
    ids = set()
    for _ in range(50):
        prompter.show(PromptKind.CALIBRATE, AFFAIRS, 0.0)
        ids.add(prompter.newest.id)
    assert len(ids) == 50
    assert {len(one) for one in ids} == {16}
