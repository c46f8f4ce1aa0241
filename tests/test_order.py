"""What the settings say of a song."""

from pathlib import Path

import pytest

from limelight.order import Order
from limelight.project import Project
from limelight.settings import Settings
from limelight.vault import Vault
from review.toy import toy_score


@pytest.mark.parametrize(
    ("chosen", "title", "artist"),
    [({}, "Toy", "Nobody"), ({"title": " My Song "}, "My Song", "Nobody"), ({"artist": "Ada"}, "Toy", "Ada")],
    ids=["tags", "title", "artist"],
)
def test_title_and_artist_are_the_tags_unless_given(
    tmp_path: Path, chosen: dict[str, str], title: str, artist: str
) -> None:
    score = toy_score(2.0)
    order = Order(tmp_path / "it.wav", Project(tmp_path / "p"), Settings(**chosen), Vault(tmp_path / "vault"))
    asked = order.as_asked(score)
    assert (asked.song.title, asked.song.artist) == (title, artist)
    assert asked.model_copy(update={"song": score.song}) == score, "nothing else changes"
