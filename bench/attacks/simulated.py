"""Sessions at simulated webcams, put together from atlases: a client, an observer that knows what each frame shows.

The protocol, the wire, the judging and every signal are the real ones; only rendering and observing are looked up.
Frames carry a small grey JPEG with a number in a comment, by which the observer finds what it shows.
"""

import itertools
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from atlas import HANDS, SHARES, Atlas, lights
from numpy.typing import NDArray

from limelight.charcha.observing.linear_light import LINEAR
from limelight.charcha.observing.observation import Observation
from limelight.charcha.prompts import Colour, PromptKind
from limelight.charcha.session import Session
from limelight.charcha.wire.frames import Frame
from limelight.charcha.wire.messages import Consented, Probed, ShownPrompt
from limelight.faces.landmarks import Face
from limelight.understudy.acting import eased

RATES = {PromptKind.STILL: 8.0}
RATE = 10.0
"""Frames a second; a browser sends more, which is easier for the signals and harder for the clock."""
NETWORK = 0.04
_, _GREY = cv2.imencode(".jpg", np.full((480, 640, 3), 128, np.uint8))
GREY = _GREY.tobytes()
_numbers = itertools.count(1)


def blank(number: int) -> bytes:
    """A grey JPEG that carries a number."""
    return GREY[:2] + b"\xff\xfe" + struct.pack(">HQ", 10, number) + GREY[2:]


@dataclass
class KnownFrames:
    """Stands in for ``limelight.charcha.observing.observer.Observer``."""

    shows: dict[int, Observation] = field(default_factory=dict)
    _looked: int = 0

    def reset(self) -> None:
        """A new session."""
        self._looked = 5

    def observe(self, frame: Frame, rgb: object, *, time: float, arrived: float) -> Observation:  # noqa: ARG002
        """What the frame of that number shows, an embedding on every fifth as the real observer gives."""
        (number,) = struct.unpack_from(">Q", frame.jpeg, 6)
        seen = self.shows[number]
        self._looked += 1
        due = self._looked >= 5 and seen.embedding is not None
        self._looked = 0 if due else self._looked
        return replace(
            seen, sequence=frame.sequence, time=time, arrived=arrived, jpeg=frame.jpeg, audio=frame.audio,
            embedding=seen.embedding if due else None,
        )  # fmt: skip


Key = tuple[str, int]
_BETWEEN: dict[tuple[str, Key, Key, int], Observation] = {}
MOST_BETWEEN = 12_000


