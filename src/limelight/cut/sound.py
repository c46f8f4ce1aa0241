"""The song's sound for the film: its packets copied where players allow it, encoded once to AAC-LC elsewhere.

Time 0 is the first sample that a player plays. Encoders put silence before it (1024 samples for AAC, 1105 for
LAME's mp3): copied packets keep it at negative times, and the muxer's edit list hides it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from limelight.errors import SongError
from limelight.sound_stream import SoundStream, shown

COPIED = ("aac", "mp3", "mp3float")
"""Codecs that stay as they are. ALAC, FLAC and Opus may be in an mp4 too, but not every player decodes them
there (ALAC: Apple's only), and a film without sound is no film."""
CHANNEL_BITRATE = 96_000
"""Bits a second for each channel of encoded sound: 192 kbit/s in stereo."""
AAC_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000)


@dataclass(frozen=True)
class Survey:
    """What decoding a song once says about its packets."""

    codec: str
    rate: int
    """Hz, of the decoded sound."""
    channels: int
    priming: Fraction
    """Seconds in the packets before the first sample that is played."""
    duration: Fraction
    """Seconds that are played."""
    packed: Fraction
    """Seconds in the packets, priming and padding included."""
    whole: bool
    """Whether every packet decoded, without gaps in time."""

    @property
    def copyable(self) -> bool:
        """Whether the packets may be copied: a codec that players know in mp4, and times that add up."""
        padding = self.packed - self.priming - self.duration
        fits = Fraction(-1, 10) < padding < Fraction(1, 4)
        return self.codec in COPIED and self.whole and fits and self.channels <= 2


def survey(song: Path) -> Survey:
    """Decode a song once, keeping nothing.

    Raises:
        SongError: it cannot be opened, or holds no sound that decodes.
    """
    samples, packed, whole = Fraction(0), Fraction(0), True
    first_packet: Fraction | None = None
    first_frame: Fraction | None = None
    rate = channels = 0
    with SoundStream(song) as source:
        for packet in source.packets():
            if packet.size:
                packed += (packet.duration or 0) * packet.time_base
                if first_packet is None and packet.pts is not None:
                    first_packet = packet.pts * packet.time_base
            for frame in source.decoded(packet):
                start = None if frame.pts is None else frame.pts * frame.time_base
                first_frame = start if first_frame is None else first_frame
                if start is not None and first_frame is not None:
                    whole &= abs(start - first_frame - samples) < Fraction(1, 200)
                whole &= rate in {0, frame.sample_rate}
                rate, channels = frame.sample_rate, max(channels, frame.layout.nb_channels)
                samples += Fraction(frame.samples, frame.sample_rate)
        codec = source.stream.codec_context.name
    if not samples:
        raise SongError(f"{shown(song)} holds no sound that can be decoded.", hint="Get the file again.")
    whole &= not source.broken
    priming = max(Fraction(0), (first_frame or Fraction(0)) - (first_packet or Fraction(0)))
    return Survey(codec, rate, channels, priming, samples, packed, whole)


def add_sound(film: Any, song: Path) -> tuple[Iterator[tuple[Fraction, Any]], Survey]:
    """Give an open film container a sound stream, and the packets to put into it.

    Returns:
        (time in seconds, packet) in rising order, and what was found out about the song.

    Raises:
        SongError: the song cannot be read; also while the packets are drawn.
    """
    found = survey(song)
    return (_copied if found.copyable else _encoded)(film, song, found), found


def _copied(film: Any, song: Path, found: Survey) -> Iterator[tuple[Fraction, Any]]:
    """The song's own packets. The last one's time is set so that the sound ends with its last sample."""
    with SoundStream(song) as source:
        target = film.add_stream_from_template(source.stream)
        clock = Fraction(1, found.rate)
        target.time_base = clock
        now, waiting = -found.priming, None
        for packet in source.packets():
            if not packet.size or now >= found.duration:
                continue
            if waiting is not None:
                yield waiting.pts * clock, waiting
            end = now + packet.duration * packet.time_base
            packet.stream, packet.time_base = target, clock
            packet.pts = packet.dts = round(now / clock)
            packet.duration = round(end / clock) - packet.pts
            now, waiting = end, packet
        if waiting is not None:
            waiting.duration = max(1, round(found.duration / clock) - waiting.pts)
            yield waiting.pts * clock, waiting


def _encoded(film: Any, song: Path, found: Survey) -> Iterator[tuple[Fraction, Any]]:
    """The song encoded once. Its loudness stays: nothing is normalised, and float samples do not clip."""
    rate = found.rate if found.rate in AAC_RATES else 48_000
    layout = "mono" if found.channels == 1 else "stereo"
    target = film.add_stream("aac", rate=rate, layout=layout)
    target.codec_context.format = "fltp"
    target.codec_context.bit_rate = min(CHANNEL_BITRATE, 6 * rate) * min(2, found.channels)
    target.time_base = Fraction(1, rate)
    for frame in _pcm(song, rate, layout):
        for packet in target.encode(frame):
            yield packet.pts * packet.time_base, packet
    for packet in target.encode(None):
        yield packet.pts * packet.time_base, packet


def _pcm(song: Path, rate: int, layout: str) -> Iterator[Any]:
    """The decoded song as ``fltp`` frames with times counted in samples; silence where some are missing."""
    import av  # noqa: PLC0415

    resamplers: dict[tuple[str, str, int], Any] = {}
    written = 0

    def stamped(frame: Any) -> Any:
        nonlocal written
        frame.pts, frame.time_base = written, Fraction(1, rate)
        written += frame.samples
        return frame

    with SoundStream(song) as source:
        for frame, missing in source.frames():
            kind = (frame.format.name, frame.layout.name, frame.sample_rate)
            if kind not in resamplers:
                resamplers[kind] = av.AudioResampler(format="fltp", layout=layout, rate=rate)
            if missing:
                yield stamped(_silence(missing, rate, layout))
            frame.pts = None
            yield from map(stamped, resamplers[kind].resample(frame))
    for resampler in resamplers.values():
        yield from map(stamped, resampler.resample(None))


def _silence(seconds: Fraction, rate: int, layout: str) -> Any:
    import av  # noqa: PLC0415

    pcm = np.zeros((1 if layout == "mono" else 2, max(1, round(seconds * rate))), np.float32)
    frame = av.AudioFrame.from_ndarray(pcm, format="fltp", layout=layout)
    frame.sample_rate = rate
    return frame
