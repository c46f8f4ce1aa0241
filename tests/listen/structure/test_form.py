import itertools

from limelight.listen.structure.form import with_refrain
from limelight.score import BeatGrid, Line, Section, SectionLabel, Word

VERSES = (
    ("city lights", "rivers run", "harbor calls", "silver rain"),
    ("midnight train", "neon fades", "lines", "home"),
)
REFRAIN = ("take me where the ocean glows", "over mountains under stars", "every road", "leads me back")
BAR = 2.0


def line(text: str, start: float) -> Line:
    words = tuple(
        Word(text=word, start=start + 0.6 * n, end=start + 0.6 * n + 0.6)
        for n, word in enumerate(text.split())
    )
    return Line(text=text, start=start, end=words[-1].end, words=words)


def song() -> tuple[list[Line], BeatGrid, float]:
    """Four bars alone, verse, refrain, verse, refrain (two bars a line), four bars alone."""
    texts = [*VERSES[0], *REFRAIN, *VERSES[1], *REFRAIN]
    lines = [line(text, 8.0 + 4.0 * n - 0.2) for n, text in enumerate(texts)]
    duration = 8.0 + 4.0 * len(texts) + 8.0
    beats = tuple(n * BAR / 4 for n in range(int(duration / BAR * 4)))
    return lines, BeatGrid(tempo=120, beats=beats, downbeats=beats[::4]), duration


def whole(duration: float) -> tuple[Section, ...]:
    return (Section(label=SectionLabel.VERSE, start=0, end=duration, letter="A"),)


def test_what_comes_again_is_the_chorus() -> None:
    lines, rhythm, duration = song()
    found = with_refrain(whole(duration), lines, rhythm, duration)
    assert [section.label.value for section in found] == [
        "intro",
        "verse",
        "chorus",
        "verse",
        "chorus",
        "outro",
    ]
    borders = [section.start for section in found]
    assert borders[:5] == [0.0, 8.0, 24.0, 40.0, 56.0]
    assert lines[-1].end <= borders[5] <= 72.0
    assert found[2].letter == found[4].letter
    assert found[1].letter != found[3].letter


def test_sections_cover_the_song_without_a_gap() -> None:
    lines, rhythm, duration = song()
    for shown in (lines, lines[:9], lines[4:], lines[::2]):
        found = with_refrain(whole(duration), shown, rhythm, duration)
        assert found[0].start == 0
        assert found[-1].end == duration
        assert all(a.end == b.start for a, b in itertools.pairwise(found))


def test_without_a_refrain_sections_stay_as_they_were() -> None:
    lines, rhythm, duration = song()
    other = [line(part.text[::-1] if n >= 8 else part.text, part.start) for n, part in enumerate(lines)]
    for shown in ([], lines[:8], other):
        assert with_refrain(whole(duration), shown, rhythm, duration) == whole(duration)


def test_a_song_that_is_nothing_but_one_refrain_has_no_chorus() -> None:
    _, rhythm, duration = song()
    same = [line(REFRAIN[n % 4], 4.0 * n) for n in range(int(duration / 4))]
    assert with_refrain(whole(duration), same, rhythm, duration) == whole(duration)


def test_a_refrain_is_known_when_it_is_sung_a_little_differently() -> None:
    lines, rhythm, duration = song()
    varied = [line(f"oh {part.text}", part.start) if n == 12 else part for n, part in enumerate(lines)]
    found = with_refrain(whole(duration), varied, rhythm, duration)
    assert [section.start for section in found if section.label is SectionLabel.CHORUS] == [24.0, 56.0]


def test_a_verse_that_comes_again_is_not_the_chorus_between() -> None:
    texts = [*VERSES[0], *REFRAIN, *VERSES[1], *REFRAIN, *VERSES[0], *REFRAIN]
    lines = [line(text, 8.0 + 4.0 * n - 0.2) for n, text in enumerate(texts)]
    duration = 8.0 + 4.0 * len(texts) + 8.0
    beats = tuple(n * BAR / 4 for n in range(int(duration / BAR * 4)))
    rhythm = BeatGrid(tempo=120, beats=beats, downbeats=beats[::4])
    found = with_refrain(whole(duration), lines, rhythm, duration)
    assert [section.start for section in found if section.label is SectionLabel.CHORUS] == [24.0, 56.0, 88.0]
