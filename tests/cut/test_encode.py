import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight.cut.colour import to_planes
from limelight.cut.encode import Encoding, encode_take, group_length
from limelight.errors import MediaError, SettingsError
from limelight.storyboard import Format

RATES = ("24", "25", "30", "60", "24000/1001")


def numbered(count: int, start: int = 0, size: int = 64) -> list[np.ndarray]:
    """Pictures whose grey level tells their number (modulo 52)."""
    return [np.full((size, size, 3), 5 * (index % 52), np.uint8) for index in range(start, start + count)]


def numbers_in(path: Path) -> list[int]:
    with av.open(str(path)) as clip:
        levels = [
            np.frombuffer(frame.planes[0], np.uint8)[: frame.width].mean() for frame in clip.decode(video=0)
        ]
    return [round((level - 16) * 255 / 219 / 5) for level in levels]


def header_of(path: Path) -> bytes:
    with av.open(str(path)) as clip:
        return bytes(clip.streams.video[0].codec_context.extradata)


@pytest.mark.parametrize("fps", RATES)
def test_a_take_has_exactly_its_frames_in_order_at_its_rate(tmp_path, fps):
    picture_format = Format(width=64, height=64, fps=fps)
    take = encode_take(numbered(47), tmp_path / "take.mp4", picture_format, 47)
    assert numbers_in(take) == [index % 52 for index in range(47)]
    with av.open(str(take)) as clip:
        stream = clip.streams.video[0]
        assert stream.average_rate == picture_format.rate
        assert stream.frames == 47
        assert stream.duration * stream.time_base == 47 / picture_format.rate


def test_it_is_tagged_high_yuv420p_limited_bt709(tmp_path):
    take = encode_take(numbered(3), tmp_path / "take.mp4", Format(width=64, height=64), 3)
    with av.open(str(take)) as clip:
        context = clip.streams.video[0].codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1


