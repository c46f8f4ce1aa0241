"""Join takes into a film: packets are copied, frames are counted, the song is put beside them once."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from limelight.cut.atomic import whole_file
from limelight.cut.sound import add_sound
from limelight.errors import MediaError, TakeError


@dataclass(frozen=True)
class Joined:
    """A film that was written."""

    path: Path
    frames: int
    video_seconds: Fraction
    sound_seconds: Fraction
    """Seconds of the song, 0 for a silent film."""
    sound_copied: bool


def join(
    takes: Sequence[Path],
    song: Path | None,
    out: Path,
    frames: int,
    fps: Fraction,
    *,
    metadata: Mapping[str, str] | None = None,
    seal: Callable[[Path], None] | None = None,
) -> Joined:
    """Write a film: the takes one after the other, and the song from its first sample.

    Frame ``i`` of the film is shown at exactly ``i / fps``: times are counted in frames, whatever the takes'
    files say. The index comes first in the file (fast start), and the film appears whole or not at all.

    Args:
        takes: Clips from :func:`limelight.cut.encode.encode_take`, in order, of one format and encoding.
        song: Any file with sound in it, or None for a silent film.
        out: Where the film belongs.
        frames: How many frames the takes must hold in all.
        fps: Frames a second.
        metadata: Tags such as ``title`` and ``artist``; empty values are left out.
        seal: Signs the whole file, in place, before it takes its name.

    Raises:
        MediaError: takes that do not fit each other, another number of frames, or a file that cannot be
            read or written.
        SongError: the song holds no sound that can be decoded.
    """
    import av  # noqa: PLC0415  # only here FFmpeg is needed

    if not takes:
        raise MediaError("there is no take to join.", hint="Shoot the film first.")
    with whole_file(out) as part:
        with av.open(str(part), "w", format="mp4", options=_MP4) as film:
            film.metadata.update({key: text for key, text in (metadata or {}).items() if text})
            with _open_take(takes[0]) as first:
                headers = _headers(first)
                video = film.add_stream_from_template(first.streams.video[0])
            video.time_base = 1 / fps
            pictures = _pictures(takes, headers, video, frames, fps)
            sound, found = add_sound(film, song) if song else (iter(()), None)
            first_sound = list(
                _take_one(sound)
            )  # opens the stream: all streams must be there before any packet
            try:
                for _, packet in heapq.merge(pictures, first_sound, sound, key=_time):
                    film.mux(packet)
            except av.FFmpegError as problem:
                raise MediaError(
                    f"{str(out)!r} cannot be written: {problem}.", hint="Is the disk full?"
                ) from problem
        if seal is not None:
            seal(part)
    return Joined(
        path=out,
        frames=frames,
        video_seconds=frames / fps,
        sound_seconds=found.duration if found else Fraction(0),
        sound_copied=bool(found and found.copyable),
    )


REORDERED = 2
"""Frames that decoding runs ahead of showing: x264's b-pyramid needs two, and so says every take's SPS."""

_MP4 = {"movflags": "+faststart"}


def _time(timed: tuple[Fraction, Any]) -> Fraction:
    return timed[0]


def _take_one(timed: Iterator[tuple[Fraction, Any]]) -> Iterator[tuple[Fraction, Any]]:
    for item in timed:
        yield item
        return


def _pictures(
    takes: Sequence[Path], headers: bytes, video: Any, frames: int, fps: Fraction
) -> Iterator[tuple[Fraction, Any]]:
    """All takes' packets, stamped in frames of the film: packet ``n`` is decoded at ``n - REORDERED``."""
    clock = 1 / fps
    decoded = 0
    for take in takes:
        start = decoded
        with _open_take(take) as clip:
            if _headers(clip) != headers:
                raise MediaError(
                    f"{take.name} was encoded in another way than the film's other takes.",
                    hint="Delete it and shoot it again.",
                )
            for packet in _packets(clip, take):
                packet.pts = start + round(packet.pts * packet.time_base * fps)
                packet.dts = decoded - REORDERED
                packet.stream, packet.time_base, packet.duration = video, clock, 1
                decoded += 1
                yield packet.dts * clock, packet
            promised = clip.streams.video[0].frames
        if decoded - start < promised:
            raise TakeError(take, f"holds {decoded - start} of its {promised} frames")
    if decoded != frames:
        raise MediaError(
            f"the takes hold {decoded} frames; the film has {frames}.", hint="Shoot the film again."
        )


def _packets(clip: Any, take: Path) -> Iterator[Any]:
    import av  # noqa: PLC0415

    try:
        yield from (packet for packet in clip.demux(clip.streams.video[0]) if packet.size)
    except av.FFmpegError as problem:
        raise TakeError(take, "cannot be read to its end") from problem


def _headers(clip: Any) -> bytes:
    """The clip's SPS and PPS (avcC): what must be the same in all takes."""
    return bytes(clip.streams.video[0].codec_context.extradata or b"")


def _open_take(take: Path) -> Any:
    import av  # noqa: PLC0415

    try:
        clip = av.open(str(take.absolute()))
    except (av.FFmpegError, ValueError) as problem:
        raise TakeError(take, "cannot be read") from problem
    if not clip.streams.video or clip.streams.video[0].codec_context is None:  # None: its header is cut off
        clip.close()
        raise TakeError(take, "holds no pictures")
    return clip
