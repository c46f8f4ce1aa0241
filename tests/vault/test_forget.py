"""After forgetting, a scan of the whole data folder finds no picture and no embedding; nor before it."""

import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from limelight.errors import ConsentError
from limelight.star import Purpose
from limelight.vault import ConsentState, TimedPicture, Vault
from vault import scanner
from vault.toy import enrol, picture


def face(seed: int, suffix: str = ".jpg") -> bytes:
    noise = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), np.uint8)
    return cv2.imencode(suffix, cv2.GaussianBlur(noise, (0, 0), 3))[1].tobytes()


def embedding(seed: int, length: int = 128) -> bytes:
    vector = np.random.default_rng(seed).normal(size=length).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype("<f4").tobytes()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a star that everything was derived from, used, and another one beside it."""
    vault = Vault(tmp_path / "data" / "vault")
    enrol(vault, pictures=[TimedPicture(index / 10, face(index)) for index in range(4)])
    enrol(vault, "bo", pictures=[TimedPicture(0.0, face(9, ".webp"))])
    likeness = vault.open("ada", Purpose.FILM)
    likeness.keep("sprite-1", face(5, ".png"))
    likeness.keep("embedding", embedding(6))
    likeness.keep("embedding-512", embedding(6, 512))
    return tmp_path / "data"


@pytest.mark.parametrize(
    "planted",
    [
        face(1),
        face(1, ".png"),
        face(1, ".webp"),
        b"before" + face(2) + b"after",
        embedding(3),
        b"xyz" + embedding(3, 512) + b"!",
    ],
    ids=["jpeg", "png", "webp", "embedded jpeg", "embedding", "embedding off the grid"],
)
def test_the_scanner_finds_what_is_planted(tmp_path: Path, planted: bytes) -> None:
    (tmp_path / "noise").write_bytes(np.random.default_rng(1).bytes(200_000))
    (tmp_path / "text").write_text("nothing to see " * 900)
    assert scanner.findings(tmp_path) == []
    (tmp_path / "noise").write_bytes(np.random.default_rng(2).bytes(50_001) + planted + bytes(100))
    assert len(scanner.findings(tmp_path)) >= 1


def test_the_scanner_looks_into_compressed_files(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "kept.npz", frame=np.frombuffer(face(1), np.uint8))
    assert scanner.findings(tmp_path)


def test_no_likeness_lies_in_clear_before_and_after_forgetting(data: Path) -> None:
    assert scanner.findings(data) == []
    vault = Vault(data / "vault")
    likeness = vault.open("ada", Purpose.FILM)
    sealed = {file: file.read_bytes() for file in vault.folder("ada").rglob("*") if file.is_file()}
    vault.forget("ada")
    assert scanner.findings(data) == []
    assert not vault.folder("ada").exists()
    for use in (likeness.check, lambda: likeness.footage.frame(0), lambda: likeness.keep("x", b"x")):
        with pytest.raises(ConsentError, match="forgotten"):
            use()
    assert not vault.folder("ada").exists()
    rest = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    for content in sealed.values():
        assert content not in rest
    assert vault.open("bo", Purpose.FILM).footage.frame(0).shape == (48, 64, 3)


def test_a_tombstone_stays_without_name_or_receipt(data: Path) -> None:
    vault = Vault(data / "vault")
    likeness = vault.open("ada", Purpose.FILM)
    account, consent_id = likeness.receipt.record.pii_principal_id, likeness.star.consent_id
    vault.forget("ada")
    (stone,) = vault.tombstones()
    assert (stone.star_id, stone.consent_id) == ("ada", consent_id)
    assert vault.consent_status(consent_id).state is ConsentState.WITHDRAWN
    assert vault.log().whole
    rest = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert consent_id.encode() in rest
    assert account.encode() not in rest
    with pytest.raises(ConsentError, match="no star 'ada'"):
        vault.open("ada", Purpose.FILM)


def test_forgetting_goes_on_where_it_was_stopped(data: Path) -> None:
    vault = Vault(data / "vault")
    (vault.folder("ada") / "key").unlink()
    with pytest.raises(ConsentError):
        vault.open("ada", Purpose.FILM)
    vault.forget("ada")
    assert [stone.star_id for stone in vault.tombstones()] == ["ada"]
    with pytest.raises(ConsentError):
        vault.forget("ada")


def test_forgetting_needs_no_key(data: Path) -> None:
    (data / "vault/master.key").unlink()
    vault = Vault(data / "vault")
    with pytest.raises(ConsentError, match="is gone"):
        vault.forget("ada")
    assert not vault.folder("ada").exists()


def test_nothing_stays_of_what_is_kept_while_the_star_is_forgotten(data: Path) -> None:
    vault = Vault(data / "vault")
    likeness = vault.open("ada", Purpose.FILM)
    refusals: list[ConsentError] = []

    def keep_on() -> None:
        try:
            for number in range(10_000):
                likeness.keep(f"sprite-{number}", face(number % 7))
        except ConsentError as refusal:
            refusals.append(refusal)

    writers = [threading.Thread(target=keep_on) for _ in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(0.1)
    vault.forget("ada")
    for writer in writers:
        writer.join()
    assert len(refusals) == 4
    assert not vault.folder("ada").exists()
    vault.purge()
    assert [folder.name for folder in (vault.root / "stars").iterdir()] == ["bo"]


def test_the_id_is_free_again(data: Path) -> None:
    vault = Vault(data / "vault")
    vault.forget("ada")
    enrol(vault, pictures=[TimedPicture(0.0, picture(9))])
    assert int(vault.open("ada", Purpose.FILM).footage.frame(0).mean()) == 9
