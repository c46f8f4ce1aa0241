"""The vault: sealed stars in folders, consents and the audit log in a database.

vault/
lock.json             where the master key comes from; master.key (mode 600) only if it is a file
verifier.key          sealed by the master key: vouches for people who passed CHARCHA here, and for understudies
consent.key           sealed by the master key: signs receipts
film-signer.key       sealed by the master key: signs films; film-signer.pem is its certificate
vault.db              consents, stars, revocations, films, audit log (or Postgres, by ``LIMELIGHT_DATABASE``)
stars/<id>/star.json  the public card: no picture, no measure of a face
stars/<id>/key        the star's data key, wrapped by the master key
stars/<id>/sealed/    card, receipt, manifest, frames and what is derived from them
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from limelight.errors import ConsentError, DocumentError
from limelight.star import Purpose, Star
from limelight.vault import keys
from limelight.vault.consent import Agreement, ConsentState, ConsentStatus, Receipt
from limelight.vault.consents import Consents
from limelight.vault.database import connect
from limelight.vault.films import Films
from limelight.vault.gate import CARD, CARD_FILE, KEY_FILE, MANIFEST, RECEIPT, OpenLikeness, frame_name
from limelight.vault.keychain import Keychain
from limelight.vault.keys import KeySource, Lock
from limelight.vault.log import AuditLog, Event, Proof
from limelight.vault.manifest import VERIFY, FrameMark, Manifest, TimedPicture
from limelight.vault.place import default_root
from limelight.vault.register import Ending, Register, Standing, Tombstone
from limelight.vault.seal import Safe, new_key, unwrap_key, wrap_key, write_key

DATABASE = "LIMELIGHT_DATABASE"
STAR_ID = re.compile(r"[a-z0-9-]{1,63}")


class Vault:
    """A folder of sealed stars. Making one touches nothing; its key is asked for when a star is.

    Args:
        root: The folder; by default ``LIMELIGHT_VAULT``, else the user's data folder.
        trusted: Public keys (64 hex digits) of verifiers elsewhere whose manifests count, besides the vault's own.
        database: An SQLAlchemy URL; by default ``LIMELIGHT_DATABASE``, which worker processes know too, else SQLite
            in the folder.
        keys: Who keeps the master key of a new vault; None: see :mod:`limelight.vault.keys`.
        clock: Tells the time.
    """

    def __init__(
        self,
        root: Path | None = None,
        *,
        trusted: Collection[str] = (),
        database: str = "",
        keys: KeySource | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.root = root or default_root()
        self.now = clock
        self.keychain = Keychain(self.root, keys, own=root is None, trusted=trusted)
        self._database = database or os.environ.get(DATABASE, "")

    # keys

    @property
    def lock(self) -> Lock | None:
        """How it is locked; None if it was never used."""
        return self.keychain.lock

    @property
    def verifier(self) -> Ed25519PrivateKey:
        """What vouches on this machine; CHARCHA signs manifests with it."""
        return self.keychain.verifier

    @property
    def film_signer(self) -> Ed25519PrivateKey:
        """What signs films where nobody configured a certificate."""
        return self.keychain.film_signer

    def trust(self, verifier: str) -> None:
        """Let manifests of a verifier elsewhere count, so that stars can be brought over from there.

        Args:
            verifier: Its public key, 64 hex digits.

        Raises:
            ConsentError: it is not that.
        """
        self.keychain.trust(verifier)
        self.register.note(Event.TRUSTED, self.now(), detail=verifier)

    def move_key(self, source: KeySource, passphrase: str = "") -> None:
        """Give the master key to another keeper: keyring, passphrase or file.

        Raises:
            ConsentError: the vault cannot be unlocked, or there is no such keeper here.
        """
        self.keychain.move(source, passphrase)
        self.register.note(Event.KEY_MOVED, self.now(), detail=str(source))

    # consent

    @cached_property
    def register(self) -> Register:
        """Consents, stars and the log. Only for this package."""
        from limelight.vault.rebuild import rebuild  # noqa: PLC0415  # only where a database is new

        with self.keychain.alone():
            log = AuditLog(
                self.keychain.master
            )  # before there is a database: a vault that lost its key makes none
            register = Register(connect(self.root, self._database), log)
            self.__dict__["register"] = register
            if register.is_new():
                rebuild(self)
        return register

    @cached_property
    def consents(self) -> Consents:
        """What the register's consents are worth. Only for this package."""
        return Consents(self.register, self.keychain)

    def consent(self, agreement: Agreement) -> Receipt:
        """Enter a consent, before the first frame, and give the signed receipt.

        Raises:
            ConsentError: not an adult by declaration, or the consent was given before.
        """
        return self.consents.enter(agreement, self.now())

    def consent_status(self, consent_id: str) -> ConsentStatus:
        """What a consent is worth now: valid, withdrawn on, expired on, or unknown (a changed receipt too)."""
        return self.consents.status(consent_id, self.now())

    # stars

    def stars(self) -> tuple[Star, ...]:
        """The public cards of all stars, as they lie in clear; the gate alone says whether they are true."""
        cards = sorted((self.root / "stars").glob(f"[a-z0-9]*/{CARD_FILE}"))
        found = []
        for card in cards:
            with contextlib.suppress(DocumentError):
                found.append(Star.read(card))
        return tuple(found)

    def holds(self, star_id: str) -> bool:
        """Whether there is such a star, open or not."""
        return self.folder(star_id).exists()

    def refuse_double(self, star_id: str) -> None:
        """Raise ``ConsentError`` if there is a star of that id."""
        if self.holds(star_id):
            raise ConsentError(
                f"there is a star {star_id!r} already.", hint="Choose another id, or forget it first."
            )

    def admit(self, star: Star, footage: Iterable[TimedPicture], manifest: Manifest | None = None) -> None:
        """Seal a new star. A star appears whole or not at all. This is the only door.

        Args:
            star: Its card. Where it does not say when it ends, its consent does.
            footage: The frames, in the manifest's order.
            manifest: Of the session that was passed. Everybody must have one.

        Raises:
            ConsentError: there is a star of that id; no manifest, or one that is not genuine, not about this star or
                not about exactly these frames; no consent, or one that does not cover what the card says.
        """
        self.refuse_double(star.id)
        if manifest is None:
            raise ConsentError(f"{star.id!r} comes without a manifest of a passed session.", hint=VERIFY)
        receipt = self.consents.receipt_of(star, self.now())
        star = star.model_copy(update={"expires": min(star.expires or receipt.expires, receipt.expires)})
        self.consents.refuse_receipt(star, receipt, self.now())
        folder = self.folder(star.id)
        partial = folder.with_name(f"{ADMITTING}{star.id}.{os.getpid()}")
        shutil.rmtree(partial, ignore_errors=True)
        safe = Safe(partial, star.id, star.consent_id, key := new_key())
        try:
            (partial / "sealed").mkdir(parents=True, mode=0o700)
            marks: list[FrameMark] = []
            for picture in footage:
                safe.put(frame_name(len(marks)), picture.content)
                marks.append(picture.mark)
            _refuse_empty(marks)
            manifest.check(star, marks, self.keychain.trusted)
            for name, document in ((CARD, star), (RECEIPT, receipt), (MANIFEST, manifest)):
                safe.put(name, document.to_json().encode())
            star.write(partial / CARD_FILE)
            # the key comes last: what a crash leaves before can be read by nobody
            write_key(partial / KEY_FILE, wrap_key(self.keychain.master, key, star.id, star.consent_id))
            detail = f"{star.star_kind}, {len(marks)} frames, session {manifest.session}"
            with self.register.admitting(star, self.now(), detail):
                partial.replace(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise

    def open(self, star_id: str, purpose: Purpose) -> OpenLikeness:
        """Open a likeness for one purpose; asked and answered in the log. An expired star is destroyed by it.

        Raises:
            ConsentError: no such star, purpose not consented to, expired, revoked, or tampered with.
        """
        if not self.holds(star_id):
            known = ", ".join(star.id for star in self.stars()) or "none yet"
            raise ConsentError(
                f"there is no star {star_id!r}.", hint=f"Stars: {known}. See `limelight star list`."
            )
        try:
            likeness = OpenLikeness(self, star_id, purpose)
        except ConsentError as refusal:
            self.note_refusal(star_id, purpose, refusal)
            with contextlib.suppress(ConsentError):
                self._bury_expired(star_id)
            raise
        consent_id = likeness.star.consent_id
        self.register.note(
            Event.OPENED, self.now(), star_id=star_id, consent_id=consent_id, detail=str(purpose)
        )
        return likeness

    def revoke(self, star_id: str) -> None:
        """Withdraw a star's consent: it stays sealed, and is closed from now on, also where it is open."""
        consent_id, now = self._held(star_id).consent_id, self.now()
        self.register.end(star_id, consent_id, Ending.WITHDRAWN, ended=now, at=now)
        with contextlib.suppress(ConsentError):  # a key that was changed opens nothing anyhow
            key = self.data_key(star_id, consent_id, closed=True)
            write_key(
                self.folder(star_id) / KEY_FILE,
                wrap_key(self.keychain.master, key, star_id, consent_id, closed=True),
            )

    def forget(self, star_id: str) -> None:
        """Destroy a star's key first, then everything else. A tombstone stays: id, consent id, when."""
        if not self.holds(star_id):
            raise ConsentError(f"there is no star {star_id!r}.", hint="See `limelight star list`.")
        now = self.now()
        self._destroy(star_id, Ending.FORGOTTEN, now)

    def purge(self) -> tuple[str, ...]:
        """Destroy every star whose consent has expired, and what a crash left. Gives the ids of the stars.

        What is being admitted by another process stays, unless nobody has written to it for an hour.
        """
        for rest in (self.root / "stars").glob(".*"):
            if not rest.name.startswith(ADMITTING) or _untouched(rest) > ABANDONED:
                shutil.rmtree(rest, ignore_errors=True)
        folders = sorted(folder.name for folder in (self.root / "stars").glob("[a-z0-9]*"))
        for consent_id in self.register.unused():
            status = self.consent_status(consent_id)
            if status.state is ConsentState.EXPIRED and status.since is not None:
                self.register.end("", consent_id, Ending.EXPIRED, ended=status.since, at=self.now())
        return tuple(star_id for star_id in folders if self._bury_expired(star_id))

    def tombstones(self) -> Sequence[Tombstone]:
        """What is left of the stars that were forgotten."""
        return self.register.tombstones()

    @property
    def films(self) -> Films:
        """The films that were made with this vault."""
        return self.register.films

    def log(self) -> Proof:
        """The audit log, and whether it is what was written."""
        return self.register.prove()

    def export(self, star_id: str) -> dict[str, object]:
        """All that is held about a star, except pictures and what was derived from them.

        Raises:
            ConsentError: no such star, or it was changed. One that is closed can be exported too.
        """
        consent_id = self._held(star_id).consent_id
        key = self.data_key(star_id, consent_id, closed=True)
        safe = Safe(self.folder(star_id), star_id, consent_id, key)
        self.register.note(Event.EXPORTED, self.now(), star_id=star_id, consent_id=consent_id)
        return {
            "consent": str(self.consent_status(consent_id)),
            "star": json.loads(safe.need(CARD)),
            "receipt": json.loads(safe.need(RECEIPT)),
            "manifest": json.loads(safe.need(MANIFEST)),
            "log": [entry.__dict__ for entry in self.register.entries(star_id)],
        }

    # what the gate asks

    def folder(self, star_id: str) -> Path:
        """Where a star lies."""
        if not STAR_ID.fullmatch(star_id):
            raise ConsentError(
                f"{star_id!r} is not a star's id.",
                hint="Ids are lower-case letters, digits and hyphens: see `limelight star list`.",
            )
        return self.root / "stars" / star_id

    def data_key(self, star_id: str, consent_id: str, *, closed: bool = False) -> bytes:
        """The star's own key, unwrapped. Only for this package.

        Args:
            star_id: Whose.
            consent_id: By which consent.
            closed: Whether that of a revoked star will do too.

        Raises:
            ConsentError: it was destroyed, changed, or closed.
        """
        try:
            wrapped = (self.folder(star_id) / KEY_FILE).read_bytes()
        except OSError as problem:
            raise ConsentError(f"the star {star_id!r} was forgotten.", hint=ENDED) from problem
        key, is_closed = unwrap_key(self.keychain.master, wrapped, star_id, consent_id)
        if is_closed and not closed:
            raise ConsentError(f"the consent of {star_id!r} was withdrawn.", hint=ENDED)
        return key

    def refuse_ended(self, star_id: str) -> Standing:
        """The consent under which a star is held, if it still counts. Only for this package.

        Raises:
            ConsentError: the star is gone, or its consent has ended.
        """
        standing = self._held(star_id)
        status = self.consents.status_of(standing, self.now())
        if status.state is ConsentState.EXPIRED:
            raise ConsentError(f"the consent of {star_id!r} has {status}.", hint=VERIFY)
        if status.state is ConsentState.UNKNOWN:
            raise ConsentError(f"there is no genuine consent of {star_id!r}.", hint=VERIFY)
        if not status.valid:
            raise ConsentError(f"the consent of {star_id!r} was {status}.", hint=ENDED)
        return standing

    def note_refusal(self, star_id: str, purpose: Purpose, refusal: ConsentError) -> None:
        """Write into the log that somebody was not let in. Only for this package."""
        with contextlib.suppress(
            ConsentError
        ):  # where the log cannot be written to, the refusal still stands
            detail = f"{purpose}: {refusal.message}"
            self.register.note(Event.REFUSED, self.now(), star_id=star_id, detail=detail)

    def note_handed_out(self, star: Star, name: str) -> None:
        """Write into the log that something derived was taken away. Only for this package."""
        self.register.note(
            Event.EXPORTED, self.now(), star_id=star.id, consent_id=star.consent_id, detail=name
        )

    # within

    def _held(self, star_id: str) -> Standing:
        standing = self.register.held(star_id)
        if standing is None:
            buried = [stone for stone in self.tombstones() if stone.star_id == star_id]
            if not buried:
                raise ConsentError(
                    f"the star {star_id!r} was never admitted here.", hint="See `limelight star list`."
                )
            day = f"{buried[-1].forgotten:%Y-%m-%d}"
            raise ConsentError(f"the star {star_id!r} was forgotten on {day}.", hint=ENDED)
        return standing

    def _bury_expired(self, star_id: str) -> bool:
        standing = self.register.held(star_id)
        status = self.consents.status_of(standing, self.now()) if standing else None
        if status is None or status.state is not ConsentState.EXPIRED or status.since is None:
            return False
        self._destroy(star_id, Ending.EXPIRED, status.since)
        return True

    def _destroy(self, star_id: str, ending: Ending, ended: datetime) -> None:
        folder = self.folder(star_id)
        keys.shred(folder / KEY_FILE)
        try:
            standing = self.register.held(star_id)
            if standing is not None:
                self.register.end(star_id, standing.consent_id, ending, ended=ended, at=self.now())
        finally:
            gone = folder.with_name(f".{star_id}.{secrets.token_hex(8)}")
            folder.rename(gone)  # from here on nobody finds it, whoever still writes into it
            shutil.rmtree(gone, ignore_errors=True)


ENDED = "A film needs another star (`limelight star list`), or this one forgotten and verified again."


ADMITTING = ".admitting."
"""Begins the name of a folder in which a star is being sealed."""
ABANDONED = 3600.0
"""Seconds without a change after which whoever was admitting a star has crashed; it takes seconds."""


def _untouched(folder: Path) -> float:
    """Seconds since anything was put into a folder or its parts; 0 if it is gone."""
    try:
        newest = max(path.stat().st_mtime for path in (folder, *folder.glob("*")))
    except OSError:
        return 0.0
    return time.time() - newest


def _refuse_empty(marks: Sequence[object]) -> None:
    if not marks:
        raise ConsentError("a star without a single frame cannot be admitted.", hint="Verify again.")
