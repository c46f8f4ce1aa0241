"""A session: what a server talks to. Joins the wire, the observer, the protocol, the signals and the keeping.

It has no clock: every call brings the wall-clock seconds. It never raises on what a client sends, and tells the
client nothing of why.
"""

import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from limelight.charcha import protocol as p
from limelight.charcha.challenges.judging import ActionJudge, CalmJudge, Phase
from limelight.charcha.challenges.script import shown
from limelight.charcha.observing.calibration import Calibration
from limelight.charcha.observing.channels import Reading, read
from limelight.charcha.observing.guidance import hints
from limelight.charcha.observing.observation import CameraProbe, Moment, Neutral, Observation
from limelight.charcha.observing.observer import Observer, decode
from limelight.charcha.prompting import Prompter
from limelight.charcha.prompts import PromptKind, State
from limelight.charcha.reasons import Reason
from limelight.charcha.records import keeping as keep
from limelight.charcha.records.keeping import Keeping, Sitter
from limelight.charcha.records.store import Store
from limelight.charcha.records.waiting import WaitingRoom, case_of, may_wait
from limelight.charcha.signals.panel import panel
from limelight.charcha.signals.signal import Gate, Judge, Outcome, Signal, Verdict
from limelight.charcha.signals.verdict import decide
from limelight.charcha.wire.frames import Frame, FrameChain, Refusal, parse
from limelight.charcha.wire.messages import (
    Consented,
    Hint,
    Left,
    Probed,
    Reply,
    Result,
    SkipPerformance,
    read_message,
)
from limelight.errors import ConsentError
from limelight.star import StarKind
from limelight.vault import Manifest, Vault

log = logging.getLogger("limelight.charcha")

FORGIVEN = 5
"""Broken messages that are ignored; one that tampers with the order of frames is not."""
HARMLESS = frozenset(
    {Reason.MALFORMED, Reason.NOT_JPEG, Reason.TOO_LARGE, Reason.BAD_SIZE, Reason.OUT_OF_PLACE}
)
LAST_SECONDS = 5.0
"""A performance ends so long before the session would expire."""


@dataclass(frozen=True)
class Services:
    """What a session needs of its server.

    Attributes:
        store: Of tickets and endings.
        vault: Where a star goes; None: nothing is kept (benches).
        terms: What is asked for.
        rng: Source of chance: a CSPRNG in earnest.
        signals: Makes the signals of one session.
        judge: Makes the verdict.
    """

    store: Store
    vault: Vault | None = None
    terms: p.Terms = field(default_factory=p.Terms)
    rng: random.Random = field(default_factory=secrets.SystemRandom)
    signals: Callable[[], tuple[Signal, ...]] = panel
    judge: Judge = decide


