"""0 of N get through: whatever is wrong with a star, the vault says no."""

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault import ConsentState, TimedPicture, Vault
from limelight.vault.gate import CARD, CARD_FILE, KEY_FILE, MANIFEST, RECEIPT, frame_name
from limelight.vault.seal import Safe
from vault.toy import agree, card, enrol, footage, manifest, picture

FLIPS = 1000


def vault_at(root: Path, now: datetime | None = None) -> Vault:
    return Vault(root, clock=lambda: now) if now else Vault(root)


def sealed(vault: Vault, name: str) -> Path:
    return Safe(vault.folder("ada"), "ada", "", b"").path(name)


def overwrite(path: Path, change: Callable[[bytearray], None]) -> bytes:
    content = bytearray(before := path.read_bytes())
    change(content)
    path.write_bytes(content)
    return before


# at the door


@pytest.mark.parametrize("kind", StarKind)
def test_nobody_is_admitted_without_a_manifest(tmp_path: Path, kind: StarKind) -> None:
    vault = vault_at(tmp_path)
    with pytest.raises(ConsentError, match="without a manifest"):
        vault.admit(card(agree(vault, kind), kind), footage())
    assert not vault.holds("ada")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"star_id": "eve"}, "another star"),
        ({"star_kind": StarKind.SYNTHETIC}, "another star"),
        ({"consent_id": "c-2"}, "another star"),
        ({"frames": ()}, "frames"),
        ({"frames": tuple(one.mark for one in footage(2))}, "frames"),
        ({"frames": tuple(one.mark for one in reversed(footage()))}, "frames"),
    ],
)
def test_a_manifest_about_something_else_opens_no_door(
    tmp_path: Path, wrong: dict[str, object], told: str
) -> None:
    vault = vault_at(tmp_path)
    star = card(agree(vault))
    with pytest.raises(ConsentError, match=told):
        vault.admit(star, footage(), manifest(vault, star, footage(), **wrong))
    assert not vault.holds("ada")


def test_a_manifest_that_was_changed_or_signed_elsewhere_opens_no_door(tmp_path: Path) -> None:
    vault, other = vault_at(tmp_path / "a"), vault_at(tmp_path / "b")
    star = card(agree(vault))
    genuine = manifest(vault, star, footage())
    forged = [
        genuine.model_copy(update={"session": "0" * 32}),
        genuine.model_copy(update={"signature": "00" * 64}),
        genuine.model_copy(update={"signature": ""}),
        manifest(other, star, footage()),
        manifest(other, star, footage()).model_copy(update={"verifier": genuine.verifier}),
    ]
    for one in forged:
        with pytest.raises(ConsentError, match=r"not genuine|not trust"):
            vault.admit(star, footage(), one)
    vault.trust(forged[3].verifier)
    with pytest.raises(ConsentError, match="not genuine"):
        Vault(vault.root).admit(star, footage(), forged[4])
    Vault(vault.root).admit(star, footage(), forged[3])  # from elsewhere, with a manifest that is trusted
    Vault(vault.root).open("ada", Purpose.FILM).check()


