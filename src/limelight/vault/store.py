"""The vault on disk: one folder a star, everything of the likeness sealed.

vault/
master.key            mode 600
stars/<id>/star.json  the public card: no picture, no measure of a face
verifier.key          mode 600: the key of the CHARCHA on this machine, which vouches for people
stars/<id>/key        the star's data key, wrapped by the master key
stars/<id>/sealed/    frames and what is derived from them
"""

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from limelight.document import write_atomically
from limelight.errors import ConsentError
from limelight.star import Purpose, Star, StarKind
from limelight.vault.manifest import VERIFY, FrameMark, Manifest, Role, public_hex, signing_key
from limelight.vault.seal import master_key, new_key, seal, unseal

REEL, MANIFEST = "reel", "manifest"


@dataclass(frozen=True)
class TimedPicture:
    """An encoded picture (JPEG or PNG) of a performance and its time in seconds."""

    time: float
    """Seconds: of a performance, from its start; of a portrait, from the session's."""
    content: bytes
    role: Role = Role.PERFORMANCE

    @property
    def mark(self) -> FrameMark:
        """What a manifest says of it."""
        return FrameMark(time=self.time, sha256=hashlib.sha256(self.content).hexdigest(), role=self.role)


class Vault:
    """A folder of sealed stars.

    Args:
        root: The folder; by default ``LIMELIGHT_VAULT``, else the user's data folder.
        trusted: Public keys (64 hex digits) of verifiers elsewhere whose manifests count, besides the vault's own.
    """

    def __init__(self, root: Path | None = None, *, trusted: Collection[str] = ()) -> None:
        self.root = root or default_root()
        self._master = master_key(self.root / "master.key")
        self._trusted = frozenset(trusted)

    @property
    def verifier_key(self) -> Path:
        """Where the key of the verifier on this machine lies; CHARCHA makes it and signs manifests with it."""
        return self.root / "verifier.key"

    @property
    def trusted(self) -> frozenset[str]:
        """Public keys whose manifests count."""
        own = {public_hex(signing_key(self.verifier_key))} if self.verifier_key.exists() else set()
        return self._trusted | own

    def stars(self) -> tuple[Star, ...]:
        """The public cards of all stars."""
        cards = sorted((self.root / "stars").glob("*/star.json"))
        return tuple(Star.read(card) for card in cards)

    def holds(self, star_id: str) -> bool:
        """Whether there is such a star, open or not."""
        return (self._folder(star_id) / "star.json").exists()

    def refuse_double(self, star_id: str) -> None:
        """Raise ``ConsentError`` if there is a star of that id."""
        if self.holds(star_id):
            raise ConsentError(
                f"there is a star {star_id!r} already.", hint="Choose another id, or forget it first."
            )

    def admit(self, star: Star, footage: Iterable[TimedPicture], manifest: Manifest | None = None) -> None:
        """Seal a new star. A star appears whole or not at all.

        Args:
            star: Its card.
            footage: The frames, in the manifest's order.
            manifest: Of the session that was passed. A person must have one; an understudy may.

        Raises:
            ConsentError: there is a star of that id; a person without a manifest; a manifest that is not genuine,
                not about this star or not about exactly these frames.
        """
        self.refuse_double(star.id)
        if manifest is None and star.star_kind is not StarKind.SYNTHETIC:
            raise ConsentError(f"{star.id!r} comes without a manifest of a passed session.", hint=VERIFY)
        folder = self._folder(star.id)
        partial = folder.with_name(f".{star.id}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        key = new_key()
        try:
            (partial / "sealed").mkdir(parents=True, mode=0o700)
            (partial / "key").write_bytes(seal(self._master, key, f"key:{star.id}:{star.consent_id}"))
            reel: list[FrameMark] = []
            for index, picture in enumerate(footage):
                name = f"frame-{index:05d}"
                content = seal(key, picture.content, _bound(star, name))
                _sealed_path(partial, name).write_bytes(content)
                reel.append(picture.mark)
            _refuse_empty(reel)
            if manifest is not None:
                manifest.check(star, reel, self.trusted)
                sealed_manifest = seal(key, manifest.to_json().encode(), _bound(star, MANIFEST))
                _sealed_path(partial, MANIFEST).write_bytes(sealed_manifest)
            entries = json.dumps([mark.model_dump(mode="json") for mark in reel])
            _sealed_path(partial, REEL).write_bytes(seal(key, entries.encode(), _bound(star, REEL)))
            star.write(partial / "star.json")
            partial.replace(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def open(self, star_id: str, purpose: Purpose) -> "OpenLikeness":
        """Open a likeness for one purpose.

        Raises:
            ConsentError: no such star, purpose not consented to, expired, or tampered with.
        """
        if not self.holds(star_id):
            known = ", ".join(star.id for star in self.stars()) or "none yet"
            raise ConsentError(
                f"there is no star {star_id!r}.", hint=f"Stars: {known}. See `limelight star list`."
            )
        star = Star.read(self._folder(star_id) / "star.json")
        likeness = OpenLikeness(self, star, purpose)
        likeness.check()
        return likeness

    def forget(self, star_id: str) -> None:
        """Destroy a star's key first, then everything else."""
        folder = self._folder(star_id)
        if not folder.exists():
            raise ConsentError(f"there is no star {star_id!r}.", hint="See `limelight star list`.")
        (folder / "key").unlink(missing_ok=True)
        shutil.rmtree(folder)

    def data_key(self, star: Star) -> bytes:
        """The star's own key, unwrapped. Only for this package."""
        try:
            wrapped = (self._folder(star.id) / "key").read_bytes()
        except OSError as problem:
            raise ConsentError(f"the star {star.id!r} was forgotten.") from problem
        return unseal(self._master, wrapped, f"key:{star.id}:{star.consent_id}")

    def _folder(self, star_id: str) -> Path:
        if not star_id or any(c not in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in star_id):
            raise ConsentError(
                f"{star_id!r} is not a star's id.", hint="Ids are lower-case letters, digits and hyphens."
            )
        return self.root / "stars" / star_id


class OpenLikeness:
    """What cameras get; see :class:`limelight.vault.likeness.Likeness`."""

    def __init__(self, vault: Vault, star: Star, purpose: Purpose) -> None:
        self._vault = vault
        self._purpose = purpose
        self.star = star
        self._key = vault.data_key(star)
        reel = tuple(FrameMark.model_validate(entry) for entry in json.loads(self.recall(REEL) or b"[]"))
        self.manifest = self._manifest(reel)
        numbered = tuple(enumerate(reel))
        sung = tuple(entry for entry in numbered if entry[1].role is Role.PERFORMANCE)
        self.portraits = SealedFootage(self, tuple(e for e in numbered if e[1].role is Role.PORTRAIT))
        self.footage = SealedFootage(self, sung or numbered)
        entries = json.dumps([mark.model_dump(mode="json") for mark in reel], sort_keys=True)
        self.digest = hashlib.sha256(star.to_json().encode() + entries.encode()).hexdigest()

    def _manifest(self, reel: Sequence[FrameMark]) -> Manifest | None:
        """What the star was admitted with, checked again."""
        kept = self.recall(MANIFEST)
        if kept is None:
            if self.star.star_kind is not StarKind.SYNTHETIC:
                raise ConsentError(f"the manifest of {self.star.id!r} is gone.", hint=VERIFY)
            return None
        manifest = Manifest.parse(kept, origin="the manifest")
        manifest.check(self.star, reel, self._vault.trusted)
        return manifest

    def check(self) -> None:
        """Ask the vault again; see :class:`limelight.vault.likeness.Likeness`."""
        if not self._vault.holds(self.star.id):
            raise ConsentError(
                f"the star {self.star.id!r} was forgotten.", hint="The film cannot go on with it."
            )
        if Star.read(self._vault._folder(self.star.id) / "star.json") != self.star:  # noqa: SLF001  # one package
            raise ConsentError(f"the card of {self.star.id!r} was changed.", hint="Open the star again.")
        if self._purpose not in self.star.purposes:
            allowed = ", ".join(self.star.purposes) or "nothing"
            raise ConsentError(
                f"{self.star.id!r} did not consent to {self._purpose!r}.", hint=f"Allowed: {allowed}."
            )
        if self.star.expires is not None and self.star.expires <= datetime.now(UTC):
            raise ConsentError(f"the consent of {self.star.id!r} has expired.", hint="Verify again.")
        self._vault.data_key(self.star)

    def keep(self, name: str, content: bytes) -> None:
        """Seal something derived from the likeness beside it."""
        path = _sealed_path(self._vault._folder(self.star.id), name)  # noqa: SLF001  # one package
        if not path.parent.exists():
            raise ConsentError(f"the star {self.star.id!r} was forgotten.")
        write_atomically(path, seal(self._key, content, _bound(self.star, name)))

    def recall(self, name: str) -> bytes | None:
        """What was kept under a name, or None."""
        path = _sealed_path(self._vault._folder(self.star.id), name)  # noqa: SLF001  # one package
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        return unseal(self._key, sealed, _bound(self.star, name))


class SealedFootage:
    """A performance, decrypted a frame at a time."""

    def __init__(self, likeness: OpenLikeness, frames: Sequence[tuple[int, FrameMark]]) -> None:
        self._likeness = likeness
        self._frames = frames
        self.times = tuple(mark.time for _, mark in frames)

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> NDArray[np.uint8]:
        """``(height, width, 3) uint8``, sRGB."""
        import cv2  # noqa: PLC0415  # only who looks at frames needs it

        number, mark = self._frames[index]
        content = self._likeness.recall(f"frame-{number:05d}")
        if content is None or hashlib.sha256(content).hexdigest() != mark.sha256:
            raise ConsentError(f"frame {index} of {self._likeness.star.id!r} is missing or was changed.")
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        return np.asarray(decoded, np.uint8)


def default_root() -> Path:
    """``LIMELIGHT_VAULT``, else the user's data folder."""
    import platformdirs  # noqa: PLC0415  # only where the default is asked for

    chosen = os.environ.get("LIMELIGHT_VAULT", "")
    return (
        Path(chosen) if chosen else Path(platformdirs.user_data_dir("limelight", appauthor=False)) / "vault"
    )


def _refuse_empty(reel: Sequence[object]) -> None:
    if not reel:
        raise ConsentError("a star without a single frame cannot be admitted.", hint="Verify again.")


def _bound(star: Star, name: str) -> str:
    return f"{star.id}\n{star.consent_id}\n{name}"


def _sealed_path(folder: Path, name: str) -> Path:
    """File names tell nothing: they are hashes of what is inside."""
    return folder / "sealed" / hashlib.sha256(name.encode()).hexdigest()[:40]
