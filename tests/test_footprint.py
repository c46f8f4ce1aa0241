"""Whose takes a vault takes away: its own, wherever it lies now, and not those of the vault that it is a copy of."""

import shutil
from pathlib import Path

import pytest

from cli.backlot import STAR, Shell, admit_star
from limelight import footprint
from limelight.guard import Policy, Screening
from limelight.project import Project


@pytest.fixture
def shot(tmp_path: Path) -> Project:
    """A project with a film and a take of the star, shot by the vault ``vault``."""
    footprint.leave(admit_star(tmp_path / "vault"), (STAR,), project := Project(tmp_path / "film.limelight"))
    return filled(project)


def filled(project: Project) -> Project:
    for folder in (project.takes, project.cache / "takes"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "0001.mp4").write_bytes(b"a take")
        seen = Screening(number=1, policy=Policy.STANDARD, scorer="toy", frames=1, stars=(STAR,))
        seen.write(folder / "0001.json")
    project.film.write_bytes(b"a film")
    return project


def takes(project: Project) -> int:
    return len([*project.takes.glob("*.mp4"), *(project.cache / "takes").glob("*.mp4")])


def test_forgetting_in_a_copied_vault_leaves_what_the_vault_itself_shot_and_says_where_that_is(
    shot: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control: the vault that shot it takes it down, films too."""
    shutil.copytree(tmp_path / "vault", tmp_path / "copy")
    said = Shell(tmp_path, tmp_path / "copy", capsys)("star", "forget", STAR, "--yes", "--films")
    assert said.code == 0
    assert (takes(shot), shot.film.exists()) == (2, True)
    assert "is a copy" in said.out
    assert f"LIMELIGHT_VAULT={tmp_path / 'vault'}" in said.out
    assert not (tmp_path / "copy/stars" / STAR).exists()
    said = Shell(tmp_path, tmp_path / "vault", capsys)("star", "forget", STAR, "--yes", "--films", "--json")
    assert (said.code, said.events[-1]["left"]) == (0, [])
    assert (takes(shot), shot.film.exists()) == (0, False)


def test_a_copy_takes_down_what_it_shot_itself_also_in_the_same_project(
    shot: Project, tmp_path: Path
) -> None:
    shutil.copytree(tmp_path / "vault", tmp_path / "copy")
    own = filled(Project(tmp_path / "own.limelight"))
    footprint.leave(tmp_path / "copy", (STAR,), own)
    assert [one.project.root for one in footprint.others(tmp_path / "copy", STAR)] == [shot.root]
    assert footprint.erase(tmp_path / "copy", STAR)
    assert (takes(own), takes(shot)) == (0, 2)
    shutil.rmtree(tmp_path / "copy")
    shutil.copytree(tmp_path / "vault", tmp_path / "copy")
    footprint.leave(tmp_path / "copy", (STAR,), shot)
    assert not footprint.others(tmp_path / "copy", STAR)
    footprint.erase(tmp_path / "copy", STAR)
    assert takes(shot) == 0


@pytest.mark.parametrize("became", ["moved", "restored", "the last to hold the star", "linked"])
def test_a_vault_that_has_come_after_the_first_reaches_its_projects(
    shot: Project, tmp_path: Path, became: str
) -> None:
    vault, now = tmp_path / "vault", tmp_path / "now"
    if became == "moved":
        vault.rename(now)
    elif became == "restored":
        shutil.copytree(vault, now)
        shutil.rmtree(vault)
    elif became == "linked":
        now.symlink_to(vault)
    else:
        shutil.copytree(vault, now)
        shutil.rmtree(vault / "stars" / STAR)
    assert footprint.projects(now, STAR)[0].root == shot.root
    assert not footprint.others(now, STAR)
    footprint.erase(now, STAR)
    assert takes(shot) == 0


def test_notes_of_before_name_no_vault_and_count(shot: Project, tmp_path: Path) -> None:
    (note,) = (tmp_path / "vault/projects" / STAR).iterdir()
    note.write_bytes(str(shot.root).encode())
    assert footprint.projects(tmp_path / "vault", STAR)[0].root == shot.root
