"""The painted camera and the film unit before a vault that says no: 0 of N films get who may not be in them."""

import contextlib
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cli.backlot import song
from limelight import unit
from limelight.errors import ConsentError
from limelight.events import StageProgressed, StageStarted
from limelight.make import cut, shoot
from limelight.order import Order
from limelight.project import Project
from limelight.score import Score
from limelight.settings import Settings
from limelight.shoot.camera import CallSheet
from limelight.shoot.painted.camera import _coat, _plate_path
from limelight.shoot.painted.performance import KEPT_AS
from limelight.star import Purpose
from limelight.storyboard import Storyboard
from limelight.unit import Production, Slate, Unit
from limelight.vault import Vault
from limelight.vault.gate import CARD, CARD_FILE, KEY_FILE, MANIFEST, RECEIPT, frame_name
from limelight.vault.seal import Safe
from review.toy import toy_score, toy_storyboard
from shoot.painted.drawn_star import dress, lay_plate, performance
from vault import scanner
from vault.not_allowed import NOT_ALLOWED
from vault.toy import enrol

SIZE = (96, 64)
SHOTS = 3


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Production:
    """A film of three shots of a real star in a real vault, with everything painted that it needs."""
    folder = tmp_path_factory.mktemp("stage")
    vault = Vault(folder / "vault")
    enrol(vault)
    likeness = vault.open("ada", Purpose.FILM)
    storyboard = toy_storyboard([4 * shot for shot in range(SHOTS + 1)], size=SIZE, stars=("ada",))
    score = toy_score(SHOTS * 4 / 30)
    production = Production(
        folder / "score.json", folder / "storyboard.json", folder / "plates", vault.root, "painted"
    )
    production.plates.mkdir()
    score.write(production.score)
    storyboard.write(production.storyboard)
    likeness.keep(KEPT_AS, performance().to_bytes())
    for shot in storyboard.shots:
        sheet = CallSheet(shot, storyboard.format, score, {"ada": likeness}, production.plates)
        lay_plate(_plate_path(sheet), shot, SIZE)
        dress(likeness, _coat(shot))
    return production


@pytest.fixture
def film(stage: Production, tmp_path: Path) -> Iterator[Production]:
    """A copy of it to spoil."""
    shutil.copytree(stage.vault, tmp_path / "vault")
    yield Production(stage.score, stage.storyboard, stage.plates, tmp_path / "vault", stage.camera)
    unit._open.clear()
    unit._models.close()


def take(film: Production, number: int) -> Path:
    """Shoot one; where it lies."""
    path = film.vault.parent / "takes" / f"{number}.mp4"
    path.parent.mkdir(exist_ok=True)
    unit.shoot(Slate(film, number, path))
    return path


def left(film: Production) -> list[str]:
    """Everything in the folder of takes, temporary files too, but for what the guard noted (numbers, no picture)."""
    return sorted(p.name for p in (film.vault.parent / "takes").glob("*") if p.suffix != ".json")


def test_with_a_star_who_may_be_in_it_the_film_is_shot(film: Production) -> None:
    for number in range(1, SHOTS + 1):
        assert take(film, number).stat().st_size > 500
    assert Vault(film.vault).log().whole


@pytest.mark.parametrize("spoil", NOT_ALLOWED, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("moment", ["before", "in the middle"])
def test_who_may_not_be_in_a_film_is_in_no_take(
    film: Production, spoil: Callable[[Vault], None], moment: str
) -> None:
    shot = 0
    if moment == "in the middle":
        take(film, shot := 1)
    spoil(Vault(film.vault))
    for number in range(shot + 1, SHOTS + 1):
        with pytest.raises(ConsentError):
            take(film, number)
    with pytest.raises(ConsentError):
        Unit(film)
    assert left(film) == [f"{number}.mp4" for number in range(1, shot + 1)]
    assert scanner.findings(film.vault) == []


def test_a_flipped_byte_stops_the_next_shot(film: Production) -> None:
    """50 flips in an open film, each at the next shot: 0 get through."""
    take(film, 1)
    folder = film.vault / "stars/ada"
    files = [folder / KEY_FILE, folder / CARD_FILE]
    safe = Safe(folder, "ada", "", b"")
    files += [safe.path(name) for name in (CARD, RECEIPT, MANIFEST, *map(frame_name, range(3)))]
    rng, through = random.Random(8), 0
    for flip in range(50):
        path = files[flip % len(files)]
        content = bytearray(whole := path.read_bytes())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
        try:
            take(film, 2)
            through += 1
        except ConsentError:
            pass
        path.write_bytes(whole)
    assert (through, left(film)) == (0, ["1.mp4"])
    take(film, 2)


def test_a_revocation_within_a_shot_leaves_no_part_of_it(
    film: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shot longer than a second asks again within it."""
    storyboard = Storyboard.read(film.storyboard)
    long = storyboard.shots[0].model_copy(update={"frames": 70})
    whole = storyboard.model_copy(update={"shots": (long,), "frames": 70})
    production = replace(film, storyboard=film.vault.parent / "long.json")
    whole.write(production.storyboard)
    seen: list[int] = []

    def tell(_event: object) -> None:
        seen.append(1)
        if len(seen) == 1:
            Vault(film.vault).revoke("ada")

    monkeypatch.setattr(unit, "tell_parent", tell)
    with pytest.raises(ConsentError, match="withdrawn"):
        take(production, 1)
    assert left(production) == []


def test_a_revocation_in_the_middle_takes_the_finished_takes_away(film: Production, tmp_path: Path) -> None:
    """The whole step as ``limelight shoot`` runs it, with worker processes."""
    score, storyboard = Score.read(film.score), Storyboard.read(film.storyboard)
    project = Project(tmp_path / "song.limelight")
    shutil.copytree(film.plates, project.cache / "plates")
    vault = Vault(film.vault)

    def tell(event: object) -> None:
        if isinstance(event, StageProgressed) and event.stage == "shoot" and event.done:
            with contextlib.suppress(ConsentError):
                vault.revoke("ada")

    order = Order(tmp_path / "song.wav", project, Settings(workers=1), vault, tell)
    with pytest.raises(ConsentError, match="withdrawn"):
        shoot(order, score, storyboard)
    assert list(project.root.rglob("*.mp4")) == []
    assert scanner.findings(film.vault) == []


def test_a_revocation_while_takes_are_joined_leaves_no_film(film: Production, tmp_path: Path) -> None:
    """It comes after the cut has asked the vault, and before the film takes its name."""
    score, storyboard = Score.read(film.score), Storyboard.read(film.storyboard)
    project = Project(tmp_path / "song.limelight")
    shutil.copytree(film.plates, project.cache / "plates")
    vault = Vault(film.vault)
    song(tmp_path / "song.wav", 1.0)

    def tell(event: object) -> None:
        if event == StageStarted("cut"):
            vault.revoke("ada")

    order = Order(tmp_path / "song.wav", project, Settings(workers=1), vault)
    takes = shoot(order, score, storyboard)
    assert cut(order, score, storyboard, takes).path.exists()
    project.film.unlink()
    with pytest.raises(ConsentError, match="withdrawn"):
        cut(replace(order, tell=tell), score, storyboard, takes)
    assert list(project.root.rglob("*.mp4")) == []
    assert [entry.event for entry in vault.log().entries][-3:].count("refused")
