"""A simulated webcam: an understudy who reads the prompts and acts, frame by frame, in simulated time.

Everything here is simulated: it proves the protocol's logic, and nothing about real faces or real attackers.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.linear_light import LINEAR
from limelight.charcha.prompts import Colour, PromptKind
from limelight.charcha.wire.messages import ShownPrompt
from limelight.faces.picture import Picture
from limelight.understudy.acting import ACTIONS as PEAKS
from limelight.understudy.acting import IDLE_SMILE, Idle, eased, sing_along, smile
from limelight.understudy.casting import Understudy
from limelight.understudy.render import Expression, Performer
from limelight.understudy.stage_light import develop

LIVE, SONG = (640, 480), (1280, 720)
"""Width and height of the pictures, before and during the performance."""
IDLE_FPS = 30.0
IDLE_SECONDS = 240
RELIT = 5
"""Frames for which the page's light on a face is rendered once."""
GAMMA = 2.2
"""Of sRGB, about: codes change by so many times less than light."""
BLOOD = np.array([0.33, 0.77, 0.53])
"""How much of a heartbeat each channel shows (de Haan and van Leest, Physiological Measurement 35(9), 2014)."""


@dataclass(frozen=True)
class Manner:
    """How a person reacts.

    Attributes:
        reaction: Seconds from reading a prompt to moving: mean and spread (log-normal).
        rise: Seconds of a movement.
        steadiness: How much sway there is, 0 to 1.
        overshoot: Share by which a turn passes its target.
    """

    reaction: tuple[float, float] = (0.55, 0.15)
    rise: tuple[float, float] = (0.55, 0.12)
    steadiness: float = 0.35
    overshoot: tuple[float, float] = (0.10, 0.05)


@dataclass(frozen=True)
class Move:
    """One action under way, in seconds of the actor's own time."""

    prompt: str
    peak: Expression
    sweep: float
    """For a hand: 1 from the own left to the right, -1 back, 0: no hand."""
    begins: float
    rise: float
    hold: float

    def share(self, now: float) -> float:
        """How much of the peak there is, 0 to 1."""
        since = now - self.begins
        up = eased(np.array(since / self.rise))
        down = eased(np.array((since - self.rise - self.hold) / self.rise))
        return float(up * (1 - down))

    def way(self, now: float) -> float:
        """How far a hand has come, 0 to 1."""
        along = float(eased(np.array((now - self.begins) / (2 * self.rise + self.hold))))
        return along if self.sweep > 0 else 1 - along


