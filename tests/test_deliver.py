"""A finished film is put where a person wants it, and nothing of theirs is lost by it."""

from pathlib import Path

import pytest

from limelight.errors import InputError
from limelight.events import Event, Warned
from limelight.make import deliver
from limelight.order import Order
from limelight.project import Project
from limelight.settings import Settings
from limelight.vault import Vault


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
