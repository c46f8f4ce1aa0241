"""The walk jumps on hits and lingers between them; an even walk is the control."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from limelight.listen.rhythm.percussion import beaten
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.decode import resample
from limelight.listen.sound.spectrum import RATE, analyse
from limelight.shoot.diffusion.walk.keyframes import WIDEST_GAP, place, plan, surroundings
from limelight.shoot.diffusion.walk.pacing import Walk, walk_of
from limelight.storyboard import Format, Imagery, Shot
from review.toy import toy_score
from songs import synth

FILM = Format(width=96, height=64, fps="30")
SECONDS = 8.0


def shot(**given_):
    known = {
        "number": 1, "start": 0, "frames": 240, "section": "verse", "imagery": Imagery(scenery="sea"),
        "composition": "wide", "look": "painted", "seed": 3,
    }  # fmt: skip
    return Shot(**(known | given_))


@pytest.fixture(scope="module")
def clicked():
    """A metronome at 90, as the program itself hears it."""
    song = synth.clicks(tempo=90.0, duration=SECONDS)
    spectrum = analyse(resample(song.samples, song.sample_rate, RATE))
    heard = toy_score(SECONDS).model_copy(update={"rhythm": track(spectrum), "percussion": beaten(spectrum)})
    return song, heard


def share_after_clicks(way, beats):
    """Of the whole way, what is walked in the 0.2 s from each click on."""
    steps = np.diff(way, prepend=way[0])
    times = (np.arange(len(way)) + 0.5) / 30
    near = np.zeros(len(way), bool)
    for beat in beats:
        near |= (times >= beat) & (times < beat + 0.2)
    return steps[near].sum() / steps.sum(), near.mean()


def test_the_walk_jumps_on_clicks_and_lingers_between_them(clicked):
    song, score = clicked
    walked, share_of_time = share_after_clicks(walk_of(score, shot(), FILM, 0.0).way, song.beats)
    even, _ = share_after_clicks(np.linspace(0, 1, 240), song.beats)
    assert even == pytest.approx(share_of_time, abs=0.02)
    assert share_of_time < 0.35
    assert walked > 0.75
    assert np.diff(walk_of(score, shot(), FILM, 0.0).way).min() > 0, "it lingers, it does not stand"


def test_drawings_gather_at_the_clicks(clicked):
    song, score = clicked
    walk = walk_of(score, shot(), FILM, 0.0)
    drawn = np.array(place(walk, 240, 30.0, 5.0)) / 30
    near = sum(any(-0.04 <= moment - beat < 0.25 for beat in song.beats) for moment in drawn) / len(drawn)
    control = np.mean([any(-0.04 <= m - beat < 0.25 for beat in song.beats) for m in np.linspace(0, 8, 400)])
    assert near > control + 0.3


def test_a_shot_goes_on_where_the_one_before_ended(clicked):
    _, score = clicked
    whole = walk_of(score, shot(), FILM, 0.0).way
    second = walk_of(score, shot(start=120, frames=120), FILM, 0.0).way
    assert np.allclose(second, whole[120:])


def test_without_any_sound_the_walk_is_even():
    steps = np.diff(walk_of(toy_score(SECONDS), shot(), FILM, 0.0).way)
    assert np.allclose(steps, steps[0])


@settings(max_examples=40, deadline=None)
@given(
    frames=some.integers(1, 400), rate=some.sampled_from([23.976, 24.0, 30.0, 60.0]), budget=some.floats(0.1, 60),
    steps=some.lists(some.floats(0.001, 1), min_size=1, max_size=8),
)  # fmt: skip
def test_first_and_last_frame_are_drawn_and_no_gap_is_wide(frames, rate, budget, steps):
    way = np.cumsum(np.resize(np.array(steps), frames))
    progress = (way - way[0]) / (way[-1] - way[0]) if frames > 1 else np.zeros(1)
    drawn = place(Walk(way, progress), frames, rate, budget)
    assert drawn[0] == 0
    assert drawn[-1] == frames - 1
    assert list(drawn) == sorted(set(drawn))
    assert max(np.diff(drawn), default=0) <= max(1, int(WIDEST_GAP * rate))
    assert len(drawn) <= max(2, frames / rate * budget + 1) + frames / int(WIDEST_GAP * rate) + 1


def test_a_section_keeps_its_seed_and_shots_their_own():
    score = toy_score(SECONDS)
    shots = [shot(number=n + 1, start=60 * n, frames=60, seed=10 + n, prompt=f"p{n}") for n in range(4)]
    plans = [plan(score, one, surroundings(score, one, shots, FILM), FILM, 4.0) for one in shots]
    assert len({keys[0].noise[0] for keys in plans}) == 1
    assert len({keys[0].noise for keys in plans}) == 4
    assert plans[3][0].noise[1] == plans[0][0].noise[1], "it returns to the place that shot 1 showed"
    assert surroundings(score, shots[0], shots, FILM).following == shots[1]
    assert surroundings(score, shots[3], shots, FILM).following is None
    assert surroundings(score, shots[3], shots, FILM).anchor == shots[0]
    assert plans[0][0].share == 0
    assert plans[0][-1].share > 0.4
    assert all(key.share == 0 for key in plans[3])


def test_no_way_leads_to_a_shot_of_other_people():
    score = toy_score(SECONDS)
    first, second = shot(frames=60), shot(number=2, start=60, frames=60, stars=("ada",))
    assert surroundings(score, first, [first, second], FILM).following is None, (
        "other people: no way to go there"
    )
