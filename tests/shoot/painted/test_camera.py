import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from limelight.backends import load
from limelight.catalogue import catalogue
from limelight.errors import BackendError, ConsentError, InputError
from limelight.events import ignore
from limelight.score import BeatGrid, Voice
from limelight.shoot.painted.camera import PaintedCamera, _plate_path, energy_of, roles_of, side_of
from limelight.shoot.painted.performance import KEPT_AS, Performance
from limelight.shoot.painted.rotoscope import expose
from limelight.shoot.painted.sprites import coat_of, sprite_name
from limelight.storyboard import Composition, Imagery
from shoot.painted.drawn_star import drawn_star, dress, lay_plate, performance, score, sheet

SIZES = {"16:9": (160, 90), "9:16": (90, 160), "1:1": (96, 96)}
LOOK = catalogue().look("painted")


def ready(folder, composition="close-up", *, stars=1, size=(160, 90), **given):
    """A call sheet whose plate and sprites are all there: nothing is left to paint."""
    cast = [drawn_star(name) for name in ("nell", "otto")[:stars]]
    given = {"valence": 0.3, "arousal": 0.3} | given
    made = sheet(folder, composition, cast=cast, size=size, **given)
    for likeness in cast:
        dress(likeness, coat_of(LOOK, given["valence"], given["arousal"], made.shot.style_strength))
    kept = folder / f"bare-{size[0]}-{size[1]}"
    if not kept.exists():
        lay_plate(kept, made.shot, size)
    if not _plate_path(made).exists():
        shutil.copy(kept, _plate_path(made))
    return made


def test_the_camera_comes_through_its_entry_point():
    assert load("cameras", "painted") is PaintedCamera


@pytest.mark.parametrize("aspect", SIZES)
@pytest.mark.parametrize("composition", Composition)
def test_every_composition_gives_the_exact_frames_in_every_aspect_with_none_one_and_two_stars(
    camera, plates, composition, aspect
):
    size = SIZES[aspect]
    for stars in (0, 1, 2):
        made = ready(plates, composition, stars=stars, size=size)
        assert camera.tasks([made]) == []
        pictures = list(camera.shoot(made))
        assert len(pictures) == made.shot.frames
        for picture in pictures:
            assert picture.shape == (size[1], size[0], 3)
            assert picture.dtype == np.uint8
            assert picture.std() > 4  # something is there


@pytest.mark.parametrize("composition", ["close-up", "double-exposure", "medallion", "windows", "wide"])
def test_the_star_is_in_the_picture(camera, plates, composition):
    with_star = np.stack(list(camera.shoot(ready(plates, composition, captions="none"))))
    without = np.stack(list(camera.shoot(ready(plates, composition, captions="none", stars=0))))
    assert np.abs(with_star.astype(int) - without).mean() > 1  # all else is the same to the last grain


def test_heads_turn_as_far_as_the_footage_and_the_shot_say():
    film = sheet(Path(), "medium", cast=[drawn_star()])
    looks = {seed: roles_of(film.shot.model_copy(update={"seed": seed}))[0][1] for seed in range(4)}
    assert {side_of(film.shot.model_copy(update={"seed": seed})): turn > 0 for seed, turn in looks.items()} == {
        "left": True, "right": False,
    }  # fmt: skip
    pair = film.shot.model_copy(update={"stars": ("nell", "otto")})
    assert roles_of(pair)[0][1] == -roles_of(pair)[1][1] > 0
    three = film.shot.model_copy(update={"composition": Composition.TRIPTYCH})
    assert [turn for _, turn in roles_of(three)] == [15.0, 0.0, -15.0]
    played, quiet = performance(), np.zeros(450, np.float32)
    turned = [played.yaw[expose(played, quiet, 30.0, 1, turn).drawings].mean() for turn in (0.0, 8.0, 60.0)]
    assert turned[0] + 1 < turned[1] == turned[2] <= 8


def test_choruses_have_more_energy_than_verses_of_the_same_mood(plates):
    made = ready(plates)
    verse, chorus = (made.shot.model_copy(update={"section": label}) for label in ("verse", "chorus"))
    assert energy_of(verse) < made.shot.arousal < energy_of(chorus) <= 1


