"""Lines that nobody sings have times that are guesses: nothing that is seen may follow them."""

import numpy as np

from limelight.direct.pacing import cut_frames
from limelight.score import Lyrics
from limelight.shoot.painted.cues import cues_of, silent_in
from limelight.timebase import parse_fps
from review.toy import line, toy_score, toy_storyboard

SUNG = line("here we stand", 1.0)
UNSUNG = line("nobody sings this", 2.4, sung=(False, False, False))


def test_a_line_is_sung_if_one_of_its_words_is() -> None:
    assert SUNG.is_sung
    assert not UNSUNG.is_sung
    assert line("only half of it", 1.0, sung=(True, False, False, False)).is_sung
    assert SUNG.model_copy(update={"words": ()}).is_sung


def test_a_span_has_its_sung_lines_alone() -> None:
    assert Lyrics(lines=(SUNG, UNSUNG)).between(0.0, 8.0) == (SUNG,)


def test_what_nobody_sings_is_not_written_into_a_picture_and_shuts_no_mouth() -> None:
    theirs = UNSUNG.model_copy(update={"singer": "bruno"})
    score = toy_score(4.0, lines=(SUNG, theirs))
    storyboard = toy_storyboard([0, 60, 120], stars=("ada",))
    for shot in storyboard.shots:
        words = cues_of(score, shot, storyboard.format).words
        assert not {word.text for word in words} & {"nobody", "sings", "this"}
        assert not silent_in(score, shot, storyboard.format, "ada").any()
    sung = toy_score(4.0, lines=(SUNG, line("nobody sings this", 2.4).model_copy(update={"singer": "bruno"})))
    shut = [silent_in(sung, shot, storyboard.format, "ada") for shot in storyboard.shots]
    assert np.concatenate(shut).any(), "the control: a line that is sung by another shuts it"


def test_no_cut_is_made_for_a_line_that_nobody_sings() -> None:
    beats = np.arange(0.0, 12.0, 0.5).tolist()
    plain, with_guess = (
        toy_score(12.0, beats=beats, lines=lines)
        for lines in ((SUNG,), (SUNG, line("x y z", 7.0, sung=(False,) * 3)))
    )
    assert cut_frames(plain, parse_fps(30)) == cut_frames(with_guess, parse_fps(30))
