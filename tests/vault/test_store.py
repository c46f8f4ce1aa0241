import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from limelight.errors import ConsentError
from limelight.star import Purpose, Star, StarKind
from limelight.vault import TimedPicture, Vault
from limelight.vault.seal import new_key, seal, unseal


def picture(level: int) -> bytes:
    frame = np.full((16, 24, 3), level, np.uint8)
    return cv2.imencode(".png", frame)[1].tobytes()


def star(**changes: object) -> Star:
    card = {"id": "ada", "name": "Ada", "star_kind": StarKind.SYNTHETIC, "purposes": (Purpose.FILM,)}
    return Star.model_validate(card | {"consent_id": "c-1"} | changes)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(tmp_path / "vault")
    vault.admit(star(), [TimedPicture(index / 10, picture(40 * index)) for index in range(3)])
    return vault


def test_frames_come_back_in_order_with_their_times(vault: Vault) -> None:
    footage = vault.open("ada", Purpose.FILM).footage
    assert len(footage) == 3
    assert tuple(footage.times) == (0.0, 0.1, 0.2)
    assert [int(footage.frame(index).mean()) for index in range(3)] == [0, 40, 80]


def test_nothing_on_disk_can_be_decoded_as_a_picture(vault: Vault) -> None:
    vault.open("ada", Purpose.FILM).keep("sprite", picture(7))
    for file in vault.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) is None
            assert b"PNG" not in content


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"purposes": ()}, "did not consent"),
        ({"purposes": (Purpose.TRAINING,)}, "did not consent"),
        ({"expires": datetime.now(UTC) - timedelta(seconds=1)}, "expired"),
    ],
)
def test_the_vault_says_no(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    vault = Vault(tmp_path / "vault")
    vault.admit(star(**changes), [TimedPicture(0.0, picture(1))])
    with pytest.raises(ConsentError, match=told):
        vault.open("ada", Purpose.FILM)


@pytest.mark.parametrize("name", ["nobody", "", "../ada", "ADA", "a/b", "a\nb", "ada\x00"])
def test_unknown_stars_and_names_that_are_paths_are_refused(vault: Vault, name: str) -> None:
    with pytest.raises(ConsentError):
        vault.open(name, Purpose.FILM)


def test_forgetting_stops_an_open_likeness_and_leaves_nothing(vault: Vault) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    vault.forget("ada")
    for use in (likeness.check, lambda: likeness.keep("sprite", b"x"), lambda: likeness.footage.frame(0)):
        with pytest.raises(ConsentError):
            use()
    assert not list((vault.root / "stars").iterdir())


def test_every_flipped_byte_is_noticed(vault: Vault) -> None:
    rng = random.Random(5)
    likeness = vault.open("ada", Purpose.FILM)
    likeness.keep("sprite", b"painted")
    files = [
        file for file in (vault.root / "stars").rglob("*") if file.is_file() and file.name != "star.json"
    ]
    refused = 0
    for _ in range(200):
        file = rng.choice(files)
        content = bytearray(whole := file.read_bytes())
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        file.write_bytes(content)
        try:
            opened = vault.open("ada", Purpose.FILM)
            [opened.footage.frame(index) for index in range(3)]
            opened.recall("sprite")
        except ConsentError:
            refused += 1
        file.write_bytes(whole)
    assert refused == 200


def test_sealed_files_cannot_change_places(vault: Vault) -> None:
    names = [hashlib.sha256(f"frame-{n:05d}".encode()).hexdigest()[:40] for n in range(2)]
    first, second = (vault.root / "stars/ada/sealed" / name for name in names)
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    with pytest.raises(ConsentError, match="changed"):
        vault.open("ada", Purpose.FILM).footage.frame(0)


def test_a_changed_card_closes_an_open_likeness(vault: Vault) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    card = vault.root / "stars/ada/star.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"name": "Eve"}))
    with pytest.raises(ConsentError, match="changed"):
        likeness.check()


def test_a_star_appears_whole_or_not_at_all(vault: Vault) -> None:
    def broken() -> object:
        yield TimedPicture(0.0, picture(1))
        raise RuntimeError("camera unplugged")

    with pytest.raises(RuntimeError, match="unplugged"):
        vault.admit(star(id="bruno"), broken())  # type: ignore[arg-type]
    with pytest.raises(ConsentError, match="single frame"):
        vault.admit(star(id="bruno"), [])
    assert [card.id for card in vault.stars()] == ["ada"]
    assert len(list((vault.root / "stars").iterdir())) == 1


def test_the_key_file_must_be_private(vault: Vault) -> None:
    key = vault.root / "master.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(ConsentError, match="chmod"):
        Vault(vault.root)


def test_a_seal_opens_only_with_its_key_and_its_binding() -> None:
    key = new_key()
    sealed = seal(key, b"face", "ada\nc-1\nframe")
    assert unseal(key, sealed, "ada\nc-1\nframe") == b"face"
    assert seal(key, b"face", "ada\nc-1\nframe") != sealed
    for other_key, binding in ((new_key(), "ada\nc-1\nframe"), (key, "ada\nc-2\nframe")):
        with pytest.raises(ConsentError):
            unseal(other_key, sealed, binding)
