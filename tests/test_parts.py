"""Who sings which line: names in lyrics, a setting, or turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.direct.director import RulesDirector
from limelight.errors import SettingsError
from limelight.formats.text import parse_text
from limelight.parts import parse_parts, sings, with_parts
from limelight.score import Line, Lyrics, Score, Section, SectionLabel, Word
from limelight.shoot.painted.cues import silent_in
from limelight.storyboard import Format
from review.toy import toy_score, toy_storyboard

STARS = ("ada", "ben")


def score_of(*singers: str, labels: tuple[SectionLabel, ...] = ()) -> Score:
    """A line every two seconds by these singers; sections of four seconds."""
    lines = tuple(
        Line(
            text=f"line {i}", start=2 * i, end=2 * i + 1.8, singer=singer,
            words=(
                Word(text="line", start=2 * i, end=2 * i + 0.8),
                Word(text=str(i), start=2 * i + 1, end=2 * i + 1.8),
            ),
        )
        for i, singer in enumerate(singers)
    )  # fmt: skip
    seconds = 2.0 * len(singers)
    made = toy_score(seconds)
    labels = labels or (SectionLabel.VERSE,)
    step = seconds / len(labels)
    sections = tuple(Section(label=one, start=i * step, end=(i + 1) * step) for i, one in enumerate(labels))
    return made.model_copy(update={"lyrics": Lyrics(lines=lines), "sections": sections})


def singers(score: Score) -> list[str]:
    return [line.singer for line in score.lyrics.lines]


def test_names_that_are_the_stars_are_theirs_and_together_is_everybody():
    score = with_parts(score_of("Ada", "BEN", "Both", "Ada & Ben", "ada and ben", ""), STARS)
    assert singers(score) == ["ada", "ben", "", "", "", ""]


def test_other_names_are_given_out_in_order_of_appearance():
    assert singers(with_parts(score_of("Anna", "Bob", "Anna", "All"), STARS)) == ["ada", "ben", "ada", ""]
    assert singers(with_parts(score_of("Anna", "Ada", "Anna"), STARS)) == ["ben", "ada", "ben"]


def test_more_names_than_stars_are_not_guessed():
    assert singers(with_parts(score_of("Anna", "Bob", "Carl", "Ada"), STARS)) == ["", "", "", "ada"]


def test_the_setting_says_who_a_name_is():
    parts = parse_parts(("Anna=ben", "Bob=ada"), STARS)
    assert singers(with_parts(score_of("Anna", "Bob"), STARS, parts)) == ["ben", "ada"]
    for wrong in ("Anna", "=ada", "Anna=eve", "Anna="):
        with pytest.raises(SettingsError, match="NAME=STAR"):
            parse_parts((wrong,), STARS)


def test_without_names_verses_are_sung_in_turn_and_refrains_together():
    verse, chorus = SectionLabel.VERSE, SectionLabel.CHORUS
    score = score_of(*[""] * 8, labels=(verse, chorus, verse, chorus))
    assert singers(with_parts(score, STARS)) == ["ada", "ada", "", "", "ben", "ben", "", ""]
    alone = score_of(*[""] * 4)
    assert singers(with_parts(alone, STARS)) == ["ada", "ada", "ben", "ben"]


def test_a_single_star_sings_everything():
    score = score_of("Anna", "Bob")
    assert with_parts(score, ("ada",)) is score
    assert with_parts(score, ()) is score


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6))
def test_every_line_is_sung_by_somebody_of_the_cast(names):
    for line in with_parts(score_of(*names), STARS).lyrics.lines:
        assert any(sings(line, star) for star in STARS)


def test_names_in_brackets_head_stanzas_and_other_brackets_do_not():
    given = parse_text(
        "[Ada]\nsail away\nfar away\n\n[Ben]\nstay with me\n\n[Chorus]\nwe two\n\n[Ada]\nagain\n"
    )
    assert [line.singer for line in given.lines] == ["Ada", "Ada", "Ben", "", "Ada"]
    once = parse_text("[Louder]\nsail away\n\n[Guitar]\nstay\n")
    assert [line.singer for line in once.lines] == ["", ""]
    assert [line.text for line in once.lines] == ["sail away", "stay"]


def test_a_duets_shots_show_who_sings_and_the_other_keeps_silent():
    score = with_parts(score_of("Ada", "Ada", "Ben", "Ben", "Both", "Both"), STARS)
    board = RulesDirector(format=Format(width=96, height=64, fps="24"), stars=STARS).run(score)
    shown = {star for shot in board.shots for star in shot.stars}
    assert shown == set(STARS)
    for shot in board.shots:
        begins, ends = shot.start / 24, shot.end / 24
        heard = [line for line in score.lyrics.between(begins, ends) if line.words]
        if shot.stars and heard:
            assert all(any(sings(line, star) for line in heard) for star in shot.stars)
    both = toy_storyboard([0, 12 * 30], stars=STARS).shots[0]
    film = Format(width=96, height=64, fps="30")
    ada, ben = (silent_in(score, both, film, star) for star in STARS)
    assert ben[15]
    assert not ada[15]
    assert ada[135]
    assert not ben[135]
    assert not ada[255:].any()


def test_a_duets_second_singer_is_not_kept_out_of_the_picture():
    score = with_parts(score_of("Both", "Both"), STARS)
    for stars, kept_out in ((STARS, False), (("ada",), True)):
        shots = RulesDirector(format=Format(width=96, height=64, fps="24"), stars=stars).run(score).shots
        assert all(
            ("second person" in shot.negative_prompt) is (kept_out or len(shot.stars) < 2) for shot in shots
        )
