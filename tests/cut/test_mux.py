import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight.cut.encode import Encoding, encode_take
from limelight.cut.mux import join
from limelight.cut.sound import survey
from limelight.errors import MediaError, SongError
from limelight.storyboard import Format
from limelight.timebase import frames_in

RATES = ("24", "25", "30", "60", "24000/1001")
SECONDS = 1.777
TONE = 10 ** (-12 / 20) * np.sin(2 * np.pi * 440 * np.arange(round(SECONDS * 44100)) / 44100)


def write_song(path, codec, *, rate=44100, layout="stereo", samples=TONE):
    if codec == "vorbis":
        soundfile.write(path, samples[:: 44100 // rate], rate)
        return path
    with av.open(str(path), "w") as song:
        stream = song.add_stream(codec, rate=rate, layout=layout)
        kind = stream.codec_context.format.name
        resampler = av.AudioResampler(format=kind, layout=layout, rate=rate)
        pcm = np.repeat(samples[None].astype(np.float32), 1 if layout == "mono" else 2, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = 44100, 0, Fraction(1, 44100)
        size = stream.codec_context.frame_size
        fifo = av.AudioFifo()
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            fifo.write(part)
        while (part := fifo.read(size or 1024, partial=True)) is not None:
            song.mux(stream.encode(part))
        song.mux(stream.encode(None))
    return path


def shoot(folder, cuts, picture_format):
    takes = []
    for start, end in itertools.pairwise(cuts):
        pictures = [np.full((64, 64, 3), 5 * (index % 52), np.uint8) for index in range(start, end)]
        takes.append(encode_take(pictures, folder / f"{start:04d}.mp4", picture_format, end - start))
    return takes


def watch(film, fps):
    """The numbers that the pictures show; checks that frame i is shown at i / fps."""
    numbers = []
    with av.open(str(film)) as clip:
        for index, frame in enumerate(clip.decode(video=0)):
            assert frame.pts * frame.time_base == index / fps
            level = np.frombuffer(frame.planes[0], np.uint8)[: frame.width].mean()
            numbers.append(round((level - 16) * 255 / 219 / 5))
    return numbers


def packets_of(path):
    with av.open(str(path)) as clip:
        return [bytes(packet) for packet in clip.demux(audio=0) if packet.size]


def durations(film):
    with av.open(str(film)) as clip:
        video, sound = clip.streams.video[0], clip.streams.audio[0]
        return video.duration * video.time_base, sound.duration * sound.time_base


@pytest.fixture(scope="module")
def m4a(tmp_path_factory):
    return write_song(tmp_path_factory.mktemp("song") / "song.m4a", "aac")


@pytest.mark.parametrize("fps", RATES)
def test_every_frame_in_order_and_as_long_as_the_song(tmp_path, m4a, fps):
    picture_format = Format(width=64, height=64, fps=fps)
    duration = survey(m4a).duration
    frames = frames_in(float(duration), picture_format.rate)
    takes = shoot(tmp_path, (0, 1, 3, 6, 20, frames), picture_format)
    joined = join(takes, m4a, tmp_path / "film.mp4", frames, picture_format.rate)
    assert watch(joined.path, picture_format.rate) == [index % 52 for index in range(frames)]
    video, sound = durations(joined.path)
    assert video == joined.video_seconds == frames / picture_format.rate
    assert abs(video - sound) <= 1 / picture_format.rate
    assert abs(sound - duration) < Fraction(1, 1000)


@pytest.mark.parametrize(("suffix", "codec"), [("m4a", "aac"), ("mp3", "libmp3lame"), ("aac", "aac")])
def test_aac_and_mp3_are_copied_bit_by_bit(tmp_path, suffix, codec):
    song = write_song(tmp_path / f"song.{suffix}", codec)
    picture_format = Format(width=64, height=64)
    takes = shoot(tmp_path, (0, 20, 53), picture_format)
    joined = join(takes, song, tmp_path / "film.mp4", 53, picture_format.rate)
    assert joined.sound_copied
    original = packets_of(song)
    if suffix == "aac":
        original = [packet[7:] for packet in original]  # mp4 holds the packets without their ADTS headers
    kept = packets_of(joined.path)
    assert kept == original[: len(kept)]
    assert len(original) - len(kept) <= 2  # only the encoder's padding after the last sample may go


@pytest.mark.parametrize(
    ("suffix", "codec", "rate", "layout"),
    [("flac", "flac", 44100, "stereo"), ("wav", "pcm_s16le", 44100, "mono"), ("ogg", "vorbis", 22050, "mono"),
     ("m4a", "alac", 48000, "stereo"), ("opus", "libopus", 48000, "stereo"), ("flac", "flac", 96000, "stereo")],
)  # fmt: skip
def test_what_players_do_not_know_is_encoded_once_in_time_and_as_loud(tmp_path, suffix, codec, rate, layout):
    song = write_song(tmp_path / f"song.{suffix}", codec, rate=rate, layout=layout)
    picture_format = Format(width=64, height=64, fps="60")
    frames = frames_in(float(survey(song).duration), picture_format.rate)
    takes = shoot(tmp_path, (0, 20, frames), picture_format)
    joined = join(takes, song, tmp_path / "film.mp4", frames, picture_format.rate)
    assert not joined.sound_copied
    video, sound = durations(joined.path)
    assert abs(video - sound) <= 1 / picture_format.rate
    before, after = heard(song), heard(joined.path)
    loud = [20 * np.log10(np.sqrt(np.mean(pcm**2))) for pcm in (before, after)]
    assert abs(loud[0] - loud[1]) < 0.5


def heard(path, rate=22050):
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    with av.open(str(path)) as clip:
        parts = [p.to_ndarray()[0] for f in clip.decode(audio=0) for p in resampler.resample(f)]
    return np.concatenate(parts)


@pytest.mark.parametrize(("suffix", "codec"), [("m4a", "aac"), ("mp3", "libmp3lame"), ("flac", "flac")])
def test_a_click_stays_where_it_was(tmp_path, suffix, codec):
    """Encoder delay and edit lists come out even: a click in the song is heard in the film at its time."""
    click = np.zeros(44100)
    click[22050:22060] = 0.9
    song = write_song(tmp_path / f"song.{suffix}", codec, samples=click)
    takes = shoot(tmp_path, (0, 30), Format(width=64, height=64))
    film = join(takes, song, tmp_path / "film.mp4", 30, Fraction(30)).path
    peaks = [int(np.abs(heard(path, 44100)).argmax()) for path in (song, film)]
    assert abs(peaks[0] - 22055) < 44
    assert abs(peaks[0] - peaks[1]) < 44  # a millisecond


def test_the_index_comes_first_and_the_tags_are_kept(tmp_path, m4a):
    takes = shoot(tmp_path, (0, 53), Format(width=64, height=64))
    tags = {"title": 'Ünïcode "quoted"', "artist": ""}
    film = join(takes, m4a, tmp_path / "film.mp4", 53, Fraction(30), metadata=tags).path
    content = film.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    with av.open(str(film)) as clip:
        assert clip.metadata["title"] == tags["title"]
        assert "artist" not in clip.metadata


def test_the_same_takes_and_song_give_the_same_bytes(tmp_path, m4a):
    takes = shoot(tmp_path, (0, 20, 53), Format(width=64, height=64))
    films = [join(takes, m4a, tmp_path / f"{name}.mp4", 53, Fraction(30)).path for name in "ab"]
    assert films[0].read_bytes() == films[1].read_bytes()


def test_a_silent_film(tmp_path):
    takes = shoot(tmp_path, (0, 3, 9), Format(width=64, height=64))
    joined = join(takes, None, tmp_path / "film.mp4", 9, Fraction(30))
    assert watch(joined.path, Fraction(30)) == list(range(9))
    assert joined.sound_seconds == 0


def test_takes_that_do_not_fit_are_refused_and_leave_no_film(tmp_path, m4a):
    picture_format = Format(width=64, height=64)
    takes = shoot(tmp_path, (0, 20, 53), picture_format)
    film = tmp_path / "film.mp4"
    with pytest.raises(MediaError, match="hold 53 frames; the film has 54"):
        join(takes, m4a, film, 54, Fraction(30))
    foreign = encode_take(
        [np.zeros((64, 64, 3), np.uint8)],
        tmp_path / "x.mp4",
        picture_format,
        1,
        encoding=Encoding(preset="slow"),
    )
    with pytest.raises(MediaError, match="encoded in another way"):
        join([*takes, foreign], m4a, film, 54, Fraction(30))
    (tmp_path / "broken.mp4").write_bytes(b"nonsense" * 100)
    with pytest.raises(MediaError, match="cannot be read"):
        join([*takes, tmp_path / "broken.mp4"], m4a, film, 54, Fraction(30))
    with pytest.raises(MediaError, match="no take"):
        join([], m4a, film, 54, Fraction(30))
    assert [path.name for path in tmp_path.iterdir() if "film" in path.name] == []


def test_songs_that_are_none_are_refused(tmp_path):
    takes = shoot(tmp_path, (0, 3), Format(width=64, height=64))
    text = tmp_path / "song.mp3"
    text.write_text("#EXTM3U\n/etc/passwd\n" * 50)
    for song in (text, takes[0], tmp_path / "missing.mp3"):
        with pytest.raises(SongError):
            join(takes, song, tmp_path / "film.mp4", 3, Fraction(30))
    assert not (tmp_path / "film.mp4").exists()


def test_a_song_with_a_hole_is_encoded_with_silence_in_it(tmp_path):
    """Copied packets of a damaged song would slide against the pictures; encoded, they stay in time."""
    whole = write_song(tmp_path / "whole.mp3", "libmp3lame")
    content = bytearray(whole.read_bytes())
    third = len(content) // 3
    content[third : third + 4000] = bytes(4000)
    song = tmp_path / "damaged.mp3"
    song.write_bytes(content)
    found = survey(song)
    takes = shoot(tmp_path, (0, 53), Format(width=64, height=64))
    joined = join(takes, song, tmp_path / "film.mp4", 53, Fraction(30))
    assert joined.sound_copied == found.copyable
    assert durations(joined.path)[1] > Fraction(3, 2)


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    fps=st.fractions(Fraction(2), Fraction(120), max_denominator=1001),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_cuts_at_any_rate_come_back_exactly(tmp_path, lengths, fps):
    picture_format = Format(width=64, height=64, fps=str(fps))
    cuts = list(itertools.accumulate(lengths, initial=0))
    takes = shoot(tmp_path, cuts, picture_format)
    film = join(takes, None, tmp_path / "film.mp4", cuts[-1], picture_format.rate).path
    assert watch(film, picture_format.rate) == list(range(cuts[-1]))
