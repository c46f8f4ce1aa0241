"""A web server with faults for each test, and an empty weights folder."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from limelight.weights.sources import forget_hosts
from weights.shop import Handler, QuietServer, Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    handler = type("Handler", (Handler,), {"shop": shop})
    with QuietServer(("127.0.0.1", 0), handler) as server:
        shop.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield shop
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty weights folder, and every host asked again."""
    folder = tmp_path / "weights"
    monkeypatch.setenv("LIMELIGHT_WEIGHTS", str(folder))
    monkeypatch.delenv("LIMELIGHT_OFFLINE", raising=False)
    forget_hosts()
    return folder
