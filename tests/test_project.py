import multiprocessing
import os
from pathlib import Path

import pytest

from limelight.errors import ProjectError
from limelight.project import Project, explained
from test_document import score, storyboard


def test_a_document_edited_by_hand_is_noticed_and_ours_is_not(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    project.publish(score(), project.score, "key-1")
    assert not project.edited_by_hand(project.score)
    assert project.made_with(project.score) == "key-1"
    project.score.write_text(project.score.read_text() + " ")
    assert project.edited_by_hand(project.score)
    assert project.made_with(project.score) == ""


def test_losing_the_cache_makes_every_document_count_as_made_by_hand(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    project.publish(storyboard(), project.storyboard, "key")
    (project.cache / "made.json").unlink()
    assert project.edited_by_hand(project.storyboard)


def test_clearing_the_cache_keeps_documents_and_what_is_known_of_them(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    project.publish(score(), project.score, "key")
    take = project.cached("takes", "a", ".mp4")
    take.write_bytes(b"x" * 1000)
    assert project.clear_cache() >= 1000
    assert not take.exists()
    assert project.made_with(project.score) == "key"


def test_work_that_fails_at_once_leaves_no_folder_and_later_work_keeps_its_own(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    with pytest.raises(KeyError), project.writing():
        raise KeyError
    assert not project.root.exists()

    def fail_later() -> None:
        with project.writing():
            project.publish(score(), project.score, "key")
            raise KeyError

    with pytest.raises(KeyError):
        fail_later()
    assert project.made_with(project.score) == "key"
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyError), Project(tmp_path / "mine").writing():
        raise KeyError
    assert (tmp_path / "mine").is_dir(), "a folder that was there before stays"


def hold(
    root: Path, held: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event"
) -> None:
    with Project(root).writing():
        held.set()
        done.wait(20)


def test_two_processes_cannot_write_at_once_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "p", held, done))
    other.start()
    assert held.wait(20)
    project = Project(tmp_path / "p")
    with pytest.raises(ProjectError, match="another process"), project.writing():
        pass
    other.kill()
    other.join()
    with project.writing():
        assert project.cache.exists()


@pytest.mark.parametrize(
    "name", ['it\'s "quoted"\nand broken.mp3', "....mp3", "a/b:c*?.mp3", "x" * 240 + ".mp3", "ночь.ogg"]
)
def test_any_song_name_gives_one_plain_folder(tmp_path: Path, name: str) -> None:
    project = Project.beside(Path(name.rsplit("/", maxsplit=1)[-1]), tmp_path)
    assert project.root.parent == tmp_path
    assert project.root.name.endswith(".limelight")
    assert "\n" not in project.root.name


def test_refusals_of_the_system_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="Free some space"), explained("the film"):
        raise OSError(28, os.strerror(28))
    (tmp_path / "file").write_text("")
    project = Project(tmp_path / "file" / "song.limelight")
    with pytest.raises(ProjectError, match="cannot be written"), project.writing():
        pass


@pytest.mark.parametrize(
    "name",
    [
        "score.json",
        "storyboard.json",
        "report.html",
        "film.mp4",
        "film.vtt",
        ".cache/lock",
        ".cache/made.json",
    ],
)
def test_a_folder_where_a_file_belongs_is_named_and_stays(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path / "song.limelight")
    (project.root / name).mkdir(parents=True)
    told = rf"{name} is a folder.*Move it elsewhere"
    with pytest.raises(ProjectError, match=told), project.writing():
        pass
    assert (project.root / name).is_dir()
    if name == "score.json":
        with pytest.raises(ProjectError, match=told):
            project.edited_by_hand(project.score)


def test_a_file_where_a_folder_belongs_is_told(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    project.root.mkdir()
    project.takes.write_text("mine")
    with pytest.raises(ProjectError, match=r"takes.*A file stands where a folder belongs"), project.writing():
        pass


def test_what_a_killed_run_left_is_swept_and_a_persons_files_stay(tmp_path: Path) -> None:
    project = Project(tmp_path / "song.limelight")
    with project.writing():
        pass
    left = (".cache/takes/.ab.12.part.mp4", ".film.12.part.mp4", "takes/0001.new", ".score.json.k3_x")
    mine = (".gitignore", "notes.txt", "takes/0001.mp4")
    (project.cache / "takes").mkdir()
    for name in (*left, *mine):
        (project.root / name).write_text("x")
    with project.writing():
        assert [name for name in (*left, *mine) if (project.root / name).exists()] == list(mine)


def test_naming_a_project_makes_no_folder(tmp_path: Path) -> None:
    assert Project(tmp_path / "song.limelight").made_with(tmp_path / "song.limelight/score.json") == ""
    assert not (tmp_path / "song.limelight").exists()


def test_what_is_no_memory_of_documents_counts_as_none(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    project.cache.mkdir(parents=True)
    project.score.write_text("{}")
    for broken in ('{"score.json": 3}', "[]", "{"):
        (project.cache / "made.json").write_text(broken)
        assert project.edited_by_hand(project.score)
        assert project.made_with(project.score) == ""


def test_a_damaged_take_goes_with_its_double_and_no_other(tmp_path: Path) -> None:
    project = Project(tmp_path / "p")
    one, other = (project.cached("takes", key, ".mp4") for key in ("one", "other"))
    for take, content in ((one, b"damaged"), (other, b"whole")):
        take.write_bytes(content)
        take.with_suffix(".json").write_text("{}")
    laid = project.lay_out({1: one, 2: other})
    project.discard(laid[0])
    assert [path.exists() for path in (laid[0], one, laid[1], other)] == [False, False, True, True]
