"""The server: pages, consent, tickets, and one WebSocket a session.

A client learns "pass", "fail" or "please retry" and nothing else; every other refusal looks the same.
"""

import hmac
import logging
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Cookie, FastAPI, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from limelight.charcha.protocol import Terms
from limelight.charcha.records.store import Refused, Store
from limelight.charcha.session import Services, Session
from limelight.document import Part
from limelight.errors import ConsentError, InputError
from limelight.star import StarKind
from limelight.studio.bookings import Booking, Bookings
from limelight.studio.consenting import GROUP_LABELS, ConsentForm, Entry, book
from limelight.studio.guard import HOSTS, Guard
from limelight.studio.live import Live, wall_clock
from limelight.studio.lyric_sheet import LyricSheet, media_type, own_verse
from limelight.studio.observers import Observers
from limelight.vault import Vault
from limelight.vault.consent import notice, notice_sha256

log = logging.getLogger("limelight.studio")

HERE = Path(__file__).parent
FONTS = HERE.parent / "fonts"
COOKIE = "limelight"
PROTOCOL = "limelight.charcha.1"
"""The WebSocket's subprotocol; beside it stands ``ticket.<ticket>``, so that no ticket is in an address or a log."""
MOST_SESSIONS = 10
ACCOUNT, STORE = "this-computer", "charcha.sqlite"

Visit = Annotated[str, Cookie(alias=COOKIE, max_length=64)]


class Problem(Part):
    """Why a request was not taken: a word for the page, never about the judging."""

    problem: str


@dataclass
class Studio:
    """What the routes share.

    Attributes:
        vault: Where stars go.
        services: Of the sessions.
        account: Whose failures are counted, for a visit.
        kind: What the stars are: understudies only before a simulated webcam.
        sheet: The words to sing.
        song: The recording, if there is one.
        key: Must be in the address of the first visit; empty: anybody who reaches the server may visit.
    """

    vault: Vault
    services: Services
    account: Callable[[str], str]
    kind: StarKind
    sheet: LyricSheet
    song: Path | None
    key: str
    most: int
    bookings: Bookings = field(default_factory=Bookings)

    def __post_init__(self) -> None:
        self.observers = Observers(self.most)
        self.judges = ThreadPoolExecutor(self.most, "charcha")


def studio(
    vault: Vault,
    *,
    account: Callable[[str], str] = lambda _visit: ACCOUNT,
    terms: Terms | None = None,
    services: Services | None = None,
    kind: StarKind = StarKind.PERSON,
    sheet: LyricSheet | None = None,
    song: Path | None = None,
    key: str = "",
    hosts: Collection[str] = HOSTS,
    most_sessions: int = MOST_SESSIONS,
) -> FastAPI:
    """The application.

    Args:
        vault: Where stars go.
        account: Whose failures are counted; gets the visit's id (one browser). By default all are one account.
        terms: What a session asks for.
        services: Instead of those of this vault, with the store in it.
        kind: What the stars are: ``SYNTHETIC`` for understudies before a simulated webcam.
        sheet: The words to sing along; None: words of our own.
        song: The recording to sing along to.
        key: A secret that the first address must hold; empty: none.
        hosts: Names under which the server may be called.
        most_sessions: Side by side; more are asked to come back.
    """
    services = services or Services(Store(vault.root / STORE, wall_clock()), vault, terms or Terms())
    house = Studio(vault, services, account, kind, sheet or own_verse(), song, key, most_sessions)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        house.judges.shutdown(wait=True)
        house.observers.close()

    app = FastAPI(
        title="Limelight studio",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.studio = house
    _pages(app, house)
    _entrance(app, house)
    _live(app, house)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _refused)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.mount("/fonts", StaticFiles(directory=FONTS), name="fonts")
    app.add_middleware(Guard, hosts=hosts)
    return app


def _pages(app: FastAPI, house: Studio) -> None:
    templates = Jinja2Templates(directory=HERE / "templates")

    @app.get("/", include_in_schema=False)
    def page(request: Request, visit: Visit = "", key: str = "") -> Response:
        known = house.bookings.knows(visit)
        if house.key and hmac.compare_digest(key.encode(), house.key.encode()):
            return _greeted(RedirectResponse("/", 303), house)
        if house.key and not known:
            return templates.TemplateResponse(request, "closed.html", status_code=403)
        page = templates.TemplateResponse(request, "verify.html", _notice(house))
        return page if known else _greeted(page, house)

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return FileResponse(HERE / "static" / "icon.svg", media_type="image/svg+xml")

    @app.get("/api/sheet")
    def sheet() -> LyricSheet:
        """The words to sing."""
        return house.sheet

    @app.get("/api/song", response_class=FileResponse, responses={404: {"model": Problem}})
    def recording(visit: Visit = "") -> Response:
        """The recording to sing along to; only for a visit that consented."""
        if house.song is None or house.bookings.booking(visit) is None:
            raise HTTPException(404)
        return FileResponse(house.song, media_type=media_type(house.song))


