"""Opening the vault at a terminal: who locked it with a passphrase is asked for it once."""

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from limelight.vault import Vault


def opened_vault() -> "Vault":
    """The user's vault. The passphrase goes into the environment of this process, where its workers find it."""
    from limelight.vault import KeySource, Vault  # noqa: PLC0415
    from limelight.vault.keys import PASSPHRASE  # noqa: PLC0415

    vault = Vault()
    lock = vault.lock
    locked = lock is not None and lock.source is KeySource.PASSPHRASE and not os.environ.get(PASSPHRASE)
    if locked and sys.stdin.isatty():
        os.environ[PASSPHRASE] = click.prompt("Passphrase of the vault", hide_input=True, err=True)
    return vault
