"""Percussion is loud where something is struck, and still where a note is held."""

import numpy as np

from limelight.listen.rhythm.percussion import RATE, beaten
from limelight.listen.sound.decode import resample
from limelight.listen.sound.spectrum import RATE as SOUND_RATE
from limelight.listen.sound.spectrum import analyse
from songs import synth


def level(song):

    samples = (
        song.samples
        if song.sample_rate == SOUND_RATE
        else resample(song.samples, song.sample_rate, SOUND_RATE)
    )
    heard = beaten(analyse(np.asarray(samples, np.float32)))
    assert heard.rate == RATE
    return np.array(heard.envelope)


def test_clicks_are_struck_at_their_times():
    song = synth.clicks(tempo=120.0, duration=8.0)
    found = level(song)
    near = np.zeros(len(found), bool)
    for beat in song.beats:
        near[max(0, int(beat * RATE) - 1) : int(beat * RATE) + 4] = True
    assert found[near].max() > 0.9
    assert found[near].mean() > 10 * found[~near].mean()


def test_silence_has_none():
    assert not level(synth.silence(2.0)).any()
