"""OpenTimelineIO: the storyboard as a timeline that editing programs open."""

import json
import os
from pathlib import Path

from limelight.document import write_atomically
from limelight.storyboard import Shot, Storyboard


def write_otio(
    storyboard: Storyboard,
    *,
    takes: Path | None = None,
    song: Path | None = None,
    duration: float | None = None,
) -> str:
    """The film as an ``.otio`` JSON text: one video track with a clip a shot, one audio track with the song.

    Args:
        storyboard: Shots in whole frames.
        takes: Folder of the clips ``0001.mp4``...; without it the clips refer to missing media.
        song: The sound file; without it there is no audio track.
        duration: Seconds of sound, the film's length if not given.
    """
    import opentimelineio as otio  # noqa: PLC0415 - only for this export

    rate = float(storyboard.format.rate)

    def span(start: int, frames: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(
            otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(frames, rate)
        )

    timeline = otio.schema.Timeline(
        name=storyboard.title or "film", global_start_time=otio.opentime.RationalTime(0, rate)
    )
    pictures = otio.schema.Track(name="pictures", kind=otio.schema.TrackKind.Video)
    for shot in storyboard.shots:
        file = takes / f"{shot.number:04d}.mp4" if takes is not None else None
        media = (
            otio.schema.ExternalReference(file.absolute().as_uri(), span(0, shot.frames))
            if file is not None
            else otio.schema.MissingReference()
        )
        clip = otio.schema.Clip(
            f"{shot.number:04d}", media, span(0, shot.frames), metadata={"limelight": _told(shot)}
        )
        if shot.lyric:
            clip.markers.append(otio.schema.Marker(name=shot.lyric, marked_range=span(0, shot.frames)))
        pictures.append(clip)
    timeline.tracks.append(pictures)
    if song is not None:
        frames = storyboard.frames if duration is None else round(duration * rate)
        sound = otio.schema.Track(name="song", kind=otio.schema.TrackKind.Audio)
        reference = otio.schema.ExternalReference(song.absolute().as_uri(), span(0, frames))
        name = os.fsencode(song.stem).decode("utf-8", "replace")
        sound.append(otio.schema.Clip(name, reference, span(0, min(frames, storyboard.frames))))
        timeline.tracks.append(sound)
    timeline.metadata["limelight"] = {"fps": storyboard.format.fps, "song_sha256": storyboard.song_sha256}
    return str(timeline.to_json_string(indent=1)) + "\n"


def export_otio(
    storyboard: Storyboard, path: Path, *, takes: Path | None = None, song: Path | None = None
) -> None:
    """Write the timeline to a file, atomically."""
    write_atomically(path, write_otio(storyboard, takes=takes, song=song).encode())


def _told(shot: Shot) -> dict[str, object]:
    """The shot's document, as plain JSON values."""
    told: dict[str, object] = json.loads(shot.model_dump_json())
    return told
