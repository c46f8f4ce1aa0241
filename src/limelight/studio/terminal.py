"""The same protocol without a page: a camera of this machine, and replies for a terminal to show."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.session import Session
from limelight.charcha.wire.frames import Frame
from limelight.charcha.wire.messages import Consented, Probed, Reply
from limelight.errors import InputError
from limelight.studio.live import wall_clock

Picture = NDArray[np.uint8]
Read = Callable[[], Picture | None]
"""Gives the camera's next picture, ``(height, width, 3) uint8, BGR`` as OpenCV has it; None: there is none."""
WIDTH, HEIGHT = 640, 480
RATE = 15.0
"""Pictures a second at most."""
QUALITY = 88


@contextmanager
def camera(number: int) -> Iterator[Read]:
    """Open a camera of this machine.

    Raises:
        InputError: there is no such camera, or another program has it.
    """
    talk = cv2.utils.logging.getLogLevel()
    # OpenCV's own words on what it tried would stand between a person and the advice.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        device = cv2.VideoCapture(number)
    finally:
        cv2.utils.logging.setLogLevel(talk)
    try:
        if not device.isOpened():
            raise InputError(
                f"camera {number} cannot be opened.",
                hint="Connect it and close other programs that use it, try another number (the first is 0), or leave "
                "--camera out for the page in the browser.",
            )
        device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)

        def read() -> Picture | None:
            taken, picture = device.read()
            return np.asarray(picture, np.uint8) if taken else None

        yield read
    finally:
        device.release()


def refuse_without_camera(number: int) -> None:
    """Open a camera and close it again: no picture is taken, so that a person may be asked first.

    Raises:
        InputError: there is no such camera, or another program has it.
    """
    with camera(number):
        pass


def film(read: Read, session: Session, consented: Consented) -> Iterator[Reply]:
    """Go through a session; whoever takes a reply shows it before asking for the next.

    Args:
        read: The camera.
        session: Just opened. Closed at the end, whatever happens.
        consented: What the person agreed to.
    """
    try:
        session.handle(consented.model_dump_json(), wall_clock())
        probed = Probed(
            requested=((WIDTH, HEIGHT),), delivered=((WIDTH, HEIGHT),), label="camera in a terminal"
        )
        reply = session.handle(probed.model_dump_json(), wall_clock())
        yield reply
        sequence, last = 0, 0.0
        while not reply.over and (picture := read()) is not None:
            now = time.monotonic()
            if now - last < 1 / RATE:
                continue
            last = now
            prompt = reply.prompt.id if reply.prompt else ""
            frame = Frame(sequence, round(1000 * now, 3), prompt, jpeg(picture))
            sequence += 1
            reply = session.handle(frame.to_bytes(), wall_clock())
            yield reply
    finally:
        session.close(wall_clock())


def jpeg(picture: Picture) -> bytes:
    """The middle of a picture, 640x480, or 480x640 where it stands upright."""
    height, width = picture.shape[:2]
    wide, tall = (WIDTH, HEIGHT) if width >= height else (HEIGHT, WIDTH)
    scale = min(width / wide, height / tall)
    across, down = round(wide * scale), round(tall * scale)
    x, y = (width - across) // 2, (height - down) // 2
    cut = cv2.resize(picture[y : y + down, x : x + across], (wide, tall), interpolation=cv2.INTER_AREA)
    _, content = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return content.tobytes()
