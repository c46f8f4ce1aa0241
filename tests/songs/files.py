"""Sound as the bytes of a file, of any kind that people have songs in."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import av
import numpy as np
import soundfile
from mutagen.oggvorbis import OggVorbis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CODECS = {  # kind: container, sound codec
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("ipod", "aac"),
    "mp4": ("mp4", "aac"),
}


def encoded(samples: Samples, sample_rate: int, kind: str, tags: Mapping[str, str]) -> bytes:
    """The bytes of a file with this sound; mp4 also has a 64 x 64 picture at 10 fps."""
    if kind == "ogg":
        return encoded_ogg(samples, sample_rate, tags)
    if kind not in CODECS:
        raise ValueError(f"cannot write {kind!r}; known kinds: {', '.join([*CODECS, 'ogg'])}")
    container, codec = CODECS[kind]
    buffer = BytesIO()
    with av.open(buffer, "w", format=container) as output:
        output.metadata.update(tags)
        stream = output.add_stream(codec, rate=sample_rate, layout="mono")
        if kind == "mp4":
            add_picture(output, samples.size / sample_rate)
        whole = np.round(np.clip(samples, -1, 1) * 32_767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        frame.sample_rate = sample_rate
        frame.pts = 0
        to_codec = av.AudioResampler(stream.format, stream.layout, sample_rate, stream.frame_size)
        for part in [*to_codec.resample(frame), *to_codec.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def encoded_picture(seconds: float) -> bytes:
    """The bytes of an mp4 with a picture and no sound."""
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        add_picture(output, seconds)
    return buffer.getvalue()


def add_picture(output: av.container.OutputContainer, seconds: float) -> None:
    """Add a 64 x 64 picture at 10 fps that slowly brightens."""
    picture = output.add_stream("libx264", rate=10)
    picture.width = picture.height = 64
    picture.pix_fmt = "yuv420p"
    for number in range(max(1, round(seconds * 10))):
        shade = np.full((64, 64, 3), 40 + number % 160, np.uint8)
        output.mux(picture.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
    output.mux(picture.encode(None))


def encoded_ogg(samples: Samples, sample_rate: int, tags: Mapping[str, str]) -> bytes:
    """Ogg Vorbis by libsndfile, as PyAV's wheels carry no good Vorbis encoder."""
    buffer = BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, 1, "VORBIS", format="OGG") as file:
        for block in np.array_split(samples, max(1, samples.size // 4096)):
            file.write(block)
    buffer.seek(0)
    file_tags = OggVorbis(buffer)
    file_tags.update(tags)
    buffer.seek(0)
    file_tags.save(buffer)
    return buffer.getvalue()
