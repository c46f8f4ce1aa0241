"""The cut-out against pictures that were mixed from a known person, a known matte and a known room."""

import cv2
import numpy as np
import pytest

from limelight.shoot.painted.bust import LENGTH, added, lengthen
from limelight.shoot.painted.cutout import foreground, refine_matte

UNIT = 40.0
HAIR, SHIRT, ROOM = (70, 40, 30), (30, 120, 130), (90, 210, 90)


def _scene(seed=3):
    """Person's colours, true matte with strands of hair, and the picture of her in a green room."""
    height, width = 260, 240
    random = np.random.default_rng(seed)
    wide = 4
    fine = np.zeros((height * wide, width * wide), np.uint8)
    cv2.ellipse(fine, (480, 420), (220, 280), 0, 0, 360, 255, -1)
    cv2.ellipse(fine, (480, 1100), (380, 360), 0, 0, 360, 255, -1)
    for angle in random.uniform(np.pi, 2 * np.pi, 110):
        way = np.array([np.cos(angle), np.sin(angle)])
        start = np.array([480, 420]) + way * (205, 265)
        end = start + way * random.uniform(20, 44) + random.normal(0, 8, 2)
        cv2.line(fine, start.astype(int).tolist(), end.astype(int).tolist(), 255, 4)
    matte = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    person = np.empty((height, width, 3), np.float32)
    person[...] = HAIR
    person[180:] = SHIRT
    person += random.normal(0, 6, person.shape)
    room = np.empty_like(person)
    room[...] = ROOM
    room += np.linspace(-20, 20, width)[None, :, None] + random.normal(0, 3, room.shape)
    mixed = person * matte[..., None] + room * (1 - matte[..., None])
    coarse = cv2.GaussianBlur((matte > 0.5).astype(np.float32), (0, 0), 3.0)
    coarse = cv2.warpAffine(
        coarse, np.float64([[1, 0, 2], [0, 1, -1]]), (width, height), flags=cv2.INTER_LINEAR
    )
    return person, matte, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), np.asarray(coarse, np.float32)


def _over(colors, matte, ground):
    return colors.astype(np.float32) * matte[..., None] + np.float32(ground) * (1 - matte[..., None])


def _greenness(picture, where):
    return float((picture[..., 1] - (picture[..., 0] + picture[..., 2]) / 2)[where].mean())


def test_the_matte_comes_near_the_true_one_and_the_mask_does_not():
    _, truth, picture, coarse = _scene()
    edge = cv2.dilate(((truth > 0.02) & (truth < 0.98)).astype(np.uint8), np.ones((5, 5))) > 0
    refined = refine_matte(coarse, picture, UNIT)
    error = float(np.abs(refined - truth)[edge].mean())
    assert error < 0.5 * float(np.abs(coarse - truth)[edge].mean())
    assert error < 0.12


@pytest.mark.parametrize("ground", [(235, 225, 240), (20, 20, 45)])
def test_over_any_background_the_edge_shows_nothing_of_the_room(ground):
    person, truth, picture, coarse = _scene()
    edge = (truth > 0.03) & (truth < 0.97) & (np.arange(len(truth))[:, None] < 170)
    matte = refine_matte(coarse, picture, UNIT)
    ideal = _greenness(_over(person, truth, ground), edge)
    made = _greenness(_over(foreground(picture, matte), matte, ground), edge)
    same_matte = _greenness(_over(picture, matte, ground), edge)
    as_it_was = _greenness(_over(picture, coarse, ground), edge)
    assert abs(made - ideal) < 4
    assert same_matte - ideal > 10  # control: a good matte alone carries the room along
    assert as_it_was - ideal > 20  # control: neither of the two


def test_the_foreground_is_the_person_where_she_is_and_goes_on_beyond():
    person, truth, picture, _ = _scene()
    found = foreground(picture, truth).astype(np.float32)
    inside = truth > 0.995
    assert np.abs(found - person)[inside].mean() < 2
    part = (truth > 0.2) & (truth < 0.8) & (np.arange(len(truth))[:, None] < 170)
    assert np.abs(found - HAIR)[part].mean() < 18
    assert np.abs(picture.astype(np.float32) - HAIR)[part].mean() > 35  # control: as the camera saw it
    assert np.abs(found[100, 5] - HAIR).max() < 40
    assert np.abs(found[230, 5] - SHIRT).max() < 40


def test_a_mask_without_certain_places_is_left_alone():
    picture = np.full((20, 20, 3), 128, np.uint8)
    for value in (0.0, 0.5, 1.0):
        mask = np.full((20, 20), value, np.float32)
        assert np.array_equal(refine_matte(mask, picture, UNIT), mask)


def _torso(skin_from=0, skin_to=0):
    """A premultiplied sprite whose shoulders widen downwards, cut at its lower edge; its skin."""
    height, width = 120, 240
    sprite = np.zeros((height, width, 4), np.uint8)
    for row in range(40, height):
        half = 40 + (row - 40) // 2
        sprite[row, 120 - half : 120 + half] = (*SHIRT, 255)
    skin = np.zeros((height, width), np.float32)
    skin[:, skin_from:skin_to] = 1
    if skin_to:
        sprite[60:, skin_from:skin_to] = (220, 160, 130, 255)
    return sprite, skin


def test_clothes_go_on_below_the_footage_without_a_gap_or_a_seam():
    sprite, skin = _torso()
    longer = lengthen(sprite, skin, UNIT)
    assert longer.shape == (120 + added(UNIT), 240, 4)
    assert added(UNIT) == round(LENGTH * UNIT)
    assert np.array_equal(longer[:110], sprite[:110])
    below = longer[120:160]
    assert (below[:, 120, 3] == 255).all()
    widths = (longer[100:165, :, 3] > 127).sum(axis=1).astype(int)
    assert (np.diff(widths) >= -2).all()  # goes on outwards, never in
    assert np.abs(np.diff(longer[112:124, 120, :3].astype(int), axis=0)).max() < 12  # no seam
    assert longer[160, 120, :3].sum() < longer[122, 120, :3].sum()  # into shadow


def test_skin_at_the_lower_edge_ends_in_a_neckline():
    sprite, skin = _torso(100, 140)
    longer = lengthen(sprite, skin, UNIT).astype(int)
    red_above, red_below = longer[119, 120, 0], longer[150, 120, 0]
    assert red_above > 180
    assert red_below < 60  # clothes, though their colour is nowhere in this column
    assert (longer[119:160, 120, 3] == 255).all()


def test_a_sprite_that_is_empty_below_stays_empty_there():
    sprite, skin = _torso()
    sprite[80:] = 0
    assert not lengthen(sprite, skin, UNIT)[100:].any()
