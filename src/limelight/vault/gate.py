"""The gate: what is looked at before a likeness is handed out, and again at each of its uses."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from limelight.errors import ConsentError, DocumentError
from limelight.star import Purpose, Star
from limelight.vault.consent import Receipt
from limelight.vault.manifest import FrameMark, Manifest, Role
from limelight.vault.seal import Safe

if TYPE_CHECKING:
    from limelight.vault.store import Vault

CARD, RECEIPT, MANIFEST = "card", "receipt", "manifest"
"""Sealed beside the frames: the gate compares them with what lies in clear and in the database."""
KEY_FILE, CARD_FILE = "key", "star.json"
KEPT = "kept/"
"""Before the names of what cameras keep, so that nothing of theirs can take the place of anything above."""
AGAIN = "Forget the star and verify again."

Stamp = tuple[int, int, int, int]
"""When a file was changed, by two clocks, its size and its place on the disk."""


def frame_name(index: int) -> str:
    """The name under which a frame is sealed."""
    return f"frame-{index:05d}"


@dataclass(frozen=True)
class Deed:
    """A star that was looked at, and everything that is known of it.

    Attributes:
        star: Its card.
        receipt: The consent.
        manifest: What CHARCHA signed, or what vouches for an understudy.
        safe: Where its sealed pieces lie.
        stamps: Of every file that was looked at, taken before.
    """

    star: Star
    receipt: Receipt
    manifest: Manifest
    safe: Safe
    stamps: Mapping[Path, Stamp | None]

    @property
    def unchanged(self) -> bool:
        """Whether no file was touched since."""
        return all(stamp_of(path) == stamp for path, stamp in self.stamps.items())

    @cached_property
    def digest(self) -> str:
        """SHA-256 over card and frames."""
        marks = [mark.model_dump(mode="json") for mark in self.manifest.frames]
        content = self.star.to_json() + json.dumps(marks, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def examine(vault: "Vault", star_id: str, consent_id: str) -> Deed:
    """Look at everything that is kept of a star: key, card, receipt, manifest and every frame.

    Raises:
        ConsentError: anything is missing, changed, foreign, or not vouched for.
    """
    folder = vault.folder(star_id)
    stamps = _stamps(folder / KEY_FILE, folder / CARD_FILE)
    safe = Safe(folder, star_id, consent_id, vault.data_key(star_id, consent_id))
    stamps |= _stamps(*map(safe.path, (CARD, RECEIPT, MANIFEST)))
    try:
        star = Star.parse(safe.need(CARD), origin=f"the card of {star_id!r}")
        receipt = Receipt.parse(safe.need(RECEIPT), origin=f"the receipt of {star_id!r}")
        manifest = Manifest.parse(safe.need(MANIFEST), origin=f"the manifest of {star_id!r}")
    except DocumentError as problem:
        raise ConsentError(problem.message, hint=AGAIN) from problem
    if (star.id, star.consent_id) != (star_id, consent_id) or not _says(folder / CARD_FILE, star):
        raise ConsentError(f"the card of {star_id!r} was changed.", hint=AGAIN)
    vault.consents.refuse_receipt(star, receipt, vault.now())
    manifest.check(star, manifest.frames, vault.keychain.trusted)
    for index, mark in enumerate(manifest.frames):
        stamps |= _stamps(safe.path(frame_name(index)))
        if hashlib.sha256(safe.need(frame_name(index))).hexdigest() != mark.sha256:
            raise ConsentError(f"frame {index} of {star_id!r} was changed.", hint=AGAIN)
    return Deed(star, receipt, manifest, safe, stamps)


def stamp_of(path: Path) -> Stamp | None:
    """What tells that a file was touched; None if it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _stamps(*paths: Path) -> dict[Path, Stamp | None]:
    return {path: stamp_of(path) for path in paths}


def _says(path: Path, star: Star) -> bool:
    """Whether the card in clear is byte for byte the sealed one."""
    try:
        return path.read_bytes() == star.to_json().encode()
    except OSError:
        return False


