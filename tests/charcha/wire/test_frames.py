import random
import struct
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.charcha.reasons import Reason
from limelight.charcha.wire.frames import MAX_JPEG, Frame, FrameChain, Refusal, jpeg_size, parse

PROMPT, LATER = "0123456789abcdef", "fedcba9876543210"


def jpeg(seed: int = 0, size: tuple[int, int] = (640, 480)) -> bytes:
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return cv2.imencode(".jpg", cv2.resize(small, size))[1].tobytes()


def sized(width: int, height: int) -> bytes:
    """The header of a huge picture that nobody ever encoded."""
    start = b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\x01\x11\x00" * 3
    return start + b"\xff\xda\x00\x0c" + b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00" + b"\x00" * 20


FRAMES = [Frame(n, 100.0 * n, "", jpeg(n)) for n in range(4)]


def taken(chain: FrameChain, *frames: Frame, delay: float = 0.0) -> list[Reason | None]:
    out = []
    for frame in frames:
        refusal = chain.take(frame, 50.0 + frame.time / 1000 + delay)
        out.append(refusal.reason if refusal else None)
    return out


def test_a_message_comes_back() -> None:
    frame = Frame(3, 12.5, PROMPT, jpeg(), 4.25)
    assert parse(frame.to_bytes()) == frame


def test_opencv_agrees_about_sizes() -> None:
    for size in ((640, 480), (480, 640), (1280, 720)):
        assert jpeg_size(jpeg(1, size)) == size


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"\xff\xff\xff\xff", Reason.MALFORMED),
        (b"\x00\x02{}" + jpeg(), Reason.MALFORMED),
        (Frame(-1, 0, "", jpeg()).to_bytes(), Reason.MALFORMED),
        (Frame(0, float("nan"), "", jpeg()).to_bytes(), Reason.MALFORMED),
        (Frame(0, 0, "not a prompt", jpeg()).to_bytes(), Reason.MALFORMED),
        (Frame(0, 0, "", b"GIF89a" + bytes(500)).to_bytes(), Reason.NOT_JPEG),
        (Frame(0, 0, "", b"\xff\xd8" + b"\xff" * 500).to_bytes(), Reason.NOT_JPEG),
        (Frame(0, 0, "", jpeg(0, (160, 120))).to_bytes(), Reason.BAD_SIZE),
        (Frame(0, 0, "", sized(65535, 65535)).to_bytes(), Reason.BAD_SIZE),
        (Frame(0, 0, "", sized(1281, 400)).to_bytes(), Reason.BAD_SIZE),
        (Frame(0, 0, "", bytes(MAX_JPEG + 600)).to_bytes(), Reason.TOO_LARGE),
    ],
)
def test_bad_messages_are_refused_before_anything_is_decoded(message: bytes, reason: Reason) -> None:
    assert parse(message) == Refusal(reason)


@settings(max_examples=300)
@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_raise(noise: bytes, framed: bool) -> None:
    parse(struct.pack(">H", max(0, len(noise) // 2)) + noise if framed else noise)
    jpeg_size(b"\xff\xd8" + noise)


def test_flipped_bytes_raise_nothing() -> None:
    rng = random.Random(1)
    whole = Frame(0, 0, PROMPT, jpeg()).to_bytes()
    for _ in range(2000):
        broken = bytearray(whole)
        broken[rng.randrange(min(700, len(broken)))] = rng.randrange(256)
        parse(bytes(broken[: rng.randrange(1, len(broken))]))


def test_frames_in_order_are_taken_and_each_changes_the_link() -> None:
    chain = FrameChain("a" * 32)
    links = {chain.link}
    for frame in FRAMES:
        assert taken(chain, frame) == [None]
        links.add(chain.link)
    assert len(links) == 5
    assert chain.count == 4


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ((0, 1, 3), Reason.SEQUENCE_GAP),
        ((0, 1, 1), Reason.SEQUENCE_REPEAT),
        ((0, 1, 2, 0), Reason.SEQUENCE_BACK),
        ((1,), Reason.SEQUENCE_GAP),
    ],
)
def test_gaps_repeats_and_reordering_are_refused(frames: tuple[int, ...], reason: Reason) -> None:
    assert taken(FrameChain("a" * 32), *(FRAMES[n] for n in frames))[-1] is reason


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (replace(FRAMES[1], time=0.0), Reason.TIME_BACK),
        (replace(FRAMES[1], time=-5.0), Reason.TIME_BACK),
        (replace(FRAMES[1], time=2500.0), Reason.TIME_GAP),
        (replace(FRAMES[1], jpeg=jpeg(7, (1280, 720))), Reason.SIZE_CHANGED),
        (replace(FRAMES[1], prompt=LATER), Reason.PROMPT_UNKNOWN),
    ],
)
def test_what_no_camera_does_is_refused(second: Frame, reason: Reason) -> None:
    chain = FrameChain("a" * 32)
    taken(chain, FRAMES[0])
    before = chain.link
    assert taken(chain, second) == [reason]
    assert chain.link == before


def test_a_stretched_clock_is_refused() -> None:
    chain = FrameChain("a" * 32)
    answers = [chain.take(Frame(n, 200.0 * n, "", jpeg(n)), 50 + 0.1 * n) for n in range(40)]
    assert next(answer for answer in answers if answer) == Refusal(Reason.CLOCK_APART)


def test_a_flood_is_refused() -> None:
    chain = FrameChain("a" * 32)
    answers = [chain.take(Frame(n, 1.0 * n, "", jpeg(n)), 50 + 0.001 * n) for n in range(60)]
    assert answers[10] is None
    assert answers[-1] is not None


def test_prompts_only_go_forwards() -> None:
    chain = FrameChain("a" * 32)
    chain.issue(PROMPT)
    chain.issue(LATER)
    first, second, third = (
        replace(frame, prompt=prompt) for frame, prompt in zip(FRAMES, (PROMPT, LATER, PROMPT), strict=False)
    )
    assert taken(chain, first, second, third) == [None, None, Reason.PROMPT_BACK]


def test_the_size_may_change_with_the_performance_only() -> None:
    chain = FrameChain("a" * 32)
    chain.issue(PROMPT)
    chain.issue(LATER, new_size=True)
    sharper = jpeg(9, (1280, 720))
    frames = (
        Frame(0, 0.0, PROMPT, jpeg(0)),
        Frame(1, 100.0, LATER, sharper),
        Frame(2, 200.0, LATER, jpeg(2)),
    )
    assert taken(chain, *frames) == [None, None, Reason.SIZE_CHANGED]


def test_an_earlier_picture_never_comes_again() -> None:
    chain = FrameChain("a" * 32)
    rewound = replace(FRAMES[3], jpeg=FRAMES[0].jpeg)
    assert taken(chain, *FRAMES[:3], rewound)[-1] is Reason.FRAME_REPEATED


def test_a_stuck_camera_is_borne_for_a_moment() -> None:
    stuck = [Frame(n, 100.0 * n, "", jpeg()) for n in range(9)]
    answers = taken(FrameChain("a" * 32), *stuck)
    assert answers[:4] == [None] * 4
    assert next(answer for answer in answers if answer) is Reason.FRAME_REPEATED


def test_a_picture_of_another_session_is_known() -> None:
    old = FrameChain("a" * 32)
    taken(old, *FRAMES)
    new = FrameChain("b" * 32, known=old.digests.__contains__)
    assert new.link != FrameChain("a" * 32).link
    assert taken(new, FRAMES[0]) == [Reason.FRAME_REPEATED]
