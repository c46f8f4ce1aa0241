"""Aside: what waits for a person's decision is sealed under a key of its own, and is no star.

Who decides has to know the vault's passphrase, whatever is unlocked.
"""

from pathlib import Path

from limelight.errors import ConsentError
from limelight.vault import keys
from limelight.vault.gate import KEY_FILE
from limelight.vault.keys import KeySource
from limelight.vault.log import Event
from limelight.vault.seal import Safe, new_key, unwrap_key, wrap_key, write_key
from limelight.vault.store import Vault


def countersign(vault: Vault, passphrase: str, *, star_id: str, consent_id: str, detail: str) -> None:
    """Enter a person's decision in the log. Who decides has to know the vault's passphrase, whatever is unlocked.

    Raises:
        ConsentError: it is not that, or the vault is locked by none.
    """
    lock = vault.lock
    if lock is None or lock.source is not KeySource.PASSPHRASE:
        raise ConsentError(
            "the vault is not locked by a passphrase: nobody could show that they may decide.",
            hint="Run `limelight star rekey passphrase`.",
        )
    if not keys.opens(lock, passphrase):
        detail = "a decision with a wrong passphrase"
        vault.register.note(Event.REFUSED, vault.now(), star_id=star_id, consent_id=consent_id, detail=detail)
        raise ConsentError("this is not the vault's passphrase.")
    vault.register.note(Event.REVIEWED, vault.now(), star_id=star_id, consent_id=consent_id, detail=detail)


def set_aside(vault: Vault, folder: Path, session: str, consent_id: str) -> Safe:
    """A new safe with a key of its own, for a session that is not decided yet: no star, and no way to one."""
    key = new_key()
    (folder / "sealed").mkdir(parents=True, mode=0o700)
    write_key(folder / KEY_FILE, wrap_key(vault.keychain.master, key, session, consent_id))
    return Safe(folder, session, consent_id, key)


def taken_out(vault: Vault, folder: Path, session: str, consent_id: str) -> Safe:
    """That safe again.

    Raises:
        ConsentError: its key is gone, or was changed.
    """
    try:
        wrapped = (folder / KEY_FILE).read_bytes()
    except OSError as problem:
        raise ConsentError(f"the session {session} was destroyed.") from problem
    return Safe(
        folder, session, consent_id, unwrap_key(vault.keychain.master, wrapped, session, consent_id)[0]
    )
