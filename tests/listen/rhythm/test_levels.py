"""The vote on metrical levels: tempo, accents, taps and chords, each for itself and together."""

import numpy as np

from limelight.listen.rhythm.beatnet import FRAME_RATE, Tapped
from limelight.listen.rhythm.levels import vote
from limelight.listen.rhythm.meter import chords_in_bars
from limelight.listen.rhythm.onsets import find_onsets
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.spectrum import RATE, analyse
from scoring import f_measure
from songs import synth
from songs.arrange import arrange
from songs.grooves import groove


def taps_at(beats, duration):
    """What a network taps that is quite sure of these beats."""
    curve = np.full(int(duration * FRAME_RATE) + 1, 0.02, np.float32)
    curve[np.round(np.asarray(beats) * FRAME_RATE).astype(int)] = 0.9
    return Tapped(beat=curve, first=np.zeros_like(curve))


def halves(beats):
    return np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))


def test_chords_that_change_with_bars_tell_the_level():
    song = synth.form("AB", 100, 8)
    spectrum = analyse(song.samples)
    onsets = find_onsets(spectrum)
    right = chords_in_bars(song.beats, onsets, spectrum)
    assert right > chords_in_bars(halves(song.beats), onsets, spectrum) + 0.1
    assert right > chords_in_bars(song.beats[::2], onsets, spectrum) - 0.05


def test_what_has_no_chords_does_not_vote_by_them():
    song = synth.drums(100, 24)
    spectrum = analyse(song.samples)
    assert chords_in_bars(song.beats, find_onsets(spectrum), spectrum) < 0.5


def test_taps_carry_the_vote_where_tempi_are_as_usual():
    song = synth.drums(74.2, 30)  # as far from the usual as its double
    spectrum = analyse(song.samples)
    onsets = find_onsets(spectrum)
    levels = {1: halves(song.beats), 2: song.beats}
    for tapped, wanted in ((levels[1], 1), (levels[2], 2)):
        votes = vote(levels, 0, onsets, spectrum, taps_at(tapped, song.duration))
        assert max(votes, key=votes.get) == wanted


def test_one_level_needs_no_vote():
    song = synth.drums(100, 12)
    spectrum = analyse(song.samples)
    assert vote({1: song.beats}, 1, find_onsets(spectrum), spectrum, None) == {1: 0.0}


def test_a_guitar_played_in_eighths_is_counted_in_quarters():
    made = arrange(4003, "one guitar", sung=True).song
    grid = track(analyse(made.samples[: 80 * RATE]))
    beats, downbeats = (times[times < 80] for times in (made.beats, made.downbeats))
    assert f_measure(beats, grid.beats) >= 0.95
    assert f_measure(downbeats, grid.downbeats) >= 0.9
    assert f_measure(halves(beats), grid.beats) < 0.7


def test_hats_between_the_beats_do_not_take_over_where_the_kick_is_soft():
    beats = np.arange(0.5, 60, 0.5)
    samples = np.zeros(61 * RATE, np.float32)
    soft = beats < 20
    synth.strike(samples, beats[soft], synth.kick(), 0.25)
    synth.strike(samples, beats[~soft], synth.kick(), 0.9)
    synth.strike(samples, beats + 0.25, synth.hat(), 0.5)
    grid = track(analyse(synth.level(samples)))
    assert f_measure(beats, grid.beats) >= 0.95
    assert f_measure(beats + 0.25, grid.beats) < 0.1


def test_confidence_tells_that_the_level_is_a_matter_of_taste():
    plain, either = synth.band(100, 12), groove("half-time", 2)
    sure, unsure = (track(analyse(song.samples)).confidence for song in (plain, either))
    assert sure > 0.9
    assert unsure < 0.8
