"""Films: which songs and consents went into the films that were made here, by the id that their pictures carry.

No name, no picture, no path. The entry outlives the star: it is how a copy of a film is traced to a consent that was
withdrawn.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sql
from sqlalchemy import Engine

from limelight.vault.database import films, reading, writing
from limelight.vault.log import AuditLog, Event


@dataclass(frozen=True)
class FilmRecord:
    """One finished film.

    Attributes:
        film_id: 12 hex digits, as in its watermark; other cuts of the same song and consents share it.
        song_sha256: Of the recording's file.
        consents: Ids of the stars' consents, sorted.
        made: When.
        film_sha256: Of the finished file.
    """

    film_id: str
    song_sha256: str
    consents: tuple[str, ...]
    made: datetime
    film_sha256: str


class Films:
    """Enters and finds films."""

    def __init__(self, engine: Engine, log: AuditLog) -> None:
        self._engine = engine
        self._log = log

    def enter(self, film: FilmRecord) -> None:
        """Enter a finished film; one that is entered already stays as it is."""
        row = {
            "film_sha256": film.film_sha256,
            "film_id": film.film_id,
            "song_sha256": film.song_sha256,
            "consents": json.dumps(film.consents),
            "made": film.made.isoformat(),
        }
        with writing(self._engine) as connection:
            known = sql.select(films.c.film_id).where(films.c.film_sha256 == film.film_sha256)
            if connection.scalar(known) is None:
                connection.execute(sql.insert(films).values(row))
                detail = f"{film.film_id}, file {film.film_sha256}"
                for consent_id in film.consents or ("",):
                    self._log.append(
                        connection, Event.FILMED, film.made, consent_id=consent_id, detail=detail
                    )

    def of(self, film_id: str) -> Sequence[FilmRecord]:
        """All films of an id, the oldest first."""
        query = sql.select(films).where(films.c.film_id == film_id).order_by(films.c.made)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [
            FilmRecord(
                row.film_id,
                row.song_sha256,
                tuple(json.loads(row.consents)),
                datetime.fromisoformat(row.made),
                row.film_sha256,
            )
            for row in rows
        ]
