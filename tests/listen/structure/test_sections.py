import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.spectrum import RATE, analyse
from limelight.listen.structure.bars import describe
from limelight.listen.structure.borders import partition
from limelight.listen.structure.refrain import repeated_lines
from limelight.listen.structure.sections import find_sections
from limelight.score import BeatGrid, Line, SectionLabel, Voice
from scoring import f_measure, random_like
from songs import synth
from songs.arrange import arrange


def sections_of(song, **known):
    spectrum = analyse(song.samples)
    return find_sections(spectrum, track(spectrum), song.duration, **known)


def assert_whole(sections, duration):
    assert sections[0].start == 0
    assert sections[-1].end == pytest.approx(duration)
    assert all(a.end == b.start for a, b in itertools.pairwise(sections))


def borders(spans):
    return [b.start for a, b in itertools.pairwise(spans) if a.label != b.label]


@pytest.mark.parametrize(("labels", "tempo", "bars"), [("ABABCB", 120, 8), ("ABCAB", 90, 8)])
def test_borders_and_letters_of_a_known_form(labels, tempo, bars):
    song = synth.form(labels, tempo, bars)
    found = sections_of(song)
    starts = [section.start for section in found][1:]
    assert_whole(found, song.duration)
    assert f_measure(borders(song.sections), starts, 3.0) >= 0.8
    assert f_measure(borders(song.sections), starts, 0.5) >= 0.8
    assert "".join(section.letter for section in found) == labels
    rng = np.random.default_rng(0)
    control = [
        f_measure(borders(song.sections), random_like(starts, rng, song.duration), 3.0) for _ in range(50)
    ]
    assert np.mean(control) < 0.6


def test_the_loud_sung_repeated_part_is_the_chorus():
    song = synth.form("CABABC", 120, 8)
    rate = 50.0
    sung = np.zeros(int(song.duration * rate))
    for span in song.sections:
        if span.label != "C":
            sung[int(span.start * rate) : int(span.end * rate)] = 0.6
    found = sections_of(song, voice=Voice(rate=rate, envelope=tuple(sung.tolist())))
    labels = [section.label for section in found]
    assert labels == [
        SectionLabel.INTRO,
        SectionLabel.VERSE,
        SectionLabel.CHORUS,
        SectionLabel.VERSE,
        SectionLabel.CHORUS,
        SectionLabel.OUTRO,
    ]
    assert max(found, key=lambda section: section.energy).label is SectionLabel.CHORUS


@pytest.mark.parametrize(
    "song", [synth.noise(20.0), synth.silence(5.0), synth.tone(1.0), synth.clicks(duration=9)]
)
def test_any_song_is_covered_without_gap(song):
    assert_whole(sections_of(song), song.duration)


def test_without_beats_it_still_has_sections():
    song = synth.form("ABAB", 110, 8)
    found = find_sections(analyse(song.samples), BeatGrid(tempo=0.0), song.duration)
    assert_whole(found, song.duration)
    assert len(found) > 1


def line(text, start):
    return Line(text=text, start=start, end=start + 1)


def test_repeated_lines_need_a_neighbour_that_is_repeated_too():
    texts = ["Oh yes", "Take me home,", "to the sea!", "oh yes", "no more", "take me home", "To the sea"]
    assert repeated_lines([line(text, at) for at, text in enumerate(texts)]) == [
        False, True, True, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("beat", "parts"), [(0.5, 1), (0.75, 2)])
def test_long_bars_are_taken_as_two(beat, parts):
    spectrum = analyse(np.zeros(60 * RATE, np.float32))
    beats = np.arange(0, 60, beat)
    grid = BeatGrid(tempo=60 / beat, beats=tuple(beats), downbeats=tuple(beats[::4]), meter=4)
    bars = describe(spectrum, grid, 60.0, None)
    assert bars.parts == parts
    assert np.allclose(np.diff(bars.edges), 4 * beat / parts)


def test_halves_of_long_bars_are_no_reason_for_shorter_sections():
    evidence = np.zeros(65)
    evidence[::8] = 0.9  # after every four bars of two halves, where eight are preferred
    evidence[::16] = 1.3
    assert np.diff(partition(evidence, 1.4 * np.arange(65.0), parts=2)).min() == 16


@given(st.lists(st.floats(0, 3), min_size=9, max_size=60))
@settings(max_examples=50)
def test_a_partition_rises_from_end_to_end(witnesses):
    cuts = partition(np.array(witnesses), 2.0 * np.arange(len(witnesses)))
    assert cuts[0] == 0
    assert cuts[-1] == len(witnesses) - 1
    assert all(b - a >= 2 for a, b in itertools.pairwise(cuts))


def test_an_arranged_song_is_told_apart_by_ear_alone():
    made = arrange(4, "verse-chorus", sung=False)
    found = sections_of(made.song)
    starts = [section.start for section in found][1:]
    true = [span.start for span in made.song.sections[1:]]
    assert f_measure(true, starts, 3.0) >= 0.8
    rng = np.random.default_rng(0)
    control = [f_measure(true, random_like(starts, rng, made.song.duration), 3.0) for _ in range(50)]
    assert np.mean(control) < 0.5
