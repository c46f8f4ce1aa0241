from pathlib import Path

import cv2
import numpy as np
import pytest

from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault import Role, TimedPicture, Vault
from limelight.vault.seal import new_key, seal, unseal
from vault.toy import agree, card, enrol, footage, manifest, picture


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(tmp_path / "vault")
    enrol(vault)
    return vault


def test_frames_come_back_in_order_with_their_times(vault: Vault) -> None:
    footage = vault.open("ada", Purpose.FILM).footage
    assert len(footage) == 3
    assert tuple(footage.times) == (0.0, 0.1, 0.2)
    assert [int(footage.frame(index).mean()) for index in range(3)] == [0, 40, 80]


def test_portraits_and_performance_are_told_apart(vault: Vault) -> None:
    pictures = [*footage(2, Role.PORTRAIT), *footage(3)]
    enrol(vault, "bo", pictures=pictures)
    likeness = vault.open("bo", Purpose.FILM)
    assert (len(likeness.portraits), len(likeness.footage)) == (2, 3)
    assert len(vault.open("ada", Purpose.FILM).portraits) == 0


def test_a_card_that_names_no_end_gets_that_of_its_consent(vault: Vault) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    assert likeness.star.expires == likeness.receipt.expires


@pytest.mark.parametrize("name", ["nobody", "", "../ada", "ADA", "a/b", "a\nb", "ada\x00", "a" * 64])
def test_unknown_stars_and_names_that_are_paths_are_refused(vault: Vault, name: str) -> None:
    with pytest.raises(ConsentError):
        vault.open(name, Purpose.FILM)


def test_what_a_camera_keeps_comes_back_and_takes_nobodys_place(vault: Vault) -> None:
    likeness = vault.open("ada", Purpose.FILM)
    for name in ("sprite", "card", "receipt", "manifest", "frame-00000"):
        assert likeness.recall(name) is None
        likeness.keep(name, name.encode())
        assert likeness.recall(name) == name.encode()
    vault.open("ada", Purpose.FILM).check()


def test_a_star_appears_whole_or_not_at_all(vault: Vault) -> None:
    consent = agree(vault)
    star = card(consent, id="bo")
    signed = manifest(vault, star, footage())

    def broken() -> object:
        yield TimedPicture(0.0, picture(1))
        raise RuntimeError("camera unplugged")

    with pytest.raises(RuntimeError, match="unplugged"):
        vault.admit(star, broken(), signed)  # type: ignore[arg-type]
    with pytest.raises(ConsentError, match="single frame"):
        vault.admit(star, [], signed)
    assert [one.id for one in vault.stars()] == ["ada"]
    assert len(list((vault.root / "stars").iterdir())) == 1
    vault.admit(star, footage(), signed)
    assert vault.holds("bo")


def test_two_stars_cannot_have_one_id_or_one_consent(vault: Vault) -> None:
    star = card(agree(vault))
    with pytest.raises(ConsentError, match="already"):
        vault.admit(star, footage(), manifest(vault, star, footage()))
    first = enrol(vault, "bo")
    second = card(first.consent_id, id="cy")
    with pytest.raises(ConsentError, match="given for 'bo'"):
        vault.admit(second, footage(), manifest(vault, second, footage()))
    assert not vault.holds("cy")


def test_an_understudy_without_a_receipt_gets_one_by_the_same_code(vault: Vault) -> None:
    star = card("synthetic-bo-1", StarKind.SYNTHETIC, id="bo")
    vault.admit(star, footage(), manifest(vault, star, footage()))
    receipt = vault.open("bo", Purpose.FILM).receipt
    assert receipt.record.kind is StarKind.SYNTHETIC
    assert vault.consent_status("synthetic-bo-1").valid


def test_nothing_on_disk_can_be_decoded_as_a_picture(vault: Vault) -> None:
    vault.open("ada", Purpose.FILM).keep("sprite", picture(7))
    for file in vault.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not content or cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) is None
            assert b"PNG" not in content


def test_a_seal_opens_only_with_its_key_and_its_binding() -> None:
    key = new_key()
    sealed = seal(key, b"face", "ada\nc-1\nframe")
    assert unseal(key, sealed, "ada\nc-1\nframe") == b"face"
    assert seal(key, b"face", "ada\nc-1\nframe") != sealed
    for other_key, binding in ((new_key(), "ada\nc-1\nframe"), (key, "ada\nc-2\nframe")):
        with pytest.raises(ConsentError):
            unseal(other_key, sealed, binding)


@pytest.mark.parametrize("name", ["who?", "a%20b", "x#y"])
def test_the_database_lies_in_the_vaults_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    vault = Vault(tmp_path / name)
    enrol(vault)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "vault.db").is_file()
