"""Lyrics in a sound file's tags, and the timeline for editing programs."""

import json
import os
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from limelight.formats.given import Timing
from limelight.formats.otio import export_otio
from limelight.formats.tags import lyrics_in_tags
from limelight.score import LyricsSource, SectionLabel
from limelight.storyboard import Composition, Format, Imagery, Shot, Storyboard


@pytest.fixture
def sound(tmp_path):
    def make(suffix: str):
        file = tmp_path / f"song{suffix}"
        soundfile.write(file, np.zeros(16_000, dtype=np.float32), 16_000)
        return file

    return make


def test_vorbis_comment(sound) -> None:
    from mutagen.oggvorbis import OggVorbis  # noqa: PLC0415

    file = sound(".ogg")
    assert lyrics_in_tags(file) is None
    tags = OggVorbis(file)
    tags["LYRICS"] = "[Chorus]\nSilver rain\non empty streets"
    tags.save()
    found = lyrics_in_tags(file)
    assert found is not None
    assert found.source is LyricsSource.EMBEDDED
    assert [line.text for line in found.lines] == ["Silver rain", "on empty streets"]


def test_id3_plain_and_synchronised(sound) -> None:
    from mutagen.id3 import ID3, SYLT, USLT, Encoding  # noqa: PLC0415

    file = sound(".mp3")
    tags = ID3()
    tags.add(USLT(encoding=Encoding.UTF8, lang="deu", desc="", text="[00:01.00]Guten Tag\n[00:02.00]Welt"))
    tags.save(file)
    plain = lyrics_in_tags(file)
    assert plain is not None
    assert (plain.language, plain.timing) == ("de", Timing.LINES)
    tags.add(
        SYLT(
            encoding=Encoding.UTF8,
            lang="eng",
            format=2,
            type=1,
            desc="",
            text=[("Silver rain", 500), ("falls", 1500)],
        )
    )
    tags.save(file)
    timed = lyrics_in_tags(file)
    assert timed is not None
    assert [(line.start, line.text) for line in timed.lines] == [(0.5, "Silver rain"), (1.5, "falls")]


def test_no_tags_is_no_lyrics(tmp_path) -> None:
    file = tmp_path / "x.mp3"
    file.write_bytes(b"not a sound")
    assert lyrics_in_tags(file) is None
    assert lyrics_in_tags(tmp_path / "none.mp3") is None


@pytest.mark.parametrize("fps", ["30", "24000/1001"])
def test_the_timeline_keeps_every_frame(tmp_path, fps: str) -> None:
    import opentimelineio as otio  # noqa: PLC0415

    shots = tuple(
        Shot(
            number=number,
            start=sum(range(20, 20 + number - 1)),
            frames=19 + number,
            section=SectionLabel.VERSE,
            lyric="Silver rain" if number == 2 else "",
            imagery=Imagery(scenery="sea"),
            composition=Composition.WIDE,
            look="any",
            seed=number,
        )
        for number in (1, 2, 3)
    )
    board = Storyboard(
        song_sha256="0" * 64,
        format=Format(fps=fps),
        frames=63,
        director="rules",
        look="any",
        seed=1,
        shots=shots,
    )
    path = tmp_path / "film.otio"
    named = os.fsdecode(b"caf\xe9.mp3")  # a name may be any bytes
    export_otio(board, path, takes=tmp_path / "takes", song=tmp_path / named)
    timeline = otio.adapters.read_from_file(str(path))
    clips = list(timeline.video_tracks()[0])
    assert [clip.source_range.duration.value for clip in clips] == [20, 21, 22]
    assert timeline.video_tracks()[0].duration().value == 63
    assert timeline.video_tracks()[0].duration().rate == pytest.approx(float(Fraction(fps)))
    assert clips[1].markers[0].name == "Silver rain"
    assert clips[0].media_reference.target_url.endswith("/takes/0001.mp4")
    assert json.loads(path.read_text())["metadata"]["limelight"]["fps"] == str(Fraction(fps))
