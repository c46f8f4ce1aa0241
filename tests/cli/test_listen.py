"""The words' way to an editor and back, through the command line."""

import hashlib
from pathlib import Path

import pytest

from cli.backlot import Shell, refused
from limelight.project import Project
from limelight.score import Line, Lyrics, LyricsSource, Score, Word
from review.toy import toy_score
from songs import synth


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A folder with a song and a score in its project, made by hand, with an energy that nobody would hear."""
    recording = synth.drums(duration=6.0).write(tmp_path / "it.wav")
    score = toy_score(6.0, beats=[0.5, 1.0, 1.5, 2.0])
    words = tuple(
        Word(text=text, start=1 / 3 + index, end=1 / 3 + index + 0.8, confidence=0.7)
        for index, text in enumerate(["Silver", "rain", "falls"])
    )
    line = Line(text="Silver rain falls", start=words[0].start, end=words[-1].end, words=words)
    lyrics = Lyrics(source=LyricsSource.TRANSCRIBED, language="en", confidence=0.6, lines=(line,))
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    made = score.model_copy(
        update={"song": score.song.model_copy(update={"sha256": digest}), "lyrics": lyrics, "key": "by hand"}
    )
    made.write(Project(tmp_path / "it.limelight").score)
    return Shell(tmp_path, tmp_path / "vault", capsys)


def kept(shell: Shell) -> Score:
    return Score.read(shell.folder / "it.limelight/score.json")


@pytest.mark.parametrize("kind", ["lrc", "ass", "srt", "vtt"])
def test_there_and_back_in_every_format(shell: Shell, kind: str) -> None:
    before = kept(shell)
    said = shell("listen", "it.wav", "--edit", kind)
    sheet = shell.folder / f"it.limelight/lyrics.{kind}"
    assert said.code == 0, said
    assert f"--edited {sheet}" in said.out
    assert shell("listen", "it.wav", "--edited", sheet).code == 0
    assert kept(shell) == before
    sheet.write_text(sheet.read_text().replace("rain", "grain"))
    assert shell("listen", "it.wav", "--edited", sheet).code == 0
    after = kept(shell)
    words = after.lyrics.lines[0].words
    assert [word.text for word in words] == ["Silver", "grain", "falls"]
    assert words[0] == before.lyrics.lines[0].words[0]
    assert words[2].start == before.lyrics.lines[0].words[2].start
    assert after.lyrics.source is LyricsSource.GIVEN
    assert after.model_copy(update={"lyrics": before.lyrics}) == before


def test_alone_it_writes_lrc_and_nothing_edited_is_lost(shell: Shell) -> None:
    sheet = shell.folder / "it.limelight/lyrics.lrc"
    assert shell("listen", "it.wav", "--edit").code == 0
    assert "<00:01.33>rain" in sheet.read_text()
    assert shell("listen", "it.wav", "--edit").code == 0
    sheet.write_text(sheet.read_text().replace("rain", "grain"))
    edited = sheet.read_bytes()
    refused(shell("listen", "it.wav", "--edit"), "there already", "--edited", codes=[2])
    assert sheet.read_bytes() == edited
    assert shell("listen", "it.wav", "--edited", sheet, "--edit", sheet).code == 0
    assert sheet.read_bytes() == edited


def test_everything_is_late(shell: Shell) -> None:
    before = kept(shell)
    assert shell("listen", "it.wav", "--offset", "-300ms").code == 0
    after = kept(shell)
    assert after.lyrics.lines[0].words[1].start == pytest.approx(before.lyrics.lines[0].words[1].start - 0.3)
    assert after.rhythm == before.rhythm
    assert shell("listen", "it.wav", "--offset", "0.3s").code == 0
    assert kept(shell).lyrics.lines[0].start == pytest.approx(before.lyrics.lines[0].start)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--offset", "late"], ["late", "-300ms"]),
        (["--offset", "900s"], ["ten minutes"]),
        (["--edit", "words.doc"], ["words.doc", ".lrc"]),
        (["--edited", "nowhere.lrc"], ["nowhere.lrc"]),
        (["--edited", "broken.lrc"], ["broken.lrc", "line 2"]),
        (["--whisper", "no/such/folder/at/all"], ["no/such/folder/at/all"]),
        (["--whisper", "wisper-base"], ["wisper-base", "whisper-base"]),
    ],
)
def test_what_cannot_be_used_changes_nothing(shell: Shell, options: list[str], words: list[str]) -> None:
    (shell.folder / "broken.lrc").write_text("[00:01.00]fine\nno stamp\n")
    before = (shell.folder / "it.limelight/score.json").read_bytes()
    said = shell("listen", "it.wav", *options)
    assert said.code == 2, said
    assert all(word in said.err for word in words), said
    assert (shell.folder / "it.limelight/score.json").read_bytes() == before
