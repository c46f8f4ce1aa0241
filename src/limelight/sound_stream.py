"""The sound in a file, as FFmpeg gives it: packets, decoded frames, and how much is missing between them.

Listening, cutting and reviewing read a song through here, so that a damaged one has the same time for all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from limelight.errors import SongError

SHORTEST_GAP, LONGEST_GAP = Fraction(1, 20), Fraction(60)
"""Seconds missing between two frames that silence is to fill, as a player would; more is a wrong clock."""


@dataclass
class SoundStream:
    """The best sound stream of a file, open in a ``with`` block, to be read once.

    Attributes:
        path: Anything that FFmpeg reads. It is opened without protocols: a playlist opens nothing else.
        cut_off: Whether the packets broke off before the end; what came before is the song.
        broken: Packets so far that did not decode.
        stream: PyAV's stream, while it is open.
    """

    path: Path
    cut_off: bool = False
    broken: int = 0
    stream: Any = field(default=None, repr=False)
    _container: Any = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        """Open the file.

        Raises:
            SongError: no such file, empty, or no sound in it that can be decoded.
        """
        import av  # noqa: PLC0415 - FFmpeg loads only where sound is read

        try:
            if self.path.stat().st_size == 0:
                raise SongError(f"{shown(self.path)} is empty.", hint="Check that it was copied whole.")
            self._file = self.path.open("rb")
        except OSError as problem:
            raise SongError(
                f"{shown(self.path)} cannot be read: {problem.strerror or problem}.",
                hint="Give the path of a song such as song.mp3.",
            ) from problem
        try:
            self._container = av.open(
                self._file, metadata_errors="replace", options={"protocol_whitelist": "none"}
            )
        except (av.FFmpegError, ValueError, UnicodeError) as problem:
            self._file.close()
            raise SongError(
                f"{shown(self.path)} is not a sound or video file, or its beginning is missing.",
                hint="Give an mp3, m4a, flac, ogg, wav or a video with sound.",
            ) from problem
        self.stream = self._container.streams.best("audio")
        if self.stream is None or self.stream.codec_context is None:
            self.__exit__()
            raise SongError(
                f"{shown(self.path)} has no sound in it that can be decoded.",
                hint="Give an mp3, m4a, flac, ogg, wav or a video with sound, free of copy protection.",
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()
        self._file.close()

    @property
    def length_in_header(self) -> float:
        """Seconds that the file says it lasts, 0 if it does not say: for estimates only."""
        said = self.stream.duration
        return float(said * self.stream.time_base) if said and self.stream.time_base else 0.0

    def packets(self) -> Iterator[Any]:
        """Every packet; the last is empty and makes the decoder give what it holds back."""
        import av  # noqa: PLC0415

        try:
            yield from self._container.demux(self.stream)
        except (av.FFmpegError, ValueError):
            self.cut_off = True

    def decoded(self, packet: Any) -> list[Any]:
        """The frames of a packet; none, and one more in ``broken``, where it does not decode."""
        import av  # noqa: PLC0415

        try:
            return list(packet.decode())
        except (av.FFmpegError, ValueError):
            self.broken += 1
            return []

    def frames(self) -> Iterator[tuple[Any, Fraction]]:
        """Every frame that decodes, with the seconds of silence that are due before it, mostly 0."""
        start: Fraction | None = None
        passed = Fraction(0)
        for packet in self.packets():
            for frame in self.decoded(packet):
                now = None if frame.pts is None else frame.pts * frame.time_base
                start = now if start is None else start
                gap = Fraction(0) if now is None or start is None else now - start - passed
                missing = gap if SHORTEST_GAP < gap < LONGEST_GAP else Fraction(0)
                passed += missing + Fraction(frame.samples, frame.sample_rate)
                yield frame, missing


def shown(path: Path) -> str:
    """A path for a message: on one line, whatever is in its name."""
    return repr(str(path)) if not str(path).isprintable() else str(path)
