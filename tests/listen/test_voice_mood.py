from dataclasses import replace

import numpy as np
import pytest

from limelight.listen.mood import RATE, feel, find_key
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.spectrum import analyse
from limelight.listen.sound.tags import MSD, MTT
from limelight.listen.sound.voice import sing
from limelight.score import Line, Lyrics
from songs import synth


def opening(voice):
    return np.array(voice.envelope), np.arange(len(voice.envelope)) / voice.rate


def test_the_mouth_opens_in_phrases_and_is_shut_between():
    song = synth.sung(20.0, phrases=((2.0, 6.0), (8.0, 12.0)))
    level, time = opening(sing(song.samples, song.samples, synth.SAMPLE_RATE))
    assert len(level) == pytest.approx(20.0 * 50, abs=1)
    for span in song.singing:
        assert level[(time > span.start + 0.2) & (time < span.end - 0.2)].mean() > 0.2
    away = [(time < span.start - 0.15) | (time > span.end + 0.25) for span in song.singing]
    assert (level[np.logical_and.reduce(away)] == 0).all()
    assert 0 <= level.min() <= level.max() <= 1


@pytest.mark.parametrize("rest", [synth.silence(5.0), synth.noise(5.0)])
def test_what_leaks_from_the_band_is_no_voice(rest):
    mix = synth.band(100.0, 4).samples[: 5 * synth.SAMPLE_RATE]
    leak = 0.02 * rest.samples[: len(mix)]
    assert max(sing(leak, mix, synth.SAMPLE_RATE).envelope) == 0


def test_an_instrumental_mix_without_separation_stays_shut():
    song = synth.band(100.0, 6)
    assert np.mean(sing(None, song.samples, synth.SAMPLE_RATE).envelope) < 0.02


def mood_of(song, **known):
    spectrum = analyse(song.samples)
    return feel(spectrum, track(spectrum), song.duration, **known)


def mean(points, axis):
    return float(np.mean([getattr(point, axis) for point in points]))


def test_points_come_twice_a_second_from_zero():
    song = synth.drums(duration=7.3)
    times = [point.time for point in mood_of(song)]
    assert times[0] == 0
    assert np.allclose(np.diff(times), 1 / RATE)
    assert times[-1] == pytest.approx(song.duration, abs=1 / RATE)


def test_fast_and_full_is_more_awake_than_slow_and_sparse():
    assert (
        mean(mood_of(synth.form("B", 150, 8)), "arousal")
        > mean(mood_of(synth.form("C", 70, 4)), "arousal") + 0.3
    )


def test_a_loud_part_is_more_awake_than_the_soft_one_beside_it():
    song = synth.form("CB", 110, 8)
    points = mood_of(song)
    half = len(points) // 2
    assert mean(points[half:], "arousal") > mean(points[:half], "arousal") + 0.3


def test_major_is_gladder_than_minor():
    major = synth.band(110, 8, progression=("C", "F", "G", "C"))
    minor = synth.band(110, 8, progression=("Am", "Dm", "Em", "Am"))
    assert mean(mood_of(major), "valence") > mean(mood_of(minor), "valence") + 0.2


def test_how_far_a_file_was_turned_up_is_no_feeling():
    song = synth.form("CB", 110, 8)
    points = mood_of(song)
    for gain in (0.1, 0.5):
        quieter = mood_of(replace(song, samples=np.asarray(gain * song.samples, np.float32)))
        assert abs(mean(points, "arousal") - mean(quieter, "arousal")) < 0.1
        assert abs(mean(points, "valence") - mean(quieter, "valence")) < 0.1
    full = synth.form("B", 150, 8)
    quiet = replace(full, samples=np.asarray(0.1 * full.samples, np.float32))
    assert mean(mood_of(quiet), "arousal") > mean(mood_of(synth.form("C", 70, 4)), "arousal")


def test_nothing_happens_in_a_song_that_stays_the_same():
    points = mood_of(synth.band(110, 16, progression=("C", "C", "C", "C")))[8:-8]
    for axis in ("valence", "arousal"):
        assert np.ptp([getattr(point, axis) for point in points]) < 0.15


@pytest.mark.parametrize("song", [synth.tone(0.05), synth.silence(0.3), synth.noise(1.0)])
def test_the_shortest_songs_have_a_mood(song):
    points = mood_of(song)
    assert len(points) >= 1
    assert all(-1 <= point.valence <= 1 and -1 <= point.arousal <= 1 for point in points)


def test_silence_is_calm():
    assert mean(mood_of(synth.silence(5.0)), "arousal") < -0.5


def test_words_pull_the_mood_their_way_where_they_are():
    song = synth.band(110, 12)
    lines = (
        Line(text="I love this wonderful happy day", start=2, end=5),
        Line(text="death and misery, I hate my horrible life", start=16, end=19),
    )
    told = mood_of(song, lyrics=Lyrics(language="en", lines=lines))
    plain = mood_of(song)
    difference = np.array([a.valence - b.valence for a, b in zip(told, plain, strict=True)])
    assert difference[6] > 0.05
    assert difference[35] < -0.05
    foreign = mood_of(song, lyrics=Lyrics(language="de", lines=lines))
    assert foreign == plain


def test_tags_pull_the_mood_their_way():
    song = synth.band(110, 8)
    one = 0.7 * np.ones(1, np.float32)
    usual = dict.fromkeys({*MSD, *MTT}, 0.05 * np.ones(1, np.float32))
    glad = (np.array([5.0]), usual | {"happy": one, "sad": 0 * one, "fast": one})
    gloomy = (np.array([5.0]), usual | {"happy": 0 * one, "sad": one, "slow": one})
    for axis in ("valence", "arousal"):
        assert mean(mood_of(song, tags=glad), axis) > mean(mood_of(song, tags=gloomy), axis) + 0.1


@pytest.mark.parametrize(
    ("chords", "key"),
    [
        (("C", "F", "G", "C"), "C major"),
        (("Am", "Dm", "Em", "Am"), "A minor"),
        (("G", "C", "D", "G"), "G major"),
    ],
)
def test_keys(chords, key):
    assert find_key(analyse(synth.form("C", 100, 8, progressions={"C": chords}).samples)) == key


def test_noise_and_silence_have_no_key():
    for song in (synth.noise(10.0), synth.silence(5.0)):
        assert find_key(analyse(song.samples)) == ""
