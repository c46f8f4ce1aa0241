import av
import numpy as np
import pytest

from limelight.cut.cutting import finish_take, take_key
from limelight.cut.label import MARGIN, Label
from limelight.storyboard import Format
from review.toy import panning, toy_score, toy_storyboard


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (720, 720), (114, 64)])
@pytest.mark.parametrize("ground", [0, 128, 255])
def test_it_can_be_read_on_any_ground_and_stays_in_its_corner(size, ground):
    width, height = size
    before = np.full((height, width, 3), ground, np.uint8)
    after = Label(Format(width=width, height=height)).over(before.copy())
    changed = np.argwhere((after != before).any(axis=2))
    assert changed.min() >= 0
    assert changed[:, 0].max() < 0.08 * height + 20
    assert changed[:, 1].max() < 0.6 * width + 40
    assert changed[:, 1].min() <= MARGIN * min(size) + 2
    assert after.max() > 220
    letters = after.min(axis=2) > 200
    around = after[tuple(changed.T)].max(axis=1) < 90
    assert letters.any()
    assert around.any() or ground == 0


def test_what_may_not_be_written_to_is_copied():
    picture = np.zeros((64, 114, 3), np.uint8)
    picture.setflags(write=False)
    assert Label(Format(width=114, height=64)).over(picture).any()
    assert not picture.any()


def test_it_is_in_the_take_only_where_it_is_asked_for(tmp_path):
    score, storyboard = toy_score(1.0), toy_storyboard((0, 6), size=(160, 90))
    corners = {}
    for label in (True, False):
        path = finish_take(
            (panning(1, index, (160, 90)) for index in range(6)), storyboard, 1, score,
            tmp_path / f"{label}.mp4", label=label,
        )  # fmt: skip
        with av.open(str(path)) as clip:
            corners[label] = next(clip.decode(video=0)).to_ndarray(format="gray")[:20].astype(int)
    assert np.abs(corners[True] - corners[False]).max() > 60
    keys = {
        take_key(storyboard, 1, score, label=label, mark=mark) for label in (True, False) for mark in "ab"
    }
    assert len(keys) == 4
