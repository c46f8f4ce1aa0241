import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.catalogue import catalogue
from limelight.shoot.painted.palette import from_oklab, palette_of, to_oklab

LOOKS = catalogue().looks


@given(st.tuples(*[st.floats(0, 1)] * 3))
@settings(max_examples=60, deadline=None)
def test_oklab_there_and_back(color):
    assert from_oklab(to_oklab(np.array(color))) == pytest.approx(color, abs=2e-3)


def test_white_and_black_are_where_oklab_puts_them():
    assert to_oklab(np.ones(3)) == pytest.approx([1, 0, 0], abs=1e-3)
    assert to_oklab(np.zeros(3)) == pytest.approx([0, 0, 0], abs=1e-6)


def graded(look, valence, arousal=0.0):
    return to_oklab(palette_of(look, valence, arousal).table.reshape(-1, 3))


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_happier_the_lighter_and_more_colourful(look):
    levels = [graded(look, valence) for valence in (-0.9, -0.3, 0.3, 0.9)]
    lightness = [level[:, 0].mean() for level in levels]
    chroma = [np.hypot(level[:, 1], level[:, 2]).mean() for level in levels]
    assert lightness == sorted(lightness)
    assert chroma[-1] > chroma[0]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_table_keeps_dark_dark_and_light_light(look):
    table = palette_of(look, 0.2, 0.1).table
    greys = to_oklab(np.stack([table[i, i, i] for i in range(table.shape[0])]))[:, 0]
    assert (np.diff(greys) > -1e-3).all()
    assert greys[-1] - greys[0] > 0.4


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_anchors_run_from_dark_to_light(look):
    palette = palette_of(look, -0.4, 0.7)
    sums = [sum(palette.color(share)) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert sums == sorted(sums)
    assert len(palette.accent) == 3


def test_looks_have_four_moods_of_five_colours():
    assert len(LOOKS) >= 5
    for look in LOOKS:
        assert set(look.palettes) == {"sad-calm", "sad-wild", "happy-calm", "happy-wild"}
        assert all(len(colours) == 5 for colours in look.palettes.values())
        assert all(0 <= style < 26 for style in (*look.styles, *look.portrait_styles))
