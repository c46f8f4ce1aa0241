"""Decode: any file with sound in it becomes samples, streaming, with what its tags say.

The container's header is believed in nothing that costs memory or time: samples are counted as they are
decoded, and the length limit is checked while streaming. Encoder delay and padding (mp3, aac) are left out as
FFmpeg leaves them out, so sample 0 is the first sample that a player plays.
"""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from limelight.errors import SongError
from limelight.sound_stream import SoundStream, shown
from limelight.stage import sha256_of

Samples = npt.NDArray[np.float32]

SHORTEST = 1.0
"""Seconds."""
LONGEST = 20 * 60.0
"""Seconds; a setting of the :class:`~limelight.listen.listening.Listen` stage."""
SILENCE = 10 ** (-60 / 20)
"""Peak amplitude (-60 dBFS) under which a song counts as silent."""
OGG_PAGE = b"OggS"
LONGEST_PAGES = 3 * 65_307
"""Bytes, of three pages at their longest."""
LONGEST_TAG = 200
"""Characters of a title or an artist; what follows is left out."""
CHUNK = 1.0
"""Seconds, about, in one chunk of a stream."""


@dataclass(frozen=True, eq=False)
class Sound:
    """A decoded song, mixed down to one channel.

    Attributes:
        samples: (n,) float32, about -1 to 1, at ``sample_rate``; sample 0 is time 0.
        sample_rate: Hz, of ``samples``.
        duration: Seconds, counted in decoded samples of the file's own rate.
        channels: Of the file.
        file_rate: Hz, of the file.
        sha256: Of the file's bytes.
        title: From the file's tags, or "".
        artist: From the file's tags, or "".
        path: Where it was read, for stages that need it once more in stereo.
        warnings: Sentences for the person: cut off, silent.
    """

    samples: Samples
    sample_rate: int
    duration: float
    channels: int
    file_rate: int
    sha256: str
    title: str = ""
    artist: str = ""
    path: Path | None = None
    warnings: tuple[str, ...] = ()

    def at(self, rate: int) -> Samples:
        """The samples at a lower rate; the same array if it is the same rate.

        Raises:
            ValueError: a higher rate than ``sample_rate``; decode again for that.
        """
        if rate > self.sample_rate:
            raise ValueError(f"Asked for {rate} Hz of a sound decoded at {self.sample_rate} Hz.")
        return resample(self.samples, self.sample_rate, rate)


def decode(path: Path | str, rate: int = 22_050, *, longest: float = LONGEST) -> Sound:
    """Decode a song to one channel.

    Args:
        path: Anything that FFmpeg reads: mp3, m4a, flac, ogg, opus, wav, or a video with sound.
        rate: Hz, of the samples wanted.
        longest: Seconds; a longer song is refused.

    Raises:
        SongError: no such file, empty, no sound in it, nothing decodable, shorter than a second or longer
            than ``longest``.
    """
    path = Path(path)
    pcm = bytearray()  # grows in place: the song is never held twice
    peak = 0.0
    with SoundFile(path, longest=longest) as source:
        for chunk in source.chunks(rate, channels=1):
            pcm += chunk[0].tobytes()
            peak = max(peak, float(np.abs(chunk).max(initial=0.0)))
    duration = source.decoded
    if duration < SHORTEST:
        raise SongError(
            f"{shown(path)} holds {duration:.2f} seconds of sound; a song must last at least {SHORTEST:.0f}.",
            hint="Check that the file arrived whole, or choose another.",
        )
    warnings = source.troubles()
    if peak < SILENCE:
        warnings += ("The song is silent: nothing was heard in it.",)
    title, artist = read_tags(path)
    return Sound(
        samples=np.frombuffer(pcm, dtype=np.float32),
        sample_rate=rate,
        duration=duration,
        channels=source.channels,
        file_rate=source.rate,
        sha256=sha256_of(path),
        title=title,
        artist=artist,
        path=path,
        warnings=warnings,
    )


