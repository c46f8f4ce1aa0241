"""Given lyrics: reading, shifting, and times that are taken as they are."""

import numpy as np
import pytest

from limelight.errors import LyricsError
from limelight.formats.given import Timing
from limelight.listen.words.align import Placed, elsewhere, line_is_sung, together
from limelight.listen.words.anchors import find_anchors, with_fillers
from limelight.listen.words.lyrics import find_lyrics, read_lyrics, shifted
from limelight.listen.words.transcribe import HeardWord
from limelight.listen.words.voicing import voicing
from limelight.score import LyricsSource

LRC = "[00:01.00]<00:01.00>Silver <00:01.50>rain<00:02.00>\n[00:03.00]<00:03.00>falls<00:03.50>\n"


@pytest.mark.parametrize(
    ("name", "text", "timing"),
    [
        ("a.lrc", LRC, Timing.WORDS),
        ("b.txt", LRC, Timing.WORDS),
        ("c.txt", "Silver rain\nfalls", Timing.NONE),
        ("d.srt", "1\n00:00:01,000 --> 00:00:02,000\nSilver rain\n", Timing.LINES),
        ("e.lyrics", "WEBVTT\n\n00:01.000 --> 00:02.000\nSilver rain\n", Timing.LINES),
    ],
)
def test_the_kind_is_found(tmp_path, name: str, text: str, timing: Timing) -> None:
    file = tmp_path / name
    file.write_text(text)
    given = read_lyrics(file)
    assert given.timing is timing
    assert given.lines[0].text == "Silver rain"


@pytest.mark.parametrize("text", ["", "[Chorus]\n\n...\n", "la " * 25_000])
def test_no_words_or_too_many_are_refused(tmp_path, text: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(text)
    with pytest.raises(LyricsError):
        read_lyrics(file)


def test_given_word_times_need_no_model(tmp_path) -> None:
    file = tmp_path / "a.lrc"
    file.write_text(LRC)
    mix = np.zeros(16_000 * 5, dtype=np.float32)
    found = find_lyrics(mix, voicing(mix, None), given=read_lyrics(file))
    assert found.lyrics.source is LyricsSource.GIVEN
    assert [word.start for line in found.lyrics.lines for word in line.words] == [1.0, 1.5, 3.0]
    short = find_lyrics(mix[: 16_000 * 2], voicing(mix, None), given=read_lyrics(file))
    assert len(short.lyrics.lines) == 1
    assert "after the song's end" in short.warnings[0]


def test_shifting_stays_above_zero(tmp_path) -> None:
    file = tmp_path / "a.lrc"
    file.write_text(LRC)
    mix = np.zeros(80_000, dtype=np.float32)
    lyrics = find_lyrics(mix, voicing(mix, None), given=read_lyrics(file)).lyrics
    later = shifted(lyrics, 300)
    assert later.lines[0].words[1].start == pytest.approx(1.8)
    assert shifted(later, -300).lines[1].start == pytest.approx(3.0)
    assert shifted(lyrics, -2000).lines[0].start == 0.0


def test_what_the_text_lacks_is_filled_by_what_was_heard() -> None:
    sung = "silver rain on streets . nobody is calling out tonight . come home again"
    heard = [
        HeardWord(word, index * 0.5, 0.9, 0) for index, word in enumerate(sung.replace(" .", "").split())
    ]
    lines = [["Silver", "rain", "on", "streets"], ["Come", "home", "again"]]
    anchors = find_anchors(lines, heard)
    assert with_fillers(lines, anchors) == [
        (lines[0], 0),
        (["nobody", "is", "calling", "out", "tonight"], -1),
        (lines[1], 1),
    ]


def test_misheard_lines_are_not_filled() -> None:
    heard = [
        HeardWord(word, index * 0.5, 0.9, 0)
        for index, word in enumerate(["silver", "drain", "own", "feet", "come", "home"])
    ]
    lines = [["Silver", "rain", "on", "streets"], ["Come", "home"]]
    anchors = find_anchors(lines, heard)
    assert [number for _, number in with_fillers(lines, anchors)] == [0, 1]


def test_squeezed_and_unheard_lines_are_not_sung() -> None:
    texts = ["silver", "rain"]
    everything = np.array([True, True])

    def placed(end: float, peak: float, likely: float) -> Placed:
        return Placed(
            np.array([1.0, end - 0.02]), np.array([1.02, end]), np.full(2, peak), np.full(2, likely)
        )

    assert line_is_sung(placed(2.0, 2.0, -1.0), everything, texts)
    assert not line_is_sung(placed(1.1, 2.0, -1.0), everything, texts)
    assert not line_is_sung(placed(2.0, -1.0, -1.0), everything, texts)
    assert not line_is_sung(placed(2.0, 2.0, -9.0), everything, texts)


def test_a_line_torn_between_two_places_is_not_sung() -> None:
    torn = Placed(np.array([1.0, 9.0]), np.array([1.5, 9.5]), np.full(2, 2.0), np.full(2, -1.0))
    assert not line_is_sung(torn, np.array([True, True]), ["silver", "rain"])


def test_a_line_recognised_by_words_of_its_own_is_looked_for_there() -> None:
    lines = [
        ["fear", "fear", "they", "fool", "us"],
        ["fear", "fear", "they", "fool", "us", "I", "say", "to", "you", "all"],
    ]
    expected = np.array([np.nan] * 5 + [20.0, 21.0, 22.0, 22.5, 23.0, 24.0, 24.5, 25.0, 25.5, np.nan])
    drawn_away = np.concatenate([np.linspace(2, 6, 5), np.linspace(10, 14, 5), expected[10:14], [26.0]])
    spans = elsewhere(drawn_away, lines, expected)
    assert np.isnan(spans[0]).all()
    assert spans[1] == pytest.approx([20.0 - 1.5, 25.5 + 1.0 + 1.5])
    right = np.concatenate([np.linspace(2, 6, 5), np.nan_to_num(expected[5:], nan=26.0)])
    assert np.isnan(elsewhere(right, lines, expected)).all()


def test_a_torn_line_is_looked_for_around_the_part_with_most_of_its_words() -> None:
    lines = [["ba", "da", "da", "dam"], ["ba", "da", "da", "dam"], ["one"]]
    first_away = np.array([1.0, 10.0, 11.0, 12.0, 20.0, 21.0, 22.0, 23.0, 30.0])
    assert together(first_away, lines)[0] == pytest.approx([10.0 - 1.0 - 1.5, 12.0 + 1.5])
    assert np.isnan(together(first_away, lines)[1:]).all()
    last_away = np.array([1.0, 2.0, 3.0, 12.0, 20.0, 21.0, 22.0, 23.0, 30.0])
    assert together(last_away, lines)[0] == pytest.approx([1.0 - 1.5, 3.0 + 1.0 + 1.5])


def test_a_line_torn_in_the_middle_is_looked_for_everywhere() -> None:
    assert np.isnan(together(np.array([1.0, 2.0, 12.0, 13.0]), [["ba", "da", "da", "dam"]])).all()


def test_like_lines_alone_do_not_say_where_a_line_is() -> None:
    lines = [["fear", "fear", "they", "fool", "us"]] * 2
    expected = np.array([np.nan] * 5 + [20.0, 21.0, 22.0, 22.5, 23.0])
    assert np.isnan(elsewhere(np.linspace(2, 9, 10), lines, expected)).all()
