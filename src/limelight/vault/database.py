"""The vault's database: consents, stars, revocations and the audit log. SQLite by default, Postgres by URL.

No picture and no measure of a face is in here. A consent's receipt is deleted when its star is forgotten; what
stays of it is a tombstone: star id, consent id, when.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sql
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text
from sqlalchemy.exc import SQLAlchemyError

from limelight.errors import ConsentError

TABLES = MetaData()
about = Table("about", TABLES, Column("name", String(20), primary_key=True), Column("value", Text))
"""``schema``: the version of these tables; ``head``: where the audit log ends."""
consents = Table(
    "consents",
    TABLES,
    Column("consent_id", String(80), primary_key=True),
    Column("receipt", Text, nullable=False),
    Column("given", String(40), nullable=False),
    Column("expires", String(40), nullable=False),
)
stars = Table(
    "stars",
    TABLES,
    Column("consent_id", String(80), primary_key=True),
    Column("star_id", String(63), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("admitted", String(40), nullable=False),
    Column("forgotten", String(40)),
)
revocations = Table(
    "revocations",
    TABLES,
    Column("consent_id", String(80), primary_key=True),
    Column("star_id", String(63), nullable=False),
    Column("at", String(40), nullable=False),
    Column("reason", String(20), nullable=False),
)
audit = Table(
    "audit",
    TABLES,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("event", String(20), nullable=False),
    Column("star_id", String(63), nullable=False),
    Column("consent_id", String(80), nullable=False),
    Column("detail", Text, nullable=False),
    Column("link", String(64), nullable=False),
)
films = Table(
    "films",
    TABLES,
    Column("film_sha256", String(64), primary_key=True),
    Column("film_id", String(12), nullable=False, index=True),
    Column("song_sha256", String(64), nullable=False),
    Column("consents", Text, nullable=False),
    Column("made", String(40), nullable=False),
)
APPENDED_ONLY = (revocations, audit)


def connect(root: Path, url: str = "") -> Engine:
    """The database of a vault, its tables up to date.

    Args:
        root: The vault's folder.
        url: An SQLAlchemy URL; empty: ``vault.db`` in the folder.

    Raises:
        ConsentError: it cannot be opened, or was made by a newer version.
    """
    with explained():
        engine = sql.create_engine(url) if url else _sqlite(root / "vault.db")
        with writing(engine) as connection:
            _migrate(connection)
        return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all of it happens, or nothing."""
    with explained(), engine.execution_options(writing=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads."""
    with explained(), engine.connect() as connection:
        yield connection


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a database raises into what the vault raises."""
    try:
        yield
    except (SQLAlchemyError, ImportError) as problem:
        told = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        raise ConsentError(
            f"the vault's database cannot be used: {told}.",
            hint="Nobody can be opened without it. Restore it from your backup.",
        ) from problem


def _sqlite(path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    url = sql.URL.create("sqlite", database=str(path))  # as it is, whatever signs are in the path
    engine = sql.create_engine(url, poolclass=sql.NullPool, connect_args={"timeout": 20})

    @sql.event.listens_for(engine, "connect")
    def _settle(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # we begin by ourselves, see below
        for pragma in ("journal_mode = wal", "synchronous = full", "secure_delete = on", "foreign_keys = on"):
            connection.execute(f"pragma {pragma}")  # type: ignore[attr-defined]

    @sql.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        immediately = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediately else "BEGIN")

    return engine


def _first_tables(connection: Connection) -> None:
    TABLES.create_all(connection, tables=[about, consents, stars, revocations, audit])
    for table in APPENDED_ONLY:
        for change in ("UPDATE", "DELETE"):
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
                    f"BEGIN SELECT RAISE(ABORT, '{table.name} is only appended to'); END"
                )
            elif connection.dialect.name == "postgresql":
                connection.exec_driver_sql(
                    f"CREATE RULE {table.name}_no_{change.lower()} AS ON {change} TO {table.name} DO INSTEAD NOTHING"
                )


def _table_of_films(connection: Connection) -> None:
    films.create(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_first_tables, _table_of_films)
"""The n-th brings tables of version n to version n + 1. Never change one that was released: add another."""


def _migrate(connection: Connection) -> None:
    version = 0
    if sql.inspect(connection).has_table(about.name):
        kept = connection.scalar(sql.select(about.c.value).where(about.c.name == "schema"))
        version = int(kept or 0)
    if version > len(MIGRATIONS):
        raise ConsentError(
            f"the vault's database has version {version}; this Limelight knows {len(MIGRATIONS)}.",
            hint="Upgrade Limelight.",
        )
    for step in MIGRATIONS[version:]:
        step(connection)
    if version < len(MIGRATIONS):
        connection.execute(sql.delete(about).where(about.c.name == "schema"))
        connection.execute(sql.insert(about).values(name="schema", value=str(len(MIGRATIONS))))