def test_water_mirrors_what_stands_above_it(camera, plates):
    made = ready(plates, "reflection", captions="none", size=(160, 160), move="hold")
    without = ready(plates, "reflection", captions="none", size=(160, 160), move="hold", stars=0)
    person = np.abs(next(camera.shoot(made)).astype(int) - next(camera.shoot(without))).sum(-1)
    line = round(0.64 * 160)
    above, below = person[:line], person[line:]
    columns = above.sum(axis=0) > 0.2 * above.sum(axis=0).max()
    assert below[:20].sum() > 0
    assert below[:20][:, columns].mean() > 4 * below[:20][:, ~columns].mean()


def test_a_silhouette_is_darker_than_the_place_behind_it(camera, plates):
    made = ready(plates, "silhouette", captions="none")
    dark, empty = (
        next(camera.shoot(made)),
        next(camera.shoot(ready(plates, "silhouette", captions="none", stars=0))),
    )
    person = np.abs(dark.astype(int) - empty).sum(-1) > 60
    assert person.mean() > 0.05
    assert dark[person].mean() < 0.6 * empty[person].mean()


def test_the_same_sheet_gives_the_same_pictures_in_another_camera(camera, plates):
    made = ready(plates, "close-up")
    first = np.stack(list(camera.shoot(made)))
    with PaintedCamera() as other:
        assert np.array_equal(first, np.stack(list(other.shoot(made))))
    assert not np.array_equal(first, np.stack(list(camera.shoot(ready(plates, "close-up", seed=9)))))


def test_a_shot_of_one_frame_and_one_without_beats_voice_or_words(camera, plates):
    silent = score().model_copy(
        update={
            "rhythm": BeatGrid(tempo=0),
            "voice": Voice(),
            "lyrics": score().lyrics.model_copy(update={"lines": ()}),
        }
    )
    for composition in Composition:
        assert len(list(camera.shoot(ready(plates, composition, frames=1, heard=silent)))) == 1


def test_what_is_far_away_in_the_score_does_not_change_a_shot(plates):
    camera = PaintedCamera()
    heard = score(20.0)
    shown = {"start": 90, "frames": 60}
    before = camera.depends_on(ready(plates, heard=heard, **shown))
    far = np.array(heard.voice.envelope)
    far[15 * 50 :] = 0.5
    lines = tuple(
        line.model_copy(update={"text": "other"}) if line.start > 15 else line for line in heard.lyrics.lines
    )
    edited = heard.model_copy(
        update={
            "voice": Voice(rate=50, envelope=tuple(far.tolist())),
            "rhythm": heard.rhythm.model_copy(
                update={"beats": tuple(b for b in heard.rhythm.beats if b < 15), "downbeats": ()}
            ),
            "lyrics": heard.lyrics.model_copy(update={"lines": lines[:-1]}),
        }
    )
    after = camera.depends_on(ready(plates, heard=edited, **shown))
    assert {key for key in before if before[key] != after[key]} == {"beats"}  # its downbeats went
    whole = edited.model_copy(update={"rhythm": heard.rhythm})
    assert camera.depends_on(ready(plates, heard=whole, **shown)) == before


@pytest.mark.parametrize("what", ["voice", "beats", "words"])
def test_what_is_heard_in_a_shot_does(plates, what):
    camera = PaintedCamera()
    heard = score(20.0)
    shown = {"start": 90, "frames": 60}
    near = np.array(heard.voice.envelope)
    near[4 * 50] = 1.0
    words = heard.lyrics.lines[1].words
    line = heard.lyrics.lines[1].model_copy(
        update={"words": (*words[:-1], words[-1].model_copy(update={"text": "river"}))}
    )
    edits = {
        "voice": {"voice": Voice(rate=50, envelope=tuple(near.tolist()))},
        "beats": {"rhythm": BeatGrid(tempo=120, beats=tuple(b + 0.05 for b in heard.rhythm.beats))},
        "words": {
            "lyrics": heard.lyrics.model_copy(
                update={"lines": tuple(line if i == 1 else x for i, x in enumerate(heard.lyrics.lines))}
            )
        },
    }
    before = camera.depends_on(ready(plates, heard=heard, **shown))
    after = camera.depends_on(ready(plates, heard=heard.model_copy(update=edits[what]), **shown))
    assert what in {key for key in before if before[key] != after[key]}


