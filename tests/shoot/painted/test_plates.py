import hashlib
from dataclasses import replace

import numpy as np
import pytest

from limelight.catalogue import catalogue
from limelight.errors import InputError
from limelight.shoot.painted.plates import (
    Place,
    cached_plate,
    load_plate,
    paint_plate,
    plate_key,
    plate_size,
    save_plate,
    style_of,
)
from limelight.shoot.painted.scenery import PAINTERS
from limelight.storyboard import Imagery

TOY = (128, 72)
LOOK = catalogue().look("painted")


def paint(
    scenery,
    time="day",
    weather="clear",
    elements=(),
    *,
    look=LOOK,
    valence=0.0,
    arousal=0.0,
    size=TOY,
    seed=1,
    space=None,
):
    imagery = Imagery(scenery=scenery, time_of_day=time, weather=weather, elements=elements)
    return paint_plate(Place(imagery, look, valence, arousal, size, seed, space), None)


def brightness(plate):
    return float(plate.flat().mean())


def check(plate):
    width, height = plate.size
    assert plate.layers[0].rgba[..., 3].min() == 255, "the back is opaque"
    assert list(plate.layers) == sorted(plate.layers, key=lambda layer: layer.depth)
    for layer in plate.layers:
        assert layer.rgba.shape == (height, width, 4)
        assert layer.rgba.dtype == np.uint8
        assert 0 <= layer.depth <= 1
        assert (layer.rgba[..., :3] <= layer.rgba[..., 3:]).all(), "premultiplied"
    assert 0 < plate.horizon < 1
    assert plate.horizon < plate.ground <= 1
    assert plate.flat().std() > 5, "something is to be seen"


def test_every_scenery_of_the_catalogue_has_a_painter_and_no_painter_is_left_over():
    assert set(PAINTERS) == {scenery.name for scenery in catalogue().sceneries}


@pytest.mark.parametrize("scenery", catalogue().sceneries, ids=lambda scenery: scenery.name)
def test_every_time_weather_and_element_of_the_catalogue_is_painted(scenery):
    for turn in range(max(len(scenery.times), len(scenery.weathers))):
        time = scenery.times[turn % len(scenery.times)]
        weather = scenery.weathers[turn % len(scenery.weathers)]
        check(paint(scenery.name, time, weather, scenery.elements if turn == 0 else ()))


@pytest.mark.parametrize("element", [element.name for element in catalogue().elements])
def test_every_element_changes_the_picture(element):
    cheap = ("desert", "interior", "rain-street", "night-sky", "sea", "lake", "forest", "fields")
    scenery = next(name for name in cheap if element in catalogue().scenery(name).elements)
    time = "day" if element == "lamp" else catalogue().scenery(scenery).times[0]
    weather = catalogue().scenery(scenery).weathers[0]
    plain, asked = (paint(scenery, time, weather, elements).flat() for elements in ((), (element,)))
    assert (plain != asked).any()


def test_the_same_seed_paints_the_same_plate_and_another_seed_another():
    first, again, other = (paint("desert", seed=seed) for seed in (5, 5, 6))
    for one, two in zip(first.layers, again.layers, strict=True):
        assert (one.rgba == two.rgba).all()
    assert np.abs(first.flat().astype(int) - other.flat()).mean() > 4


@pytest.mark.parametrize("scenery", ["sea", "desert", "city"])
def test_night_is_darker_than_day(scenery):
    assert brightness(paint(scenery, "night")) < 0.7 * brightness(paint(scenery, "day"))


@pytest.mark.parametrize("scenery", ["mountains", "city"])
def test_mist_hides_what_is_far(scenery):
    clear, misty = (paint(scenery, "day", weather).layers[1].rgba for weather in ("clear", "mist"))
    both = (clear[..., 3] > 250) & (misty[..., 3] > 250)
    assert misty[both].std(axis=0)[:3].mean() < clear[both].std(axis=0)[:3].mean()


def test_all_looks_paint_and_differ():
    pictures = {look.name: paint("desert", "dusk", look=look).flat() for look in catalogue().looks}
    assert len(pictures) >= 5
    digests = {hashlib.sha256(picture.tobytes()).digest() for picture in pictures.values()}
    assert len(digests) == len(pictures)


