from itertools import pairwise

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import File

from songs import bad_files, files, synth

KINDS = [*files.CODECS, "ogg"]


def decoded(path):
    """All sound of a file, mono float32, and its rate: what any listener would get."""
    with av.open(str(path)) as file:
        stream = file.streams.audio[0]
        to_float = av.AudioResampler("fltp", "mono", stream.rate)
        frames = [part for frame in file.decode(stream) for part in to_float.resample(frame)]
        frames += to_float.resample(None)
        return np.concatenate([frame.to_ndarray()[0] for frame in frames]), stream.rate


def onsets(samples, rate, threshold=0.2):
    """Times at which the sound becomes loud after 100 ms of less."""
    loud = np.flatnonzero(np.abs(samples) > threshold)
    first = loud[np.diff(loud, prepend=-rate) > rate * 0.1]
    return first / rate


def loudness(song, span):
    part = song.samples[round(span.start * song.sample_rate) : round(span.end * song.sample_rate)]
    return float(np.sqrt(np.mean(part**2)))


@pytest.mark.parametrize("tempo", [60.0, 97.3, 120.0, 180.0])
def test_clicks_sound_where_the_beats_are(tempo):
    song = synth.clicks(tempo, 10.0)
    assert np.abs(onsets(song.samples, song.sample_rate) - song.beats).max() < 1e-4
    assert np.diff(song.beats) == pytest.approx(60 / tempo)


@pytest.mark.parametrize(("meter", "beats"), [("4/4", 4), ("3/4", 3), ("6/8", 2)])
def test_downbeats_are_every_bar(meter, beats):
    song = synth.drums(100.0, 12.0, meter)
    assert np.array_equal(song.downbeats, song.beats[::beats])


def test_a_ramp_ends_at_its_tempo():
    song = synth.drums(80.0, 30.0, tempo_end=140.0)
    gaps = 60 / np.diff(song.beats)
    assert gaps[0] == pytest.approx(80, abs=2)
    assert gaps[-1] == pytest.approx(140, abs=3)
    assert (np.diff(gaps) > 0).all()
    assert song.tempo is None


def test_rubato_sways_and_comes_back():
    gaps = 60 / np.diff(synth.drums(100.0, 32.5, rubato=0.15).beats)
    assert gaps.max() == pytest.approx(115, abs=2)
    assert gaps.min() == pytest.approx(85, abs=2)
    assert gaps.mean() == pytest.approx(100, abs=2)


@given(
    tempo=st.floats(40, 220),
    end=st.floats(40, 220),
    duration=st.floats(2, 60),
    rubato=st.floats(0, 0.3),
)
@settings(max_examples=40, deadline=None)
def test_beats_rise_and_stay_inside(tempo, end, duration, rubato):
    beats = synth.beat_times(tempo, duration, start=0.25, tempo_end=end, rubato=rubato)
    assert beats[0] == 0.25
    assert beats[-1] < duration
    assert (np.diff(beats) > 60 / 220 / 1.35).all()


def test_sections_and_chords_tile_the_song():
    song = synth.form("ABCAB", bars=2, tempo=120)
    assert [span.label for span in song.sections] == list("ABCAB")
    for spans in (song.sections, song.chords):
        assert all(a.end == pytest.approx(b.start) for a, b in pairwise(spans))
        assert spans[-1].end == pytest.approx(song.duration, abs=1e-3)
    assert np.isin(np.round([span.start for span in song.chords], 6), np.round(song.downbeats, 6)).all()


def test_sections_contrast_and_repeat():
    song = synth.form("ABCA", bars=2, tempo=120)
    first, full, soft, again = (loudness(song, span) for span in song.sections)
    assert full > 1.5 * first
    assert soft < 0.8 * first
    assert again == pytest.approx(first, rel=0.05)


def test_voice_is_only_in_its_phrases():
    song = synth.sung(10.0, [(1.0, 3.0), (5.0, 8.5)])
    inside = np.zeros(song.samples.size, bool)
    for span in song.singing:
        inside[round(span.start * song.sample_rate) : round(span.end * song.sample_rate)] = True
    assert np.abs(song.samples[~inside]).max() == 0
    assert np.sqrt(np.mean(song.samples[inside] ** 2)) > 0.1


