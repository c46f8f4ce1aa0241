"""A rehearsal: a whole session before a simulated webcam, in simulated time. Called simulated everywhere."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from limelight.charcha.observing.observer import Observer
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.protocol import Terms
from limelight.charcha.records.keeping import Sitter
from limelight.charcha.records.store import Store
from limelight.charcha.session import Services, Session
from limelight.charcha.simulated.webcam import Actor
from limelight.charcha.wire.frames import Frame
from limelight.charcha.wire.messages import Consented, Probed, Reply, Result, ShownPrompt
from limelight.errors import ConsentError
from limelight.events import Listener, StageFinished, StageProgressed, StageStarted, ignore
from limelight.star import Purpose, Star, StarKind
from limelight.understudy.casting import understudy
from limelight.vault import Vault

RATES: Mapping[PromptKind, float] = {
    PromptKind.CALIBRATE: 10.0,
    PromptKind.REST: 10.0,
    PromptKind.ACTION: 10.0,
    PromptKind.FLASH: 10.0,
    PromptKind.STILL: 8.0,
    PromptKind.PERFORM: 12.0,
}
"""Frames a second in a rehearsal: fewer than a webcam gives, to be done sooner."""
NETWORK = 0.04
"""Seconds from a picture to its arrival."""


class Webcam(Protocol):
    """Whatever gives pictures: an actor, or an attack."""

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        """A JPEG of the moment `now` (seconds from the start, rising), with a prompt on the screen."""
        ...


@dataclass(frozen=True)
class Rehearsal:
    """How it went, in simulated time.

    Attributes:
        result: What the client was told.
        state: Where the session ended.
        reasons: The log's codes.
        simulated_seconds: From the first message to the end.
        frames: How many pictures were sent.
        trail: States gone through.
    """

    result: Result | None
    state: State
    reasons: tuple[str, ...]
    simulated_seconds: float
    frames: int
    trail: tuple[State, ...] = field(default=())


def rehearse(
    webcam: Webcam,
    session: Session,
    *,
    began: float,
    consent: Consented | None = None,
    rates: Mapping[PromptKind, float] = RATES,
    tell: Listener = ignore,
) -> Rehearsal:
    """Go through a session from consent to the end.

    The picture of the next moment is rendered while the last one is judged, so the actor sees each prompt one
    picture later than it was given: about as late as a network and a screen would show it.

    Args:
        webcam: Gives the pictures.
        session: Just opened.
        began: Its simulated wall-clock seconds.
        consent: What is consented to; None: all of it, under the id ``simulated``.
        rates: Frames a second for each kind of prompt.
        tell: Gets the progress, as stage ``charcha``.
    """
    started = time.perf_counter()
    lifetime = session.affairs.terms.lifetime
    tell(StageStarted("charcha", lifetime, "simulated seconds"))
    session.handle((consent or Consented(consent_id="simulated")).model_dump_json(), began)
    probed = Probed(
        requested=((640, 480),), delivered=((640, 480),), frame_rate=30.0, label="simulated webcam"
    )
    reply = session.handle(probed.model_dump_json(), began)
    at, sequence, song_began = 0.1, 0, None
    with ThreadPoolExecutor(1) as renderer:
        seen = reply.prompt
        picture = renderer.submit(webcam.frame, seen, at)
        while not reply.over and at < lifetime + 5:
            content = picture.result()
            upcoming = at + 1 / rates[seen.kind if seen else PromptKind.REST]
            singing = seen is not None and seen.kind is PromptKind.PERFORM
            song_began = at if singing and song_began is None else song_began
            audio = round(at - song_began, 4) if singing and song_began is not None else None
            sent = Frame(sequence, round(1000 * at, 3), seen.id if seen else "", content, audio)
            seen = reply.prompt
            picture = renderer.submit(webcam.frame, seen, upcoming)
            reply = _send(session, sent, began + at + NETWORK)
            sequence, at = sequence + 1, upcoming
            tell(StageProgressed("charcha", min(at, lifetime), lifetime, reply.state.value))
        picture.result()
    session.close(began + at)
    tell(StageFinished("charcha", time.perf_counter() - started))
    return Rehearsal(reply.result, session.state, session.reasons, at, sequence, session.affairs.trail)


def _send(session: Session, frame: Frame, now: float) -> Reply:
    return session.handle(frame.to_bytes(), now)


ATTEMPTS = 3
"""Rehearsals that an understudy may fail and try again: real people are asked to retry, too."""


def audition(vault: Vault, name: str, *, tell: Listener = ignore) -> tuple[Star, Rehearsal]:
    """Rehearse until an understudy passes, at most ``ATTEMPTS`` times; the star is then in the vault.

    Raises:
        InputError: there is no understudy of that name.
        ConsentError: the vault holds a star of that name already, or no rehearsal was passed.
    """
    person = understudy(name)
    vault.refuse_double(person.name)
    rehearsals = []
    for seed in range(1, ATTEMPTS + 1):
        rehearsals.append(rehearse_understudy(vault, person.name, seed=seed, tell=tell))
        if rehearsals[-1].state is State.PASSED:
            return vault.open(person.name, Purpose.FILM).star, rehearsals[-1]
    codes = "; ".join(", ".join(rehearsal.reasons) for rehearsal in rehearsals)
    raise ConsentError(
        f"the understudy {person.name!r} did not pass CHARCHA in {ATTEMPTS} rehearsals: {codes}.",
        hint="Take another one: `limelight star understudy ada`.",
    )


def rehearse_understudy(
    vault: Vault,
    name: str,
    *,
    seed: int = 1,
    terms: Terms | None = None,
    voice: Sequence[float] | None = None,
    tell: Listener = ignore,
) -> Rehearsal:
    """Take an understudy through the whole protocol before a simulated webcam; on a pass the star is in the vault.

    Args:
        vault: Where the star will live, under the understudy's name and of the kind ``synthetic``.
        name: One of ``limelight.understudy.casting.cast()``.
        seed: Of the prompts and of the acting: same seed, same rehearsal.
        terms: What is asked for; None: all of it, with 10 s of keeping still and 20 s of singing.
        voice: Loudness of the singing, ``webcam.VOICE_RATE`` values a second; None: an imagined voice.
        tell: Gets the progress.

    Raises:
        InputError: there is no understudy of that name.
        ConsentError: the vault holds a star of that name already.
    """
    person = understudy(name)
    began = time.time()
    asking, acting = random.Random(seed), random.Random(seed)  # noqa: S311  # simulated: nobody's face is at stake
    store = Store(vault.root / "charcha.sqlite", began)
    services = Services(store, vault, terms or Terms(still_seconds=10.0, perform_seconds=20.0), asking)
    sitter = Sitter(person.name, f"{person.name.title()} (synthetic)", StarKind.SYNTHETIC)
    try:
        with Observer(on_event=tell) as observer:
            ticket = store.issue(f"understudy {person.name}", began)
            session = Session.open(
                ticket,
                f"understudy {person.name}",
                began,
                sitter=sitter,
                services=services,
                observer=observer,
            )
            actor = Actor(person, acting, voice=voice)
            consent = Consented(consent_id=f"synthetic-{person.name}-{session.id[:12]}")
            return rehearse(actor, session, began=began, consent=consent, tell=tell)
    finally:
        store.close()