class Actor:
    """An understudy at a webcam.

    >>> actor = Actor(understudy("ada"), random.Random(1))
    >>> jpeg = actor.jpeg(actor.act(prompt, now), prompt)

    Args:
        person: Who it is.
        rng: Of reaction times and noise.
        light: A rig of ``limelight.understudy.stage_light``.
        backdrop: Likewise.
        manner: How the person reacts.
        quality: Of the JPEGs, as browsers' canvases give them.
        noise: Standard deviation of the sensor's noise in sRGB codes.
        samples: Of the renderer for each pixel's side, half as many again while singing; 1 is fast, 2 smooth.
        pulse: Amplitude of the heartbeat as a share of the skin's light; 0: none.
        voice: Loudness of the singing at :data:`VOICE_RATE` for the performance; None: an imagined voice.
    """

    def __init__(
        self,
        person: Understudy,
        rng: random.Random,
        *,
        light: str = "soft",
        backdrop: str = "room",
        manner: Manner | None = None,
        quality: int = 88,
        noise: float = 1.5,
        samples: float = 1.0,
        voice: Sequence[float] | None = None,
        song_fps: float = 12.0,
        pulse: float = 0.003,
    ) -> None:
        self.person = person
        self.manner = manner or Manner()
        self._rng = rng
        self._seed = rng.randrange(2**31)
        self._pixels = np.random.default_rng(self._seed)
        self._looks = {"light": light, "backdrop": backdrop, "seed": self._seed % 1000}
        self._samples = samples
        self._performers: dict[tuple[int, int], Performer] = {}
        self._quality, self._noise, self._pulse = quality, noise, pulse
        self.heart_rate = 0.9 + 0.6 * (self._seed % 1000) / 1000
        self._idle = Idle.over(int(IDLE_SECONDS * IDLE_FPS), IDLE_FPS, self._seed, self.manner.steadiness)
        self._lit_frames = 0
        self._move: Move | None = None
        self._song: list[Expression] = []
        self._song_fps = song_fps
        self._voice = voice

    def act(self, prompt: ShownPrompt | None, now: float) -> Expression:
        """The face at a moment, having read a prompt; `now` in seconds of the actor's own time, rising."""
        if prompt is not None and prompt.kind is PromptKind.PERFORM:
            return self._sung(prompt, now)
        if prompt is not None and prompt.kind is PromptKind.ACTION:
            if self._move is None or self._move.prompt != prompt.id:
                self._move = self.move(prompt, now)
        elif self._move is not None and self._move.share(now) <= 0 and now > self._move.begins:
            self._move = None
        return self._living(now)

    def frame(self, prompt: ShownPrompt | None, now: float) -> bytes:
        """A JPEG of the moment; see :class:`limelight.charcha.simulated.rehearsal.Webcam`."""
        singing = prompt is not None and prompt.kind is PromptKind.PERFORM
        screen = prompt.colour if prompt is not None else None
        face = self.act(prompt, now)
        return self.jpeg(self.picture(face, size=SONG if singing else LIVE, screen=screen, now=now))

    def move(self, prompt: ShownPrompt, now: float) -> Move:
        """Make up how to do what is asked."""
        reaction = max(0.25, self._rng.gauss(*self.manner.reaction))
        rise = max(0.35, self._rng.gauss(*self.manner.rise))
        hand = prompt.action.startswith("hand")
        return Move(
            prompt=prompt.id,
            peak=Expression() if hand else peak(prompt.action, prompt.target * self._overshoot()),
            sweep=0.0 if not hand else (1.0 if prompt.action == "hand_from_left" else -1.0),
            begins=now + reaction,
            rise=rise,
            hold=prompt.hold + self._rng.uniform(0.45, 0.8),
        )

    def picture(
        self,
        expression: Expression,
        *,
        size: tuple[int, int] = LIVE,
        screen: Colour | None = None,
        now: float = 0.0,
    ) -> Picture:
        """Render; `screen` is the colour of the page that lights the face, `now` the moment of the pulse."""
        performer = self._performers.get(size)
        if performer is None:
            samples = self._samples * (1.5 if size == SONG else 1.0)  # films are made of these pictures
            performer = Performer(self.person, size=size, samples=samples, **self._looks)  # type: ignore[arg-type]
            self._performers[size] = performer
        if screen is None:
            codes = performer.frame(expression).rgb.astype(np.float32)
        else:
            if not self._lit_frames % RELIT:  # rendered anew now and then: somebody who is lit sits still
                self._added = performer.under_screen(expression)
            self._lit_frames += 1
            codes = lit_by_screen(performer, expression, screen, added=self._added)
        if self._pulse:
            codes[performer.skin()] *= self._beat(now)
        if self._noise:
            codes += self._pixels.normal(0, self._noise, (*codes.shape[:2], 1)).astype(np.float32)
        taken: Picture = np.clip(codes + 0.5, 0, 255).astype(np.uint8)
        return taken

    def _beat(self, now: float) -> NDArray[np.float32]:
        """What a heartbeat does to the codes of the skin; green most (Verkruysse et al., Optics Express 16, 2008)."""
        phase = 2 * np.pi * self.heart_rate * now
        wave = np.sin(phase) + 0.35 * np.sin(2 * phase + 1)
        beat: NDArray[np.float32] = (1 + self._pulse / GAMMA * wave * BLOOD).astype(np.float32)
        return beat

    def jpeg(self, rgb: Picture) -> bytes:
        """As a browser's canvas encodes it."""
        _, content = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        return content.tobytes()

    def _overshoot(self) -> float:
        return 1 + max(0.0, self._rng.gauss(*self.manner.overshoot))

    def _living(self, now: float) -> Expression:
        idle, move = self._idle, self._move
        i = min(int(now * IDLE_FPS), len(idle.yaw) - 1)
        peak_now = move.peak if move else Expression()
        share = move.share(now) if move else 0.0
        shapes: dict[str, float] = smile(IDLE_SMILE * 0.35 * (1 - share))
        for unit, value in peak_now.blendshapes.items():
            shapes[unit] = min(1.0, shapes.get(unit, 0.0) * (1 - share) + value * share)
        if not any(unit.startswith("eyeBlink") for unit in peak_now.blendshapes):
            shapes |= {"eyeBlinkLeft": float(idle.lids[i]), "eyeBlinkRight": float(idle.lids[i])}
        return Expression(
            yaw=peak_now.yaw * share + float(idle.yaw[i]),
            pitch=peak_now.pitch * share + float(idle.pitch[i]),
            roll=peak_now.roll * share + float(idle.roll[i]),
            blendshapes=shapes,
            gaze=(
                peak_now.gaze[0] * share + float(idle.gaze[i, 0]),
                peak_now.gaze[1] * share + float(idle.gaze[i, 1]),
            ),
            lean=peak_now.lean * share,
            hand=move.way(now) if move and move.sweep and move.begins < now else 0.0,
        )

    def _sung(self, prompt: ShownPrompt, now: float) -> Expression:
        if not self._song:
            self._song_began = now
            seconds = prompt.seconds + 1.0
            voice = self._voice if self._voice is not None else imagined_voice(seconds, self._seed)
            self._song = list(sing_along(voice, VOICE_RATE, seconds, self._song_fps, self._seed))
        at = int((now - self._song_began) * self._song_fps + 0.5)
        return self._song[min(at, len(self._song) - 1)]


