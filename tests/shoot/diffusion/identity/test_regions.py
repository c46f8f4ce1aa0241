"""Regions: where each person stands in a picture."""

import numpy as np
import pytest

from limelight.errors import InputError
from limelight.shoot.diffusion.identity.regions import Person, attention_masks, composed, layout, masks_of
from shoot.diffusion.starring import SIDE
from shoot.diffusion.tiny_pipelines import tiny_sd

pytestmark = pytest.mark.slow
SIZE = (2 * SIDE, SIDE)


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (64, 64)])
@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_regions_part_the_picture_and_never_overlap(people, size):
    regions = layout(people, size)
    masks = masks_of(regions, size)
    assert masks.shape == (people, size[1], size[0])
    assert masks.min() >= 0
    assert masks.sum(axis=0).max() <= 1 + 1e-5
    hard = masks_of(regions, size, soft=False)
    assert set(np.unique(hard)) <= {0.0, 1.0}
    assert hard.sum(axis=0).max() == 1
    assert hard.mean(axis=(1, 2)).min() > 0.9 / people * (0.96 if people > 1 else 0.9)
    assert attention_masks(regions, size)[0].shape == (1, people, size[1], size[0])


def test_nobody_and_crowds_have_no_regions():
    for people in (0, 5):
        with pytest.raises(InputError):
            layout(people, SIZE)
    with (
        pytest.raises(InputError, match="each needs one"),
        composed(tiny_sd(), [Person()], masks_of(layout(2, SIZE), SIZE)),
    ):
        pass