def _notice(house: Studio) -> dict[str, object]:
    """The vault's notice, a heading and a text a paragraph, word for word as it is hashed."""
    head, *paragraphs = notice().strip().split("\n\n")
    split = [" ".join(paragraph.split()).split(". ", 1) for paragraph in paragraphs]
    return {
        "notice_title": head.splitlines()[0],
        "notice_version": " ".join(head.splitlines()[1:]),
        "notice": split,
        "notice_sha256": notice_sha256(),
        "cannot": GROUP_LABELS,
        "simulated": house.kind is StarKind.SYNTHETIC,
        "sings": house.services.terms.perform_seconds > 0,
    }


def _greeted(response: Response, house: Studio) -> Response:
    """With the cookie of a new visit."""
    response.set_cookie(COOKIE, house.bookings.visit(), httponly=True, samesite="strict", path="/")
    return response


def _entrance(app: FastAPI, house: Studio) -> None:
    refusals = {code: {"model": Problem} for code in (400, 401, 403, 409, 413, 422, 429)}

    @app.post("/api/consent", status_code=201, responses=refusals)  # type: ignore[arg-type]
    def consent(form: ConsentForm, visit: Visit = "") -> Entry:
        """Consent to the notice; gives a ticket for one session."""
        if not house.bookings.knows(visit):
            raise HTTPException(401)
        if not hmac.compare_digest(form.notice, notice_sha256()):
            raise HTTPException(409, "notice")
        try:
            form.check()
        except InputError as refusal:
            raise HTTPException(422, "cannot") from refusal
        account = house.account(visit)
        _refuse_locked(house, account)
        try:
            booking = book(form, house.vault, account, house.kind, house.bookings.star_ids())
        except ConsentError as refusal:
            log.warning("the vault refused a consent: %s", refusal)
            raise HTTPException(409, "later") from refusal
        house.bookings.book(visit, booking)
        return _entry(house, booking, visit)

    @app.post("/api/again", status_code=201, responses=refusals)  # type: ignore[arg-type]
    def again(visit: Visit = "") -> Entry:
        """Another ticket under the same consent, after a session that was not passed."""
        booking = house.bookings.booking(visit)
        if booking is None or house.vault.holds(booking.sitter.star_id):
            raise HTTPException(401)
        return _entry(house, booking, visit)


def _refuse_locked(house: Studio, account: str) -> None:
    if wall_clock() < house.services.store.locked_until(account):
        raise HTTPException(429, "later")


def _entry(house: Studio, booking: Booking, visit: str) -> Entry:
    try:
        ticket = house.services.store.issue(booking.account, wall_clock())
    except Refused as refusal:
        raise HTTPException(429, "later") from refusal
    house.bookings.hand_out(ticket, visit)
    return Entry(ticket=ticket, star=booking.sitter.star_id, perform=booking.consented.perform)


def _live(app: FastAPI, house: Studio) -> None:
    @app.websocket("/session")
    async def session(socket: WebSocket) -> None:
        """One session. Refused before it is accepted, always in the same way."""
        ticket = _ticket(socket.scope.get("subprotocols", []))
        booking = house.bookings.redeem(ticket, socket.cookies.get(COOKIE, ""))
        if booking is None:
            await socket.close()
            return
        try:
            observer = await run_in_threadpool(house.observers.take)
        except Exception:
            log.exception("the face models cannot be loaded")
            observer = None
        if observer is None:
            await socket.close()
            return
        try:
            opened = await run_in_threadpool(
                Session.open, ticket, booking.account, wall_clock(),
                sitter=booking.sitter, services=house.services, observer=observer,
            )  # fmt: skip
            await Live(socket, opened, house.judges).run(booking.consented, PROTOCOL)
        except (Refused, ConsentError) as refusal:
            log.info("no session: %s", refusal)
            await socket.close()
        finally:
            house.observers.give_back(observer)


def _ticket(subprotocols: Collection[str]) -> str:
    offered = [name.removeprefix("ticket.") for name in subprotocols if name.startswith("ticket.")]
    return offered[0] if len(offered) == 1 and PROTOCOL in subprotocols else ""


async def _unreadable(_request: Request, _problem: Exception) -> Response:
    """Which field is wrong is for the page to know beforehand; nothing of the input is repeated."""
    return JSONResponse({"problem": "form"}, 422)


async def _refused(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  # registered for these alone
    words = {401: "visit", 404: "nothing", 405: "method"}
    told = (
        problem.detail
        if problem.status_code in {409, 422, 429}
        else words.get(problem.status_code, "request")
    )
    return JSONResponse({"problem": told}, problem.status_code, headers=problem.headers)
