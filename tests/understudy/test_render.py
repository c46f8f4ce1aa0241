import numpy as np
import pytest

from limelight.errors import InputError, SettingsError
from limelight.understudy.casting import UnknownUnderstudyError, cast, understudy
from limelight.understudy.render import Expression, Performer

SIZE = (240, 180)


@pytest.fixture(scope="module")
def ada() -> Performer:
    return Performer(understudy("ada"), size=SIZE, samples=1)


@pytest.fixture(scope="module")
def kofi() -> Performer:
    return Performer(understudy("kofi"), size=SIZE, samples=1)


def change(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other.astype(int)).max(-1)


def test_the_same_frame_twice_is_the_same_to_the_bit(ada: Performer) -> None:
    expression = Expression(yaw=12, blendshapes={"jawOpen": 0.3})
    assert (ada.frame(expression).rgb == ada.frame(expression).rgb).all()


def test_a_seed_changes_the_backdrop_alone() -> None:
    one, other = (
        Performer(understudy("kofi"), size=SIZE, samples=1, seed=seed).frame(Expression()) for seed in (1, 2)
    )
    assert (one.matte == other.matte).all()
    inside, outside = one.matte == 255, one.matte == 0
    assert change(one.rgb, other.rgb)[inside].max() <= 1  # hair at 255 may let half a code through
    assert (one.rgb[outside] != other.rgb[outside]).any()