@pytest.mark.parametrize("fps", RATES)
def test_groups_are_closed_and_half_a_second_long(tmp_path, fps):
    """Every key frame is an IDR: nothing after it, in decoding order, is shown before it."""
    picture_format = Format(width=64, height=64, fps=fps)
    rng = np.random.default_rng(3)
    noise = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(75)]
    take = encode_take(noise, tmp_path / "take.mp4", picture_format, 75)
    group = group_length(picture_format.rate)
    with av.open(str(take)) as clip:
        packets = [p for p in clip.demux(video=0) if p.size]
    unit = packets[0].duration
    keys = [p.pts // unit for p in packets if p.is_keyframe]
    assert keys == list(range(0, 75, group))
    for index, packet in enumerate(packets):
        if packet.is_keyframe:
            assert all(later.pts > packet.pts for later in packets[index + 1 :])


@pytest.mark.parametrize(("width", "height"), [(426, 240), (1000, 562)])
def test_the_same_pictures_give_the_same_bytes_at_any_width(tmp_path, width, height):
    """With its AVX-512 code x264 wrote seven and three different files in twelve runs at these sizes."""
    rng = np.random.default_rng(5)
    large = rng.integers(0, 256, (height // 4 + 12, width // 4 + 12, 3), np.uint8)
    large = cv2.resize(large, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    pictures = [np.ascontiguousarray(large[n : height + n, 2 * n : width + 2 * n]) for n in range(16)]
    picture_format = Format(width=width, height=height)
    written = set()
    for run in range(5):
        litter = [rng.integers(0, 256, 100_003 * (run + n), np.uint8) for n in range(4)]  # moves the memory
        take = encode_take(pictures, tmp_path / "take.mp4", picture_format, len(pictures))
        written.add(take.read_bytes())
        del litter
    assert len(written) == 1


def test_the_index_comes_first(tmp_path):
    content = encode_take(numbered(3), tmp_path / "t.mp4", Format(width=64, height=64), 3).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_headers_are_the_same_whatever_length_content_and_threads(tmp_path):
    picture_format = Format(width=64, height=64)
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(40)]
    takes = [
        encode_take(numbered(1), tmp_path / "a.mp4", picture_format, 1),
        encode_take(numbered(2), tmp_path / "b.mp4", picture_format, 2, threads=2),
        encode_take(noise, tmp_path / "c.mp4", picture_format, 40, threads=3),
    ]
    assert len({header_of(take) for take in takes}) == 1
    other = encode_take(
        numbered(1), tmp_path / "d.mp4", picture_format, 1, encoding=Encoding(preset="veryfast")
    )
    assert header_of(other) != header_of(takes[0])  # the control: the comparison can tell


@pytest.mark.parametrize(
    "colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (40, 90, 200)]
)
def test_colours_come_back(tmp_path, colour):
    picture = np.full((64, 64, 3), colour, np.uint8)
    take = encode_take([picture], tmp_path / "take.mp4", Format(width=64, height=64), 1)
    with av.open(str(take)) as clip:
        back = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    assert np.abs(back[32, 32].astype(int) - colour).max() <= 3


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_planes_are_those_of_bt709(colour):
    r, g, b = (value / 255 for value in colour)
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    wanted = (16 + 219 * luma, 128 + 224 * (b - luma) / 1.8556, 128 + 224 * (r - luma) / 1.5748)
    planes = to_planes(np.full((2, 2, 3), colour, np.uint8))
    assert [plane.shape for plane in planes] == [(2, 2), (1, 1), (1, 1)]
    for plane, value in zip(planes, wanted, strict=True):
        assert abs(int(plane[0, 0]) - value) <= 1.0


@pytest.mark.parametrize("count", [0, 4, 6])
def test_another_number_of_pictures_is_an_error_and_leaves_nothing(tmp_path, count):
    with pytest.raises(MediaError, match="frames"):
        encode_take(numbered(count), tmp_path / "take.mp4", Format(width=64, height=64), 5)
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_size_or_type_are_refused(tmp_path):
    picture_format = Format(width=64, height=64)
    for wrong in (np.zeros((64, 62, 3), np.uint8), np.zeros((64, 64, 3), np.float32)):
        with pytest.raises(MediaError, match="frame 1 is"):
            encode_take([wrong], tmp_path / "take.mp4", picture_format, 1)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_camera_passes_through_and_leaves_nothing(tmp_path):
    def failing():
        yield numbered(1)[0]
        raise RuntimeError("the camera broke")

    with pytest.raises(RuntimeError, match="the camera broke"):
        encode_take(failing(), tmp_path / "take.mp4", Format(width=64, height=64), 3)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_says_so(tmp_path):
    (tmp_path / "takes").write_text("not a folder")
    with pytest.raises(MediaError, match="cannot be written to"):
        encode_take(numbered(1), tmp_path / "takes" / "1.mp4", Format(width=64, height=64), 1)


def test_paths_with_quotes_colons_and_newlines_work(tmp_path):
    path = tmp_path / 'it\'s "one": 100%\n%d.mp4'
    assert numbers_in(encode_take(numbered(2), path, Format(width=64, height=64), 2)) == [0, 1]


SLOW_TAKE = """
import sys, time
from pathlib import Path
import numpy as np
from limelight.cut.encode import encode_take
from limelight.storyboard import Format

def pictures():
    for index in range(10_000):
        if index == 20:
            print("under way", flush=True)
        yield np.full((64, 64, 3), index % 256, np.uint8)
        time.sleep(0.002)

encode_take(pictures(), Path(sys.argv[1]), Format(width=64, height=64), 10_000)
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_kill_9_leaves_no_take_and_the_next_run_makes_it(tmp_path):
    path = tmp_path / "0001.mp4"
    command = [sys.executable, "-c", SLOW_TAKE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "under way\n"
        process.send_signal(signal.SIGKILL)
    assert not path.exists()
    parts = list(tmp_path.iterdir())
    assert all(part.name.startswith(".") for part in parts)
    encode_take(numbered(5), path, Format(width=64, height=64), 5)
    assert numbers_in(path) == [0, 1, 2, 3, 4]


def test_what_a_killed_process_left_is_swept_after_a_day(tmp_path):
    old, young = tmp_path / ".take.aaa.part.mp4", tmp_path / ".take.bbb.part.mp4"
    for part in (old, young):
        part.write_bytes(b"half")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    encode_take(numbered(1), tmp_path / "take.mp4", Format(width=64, height=64), 1)
    assert {path.name for path in tmp_path.iterdir()} == {"take.mp4", young.name}


@given(
    count=st.integers(1, 40),
    fps=st.fractions(Fraction(2), Fraction(120), max_denominator=1001),
    seed=st.integers(0, 99),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rate_and_length_come_back_exactly(tmp_path, count, fps, seed):
    picture_format = Format(width=64, height=64, fps=str(fps))
    take = encode_take(numbered(count, seed), tmp_path / "take.mp4", picture_format, count)
    assert numbers_in(take) == [(seed + index) % 52 for index in range(count)]


def test_settings_out_of_range_are_refused():
    with pytest.raises(SettingsError, match="preset"):
        Encoding(preset="warp")
    with pytest.raises(SettingsError, match="crf"):
        Encoding(crf=52)
