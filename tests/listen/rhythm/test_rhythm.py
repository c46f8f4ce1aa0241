import numpy as np
import pytest

from limelight.listen.rhythm.pointer import follow
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.spectrum import RATE, analyse
from scoring import f_measure
from songs import synth
from songs.arrange import arrange
from songs.grooves import groove


def heard(song):
    return track(analyse(song.samples))


@pytest.mark.parametrize(
    ("tempo", "meter"), [(60, "4/4"), (90, "3/4"), (75, "6/8"), (120, "4/4"), (160, "3/4"), (190, "4/4")]
)
def test_beats_bars_meter_and_tempo(tempo, meter):
    song = synth.band(tempo, 12, meter)
    grid = heard(song)
    assert f_measure(song.beats, grid.beats, 1 / 30) >= 0.95
    assert f_measure(song.downbeats, grid.downbeats) >= 0.9
    assert grid.meter == synth.METERS[meter].beats
    assert grid.tempo == pytest.approx(tempo, rel=0.01)
    assert grid.confidence > 0.7  # the quickest could as well be counted at half
    assert set(grid.downbeats) <= set(grid.beats)


@pytest.mark.parametrize("meter", ["4/4", "3/4"])
@pytest.mark.parametrize(
    ("make", "tempo"),
    [(synth.drums, 60), (synth.drums, 120), (synth.drums, 135), (synth.clicks, 90), (synth.clicks, 190)],
)
def test_bars_without_any_harmony(make, tempo, meter):
    song = make(tempo, 24.0, meter)
    grid = heard(song)
    assert f_measure(song.beats, grid.beats) >= 0.95
    assert f_measure(song.downbeats, grid.downbeats) >= 0.9
    assert f_measure(song.downbeats + 60 / tempo, grid.downbeats) < 0.1


@pytest.mark.parametrize("moving", [{"tempo_end": 140.0}, {"rubato": 0.1}])
def test_a_moving_tempo_is_followed(moving):
    song = synth.drums(90.0, 30.0, **moving)
    assert f_measure(song.beats, heard(song).beats) >= 0.95


def test_a_breakdown_does_not_lose_the_tempo():
    song = synth.form("ACA", 120.0, bars=8)
    assert f_measure(song.beats, heard(song).beats) >= 0.95


def test_controls_have_no_beat():
    clicks = np.zeros(30 * RATE, np.float32)
    clicks[np.random.default_rng(3).integers(0, len(clicks), 50)] = 1.0  # at random moments
    for samples in (synth.noise().samples, synth.silence().samples, synth.tone(20.0).samples, clicks):
        grid = track(analyse(samples))
        assert (grid.beats, grid.downbeats, grid.tempo, grid.confidence) == ((), (), 0.0, 0.0)


def test_beats_elsewhere_score_low():
    song = synth.band(100.0, 12)
    shifted = np.array(heard(song).beats) + 0.3
    assert f_measure(song.beats, shifted) < 0.1


def test_later_sound_gives_later_beats():
    song = synth.band(110.0, 8)
    late = np.concatenate([np.zeros(RATE // 2, np.float32), song.samples])
    moved = np.array(track(analyse(late)).beats) - 0.5
    assert f_measure(heard(song).beats, moved, 0.02) >= 0.95


def test_onsets_have_strengths():
    song = synth.drums(100.0, 10.0)
    grid = heard(song)
    assert len(grid.onsets) == len(grid.onset_strengths)
    assert max(grid.onset_strengths) == 1.0
    assert all(np.abs(np.array(grid.onsets) - beat).min() < 0.03 for beat in song.beats[:-1])


def test_the_shortest_song():
    assert heard(synth.tone(1.0)).beats == ()


def test_the_pointer_finds_the_pulse_train_that_it_is_given():
    activation = np.full(1000, 0.01)
    pulses = np.arange(7, 1000, 40)
    activation[pulses] = 0.97
    assert np.abs(follow(activation, 100.0, 60.0, 210.0) - pulses).max() <= 1  # the zone is three frames wide


@pytest.mark.parametrize(
    "kind", ["syncopated", "6/8 piano", "pick-up", "silent intro", "tempo step", "shuffled", "swing"]
)
def test_hard_rhythms_are_followed(kind):
    song = groove(kind, 2)
    grid = heard(song)
    assert f_measure(song.beats, grid.beats) >= 0.95
    assert f_measure(song.downbeats, grid.downbeats) >= 0.9
    beat = np.median(np.diff(song.beats))
    assert f_measure(song.downbeats + beat, grid.downbeats) < 0.2


def test_bars_of_a_guitar_with_strokes_between_begin_with_the_chord():
    made = arrange(3004, "one guitar", sung=True).song
    samples = made.samples[: 60 * RATE]
    beats, downbeats = (times[times < 60] for times in (made.beats, made.downbeats))
    grid = track(analyse(samples))
    assert f_measure(beats, grid.beats) >= 0.95
    assert f_measure(downbeats, grid.downbeats) >= 0.9
    assert f_measure(downbeats + np.median(np.diff(beats)), grid.downbeats) < 0.2


def test_another_tempo_for_a_while_is_followed():
    parts = [synth.form("AB", 100, 4), synth.form("A", 85, 4), synth.form("B", 100, 4)]
    starts = np.cumsum([0.0] + [part.duration for part in parts[:-1]])
    beats = np.concatenate([part.beats + start for part, start in zip(parts, starts, strict=True)])
    grid = track(analyse(np.concatenate([part.samples for part in parts])))
    assert f_measure(beats, grid.beats) >= 0.95
