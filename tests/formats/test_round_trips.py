"""What is written is read back: words, singers and times to the format's own precision."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.formats.ass import parse_ass, write_ass
from limelight.formats.given import GivenLyrics, Timing, as_timed, split_words
from limelight.formats.lrc import parse_lrc, write_lrc
from limelight.formats.srt import parse_srt, write_srt
from limelight.formats.text import parse_text, write_text
from limelight.formats.vtt import parse_vtt, write_vtt
from limelight.score import Line, Lyrics, Word

WORDS = st.sampled_from(
    [
        "Rain",
        "don't",
        "où?",
        "él",
        "Straße,",
        "(ooh)",
        "rock'n'roll",
        "a",
        "&",
        "fish-bone",
        "99",
        "<3x",
        "¡no!",
        "Да",
    ]
)


@st.composite
def lyrics_sung(draw: st.DrawFn) -> Lyrics:
    lines = []
    moment = 0.0
    for _ in range(draw(st.integers(1, 5))):
        words = []
        texts = draw(
            st.lists(WORDS, min_size=1, max_size=6).filter(lambda texts: any(t[0].isalpha() for t in texts))
        )
        moment += draw(st.floats(0.05, 9))
        for text in split_words(" ".join(texts)):
            length = draw(st.floats(0.05, 3))
            words.append(Word(text=text, start=moment, end=moment + length))
            moment += length + draw(st.sampled_from([0.0, 0.0, 0.4]))
        start, end = words[0].start, words[-1].end
        lines.append(Line(text=" ".join(w.text for w in words), start=start, end=end, words=tuple(words)))
        moment = end
    singers = draw(st.sampled_from([("", ""), ("Anna", "Ben & Eva")]))
    if len(lines) > 1:
        lines = [line.model_copy(update={"singer": singers[i % 2]}) for i, line in enumerate(lines)]
    return Lyrics(lines=tuple(lines))


KARAOKE: list[tuple[Callable[[Lyrics], str], Callable[[str], GivenLyrics], float]] = [
    (write_lrc, parse_lrc, 0.0051),
    (write_ass, parse_ass, 0.0051),
    (write_vtt, parse_vtt, 0.00051),
]


@pytest.mark.parametrize(("write", "parse", "precision"), KARAOKE)
@given(lyrics=lyrics_sung())
@settings(max_examples=30, deadline=None)
def test_word_times_come_back(write, parse, precision: float, lyrics: Lyrics) -> None:
    back = parse(write(lyrics))
    assert back.timing is Timing.WORDS
    assert [line.singer for line in back.lines] == [line.singer for line in lyrics.lines]
    assert [line.text for line in back.lines] == [line.text for line in lyrics.lines]
    again = as_timed(back)
    for line, line_again in zip(lyrics.lines, again.lines, strict=True):
        assert [w.text for w in line_again.words] == [w.text for w in line.words]
        for word, word_again in zip(line.words, line_again.words, strict=True):
            assert word_again.start == pytest.approx(word.start, abs=precision)
            assert word_again.end == pytest.approx(word.end, abs=precision)


@given(lyrics=lyrics_sung())
@settings(max_examples=20, deadline=None)
def test_srt_keeps_lines(lyrics: Lyrics) -> None:
    back = parse_srt(write_srt(lyrics))
    assert back.timing is Timing.LINES
    assert [(line.text, line.singer) for line in back.lines] == [
        (line.text, line.singer) for line in lyrics.lines
    ]
    for line, line_again in zip(lyrics.lines, back.lines, strict=True):
        assert line_again.start == pytest.approx(line.start, abs=0.00051)
        assert line_again.end == pytest.approx(line.end, abs=0.00051)


@given(lyrics=lyrics_sung())
@settings(max_examples=15, deadline=None)
def test_text_keeps_the_words(lyrics: Lyrics) -> None:
    back = parse_text(write_text(lyrics))
    assert [line.text for line in back.lines] == [line.text for line in lyrics.lines]


def test_karaoke_centiseconds_do_not_drift() -> None:
    r"""300 words of 0.3333 s: each \k alone would be 0.33, one second too early at the end."""
    words = tuple(Word(text=f"w{i}", start=i / 3, end=(i + 1) / 3) for i in range(300))
    text = " ".join(word.text for word in words)
    lyrics = Lyrics(lines=(Line(text=text, start=0, end=100, words=words),))
    assert as_timed(parse_ass(write_ass(lyrics))).lines[0].words[-1].end == pytest.approx(100.0, abs=0.0051)


def test_words_not_sung_are_not_timed() -> None:
    words = (
        Word(text="here", start=1, end=2),
        Word(text="missing", start=2, end=2, sung=False),
        Word(text="again", start=3, end=4),
    )
    lines = (
        Line(text="here missing again", start=1, end=4, words=words),
        Line(text="never", start=5, end=5, words=(Word(text="never", start=5, end=5, sung=False),)),
    )
    for write in (write_lrc, write_ass, write_vtt, write_srt):
        assert "never" not in write(Lyrics(lines=lines))
        assert "missing" in write(Lyrics(lines=lines))
