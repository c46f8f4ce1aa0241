"""What a star may not be: each makes a good star in a vault into one that no film may hold."""

import shutil
from datetime import UTC, datetime, timedelta

from limelight.star import Purpose
from limelight.vault import Vault
from limelight.vault.gate import CARD, CARD_FILE, KEY_FILE, MANIFEST, frame_name
from limelight.vault.seal import Safe, seal
from vault.toy import agree, card, enrol, footage, manifest


def expired(vault: Vault) -> None:
    vault.forget("ada")
    past = datetime.now(UTC) - timedelta(days=400)
    enrol(Vault(vault.root, clock=lambda: past))


def revoked(vault: Vault) -> None:
    vault.revoke("ada")


def forgotten(vault: Vault) -> None:
    vault.forget("ada")


def of_another_purpose(vault: Vault) -> None:
    vault.forget("ada")
    enrol(vault, purposes=(Purpose.TRAINING, Purpose.PERFORMANCE))


def foreign(vault: Vault) -> None:
    other = Vault(vault.root.parent / "elsewhere")
    enrol(other)
    shutil.rmtree(vault.folder("ada"))
    shutil.copytree(other.folder("ada"), vault.folder("ada"))


def unverified(vault: Vault) -> None:
    """Pictures from outside, put where a star would lie, by somebody without the vault's key."""
    vault.forget("ada")
    folder = vault.folder("ada")
    star = card(agree(vault))
    safe = Safe(folder, "ada", star.consent_id, key := bytes(32))
    for index, picture in enumerate(footage()):
        safe.put(frame_name(index), picture.content)
    signed = manifest(Vault(vault.root.parent / "elsewhere"), star, footage())
    safe.put(CARD, star.to_json().encode())
    safe.put(MANIFEST, signed.to_json().encode())
    star.write(folder / CARD_FILE)
    (folder / KEY_FILE).write_bytes(seal(bytes(32), key, f"key:ada:{star.consent_id}"))


NOT_ALLOWED = (expired, revoked, forgotten, of_another_purpose, foreign, unverified)
