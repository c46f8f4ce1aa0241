"""What people really hand in: each ends in a clear error with advice or in a sensible film, nothing half-written."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from cli.backlot import Said, Shell, admit_star, contents, refused, song
from limelight.project import Project
from limelight.timebase import frames_in
from review.toy import toy_score
from songs import bad_files, synth

TINY = ("--resolution", "64", "--no-separate", "--workers", "1")


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, tmp_path / "vault", capsys)


def untouched(shell: Shell, said: Said, *words: str) -> None:
    """Refused as wrong input, and nothing but the input is there."""
    refused(said, *words, codes=[2])
    made = [path for path in shell.folder.rglob("*") if ".limelight" in str(path.relative_to(shell.folder))]
    assert not [path for path in made if path.is_file() and path.suffix != ".toml"]
    assert not [path for path in made if not path.rglob("*.toml")], "an empty project was left behind"


@pytest.mark.parametrize(
    "make",
    [
        bad_files.empty,
        bad_files.header_only,
        bad_files.text,
        bad_files.random_bytes,
        bad_files.picture_only,
        lambda path: bad_files.truncated(path, "m4a"),
        lambda path: synth.tone(0.4).write(path, "wav"),
    ],
    ids=["empty", "header", "text", "noise", "picture", "cut m4a", "0.4 s"],
)
def test_what_is_not_a_song_is_refused(shell: Shell, make: Callable[[Path], Path]) -> None:
    untouched(shell, shell("make", make(shell.folder / "it.mp3"), *TINY), "it.mp3")


def test_three_hours_are_refused_before_they_are_decoded(shell: Shell) -> None:
    bad_files.long_silence(shell.folder / "it.flac", hours=3.0)
    untouched(shell, shell("make", "it.flac", *TINY), "20", "--longest-minutes")


def test_hours_that_the_header_hides_are_refused_while_decoding(shell: Shell) -> None:
    """A flac of a few kilobytes that decodes to an hour, its length wiped out: 0 means unknown."""
    path = bad_files.long_silence(shell.folder / "it.flac", hours=1.0)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    assert len(content) < 1_000_000
    untouched(shell, shell("make", "it.flac", *TINY, "--longest-minutes", "2"), "--longest-minutes")


@pytest.mark.parametrize("given", ["nowhere.mp3", ".", "\n"])
def test_a_song_that_is_not_there_is_refused(shell: Shell, given: str) -> None:
    untouched(shell, shell("make", given, *TINY), "Give a recording")


def test_a_name_that_no_disk_takes_is_refused(shell: Shell) -> None:
    refused(shell("make", "a" * 300 + ".mp3", *TINY), "too long", "Check the path")


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("empty.txt", b"", "no words"),
        ("blank.lrc", b"\n\n  \n", ".txt"),
        ("picture.txt", bytes(range(256)) * 40, "picture.txt"),
        ("endless.txt", b"la " * 30_000, "30,000 words"),
        (None, b"", "lyrics"),
    ],
)
def test_lyrics_that_are_none_are_refused(shell: Shell, name: str | None, content: bytes, word: str) -> None:
    song(shell.folder / "it.wav", 2.0)
    if name:
        (shell.folder / name).write_bytes(content)
    untouched(shell, shell("make", "it.wav", "--lyrics", name or "no-lyrics.txt", *TINY), word)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--star", "nobody"], ["nobody", "star"]),
        (["--star", "Ada"], ["Ada", "lower-case", "star list"]),
        (["--star", "../../etc"], ["star"]),
        (["--look", "nope"], ["nope", "noir"]),
        (["--camera", "nope"], ["nope", "painted"]),
        (["--director", "nope"], ["nope", "rules"]),
        (["--fps", "fast"], ["fast", "24"]),
        (["--fps", "1/0"], ["24"]),
        (["--fps", "100000"], ["120"]),
        (["--resolution", "63"], ["resolution", "at least 64, at most 4320, a multiple of 2"]),
        (["--resolution", "1000000"], ["resolution"]),
        (["--seed", "-1"], ["seed", "at least 0"]),
        (["--aspect", "4:3"], ["16:9"]),
        (["--workers", "1000"], ["workers"]),
        (["--longest-minutes", "nan"], ["longest"]),
        (["--language", "klingon"], ["klingon", "en, es"]),
        (["-o", "it.wav"], ["mp4"]),
        (["-o", "film.avi"], ["film.avi", "mp4"]),
        (["-o", "folder.mp4"], ["folder"]),
        (["-o", "it.wav/film.mp4"], ["-o"]),
        (["--certificate", "mine.pem"], ["certificate", "key"]),
        (["--nonsense"], ["--nonsense"]),
    ],
    ids=" ".join,
)
def test_impossible_flags_are_refused_before_anything_is_made(
    shell: Shell, flags: list[str], words: list[str]
) -> None:
    song(shell.folder / "it.wav", 2.0)
    (shell.folder / "folder.mp4").mkdir()
    before = contents(shell.folder)
    refused(shell("make", "it.wav", *TINY, *flags), *words)
    assert {
        name: content for name, content in contents(shell.folder).items() if "vault" not in name
    } == before


def test_a_song_whose_name_begins_with_a_dash_is_explained(shell: Shell) -> None:
    song(shell.folder / "-dash it.wav", 2.0)
    refused(shell("make", "-dash it.wav"), "If you mean the file: './-dash it.wav'")
    assert "file" not in shell("make", "-nothing.wav").err, "no such advice where there is no such file"
    assert shell("make", "./-dash it.wav", "--dry-run", *TINY).code == 0


def test_the_film_never_overwrites_the_song(shell: Shell) -> None:
    clip = synth.drums(duration=2.0).write(shell.folder / "it.mp4")
    before = clip.read_bytes()
    (shell.folder / "same.mp4").hardlink_to(clip)
    for place in ("it.mp4", "./it.mp4", "same.mp4"):
        untouched(shell, shell("make", "it.mp4", "-o", place, *TINY), "overwrite")
    assert shell("new", "it.mp4", *TINY).code == 0
    refused(shell("make", "it.limelight", "-o", "it.mp4", *TINY), "overwrite", codes=[2])
    assert clip.read_bytes() == before


@pytest.mark.parametrize(
    ("document", "content", "words"),
    [
        ("limelight.toml", "colour = 'red'", ["colour", "look"]),
        ("limelight.toml", "fsp = 25", ["fsp", "Did you mean 'fps'"]),
        ("limelight.toml", "fps = [", ["limelight.toml"]),
        ("limelight.toml", "resolution = 'big'", ["resolution", "big"]),
        ("limelight.toml", b"\xff\xfe\x00", ["limelight.toml"]),
        ("score.json", "{", ["score.json", "JSON"]),
        ("score.json", "[]", ["score.json"]),
        ("score.json", "", ["score.json"]),
        ("score.json", b"\xff\xfe\x00", ["score.json"]),
        ("score.json", "[" * 100_000, ["score.json"]),
        ("score.json", '{"schema": "limelight.score/99"}', ["score/99", "Upgrade"]),
        ("score.json", '{"schema": "limelight.storyboard/1"}', ["limelight.score/1"]),
        ("score.json", '{"schema": "limelight.score/1", "tempo": 3}', ["score.json"]),
    ],
)
def test_broken_documents_are_refused_and_kept(
    shell: Shell, document: str, content: str | bytes, words: list[str]
) -> None:
    song(shell.folder / "it.wav", 2.0)
    root = shell.folder / "it.limelight"
    root.mkdir()
    (root / document).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = (root / document).read_bytes()
    for command in ("make", "direct"):
        refused(shell(command, "it.wav", *TINY), *words, codes=[2])
    assert (root / document).read_bytes() == before


def listened(shell: Shell, seconds: float = 2.345) -> Path:
    """A project with a score written by hand; its folder."""
    recording = synth.drums(duration=seconds).write(shell.folder / "it.wav")
    project = Project(shell.folder / "it.limelight")
    score = toy_score(seconds, beats=[0.5, 1.0, 1.5, 2.0])
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    score.model_copy(update={"song": score.song.model_copy(update={"sha256": digest})}).write(project.score)
    return project.root


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> bytes:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))
    return path.read_bytes()


STORYBOARD_EDITS: dict[str, tuple[Callable[[dict[str, object]], object], list[str]]] = {
    "unknown key": (lambda d: d["shots"][0].update(mood="sad"), ["shots.0.mood", "keys allowed", "seed"]),
    "newer": (lambda d: d.update(schema="limelight.storyboard/2"), ["storyboard/2", "Upgrade"]),
    "gap": (lambda d: d["shots"][0].update(frames=1), ["shot"]),
    "no shots": (lambda d: d.update(shots=[]), ["shots"]),
    "star": (lambda d: d["shots"][0].update(stars=["nobody"]), ["nobody"]),
    "cast": (lambda d: (d.update(stars=["nobody"]), d["shots"][0].update(stars=["nobody"])), ["nobody"]),
    "look": (lambda d: d["shots"][0].update(look="nope"), ["nope"]),
    "scenery": (lambda d: d["shots"][0]["imagery"].update(scenery="nope"), ["nope"]),
    "other length": (
        lambda d: (d.update(frames=4), d.update(shots=[d["shots"][0] | {"frames": 4}])),
        ["it.limelight"],
    ),
}


@pytest.mark.slow
def test_impossible_storyboards_are_refused_and_kept(shell: Shell) -> None:
    root = listened(shell)
    assert shell("direct", "it.wav", *TINY).code == 0
    path = root / "storyboard.json"
    good = path.read_bytes()
    for name, (change, words) in STORYBOARD_EDITS.items():
        path.write_bytes(good)
        edited = edit(path, change)
        said = shell("shoot", "it.wav", *TINY)
        assert said.code, name
        refused(said, *words)
        assert path.read_bytes() == edited
    assert not list((root / "takes").iterdir())


def test_a_score_of_another_recording_is_refused(shell: Shell) -> None:
    listened(shell)
    song(shell.folder / "it.wav", 3.0)
    refused(shell("direct", "it.wav", *TINY), "another recording", "delete score.json")


def test_unknown_settings_in_the_environment_are_refused(shell: Shell) -> None:
    song(shell.folder / "it.wav", 2.0)
    shell.settings["LIMELIGHT_COLOUR"] = "red"
    untouched(shell, shell("make", "it.wav", *TINY), "colour", "environment")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder_is_refused(shell: Shell) -> None:
    song(shell.folder / "it.wav", 2.0)
    shell.folder.chmod(0o555)
    try:
        refused(shell("make", "it.wav", *TINY), "cannot be written", "--project")
    finally:
        shell.folder.chmod(0o755)


def test_a_project_that_is_a_file_or_under_one_is_refused(shell: Shell) -> None:
    song(shell.folder / "it.wav", 2.0)
    (shell.folder / "file").write_text("mine")
    for place in ("file", "file/deeper"):
        refused(shell("make", "it.wav", "--project", place, *TINY), "file")
    assert (shell.folder / "file").read_text() == "mine"


@pytest.mark.slow
def test_a_full_disk_stops_it_and_the_same_command_goes_on_later(shell: Shell) -> None:
    """The limit on a file's size stands for the disk: the system refuses to write more, as ENOSPC does."""
    root = listened(shell)
    assert shell("shoot", "it.wav", *TINY).code == 0
    takes = contents(root / "takes")
    largest = max(map(len, takes.values()))
    said = shell.spawn("make", "it.wav", *TINY, most_bytes=largest + 2_000)
    refused(said, "film", codes=[1])
    assert contents(root / "takes") == takes
    assert not (root / "film.mp4").exists()
    shutil.rmtree(root / "takes")
    shutil.rmtree(root / ".cache/takes")
    refused(shell.spawn("shoot", "it.wav", *TINY, most_bytes=max(largest // 2, 4_096)), codes=[1])
    assert not contents(root / "takes")
    assert shell("shoot", "it.wav", *TINY).code == 0
    assert contents(root / "takes") == takes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "seconds"),
    [
        (lambda folder: bad_files.truncated(folder / bad_files.AWKWARD_NAME), 5.0),
        (lambda folder: synth.silence(1.0).write(folder / "silent.wav"), 1.0),
    ],
    ids=["awkward name, cut off", "a silent second"],
)
def test_strange_songs_become_films(shell: Shell, make: Callable[[Path], Path], seconds: float) -> None:
    path = make(shell.folder)
    place = 'out/it\'s "a" film\n.mp4'
    said = shell("make", path.name, "--json", "-o", place, *TINY)
    assert said.code == 0, said
    assert said.events[-1]["film"] == place
    with av.open(str(shell.folder / place)) as opened:
        assert abs(sum(1 for _ in opened.decode(video=0)) - frames_in(seconds, Fraction(30))) <= 6
    assert said.events[-1]["measures"]["duration_error"] <= 1
    assert (shell.folder / 'out/it\'s "a" film\n.report.html').exists()


@pytest.mark.slow
def test_noise_with_another_songs_words_is_told_and_shows_none(shell: Shell) -> None:
    synth.noise(4.0).write(shell.folder / "it.flac")
    (shell.folder / "words.txt").write_text("Silver rain on empty streets\nCarry me home tonight\n" * 3)
    said = shell("direct", "it.flac", "--lyrics", "words.txt", *TINY)
    assert said.code == 0, said
    assert "No steady beat" in said.err
    score = json.loads((shell.folder / "it.limelight/score.json").read_bytes())
    sung = [word for line in score["lyrics"]["lines"] for word in line["words"] if word.get("sung", True)]
    assert not sung
    assert any("lyrics" in warning or "words" in warning for warning in score["warnings"]), score["warnings"]


def test_admitted_stars_of_other_vaults_are_unknown_here(shell: Shell, tmp_path: Path) -> None:
    admit_star(tmp_path / "elsewhere")
    song(shell.folder / "it.wav", 2.0)
    refused(shell("make", "it.wav", "--star", "ada", *TINY), "ada", codes=[1])
