"""A studio that listens, for as long as a test asks it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from limelight.studio.serving import listening_socket, server


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Its address, such as ``127.0.0.1:40123``, while it answers there."""
    with listening_socket("127.0.0.1", 0) as door:
        serving = server(app)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not serving.started:
            time.sleep(0.02)
        try:
            yield f"127.0.0.1:{door.getsockname()[1]}"
        finally:
            serving.should_exit = True
            thread.join(20)
