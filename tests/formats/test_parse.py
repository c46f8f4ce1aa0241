"""Files as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.errors import LyricsError
from limelight.formats.ass import parse_ass
from limelight.formats.encoding import LARGEST, decode, read_text
from limelight.formats.given import Timing, split_words
from limelight.formats.lrc import parse_lrc
from limelight.formats.srt import parse_srt
from limelight.formats.text import MOST_REPEATS, parse_text
from limelight.formats.vtt import parse_vtt


def texts(given_lyrics) -> list[str]:
    return [line.text for line in given_lyrics.lines]


def test_headings_and_repeats() -> None:
    sheet = """[Intro]

[Verse 1: Anna]
Silver rain on empty streets
I hear   your name (x2)

Chorus:
Come home, come home

Verse 2
Morning breaks

[Chorus x2]

(Bridge)
Ooh
(x3)
"""
    parsed = parse_text(sheet)
    assert texts(parsed) == [
        "Silver rain on empty streets",
        "I hear your name",
        "I hear your name",
        "Come home, come home",
        "Morning breaks",
        "Come home, come home",
        "Come home, come home",
        "Ooh",
        "Ooh",
        "Ooh",
    ]
    assert parsed.lines[0].singer == "Anna"
    assert parsed.lines[3].singer == ""
    assert len({line.stanza for line in parsed.lines}) == 8


@pytest.mark.parametrize(
    "line",
    ["Bridge over troubled water", "Solo quiero verte", "Chorus of angels", "(ooh ooh)", "Verse after verse"],
)
def test_lyrics_that_look_like_headings_stay(line: str) -> None:
    assert texts(parse_text(f"first\n{line}\n")) == ["first", line]


def test_bombs_of_repeats_are_bounded() -> None:
    assert len(parse_text("hey (x99)").lines) == MOST_REPEATS


def test_singers_need_two_names() -> None:
    duet = parse_text("Anna: Where are you\nBen: I am here\nBoth of us now")
    assert [(line.singer, line.text) for line in duet.lines] == [
        ("Anna", "Where are you"),
        ("Ben", "I am here"),
        ("", "Both of us now"),
    ]
    assert texts(parse_text("Remember: the rain\nfalls")) == ["Remember: the rain", "falls"]


def test_names_in_brackets_are_singers_if_there_are_two() -> None:
    duet = parse_text(
        "[Anna]\nWhere are you\n\n[Ben]\nHere\nnow\n\n[Chorus]\nBoth\n\n[Guitar]\n\n[Anna]\nCome"
    )
    assert [line.singer for line in duet.lines] == ["Anna", "Ben", "Ben", "", "Anna"]
    assert {line.singer for line in parse_text("[Refrain]\nrain\n\n[Outtake]\nfalls").lines} == {""}


def test_singer_alone_holds_for_the_lines_below() -> None:
    duet = parse_text("Anna:\nWhere are you\nnow\n\nBen & Eva:\nHere")
    assert [line.singer for line in duet.lines] == ["Anna", "Anna", "Ben & Eva"]


def test_words_of_scripts_without_spaces() -> None:
    assert split_words("君の名は。") == ["君", "の", "名", "は。"]
    assert split_words("キャット tune") == ["キャッ", "ト", "tune"]
    assert split_words("rain - falls — down") == ["rain -", "falls —", "down"]
    assert split_words("- rain") == ["- rain"]
    assert split_words("...") == []


def test_lrc_with_offset_repeats_and_tags() -> None:
    parsed = parse_lrc(
        "[ti:A]\n[ar:B]\n[offset:+500]\n[00:10.50][01:10.5]hello you\n[00:12.00]\n[00:20.000]bye\n"
    )
    assert (parsed.title, parsed.artist) == ("A", "B")
    assert [(line.start, line.text) for line in parsed.lines] == [
        (10.0, "hello you"),
        (19.5, "bye"),
        (70.0, "hello you"),
    ]
    assert parsed.lines[0].end == 11.5
    assert parsed.timing is Timing.LINES


def test_enhanced_lrc_syllables() -> None:
    parsed = parse_lrc("[00:01.00]<00:01.00>Hel<00:01.20>lo <00:01.50>you<00:02.00>\n")
    assert [(w.text, w.start, w.end) for w in parsed.lines[0].words] == [
        ("Hello", 1.0, 1.5),
        ("you", 1.5, 2.0),
    ]


def test_vtt_with_voice_and_stamps() -> None:
    parsed = parse_vtt("WEBVTT\n\n00:01.000 --> 00:02.500\n<v Anna>Rock <00:01.500><b>&amp;</b> roll\nnow\n")
    assert parsed.lines[0].singer == "Anna"
    assert parsed.lines[0].text == "Rock & roll now"
    assert parsed.lines[0].words[-1].text == "now"


def test_srt_marks_are_taken_off() -> None:
    parsed = parse_srt("1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> <b>you</b>\nthere\n")
    assert texts(parsed) == ["Hello you there"]


def test_ass_without_karaoke() -> None:
    events = "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    parsed = parse_ass(
        f"{events}Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,{{\\an8}}Hello\\Nyou\n"
    )
    assert (parsed.lines[0].text, parsed.lines[0].singer, parsed.lines[0].start) == ("Hello you", "Anna", 1.0)


@pytest.mark.parametrize("parse", [parse_lrc, parse_srt, parse_vtt, parse_ass])
@given(text=st.text(alphabet=st.sampled_from("[]<>:.0123 ab\n{}\\k-,&;")) | st.text())
@settings(max_examples=40, deadline=None)
def test_nothing_but_a_lyrics_error(parse, text: str) -> None:
    try:
        parsed = parse(text)
    except LyricsError:
        return
    assert all(line.start is None or line.start >= 0 for line in parsed.lines)


@given(text=st.text())
@settings(max_examples=50, deadline=None)
def test_any_text_is_lyrics(text: str) -> None:
    for line in parse_text(text).lines:
        assert line.words or not any(sign.isalnum() for sign in line.text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding: str, tmp_path) -> None:
    file = tmp_path / "song.txt"
    file.write_bytes("Où est l’été?\r\nStraße".encode(encoding))
    assert read_text(file) == "Où est l’été?\nStraße"


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"\x81\x8d\x8f", b"a" * (LARGEST + 1)]
)
def test_what_is_not_lyrics_is_refused(content: bytes) -> None:
    with pytest.raises(LyricsError):
        decode(content)


def test_a_missing_file_says_so(tmp_path) -> None:
    with pytest.raises(LyricsError, match="cannot be read"):
        read_text(tmp_path / "none.txt")
    with pytest.raises(LyricsError, match="cannot be read"):
        read_text(tmp_path)
