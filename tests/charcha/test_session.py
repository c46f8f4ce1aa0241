"""Whole sessions before a simulated webcam: understudies who do as asked, and some who do not."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from limelight.charcha import protocol
from limelight.charcha.observing.observer import Observer, decode
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.protocol import Terms
from limelight.charcha.reasons import Reason
from limelight.charcha.records.keeping import Sitter
from limelight.charcha.records.store import Store
from limelight.charcha.session import Services, Session
from limelight.charcha.signals.continuity import Continuity
from limelight.charcha.simulated.rehearsal import Rehearsal, Webcam, rehearse
from limelight.charcha.simulated.webcam import Actor, Manner
from limelight.charcha.wire.frames import Frame
from limelight.charcha.wire.messages import Consented, Probed, Result, ShownPrompt
from limelight.faces.picture import Picture  # noqa: TC001
from limelight.star import Purpose, StarKind
from limelight.understudy.casting import understudy
from limelight.vault import Manifest, Vault
from limelight.vault.consent import Agreement

NOW = 1_700_000_000.0
BRIEF = Terms(challenges=4, colours=4, still_seconds=1.0, perform_seconds=2.0, retries=1)
RATES = dict.fromkeys(PromptKind, 8.0)
SITTER = {"star_id": "ada", "name": "Ada (synthetic)", "kind": StarKind.SYNTHETIC}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def observer() -> Iterator[Observer]:
    with Observer() as observer:
        yield observer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "charcha.sqlite", NOW)
    yield store
    store.close()


class Stand:
    """Opens sessions one after the other."""

    def __init__(self, store: Store, observer: Observer, vault: Vault | None = None) -> None:
        self.store, self.observer, self.vault, self.now = store, observer, vault, NOW

    def session(self, seed: int = 1, terms: Terms = BRIEF) -> Session:
        self.now += 1000.0
        services = Services(
            self.store, self.vault, terms, random.Random(seed), signals=lambda: (Continuity(),)
        )
        ticket = self.store.issue("ann", self.now)
        return Session.open(
            ticket, "ann", self.now, sitter=Sitter(**SITTER), services=services, observer=self.observer
        )

    def film(self, webcam: Webcam, seed: int = 1, terms: Terms = BRIEF) -> tuple[Rehearsal, Session]:
        session = self.session(seed, terms)
        return rehearse(webcam, session, began=self.now, rates=RATES), session


@pytest.fixture
def stand(store: Store, observer: Observer) -> Stand:
    return Stand(store, observer)


def actor(name: str = "ada", seed: int = 1, **how: object) -> Actor:
    return Actor(understudy(name), random.Random(seed), samples=0.5, **how)  # type: ignore[arg-type]


class Attack:
    """A webcam that shows something else than a person who does as asked."""

    def __init__(self, name: str = "ada") -> None:
        self.actor = actor(name)
        self.picture: Picture | None = None

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        return self.actor.frame(self.read(prompt), now)

    def read(self, prompt: ShownPrompt | None) -> ShownPrompt | None:
        return prompt


class Photo(Attack):
    """A still picture, with the noise of a sensor."""

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        del prompt
        if self.picture is None:
            self.picture = decode(self.actor.frame(None, 0.1))
        assert self.picture is not None
        noise = np.random.default_rng(int(now * 1000)).normal(0, 1.5, self.picture.shape)
        return self.actor.jpeg(np.clip(self.picture + noise, 0, 255).astype(np.uint8))


class Contrary(Attack):
    """Does something else than asked, every time."""

    def read(self, prompt: ShownPrompt | None) -> ShownPrompt | None:
        if prompt is None or prompt.kind is not PromptKind.ACTION:
            return prompt
        other = "open_mouth" if not prompt.action.endswith("mouth") else "tilt_left"
        return prompt.model_copy(update={"action": other, "target": 0.0})


class Clip(Attack):
    """An earlier session's recording: somebody acts, but upon other prompts."""

    def __init__(self) -> None:
        super().__init__()
        rng = random.Random(99)
        self.asked = [protocol.Plan().draw([], [], rng) for _ in range(40)]

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        del prompt
        turn = int(max(0.0, now - 3.0) / 3.0)
        asked = self.asked[turn % len(self.asked)]
        own = ShownPrompt(
            id=f"{turn:016x}",
            kind=PromptKind.ACTION,
            action=asked.action,
            target=asked.target,
            hold=asked.hold,
        )
        return self.actor.frame(own if now > 3 else None, now)


class Swap(Attack):
    """Another person sits down after the first challenge began."""

    def __init__(self) -> None:
        super().__init__("bruno")
        self.other = actor("mei")

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        return (self.other if now > 6 else self.actor).frame(prompt, now)


class Company(Attack):
    """Somebody looks over the shoulder."""

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        picture = decode(super().frame(prompt, now))
        assert picture is not None
        if now > 4 and picture.shape[0] == 480:
            if self.picture is None:
                self.picture = decode(actor("dan").frame(None, 0.1))
            assert self.picture is not None
            picture = picture.copy()
            picture[:240, 440:640] = cv2.resize(self.picture, (320, 240))[:, 60:260]
        return self.actor.jpeg(picture)


