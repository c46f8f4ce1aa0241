"""Judging an action: neutral, onset within the reaction window, peak, hold, neutral again; other channels quiet.

A judge sees one frame after the other and keeps a handful of numbers. Its seconds are the client's, counted from
the first frame that acknowledged the prompt.
"""

from enum import StrEnum

from limelight.charcha.challenges.actions import Kind, Want
from limelight.charcha.challenges.challenge import Challenge
from limelight.charcha.observing.channels import Channel, Reading, loudness
from limelight.charcha.reasons import Reason
from limelight.charcha.thresholds import threshold


class Phase(StrEnum):
    """How far an action has come; the last two absorb."""

    WAITING = "waiting"
    """Neutral since the prompt."""
    RISING = "rising"
    HOLDING = "holding"
    RETURNING = "returning"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing can change any more."""
        return self in {Phase.PASSED, Phase.FAILED}


class ActionJudge:
    """Judges one challenge for one person.

    Args:
        challenge: What was asked.
    """

    def __init__(self, challenge: Challenge) -> None:
        self.challenge = challenge
        self.phase = Phase.WAITING
        self.reason = Reason.NONE
        self.progress = 0.0
        """0 to 1, for the page: how near the target, then how much of the hold."""
        self._held_since: float | None = None
        self._astray_since: float | None = None
        self._passed_over = False
        self._came_from = 0.0
        self._seen = 0

    def observe(self, reading: Reading, since: float) -> Phase:
        """See a frame.

        Args:
            reading: Its channels against the neutral face; empty ones without a face.
            since: Seconds from the first frame that acknowledged the prompt.
        """
        if self.phase.over:
            return self.phase
        self._seen += 1
        if self.challenge.spec.kind is Kind.OCCLUSION:
            self._hand(reading, since)
        elif Channel.YAW in reading:  # a frame without a face is continuity's to judge
            self._face(reading, since)
        self._deadlines(since)
        return self.phase

    def _face(self, reading: Reading, since: float) -> None:
        near = min(self._share(want, reading) for want in self.challenge.spec.wants)
        moving = max(self._share(want, reading) for want in self.challenge.spec.wants)
        calm = threshold("judging", "calm")
        if self.phase is Phase.WAITING:
            self._begin(moving, since)
        if self.phase in {Phase.RISING, Phase.HOLDING}:
            self._astray(reading, since)
            self._hold(near, reading, since)
        elif self.phase is Phase.WAITING:
            self._astray(reading, since)
        elif self.phase is Phase.RETURNING and moving < calm:
            self.phase, self.progress = Phase.PASSED, 1.0

    def _begin(self, moving: float, since: float) -> None:
        if moving < threshold("judging", "calm"):
            return
        if self._seen == 1:
            self._fail(Reason.NOT_NEUTRAL)
        elif since < threshold("judging", "earliest"):
            self._fail(Reason.EARLY)
        else:
            self.phase = Phase.RISING

    def _hold(self, near: float, reading: Reading, since: float) -> None:
        if self.phase.over:
            return
        over = self._overshot(reading)
        self._passed_over |= over
        level = threshold("judging", "held") if self._held_since is not None else 1.0
        if near < level or over or self._astray_since is not None:
            self._held_since, self.phase = None, Phase.RISING
            self.progress = 0.6 * min(1.0, max(0.0, near))
            return
        if self._held_since is None:
            self._held_since = since
        self.phase = Phase.HOLDING
        held = since - self._held_since
        self.progress = 0.6 + 0.35 * min(1.0, held / max(self.challenge.hold, 1e-6))
        if held >= self.challenge.hold:
            self.phase = Phase.RETURNING

    def _hand(self, reading: Reading, since: float) -> None:
        """A hand: it hides the face first at the one side, then at the other, then no more."""
        cover, sweep = (want for want in self.challenge.spec.wants)
        hidden = reading.get(Channel.COVER, 0.0)
        side = sweep.direction * reading.get(Channel.SWEEP, 0.0)
        level, aside = cover.level or 0.0, sweep.level or 0.0
        loud = hidden > threshold("judging", "calm") * level
        if self.phase is Phase.WAITING and loud:
            early = since < threshold("judging", "earliest")
            if self._seen == 1 or early:
                self._fail(Reason.NOT_NEUTRAL if self._seen == 1 else Reason.EARLY)
                return
            self.phase = Phase.RISING
        if self.phase in {Phase.RISING, Phase.HOLDING}:
            if hidden > threshold("judging", "sided") * level:
                self._came_from = self._came_from or (1.0 if side > aside else -1.0 if side < -aside else 0.0)
            if hidden >= level:
                self.phase, self.progress = Phase.HOLDING, 0.6
            if self._came_from < 0:
                self._fail(Reason.WRONG_ACTION)
            elif self.phase is Phase.HOLDING and self._came_from > 0 and side < -aside:
                self.phase, self.progress = Phase.RETURNING, 0.8
        calm = not loud and Channel.YAW in reading
        if self.phase is Phase.RETURNING and calm:
            self.phase, self.progress = Phase.PASSED, 1.0

    def _share(self, want: Want, reading: Reading) -> float:
        """How much of what is wanted is there: 1 is enough."""
        level = want.level
        if level is None:
            level = self.challenge.target - threshold("judging", "slack")
        return want.direction * reading.get(want.channel, 0.0) / max(level, 1e-6)

    def _overshot(self, reading: Reading) -> bool:
        most = self.challenge.target + threshold("judging", "most")
        return any(
            want.level is None and want.direction * reading.get(want.channel, 0.0) > most
            for want in self.challenge.spec.wants
        )

    def _astray(self, reading: Reading, since: float) -> None:
        """Something else moves: another action than was asked. Blinks and twitches are short enough."""
        loud = any(loudness(reading, c) > threshold("quiet", c) for c in self.challenge.spec.quiet)
        opposite = any(self._share(want, reading) < -1.0 for want in self.challenge.spec.wants)
        if not loud and not opposite:
            self._astray_since = None
        elif self._astray_since is None:
            self._astray_since = since
        elif since - self._astray_since > threshold("judging", "astray"):
            self._fail(Reason.WRONG_ACTION if opposite or self._held_since is None else Reason.OTHER_CHANNELS)

    def _deadlines(self, since: float) -> None:
        if self.phase is Phase.WAITING and since > threshold("judging", "latest"):
            self._fail(Reason.LATE)
        elif self.phase in {Phase.RISING, Phase.HOLDING} and since > threshold("judging", "peak"):
            self._fail(Reason.OVERSHOT if self._passed_over else Reason.NOT_HELD)
        elif self.phase is Phase.RETURNING and since > threshold("judging", "whole"):
            self._fail(Reason.NOT_RETURNED)

    def _fail(self, reason: Reason) -> None:
        if not self.phase.over:
            self.phase, self.reason = Phase.FAILED, reason


class CalmJudge:
    """Sees whether a person rests: all channels calm for a while.

    Args:
        seconds: For how long.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: float | None = None

    def observe(self, reading: Reading, time: float) -> bool:
        """See a frame at a time in seconds; True once the rest is complete."""
        if Channel.YAW not in reading or any(
            loudness(reading, channel) > RESTING[channel] for channel in RESTING
        ):
            self._since = None
            return False
        if self._since is None:
            self._since = time
        return time - self._since >= self._seconds


RESTING = {
    Channel.YAW: 7.0, Channel.PITCH: 7.0, Channel.ROLL: 7.0, Channel.LEAN: 0.06, Channel.SMILE: 0.35,
    Channel.JAW: 0.15, Channel.PUCKER: 0.4, Channel.WINK: 0.2, Channel.COVER: 0.25,
}  # fmt: skip
"""How far each channel may be from neutral at rest: well below any action's level."""