@pytest.mark.parametrize("size", [(128, 72), (72, 128), (96, 96)])
def test_every_format_is_composed_for_itself(size):
    for scenery in ("rain-street",):
        plate = paint(scenery, "dusk", catalogue().scenery(scenery).weathers[0], size=size)
        assert plate.size == plate_size(size)
        check(plate)


def test_the_light_leaves_room_for_the_star():
    for seed in range(2):
        assert paint("abstract", "dusk", space="left", seed=seed).light[0] > 0.55
        assert paint("abstract", "dusk", space="right", seed=seed).light[0] < 0.45


def test_unknown_places_and_things_are_refused_by_name():
    with pytest.raises(InputError, match="atlantis"):
        paint("atlantis")
    with pytest.raises(InputError, match="noon"):
        paint("sea", "noon")
    with pytest.raises(InputError, match="unicorn"):
        paint("sea", elements=("unicorn",))


def test_the_wilder_the_mood_the_wilder_the_style():
    assert style_of(LOOK, -1.0) == {LOOK.styles[0]: 1.0}
    assert style_of(LOOK, 1.0) == {LOOK.styles[-1]: 1.0}
    assert sum(style_of(LOOK, 0.3).values()) == pytest.approx(1.0)


def test_a_plate_survives_the_cache_unchanged(tmp_path):
    plate = paint("neon-grid", "dusk")
    save_plate(tmp_path / "a.plate", plate)
    kept = load_plate(tmp_path / "a.plate")
    assert kept is not None
    assert replace(kept, layers=()) == replace(plate, layers=())
    for one, two in zip(plate.layers, kept.layers, strict=True):
        assert one.depth == two.depth
        assert (one.rgba == two.rgba).all()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "no-plate"])
def test_a_broken_plate_is_painted_again(tmp_path, damage):
    imagery = Imagery(scenery="abstract")
    path = tmp_path / "new" / "a.plate"
    good = cached_plate(path, lambda: paint_plate(Place(imagery, LOOK, 0, 0, TOY, 1), None))
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        middle = len(content) // 2
        content[middle : middle + 40] = bytes(40)
    elif damage == "empty":
        content = bytearray()
    else:
        content = bytearray(b"PK\x05\x06" + bytes(18))
    path.write_bytes(bytes(content))
    assert load_plate(path) is None
    assert not path.exists()
    again = cached_plate(path, lambda: paint_plate(Place(imagery, LOOK, 0, 0, TOY, 1), None))
    assert (again.flat() == good.flat()).all()
    assert path.exists()


def test_a_kept_plate_is_not_painted_again(tmp_path):
    painted = []

    def once():
        painted.append(paint_plate(Place(Imagery(scenery="abstract"), LOOK, 0, 0, TOY, 1), None))
        return painted[0]

    for _ in range(2):
        assert (cached_plate(tmp_path / "a.plate", once).flat() == painted[0].flat()).all()
    assert len(painted) == 1


def test_the_key_knows_every_input_but_the_words():
    base = Imagery(scenery="sea")
    keys = {
        plate_key(Place(base, LOOK, 0, 0, TOY, 1), None),
        plate_key(Place(Imagery(scenery="lake"), LOOK, 0, 0, TOY, 1), None),
        plate_key(Place(base, catalogue().look("noir"), 0, 0, TOY, 1), None),
        plate_key(Place(base, LOOK, 0.1, 0, TOY, 1), None),
        plate_key(Place(base, LOOK, 0, 0.1, TOY, 1), None),
        plate_key(Place(base, LOOK, 0, 0, (72, 128), 1), None),
        plate_key(Place(base, LOOK, 0, 0, TOY, 2), None),
        plate_key(Place(base, LOOK, 0, 0, TOY, 1, "left"), None),
    }
    assert len(keys) == 8
    assert plate_key(Place(Imagery(scenery="sea", words=("wave",)), LOOK, 0, 0, TOY, 1), None) in keys
