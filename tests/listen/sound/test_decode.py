import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.errors import SongError
from limelight.listen.sound import decode as decoding
from limelight.listen.sound.decode import Resampler, SoundFile, decode, resample
from songs import bad_files, synth


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "m4a", "ogg", "mp4"])
def test_every_format_keeps_length_and_time(kind, tmp_path):
    song = synth.clicks(duration=6.0)
    sound = decode(song.write(tmp_path / f"song.{kind}"))
    assert sound.duration == pytest.approx(song.duration, abs=0.06)  # m4a and mp3 end in whole frames
    assert len(sound.samples) == pytest.approx(sound.duration * sound.sample_rate, abs=1)
    assert sound.samples.dtype == np.float32
    first = int(np.flatnonzero(np.abs(sound.samples) > 0.3)[0])
    assert first / sound.sample_rate == pytest.approx(song.beats[0], abs=0.005)


def test_lossless_sound_is_exact(tmp_path):
    song = synth.clicks(duration=3.0)
    sound = decode(song.write(tmp_path / "song.flac"))
    assert len(sound.samples) == len(song.samples)
    assert np.abs(sound.samples - song.samples).max() < 1e-4
    assert (sound.channels, sound.file_rate, sound.warnings) == (1, synth.SAMPLE_RATE, ())


def test_tags_are_read(tmp_path):
    path = synth.clicks(duration=2.0).write(
        tmp_path / "a.mp3", tags={"title": "Über uns", "artist": "X &amp; Y"}
    )
    sound = decode(path)
    assert (sound.title, sound.artist) == ("Über uns", "X & Y")


def test_awkward_names_just_work(tmp_path):
    assert decode(bad_files.awkwardly_named(tmp_path)).duration > 4


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (bad_files.empty, "is empty"),
        (bad_files.text, "is not a sound or video file"),
        (bad_files.random_bytes, "song.mp3"),
        (bad_files.picture_only, "has no sound"),
        (lambda path: bad_files.truncated(path, "m4a"), "song.mp3"),
        (bad_files.header_only, "song.mp3"),
        (lambda path: synth.tone(0.4).write(path, "wav"), "must last at least 1"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_a_next_step(make, told, tmp_path):
    with pytest.raises(SongError, match=told) as caught:
        decode(make(tmp_path / "song.mp3"))
    assert caught.value.hint


def test_missing_and_folder(tmp_path):
    for path in (tmp_path / "none.mp3", tmp_path):
        with pytest.raises(SongError, match="cannot be read"):
            decode(path)


def test_a_song_cut_off_is_used_as_far_as_it_goes(tmp_path):
    sound = decode(bad_files.truncated(tmp_path / "song.mp3"))
    assert 4 < sound.duration < 6
    assert "cut off" in sound.warnings[0]


@pytest.mark.parametrize("lost", ["the last page", "the last half", "half a page"])
def test_an_ogg_without_its_end_is_told(tmp_path, lost):
    """Its header says how long the pages are that are there: whole pages go unnoticed otherwise."""
    path = synth.drums(duration=10.0).write(tmp_path / "song.ogg")
    assert decode(path).warnings == ()
    whole = path.read_bytes()
    pages = [match.start() for match in re.finditer(rb"OggS", whole)]
    end = {
        "the last page": pages[-1],
        "the last half": pages[len(pages) // 2],
        "half a page": pages[-1] - 900,
    }
    path.write_bytes(whole[: end[lost]])
    assert "cut off" in decode(path).warnings[0]


def test_an_ogg_with_a_page_lost_in_the_middle_keeps_its_time_and_tells(tmp_path):
    path = synth.drums(duration=10.0).write(tmp_path / "song.ogg")
    whole = path.read_bytes()
    pages = [match.start() for match in re.finditer(rb"OggS", whole)]
    path.write_bytes(whole[: pages[4]] + whole[pages[5] :])
    sound = decode(path)
    assert sound.duration == pytest.approx(10.0, abs=0.05)
    assert "replaced by silence" in sound.warnings[0]


def test_a_damaged_song_keeps_its_time(tmp_path):
    sound = decode(bad_files.damaged(tmp_path / "song.flac", "flac"))
    assert sound.duration == pytest.approx(10.0, abs=0.5)
    assert sound.warnings


def test_silence_is_allowed_with_a_warning(tmp_path):
    assert "silent" in decode(synth.silence(2.0).write(tmp_path / "s.wav")).warnings[0]


def test_hours_of_silence_in_few_bytes_stop_at_the_limit(tmp_path):
    path = bad_files.long_silence(tmp_path / "bomb.flac", hours=0.2)
    with pytest.raises(SongError, match="longer than 5 minutes"):
        decode(path, longest=300)


def test_a_playlist_opens_nothing_else(tmp_path):
    song = synth.clicks(duration=2.0).write(tmp_path / "song.mp3")
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{song}\n#EXT-X-ENDLIST\n")
    with pytest.raises(SongError):
        decode(playlist)


def test_stereo_chunks_last_as_long_as_the_song(tmp_path):
    song = synth.clicks(duration=4.0)
    with SoundFile(song.write(tmp_path / "song.wav")) as source:
        stereo = np.concatenate(list(source.chunks(44_100, channels=2)), axis=1)
    assert stereo.shape == (2, 4 * 44_100)
    assert np.array_equal(stereo[0], stereo[1])


@given(
    cuts=st.lists(st.integers(1, 9000), max_size=5), rate=st.sampled_from([16_000, 22_050, 44_100, 48_000])
)
def test_resampling_in_pieces_is_resampling_at_once(cuts, rate):
    noise = np.random.default_rng(0).standard_normal(9000).astype(np.float32)
    pieces = np.split(noise, sorted(set(cuts)))
    resampler = Resampler(rate, 22_050, 1)
    streamed = np.concatenate(
        [*(resampler.push(piece[None]) for piece in pieces), resampler.finish()], axis=1
    )
    whole = resample(noise, rate, 22_050)
    assert streamed.shape[1] == pytest.approx(len(whole), abs=1)
    size = min(streamed.shape[1], len(whole))
    assert np.abs(streamed[0, :size] - whole[:size]).max() < 1e-3


def test_a_higher_rate_must_be_decoded_again(tmp_path):
    sound = decode(synth.clicks(duration=2.0).write(tmp_path / "a.wav"))
    assert len(sound.at(16_000)) == 32_000
    with pytest.raises(ValueError, match="44100"):
        sound.at(44_100)


def test_paths_are_shown_on_one_line():
    assert "\n" not in decoding.shown(decoding.Path("a\nb"))


def test_a_title_that_is_a_book_is_cut(tmp_path):
    sound = decode(synth.tone(1.2).write(tmp_path / "a.mp3", tags={"title": "ab " * 50_000}))
    assert 190 <= len(sound.title) <= 200
    assert sound.title.endswith("ab")
