"""Play sessions and count: what the full protocol says, what actions alone would have said, which gate fired."""

import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from atlas import Shelf
from simulated import KnownFrames, go_through
from species import Staging

from limelight.charcha import session as session_module
from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.prompts import State
from limelight.charcha.records.keeping import Sitter
from limelight.charcha.records.store import Store
from limelight.charcha.session import Services, Session
from limelight.charcha.signals import moire, spoof
from limelight.charcha.signals.panel import panel
from limelight.charcha.signals.signal import Finding, Gate, Outcome, Signal
from limelight.charcha.signals.verdict import decide


class Patient:
    """A signal that never ends a session on the spot: the ablation needs to see how it would have gone on."""

    immediate = False

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self.name, self.hard = signal.name, signal.hard

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        self._signal.observe(observation, moment)

    def finding(self) -> Finding:
        """What the signal finds."""
        return self._signal.finding()


@dataclass(frozen=True)
class Played:
    """One session."""

    outcome: Outcome
    actions: bool | None
    """Whether all challenges were met and the session came to its scoring; None where it was not played so far."""
    fired: tuple[str, ...]
    score: float
    seconds: float
    frames: int
    wall: float
    findings: dict[str, float] = field(default_factory=dict)

    def line(self, of: str, number: int) -> str:
        """As a line of a record."""
        findings = {key: round(float(value), 3) for key, value in self.findings.items()}
        return json.dumps({"of": of, "number": number, **asdict(self), "findings": findings})

    @classmethod
    def read(cls, line: dict[str, Any]) -> "Played":
        """From a line of a record."""
        fields = {key: value for key, value in line.items() if key not in {"of", "number"}}
        return cls(**{**fields, "outcome": Outcome(fields["outcome"]), "fired": tuple(fields["fired"])})


class House:
    """Where sessions are played: one store of tickets, one shelf of atlases."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self.shelf = shelf
        self.store = Store(folder / "charcha.sqlite", 0.0)
        self._now = 1_000_000.0
        self._accounts = 0

    def play(self, staging: Staging, rng: random.Random, *, to_the_end: bool = True) -> Played:
        """A session of the full protocol with patient signals, or only until no signal can let it pass any more."""
        if staging.replays:
            return self._again(staging, rng)
        return self._run(staging, rng, to_the_end=to_the_end)[0]

    def _run(
        self, staging: Staging, rng: random.Random, *, to_the_end: bool = True
    ) -> tuple[Played, list[bytes], Session]:
        observer = KnownFrames()
        signals = tuple(Patient(signal) for signal in panel())
        session = self._open(observer, signals, rng)
        sent: list[bytes] = []
        began, wall = self._now, time.perf_counter()
        seconds = go_through(
            session, observer, staging.look, began=began, probe=staging.probe, consent=staging.consent,
            hold_back=staging.hold_back, settled=lambda: not to_the_end and settled(session, signals),
            tamper=lambda frame: [sent.append(each.message()) or each for each in staging.tamper(frame)],
        )  # fmt: skip
        self._now += 200
        told = _told(session, signals, seconds, len(sent), time.perf_counter() - wall)
        return told if to_the_end else replace(told, actions=None), sent, session

    def _again(self, staging: Staging, rng: random.Random) -> Played:
        """A session that passed, and then its messages once more to a new session."""
        _, sent, _ = self._run(replace_replays(staging), rng)
        observer = KnownFrames()
        signals = tuple(Patient(signal) for signal in panel())
        session = self._open(observer, signals, rng)
        began, wall = self._now, time.perf_counter()
        session.handle('{"type":"consented","consent_id":"simulated","perform":false}', began)
        reply = session.handle('{"type":"probed"}', began)
        for i, message in enumerate(sent):
            if reply.over:
                break
            reply = session.handle(message, began + 0.1 * i)
        session.close(began + 0.1 * len(sent))
        self._now += 200
        return _told(session, signals, 0.1 * len(sent), len(sent), time.perf_counter() - wall)

    def _open(self, observer: KnownFrames, signals: tuple[Patient, ...], rng: random.Random) -> Session:
        self._accounts += 1
        account = f"account-{self._accounts}"
        ticket = self.store.issue(account, self._now)
        services = Services(store=self.store, rng=rng, signals=lambda: signals)
        sitter = Sitter(star_id=f"star-{self._accounts}", name="simulated")
        return Session.open(
            ticket,
            account,
            self._now,
            sitter=sitter,
            services=services,
            observer=observer,  # type: ignore[arg-type]
        )


def replace_replays(staging: Staging) -> Staging:
    """The same as an ordinary session."""
    return replace(staging, replays=False)


def settled(session: Session, signals: tuple[Patient, ...]) -> bool:
    """Whether the session cannot pass any more: continuity has failed, or the flash is over and has."""
    over = {"continuity"} | ({"flash"} if session.state in {State.STILL, State.PERFORM} else set())
    return any(one.name in over and one.finding().gate is Gate.FAIL for one in signals)


def _told(session: Session, signals: tuple[Patient, ...], seconds: float, frames: int, wall: float) -> Played:
    scored = State.SCORING in session.affairs.trail
    findings = [signal.finding() for signal in signals]
    hard = frozenset(signal.name for signal in signals if signal.hard)
    failed = tuple(f"{f.signal}:{f.reason}" for f in findings if f.signal in hard and f.gate is Gate.FAIL)
    values = {f.signal: f.value for f in findings} | {
        f"{f.signal} llr": f.log_likelihood_ratio for f in findings
    }
    if scored:
        verdict = decide(findings, hard, accommodated=session.affairs.accommodated)
        return Played(verdict.outcome, True, verdict.reasons, verdict.score, seconds, frames, wall, values)
    last = session.reasons[-1] if session.reasons else session.state.value
    return Played(Outcome.FAILED, False, (*failed, f"protocol:{last}"), 0.0, seconds, frames, wall, values)


def look_once() -> None:
    """Decode no grey JPEG, and remember what the soft cues see in an atlas's few pictures."""
    nothing = np.zeros((480, 640, 3), np.uint8)
    session_module.decode = lambda _jpeg: nothing  # type: ignore[assignment]  # the observer knows what it shows
    real_traces, real_share = moire.traces, spoof.live_share
    seen: dict[tuple[str, int], object] = {}

    def remembered(name: str, function: object) -> object:
        def look(rgb: object, face: object) -> object:
            key = (name, id(rgb))
            if key not in seen:
                seen[key] = (function(rgb, face), rgb)  # type: ignore[operator]
            return seen[key][0]  # type: ignore[index]

        return look

    moire.traces = remembered("moire", real_traces)  # type: ignore[assignment]
    spoof.live_share = remembered("spoof", real_share)  # type: ignore[assignment]


def tally(played: list[Played]) -> Counter[str]:
    """How often each reason came."""
    return Counter(reason for one in played for reason in one.fired)


def house(shelf: Shelf) -> tuple[House, TemporaryDirectory[str]]:
    """A house with a store of its own, gone afterwards."""
    folder = TemporaryDirectory()
    return House(shelf, Path(folder.name)), folder
