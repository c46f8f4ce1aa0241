"""Everything that making a film writes, searched for the star: after making, after forgetting, and with controls.

All of it lies in one folder: the vault, the project, the cache, temporary files, the delivered film. After making,
these hold the star by purpose and are left out, and nothing else is:

- ``film.mp4``, ``film.jpg`` and the copies that ``-o`` asks for: the film and its poster;
- ``report.html``, which shows pictures of the film, and its copy;
- ``takes/*.mp4`` and ``.cache/takes/*.mp4``: the shots of the film, kept so that one can be shot again.

``.cache/plates`` may hold pictures (scenery), in which no face may be found. After ``star forget`` only the finished
film, its poster and report are left out; after ``star forget --films``, whose copies are told to be the person's own
affair, nothing is.
"""

import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.backlot import STAR, TINY, Said, Shell, song
from faces.actor import draw
from limelight.faces.identity import Recognizer
from limelight.shoot.painted.plates import load_plate
from limelight.star import Purpose
from limelight.vault import TimedPicture, Vault
from vault import scanner
from vault.scanner import Known
from vault.toy import enrol

pytestmark = pytest.mark.slow
BY_PURPOSE = (
    "work/song.limelight/film.mp4", "work/song.limelight/film.jpg", "work/song.limelight/report.html",
    "work/out/film.mp4", "work/out/film.jpg", "work/out/film.report.html",
)  # fmt: skip
TAKES = ("work/song.limelight/takes/*.mp4", "work/song.limelight/.cache/takes/*.mp4")
SCENERY = ("work/song.limelight/.cache/plates/*.plate",)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, Said]:
    """A film of a person, with everything that was written on the way in one folder."""
    data = tmp_path_factory.mktemp("data")
    pictures = []
    for index in range(12):
        picture, _ = draw(yaw=(index % 4 - 1.5) * 5, jaw=index % 3 * 0.7, size=(320, 240))
        jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
        pictures.append(TimedPicture(index / 10, jpeg))
    enrol(Vault(data / "vault"), STAR, pictures=pictures)
    for name in ("work", "tmp", "cache"):
        (data / name).mkdir()
    song(data / "work/song.wav", 4.0)
    shell = Shell(data / "work", data / "vault")
    shell.settings |= {"TMPDIR": str(data / "tmp"), "LIMELIGHT_CACHE_DIR": str(data / "cache")}
    return shell, shell.spawn("make", "song.wav", "--star", STAR, "-o", "out/film.mp4", "--json", *TINY)


@pytest.fixture(scope="module")
def data(made: tuple[Shell, Said]) -> Path:
    shell, said = made
    assert said.code == 0, said
    return shell.folder.parent


@pytest.fixture(scope="module")
def known(data: Path) -> Known:
    """What the real network makes of the star's frames, and the frames."""
    footage = Vault(data / "vault").open(STAR, Purpose.FILM).footage
    frames = [footage.frame(index) for index in range(len(footage))]
    with Recognizer() as reader:
        seen = [reader.embed(frame, faces[0]) for frame in frames if (faces := reader.detect(frame))]
    assert len(seen) >= 6, "the drawn face should be found"
    mean = np.mean(seen, axis=0)
    return Known(frames, [*seen[:3], mean / np.linalg.norm(mean)])


def searched(data: Path, known: Known, left_out: tuple[str, ...]) -> list[str]:
    """Traces in all files but those left out; scenery may be pictures without a face."""
    found = []
    for file in scanner.files(data):
        name = str(file.relative_to(data))
        if any(fnmatch(name, pattern) for pattern in left_out):
            found += [f"{name}: {what}" for what in known.numbers(file.read_bytes())]  # none, even there
        elif any(fnmatch(name, pattern) for pattern in SCENERY):
            found += [f"{name}: {what}" for what in in_scenery(file, known)]
        else:
            found += [f"{name}: {what}" for what in known.within(file)]
    return found


def in_scenery(file: Path, known: Known) -> list[str]:
    content = file.read_bytes()
    parts = [content, *scanner.inflated(content)]
    found = [what for part in parts for what in (*known.numbers(part), *known.pixels(part))]
    plate = load_plate(file)
    if plate is None:
        return [*found, "no plate"]
    with Recognizer() as reader:
        shown = [plate.flat(), *(np.ascontiguousarray(layer.rgba[..., :3]) for layer in plate.layers)]
        return found + ["a face" for picture in shown if reader.detect(picture)]


def test_after_a_film_was_made_the_star_is_only_where_it_should_be(data: Path, known: Known) -> None:
    assert searched(data, known, (*BY_PURPOSE, *TAKES)) == []
    names = [str(file.relative_to(data)) for file in scanner.files(data)]
    for pattern in (*BY_PURPOSE, *TAKES, *SCENERY):  # each of them is there, so that each says something
        assert any(fnmatch(name, pattern) for name in names), pattern
    assert len(list((data / "vault/stars" / STAR).rglob("*"))) > 20


