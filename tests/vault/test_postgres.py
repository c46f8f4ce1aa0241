"""The same vault on Postgres: with ``LIMELIGHT_TEST_POSTGRES`` set to the URL of an empty database."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql

from limelight.errors import ConsentError
from limelight.star import Purpose
from limelight.vault import Vault
from limelight.vault.database import TABLES
from vault.toy import agree, enrol

URL = os.environ.get("LIMELIGHT_TEST_POSTGRES", "")


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    if not URL:
        pytest.skip("LIMELIGHT_TEST_POSTGRES is not set")
    yield (vault := Vault(tmp_path / "vault", database=URL))
    vault.register.close()
    engine = sql.create_engine(URL)
    TABLES.drop_all(engine)
    engine.dispose()


def test_a_stars_life(vault: Vault) -> None:
    star = enrol(vault)
    enrol(vault, "bo")
    likeness = vault.open("ada", Purpose.FILM)
    likeness.check()
    vault.revoke("ada")
    with pytest.raises(ConsentError, match="withdrawn"):
        likeness.check()
    vault.forget("ada")
    assert str(vault.consent_status(star.consent_id)).startswith("withdrawn on")
    assert [stone.star_id for stone in vault.tombstones()] == ["ada"]
    again = Vault(vault.root, database=URL)
    again.open("bo", Purpose.FILM)
    assert again.log().whole
    again.register.close()
    assert not (vault.root / "vault.db").exists()


def test_the_log_is_only_appended_to_and_tampering_is_told(vault: Vault) -> None:
    enrol(vault)
    engine = sql.create_engine(URL)
    with engine.begin() as connection:
        connection.exec_driver_sql("update audit set detail = 'nothing'")
        connection.exec_driver_sql("delete from revocations")
    assert vault.log().whole
    with engine.begin() as connection:
        connection.exec_driver_sql("drop rule audit_no_update on audit")
        connection.exec_driver_sql("update audit set detail = 'nothing' where seq = 2")
    engine.dispose()
    assert vault.log().broken == 2


def test_processes_that_write_at_once_do_not_break_the_chain(vault: Vault) -> None:
    enrol(vault)

    def write() -> None:
        mine = Vault(vault.root, database=URL)
        for _ in range(5):
            agree(mine)
        mine.register.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert vault.log().whole
    assert len(vault.log().entries) == 2 + 20


def test_no_database_at_the_address_opens_nobody(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="database"):
        enrol(Vault(tmp_path, database="postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2"))
