import json
import os
from pathlib import Path

import pytest

from limelight.document import write_atomically
from limelight.errors import DocumentError
from limelight.score import BeatGrid, MoodPoint, Score, Section, SectionLabel, Song
from limelight.storyboard import Composition, Format, Imagery, Shot, Storyboard


def score() -> Score:
    return Score(
        song=Song(sha256="0" * 64, duration=2.0, sample_rate=44100, channels=2),
        rhythm=BeatGrid(tempo=120, beats=(0.0, 0.5, 1.0), downbeats=(0.0,)),
        sections=(Section(label=SectionLabel.VERSE, start=0, end=2),),
        mood=(MoodPoint(time=0, valence=0.1, arousal=-0.2),),
    )


def storyboard(lengths: tuple[int, ...] = (10, 20)) -> Storyboard:
    shots, start = [], 0
    for number, frames in enumerate(lengths, start=1):
        shots.append(
            Shot(
                number=number,
                start=start,
                frames=frames,
                section=SectionLabel.VERSE,
                imagery=Imagery(scenery="sea"),
                composition=Composition.WIDE,
                look="painted",
                seed=number,
            )
        )
        start += frames
    return Storyboard(
        song_sha256="0" * 64,
        format=Format(),
        frames=start,
        director="rules",
        look="painted",
        seed=1,
        shots=tuple(shots),
    )


def test_a_document_comes_back_as_it_was(tmp_path: Path) -> None:
    for document in (score(), storyboard()):
        document.write(tmp_path / "document.json")
        assert type(document).read(tmp_path / "document.json") == document


def test_the_schema_is_the_first_thing_in_the_file() -> None:
    assert next(iter(json.loads(score().to_json()))) == "schema"
    assert json.loads(score().to_json())["schema"] == "limelight.score/1"


def changed(**changes: object) -> str:
    return json.dumps(json.loads(score().to_json()) | changes)


def test_an_unknown_key_is_named_beside_those_allowed() -> None:
    with pytest.raises(DocumentError, match=r"unknown key 'ryhthm'.*rhythm"):
        Score.parse(changed(ryhthm=1))


def test_an_unknown_key_deep_inside_names_the_keys_of_its_place() -> None:
    raw = json.loads(score().to_json())
    raw["sections"][0]["lable"] = "verse"
    with pytest.raises(DocumentError, match=r"sections\.0\.lable.*label, start, end"):
        Score.parse(json.dumps(raw))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "schema"),
        (changed(schema="limelight.score/2"), "Upgrade"),
        (changed(schema="limelight.storyboard/1"), "right file"),
        (changed(mood=[{"time": 0, "valence": 7, "arousal": 0}]), "valence"),
        (changed(mood=[]), "mood.*at least 1"),
        (changed(rhythm={"tempo": 1, "beats": [1.0, 0.5]}), "rise"),
    ],
)
def test_a_broken_document_is_refused_with_the_reason(text: str, told: str) -> None:
    with pytest.raises(DocumentError, match=told):
        Score.parse(text)


def test_a_missing_document_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nowhere"):
        Score.read(tmp_path / "nowhere.json")


def test_shots_fill_the_film_without_gap_or_overlap() -> None:
    whole = storyboard()
    with pytest.raises(ValueError, match="frame 10 is due"):
        Storyboard.model_validate(
            whole.model_dump(by_alias=True)
            | {"shots": [whole.shots[0], whole.shots[1].model_copy(update={"start": 11})]}
        )
    told = json.loads(whole.to_json()) | {"frames": 31}
    with pytest.raises(DocumentError) as refusal:
        Storyboard.parse(json.dumps(told), origin="storyboard.json")
    assert refusal.value.message == (
        f"storyboard.json: the whole document: the shots fill {whole.frames} frames; the film has 31."
    )
    with pytest.raises(ValueError, match="the film has 31"):
        Storyboard.model_validate(whole.model_dump(by_alias=True) | {"frames": 31})


def test_documents_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        score().song.duration = 3.0  # type: ignore[misc]


def test_a_failed_write_leaves_the_old_document_and_no_scraps(tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    write_atomically(path, b"old")
    os.chmod(tmp_path, 0o500)  # noqa: PTH101
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write anywhere")
        with pytest.raises(OSError, match="denied"):
            write_atomically(path, b"new")
    finally:
        os.chmod(tmp_path, 0o700)  # noqa: PTH101
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