def test_forgetting_leaves_the_finished_film_and_with_films_nothing(
    data: Path, known: Known, tmp_path: Path
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    shell = Shell(copy / "work", copy / "vault")
    (notes,) = (copy / "vault/projects").glob(f"{STAR}/*")
    notes.write_text(str(copy / "work/song.limelight"))  # the copy is another place
    assert shell.spawn("star", "forget", STAR, "--yes").code == 0
    assert searched(copy, known, BY_PURPOSE) == []
    assert not list(copy.rglob("takes/*.mp4"))
    assert not list((copy / "vault/projects").rglob("*"))
    assert (copy / "work/song.limelight/film.mp4").exists()


def test_forgetting_with_films_leaves_nothing(data: Path, known: Known, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data, copy)
    shell = Shell(copy / "work", copy / "vault")
    (notes,) = (copy / "vault/projects").glob(f"{STAR}/*")
    notes.write_text(str(copy / "work/song.limelight"))
    assert shell.spawn("star", "forget", STAR, "--films", "--yes").code == 0
    assert searched(copy, known, ("work/out/*",)) == []
    shutil.rmtree(copy / "work/out")  # where the person put it
    assert searched(copy, known, ()) == []


def array(frame: np.ndarray, *, compressed: bool = False) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.save)(stream, frame)
    return stream.getvalue()


def picture(suffix: str) -> Callable[[Known], bytes]:
    return lambda known: cv2.imencode(suffix, known.frames[0])[1].tobytes()


PLANTS: dict[str, Callable[[Known], bytes]] = {
    "jpeg": picture(".jpg"),
    "png": picture(".png"),
    "webp": picture(".webp"),
    "npy": lambda known: array(known.frames[2]),
    "npz": lambda known: array(known.frames[2], compressed=True),
    "raw rgb": lambda known: known.frames[1].tobytes(),
    "raw bgr": lambda known: known.frames[1][..., ::-1].tobytes(),
    "float16": lambda known: known.embeddings[-1].astype("<f2").tobytes(),
    "float32": lambda known: known.embeddings[0].astype("<f4").tobytes(),
    "float64": lambda known: known.embeddings[0].astype("<f8").tobytes(),
    "big endian": lambda known: known.embeddings[0].astype(">f4").tobytes(),
    "another of the same face": lambda known: (3 * known.embeddings[-1] + 0.01).astype("<f4").tobytes(),
    "digits": lambda known: str(known.embeddings[0].tolist()).encode(),
}


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize(
    "place", ["vault/planted", "tmp/.planted", "work/song.limelight/.cache/documents/planted"]
)
def test_what_is_planted_is_found(data: Path, known: Known, tmp_path: Path, plant: str, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    noise = np.random.default_rng(len(plant)).bytes(9_001)
    file.write_bytes(noise)
    assert searched(tmp_path, known, ()) == []
    file.write_bytes(noise + PLANTS[plant](known) + noise[:77])
    assert searched(tmp_path, known, ()), plant
    assert os.fspath(data)


@pytest.mark.parametrize("plant", ["jpeg", "npy", "float32", "float16"])
def test_what_is_planted_in_a_database_is_found(known: Known, tmp_path: Path, plant: str) -> None:
    database = sqlite3.connect(tmp_path / "vault.db")
    with database:
        database.execute("create table held (id integer, kept blob)")
        database.execute("insert into held values (1, ?)", (b"x" * 5000,))
    assert searched(tmp_path, known, ()) == []
    with database:
        database.execute("insert into held values (2, ?)", (PLANTS[plant](known),))
    database.close()
    assert any("database" in what for what in searched(tmp_path, known, ()))


def test_a_face_in_scenery_is_found(data: Path, known: Known, tmp_path: Path) -> None:
    plates = list(data.glob(SCENERY[0]))
    shutil.copy(plates[0], tmp_path / "good.plate")
    assert in_scenery(tmp_path / "good.plate", known) == []
    from dataclasses import replace  # noqa: PLC0415

    from limelight.shoot.painted.plates import save_plate  # noqa: PLC0415

    plate = load_plate(plates[0])
    assert plate is not None
    width, height = plate.size
    face = cv2.resize(known.frames[0], (width, height))
    back = replace(plate.layers[0], rgba=np.dstack([face, np.full((height, width), 255, np.uint8)]))
    save_plate(tmp_path / "bad.plate", replace(plate, layers=(back, *plate.layers[1:])))
    assert "a face" in in_scenery(tmp_path / "bad.plate", known)