def test_accompaniment_goes_on_between_phrases():
    song = synth.sung(10.0, [(1.0, 3.0)], accompanied=True)
    assert loudness(song, synth.Span(5, 9, "")) > 0.01
    assert song.beats.size > 10


def test_the_same_arguments_give_the_same_samples():
    assert np.array_equal(synth.sung(4.0).samples, synth.sung(4.0).samples)
    assert np.array_equal(synth.form("AB", bars=1).samples, synth.form("AB", bars=1).samples)
    assert not np.array_equal(synth.noise(1.0).samples, synth.noise(1.0, seed=1).samples)


def test_one_song_after_another_keeps_its_times():
    song = synth.clicks(120, 4.0).then(synth.clicks(60, 4.0))
    assert np.abs(onsets(song.samples, song.sample_rate) - song.beats).max() < 1e-4
    assert song.tempo is None
    assert song.meter == "4/4"


@pytest.mark.parametrize("song", [synth.silence(2.0), synth.noise(2.0), synth.tone()])
def test_the_beatless_have_no_beats(song):
    assert song.beats.size == song.downbeats.size == 0
    assert np.abs(song.samples).max() <= synth.QUIET + 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_keeps_the_beats(kind, tmp_path):
    song = synth.clicks(120.0, 4.0)
    samples, rate = decoded(song.write(tmp_path / f"song.{kind}"))
    assert samples.size / rate == pytest.approx(song.duration, abs=0.06)
    heard = onsets(samples, rate, 0.3)
    assert heard.size == song.beats.size
    late = heard - song.beats
    assert np.abs(late - np.median(late)).max() < 0.004
    assert abs(np.median(late)) < (0.004 if kind in {"wav", "flac", "ogg", "mp3"} else 0.05)


@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a", "ogg", "mp4"])
def test_tags_are_written(kind, tmp_path):
    tags = {"title": "Ünder the Sea", "artist": "The Tests"}
    found = File(synth.tone().write(tmp_path / f"song.{kind}", tags=tags), easy=True)
    assert {key: found[key][0] for key in tags} == tags


def test_a_video_has_a_picture(tmp_path):
    with av.open(str(synth.tone(2.0).write(tmp_path / "song.mp4"))) as file:
        assert sum(1 for _ in file.decode(video=0)) == 20


def test_an_unknown_kind_names_the_known(tmp_path):
    with pytest.raises(ValueError, match="known kinds: wav, flac"):
        synth.tone().write(tmp_path / "song.xyz")


@pytest.mark.parametrize(
    "make", [bad_files.empty, bad_files.text, bad_files.random_bytes, bad_files.picture_only]
)
def test_files_without_sound_have_none(make, tmp_path):
    with pytest.raises((av.FFmpegError, IndexError)):
        decoded(make(tmp_path / "song.mp3"))


def test_a_header_without_sound_decodes_to_nothing(tmp_path):
    path = bad_files.header_only(tmp_path / "song.wav")
    assert path.stat().st_size == 44
    with pytest.raises((av.FFmpegError, IndexError, ValueError)):
        decoded(path)


def test_a_truncated_mp3_still_has_its_first_half(tmp_path):
    samples, rate = decoded(bad_files.truncated(tmp_path / "song.mp3"))
    assert samples.size / rate == pytest.approx(5.0, abs=0.7)


def test_a_truncated_m4a_has_nothing(tmp_path):
    with pytest.raises((av.FFmpegError, IndexError)):
        decoded(bad_files.truncated(tmp_path / "song.m4a", "m4a"))


def test_long_silence_is_small_and_long(tmp_path):
    path = bad_files.long_silence(tmp_path / "song.flac", hours=0.5)
    assert soundfile.info(path).duration == 1800
    assert path.stat().st_size < 200_000


def test_an_awkward_name_can_be_read(tmp_path):
    path = bad_files.awkwardly_named(tmp_path)
    assert "\n" in path.name
    assert decoded(path)[0].size > 4 * synth.SAMPLE_RATE
