"""Every reader of a song has the same time: what is lost is counted, wherever it is."""

from fractions import Fraction

import pytest

from limelight.errors import SongError
from limelight.sound_stream import SoundStream, shown
from songs import bad_files, synth


def seconds(source: SoundStream) -> Fraction:
    """Decoded and missing, together."""
    return sum(
        (missing + Fraction(frame.samples, frame.sample_rate) for frame, missing in source.frames()),
        Fraction(0),
    )


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "m4a"])
def test_a_whole_song_misses_nothing(tmp_path, kind):
    with SoundStream(synth.drums(duration=4.0).write(tmp_path / f"song.{kind}")) as source:
        assert float(seconds(source)) == pytest.approx(4.0, abs=0.05)
        assert not source.broken
        assert not source.cut_off
        assert source.length_in_header == pytest.approx(4.0, abs=0.1)


def test_a_hole_is_counted_and_the_time_after_it_stays(tmp_path):
    with SoundStream(bad_files.damaged(tmp_path / "song.flac", "flac")) as source:
        missing = [gap for _, gap in source.frames() if gap]
        assert missing
    with SoundStream(tmp_path / "song.flac") as source:
        assert float(seconds(source)) == pytest.approx(10.0, abs=0.1)


def test_a_song_cut_off_ends_where_it_ends(tmp_path):
    with SoundStream(bad_files.truncated(tmp_path / "song.mp3")) as source:
        assert 4 < float(seconds(source)) < 6


@pytest.mark.parametrize("make", [bad_files.empty, bad_files.text, bad_files.picture_only])
def test_what_holds_no_sound_is_refused_and_closed(make, tmp_path):
    path = make(tmp_path / "song.mp3")
    with pytest.raises(SongError, match=r"song\.mp3"), SoundStream(path):
        pass
    path.unlink()  # where files that are open cannot be deleted, this shows that it is not


def test_a_name_is_shown_on_one_line(tmp_path):
    assert shown(tmp_path / "a\nb.mp3").isprintable()
    assert shown(tmp_path / "a b.mp3") == str(tmp_path / "a b.mp3")
