"""Who visits: a page in Chromium, and what of the studio a test may look at."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page

from limelight.charcha.simulated.webcam import Actor
from limelight.charcha.wire.messages import ShownPrompt
from limelight.studio.app import Studio

A_FRAME = 0.1
"""Seconds between two pictures of an understudy at least."""


@dataclass
class House:
    """A studio that is open."""

    address: str
    studio: Studio

    @property
    def endings(self) -> list[tuple[str, str]]:
        """State and reasons of the sessions so far."""
        database = self.studio.services.store._database
        return database.execute("select state, reasons from session order by began").fetchall()


@dataclass
class Visitor:
    """A page, what its server said, and what went wrong in it."""

    page: Page
    answers: list[dict[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Addresses of all requests."""

    def __post_init__(self) -> None:
        page = self.page
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda problem: self.problems.append(str(problem)))
        page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        page.on("websocket", lambda socket: socket.on("framereceived", self._heard))

    def _heard(self, payload: str | bytes) -> None:
        self.answers.append(json.loads(payload))

    @property
    def prompt(self) -> ShownPrompt | None:
        """What is on the screen."""
        told = self.answers[-1]["prompt"] if self.answers else None
        return ShownPrompt.model_validate(told) if told else None

    def consent(self, name: str = "Ada", *, sing: bool = True) -> None:
        page = self.page
        page.fill("#name", name)
        page.check("[value='personalise my films']")
        page.set_checked("[value='sing-along footage']", sing)
        page.check("#adult")
        page.click("#agree")
        page.wait_for_selector("#camera:not([hidden])")

    def begin(self) -> None:
        page = self.page
        page.click("#turn-on")
        page.click("#begin")
        page.wait_for_selector("#stage:not([hidden]), #result:not([hidden])")

    @property
    def result(self) -> str:
        """As the page shows it; empty before the end."""
        told: str = self.page.evaluate("document.getElementById('result').dataset.result ?? ''")
        return told

    def act(
        self, actor: Actor, seconds: float, see: Callable[[ShownPrompt], None] = lambda _prompt: None
    ) -> None:
        """Let an understudy read the prompts and do what they ask, until the end."""
        began, seen, took = time.monotonic(), "", 0.2
        while not self.result and (now := time.monotonic() - began) < seconds:
            prompt, moment = self.prompt, now + max(took, A_FRAME)
            jpeg = actor.frame(prompt, moment)
            took += 0.3 * (time.monotonic() - began - now - took)
            time.sleep(max(0.0, moment - (time.monotonic() - began)))  # shown at the moment that it shows
            self.show(jpeg)
            if prompt is not None and prompt.id != seen:
                seen = prompt.id
                see(prompt)

    def show(self, jpeg: bytes) -> None:
        """Put a picture before the simulated camera."""
        self.page.evaluate("content => simulatedCamera.show(content)", base64.b64encode(jpeg).decode())
