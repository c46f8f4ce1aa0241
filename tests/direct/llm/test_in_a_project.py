"""A language model directs within a project: kept, resumed, and asked again when its settings change."""

from pathlib import Path

import pytest

from direct.llm.served import Asked, good, serving
from direct.test_director import song
from limelight.events import Event, StageProgressed
from limelight.make import direct
from limelight.order import Order
from limelight.project import Project
from limelight.settings import Settings
from limelight.vault import Vault


def order(tmp_path: Path, **settings: object) -> Order:
    chosen = Settings.model_validate({"director": "llm", "llm_model": "toy", "resolution": 64, **settings})
    return Order(tmp_path / "song.wav", Project(tmp_path / "p"), chosen, Vault(tmp_path / "vault"))


def test_the_same_film_is_directed_once_and_another_model_directs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMELIGHT_LLM_KEY", "sk-hidden")
    with serving(good) as server:
        one = order(tmp_path, llm_url=server.url)
        with one.project.writing():
            first = direct(one, song())
            asked = len(server.asked)
            assert direct(one, song()) == first
            assert direct(one, song(), again=True) == first  # the answers were kept
            assert len(server.asked) == asked
            other = order(tmp_path, llm_url=server.url, llm_model="another")
            assert "another" in direct(other, song()).director
            assert len(server.asked) == 2 * asked
    written = [path for path in (tmp_path / "p").rglob("*") if path.is_file()]
    assert not any(b"sk-hidden" in path.read_bytes() for path in written)


def test_after_a_break_only_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    def leaves(asked: Asked) -> str | tuple[int, str]:
        return good(asked) if len(server.asked) <= 3 else (403, "{}")

    def counted(asked: Asked) -> str:
        later.append(asked)
        return good(asked)

    later: list[Asked] = []
    with serving(leaves) as server:
        one = order(tmp_path, llm_url=server.url)
        with one.project.writing():
            broken = direct(one, song())
            server.reply = counted
            told: list[Event] = []
            whole = direct(
                Order(one.song, one.project, one.settings, one.vault, told.append), song(), again=True
            )
    assert not all("red boat drifts" in shot.prompt for shot in broken.shots)
    assert all("red boat drifts" in shot.prompt for shot in whole.shots)
    assert 0 < len(later) < len([event for event in told if isinstance(event, StageProgressed)])
