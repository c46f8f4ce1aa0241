import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import limelight.studio
from limelight.charcha.challenges.actions import ACTIONS
from limelight.charcha.prompts import State
from limelight.charcha.wire.messages import Hint, Result
from limelight.studio import studio
from limelight.studio.bookings import star_id
from limelight.studio.consenting import GROUP_LABELS, GROUPS
from limelight.vault import Vault
from limelight.vault.consent import notice
from studio.conftest import FORM

STATIC = Path(limelight.studio.__file__).parent / "static"
ORIGIN = {"origin": "http://testserver"}


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    client = TestClient(app, headers=ORIGIN)
    client.get("/")
    return client


def test_the_page_shows_the_whole_notice_and_nothing_inline(client: TestClient) -> None:
    page = client.get("/").text
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("&#34;", '"').replace("&#39;", "'")
    for sentence in re.split(r"(?<=\.)\s+", notice().split("\n\n", 1)[1]):
        assert re.sub(r"\s+", " ", sentence).strip(" .") in shown
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=|https?://", page)


def test_every_answer_is_armed(client: TestClient) -> None:
    for path in ("/", "/static/main.js", "/api/sheet", "/nothing", "/fonts/montserrat-latin-800.ttf"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["permissions-policy"].startswith("camera=(self)")
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "testserver@evil.example", ""])
def test_a_foreign_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://testserver:81", "http://[bad", "file://testserver"]
)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    assert client.post("/api/consent", json=FORM, headers={"origin": origin}).status_code == 403


def test_what_changes_something_must_tell_its_origin(app: FastAPI) -> None:
    client = TestClient(app)
    client.get("/")
    assert client.post("/api/consent", json=FORM).status_code == 403


def test_bodies_are_small_told_or_not(client: TestClient) -> None:
    assert client.post("/api/consent", content=b"x" * 20_000).status_code == 413
    pieces = (b"x" * 1000 for _ in range(40))
    assert client.post("/api/consent", content=pieces).status_code == 413


def test_consent_enters_the_vault_and_gives_a_ticket(client: TestClient, vault: Vault) -> None:
    entry = client.post("/api/consent", json=FORM | {"purposes": ["sing-along footage"]})
    assert entry.status_code == 201
    assert entry.json()["star"] == "ada"
    assert entry.json()["perform"] is True
    assert re.fullmatch(r"[0-9a-f]{32}", entry.json()["ticket"])
    assert len(vault.register.unused()) == 1


def test_two_of_one_name_become_two_stars(app: FastAPI) -> None:
    ids = []
    for _ in range(2):
        client = TestClient(app, headers=ORIGIN)
        client.get("/")
        ids.append(client.post("/api/consent", json=FORM).json()["star"])
    assert ids == ["ada", "ada-2"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"adult": False}, 422), ({"purposes": []}, 422), ({"purposes": ["sell it"]}, 422), ({"name": " "}, 422),
        ({"name": "A\nB"}, 422), ({"notice": "0" * 64}, 409), ({"extra": 1}, 422), ({"cannot": [*GROUPS]}, 422),
        ({"consent_id": "mine"}, 422),
    ],
)  # fmt: skip
def test_a_form_that_is_not_right_gives_no_ticket(
    client: TestClient, vault: Vault, changes: dict[str, object], status: int
) -> None:
    answer = client.post("/api/consent", json=FORM | changes)
    assert answer.status_code == status
    assert set(answer.json()) == {"problem"}
    assert not vault.register.unused()


def test_a_browser_that_never_opened_the_page_gets_nothing(app: FastAPI) -> None:
    client = TestClient(app, headers=ORIGIN)
    assert client.post("/api/consent", json=FORM).status_code == 401
    assert client.post("/api/again").status_code == 401
    assert client.get("/api/song").status_code == 404


def test_with_a_key_the_door_opens_once_it_is_told(vault: Vault) -> None:
    app = studio(vault, key="sesame", hosts={"testserver"})
    client = TestClient(app, headers=ORIGIN)
    assert client.get("/").status_code == 403
    assert client.get("/?key=guess").status_code == 403
    assert client.post("/api/consent", json=FORM).status_code == 401
    opened = client.get("/?key=sesame")
    assert opened.status_code == 200
    assert "key" not in str(opened.url)
    assert TestClient(app).get("/").status_code == 403
    app.state.studio.services.store.close()


def test_five_failures_lock_an_account(client: TestClient, app: FastAPI) -> None:
    assert client.post("/api/consent", json=FORM).status_code == 201
    store = app.state.studio.services.store
    account = next(iter(app.state.studio.bookings._visits.values())).account
    for at in range(5):
        session = store.redeem(store.issue(account, 1e10 + at), account, 1e10 + at)
        store.finish(session, State.FAILED, 1e10 + at, reasons=("cut",), chain="", manifest="", seen=())
    answer = client.post("/api/again")
    assert (answer.status_code, answer.json()) == (429, {"problem": "later"})


def test_every_action_is_drawn_and_every_hint_and_result_is_worded() -> None:
    figure, texts = (STATIC / "figure.js").read_text(), (STATIC / "texts.js").read_text()
    assert all(f"{action}: {{" in figure for action in ACTIONS)
    assert all(f"{hint}:" in texts for hint in Hint)
    assert all(f"{result}: {{" in texts for result in Result)


def test_what_a_person_cannot_do_names_real_actions() -> None:
    assert GROUPS.keys() == GROUP_LABELS.keys()
    assert {action for group in GROUPS.values() for action in group} <= ACTIONS.keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Zoë van Dijk", "zoe-van-dijk"), ("李雷", "star"), ("--", "star"), ("a" * 90, "a" * 48)],
)
def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert star_id(name) == expected