class Nobody(Attack):
    """A covered camera."""

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        del prompt
        noise = np.random.default_rng(int(now * 1000)).integers(0, 6, (480, 640, 3), np.uint8)
        return self.actor.jpeg(noise)


def test_an_honest_understudy_passes_and_becomes_a_star(
    store: Store, observer: Observer, tmp_path: Path
) -> None:
    vault = Vault(tmp_path / "vault")
    went, session = Stand(store, observer, vault).film(actor())
    assert (went.state, went.result) == (State.PASSED, Result.PASS), went.reasons
    assert went.trail[-2:] == (State.SCORING, State.PASSED)
    record = store.record(session.id)
    assert record is not None
    assert record.state is State.PASSED
    manifest = Manifest.parse(record.manifest)
    assert (manifest.chain, manifest.session) == (session.chain, session.id)
    likeness = vault.open("ada", Purpose.FILM)
    assert 5 <= len(likeness.portraits) <= 25
    assert likeness.footage.frame(0).shape == (720, 1280, 3)
    assert len(likeness.footage) + len(likeness.portraits) == len(manifest.frames)
    assert list(likeness.footage.times) == sorted(likeness.footage.times)


@pytest.mark.parametrize(
    ("attack", "reasons"),
    [
        (Photo, {"continuity:freeze", Reason.TOO_MANY_RETRIES}),
        (Contrary, {Reason.TOO_MANY_RETRIES}),
        (Clip, {Reason.TOO_MANY_RETRIES}),
        (Swap, {"continuity:swap", "continuity:cut"}),
        (Company, {"continuity:second-face"}),
    ],
)
def test_who_is_not_live_alone_and_obedient_fails(
    stand: Stand, attack: type[Attack], reasons: set[str]
) -> None:
    went, session = stand.film(attack())
    assert (went.state, went.result) == (State.FAILED, Result.FAIL)
    assert went.reasons[-1] in reasons, went.reasons
    record = stand.store.record(session.id)
    assert record is not None
    assert record.state is State.FAILED


def test_who_reacts_too_late_fails(stand: Stand) -> None:
    went, _ = stand.film(actor(manner=Manner(reaction=(6.5, 0.1))))
    assert went.state is State.FAILED
    assert Reason.LATE in went.reasons


def test_a_covered_camera_expires(stand: Stand) -> None:
    went, _ = stand.film(Nobody(), terms=Terms(lifetime=6.0))
    assert (went.state, went.result) == (State.EXPIRED, Result.RETRY)


def opened(session: Session, now: float, **choices: object) -> str:
    """Consent and probe; gives the id of the first prompt."""
    session.handle(Consented(consent_id="c", **choices).model_dump_json(), now)  # type: ignore[arg-type]
    reply = session.handle(Probed().model_dump_json(), now)
    assert reply.prompt is not None
    return reply.prompt.id


def test_the_client_learns_no_reason(stand: Stand) -> None:
    session = stand.session()
    prompt = opened(session, stand.now)
    jpeg = actor().frame(None, 0.1)
    reply = session.handle(Frame(5, 0.0, prompt, jpeg).to_bytes(), stand.now + 1)
    assert session.reasons == (Reason.SEQUENCE_GAP,)
    told = json.loads(reply.model_dump_json())
    assert told["result"] == "fail"
    assert told["state"] == "scoring"
    assert not any(reason in json.dumps(told) for reason in Reason if "-" in reason)
    assert "gap" not in json.dumps(told)


def test_broken_messages_are_forgiven_a_few_times(stand: Stand) -> None:
    session = stand.session()
    opened(session, stand.now)
    for n in range(5):
        session.handle(b"x" * n, stand.now)
        assert not session.state.over
    assert session.handle("{", stand.now).result is Result.FAIL


def test_messages_out_of_place_change_nothing(stand: Stand) -> None:
    session = stand.session()
    session.handle(Probed().model_dump_json(), stand.now)
    session.handle('{"type": "skip_performance"}', stand.now)
    assert session.state is State.CREATED


def test_a_prompt_must_be_answered(stand: Stand) -> None:
    session = stand.session()
    opened(session, stand.now)
    webcam = actor()
    for n in range(40):
        at = 0.1 * n
        if session.handle(Frame(n, 1000 * at, "", webcam.frame(None, at)).to_bytes(), stand.now + at).over:
            break
    assert session.reasons[-1] == Reason.PROMPT_UNANSWERED


def test_a_lost_connection_is_the_end(stand: Stand) -> None:
    session = stand.session()
    opened(session, stand.now)
    session.close(stand.now + 1)
    assert session.state is State.FAILED
    assert session.handle(Probed().model_dump_json(), stand.now + 2).result is Result.FAIL


def test_a_person_needs_a_consent_on_record(store: Store, observer: Observer, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "vault")
    receipt = vault.consent(Agreement("Ann", adult=True))
    for consent_id, state in (("nobody-gave-this", State.FAILED), (receipt.consent_id, State.CONSENTED)):
        ticket = store.issue("ann", NOW)
        session = Session.open(
            ticket,
            "ann",
            NOW,
            sitter=Sitter("ann", "Ann"),
            services=Services(store, vault),
            observer=observer,
        )
        session.handle(Consented(consent_id=consent_id).model_dump_json(), NOW)
        assert session.state is state
