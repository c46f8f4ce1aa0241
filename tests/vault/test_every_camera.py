"""Every camera that is installed, before a vault that says no: plug-ins and those to come are tried too."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cli.backlot import drawn_pictures
from limelight import unit
from limelight.backends import names
from limelight.errors import ConsentError, LimelightError, WeightError
from limelight.unit import Production, Slate, Unit
from limelight.vault import Vault
from review.toy import toy_score, toy_storyboard
from vault.not_allowed import NOT_ALLOWED
from vault.toy import enrol

CAMERAS = names("cameras")
pytestmark = pytest.mark.parametrize("camera", CAMERAS)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with a star, and the documents of a film with her."""
    folder = tmp_path_factory.mktemp("good")
    enrol(Vault(folder / "vault"), pictures=drawn_pictures())
    toy_score(0.4).write(folder / "score.json")
    toy_storyboard([0, 6, 12], stars=("ada",)).write(folder / "storyboard.json")
    return folder


@pytest.fixture
def film(good: Path, camera: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Production]:
    """A copy to spoil; no model is fetched for it."""
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    shutil.copytree(good, tmp_path / "film")
    folder = tmp_path / "film"
    (folder / "takes").mkdir()
    yield Production(
        folder / "score.json", folder / "storyboard.json", folder / "plates", folder / "vault", camera
    )
    unit._open.clear()
    unit._models.close()


def opened(film: Production) -> Unit:
    try:
        return Unit(film)
    except ConsentError:
        raise
    except LimelightError as problem:
        pytest.skip(f"this camera cannot be had here: {problem}")


def left(film: Production) -> list[Path]:
    return sorted(film.score.parent.glob("takes/*"))


@pytest.mark.parametrize("spoil", NOT_ALLOWED, ids=lambda spoil: spoil.__name__)
def test_no_take_is_shot(film: Production, spoil: Callable[[Vault], None]) -> None:
    spoil(Vault(film.vault))
    for number in (1, 2):
        with pytest.raises(ConsentError):
            unit.shoot(Slate(film, number, film.score.parent / f"takes/{number}.mp4"))
    assert left(film) == []


@pytest.mark.parametrize("spoil", NOT_ALLOWED, ids=lambda spoil: spoil.__name__)
def test_a_camera_that_is_open_asks_for_itself(film: Production, spoil: Callable[[Vault], None]) -> None:
    """Without the unit's own question, with a likeness that was good when it was opened."""
    made = opened(film)
    spoil(Vault(film.vault))
    with made.camera as camera, pytest.raises(ConsentError):
        next(iter(camera.shoot(made.sheets[0])))
    assert scenery_only(film)


@pytest.mark.slow
def test_a_good_star_is_not_refused(film: Production) -> None:
    """The control: a star who may be in the film is drawn, or at least is not what the camera fails at."""
    made = opened(film)
    with made.camera as camera:
        try:
            picture = next(iter(camera.shoot(made.sheets[0])))
        except ConsentError as refusal:
            pytest.fail(f"a good star was refused: {refusal}")
        except WeightError as problem:
            pytest.skip(f"this camera's models are not here: {problem}")
    assert picture.shape == (64, 96, 3)
    assert picture.dtype == np.uint8


def scenery_only(film: Production) -> bool:
    """Whether a refused shot left nothing but plates, which hold nobody."""
    return all(path.suffix in {".plate", ""} for path in film.plates.rglob("*"))
