"""Release: the last step of a film. It is signed before it takes its name, and entered in the vault after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from limelight.provenance import manifest
from limelight.provenance.certificate import Signer
from limelight.provenance.film_id import FilmId
from limelight.provenance.manifest import Claims
from limelight.provenance.source import SourceType
from limelight.stage import digest, sha256_of
from limelight.vault import FilmRecord, Vault


@dataclass(frozen=True)
class Release:
    """What a film will say of itself, and who vouches for it."""

    claims: Claims
    signer: Signer
    title: str = ""

    @property
    def key(self) -> str:
        """Changes when the film must be signed anew: another claim, title or certificate."""
        said = self.claims.model_dump(mode="json", by_alias=True)
        return digest({"claims": said, "title": self.title, "signer": self.signer.fingerprint})

    def sign(self, film: Path) -> None:
        """Sign it, in place; see :func:`limelight.provenance.manifest.sign`."""
        manifest.sign(film, self.claims, self.signer, title=self.title)

    def enter(self, vault: Vault, film: Path) -> None:
        """Note in the vault which song and consents the finished film is of, for whoever finds a copy of it."""
        sha256 = sha256_of(film)
        claims = self.claims
        vault.films.enter(
            FilmRecord(claims.film_id, claims.song_sha256, claims.consents, vault.now(), film_sha256=sha256)
        )


def claims_of(
    song_sha256: str,
    consents: Iterable[str],
    models: Iterable[str],
    *,
    camera: str,
    director: str,
    source: SourceType,
) -> Claims:
    """What a film says of itself.

    Args:
        song_sha256: Of the recording.
        consents: Ids of the stars' consents.
        models: All models that had a part in it: names and hashes or commits.
        camera: Its name and version.
        director: Its name and version.
        source: What kind of pictures the camera makes.
    """
    ids = tuple(sorted(consents))
    return Claims(
        film_id=FilmId.of(song_sha256, ids).text,
        song_sha256=song_sha256,
        consents=ids,
        models=tuple(sorted(set(models))),
        camera=camera,
        director=director,
        source=source,
    )
