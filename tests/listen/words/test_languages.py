import pytest
from faster_whisper.tokenizer import _LANGUAGE_CODES

from limelight.errors import LyricsError
from limelight.listen.listening import Listen
from limelight.listen.words.languages import LANGUAGES, refuse_unknown_language


def test_they_are_whispers() -> None:
    assert set(LANGUAGES) == set(_LANGUAGE_CODES)


@pytest.mark.parametrize("language", ["klingon", "EN", "e", "xx", "en,es", "../en"])
def test_others_are_refused_before_the_song_is_looked_at(language: str, tmp_path) -> None:
    with pytest.raises(LyricsError, match="no language"):
        Listen(language=language).run(tmp_path / "no-such-song.mp3")


def test_known_ones_and_none_are_fine() -> None:
    for language in ("", *LANGUAGES):
        refuse_unknown_language(language)
