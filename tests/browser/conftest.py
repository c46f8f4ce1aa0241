"""A real server, a real Chromium, and understudies in front of it. Everything before the camera is simulated."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from browser.visiting import House
from limelight.charcha.protocol import Terms
from limelight.star import StarKind
from limelight.studio import studio
from limelight.vault import Vault
from studio.running import running

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
]  # fmt: skip
TERMS = Terms(perform_seconds=10.0)
"""As in earnest, but for a shorter song."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    app = studio(Vault(tmp_path / "vault"), kind=StarKind.SYNTHETIC, terms=TERMS)
    with running(app) as address:
        yield House(f"http://{address}/", app.state.studio)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def chromium(playwright: Playwright) -> Callable[..., object]:
    """Starts browsers; more arguments may be given."""

    @contextmanager
    def start(*arguments: str) -> Iterator[Browser]:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()

    return start
