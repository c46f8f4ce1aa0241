"""The waiting room: sessions on another path that wait for a person's decision, sealed in the vault's folder.

Only sessions of people who could not do all that is asked (no flashing, a whole kind of action excluded) come here,
and only where no signal failed and at most one was unclear: the one they were spared. They have no manifest and are
no star. A second person, named, who knows the vault's passphrase, may let one in or send it away; both stand in the
vault's log. Who looks is to know the person and to have heard from them that it was they: nobody tells a good
forgery by looking at it. After two weeks, or when the consent ends, a case is destroyed undecided.

    waiting/<session>/key         the case's key, wrapped by the vault's master key
    waiting/<session>/sealed/     the case and its frames
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from limelight.charcha.reasons import Reason
from limelight.charcha.records.keeping import Sitter, admit
from limelight.charcha.signals.signal import Outcome, Verdict
from limelight.document import Document, Part
from limelight.errors import ConsentError
from limelight.star import Purpose, StarKind
from limelight.vault import Manifest, TimedPicture, Vault, aside
from limelight.vault.keys import shred
from limelight.vault.manifest import FrameMark, Role

KEPT = timedelta(days=14)
CASE = "case.json"
HALF_DONE = 3600.0
"""Seconds after which a case that was begun and not finished is one that a crash left."""


class Found(Part):
    """What one signal made of the session."""

    signal: str
    value: float
    gate: str
    reason: str = ""


class Case(Document):
    """One session that waits. Holds no picture."""

    kind = "waiting"

    session: str
    chain: str
    consent_id: str
    star_id: str
    name: str
    star_kind: StarKind
    purposes: tuple[Purpose, ...]
    expires: datetime | None
    ended: datetime
    spared: tuple[str, ...]
    """What the person chose not to do: ``flashing``, or excluded actions."""
    found: tuple[Found, ...]
    frames: tuple[FrameMark, ...] = ()

    @property
    def sitter(self) -> Sitter:
        """Who becomes a star if they are let in."""
        return Sitter(self.star_id, self.name, self.star_kind, self.purposes, self.expires)


class WaitingRoom:
    """The cases of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._root = vault.root / "waiting"

    def take(self, case: Case, footage: Callable[[], Iterator[TimedPicture]]) -> None:
        """Seal a case and its frames. It is there whole or not at all."""
        partial = self._root / f".{case.session}"
        try:
            safe = aside.set_aside(self._vault, partial, case.session, case.consent_id)
            marks: list[FrameMark] = []
            for picture in footage():
                safe.put(f"{len(marks):05d}", picture.content)
                marks.append(picture.mark)
            safe.put(CASE, case.model_copy(update={"frames": tuple(marks)}).to_json().encode())
            (partial / "consent").write_text(case.consent_id)
            partial.rename(self._root / case.session)
        except BaseException:  # the person is told that nothing was kept
            self._destroy(partial)
            raise

    def cases(self) -> tuple[Case, ...]:
        """All that wait, the oldest first; those that are too old or without a consent are destroyed by it."""
        waiting = []
        for partial in self._root.glob(".*"):  # what a crash left
            if self._vault.now().timestamp() - partial.stat().st_mtime > HALF_DONE:
                self._destroy(partial)
        for folder in sorted(self._root.glob("[0-9a-f]*")):
            case = self._read(folder)
            if case is None or self._vault.now() - case.ended > KEPT or not self._consented(case):
                self._destroy(folder)
            else:
                waiting.append(case)
        return tuple(sorted(waiting, key=lambda case: case.ended))

    def case(self, session: str) -> Case:
        """One of them.

        Args:
            session: Its id, or the beginning of it.

        Raises:
            ConsentError: none waits, or several begin so.
        """
        cases = [case for case in self.cases() if case.session.startswith(session)]
        if len(cases) != 1 or not session:
            raise ConsentError(
                f"{len(cases)} sessions that wait begin with {session!r}.",
                hint="See `limelight verify --review`.",
            )
        return cases[0]

    def footage(self, case: Case) -> Iterator[TimedPicture]:
        """The frames of a case, opened one at a time."""
        safe = aside.taken_out(self._vault, self._root / case.session, case.session, case.consent_id)
        for index, mark in enumerate(case.frames):
            yield TimedPicture(mark.time, safe.need(f"{index:05d}"), Role(mark.role))

    def let_in(self, case: Case, reviewer: str, passphrase: str) -> Manifest:
        """A second person lets somebody in: the star is in the vault, the case is gone.

        Raises:
            ConsentError: the reviewer is nobody or the person themselves, the passphrase is not the vault's, or the
                vault refuses.
        """
        self._decide(case, reviewer, passphrase, approved=True)
        manifest = admit(
            lambda: self.footage(case), self._vault, case.sitter, session=case.session, chain=case.chain,
            consent_id=case.consent_id, now=case.ended.timestamp(),
        )  # fmt: skip
        self._destroy(self._root / case.session)
        return manifest

    def send_away(self, case: Case, reviewer: str, passphrase: str) -> None:
        """A second person sends somebody away: nothing is kept. Raises as :meth:`let_in` does."""
        self._decide(case, reviewer, passphrase, approved=False)
        self._destroy(self._root / case.session)

    def _decide(self, case: Case, reviewer: str, passphrase: str, *, approved: bool) -> None:
        named = " ".join(reviewer.split())
        if not named or named.casefold() == " ".join(case.name.split()).casefold():
            raise ConsentError(
                "somebody else has to decide, by name.", hint="Nobody can vouch for themselves."
            )
        aside.countersign(
            self._vault, passphrase, star_id=case.star_id, consent_id=case.consent_id,
            detail=f"{'let in' if approved else 'sent away'} by {named}, session {case.session}",
        )  # fmt: skip

    def _consented(self, case: Case) -> bool:
        synthetic = case.star_kind is StarKind.SYNTHETIC
        return synthetic or self._vault.consent_status(case.consent_id).valid

    def _read(self, folder: Path) -> Case | None:
        with contextlib.suppress(ConsentError, OSError):
            consent_id = (folder / "consent").read_text()
            return Case.parse(aside.taken_out(self._vault, folder, folder.name, consent_id).need(CASE))
        return None

    @staticmethod
    def _destroy(folder: Path) -> None:
        shred(folder / "key")
        shutil.rmtree(folder, ignore_errors=True)


def may_wait(verdict: Verdict, spared: frozenset[str]) -> bool:
    """Whether a person may decide: no gate failed, none is unclear but the one that was spared, the score is enough.

    Args:
        verdict: Of a session on another path.
        spared: Names of the signals that could not be measured on it; with two there is too little to go by.
    """
    if len(spared) > 1:
        return False
    allowed = {f"{name}:{Reason.GATE}" for name in spared} | {Reason.ACCOMMODATED}
    return verdict.outcome is Outcome.REVIEW and allowed.issuperset(verdict.reasons)


def case_of(  # a case has so many facts
    verdict: Verdict,
    sitter: Sitter,
    *,
    session: str,
    chain: str,
    consent_id: str,
    spared: tuple[str, ...],
    now: float,
) -> Case:
    """What a reviewer is told of a session."""
    return Case(
        session=session, chain=chain, consent_id=consent_id, star_id=sitter.star_id, name=sitter.name,
        star_kind=sitter.kind, purposes=sitter.purposes, expires=sitter.expires,
        ended=datetime.fromtimestamp(int(now), UTC), spared=spared,
        found=tuple(
            Found(signal=f.signal, value=round(f.value, 3), gate=f.gate, reason=f.reason) for f in verdict.findings
        ),
    )  # fmt: skip
