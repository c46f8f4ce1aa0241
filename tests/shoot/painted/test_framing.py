"""Where stars are put: no bust ends in the picture, and captions lie on no brow and no lips, whatever the format."""

import pytest

from limelight.shoot.painted.compositions import COMPOSITIONS
from limelight.storyboard import Composition
from shoot.painted.test_camera import SIZES, ready

LEAVES = [Composition.CLOSE_UP, Composition.MEDIUM, Composition.EXTREME_CLOSE_UP, Composition.SILHOUETTE]
BROW, HAIR, LIPS = 0.5, 1.9, 1.45
"""Units from the eyes up to the brow and the hair's top, and down to the lower lip."""
CAPTIONS = {"9:16": (0.10, 0.27), "1:1": (0.78, 0.91), "16:9": (0.80, 0.915)}
"""Where the cut sets a line of lyrics in each format, shares of the height."""


def _composed(camera, plates, composition, aspect, stars=1):
    staging = camera._staging(ready(plates, composition, size=SIZES[aspect], stars=stars, captions="karaoke"))
    return staging, COMPOSITIONS[composition](staging)


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("composition", LEAVES)
@pytest.mark.parametrize("stars", [1, 2])
def test_a_bust_leaves_the_picture_at_its_lower_edge(camera, plates, composition, aspect, stars):
    staging, composed = _composed(camera, plates, composition, aspect, stars)
    for actor, spot in zip(staging.actors, composed._ensemble.places, strict=True):
        assert spot.y + actor.below * spot.unit >= staging.size[1]


@pytest.mark.parametrize("aspect", SIZES)
def test_somebody_in_the_water_stands_in_it_to_the_chest_and_not_to_the_chin(camera, plates, aspect):
    staging, composed = _composed(camera, plates, Composition.REFLECTION, aspect)
    (spot,) = composed._ensemble.places
    assert 3.2 < (composed._line - spot.y) / spot.unit < staging.actors[0].below


@pytest.mark.parametrize("composition", [*LEAVES, Composition.REFLECTION])
def test_in_upright_pictures_captions_stand_above_the_brow_and_mostly_above_the_hair(
    camera, plates, composition
):
    staging, composed = _composed(camera, plates, composition, "9:16")
    (spot,) = composed._ensemble.places
    low = CAPTIONS["9:16"][1] * staging.size[1]
    assert spot.y - BROW * spot.unit > low
    if composition is not Composition.EXTREME_CLOSE_UP:
        assert spot.y - HAIR * spot.unit > low - 0.03 * staging.size[1]


@pytest.mark.parametrize("composition", [*LEAVES, Composition.REFLECTION])
@pytest.mark.parametrize("aspect", ["1:1", "16:9"])
def test_elsewhere_captions_stand_below_the_lips(camera, plates, composition, aspect):
    staging, composed = _composed(camera, plates, composition, aspect)
    (spot,) = composed._ensemble.places
    assert spot.y + LIPS * spot.unit < CAPTIONS[aspect][0] * staging.size[1]


def test_the_uppermost_panel_of_an_upright_triptych_is_left_to_the_captions(camera, plates):
    _, composed = _composed(camera, plates, Composition.TRIPTYCH, "9:16")
    assert [panel.actor is not None for panel in composed._panels] == [False, True, True]
    _, broad = _composed(camera, plates, Composition.TRIPTYCH, "16:9")
    assert all(panel.actor is not None for panel in broad._panels)
