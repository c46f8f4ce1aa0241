import json

import av
import numpy as np
import pytest
from PIL import Image

from limelight.cut.cutting import Cut, cut_film, finish_take, take_key
from limelight.cut.poster import frame_of, poster_frame, write_poster
from limelight.errors import MediaError
from limelight.events import FileWritten
from limelight.storyboard import CaptionStyle, Composition, Transition
from review.toy import line, make_film, panning, toy_score, toy_storyboard, write_tone

LINES = [line("we were painted in light", 0.3), line("under a million stars", 2.2)]


@pytest.fixture
def score():
    return toy_score(3.0, lines=LINES)


@pytest.fixture
def storyboard():
    return toy_storyboard((0, 30, 60, 90), size=(160, 90), captions=CaptionStyle.KARAOKE)


def test_the_film_and_what_lies_beside_it(tmp_path, score, storyboard):
    song = write_tone(tmp_path / "song.wav", 3.0)
    path = make_film(tmp_path, storyboard, score, song)
    with av.open(str(path)) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 90
        assert clip.metadata["title"] == "Toy"
        assert clip.metadata["artist"] == "Nobody"
    assert path.with_suffix(".vtt").read_text().startswith("WEBVTT")
    assert "painted" in path.with_suffix(".lrc").read_text()
    timeline = json.loads(path.with_suffix(".otio").read_text())
    assert len(timeline["tracks"]["children"][0]["children"]) == 3
    with Image.open(path.with_suffix(".jpg")) as poster:
        assert poster.size == (160, 90)
    assert not [p.name for p in tmp_path.iterdir() if ".part" in p.name]


def test_a_song_without_words_has_no_subtitles(tmp_path, storyboard):
    score = toy_score(3.0)
    song = write_tone(tmp_path / "song.wav", 3.0)
    path = make_film(tmp_path, storyboard, score, song)
    assert not path.with_suffix(".vtt").exists()
    assert not path.with_suffix(".lrc").exists()


def test_files_are_told(tmp_path, score, storyboard):
    takes = [
        finish_take(
            (panning(s.number, i, (160, 90)) for i in range(s.start, s.end)), storyboard, s.number, score,
            tmp_path / f"{s.number:04d}.mp4",
        )
        for s in storyboard.shots
    ]  # fmt: skip
    told = []
    film = Cut(timeline=False).run(
        takes, None, score, storyboard, out=tmp_path / "film.mp4", tell=told.append
    )
    assert [e.what for e in told if isinstance(e, FileWritten)] == ["film", "poster", "subtitles", "lyrics"]
    assert film.timeline is None
    assert film.joined.sound_seconds == 0


def test_captions_are_in_the_picture_only_where_the_cut_draws_them(tmp_path, score):
    lit = {}
    for style in CaptionStyle:
        storyboard = toy_storyboard((0, 30), size=(160, 90), captions=style)
        pictures = (np.full((90, 160, 3), 60, np.uint8) for _ in range(30))
        take = finish_take(pictures, storyboard, 1, score, tmp_path / f"{style.value}.mp4")
        lit[style] = int((frame_of(take, 15, storyboard.format.rate) > 150).sum())
    assert lit[CaptionStyle.KARAOKE] > 50
    assert lit[CaptionStyle.NONE] == lit[CaptionStyle.IN_PICTURE] == 0


def test_read_only_pictures_are_drawn_into_a_copy(tmp_path, score):
    storyboard = toy_storyboard((0, 30), size=(160, 90), captions=CaptionStyle.KARAOKE)
    picture = np.full((90, 160, 3), 60, np.uint8)
    picture.flags.writeable = False
    finish_take([picture] * 30, storyboard, 1, score, tmp_path / "take.mp4")
    assert (picture == 60).all()


def changed(storyboard, number, **update):
    shots = list(storyboard.shots)
    shots[number - 1] = shots[number - 1].model_copy(update=update)
    return storyboard.model_copy(update={"shots": tuple(shots)})


def test_a_takes_key_changes_with_what_decides_it_and_with_nothing_else(score, storyboard):
    key = take_key(storyboard, 1, score)
    assert take_key(storyboard, 1, score) == key
    assert take_key(changed(storyboard, 1, locked=True), 1, score) == key
    assert take_key(changed(storyboard, 2, seed=99), 1, score) == key
    assert take_key(changed(storyboard, 3, transition=Transition.WHIP), 1, score) == key
    assert take_key(storyboard, 1, toy_score(3.0, lines=[LINES[0], line("other words", 2.2)])) == key
    assert take_key(changed(storyboard, 1, seed=99), 1, score) != key
    assert take_key(changed(storyboard, 2, transition=Transition.WHIP), 1, score) != key
    assert take_key(storyboard, 1, toy_score(3.0, lines=[line("other words", 0.3), LINES[1]])) != key
    without = changed(storyboard, 1, captions=CaptionStyle.NONE)
    assert take_key(without, 1, score) == take_key(without, 1, toy_score(3.0))


def test_the_poster_shows_the_star_large(storyboard):
    shots = (
        storyboard.shots[0].model_copy(update={"composition": Composition.WIDE, "stars": ("ada",)}),
        storyboard.shots[1].model_copy(update={"composition": Composition.CLOSE_UP, "stars": ("ada",)}),
        storyboard.shots[2].model_copy(update={"composition": Composition.CLOSE_UP}),
    )
    assert poster_frame(storyboard.model_copy(update={"shots": shots})) == 45


def test_any_frame_is_found_as_a_still(tmp_path, score):
    storyboard = toy_storyboard((0, 20, 50), fps="24000/1001")
    rate = storyboard.format.rate
    film = make_film(tmp_path, storyboard, score, write_tone(tmp_path / "s.wav", 50 / 23.976))
    for index in (5, 19, 20, 21):
        wanted = panning(1 if index < 20 else 2, index, (96, 64)).astype(int)
        assert np.abs(frame_of(film, index, rate) - wanted).mean() < 6
    assert write_poster(film, 20, rate, tmp_path / "poster.png").stat().st_size > 100
    with pytest.raises(MediaError, match="no frame 50"):
        frame_of(film, 50, rate)


def test_takes_of_another_storyboard_are_refused(tmp_path, score, storyboard):
    take = finish_take(
        (panning(1, i, (160, 90)) for i in range(30)), storyboard, 1, score, tmp_path / "0001.mp4"
    )
    with pytest.raises(MediaError, match="the film has 90"):
        cut_film([take], None, score, storyboard, tmp_path / "film.mp4")
    assert not (tmp_path / "film.mp4").exists()