class OpenLikeness:
    """What cameras get; see :class:`limelight.vault.likeness.Likeness`."""

    def __init__(self, vault: "Vault", star_id: str, purpose: Purpose) -> None:
        self._vault = vault
        self._star_id = star_id
        self._purpose = purpose
        self._consent_id = vault.refuse_ended(star_id).consent_id
        self._deed = examine(vault, star_id, self._consent_id)
        self._refuse_purpose()

    @property
    def star(self) -> Star:
        """The public card."""
        return self._deed.star

    @property
    def manifest(self) -> Manifest:
        """What vouches for it."""
        return self._deed.manifest

    @property
    def receipt(self) -> Receipt:
        """What it was consented to."""
        return self._deed.receipt

    @property
    def digest(self) -> str:
        """SHA-256 over all that is sealed, for cache keys."""
        return self._deed.digest

    @cached_property
    def portraits(self) -> "SealedFootage":
        """The frames of the verification."""
        numbered = enumerate(self.manifest.frames)
        return SealedFootage(self, [entry for entry in numbered if entry[1].role is Role.PORTRAIT])

    @cached_property
    def footage(self) -> "SealedFootage":
        """The performance; all frames where there is none."""
        numbered = list(enumerate(self.manifest.frames))
        return SealedFootage(self, [e for e in numbered if e[1].role is Role.PERFORMANCE] or numbered)

    def check(self) -> None:
        """Ask the vault again; what costs time is done again only if a file was touched."""
        try:
            self._examine_again()
        except ConsentError as refusal:
            self._vault.note_refusal(self._star_id, self._purpose, refusal)
            raise

    def _examine_again(self) -> None:
        standing = self._vault.refuse_ended(self._star_id)
        if standing.consent_id != self._consent_id:
            raise ConsentError(f"{self._star_id!r} is another star now.", hint="Open it again.")
        if standing.receipt != self.receipt.to_json() or not self._deed.unchanged:
            deed = examine(self._vault, self._star_id, self._consent_id)
            if deed.digest != self._deed.digest:
                raise ConsentError(f"{self._star_id!r} was changed.", hint="Open the star again.")
            self._deed = deed
        self._refuse_purpose()

    def keep(self, name: str, content: bytes) -> None:
        """Seal something derived from the likeness beside it."""
        self._still_open()
        safe, name = self._deed.safe, f"{KEPT}{name}"
        safe.put(name, content)
        try:
            self._still_open()
        except ConsentError:  # it ended meanwhile: nothing may stay
            safe.discard(name)
            raise

    def recall(self, name: str) -> bytes | None:
        """What was kept under a name, or None."""
        self._still_open()
        return self._deed.safe.get(f"{KEPT}{name}")

    def discard(self, name: str) -> None:
        """Take away what was kept under a name; a star that was closed meanwhile may lose things, too."""
        self._deed.safe.discard(f"{KEPT}{name}")

    def hand_out(self, name: str) -> bytes | None:
        """What was kept under a name, for its owner to take away in clear: written into the log."""
        self.check()
        content = self.recall(name)
        if content is not None:
            self._vault.note_handed_out(self.star, name)
        return content

    def picture(self, number: int) -> bytes:
        """A frame as it was encoded; only for footage."""
        self._still_open()
        return self._deed.safe.need(frame_name(number))

    def _still_open(self) -> None:
        """Revoking and forgetting both touch the key file: one glance tells that nothing happened."""
        key = self._deed.safe.folder / KEY_FILE
        if stamp_of(key) != self._deed.stamps[key]:
            self.check()

    def _refuse_purpose(self) -> None:
        if self._purpose not in self.star.purposes or self._purpose not in self.receipt.covered:
            allowed = ", ".join(self.star.purposes) or "nothing"
            raise ConsentError(
                f"{self._star_id!r} did not consent to {str(self._purpose)!r}.", hint=f"Allowed: {allowed}."
            )


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
        content = self._likeness.picture(number)
        if hashlib.sha256(content).hexdigest() != mark.sha256:
            raise ConsentError(f"frame {index} of {self._likeness.star.id!r} was changed.", hint=AGAIN)
        decoded = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
        return np.asarray(decoded, np.uint8)
