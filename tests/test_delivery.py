"""A finished film is put where a person wants it, and nothing of theirs is lost by it."""

from dataclasses import replace
from pathlib import Path

import pytest

from limelight.delivery import deliver
from limelight.errors import InputError
from limelight.events import Event, Warned
from limelight.order import Order
from limelight.project import Project
from limelight.provenance import manifest
from limelight.provenance.certificate import signer_for
from limelight.provenance.release import claims_of
from limelight.provenance.source import SourceType
from limelight.settings import Settings
from limelight.vault import Vault
from provenance.scenes import SONG, film


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def order(tmp_path: Path, told: list[Event]) -> Order:
    """A project with a film of a few bytes."""
    project = Project(tmp_path / "song.limelight")
    project.cache.mkdir(parents=True)
    for name in ("film.mp4", "film.lrc", "film.jpg", "report.json", "report.html"):
        (project.root / name).write_text(f"our {name}")
    (tmp_path / "song.mp3").write_text("their song")
    return Order(tmp_path / "song.mp3", project, Settings(), Vault(tmp_path / "vault"), told.append)


@pytest.mark.parametrize("name", ["out/film.mp4", "FILM.MP4", "film.m4v", "a.b.mp4"])
def test_the_film_is_where_it_was_asked_for_and_the_rest_beside_it(
    order: Order, tmp_path: Path, name: str
) -> None:
    place = tmp_path / name
    assert deliver(order, place) == place
    assert place.read_text() == "our film.mp4"
    assert place.with_suffix(".lrc").read_text() == "our film.lrc"
    assert place.with_name(f"{place.stem}.report.html").read_text() == "our report.html"


def test_a_persons_lyrics_and_cover_beside_the_song_are_left_as_they_are(
    order: Order, tmp_path: Path, told: list[Event]
) -> None:
    (tmp_path / "song.lrc").write_text("their words")
    deliver(order, tmp_path / "song.mp4")
    assert (tmp_path / "song.lrc").read_text() == "their words"
    assert (tmp_path / "song.jpg").read_text() == "our film.jpg"
    warned = [event.message for event in told if isinstance(event, Warned)]
    assert len(warned) == 1
    assert str(tmp_path / "song.lrc") in warned[0]
    assert str(order.project.root / "film.lrc") in warned[0]


def test_what_was_delivered_before_is_renewed_unless_somebody_changed_it(
    order: Order, tmp_path: Path, told: list[Event]
) -> None:
    deliver(order, tmp_path / "song.mp4")
    for name in ("film.mp4", "film.lrc", "film.jpg"):
        (order.project.root / name).write_text(f"our newer {name}")
    (tmp_path / "song.jpg").write_text("their picture")
    order.project.clear_cache()
    deliver(order, tmp_path / "song.mp4")
    assert (tmp_path / "song.mp4").read_text() == "our newer film.mp4"
    assert (tmp_path / "song.lrc").read_text() == "our newer film.lrc"
    assert (tmp_path / "song.jpg").read_text() == "their picture"
    assert sum(isinstance(event, Warned) for event in told) == 1


def test_the_film_takes_the_place_of_nothing_that_it_is_made_from(order: Order, tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(order.song)
    with pytest.raises(InputError, match="overwrite the song"):
        deliver(order, tmp_path / "link.mp4")
    assert order.song.read_text() == "their song"


@pytest.fixture
def film_before(tmp_path: Path) -> Path:
    """Where another song's film was delivered by another project, its captions beside it."""
    place = film(tmp_path / "out/film.mp4", 6, (160, 90), shots=1)
    claims = claims_of(SONG, [], [], camera="painted 1", director="rules", source=SourceType.COMPOSITE)
    manifest.sign(place, claims, signer_for(Vault(tmp_path / "vault")))
    place.with_suffix(".lrc").write_text("another song's words")
    return place


def test_what_lay_beside_another_film_goes_with_it(
    order: Order, told: list[Event], film_before: Path
) -> None:
    deliver(order, film_before)
    assert film_before.with_suffix(".lrc").read_text() == "our film.lrc"
    assert not any(isinstance(event, Warned) for event in told)


def test_lyrics_that_were_given_stay_even_there(order: Order, told: list[Event], film_before: Path) -> None:
    lyrics = film_before.with_suffix(".lrc")
    deliver(replace(order, settings=Settings(lyrics=str(lyrics))), film_before)
    assert lyrics.read_text() == "another song's words"
    assert sum(isinstance(event, Warned) for event in told) == 1


def test_beside_a_video_of_ones_own_everything_stays(order: Order, tmp_path: Path, told: list[Event]) -> None:
    place = film(tmp_path / "mine.mp4", 6, (160, 90), shots=1)
    (tmp_path / "mine.lrc").write_text("their words")
    deliver(order, place)
    assert place.read_text() == "our film.mp4", "it was named, and is replaced"
    assert (tmp_path / "mine.lrc").read_text() == "their words"
    assert sum(isinstance(event, Warned) for event in told) == 1