VOICE_RATE = 50.0


def peak(action: str, target: float) -> Expression:
    """What an action looks like at its peak; a target in degrees, 0: the action's usual measure."""
    parts = _PARTS.get(action, (action,))
    faces = [PEAKS[part].at(target if part in _ANGLES and target else PEAKS[part].full) for part in parts]
    whole = faces[0]
    for face in faces[1:]:
        whole = replace(whole, blendshapes={**whole.blendshapes, **face.blendshapes})
    return whole


_PARTS: Mapping[str, tuple[str, ...]] = {
    "tilt_left_smile": ("tilt_left", "smile"),
    "tilt_right_smile": ("tilt_right", "smile"),
    "raise_brows_open_mouth": ("raise_brows", "open_mouth"),
}
_ANGLES = frozenset(
    {
        "turn_left", "turn_right", "look_up", "look_down", "tilt_left", "tilt_right",
        "turn_left_open_mouth", "turn_right_open_mouth",
    }
)  # fmt: skip


def lit_by_screen(
    performer: Performer,
    expression: Expression,
    screen: Colour,
    strength: float = 0.10,
    *,
    added: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """``(height, width, 3)`` sRGB codes, not rounded, of somebody under the room's light and a screen's.

    The screen is a light of its own in the renderer: form, shadows and each surface's own colour are in what it adds.
    The background is four times as far away and gets a sixteenth (inverse square law). ``strength`` is the screen's
    white against the room's light on the person, in the middle: .1 is a laptop in a well-lit room, .3 one in the
    evening. ``added`` is what ``performer.under_screen`` gave, if it is known already.
    """
    added = performer.under_screen(expression) if added is None else added
    light, matte = performer.in_room(expression)
    person = matte > 0.5
    scale = (
        float(np.median(light[person]) / max(float(np.median(added[person])), 1e-6)) if person.any() else 0.0
    )
    behind = performer.backdrop * (1 - matte[..., None]) / 16
    return develop(light + strength * LINEAR[np.array(screen)] * (scale * added + behind))


def imagined_voice(seconds: float, seed: int) -> NDArray[np.float64]:
    """The loudness of an imagined voice at :data:`VOICE_RATE`: syllables of all strengths."""
    rng = np.random.default_rng([seed, 77])
    level = np.zeros(int(seconds * VOICE_RATE))
    at = 0.3
    while at < seconds:
        length, strength = rng.uniform(0.16, 0.7), rng.uniform(0.25, 1.0)
        inside = np.arange(int(at * VOICE_RATE), min(int((at + length) * VOICE_RATE), len(level)))
        level[inside] = strength * np.sin(np.pi * (inside / VOICE_RATE - at).clip(0) / length).clip(0) ** 0.6
        at += length + (rng.uniform(0.4, 0.9) if rng.random() < 0.15 else 0.02)
    return level