@dataclass
class Performance:
    """Somebody, or something, before a webcam: does what prompts ask, as far as its atlas can.

    It moves until the landmarks have gone as far as was asked, as somebody who watches them would.

    Attributes:
        atlas: What can be seen of it.
        rng: Of reactions, sway and noise.
        screen_light: White of the page's screen against the room's light on the face.
        relit: Share of the screen's light that is given back as the atlas saw it given: 1 a body, 0 a picture fed to
            the browser.
        veil: Light that a glossy surface before the camera throws back, of the screen's, on all of the picture.
        tint: Share at which a program mixes the screen's colour into the sRGB codes of the whole picture.
        relight_lag: Seconds from prompt to light.
        pulse: Amplitude of the pulse as a share of the skin's light; 0: none.
        colour_of: The screen's colour that lights it, by prompt and time.
    """

    atlas: Atlas
    rng: random.Random
    screen_light: float = 0.1
    relit: float = 1.0
    veil: float = 0.0
    tint: float = 0.0
    relight_lag: float = 0.12
    pulse: float = 0.0015
    colour_of: Callable[[ShownPrompt, float], Colour | None] = lambda prompt, _now: prompt.colour

    def __post_init__(self) -> None:
        self._noise = np.random.default_rng(self.rng.randrange(2**31))
        self._shimmer = np.linalg.cholesky(self.atlas.shimmer + 1e-9 * np.eye(12))
        self._prompt = ""
        self._begins = self._rise = self._hold = self._most = 0.0
        self._way = self.rng.sample(range(8), 8)
        self._pace = self.rng.uniform(1.2, 2.5)
        self._lights: list[tuple[float, Colour | None]] = [(-1.0, None)]
        self._heart = self.rng.uniform(0.9, 1.6)
        self._drift = [self.rng.uniform(0.05, 0.2) for _ in range(4)] + [self.rng.random() for _ in range(4)]

    def look(self, prompt: ShownPrompt | None, now: float) -> Observation:
        """What the camera sees at a moment."""
        self._switch(prompt, now)
        seen = self._calm(now)
        action = prompt.action if prompt is not None else ""
        if action.startswith("hand"):
            seen = self._hand(seen, action, now)
        elif action:
            seen = self._act(seen, action, now)
        if seen.rgb.size <= 3:  # atlases keep pictures of some calm looks only
            seen = replace(seen, rgb=self.atlas.looks["calm", self._way[0] % 4].rgb)
        return self._lit(self._alive(seen, now), now)

    def _switch(self, prompt: ShownPrompt | None, now: float) -> None:
        if prompt is not None and prompt.id != self._prompt:
            self._prompt = prompt.id
            self._begins = now + max(0.25, self.rng.gauss(0.55, 0.15))
            self._rise = max(0.35, self.rng.gauss(0.55, 0.12))
            self._hold = prompt.hold + self.rng.uniform(0.45, 0.8)
            self._most = self._reach(prompt)
        colour = self.colour_of(prompt, now) if prompt is not None else None
        if colour != self._lights[-1][1]:
            self._lights.append((now + self.relight_lag, colour))

    def _reach(self, prompt: ShownPrompt) -> float:
        """The share of the atlas's peak at which the target is passed by a little."""
        if not prompt.target or (prompt.action, 0) not in self.atlas.looks:
            return 1.0
        wish = prompt.target * (1 + max(0.0, self.rng.gauss(0.08, 0.05)))
        calm = self.atlas.looks["calm", 0].face
        reached = [0.0]
        for i in range(len(SHARES)):
            face = self.atlas.looks[prompt.action, i].face
            if face is None or calm is None:
                break
            angle = "yaw" if "turn" in prompt.action else "pitch" if "look" in prompt.action else "roll"
            reached.append(abs(getattr(face.pose, angle) - getattr(calm.pose, angle)))
        shares = (0.0, *SHARES)[: len(reached)]
        for i in range(1, len(reached)):
            if reached[i] >= wish and reached[i] > reached[i - 1]:
                part = (wish - reached[i - 1]) / (reached[i] - reached[i - 1])
                return float(shares[i - 1] + max(0.0, part) * (shares[i] - shares[i - 1]))
        return 1.0

    def _calm(self, now: float) -> Observation:
        at = now / self._pace
        one, two = self._way[int(at) % 8], self._way[(int(at) + 1) % 8]
        return self._between(("calm", one), ("calm", two), float(eased(np.array(at % 1))))

    def _between(self, one: Key, two: Key, share: float) -> Observation:
        """In steps of a sixteenth, which are remembered: the camera's noise comes on top."""
        key = (self.atlas.name, one, two, round(16 * share))
        if key not in _BETWEEN:
            if len(_BETWEEN) > MOST_BETWEEN:
                _BETWEEN.clear()
            _BETWEEN[key] = between(self.atlas.looks[one], self.atlas.looks[two], key[-1] / 16)
        return _BETWEEN[key]

    def _share(self, now: float) -> float:
        up = eased(np.array((now - self._begins) / self._rise))
        down = eased(np.array((now - self._begins - self._rise - self._hold) / self._rise))
        return float(up * (1 - down))

    def _act(self, calm: Observation, action: str, now: float) -> Observation:
        at = self._share(now) * self._most * len(SHARES)
        if at <= 0:
            return calm
        below = min(int(at), len(SHARES) - 1)
        if below == 0:
            return between(calm, self.atlas.looks[action, 0], at)
        return self._between((action, below - 1), (action, below), at - below)

    def _hand(self, calm: Observation, action: str, now: float) -> Observation:
        along = float(eased(np.array((now - self._begins) / (2 * self._rise + self._hold + 0.4))))
        at = (along if action == "hand_from_left" else 1 - along) * (len(HANDS) + 1) - 1
        if not 0 < at < len(HANDS) - 1:
            return calm
        return self._between(("hand", int(at)), ("hand", int(at) + 1), at - int(at))

    def _alive(self, seen: Observation, now: float) -> Observation:
        """Sway of the whole, and the tremble that the sensor's noise gives the landmarks."""
        face = seen.face
        if face is None:
            return seen
        points = face.points.copy()
        middle = points[:, :2].mean(axis=0)
        waves = [np.sin(2 * np.pi * (self._drift[i] * now + self._drift[4 + i])) for i in range(4)]
        points[:, :2] = (points[:, :2] - middle) * (1 + 0.004 * waves[0]) + middle
        points[:, :2] += (
            1.5 * np.array([waves[1], waves[2]])
            + self._noise.normal(0, 1, (len(points), 2)) * self.atlas.tremble
        )
        moved = replace(face, points=points.astype(np.float32))
        return replace(seen, faces=(moved, *seen.faces[1:]))

    def _lit(self, seen: Observation, now: float) -> Observation:
        """The screen's light, the pulse and the camera's noise in the means of skin, surround, dark and bright."""
        colour = next((c for begun, c in reversed(self._lights) if begun <= now), None)
        light = lights(seen)
        if colour is not None:
            page = self.screen_light * LINEAR[np.array(colour)]
            light = light * (1 + self.relit * self.atlas.gains * page) + self.veil * page
            if self.tint:
                light = mixed(light, np.array(colour) / 255, self.tint)
        beat = np.sin(2 * np.pi * self._heart * now) + 0.35 * np.sin(4 * np.pi * self._heart * now + 1)
        light[0] *= 1 + self.pulse * beat * np.array([0.33, 0.77, 0.53])
        light *= np.exp(self._shimmer @ self._noise.normal(0, 1, 12)).reshape(4, 3)
        skin, surround, dark, bright = light.astype(np.float32)
        return replace(seen, skin=skin, surround=surround, dark=dark, bright=bright)


