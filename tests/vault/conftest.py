import pytest

from limelight.vault.keys import PASSPHRASE
from limelight.vault.store import DATABASE


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (PASSPHRASE, DATABASE, "LIMELIGHT_VAULT"):
        monkeypatch.delenv(variable, raising=False)
