"""What is kept of a session: a few sharp frames of different poses, the performance, and a signed manifest.

While a session runs its frames lie sealed under a key that exists in memory only, in an unnamed temporary file: if
the process dies, nobody can read them. All else is forgotten frame by frame.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

from limelight.charcha.observing.observation import Neutral, Observation
from limelight.star import Purpose, Star, StarKind
from limelight.vault import FrameMark, Manifest, Role, TimedPicture, Vault
from limelight.vault.seal import new_key, seal, unseal

MOST_PORTRAITS, LEAST_PORTRAITS, A_PLACE = 25, 15, 3
"""At most and, if there are as many, at least; and candidates for each place of pose and expression."""
APART = 0.5
"""Seconds between two frames of one place."""
SONG_RATE = 12.5
"""Performance frames a second that are kept at most: a painted film holds each for three of its own."""
SPOOL = 200 * 2**20
"""Bytes of a performance at most."""


@dataclass(frozen=True)
class Sitter:
    """Who is to become a star if the session passes.

    Attributes:
        star_id: Free in the vault.
        name: As shown.
        kind: A person, or an understudy before a simulated webcam.
        purposes: What the consent covers.
        expires: When it ends.
    """

    star_id: str
    name: str
    kind: StarKind = StarKind.PERSON
    purposes: tuple[Purpose, ...] = tuple(Purpose)
    expires: datetime | None = None


Place = tuple[int, int, int, str]
"""Bins of yaw, pitch and roll, and the expression."""


@dataclass(frozen=True)
class Candidate:
    """A frame that may be kept."""

    time: float
    sharpness: float
    place: Place
    jpeg: bytes


@dataclass
class Reel:
    """Frames sealed under a key of this process, in an unnamed temporary file; opened in order."""

    _key: bytes = field(default_factory=new_key, repr=False)
    _file: IO[bytes] | None = field(default=None, repr=False)
    _entries: list[tuple[float, int, int]] = field(default_factory=list)
    size: int = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def last(self) -> float:
        """Time of the newest frame, -1 if there is none."""
        return self._entries[-1][0] if self._entries else -1.0

    def add(self, time: float, jpeg: bytes) -> None:
        """Seal one more."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the reel
        sealed = seal(self._key, jpeg, str(len(self._entries)))
        self._file.seek(self.size)
        self._file.write(sealed)
        self._entries.append((time, self.size, len(sealed)))
        self.size += len(sealed)

    def __iter__(self) -> Iterator[TimedPicture]:
        for index, (time, at, length) in enumerate(self._entries if self._file else ()):
            assert self._file is not None  # noqa: S101  # there are no entries without it
            self._file.seek(at)
            yield TimedPicture(time, unseal(self._key, self._file.read(length), str(index)), Role.PERFORMANCE)

    def close(self) -> None:
        """Forget them."""
        self._entries.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


class Keeping:
    """Chooses frames while a session runs."""

    def __init__(self) -> None:
        self._places: dict[Place, list[Candidate]] = {}
        self._pending: dict[Place, Candidate] = {}
        self.performance = Reel()

    def offer(self, observation: Observation, neutral: Neutral) -> None:
        """Consider a frame of an interval that is not accepted yet."""
        candidate = _candidate(observation, neutral)
        if candidate is None:
            return
        best = self._pending.get(candidate.place)
        if best is None or candidate.sharpness > best.sharpness:
            self._pending[candidate.place] = candidate

    def accept(self) -> None:
        """The interval was accepted: its best frames are candidates now."""
        for place, candidate in self._pending.items():
            kept = self._places.setdefault(place, [])
            if all(abs(candidate.time - other.time) > APART for other in kept):
                kept.append(candidate)
                kept.sort(key=lambda one: -one.sharpness)
                del kept[A_PLACE:]
        self._pending.clear()

    def reject(self) -> None:
        """The interval was not: forget it."""
        self._pending.clear()

    def sung(self, observation: Observation, since: float) -> None:
        """Keep a frame of the performance, at its time in the song if the client told it."""
        time = since if observation.audio is None else observation.audio
        if time - self.performance.last < 1 / SONG_RATE or observation.face is None:
            return
        if self.performance.size + len(observation.jpeg) < SPOOL:
            self.performance.add(round(time, 4), observation.jpeg)

    def portraits(self) -> tuple[TimedPicture, ...]:
        """15 to 25 frames, if there are as many: the sharpest of each place first, then the next of each."""
        chosen: list[Candidate] = []
        for rank in range(A_PLACE):
            if rank and len(chosen) >= LEAST_PORTRAITS:
                break
            row = [kept[rank] for kept in self._places.values() if len(kept) > rank]
            row.sort(key=lambda one: -one.sharpness)
            chosen.extend(row[: MOST_PORTRAITS - len(chosen)])
        chosen.sort(key=lambda one: one.time)
        return tuple(TimedPicture(round(one.time, 4), one.jpeg, Role.PORTRAIT) for one in chosen)

    def footage(self) -> Iterator[TimedPicture]:
        """All that is kept: portraits, then the performance."""
        yield from self.portraits()
        yield from self.performance

    def close(self) -> None:
        """Forget everything."""
        self._places.clear()
        self._pending.clear()
        self.performance.close()


def _candidate(observation: Observation, neutral: Neutral) -> Candidate | None:
    face = observation.face
    if face is None or face.presence < 0.97:
        return None
    yaw = round((face.pose.yaw - neutral.yaw) / 7)
    pitch = round((face.pose.pitch - neutral.pitch) / 6)
    roll = round((face.pose.roll - neutral.roll) / 8)
    shapes = face.blendshapes
    open_mouth, smiling = shapes["jawOpen"] > 0.25, shapes["mouthSmileLeft"] + shapes["mouthSmileRight"] > 0.8
    expression = "open" if open_mouth else "smile" if smiling else "calm"
    return Candidate(
        observation.time, observation.sharpness, (yaw, pitch, roll, expression), observation.jpeg
    )


def admit(  # a manifest has so many facts
    footage: Callable[[], Iterator[TimedPicture]],
    vault: Vault,
    sitter: Sitter,
    *,
    session: str,
    chain: str,
    consent_id: str,
    now: float,
) -> Manifest:
    """Sign a manifest of what was kept and hand it all to the vault.

    Args:
        footage: Goes through the frames of the session that passed, the same each time.
        vault: Where the star will live.
        sitter: Who it is.
        session: Id.
        chain: The last link, 64 hex digits.
        consent_id: Of the receipt.
        now: Wall-clock seconds.

    Raises:
        ConsentError: the vault refuses.
    """
    passed = datetime.fromtimestamp(int(now), UTC)
    star = Star(
        id=sitter.star_id,
        name=sitter.name,
        star_kind=sitter.kind,
        consent_id=consent_id,
        verified=passed,
        expires=sitter.expires,
        purposes=sitter.purposes,
    )
    marks: tuple[FrameMark, ...] = tuple(picture.mark for picture in footage())
    manifest = Manifest(
        session=session,
        star_id=star.id,
        star_kind=star.star_kind,
        consent_id=consent_id,
        chain=chain,
        passed=passed,
        frames=marks,
    ).signed(vault.verifier)
    vault.admit(star, footage(), manifest)
    return manifest
