import os
from pathlib import Path

import pytest

from limelight.errors import SettingsError
from limelight.settings import Settings, gather, remember, write


def places(tmp_path: Path, *, user: str = "", project: str = "") -> dict[str, Path]:
    (tmp_path / "user.toml").write_text(user)
    (tmp_path / "project.toml").write_text(project)
    return {"user": tmp_path / "user.toml", "project": tmp_path / "project.toml"}


def test_nearer_places_win(tmp_path: Path) -> None:
    files = places(tmp_path, user="seed = 2\nfps = 24\naspect = '1:1'", project="seed = 3\nfps = 25")
    environment = {"LIMELIGHT_SEED": "4", "LIMELIGHT_VAULT": "/elsewhere", "HOME": "/"}
    settings = gather(flags={"seed": 5, "look": None}, environment=environment, **files)
    assert (settings.seed, settings.fps, settings.aspect) == (5, "25", "1:1")
    assert gather(flags={}, environment=environment, **files).seed == 4
    assert gather(flags={}, environment={}, **files).seed == 3


@pytest.mark.parametrize(
    ("project", "environment", "told"),
    [
        ("lok = 'ink'", {}, r"unknown setting 'lok' in .*project.toml"),
        ("", {"LIMELIGHT_LOK": "ink"}, r"unknown setting 'lok' in the environment"),
        ("seed = 'many'", {}, "seed in .*project.toml"),
        ("resolution = 721", {}, "resolution"),
        ("seed = ", {}, "cannot be read"),
    ],
)
def test_what_is_unknown_or_impossible_is_named_with_its_place(
    tmp_path: Path, project: str, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        gather(flags={}, environment=environment, **places(tmp_path, project=project))


def test_a_misspelt_setting_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Did you mean 'look'"):
        gather(flags={}, environment={}, **places(tmp_path, project="lok = 'ink'"))


@pytest.mark.parametrize(
    ("aspect", "resolution", "size"),
    [
        ("16:9", 720, (1280, 720)),
        ("9:16", 720, (720, 1280)),
        ("1:1", 720, (720, 720)),
        ("16:9", 1080, (1920, 1080)),
    ],
)
def test_the_resolution_is_the_shorter_side(aspect: str, resolution: int, size: tuple[int, int]) -> None:
    chosen = Settings.model_validate({"aspect": aspect, "resolution": resolution}).format
    assert (chosen.width, chosen.height) == size


def test_writing_keeps_comments_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "limelight.toml"
    path.write_text("# my film\nseed = 1  # lucky\n")
    settings = Settings(seed=7, stars=("ada", "bruno"), fps="24000/1001")
    write(settings, path)
    assert "# my film" in path.read_text()
    assert "# lucky" in path.read_text()
    assert gather(flags={}, environment={}, project=path) == settings


def test_a_project_cannot_choose_where_words_and_keys_are_sent(tmp_path: Path) -> None:
    chosen = "llm_url = 'https://elsewhere.example/v1'"
    with pytest.raises(SettingsError, match="may not choose"):
        gather(flags={}, environment={}, **places(tmp_path, project=chosen))
    assert gather(flags={}, environment={}, **places(tmp_path, user=chosen, project="")).llm_url


def test_a_server_is_not_written_into_a_project(tmp_path: Path) -> None:
    path = tmp_path / "limelight.toml"
    write(Settings(llm_url="http://localhost:8080/v1", seed=7), path)
    assert gather(flags={}, environment={}, project=path).llm_url == ""


def test_what_is_remembered_keeps_all_else_and_touches_nothing_that_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "limelight.toml"
    path.write_text("# mine\nlook = 'ink'  # dark\nseed = 3\n")
    remember({"seed": 3, "look": "ink"}, path)
    assert path.read_text() == "# mine\nlook = 'ink'  # dark\nseed = 3\n"
    remember({"seed": 4, "stars": ("ada",)}, path)
    assert "# dark" in path.read_text()
    settings = gather(flags={}, environment={}, project=path)
    assert (settings.look, settings.seed, settings.stars) == ("ink", 4, ("ada",))


def test_a_path_that_is_not_utf_8_is_told_and_not_half_written(tmp_path: Path) -> None:
    file = tmp_path / "limelight.toml"
    with pytest.raises(SettingsError, match="song cannot be kept"):
        remember({"song": os.fsdecode(b"/music/caf\xe9.mp3"), "seed": 2}, file)
    assert not file.exists()