class Session:
    """One run of the protocol. Belongs to one thread at a time.

    Args:
        session: Its id, 32 hex digits.
        sitter: Who becomes a star.
        services: Of the server.
        observer: Loaded, and this session's alone until it is over.
        now: Wall-clock seconds.
    """

    def __init__(
        self, session: str, *, sitter: Sitter, services: Services, observer: Observer, now: float
    ) -> None:
        self.id = session
        self.sitter = sitter
        self.affairs = p.Affairs.begin(services.terms, now)
        self.verdict: Verdict | None = None
        self.manifest: Manifest | None = None
        self.last: Observation | None = None
        """The newest observation, without meaning once the next has come; for benches."""
        self._services = services
        self._observer = observer
        observer.reset()
        self._chain = FrameChain(session, services.store.known)
        self._signals = services.signals()
        self._keeping = Keeping()
        self._calibration = Calibration()
        self._neutral: Neutral | None = None
        self._probe: CameraProbe | None = None
        self._prompter = Prompter(services.rng, self._chain)
        self._first_time: float | None = None
        self._calm: CalmJudge | None = None
        self._action: ActionJudge | None = None
        self._still = 0.0
        self._still_at = 0.0
        self._progress = 0.0
        self._hints: tuple[Hint, ...] = ()
        self._again = False
        self._forgiven = 0
        self._finished = False
        self._waits = False

    @classmethod
    def open(
        cls, ticket: str, account: str, now: float, *, sitter: Sitter, services: Services, observer: Observer
    ) -> "Session":
        """Redeem a ticket.

        Raises:
            Refused: the ticket is unknown, used, old or somebody else's, or the account is locked out.
            ConsentError: the vault holds a star of that id already.
        """
        if services.vault is not None:
            services.vault.refuse_double(sitter.star_id)
        session = services.store.redeem(ticket, account, now)
        return cls(session, sitter=sitter, services=services, observer=observer, now=now)

    @property
    def state(self) -> State:
        """Where it stands; for the server, not for the client."""
        return self.affairs.state

    @property
    def reasons(self) -> tuple[str, ...]:
        """Codes of the log so far; for the server, not for the client."""
        return tuple(line.reason for line in self.affairs.log)

    @property
    def chain(self) -> str:
        """The newest link over all frames, 64 hex digits."""
        return self._chain.hexlink

    def handle(self, message: bytes | str, now: float) -> Reply:
        """Take a message of the client: bytes are a frame, text is JSON."""
        self._step(p.Ticked(), now)
        if not self.state.over:
            if isinstance(message, str):
                self._hear(message, now)
            else:
                self._see(message, now)
        return self._after(now)

    def tick(self, now: float) -> Reply:
        """Nothing came; time went by."""
        self._step(p.Ticked(), now)
        return self._after(now)

    def close(self, now: float) -> None:
        """The connection is gone: a session that is not over has failed."""
        self._break(Reason.LEFT, now)
        self._after(now)

    def reply(self, now: float) -> Reply:
        """What the client may see now."""
        affairs, prompt = self.affairs, self._prompter.newest
        state = State.SCORING if affairs.state.over else affairs.state
        return Reply(
            state=state,
            prompt=None if affairs.state.over or prompt is None else shown(prompt),
            progress=round(min(1.0, max(0.0, self._progress)), 3),
            done=len(affairs.passed),
            total=affairs.plan.length if affairs.consent_id else affairs.terms.challenges,
            hints=self._hints,
            again=self._again,
            seconds_left=round(max(0.0, affairs.began + affairs.terms.lifetime - now), 1),
            result=self._result(),
        )

    # what comes in

    def _hear(self, text: str, now: float) -> None:
        match read_message(text):
            case Consented() as said:
                self._consent(said, now)
            case Probed() as said:
                self._probe = self._probe or CameraProbe(
                    said.requested,
                    said.delivered,
                    said.frame_rate,
                    said.label,
                    said.capabilities,
                    said.settle_ms,
                )
                self._step(p.CameraProbed(), now)
            case SkipPerformance():
                self._step(p.PerformanceEnded(), now)
            case Left():
                self._break(Reason.LEFT, now)
            case None:
                self._refuse(Reason.MALFORMED, now)

    def _consent(self, said: Consented, now: float) -> None:
        """A person's consent must be in the vault's register; an understudy's is made when it is admitted."""
        vault, person = self._services.vault, self.sitter.kind is StarKind.PERSON
        if vault is not None and person and not vault.consent_status(said.consent_id).valid:
            self._refuse(Reason.NO_CONSENT, now)
            return
        excluded = frozenset(said.excluded)
        self._step(p.ConsentGiven(said.consent_id, excluded, said.no_flashing, said.perform), now)

    def _see(self, message: bytes, now: float) -> None:
        if self.state in {State.CREATED, State.CONSENTED}:
            self._refuse(Reason.OUT_OF_PLACE, now)
            return
        frame = parse(message)
        refusal = frame if isinstance(frame, Refusal) else self._chain.take(frame, now)
        if refusal is not None:
            self._refuse(refusal.reason, now)
            return
        assert isinstance(frame, Frame)  # noqa: S101  # narrowed by the line above
        rgb = decode(frame.jpeg)
        if rgb is None:
            self._refuse(Reason.NOT_JPEG, now)
            return
        self._first_time = frame.time if self._first_time is None else self._first_time
        time = (frame.time - self._first_time) / 1000
        self._prompter.acknowledge(frame.prompt, time)
        if self._prompter.is_overdue(now):
            self._break(Reason.PROMPT_UNANSWERED, now)
        self._consider(self._observer.observe(frame, rgb, time=time, arrived=now), now)

    def _consider(self, observation: Observation, now: float) -> None:
        if self.state.over:
            return
        self.last = observation
        self._hints = hints(observation, self.state)
        since = self._prompter.since(observation.time)
        moment = Moment(self.state, self._prompter.shown, since, self._neutral, self._probe)
        for signal in self._signals:
            signal.observe(observation, moment)
            if signal.immediate and signal.hard and (found := signal.finding()).gate is Gate.FAIL:
                self._break(f"{signal.name}:{found.reason}", now)
                return
        if self._prompter.answered:
            self._judge(observation, since, now)

    # what is made of it

    def _judge(self, observation: Observation, since: float, now: float) -> None:
        """Only frames that show the newest prompt count for it."""
        if self._neutral is None:
            self._calibrate(observation, now)
            return
        reading = read(observation, self._neutral)
        match self.state:
            case State.PERFORM:
                self._perform(observation, since, now)
            case State.STILL:
                self._keep_still(reading, since, now)
            case State.FLASH:
                self._progress = len(self.affairs.colours) / self.affairs.terms.colours
                if since >= self.affairs.colour_seconds:
                    self._step(p.ColourShown(), now)
            case _:
                self._keeping.offer(observation, self._neutral)
                self._challenge(reading, observation.time, since, now)

    def _calibrate(self, observation: Observation, now: float) -> None:
        self._neutral = self._calibration.observe(observation)
        self._progress = self._calibration.progress
        if self._neutral is not None:
            self._step(p.FaceCalibrated(), now)

    def _challenge(self, reading: Reading, time: float, since: float, now: float) -> None:
        if self._action is not None:
            self._act(self._action, reading, since, now)
        elif self._calm is not None and self._calm.observe(reading, time):
            self._keeping.accept()
            self._step(p.Rested(), now)

    def _act(self, action: ActionJudge, reading: Reading, since: float, now: float) -> None:
        phase = action.observe(reading, since)
        self._progress = action.progress
        if phase is Phase.PASSED:
            self._keeping.accept()
            self._again = False
            self._step(p.ActionPassed(), now)
        elif phase is Phase.FAILED:
            self._keeping.reject()
            self._again = True
            log.info("session %s: %s %s", self.id[:8], action.challenge.action, action.reason)
            self._step(p.ActionFailed(action.reason), now)

    def _keep_still(self, reading: Reading, since: float, now: float) -> None:
        """Only calm time counts."""
        calm = CalmJudge(0.0).observe(reading, since)
        self._still += min(0.5, max(0.0, since - self._still_at)) if calm else 0.0
        self._still_at = since
        self._hints = self._hints if calm else (*self._hints, Hint.LOOK_AHEAD)
        wanted = self.affairs.terms.still_seconds
        self._progress = self._still / max(wanted, 1e-6)
        if self._still >= wanted:
            self._step(p.StillKept(), now)

    def _perform(self, observation: Observation, since: float, now: float) -> None:
        self._keeping.sung(observation, since)
        wanted = self.affairs.terms.perform_seconds
        self._progress = since / max(wanted, 1e-6)
        if since >= wanted or self.affairs.seconds_left < LAST_SECONDS:
            self._step(p.PerformanceEnded(), now)

    # what follows

    def _step(self, event: p.Event, now: float) -> None:
        before = self.affairs
        self.affairs = p.step(before, event, now, self._services.rng)
        after = self.affairs
        if len(after.log) > len(before.log):
            log.info("session %s: %s", self.id[:8], after.log[-1])
        moved = after.state is not before.state or after.challenge is not before.challenge
        if (moved or len(after.colours) > len(before.colours)) and not after.state.over:
            self._show_next(now)

    def _show_next(self, now: float) -> None:
        """The prompt of the new state of affairs."""
        self._progress, self._calm, self._action = 0.0, None, None
        affairs = self.affairs
        match affairs.state:
            case State.PROBED:
                self._show(PromptKind.CALIBRATE, now)
            case State.CALIBRATED | State.CHALLENGE if affairs.challenge is None:
                self._calm = CalmJudge(affairs.rest)
                self._show(PromptKind.REST, now)
            case State.CHALLENGE if affairs.challenge is not None:
                self._action = ActionJudge(affairs.challenge)
                self._show(PromptKind.ACTION, now)
            case State.FLASH:
                self._show(PromptKind.FLASH, now)
            case State.STILL:
                self._still_at = 0.0
                self._show(PromptKind.STILL, now)
            case State.PERFORM:
                self._show(PromptKind.PERFORM, now)

    def _show(self, kind: PromptKind, now: float) -> None:
        self._prompter.show(kind, self.affairs, now)

    def _refuse(self, reason: Reason, now: float) -> None:
        self._forgiven += 1
        log.info("session %s: refused %s", self.id[:8], reason)
        if reason not in HARMLESS or self._forgiven > FORGIVEN:
            self._break(reason, now)

    def _break(self, reason: str, now: float) -> None:
        self._step(p.Broken(reason), now)

    def _after(self, now: float) -> Reply:
        """Score where it is time to, and write down an ending."""
        if self.state is State.SCORING:
            self._score(now)
        if self.state.over and not self._finished:
            self._finished = True
            manifest = self.manifest.to_json() if self.manifest else ""
            self._services.store.finish(
                self.id, self.state, now, reasons=self.reasons, chain=self.chain, manifest=manifest,
                seen=self._chain.digests,
            )  # fmt: skip
            self._keeping.close()
        return self.reply(now)

    def _score(self, now: float) -> None:
        hard = frozenset(signal.name for signal in self._signals if signal.hard)
        findings = [signal.finding() for signal in self._signals]
        self.verdict = self._services.judge(findings, hard, accommodated=self.affairs.accommodated)
        outcome, reasons = self.verdict.outcome, self.verdict.reasons
        if outcome is Outcome.PASSED and not self.affairs.accommodated and not self._admitted(now):
            outcome, reasons = Outcome.FAILED, (*reasons, Reason.NO_CONSENT)
        self._let_wait(self.verdict, now)
        self._step(p.Scored(outcome, reasons), now)

    def _admitted(self, now: float) -> bool:
        """The star goes into the vault before the pass is written down: a pass is never without its star."""
        if self._services.vault is None:
            return True
        try:
            self.manifest = keep.admit(
                self._keeping.footage, self._services.vault, self.sitter, session=self.id, chain=self.chain,
                consent_id=self.affairs.consent_id, now=now,
            )  # fmt: skip
        except ConsentError as refusal:
            log.warning("session %s: the vault refused: %s", self.id[:8], refusal)
            return False
        return True

    def _let_wait(self, verdict: Verdict, now: float) -> None:
        """On another path a person decides, if all that was measured is in order."""
        affairs, vault = self.affairs, self._services.vault
        if not affairs.accommodated or vault is None:
            self._waits = affairs.accommodated
            return
        unmeasured = {"flash": affairs.no_flashing, "parallax": affairs.plan.turnless}
        if not may_wait(verdict, frozenset(name for name, so in unmeasured.items() if so)):
            return
        chosen = (*(["flashing"] if affairs.no_flashing else []), *sorted(affairs.plan.excluded))
        case = case_of(
            verdict, self.sitter, session=self.id, chain=self.chain, consent_id=affairs.consent_id,
            spared=chosen, now=now,
        )  # fmt: skip
        try:
            WaitingRoom(vault).take(case, self._keeping.footage)
            self._waits = True
        except (ConsentError, OSError) as refusal:
            log.warning("session %s: it cannot wait: %s", self.id[:8], refusal)

    def _result(self) -> Result | None:
        match self.state:
            case State.PASSED:
                return Result.PASS
            case State.FAILED:
                return Result.FAIL
            case State.EXPIRED:
                return Result.RETRY
            case State.REVIEW:
                return Result.PENDING if self._waits else Result.RETRY
        return None
