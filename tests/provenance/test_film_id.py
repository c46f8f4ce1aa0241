import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import InputError
from limelight.provenance.film_id import SYMBOLS, FilmId

IDS = st.binary(min_size=6, max_size=6).map(lambda content: FilmId(content.hex()))


def test_song_and_consents_alone_decide_it():
    first = FilmId.of("ab" * 32, ["c1", "c2"])
    assert first == FilmId.of("ab" * 32, ["c2", "c1"]) == FilmId.of("ab" * 32, iter(["c1", "c2"]))
    others = {
        FilmId.of(song, consents).text
        for song, consents in [
            ("ab" * 32, ["c1"]), ("ab" * 32, []), ("cd" * 32, ["c1", "c2"]), ("ab" * 32, ["c1\nc2x"]),
        ]
    }  # fmt: skip
    assert len(others | {first.text}) == 5


def test_it_stays_what_it_was_in_films_that_were_made():
    assert FilmId.of("00" * 32, ["consent"]).text == "91e754a6b128"


@given(IDS)
def test_its_symbols_say_it_again(film):
    assert len(film.symbols) == SYMBOLS
    assert all(0 <= symbol < 1024 for symbol in film.symbols)
    assert FilmId.heard([[symbol] for symbol in film.symbols]) == film


@given(IDS, st.data())
def test_it_is_heard_among_wrong_candidates_and_not_without_the_right_one(film, data):
    wrong = [data.draw(st.sampled_from([s for s in range(1024) if s != right])) for right in film.symbols]
    both = [[false, right] for right, false in zip(film.symbols, wrong, strict=True)]
    assert FilmId.heard(both) == film
    assert FilmId.heard([[wrong[0]], *[[symbol] for symbol in film.symbols[1:]]]) is None


@pytest.mark.parametrize("text", ["", "abc", "g" * 12, "A" * 12, "0" * 13])
def test_other_texts_are_no_ids(text):
    with pytest.raises(InputError, match="12 hex digits"):
        FilmId(text)
