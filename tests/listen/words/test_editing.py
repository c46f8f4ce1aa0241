"""The words go to an editor and come back: what was not touched stays exact, what was touched counts."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from limelight.errors import LyricsError
from limelight.formats.given import shown_lines, split_words
from limelight.listen.words.editing import FORMATS, editable, edited, read_edited
from limelight.listen.words.lyrics import shifted
from limelight.score import Line, Lyrics, LyricsSource, Word

ALL = sorted(FORMATS)
KARAOKE = [".ass", ".lrc", ".vtt"]
DURATION = 600.0
TEXTS = st.sampled_from(
    ["Rain", "don't", "où?", "Straße,", "(ooh)", "a", "fish-bone", "99", "Да", "la", "la"]
)


@st.composite
def heard(draw: st.DrawFn) -> Lyrics:
    """Lyrics as listening gives them: odd fractions, some words and lines not sung."""
    lines = []
    moment = 0.0
    for _ in range(draw(st.integers(1, 6))):
        moment += draw(st.floats(0.2, 6))
        sung = draw(st.sampled_from([True, True, True, False]))
        words = []
        for text in split_words(" ".join(draw(st.lists(TEXTS, min_size=1, max_size=5)))):
            length = draw(st.floats(0.1, 2)) if sung else 0.0
            there = sung and (not words or draw(st.sampled_from([True, True, True, False])))
            confidence = draw(st.floats(0, 1))
            words.append(
                Word(text=text, start=moment, end=moment + length, confidence=confidence, sung=there)
            )
            moment += length + draw(st.sampled_from([0.0, 0.3])) * sung
        text = " ".join(word.text for word in words)
        singer = draw(st.sampled_from(["", "", "Anna", "Ben & Eva"]))
        lines.append(
            Line(text=text, start=words[0].start, end=words[-1].end, words=tuple(words), singer=singer)
        )
    assume(any(word.sung for line in lines for word in line.words))
    return Lyrics(source=LyricsSource.TRANSCRIBED, language="en", confidence=0.5, lines=tuple(lines))


def song() -> Lyrics:
    """Three lines at odd times, one of them not sung."""
    texts = ["Silver rain on streets", "Nobody sings this one", "Silver rain comes home"]
    lines = []
    for number, text in enumerate(texts):
        words = tuple(
            Word(
                text=word,
                start=10 * number + index + 1 / 3,
                end=10 * number + index + 0.9,
                confidence=0.7,
                sung=number != 1,
            )
            for index, word in enumerate(text.split())
        )
        lines.append(Line(text=text, start=words[0].start, end=words[-1].end, words=words))
    return Lyrics(source=LyricsSource.TRANSCRIBED, language="en", confidence=0.6, lines=tuple(lines))


@pytest.mark.parametrize("suffix", ALL)
@given(lyrics=heard())
@settings(max_examples=40, deadline=None)
def test_nothing_changed_is_the_same_object(suffix: str, lyrics: Lyrics) -> None:
    assert edited(lyrics, editable(lyrics, suffix), suffix, DURATION) is lyrics


@pytest.mark.parametrize("suffix", ALL)
@given(lyrics=heard(), choice=st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_a_line_taken_out_leaves_the_others_exact(suffix: str, lyrics: Lyrics, choice: int) -> None:
    shown = shown_lines(lyrics)
    assume(len(shown) > 1)
    gone = shown[choice % len(shown)]
    rest = lyrics.model_copy(update={"lines": tuple(line for line in lyrics.lines if line is not gone)})
    assert edited(lyrics, editable(rest, suffix), suffix, DURATION).lines == rest.lines


@pytest.mark.parametrize("suffix", ALL)
@given(lyrics=heard(), by=st.integers(1, 5000))
@settings(max_examples=25, deadline=None)
def test_a_shift_of_all_in_the_editor_is_taken_over(suffix: str, lyrics: Lyrics, by: int) -> None:
    back = edited(lyrics, editable(shifted(lyrics, by), suffix), suffix, DURATION)
    texts = [[word.text for word in line.words] for line in shown_lines(back)]
    assert texts == [[word.text for word in line.words] for line in shown_lines(lyrics)]
    for line, before in zip(shown_lines(back), shown_lines(lyrics), strict=True):
        assert line.start == pytest.approx(before.start + by / 1000, abs=0.011)
        for word, word_before in zip(line.words, before.words, strict=True):
            if word_before.sung:
                assert word.start == pytest.approx(word_before.start + by / 1000, abs=0.011)


@pytest.mark.parametrize("suffix", KARAOKE)
def test_one_changed_time_is_the_files_and_sure(suffix: str) -> None:
    lyrics = song()
    text = editable(lyrics, suffix)
    if suffix == ".ass":  # a shorter word moves those after it
        changed = text.replace("{\\k57}on", "{\\k40}on")
    else:
        changed = text.replace("03.33", "03.52") if suffix == ".lrc" else text.replace("03.333", "03.520")
    assert changed != text
    back = edited(lyrics, changed, suffix, DURATION)
    assert back.source is LyricsSource.GIVEN
    assert back.lines[1:] == lyrics.lines[1:]
    assert back.lines[0].words[:2] == lyrics.lines[0].words[:2]
    word, before = back.lines[0].words[3], lyrics.lines[0].words[3]
    assert word.confidence == 1.0
    assert word.start == pytest.approx(3.16 if suffix == ".ass" else 3.52, abs=0.011)
    assert word.start < word.end <= before.end


@pytest.mark.parametrize("suffix", ALL)
def test_a_corrected_word_keeps_its_place(suffix: str) -> None:
    lyrics = song()
    back = edited(lyrics, editable(lyrics, suffix).replace("rain", "grain", 1), suffix, DURATION)
    words, before = back.lines[0].words, lyrics.lines[0].words
    assert [word.text for word in words] == ["Silver", "grain", "on", "streets"]
    assert (words[0], words[2], words[3]) == (before[0], before[2], before[3])
    assert words[1].start == pytest.approx(before[1].start, abs=0.01)
    assert words[1].end == pytest.approx(before[1].end, abs=0.01)


def test_srt_words_move_with_their_line_and_new_ones_fill_the_place() -> None:
    lyrics = song()
    text = editable(lyrics, ".srt")
    later = text.replace("00:00:00,333 --> 00:00:03,900", "00:00:02,333 --> 00:00:05,900")
    moved = edited(lyrics, later, ".srt", DURATION).lines[0]
    for word, before in zip(moved.words, lyrics.lines[0].words, strict=True):
        assert word.start == pytest.approx(before.start + 2)
        assert word.confidence == before.confidence
    longer = edited(lyrics, text.replace("rain on", "rain falls hard on", 1), ".srt", DURATION).lines[0]
    starts = [word.start for word in longer.words]
    assert starts == sorted(starts)
    assert (longer.words[1], longer.words[4]) == (lyrics.lines[0].words[1], lyrics.lines[0].words[2])
    assert [word.confidence for word in longer.words[2:4]] == [0.0, 0.0]


def test_a_line_that_was_not_found_can_be_written_in() -> None:
    lyrics = song()
    text = editable(lyrics, ".lrc") + "[00:30.00]Nobody sings this one\n[00:32.00]\n"
    back = edited(lyrics, text, ".lrc", DURATION)
    assert [line.text for line in back.lines] == [
        lyrics.lines[0].text,
        lyrics.lines[2].text,
        "Nobody sings this one",
    ]
    assert all(word.sung for word in back.lines[2].words)
    assert 30.0 <= back.lines[2].words[1].start <= 32.0


@pytest.mark.parametrize("suffix", ALL)
@pytest.mark.parametrize(
    ("encoding", "ends"), [("utf-8-sig", "\r\n"), ("utf-16", "\n"), ("cp1252", "\r\n"), ("utf-8", "\r")]
)
def test_what_editors_do_to_files(tmp_path, suffix: str, encoding: str, ends: str) -> None:
    lyrics = song()
    file = tmp_path / f"words{suffix.upper()}"
    file.write_bytes(editable(lyrics, suffix).replace("\n", ends).encode(encoding))
    assert read_edited(file, lyrics, DURATION) is lyrics


BROKEN = [
    (".lrc", "[00:61.00]words", "line 1"),
    (".lrc", "[00:01.00]<00:01.00>Silver <00:0x.50>rain", "<00:0x.50>"),
    (".lrc", "[00:01.00]Silver\nforgotten stamp", "line 2"),
    (".srt", "1\n00:00:01,000 -> 00:00:02,000\nSilver rain", "line of times"),
    (".srt", "1\n00:00:09,000 --> 00:00:02,000\nSilver rain", "ends before"),
    (".srt", "1\n00:00:01,000 --> 00:00:02,000\nSilver\n\nrain", "line 5"),
    (".vtt", "WEBVTT\n\n00:01.000 --> 00:99.000\nSilver rain", "line 3"),
    (".vtt", "WEBVTT\n\n00:01.000 --> 00:09.000\nSilver <00:1.5>rain", "<00:1.5>"),
    (".ass", "[Events]\nDialogue: 0,0:00:xx.00,0:00:02.00,D,,0,0,0,,Silver rain", "0:00:xx.00"),
    (".ass", "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Silver rain", "fields"),
    (".ass", "[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,{\\k}Silver rain", "number"),
    (".lrc", "[00:05.00]<00:05.00>Silver <00:04.00>rain", "backward"),
    (".lrc", "[11:00.00]Silver rain on streets", "ends at"),
    (".lrc", "", "no line"),
    (".txt", "Silver rain", "no format"),
]


@pytest.mark.parametrize(("suffix", "text", "told"), BROKEN)
def test_broken_files_are_refused_and_say_where(tmp_path, suffix: str, text: str, told: str) -> None:
    file = tmp_path / f"words{suffix}"
    file.write_text(text)
    with pytest.raises(LyricsError, match=re.escape(told)):
        read_edited(file, song(), DURATION)


@pytest.mark.parametrize("suffix", ALL)
def test_another_songs_file_is_refused(suffix: str) -> None:
    words = tuple(
        Word(text=text, start=7.1 + i, end=8 + i) for i, text in enumerate(["Morgen", "wird", "es", "hell"])
    )
    other = Lyrics(lines=(Line(text="Morgen wird es hell", start=7.1, end=11, words=words),))
    with pytest.raises(LyricsError, match="other words and times"):
        edited(song(), editable(other, suffix), suffix, DURATION)


def test_bytes_that_are_no_text_and_binary_files_are_refused(tmp_path) -> None:
    for content in (b"\x00\x01\x02\xff" * 100, b"ID3\x03" + bytes(range(256)) * 4):
        file = tmp_path / "words.lrc"
        file.write_bytes(content)
        with pytest.raises(LyricsError):
            read_edited(file, song(), DURATION)


def test_overlapping_lines_of_a_duet_are_kept() -> None:
    lyrics = song()
    text = editable(lyrics, ".vtt") + "\n00:00:01.000 --> 00:00:03.000\nSilver rain\n"
    back = edited(lyrics, text, ".vtt", DURATION)
    assert [line.start for line in back.lines] == [
        pytest.approx(1 / 3),
        1.0,
        pytest.approx(10 + 1 / 3),
        pytest.approx(20 + 1 / 3),
    ]


def test_a_song_without_words_has_nothing_to_edit_but_takes_words() -> None:
    with pytest.raises(LyricsError, match="nothing to edit"):
        editable(Lyrics(), ".lrc")
    back = edited(Lyrics(), "1\n00:00:01,000 --> 00:00:03,000\nSilver rain\n", ".srt", DURATION)
    assert [word.text for word in back.lines[0].words] == ["Silver", "rain"]
    assert back.source is LyricsSource.GIVEN


def test_offset_there_and_back() -> None:
    lyrics = song()
    back = shifted(shifted(lyrics, 300, DURATION), -300, DURATION)
    assert [line.start for line in back.lines] == pytest.approx([line.start for line in lyrics.lines])
    late = shifted(lyrics, 30_000, 25.0)
    assert all(word.end <= 25.0 for line in late.lines for word in line.words)
