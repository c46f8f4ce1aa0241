"""The WebSocket: tickets, nonsense, and sessions side by side, against a real server."""

import json
import os
import random
import socket as socket_module
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from limelight.charcha.prompts import State
from limelight.charcha.reasons import Reason
from limelight.charcha.wire.frames import MAX_JPEG, Frame
from limelight.studio.app import PROTOCOL
from studio.conftest import FORM, TERMS, Address

pytestmark = [
    pytest.mark.slow,
    # a socket of the clients here is now and then collected before it is closed; the server's are not
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MESSAGES = int(os.environ.get("LIMELIGHT_FUZZ", "1000"))
"""Malformed messages; 10,000 take a few minutes."""
PROBED = json.dumps({"type": "probed"})
PATIENCE = 20.0
KEYS = {
    "state", "prompt", "progress", "done", "total", "hints", "again", "seconds_left", "result", "acknowledged",
}  # fmt: skip


def entry(visitor: httpx.Client, **changes: object) -> str:
    answer = visitor.post("/api/consent", json=FORM | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket"])


@contextmanager
def session(
    address: Address, visitor: httpx.Client | None, ticket: str, origin: str | None = None
) -> Iterator[ClientConnection]:
    cookie = {"cookie": f"limelight={visitor.cookies['limelight']}"} if visitor else {}
    host, port = address.host.split(":")
    with (
        socket_module.create_connection((host, int(port))) as line,
        connect(
            f"ws://{address.host}/session",
            sock=line,
            subprotocols=[PROTOCOL, f"ticket.{ticket}"],
            origin=origin or address.origin,
            additional_headers=cookie,
            proxy=None,
            max_size=2**20,
        ) as socket,
    ):
        yield socket


def refused(address: Address, visitor: httpx.Client | None, ticket: str, origin: str | None = None) -> bytes:
    with pytest.raises(InvalidStatus) as refusal, session(address, visitor, ticket, origin):
        pass
    response = refusal.value.response
    assert response.status_code == 403
    return bytes(response.body or b"")


def test_a_ticket_works_once_for_its_own_visit_and_origin(address: Address) -> None:
    visitor, other = address.visitor(), address.visitor()
    ticket = entry(visitor)
    told = {
        refused(address, None, ticket),
        refused(address, other, ticket),
        refused(address, visitor, "0" * 32),
        refused(address, visitor, ""),
    }
    refused(address, visitor, ticket, "http://evil.example")
    with session(address, visitor, ticket) as socket:
        assert socket.subprotocol == PROTOCOL
        assert json.loads(socket.recv(PATIENCE))["state"] == "consented"
        told.add(refused(address, visitor, ticket))
    assert len(told) == 1  # every refusal looks the same


def test_a_new_consent_voids_the_older_ticket(address: Address) -> None:
    visitor = address.visitor()
    old = entry(visitor)
    entry(visitor)
    refused(address, visitor, old)


def test_leaving_is_the_end(address: Address) -> None:
    visitor = address.visitor()
    with session(address, visitor, entry(visitor)) as socket:
        socket.recv(PATIENCE)
        socket.send(json.dumps({"type": "left"}))
        assert json.loads(socket.recv(PATIENCE))["result"] == "fail"
        with pytest.raises(ConnectionClosed):
            socket.recv(PATIENCE)
        assert socket.close_code == 1000


def test_the_client_has_no_say_in_the_consent_any_more(address: Address) -> None:
    visitor = address.visitor()
    with session(address, visitor, entry(visitor, no_flashing=True)) as socket:
        socket.recv(PATIENCE)
        socket.send(json.dumps({"type": "consented", "consent_id": "forged", "no_flashing": False}))
        assert json.loads(socket.recv(PATIENCE))["total"] == TERMS.challenges + TERMS.extra_occlusions


def test_time_runs_out_by_itself(address: Address) -> None:
    visitor = address.visitor()
    with session(address, visitor, entry(visitor)) as socket:
        first = json.loads(socket.recv(PATIENCE))["seconds_left"]
        assert json.loads(socket.recv(PATIENCE))["seconds_left"] < first  # nothing was sent


def picture(rng: random.Random, side: tuple[int, int] = (640, 480)) -> bytes:
    noise = np.random.default_rng(rng.randrange(2**32)).integers(
        0, 255, (side[1] // 40, side[0] // 40, 3), np.uint8
    )
    return cv2.imencode(".jpg", cv2.resize(noise, side))[1].tobytes()


def malformed(rng: random.Random, good: bytes) -> bytes | str:
    """Something that no honest client sends."""
    header = {"sequence": 0, "time": 5.0, "prompt": "", "audio": None}
    strange = [-1, 2**40, "0", 1.5, True, [], {}, "x" * 200, "\0", 1e400, None]
    bomb = good.replace(struct.pack(">HH", 480, 640), struct.pack(">HH", 65_535, 65_535), 1)

    def framed(fields: object, body: bytes = good) -> bytes:
        text = json.dumps(fields).encode()
        return struct.pack(">H", len(text) & 0xFFFF) + text + body

    kinds = [
        lambda: rng.randbytes(rng.randrange(200)),
        lambda: Frame(0, 1.0, "", good).to_bytes()[: rng.randrange(len(good))],
        lambda: framed(header | {rng.choice(list(header)): rng.choice(strange)}),
        lambda: framed(header | {"more": 1}),
        lambda: framed(rng.choice(strange)),
        lambda: framed(header, rng.randbytes(300)),
        lambda: framed(header, bomb),
        lambda: framed(header, good[: len(good) // 2]),
        lambda: framed(header | {"prompt": f"{rng.getrandbits(64):016x}"}),
        lambda: framed(header | {"sequence": rng.randrange(1, 99)}),
        lambda: struct.pack(">H", rng.randrange(65_536)) + good,
        lambda: framed(header, b"\x89PNG\r\n\x1a\n" + rng.randbytes(90)),
        lambda: framed(header, b"\0" * (MAX_JPEG + 800)),
        lambda: json.dumps({"type": rng.choice(["probed", "consented", "left?", "", "passed", "tick"])}),
        lambda: json.dumps({"type": "probed", "requested": [[rng.choice(strange), 1]]}),
        lambda: json.dumps(rng.choice(strange)),
        lambda: "[" * rng.randrange(1, 9000),
        lambda: "{" + "x" * rng.randrange(40_000),
        lambda: "".join(chr(rng.randrange(1, 0xD7FF)) for _ in range(rng.randrange(40))),
        lambda: b"",
        lambda: "",
    ]
    return rng.choice(kinds)()


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for item in value.values() for text in strings(item))
    elif isinstance(value, list):
        yield from (text for item in value for text in strings(item))


def test_nonsense_breaks_nothing_and_tells_nothing(address: Address) -> None:
    rng = random.Random(11)
    good = picture(rng)
    reasons = {str(reason) for reason in Reason} - {""}
    store = address.app.state.studio.services.store
    sent, visitor, ticket, uses = 0, address.visitor(), "", 0
    while sent < MESSAGES:
        if uses % 4 == 0:  # five failures would lock the account out
            visitor = address.visitor()
            ticket = entry(visitor)
        else:
            ticket = visitor.post("/api/again").json()["ticket"]
        uses += 1
        with session(address, visitor, ticket) as socket:
            socket.recv(PATIENCE)
            if rng.random() < 0.7:
                socket.send(PROBED)
                socket.recv(PATIENCE)
            result = None
            try:
                while result is None:
                    socket.send(malformed(rng, good))
                    sent += 1
                    answer = json.loads(socket.recv(PATIENCE))
                    result = answer["result"]
                    assert answer.keys() == KEYS
                    assert result in {None, "fail"}
                    assert not reasons & set(strings(answer))
            except ConnectionClosed:
                pass
            # over, longer than any message may be, or the same while that was still being sent
            assert socket.close_code in {None, 1000, 1006, 1009}
            assert not socket.close_reason or socket.close_code == 1009
    ended = store._database.execute("select count(*) from session where ended is null").fetchone()[0]
    assert ended <= 1  # the last one may still be closing
    assert visitor.get("/").status_code == 200


def test_ten_sessions_side_by_side_do_not_mix(address: Address) -> None:
    def visit(number: int) -> tuple[str, str, set[int]]:
        visitor = address.visitor()
        ticket = entry(visitor, name=f"Person {number}", no_flashing=number % 2 == 1)
        rng, prompts, totals = random.Random(number), set(), set()
        with session(address, visitor, ticket) as socket:
            socket.recv(PATIENCE)
            socket.send(PROBED)
            answer = json.loads(socket.recv(PATIENCE))
            for sequence in range(3):
                prompts.add(answer["prompt"]["id"])
                totals.add(answer["total"])
                socket.send(
                    Frame(sequence, 100.0 * sequence, answer["prompt"]["id"], picture(rng)).to_bytes()
                )
                answer = json.loads(socket.recv(PATIENCE))
                assert answer["result"] is None
                assert answer["acknowledged"] == sequence + 2
        assert len(prompts) == 1
        return prompts.pop(), visitor.cookies["limelight"], totals

    with ThreadPoolExecutor(10) as people:
        visits = list(people.map(visit, range(10)))
    assert len({prompt for prompt, _, _ in visits}) == 10
    for number, (_, _, totals) in enumerate(visits):
        assert totals == {TERMS.challenges + (TERMS.extra_occlusions if number % 2 else 0)}
    database = address.app.state.studio.services.store._database
    until = time.monotonic() + PATIENCE
    while database.execute("select count(*) from session where ended is null").fetchone()[0]:
        assert time.monotonic() < until, "sessions whose clients have gone are not closed"
        time.sleep(0.05)
    rows = database.execute("select account, state, chain from session").fetchall()
    assert {account for account, _, _ in rows} == {cookie for _, cookie, _ in visits}
    assert len({chain for _, _, chain in rows}) == 10
    assert {state for _, state, _ in rows} == {State.FAILED}