def test_a_picture_from_outside_takes_no_frames_place(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    star = card(agree(vault))
    swapped = [*footage()[:2], TimedPicture(0.2, picture(99))]
    with pytest.raises(ConsentError, match="exactly"):
        vault.admit(star, swapped, manifest(vault, star, footage()))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"consent_id": "nobody-agreed"}, "is unknown"),
        ({"purposes": (Purpose.FILM, Purpose.TRAINING)}, "all of it"),
        ({"star_kind": StarKind.SYNTHETIC}, "given for a person"),
    ],
)
def test_no_admission_beyond_the_consent(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    vault = vault_at(tmp_path)
    star = card(agree(vault)).model_copy(update=changes)
    with pytest.raises(ConsentError, match=told):
        vault.admit(star, footage(), manifest(vault, star, footage()))
    assert not vault.holds("ada")


# at the gate


def test_another_purpose_is_refused(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    enrol(vault, purposes=(Purpose.FILM, Purpose.PERFORMANCE))
    vault.open("ada", Purpose.FILM)
    vault.open("ada", Purpose.PERFORMANCE)
    with pytest.raises(ConsentError, match="did not consent"):
        vault.open("ada", Purpose.TRAINING)


def test_a_star_of_another_vault_is_refused(tmp_path: Path) -> None:
    ours, theirs = vault_at(tmp_path / "ours"), vault_at(tmp_path / "theirs")
    enrol(ours)
    enrol(theirs, "eve")
    shutil.copytree(theirs.folder("eve"), ours.folder("eve"))
    with pytest.raises(ConsentError, match="never admitted"):
        ours.open("eve", Purpose.FILM)
    shutil.rmtree(ours.folder("ada"))
    shutil.copytree(theirs.folder("eve"), ours.folder("ada"))
    with pytest.raises(ConsentError, match="another star or consent"):
        ours.open("ada", Purpose.FILM)


def test_sealed_files_cannot_change_places(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    enrol(vault)
    names = [CARD, RECEIPT, MANIFEST, *(frame_name(index) for index in range(3))]
    for first in names:
        for second in names:
            if first < second:
                one, other = sealed(vault, first), sealed(vault, second)
                kept = one.read_bytes(), other.read_bytes()
                one.write_bytes(kept[1])
                other.write_bytes(kept[0])
                with pytest.raises(ConsentError):
                    vault.open("ada", Purpose.FILM)
                one.write_bytes(kept[0])
                other.write_bytes(kept[1])
    vault.open("ada", Purpose.FILM)


@pytest.mark.parametrize("name", [KEY_FILE, CARD_FILE, CARD, RECEIPT, MANIFEST, frame_name(1)])
def test_nothing_may_be_missing(tmp_path: Path, name: str) -> None:
    vault = vault_at(tmp_path)
    enrol(vault)
    path = vault.folder("ada") / name if name in {KEY_FILE, CARD_FILE} else sealed(vault, name)
    likeness = vault.open("ada", Purpose.FILM)
    path.unlink()
    for use in (likeness.check, lambda: vault.open("ada", Purpose.FILM)):
        with pytest.raises(ConsentError):
            use()


def test_every_flipped_byte_is_refused(tmp_path: Path) -> None:
    """1,000 flips of a random bit in a random byte of key, card, receipt, manifest and frames: 0 get through."""
    vault = vault_at(tmp_path)
    enrol(vault)
    rng = random.Random(5)
    files = {
        "key": [vault.folder("ada") / KEY_FILE],
        "card": [vault.folder("ada") / CARD_FILE, sealed(vault, CARD)],
        "receipt": [sealed(vault, RECEIPT)],
        "manifest": [sealed(vault, MANIFEST)],
        "frame": [sealed(vault, frame_name(index)) for index in range(3)],
    }
    likeness = vault.open("ada", Purpose.FILM)
    through = dict.fromkeys(files, 0)
    for flip in range(FLIPS):
        kind = list(files)[flip % len(files)]
        path = rng.choice(files[kind])

        def change(content: bytearray) -> None:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)

        whole = overwrite(path, change)
        try:
            vault.open("ada", Purpose.FILM) if flip // 5 % 5 == 0 else likeness.check()
            through[kind] += 1
        except ConsentError:
            pass
        path.write_bytes(whole)
    assert through == dict.fromkeys(files, 0)
    vault.open("ada", Purpose.FILM)
    likeness.check()


def test_every_flipped_byte_of_the_receipt_in_the_database_is_refused(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    enrol(vault)
    likeness = vault.open("ada", Purpose.FILM)
    rng, through = random.Random(6), 0
    with sqlite3.connect(vault.root / "vault.db", isolation_level=None) as database:
        (whole,) = database.execute("select receipt from consents").fetchone()
        for _ in range(200):
            content = bytearray(whole.encode())
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(7)
            database.execute("update consents set receipt = ?", (content.decode(),))
            try:
                likeness.check()
                through += 1
            except ConsentError:
                pass
        database.execute("update consents set receipt = ?", (whole,))
    database.close()
    assert through == 0
    likeness.check()


def test_what_a_camera_kept_is_refused_when_it_was_changed(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    enrol(vault)
    likeness = vault.open("ada", Purpose.FILM)
    likeness.keep("sprite", b"painted")
    rng = random.Random(7)
    path = sealed(vault, "kept/sprite")
    for at in range(path.stat().st_size):
        whole = overwrite(
            path, lambda content, at=at: content.__setitem__(at, content[at] ^ 1 << rng.randrange(8))
        )
        with pytest.raises(ConsentError):
            likeness.recall("sprite")
        path.write_bytes(whole)
    assert likeness.recall("sprite") == b"painted"


# endings


def test_consent_ends_by_itself_and_the_star_with_it(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    vault = vault_at(tmp_path, start)
    star = enrol(vault, retention=timedelta(days=30))
    likeness = vault.open("ada", Purpose.FILM)
    for day, valid in ((29, True), (30, False), (31, False)):
        vault.now = lambda day=day: start + timedelta(days=day)
        if valid:
            likeness.check()
        else:
            with pytest.raises(ConsentError, match="expired on 2026-01-31"):
                likeness.check()
    assert vault.holds("ada")
    with pytest.raises(ConsentError, match="expired"):
        vault.open("ada", Purpose.FILM)
    assert not vault.holds("ada")
    assert str(vault.consent_status(star.consent_id)) == "expired on 2026-01-31"


def test_purging_destroys_what_has_expired_and_nothing_else(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    vault = vault_at(tmp_path, start)
    short = enrol(vault, retention=timedelta(days=30))
    enrol(vault, "bo")
    unused = agree(vault, retention=timedelta(days=10))
    (vault.root / "stars/.cy.1234").mkdir()
    vault.now = lambda: start + timedelta(days=40)
    assert vault.purge() == ("ada",)
    assert [folder.name for folder in (vault.root / "stars").iterdir()] == ["bo"]
    for consent_id in (short.consent_id, unused):
        assert vault.consent_status(consent_id).state is ConsentState.EXPIRED
    assert vault.purge() == ()


def test_purging_leaves_alone_what_another_process_is_admitting(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    enrol(vault, "bo")
    under_way = vault.root / "stars/.admitting.ada.1234/sealed"
    under_way.mkdir(parents=True)
    vault.purge()
    assert under_way.exists()
    for folder in (under_way, under_way.parent):
        os.utime(folder, (1e9, 1e9))
    vault.purge()
    assert [folder.name for folder in (vault.root / "stars").iterdir()] == ["bo"]


def test_a_revoked_star_is_closed_also_where_it_is_open_and_stays_sealed(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    star = enrol(vault)
    here, there = vault.open("ada", Purpose.FILM), Vault(vault.root).open("ada", Purpose.FILM)
    here.keep("sprite", b"painted")
    vault.revoke("ada")
    for likeness in (here, there):
        for use in (
            likeness.check,
            lambda one=likeness: one.footage.frame(0),
            lambda one=likeness: one.recall("sprite"),
            lambda one=likeness: one.keep("more", b"x"),
        ):
            with pytest.raises(ConsentError, match="withdrawn"):
                use()
    assert sealed(vault, frame_name(0)).exists()
    assert not sealed(vault, "kept/more").exists()
    assert vault.consent_status(star.consent_id).state is ConsentState.WITHDRAWN
    with pytest.raises(ConsentError, match="withdrawn"):
        Vault(vault.root).open("ada", Purpose.FILM)
    assert vault.export("ada")["consent"] == str(vault.consent_status(star.consent_id))


def test_a_revocation_that_is_struck_from_the_database_still_holds(tmp_path: Path) -> None:
    vault = vault_at(tmp_path)
    star = enrol(vault)
    vault.revoke("ada")
    database = sqlite3.connect(vault.root / "vault.db")
    with pytest.raises(sqlite3.IntegrityError, match="only appended"), database:
        database.execute("delete from revocations")
    with database:
        database.execute("drop trigger revocations_no_delete")
        database.execute("delete from revocations")
    database.close()
    with pytest.raises(ConsentError, match="withdrawn"):
        vault.open("ada", Purpose.FILM)
    (vault.root / "vault.db").unlink()
    again = Vault(vault.root)
    with pytest.raises(ConsentError, match="withdrawn"):
        again.open("ada", Purpose.FILM)
    assert again.consent_status(star.consent_id).state is ConsentState.WITHDRAWN


def test_a_forgotten_star_cannot_come_back_from_a_copy(tmp_path: Path) -> None:
    vault = vault_at(tmp_path / "vault")
    star = enrol(vault)
    likeness = vault.open("ada", Purpose.FILM)
    shutil.copytree(vault.folder("ada"), tmp_path / "copy")
    vault.forget("ada")
    shutil.copytree(tmp_path / "copy", vault.folder("ada"))
    for use in (likeness.check, lambda: vault.open("ada", Purpose.FILM)):
        with pytest.raises(ConsentError, match="forgotten on"):
            use()
    assert str(vault.consent_status(star.consent_id)).startswith("withdrawn on")