@dataclass
class SoundFile:
    """The first sound stream of a file, open for decoding; use it in a ``with`` block, once.

    Attributes:
        rate: Hz, of the file, of its last decoded frame.
        channels: Of the file, the most that any frame had.
        decoded: Seconds decoded so far.
        lost: Seconds that could not be decoded and were replaced by silence, to keep the time.
    """

    path: Path
    longest: float = LONGEST
    rate: int = 0
    channels: int = 0
    decoded: float = 0.0
    lost: float = 0.0

    def __post_init__(self) -> None:
        self._source = SoundStream(self.path)

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._source.__exit__()

    def chunks(self, rate: int, channels: int) -> Iterator[Samples]:
        """Decode from the beginning to the end.

        Args:
            rate: Hz.
            channels: 1: the mean of all channels. 2: left and right; one channel is given twice.

        Yields:
            (channels, n) float32, n about ``rate``; together as long as the sound, to half a sample.

        Raises:
            SongError: longer than ``longest``, or not one sample could be decoded.
        """
        waiting: list[Samples] = []
        resampler: Resampler | None = None
        for pcm, file_rate in self._frames():
            if resampler is None or resampler.source_rate != file_rate:
                if resampler is not None:
                    waiting.append(resampler.finish())
                resampler = Resampler(file_rate, rate, channels)
            waiting.append(resampler.push(_mixed(pcm, channels)))
            self._count(pcm.shape[1], file_rate)
            if sum(part.shape[1] for part in waiting) >= CHUNK * rate:
                yield np.concatenate(waiting, axis=1)
                waiting = []
        if resampler is None:
            raise SongError(
                f"Not one sample of {shown(self.path)} could be decoded.",
                hint="The file is damaged or cut off: get it again.",
            )
        yield np.concatenate([*waiting, resampler.finish()], axis=1)

    def troubles(self) -> tuple[str, ...]:
        """After decoding: what went wrong on the way, in sentences."""
        said = self.length_in_header
        if not self._source.cut_off and _lacks_last_page(self.path):
            return (
                f"The file is cut off or damaged: the end of the Ogg stream is missing, after {self.decoded:.1f} s.",
            )
        if self._source.cut_off or said - self.decoded > max(2.0, 0.02 * said):
            missing = f" of {said:.1f}" if said > self.decoded + 1 else ""
            return (f"The file is cut off or damaged: {self.decoded:.1f}{missing} seconds could be decoded.",)
        if self.lost:
            return (f"The file is damaged: {self.lost:.1f} seconds in it were replaced by silence.",)
        return ()

    def _frames(self) -> Iterator[tuple[Samples, int]]:
        """Every decoded frame as (1 or 2, n) float32 with its rate in Hz; silence where some are missing."""
        import av  # noqa: PLC0415 - FFmpeg loads only where sound is decoded

        converters: dict[tuple[str, str, int], Any] = {}
        for frame, missing in self._source.frames():
            kind = (frame.format.name, frame.layout.name, frame.sample_rate)
            if kind not in converters:
                layout = frame.layout.name if frame.layout.nb_channels <= 2 else "stereo"
                converters[kind] = av.AudioResampler(format="fltp", layout=layout, rate=frame.sample_rate)
            self.channels = max(self.channels, frame.layout.nb_channels)
            silent = round(missing * frame.sample_rate)
            for converted in converters[kind].resample(frame):
                pcm = np.nan_to_num(converted.to_ndarray(), copy=False, posinf=0.0, neginf=0.0)
                if silent:
                    self.lost += float(missing)
                    yield np.zeros((pcm.shape[0], silent), np.float32), kind[2]
                    silent = 0
                yield pcm, kind[2]

    def _count(self, samples: int, rate: int) -> None:
        self.rate = rate
        self.decoded += samples / rate
        if self.decoded > self.longest:
            raise SongError(
                f"{shown(self.path)} is longer than {self.longest / 60:g} minutes, the longest allowed.",
                hint="Cut it, or raise the limit with --longest-minutes.",
            )

    @property
    def length_in_header(self) -> float:
        """Seconds that the file says it lasts, 0 if it does not say: for estimates only."""
        return self._source.length_in_header


class Resampler:
    """Band-limited change of rate, in pieces, without delay (libsoxr, high quality)."""

    def __init__(self, source_rate: int, rate: int, channels: int) -> None:
        import soxr  # noqa: PLC0415

        self.source_rate = source_rate
        self._channels = channels
        same = source_rate == rate
        self._stream = None if same else soxr.ResampleStream(source_rate, rate, channels, dtype="float32")

    def push(self, pcm: Samples) -> Samples:
        """(channels, n) in, what is ready out: (channels, m)."""
        return pcm if self._stream is None else self._resample(pcm, last=False)

    def finish(self) -> Samples:
        """The rest: (channels, m)."""
        nothing = np.zeros((self._channels, 0), np.float32)
        return nothing if self._stream is None else self._resample(nothing, last=True)

    def _resample(self, pcm: Samples, *, last: bool) -> Samples:
        assert self._stream is not None  # noqa: S101 - tells the type checker what push and finish asked
        out = self._stream.resample_chunk(np.ascontiguousarray(pcm.T), last=last)
        return np.asarray(out, np.float32).reshape(-1, self._channels).T


def resample(samples: Samples, source_rate: int, rate: int) -> Samples:
    """Change the rate of (n,) float32 samples, band-limited, without delay."""
    if source_rate == rate:
        return samples
    import soxr  # noqa: PLC0415

    return np.asarray(soxr.resample(samples, source_rate, rate), np.float32)


def read_tags(path: Path) -> tuple[str, str]:
    """Title and artist from a file's tags, at most :data:`LONGEST_TAG` characters each, "" where there is none.

    Never fails.
    """
    import mutagen  # noqa: PLC0415

    try:
        tags = mutagen.File(path, easy=True)
    except (mutagen.MutagenError, OSError, ValueError, LookupError):
        return "", ""

    def first(name: str) -> str:
        try:
            values = (tags or {}).get(name) or [""]
        except (ValueError, LookupError, TypeError):
            return ""
        return " ".join(html.unescape(str(values[0])).split())[:LONGEST_TAG].rstrip()

    return first("title"), first("artist")


def _lacks_last_page(path: Path) -> bool:
    """Whether an Ogg file stops before the page that is marked as its last (RFC 3533, section 6, flag 4).

    Its header cannot tell: an Ogg file's length is that of the pages which are there.
    """
    with path.open("rb") as stream:
        if stream.read(4) != OGG_PAGE:
            return False
        stream.seek(max(0, path.stat().st_size - LONGEST_PAGES))
        _, page, rest = stream.read().rpartition(OGG_PAGE)
    return not page or len(rest) < 2 or not rest[1] & 4


def _mixed(pcm: Samples, channels: int) -> Samples:
    if channels == 1:
        return pcm.mean(axis=0, keepdims=True) if pcm.shape[0] > 1 else pcm
    return np.repeat(pcm, channels, axis=0) if pcm.shape[0] == 1 else pcm
