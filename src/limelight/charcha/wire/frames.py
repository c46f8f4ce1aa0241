"""Frames as they come over the wire, checked and chained before anything is decoded.

A binary message is: the length of the header (2 bytes, big-endian), the header (JSON: ``sequence``, ``time`` in
milliseconds, ``prompt`` id, and ``audio`` seconds or null), then a JPEG. Each link of the chain is SHA-256 over the
link before, the header's fields and the JPEG's hash; the first link holds the session's id, so that the frames of
one session cannot be those of another.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, ValidationError

from limelight.charcha.reasons import Reason
from limelight.document import Part

MAX_HEADER, MAX_JPEG = 512, 600_000
"""Bytes."""
MIN_SIDE, MAX_SIDE, MAX_PIXELS = 360, 1280, 1280 * 720
"""Pixels: 640x480 and 1280x720 lying or standing, and what lies between."""
MAX_GAP = 2.0
"""Seconds between two frames; longer means that the camera or the page was stopped."""
MAX_RATE = 45.0
"""Frames a second on the average over the last second."""
MAX_DRIFT = 2.5
"""Seconds by which the client's clock may differ from the server's, against the first frame."""
DOMAIN = b"limelight.charcha/chain/1"

FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
TAKEN = frozenset({0xC0, 0xC1, 0xC2})
SCAN = 0xDA

Known = Callable[[bytes], bool]


class Header(Part):
    """What comes before the JPEG."""

    sequence: Annotated[int, Field(ge=0, lt=2**31, strict=True)]
    time: Annotated[float, Field(ge=0, lt=1e13, allow_inf_nan=False)]
    """Client's milliseconds when the picture was taken, on any clock that only goes forwards."""
    prompt: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    """Id of the prompt that was on the screen."""
    audio: Annotated[float | None, Field(ge=0, lt=86_400, allow_inf_nan=False)] = None


@dataclass(frozen=True)
class Frame:
    """One message, read but not yet judged."""

    sequence: int
    time: float
    """Client's milliseconds."""
    prompt: str
    jpeg: bytes
    audio: float | None = None

    def to_bytes(self) -> bytes:
        """The message as a client sends it."""
        header = {"sequence": self.sequence, "time": self.time, "prompt": self.prompt, "audio": self.audio}
        text = json.dumps(header).encode()
        return struct.pack(">H", len(text)) + text + self.jpeg

    @property
    def digest(self) -> bytes:
        """SHA-256 of the JPEG."""
        return hashlib.sha256(self.jpeg).digest()


@dataclass(frozen=True)
class Refusal:
    """A message that is not taken."""

    reason: Reason


def parse(message: bytes) -> Frame | Refusal:
    """Read a binary message; looks at sizes first, then the header, then the JPEG's own. Decodes nothing."""
    if len(message) > 2 + MAX_HEADER + MAX_JPEG:
        return Refusal(Reason.TOO_LARGE)
    length = struct.unpack_from(">H", message)[0] if len(message) >= 4 else MAX_HEADER + 1
    if length > MAX_HEADER:
        return Refusal(Reason.MALFORMED)
    try:
        header = Header.model_validate_json(message[2 : 2 + length])
    except (ValidationError, ValueError, RecursionError):
        return Refusal(Reason.MALFORMED)
    jpeg = message[2 + length :]
    size = jpeg_size(jpeg)
    if size is None:
        return Refusal(Reason.NOT_JPEG)
    short, long = sorted(size)
    if short < MIN_SIDE or long > MAX_SIDE or short * long > MAX_PIXELS:
        return Refusal(Reason.BAD_SIZE)
    return Frame(header.sequence, header.time, header.prompt, jpeg, header.audio)


def jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a baseline or progressive 8-bit colour JPEG from its start-of-frame segment, or None.

    ITU-T T.81, annex B. Nothing is decoded, so that a picture bomb costs nothing. Two frame headers are refused:
    a decoder might believe the second.
    """
    found = None
    for marker, body in _segments(content):
        if marker in FRAME_HEADERS:
            if marker not in TAKEN or found is not None or len(body) < 6 or body[0] != 8 or body[5] != 3:
                return None
            height, width = struct.unpack_from(">HH", body, 1)
            found = (width, height)
        if marker == SCAN:
            return found
    return None


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment up to the first scan; ends early where it is no JPEG."""
    at = 2 if content.startswith(b"\xff\xd8") else len(content)
    while at + 4 <= len(content) and content[at] == 0xFF:
        if content[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        (length,) = struct.unpack_from(">H", content, at + 2)
        if length < 2 or at + 2 + length > len(content):
            return
        yield content[at + 1], content[at + 4 : at + 2 + length]
        at += 2 + length


class FrameChain:
    """Takes the frames of one session in order; O(1) memory a frame (8 bytes of each digest, at most 10,000).

    Args:
        session: The session's id.
        known: Whether a frame's digest was seen in an earlier session.
    """

    MOST = 10_000

    def __init__(self, session: str, known: Known = lambda _digest: False) -> None:
        self.link = hashlib.sha256(DOMAIN + b"\0" + session.encode()).digest()
        self.count = 0
        self.prompts: list[str] = []
        self._known = known
        self._seen: set[bytes] = set()
        self._last: Frame | None = None
        self._last_digest = b""
        self._same = 0
        self._start = (0.0, 0.0)
        self._tokens = MAX_RATE
        self._arrived = 0.0
        self._prompt_at = -1
        self._size: tuple[int, int] | None = None
        self._new_size_from = 2**31

    @property
    def hexlink(self) -> str:
        """The newest link, 64 hex digits."""
        return self.link.hex()

    @property
    def digests(self) -> frozenset[bytes]:
        """The first 8 bytes of each frame's digest, for recognising them in later sessions."""
        return frozenset(self._seen)

    def issue(self, prompt: str, *, new_size: bool = False) -> None:
        """From now on frames may name this prompt; once they do, they may not go back to an earlier one.

        Args:
            prompt: Its id.
            new_size: Frames that name it may have another size than those before.
        """
        self.prompts.append(prompt)
        if new_size:
            self._new_size_from = len(self.prompts) - 1

    def take(self, frame: Frame, now: float) -> Refusal | None:
        """Add a frame to the chain, or say why not; a refused frame leaves the chain as it was.

        Args:
            frame: As parsed.
            now: Server's seconds.
        """
        digest = frame.digest
        reason = self._order(frame) or self._clock(frame, now) or self._prompt(frame)
        reason = reason or self._content(digest) or self._sized(frame)
        if reason:
            return Refusal(reason)
        fields = struct.pack(">Qd", frame.sequence, frame.time) + frame.prompt.encode().ljust(16, b"\0")
        audio = b"" if frame.audio is None else struct.pack(">d", frame.audio)
        self.link = hashlib.sha256(self.link + fields + digest + audio).digest()
        self.count += 1
        self._same = self._same + 1 if digest == self._last_digest else 0
        self._last, self._last_digest = frame, digest
        self._seen.add(digest[:8])
        if frame.prompt:
            self._prompt_at = self.prompts.index(frame.prompt)
        return None

    def _order(self, frame: Frame) -> Reason | None:
        expected = 0 if self._last is None else self._last.sequence + 1
        if frame.sequence == expected - 1 and self._last is not None:
            return Reason.SEQUENCE_REPEAT
        if frame.sequence < expected:
            return Reason.SEQUENCE_BACK
        return Reason.SEQUENCE_GAP if frame.sequence > expected else None

    def _clock(self, frame: Frame, now: float) -> Reason | None:
        if self._last is None:
            self._start, self._arrived = (frame.time, now), now
            return None
        elapsed = (frame.time - self._last.time) / 1000
        if elapsed <= 0:
            return Reason.TIME_BACK
        if elapsed > MAX_GAP or now - self._arrived > 2 * MAX_GAP:
            return Reason.TIME_GAP
        if abs((frame.time - self._start[0]) / 1000 - (now - self._start[1])) > MAX_DRIFT:
            return Reason.CLOCK_APART
        self._tokens = min(MAX_RATE, self._tokens + (now - self._arrived) * MAX_RATE) - 1
        self._arrived = now
        return Reason.RATE if self._tokens < 0 else None

    def _prompt(self, frame: Frame) -> Reason | None:
        if not frame.prompt:
            return Reason.PROMPT_BACK if self._prompt_at >= 0 else None
        if frame.prompt not in self.prompts:
            return Reason.PROMPT_UNKNOWN
        return Reason.PROMPT_BACK if self.prompts.index(frame.prompt) < self._prompt_at else None

    def _content(self, digest: bytes) -> Reason | None:
        if self.count >= self.MOST:
            return Reason.RATE
        again = digest == self._last_digest
        if (again and self._same >= 5) or (not again and digest[:8] in self._seen):
            return Reason.FRAME_REPEATED
        return Reason.FRAME_REPEATED if not again and self._known(digest[:8]) else None

    def _sized(self, frame: Frame) -> Reason | None:
        size = jpeg_size(frame.jpeg)
        changes = bool(frame.prompt) and self._prompt_at < self._new_size_from <= self.prompts.index(
            frame.prompt
        )
        if self._size is not None and size != self._size and not changes:
            return Reason.SIZE_CHANGED
        self._size = size
        return None