def test_the_matte_covers_the_head_and_leaves_head_room(ada: Performer) -> None:
    frame = ada.frame(Expression())
    for x, y in frame.landmarks.values():
        assert frame.matte[round(y) + (3 if y < 60 else 0), round(x)] == 255
    assert frame.matte[:6].max() == 0
    assert frame.matte[-1, SIZE[0] // 2] == 255
    assert 0.2 < (frame.matte > 127).mean() < 0.7


def test_the_head_takes_half_the_height(ada: Performer, kofi: Performer) -> None:
    for performer in (ada, kofi):
        crown, chin, _ = performer.figure.frame
        ends = performer._projected(np.array([[0, crown, 1.0], [0, chin, 1.0]], np.float32))[:, 1]
        assert 0.45 < np.ptp(ends) / SIZE[1] < 0.60


def test_the_nose_goes_to_the_pictures_right_with_yaw_and_up_with_pitch(ada: Performer) -> None:
    def nose(**pose: float) -> np.ndarray:
        marks = ada.frame(Expression(**pose)).landmarks
        return np.subtract(marks["nose"], np.mean([marks["left_eye"], marks["right_eye"]], axis=0))

    across = [nose(yaw=angle)[0] for angle in (-40, -20, 0, 20, 40)]
    assert (np.diff(across) > 3).all()
    assert abs(across[2]) < 1
    down = [nose(pitch=angle)[1] for angle in (-20, 0, 20)]
    assert (np.diff(down) < -2).all()


def test_a_roll_lowers_the_own_left_eye(ada: Performer) -> None:
    marks = ada.frame(Expression(roll=20)).landmarks
    assert marks["left_eye"][1] - marks["right_eye"][1] > 5
    assert marks["left_eye"][0] > marks["right_eye"][0]


def test_opening_the_mouth_changes_the_mouth_and_not_the_brow(ada: Performer) -> None:
    shut, wide = ada.frame(Expression()), ada.frame(Expression(blendshapes={"jawOpen": 0.5}))
    moved = change(shut.rgb, wide.rgb) > 24
    eyes = round(shut.landmarks["left_eye"][1])
    mouth_x, mouth_y = map(round, shut.landmarks["mouth"])
    assert moved[: eyes + 4].sum() == 0
    assert moved[mouth_y - 6 : mouth_y + 14, mouth_x - 12 : mouth_x + 12].mean() > 0.25


def test_the_opening_of_the_mouth_is_told(ada: Performer) -> None:
    openings = [
        ada.frame(Expression(blendshapes={"jawOpen": jaw})).mouth_opening for jaw in (0, 0.2, 0.4, 0.7)
    ]
    assert openings[0] == pytest.approx(0, abs=0.004)
    assert (np.diff(openings) > 0.02).all()


def test_closing_one_eye_leaves_the_other(ada: Performer) -> None:
    open_eyes, wink = ada.frame(Expression()), ada.frame(Expression(blendshapes={"eyeBlinkLeft": 1.0}))
    moved = change(open_eyes.rgb, wink.rgb) > 24
    left, right = (tuple(map(round, open_eyes.landmarks[eye])) for eye in ("left_eye", "right_eye"))
    assert moved[left[1] - 4 : left[1] + 5, left[0] - 8 : left[0] + 9].mean() > 0.15
    assert moved[right[1] - 4 : right[1] + 5, right[0] - 8 : right[0] + 9].sum() == 0


def test_looking_aside_moves_the_iris_alone(ada: Performer) -> None:
    ahead, aside = ada.frame(Expression()), ada.frame(Expression(gaze=(20, 0)))
    rows, columns = np.nonzero(change(ahead.rgb, aside.rgb) > 40)
    eyes = np.array([ahead.landmarks["left_eye"], ahead.landmarks["right_eye"]])
    assert len(rows) > 5
    assert np.abs(rows - eyes[:, 1].mean()).max() < 9
    assert min(np.abs(columns - x).min() for x in eyes[:, 0]) < 8


def test_a_hand_hides_the_nose_on_its_way_only(kofi: Performer) -> None:
    bare = kofi.frame(Expression())
    x, y = map(round, bare.landmarks["nose"])
    assert change(bare.rgb, kofi.frame(Expression(hand=0.5)).rgb)[y - 3 : y + 4, x - 3 : x + 4].max() > 10
    assert change(bare.rgb, kofi.frame(Expression(hand=0.02)).rgb)[y - 3 : y + 4, x - 3 : x + 4].max() < 10


def test_leaning_in_makes_the_face_larger(kofi: Performer) -> None:
    def apart(lean: float) -> float:
        marks = kofi.frame(Expression(lean=lean)).landmarks
        return marks["left_eye"][0] - marks["right_eye"][0]

    assert apart(-1.8) < apart(0) * 0.92 < apart(0) * 1.08 < apart(2.2)


def test_different_people_look_different(ada: Performer, kofi: Performer) -> None:
    one, other = ada.frame(Expression()), kofi.frame(Expression())
    both = (one.matte == 255) & (other.matte == 255)
    assert np.abs(one.rgb[both].astype(int) - other.rgb[both]).mean() > 15


@pytest.mark.parametrize(
    ("light", "size"), [("warm", (320, 180)), ("cool", (180, 320)), ("flat", (200, 200))]
)
def test_any_light_and_shape_of_picture(light: str, size: tuple[int, int]) -> None:
    frame = Performer(understudy("kofi"), size=size, light=light, backdrop="studio", samples=1.5).frame(
        Expression()
    )
    assert frame.rgb.shape == (size[1], size[0], 3)
    assert frame.rgb.std() > 20


def test_wrong_names_are_answered_with_the_right_ones(kofi: Performer) -> None:
    with pytest.raises(InputError, match="jawOpen"):
        kofi.frame(Expression(blendshapes={"jawWide": 1.0}))
    with pytest.raises(SettingsError, match="soft"):
        Performer(understudy("kofi"), light="moon")
    with pytest.raises(SettingsError, match="studio"):
        Performer(understudy("kofi"), backdrop="beach")
    with pytest.raises(UnknownUnderstudyError, match="ada"):
        understudy("nobody")


def test_the_cast_is_five_people_or_more_of_many_kinds() -> None:
    people = cast()
    assert len(people) >= 5
    assert len({person.name for person in people}) == len(people)
    assert len({person.hair.style for person in people}) >= 4
    tones = sorted(sum(person.skin.tone) / 3 for person in people)
    assert tones[0] < 0.3
    assert tones[-1] > 0.7
    assert {person.male > 0.5 for person in people} == {True, False}