def test_words_and_voice_count_only_where_they_are_seen(plates):
    camera = PaintedCamera()
    assert "words" not in camera.depends_on(ready(plates, captions="karaoke"))
    assert "voice" not in camera.depends_on(ready(plates, stars=0))


def test_another_likeness_is_another_shot(plates):
    camera = PaintedCamera()
    one, two = ready(plates), ready(plates)
    two.cast["nell"].digest = "f" * 64
    differing = {key for key, value in camera.depends_on(one).items() if camera.depends_on(two)[key] != value}
    assert differing == {"star nell"}


def test_a_refusal_comes_out_before_the_first_picture(camera, plates):
    made = ready(plates)
    made.cast["nell"].revoked_after = 0
    with pytest.raises(ConsentError):
        next(camera.shoot(made))


def test_a_revocation_stops_a_shot_within_a_second(camera, plates):
    seen = 0
    for _ in _until_refused(camera, ready(plates, frames=70)):
        seen += 1
    assert seen == 30


def _until_refused(camera, made):
    made.cast["nell"].revoked_after = 1
    try:
        yield from camera.shoot(made)
    except ConsentError:
        return


def test_tasks_name_what_is_missing_and_shots_share_it(plates):
    bare = drawn_star()
    lonely = [
        sheet(plates, cast=[bare], imagery=Imagery(scenery="desert"), seed=seed, number=number)
        for number, seed in ((1, 6), (2, 12))
    ]
    tasks = PaintedCamera().tasks(lonely)
    assert tasks[0] == "plate 1"
    assert "plate 2" not in tasks
    assert all(task.startswith("sprites nell ") for task in tasks[1:])
    assert len(tasks) > 1
    bare.kept.clear()
    assert PaintedCamera().tasks(lonely) == ["plate 1", "performance nell"]


def test_unknown_tasks_looks_and_unopened_stars_are_explained(camera, plates):
    with pytest.raises(BackendError, match="tasks"):
        camera.prepare("polish the lens", [], ignore)
    with pytest.raises(InputError, match="painted"):
        camera.tasks([sheet(plates, look="velvet")])
    with pytest.raises(BackendError, match="nell"):
        next(camera.shoot(sheet(plates, stars=("nell",))))


def test_sprites_are_named_by_all_that_makes_them():
    played = Performance.from_bytes(drawn_star().recall(KEPT_AS))
    calm, wild = coat_of(LOOK, 0.3, -0.5, 0.8), coat_of(LOOK, 0.3, 0.5, 0.8)
    names = {
        sprite_name(played, d, coat) for d in (0, 1) for coat in (calm, wild, coat_of(LOOK, 0.3, -0.5, 0.7))
    }
    assert len(names) == 6


def test_light_never_flashes(camera, plates):
    """WCAG 2.3.1: no pair of opposing changes of 10 % of relative luminance, let alone three in a second."""
    for composition in Composition:
        made = ready(plates, composition, frames=45, arousal=1.0, captions="none")
        luminance = []
        for picture in camera.shoot(made):
            linear = (picture.reshape(-1, 3)[::7] / 255.0) ** 2.2
            luminance.append(float((linear @ [0.2126, 0.7152, 0.0722]).mean()))
        swings = _swings(np.array(luminance))
        assert sum(size >= 0.1 for size in swings) < 3, (composition, swings)


def _swings(values):
    """Sizes of the monotone stretches of a curve."""
    turns = [0, *(np.flatnonzero(np.diff(np.sign(np.diff(values))) != 0) + 1), len(values) - 1]
    return [abs(values[b] - values[a]) for a, b in itertools.pairwise(turns)]