def mixed(light: NDArray[np.float64], colour: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """A colour (sRGB, 0 to 1) mixed into the sRGB codes of linear light; the gamma is taken for 2.2."""
    return ((1 - share) * np.maximum(light, 0) ** (1 / 2.2) + share * colour) ** 2.2


def between(one: Observation, two: Observation, share: float) -> Observation:
    """A look between two; without a face where the nearer one has none."""
    nearer = two if share >= 0.5 else one
    mix = lambda a, b: a * (1 - share) + b * share  # noqa: E731
    patch, embedding = nearer.patch, nearer.embedding
    if one.patch is not None and two.patch is not None:
        patch = mix(one.patch, two.patch)
        patch = (patch - patch.mean()) / max(float(patch.std()), 1e-3)
    if one.face is None or two.face is None:
        return replace(nearer, patch=patch)
    a, b = one.face, two.face
    shapes = {name: mix(value, b.blendshapes[name]) for name, value in a.blendshapes.items()}
    pose = replace(
        a.pose, yaw=mix(a.pose.yaw, b.pose.yaw), pitch=mix(a.pose.pitch, b.pose.pitch),
        roll=mix(a.pose.roll, b.pose.roll), matrix=mix(a.pose.matrix, b.pose.matrix),
    )  # fmt: skip
    face = Face(
        mix(a.points, b.points), shapes, pose, mix(a.presence, b.presence), tuple(map(mix, a.box, b.box))
    )  # type: ignore[arg-type]
    if one.embedding is not None and two.embedding is not None:
        embedding = mix(one.embedding, two.embedding)
        embedding = embedding / np.linalg.norm(embedding)
    picture = nearer.rgb if nearer.rgb.size > 3 else one.rgb if one.rgb.size > 3 else two.rgb
    return replace(
        nearer, rgb=picture, faces=(face, *nearer.faces[1:]), patch=patch, embedding=embedding,
        skin=mix(one.skin, two.skin), surround=mix(one.surround, two.surround),
        dark=mix(one.dark, two.dark), bright=mix(one.bright, two.bright),
        sharpness=mix(one.sharpness, two.sharpness), exposure=mix(one.exposure, two.exposure),
    )  # fmt: skip


@dataclass
class Sent:
    """A frame on its way: an attacker on the wire may change anything before it goes."""

    sequence: int
    time: float
    prompt: str
    jpeg: bytes

    def message(self) -> bytes:
        """As it goes over the wire."""
        return Frame(self.sequence, round(1000 * self.time, 3), self.prompt, self.jpeg).to_bytes()


Look = Callable[[ShownPrompt | None, float], Observation]
Tamper = Callable[[Sent], Sequence[Sent]]
REAL_CAMERA = Probed(
    requested=((640, 480), (1280, 720), (320, 240)), delivered=((640, 480), (1280, 720), (320, 240)),
    frame_rate=30.0, label="Integrated Camera (04f2:b6d9)", capabilities=("width", "height", "frameRate"),
    settle_ms=(410.0, 290.0, 260.0),
)  # fmt: skip


ALL = Consented(consent_id="simulated", perform=False)
"""Nothing excluded, no song."""


def honest_wire(sent: Sent) -> Sequence[Sent]:
    """Nothing is changed."""
    return (sent,)


def go_through(
    session: Session,
    observer: KnownFrames,
    look: Look,
    *,
    began: float,
    tamper: Tamper = honest_wire,
    probe: Probed = REAL_CAMERA,
    consent: Consented = ALL,
    hold_back: float = 0.0,
    settled: Callable[[], bool] = lambda: False,
    most: int = 1900,
) -> float:
    """One session from consent to its end; gives the simulated seconds it took.

    With `hold_back` the client says of each new colour only so many seconds later that it is on the screen. Nothing
    more is sent once it is `settled`, asked once a simulated second.
    """
    session.handle(consent.model_dump_json(), began)
    reply = session.handle(probe.model_dump_json(), began)
    at, seen, told, newest, known_at = 0.1, reply.prompt, reply.prompt, "", 0.0
    for sequence in range(most):
        if reply.over or (sequence % 10 == 0 and settled()):
            break
        number = next(_numbers)
        observer.shows[number] = look(seen, at)
        if seen is not None and seen.id != newest:
            newest, known_at = seen.id, at
        if seen is None or seen.kind is not PromptKind.FLASH or at - known_at >= hold_back:
            told = seen
        sent = Sent(sequence, at, told.id if told else "", blank(number))
        step = 1 / RATES.get(seen.kind if seen else PromptKind.REST, RATE)
        seen = reply.prompt
        for changed in tamper(sent):
            reply = session.handle(changed.message(), began + at + NETWORK)
        observer.shows.pop(number - 40, None)
        at += step
    session.close(began + at)
    return at
