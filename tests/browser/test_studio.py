"""The real page and server in a headless Chromium. The people before the camera are simulated."""

import random
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from browser.visiting import House, Visitor
from limelight.charcha.prompts import PromptKind
from limelight.charcha.simulated.webcam import Actor, Manner, peak
from limelight.star import Purpose
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression

pytestmark = pytest.mark.browser
HERE = Path(__file__).parent
UNHURRIED = Manner(reaction=(0.6, 0.1), rise=(1.1, 0.1), steadiness=0.25)
"""Server, browser and renderer share the processors: few pictures a second, in which slow moves are seen best."""


def test_an_understudy_who_does_what_is_asked_becomes_a_star(
    house: House, chromium: Callable[..., object]
) -> None:
    actor = Actor(understudy("ada"), random.Random(8), manner=UNHURRIED)
    actor.frame(None, 0.0)  # the renderer's kernels are compiled before anybody waits
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 480, "height": 720}, reduced_motion="reduce")
        page.add_init_script((HERE / "simulated_camera.js").read_text())
        visitor = Visitor(page)
        page.goto(house.address)
        assert page.evaluate("simulatedCamera.asked") == 0
        visitor.consent()
        assert page.evaluate("simulatedCamera.asked") == 0  # consent alone does not open the camera
        visitor.show(actor.frame(None, 0.0))
        visitor.begin()
        assert page.evaluate("simulatedCamera.asked") == 1
        visitor.act(actor, seconds=175)
        assert visitor.result == "pass", house.endings
        assert "--star ada" in page.text_content("#command-text")
        assert not visitor.problems
        assert all(address.startswith(house.address) for address in visitor.asked)
    likeness = house.studio.vault.open("ada", Purpose.FILM)
    assert len(likeness.portraits) >= 8
    assert likeness.footage.frame(0).shape == (720, 1280, 3)


def clip(folder: Path, pictures: list[np.ndarray]) -> str:
    """A file for Chromium's fake device, which shows it over and over."""
    film = folder / "film.mjpeg"
    film.write_bytes(b"".join(cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures))
    return f"--use-file-for-fake-video-capture={film}"


def looped_clip() -> list[np.ndarray]:
    """Two seconds of an understudy who turns to both sides."""
    actor = Actor(understudy("ada"), random.Random(3))
    turn = peak("turn_left", 30.0)
    yaws = turn.yaw * np.sin(np.linspace(0, 2 * np.pi, 40))
    return [actor.picture(Expression(yaw=float(yaw)))[..., ::-1] for yaw in yaws]


def photo() -> list[np.ndarray]:
    actor = Actor(understudy("ada"), random.Random(3))
    return [actor.picture(Expression())[..., ::-1]]


def black() -> list[np.ndarray]:
    return [np.zeros((480, 640, 3), np.uint8)]


@pytest.mark.parametrize("pictures", [looped_clip, photo, black])
def test_a_fake_device_fails(
    house: House, chromium: Callable[..., object], tmp_path: Path, pictures: Callable[[], list[np.ndarray]]
) -> None:
    with chromium(clip(tmp_path, pictures())) as browser:
        page = browser.new_page()
        visitor = Visitor(page)
        page.goto(house.address)
        visitor.consent(sing=False)
        visitor.begin()
        page.wait_for_selector("#result:not([hidden])", timeout=60_000)
        assert visitor.result == "fail", house.endings
        shown = page.inner_text("main")
    assert {prompt["kind"] for answer in visitor.answers if (prompt := answer["prompt"])} <= {*PromptKind}
    assert [state for state, _ in house.endings] == ["failed"]
    for reason in house.endings[0][1].split(","):
        assert reason not in shown
        assert all(reason not in str(answer) for answer in visitor.answers)
    assert not house.studio.vault.stars()


def test_the_form_is_filled_by_keyboard_alone_and_wrong_fields_get_the_focus(
    house: House, chromium: Callable[..., object]
) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640})
        visitor = Visitor(page)
        page.goto(house.address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (
            "nothing is cut off on a small phone"
        )
        page.focus("#agree")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "name"
        assert page.get_attribute("#name", "aria-invalid") == "true"
        page.keyboard.type("Ada")
        for key in ("Tab", "Space"):
            page.keyboard.press(key)
        assert page.is_checked("[value='personalise my films']")
        page.focus("#adult")
        for key in ("Space", "Tab", "Enter"):
            page.keyboard.press(key)
        page.wait_for_selector("#camera:not([hidden])")
        assert page.evaluate("document.activeElement.textContent") == "Take your place."
        assert not visitor.problems


def test_a_server_that_has_gone_is_told_with_what_to_do(
    house: House, chromium: Callable[..., object]
) -> None:
    with chromium() as browser:
        page = browser.new_page()
        visitor = Visitor(page)
        page.goto(house.address)
        page.route("**/api/consent", lambda route: route.abort())
        page.fill("#name", "Ada")
        page.check("[value='personalise my films']")
        page.check("#adult")
        page.click("#agree")
        page.wait_for_selector("#form-problem:not([hidden])")
        assert "limelight verify" in page.inner_text("#form-problem")
        page.unroute("**/api/consent")
        page.click("#agree")
        page.wait_for_selector("#camera:not([hidden])")
        page.route("**/api/again", lambda route: route.abort())
        page.clock.install()
        page.clock.fast_forward(200_000)  # the first ticket is old by now
        visitor.page.click("#turn-on")
        page.wait_for_selector("#begin:not([hidden])")
        page.click("#begin")
        page.wait_for_selector("#camera-problem:not([hidden])")
        assert "limelight verify" in page.inner_text("#camera-problem")
