"""Flash: the colours that the page shows, secret until then, must come back from the face: in time, and as light.

In time: the best lag is at most ``flash.latest`` behind the colour that the frame says was on the screen, and what
the client says of that is held against the server's clock (:class:`Answers`). As light: multiplied by what the face
reflects, not laid over the picture (:mod:`limelight.charcha.signals.veil`).
"""

from collections import deque

import numpy as np

from limelight.charcha.observing.linear_light import LINEAR
from limelight.charcha.observing.observation import Moment, Observation
from limelight.charcha.prompts import Colour, PromptKind
from limelight.charcha.signals.echo import Echo, Series, Shown, best_echo
from limelight.charcha.signals.signal import Finding, Gate
from limelight.charcha.signals.veil import Veil, veil
from limelight.charcha.thresholds import threshold

KEPT = 900
"""Frames of a flash that are remembered: twelve numbers each."""
NO_ECHO, FAINT, LATE, VEILED = "no-echo", "faint-echo", "late-echo", "veil"
UNTOLD, SLOW = "veil-untold", "slow-answers"


class Flash:
    """A hard signal over the flash; unclear without one. Its value is the correlation with the drawn colours.

    Fails below ``flash.failed``, with an echo later than ``flash.late``, or with one that was surely laid over the
    picture. Passes from ``flash.passed``, at most ``flash.latest`` late, as strong as ``flash.gain``, surely no veil
    and answered as fast as the prompts before. Anything between is unclear, and so are fewer than ``flash.frames``
    frames or ``flash.colours`` colours. Who opts out of flashing never sees one: the signal stays unclear and such a
    session goes to a person anyway.
    """

    name = "flash"
    hard = True
    immediate = False

    def __init__(self) -> None:
        self._shown: list[tuple[float, Colour]] = []
        self._ordinal = -1
        self._frames: deque[tuple[float, Series]] = deque(maxlen=KEPT)
        self._answers = Answers()

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        prompt = moment.prompt
        self._answers.observe(observation, moment)
        if prompt is None or prompt.kind is not PromptKind.FLASH or prompt.colour is None:
            return
        if prompt.ordinal != self._ordinal:
            self._ordinal = prompt.ordinal
            self._shown.append((observation.time - moment.since, prompt.colour))
        seen = (observation.skin, observation.surround, observation.dark, observation.bright)
        light = np.stack(seen).astype(np.float64)
        if observation.face is not None and light[:2].min() > 1e-4:
            self._frames.append((observation.time, light))

    def measure(self) -> tuple[Echo, Veil] | None:
        """How the face answered so far; None while too little was seen."""
        enough = len(self._frames) >= threshold("flash", "frames")
        if not enough or len(self._shown) < threshold("flash", "colours"):
            return None
        times = np.array([time for time, _ in self._frames])
        shown = Shown(
            np.array([begun for begun, _ in self._shown]),
            np.array([LINEAR[np.array(colour)] for _, colour in self._shown], np.float64),
        )
        skin, surround, dark, bright = np.array([light for _, light in self._frames]).transpose(1, 0, 2)
        echo = best_echo(times, skin, surround, shown)
        told = np.minimum(dark, bright).min(axis=1) > 1e-5
        if told.sum() < threshold("flash", "frames"):
            return echo, Veil()
        asked = shown.at(times, echo.lag)
        return echo, veil(times[told], asked[told], dark[told], bright[told], surround[told])

    def finding(self) -> Finding:
        """Pass, fail or unclear, with the reason."""
        measured = self.measure()
        if measured is None:
            return Finding(self.name, 0.0)
        echo, laid = measured
        for gate, reasons in ((Gate.FAIL, _refusals(echo, laid)), (Gate.UNCLEAR, self._doubts(echo, laid))):
            reason = next((name for name, is_so in reasons.items() if is_so), None)
            if reason is not None:
                return Finding(self.name, echo.correlation, gate=gate, reason=reason)
        return Finding(self.name, echo.correlation, gate=Gate.PASS)

    def _doubts(self, echo: Echo, laid: Veil) -> dict[str, bool]:
        weak = echo.correlation < threshold("flash", "passed") or echo.gain < threshold("flash", "gain")
        sure = laid.evenness + threshold("flash", "veil_errors") * laid.error <= threshold(
            "flash", "evenness"
        )
        late = echo.lag > threshold("flash", "latest")
        return {FAINT: weak, LATE: late, UNTOLD: not sure, SLOW: self._answers.slow}


def _refusals(echo: Echo, laid: Veil) -> dict[str, bool]:
    sure = laid.evenness - threshold("flash", "veil_errors") * laid.error > threshold("flash", "evenness")
    return {
        NO_ECHO: echo.correlation < threshold("flash", "failed"),
        LATE: echo.lag > threshold("flash", "late"),
        VEILED: sure,
    }


class Answers:
    """How long frames took to acknowledge a new prompt, by the server's clock: at the flash against before.

    The lag of an echo counts from what the client calls the colour's first frame. Who needs time to paint the colour
    on a face could call it later than it was; then the flash is answered more slowly than all that came before.
    """

    def __init__(self) -> None:
        self._prompt = ""
        self._before: list[float] = []
        self._flash: list[float] = []

    def observe(self, observation: Observation, moment: Moment) -> None:
        """See a frame."""
        prompt = moment.prompt
        if prompt is None or prompt.id == self._prompt:
            return
        self._prompt = prompt.id
        answers = self._flash if prompt.kind is PromptKind.FLASH else self._before
        answers.append(observation.arrived - prompt.issued)

    @property
    def slow(self) -> bool:
        """Whether the colours were answered later than other prompts, or later than a picture may take."""
        if not self._flash or not self._before:
            return False
        usual, now = float(np.median(self._before)), float(np.median(self._flash))
        return now > threshold("flash", "answer") or now > usual + threshold("flash", "answer_later")
