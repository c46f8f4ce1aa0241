"""A project goes on with the film that was asked for, until something else is asked for."""

import shutil
import tomllib
from pathlib import Path

import pytest

from cli.backlot import STAR, Shell, admit_star, refused, song


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return admit_star(tmp_path_factory.mktemp("stocked") / "vault")


@pytest.fixture
def shell(stocked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    shutil.copytree(stocked, tmp_path / "vault")
    song(tmp_path / "it.wav", 2.0)
    return Shell(tmp_path, tmp_path / "vault", capsys)


def kept(shell: Shell) -> dict[str, object]:
    return tomllib.loads((shell.folder / "it.limelight/limelight.toml").read_text())


ASKED = ("--star", STAR, "--resolution", "64", "--no-separate", "--seed", "7", "--fps", "23.976")


def test_a_second_run_goes_on_with_the_same_film_and_says_so_in_a_line(shell: Shell) -> None:
    (shell.folder / "words.txt").write_text("la la la")
    first = shell("listen", "it.wav", "--lyrics", "words.txt", "--workers", "1", *ASKED)
    assert first.code == 0, first
    assert "as before" not in first.err
    assert kept(shell) == {
        "song": str(shell.folder / "it.wav"),
        "lyrics": str(shell.folder / "words.txt"),
        "stars": [STAR],
        "resolution": 64,
        "separate": False,
        "seed": 7,
        "fps": "24000/1001",
    }
    again = shell("listen", "it.wav")
    assert "listen: from the cache" in again.err
    lines = [line for line in again.err.splitlines() if "as before" in line]
    assert len(lines) == 1
    for word in ("resolution = 64", f"stars = {STAR}", "separate = no", "to forget one", "limelight.toml"):
        assert word in lines[0]
    assert "song =" not in lines[0]
    assert shell("direct", "it.limelight").code == 0, "the project knows its song"


def test_what_is_given_now_goes_first_and_is_remembered_in_turn(shell: Shell) -> None:
    assert shell("listen", "it.wav", *ASKED).code == 0
    said = shell("listen", "it.wav", "--seed", "8", "--separate", "--star", "")
    assert "seed" not in said.err
    assert (kept(shell)["seed"], kept(shell)["separate"], kept(shell)["stars"]) == (8, True, [])


def test_a_plan_remembers_nothing_and_nothing_is_left_of_what_cannot_be_used(shell: Shell) -> None:
    assert shell("make", "it.wav", *ASKED, "--dry-run").code == 0
    (shell.folder / "it.wav").write_bytes(b"no song")
    refused(shell("make", "it.wav", *ASKED))
    assert not (shell.folder / "it.limelight").exists()


def test_what_turns_out_to_be_unusable_is_not_remembered(shell: Shell) -> None:
    assert shell("listen", "it.wav", *ASKED).code == 0
    before = (shell.folder / "it.limelight/limelight.toml").read_bytes()
    (shell.folder / "empty.txt").touch()
    for lyrics in ("empty.txt", "."):
        refused(shell("listen", "it.wav", "--lyrics", lyrics, "--seed", "9"))
        assert (shell.folder / "it.limelight/limelight.toml").read_bytes() == before
    assert shell("listen", "it.wav").code == 0


def test_parts_of_an_earlier_cast_are_forgotten_with_it(shell: Shell) -> None:
    assert shell("new", "it.wav", "--star", STAR, "--part", f"Anna={STAR}").code == 0
    assert shell("listen", "it.wav", "--star", STAR, "--no-separate").code == 0
    assert kept(shell)["parts"] == [f"Anna={STAR}"], "the control: the same cast"
    assert shell("listen", "it.wav", "--star", "").code == 0
    assert kept(shell)["parts"] == []


def test_another_song_of_the_same_name_does_not_take_over_a_project(shell: Shell) -> None:
    assert shell("listen", "it.wav", *ASKED).code == 0
    (shell.folder / "other").mkdir()
    song(shell.folder / "other/it.wav", 3.0)
    before = kept(shell)
    refused(shell("make", "other/it.wav"), "another recording", "--project", codes=[2])
    assert kept(shell) == before
    shutil.copy2(shell.folder / "it.wav", shell.folder / "other/it.wav")
    assert shell("listen", "other/it.wav").code == 0, "the control: the same recording in another place"
