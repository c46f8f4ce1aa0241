import pytest

from limelight.errors import SongError
from limelight.events import StageFinished, StageStarted
from limelight.listen.listening import Listen
from limelight.score import Score
from songs import synth

PLAIN = Listen(words=False, separate=False, tags=False, taps=False)
STAGES = ["decode", "separation", "rhythm", "voice", "lyrics", "sections", "mood"]


def test_a_song_becomes_a_score(tmp_path):
    song = synth.form("AB", 110, 8)
    told = []
    path = song.write(tmp_path / "song.mp3", tags={"title": "T", "artist": "A"})
    score = PLAIN.run(path, tell=told.append)
    assert [event.stage for event in told if isinstance(event, StageStarted)] == STAGES
    assert [event.stage for event in told if isinstance(event, StageFinished)] == STAGES
    assert (score.song.title, score.song.artist) == ("T", "A")
    assert score.song.duration == pytest.approx(song.duration, abs=0.06)
    assert score.rhythm.tempo == pytest.approx(110, rel=0.01)
    assert score.sections[-1].end == score.song.duration
    assert score.warnings == ()
    assert Score.parse(score.to_json()) == score


@pytest.mark.parametrize("song", [synth.silence(3.0), synth.noise(3.0), synth.tone(1.0)])
def test_odd_songs_give_a_sensible_score(song, tmp_path):
    score = PLAIN.run(song.write(tmp_path / "song.wav"))
    assert score.rhythm.beats == ()
    assert score.warnings
    assert score.mood[0].time == 0
    assert max(score.voice.envelope, default=0) < 0.5


def test_missing_models_make_the_score_poorer_not_impossible(tmp_path, monkeypatch):
    monkeypatch.setenv("LIMELIGHT_WEIGHTS", str(tmp_path / "empty"))
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    score = Listen().run(synth.band(120, 4).write(tmp_path / "song.wav"))
    assert len(score.rhythm.beats) > 10
    assert any("taken apart" in warning for warning in score.warnings)
    assert any("without tags" in warning for warning in score.warnings)
    assert any("No network helped" in warning for warning in score.warnings)


def test_a_song_beyond_the_limit_is_refused(tmp_path):
    with pytest.raises(SongError, match="longer than"):
        Listen(longest=2.0).run(synth.drums(duration=5.0).write(tmp_path / "a.wav"))


def test_twice_the_same(tmp_path):
    path = synth.band(100, 4).write(tmp_path / "a.flac")
    assert PLAIN.run(path) == PLAIN.run(path)
