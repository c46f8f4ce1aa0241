"""The simulated species of attack. Each gives a :class:`Staging`: what is before the camera and on the wire.

What an attacker of each kind can do is written beside it; where there was a choice, the stronger attack was taken.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import casts
from atlas import Shelf
from simulated import ALL, REAL_CAMERA, Look, Performance, Sent, Tamper, between, honest_wire

from limelight.charcha.observing.observation import Observation
from limelight.charcha.prompts import Colour, PromptKind
from limelight.charcha.protocol import COLOURS
from limelight.charcha.wire.messages import Consented, Probed, ShownPrompt


@dataclass
class Staging:
    """One session's attack."""

    look: Look
    tamper: Tamper = honest_wire
    probe: Probed = REAL_CAMERA
    consent: Consented = ALL
    hold_back: float = 0.0
    """Seconds by which a client says too late that a colour is on the screen."""
    replays: bool = False
    """The frames of an earlier, passed session are sent once more."""


Species = Callable[[Shelf, random.Random], Staging]


def _victim(rng: random.Random) -> str:
    return rng.choice(casts.VICTIMS)


def _live(shelf: Shelf, rng: random.Random, person: str | None = None, **more: object) -> Performance:
    person = person or _victim(rng)
    return Performance(casts.bona_fide(shelf, person, 0), rng, **more)  # type: ignore[arg-type]


def _board(kind: str) -> Species:
    def species(shelf: Shelf, rng: random.Random) -> Staging:
        """Held before a real camera, lit by the page as a face would be; turned until the landmarks say enough."""
        atlas = casts.false_face(shelf, kind, _victim(rng))
        return Staging(Performance(atlas, rng, pulse=0.0, screen_light=_room(rng)).look)

    return species


def _room(rng: random.Random) -> float:
    """The page's white against the room's light: a laptop by day to an evening."""
    return rng.choice((0.04, 0.08, 0.12, 0.2))


def screen_replay(shelf: Shelf, rng: random.Random) -> Staging:
    """A screen that shows somebody who obeys (a relayed call); its glass throws 4 % of the page's light back."""
    atlas = casts.false_face(shelf, "screen", _victim(rng))
    light = _room(rng)
    return Staging(
        Performance(atlas, rng, relit=0.0, veil=0.04 * rng.uniform(0.3, 1.0), screen_light=light).look
    )


def pre_recorded(shelf: Shelf, rng: random.Random) -> Staging:
    """A film of the victim's own earlier session under fresh headers: it cannot know what comes."""
    performance = _live(shelf, rng)
    actions = list(dict.fromkeys(key[0] for key in performance.atlas.looks if key[0] not in {"calm", "hand"}))
    script = [rng.choice([*actions, "hand_from_left", "hand_from_right"]) for _ in range(60)]
    colours = [rng.choice(COLOURS) for _ in range(400)]
    performance.colour_of = lambda prompt, now: (
        colours[int(now / 0.55)] if prompt.kind is PromptKind.FLASH else None
    )

    def look(prompt: ShownPrompt | None, now: float) -> Observation:
        step, into = int(now / 5), now % 5
        acting = now > 4 and into < 4
        recorded = prompt and replace_prompt(prompt, script[step % 60] if acting else "", f"{step}-{acting}")
        return performance.look(recorded, now)

    return Staging(look)


def replace_prompt(prompt: ShownPrompt, action: str, identity: str) -> ShownPrompt:
    """The prompt that the recorded person was shown."""
    still = prompt.kind in {PromptKind.STILL, PromptKind.CALIBRATE, PromptKind.FLASH}
    target = 32.0 if action.startswith("turn") else 20.0 if action.startswith("tilt") else 12.0
    return prompt.model_copy(
        update={"action": "" if still else action, "target": target, "hold": 0.8, "id": identity}
    )


def old_session(shelf: Shelf, rng: random.Random) -> Staging:
    """The very messages of a session that passed, sent again; see ``play.py``."""
    return Staging(_live(shelf, rng).look, replays=True)


STRANGERS = (("mei", "bruno"), ("bruno", "mei"), ("mei", "kofi"), ("kofi", "mei"))
"""Pairs that SFace tells apart (cosine .24 and .30); most understudies are closer than its threshold of .363."""


def person_swap(shelf: Shelf, rng: random.Random) -> Staging:
    """A live stranger does what is asked, then the victim's face takes over for the frames that are kept."""
    victim, stranger = rng.choice(STRANGERS)
    one, two = _live(shelf, rng, stranger), _live(shelf, rng, victim)
    at = rng.uniform(8, 30)
    return Staging(lambda prompt, now: (one if now < at else two).look(prompt, now))


_ALIKE = (("ada", "mei"), ("ada", "kofi"), ("ada", "bruno"), ("kofi", "bruno"))
ALIKE = (*_ALIKE, *((two, one) for one, two in _ALIKE))
"""Pairs that SFace takes for one person (cosine .47 to .66)."""


def alike_swap(shelf: Shelf, rng: random.Random) -> Staging:
    """The same between two people whom SFace does not tell apart: only the cut itself can be seen."""
    victim, stranger = rng.choice(ALIKE)
    one, two = _live(shelf, rng, stranger), _live(shelf, rng, victim)
    at = rng.uniform(8, 30)
    return Staging(lambda prompt, now: (one if now < at else two).look(prompt, now))


def slow_morph(shelf: Shelf, rng: random.Random) -> Staging:
    """The stranger becomes the victim little by little over 20 to 60 seconds after calibration."""
    victim, stranger = rng.choice(STRANGERS)
    one, two = _live(shelf, rng, stranger), _live(shelf, rng, victim)
    two._begins = one._begins  # noqa: SLF001
    begins, lasts = rng.uniform(5, 10), rng.uniform(20, 60)

    def look(prompt: ShownPrompt | None, now: float) -> Observation:
        share = min(1.0, max(0.0, (now - begins) / lasts))
        return between(one.look(prompt, now), two.look(prompt, now), share)

    return Staging(look)


def puppet(shelf: Shelf, rng: random.Random) -> Staging:
    """One photograph, warped by a live driver's landmarks and fed to the browser; no light, no hand."""
    atlas = casts.handless(casts.false_face(shelf, "adaptive", _victim(rng)))
    return Staging(Performance(atlas, rng, relit=0.0, pulse=0.0).look)


def relit_puppet(shelf: Shelf, rng: random.Random) -> Staging:
    """Knows this code: the same with a hand laid over it, relit in time, with a pulse, "real" camera."""
    atlas = casts.false_face(shelf, "adaptive", _victim(rng))
    return Staging(Performance(atlas, rng, relight_lag=rng.uniform(0.05, 0.25)).look)


def perfect_puppet(shelf: Shelf, rng: random.Random) -> Staging:
    """A puppet as good as the rendered victim herself, hand and all, but without the page's light or a pulse."""
    return Staging(_live(shelf, rng, relit=0.0, pulse=0.0).look)


def tinted_puppet(shelf: Shelf, rng: random.Random) -> Staging:
    """The perfect puppet with the page's colour over the whole picture: as light, or mixed into its codes."""
    as_light = rng.random() < 0.5
    veil, tint = (rng.uniform(0.02, 0.5), 0.0) if as_light else (0.0, rng.uniform(0.03, 0.3))
    light = {"veil": veil, "screen_light": 1.0} if as_light else {"tint": tint}
    return Staging(_live(shelf, rng, relit=0.0, pulse=0.0, **light).look)


def adaptive(shelf: Shelf, rng: random.Random) -> Staging:
    """Knows this code and has the perfect puppet: relit in time on the face alone, with a pulse, "real" camera."""
    return Staging(_live(shelf, rng, relight_lag=rng.uniform(0.05, 0.25), screen_light=0.1).look)


def virtual_camera(shelf: Shelf, rng: random.Random) -> Staging:
    """The adaptive puppet through a program that does not hide: its name, one format, at once."""
    probe = Probed(
        requested=REAL_CAMERA.requested, delivered=((640, 480),) * 3, frame_rate=30.0,
        label=rng.choice(("OBS Virtual Camera", "ManyCam Video Source", "v4l2loopback")), settle_ms=(1.0, 1.0, 1.0),
    )  # fmt: skip
    return replace(adaptive(shelf, rng), probe=probe)


def wrong_flash(shelf: Shelf, rng: random.Random) -> Staging:
    """An obedient live face lit by colours of another drawing."""
    drawn: dict[str, Colour] = {}

    def colour(prompt: ShownPrompt, _now: float) -> Colour | None:
        if prompt.colour is None:
            return None
        return drawn.setdefault(prompt.id, rng.choice(COLOURS))

    return Staging(_live(shelf, rng, colour_of=colour).look)


def late_flash(shelf: Shelf, rng: random.Random) -> Staging:
    """An obedient live face relit, but half a second to a second late."""
    return Staging(_live(shelf, rng, relight_lag=rng.uniform(0.45, 0.9)).look)


def late_answers(shelf: Shelf, rng: random.Random) -> Staging:
    """Knows this code: needs .35 to .6 s to relight the perfect puppet, and says that the colours came that late."""
    needs = rng.uniform(0.35, 0.6)
    return Staging(_live(shelf, rng, relight_lag=needs).look, hold_back=needs - 0.1)


def reordered(shelf: Shelf, rng: random.Random) -> Staging:
    """Live frames that change places on the wire now and then."""
    held: list[Sent] = []

    def tamper(sent: Sent) -> Sequence[Sent]:
        if held:
            return sent, held.pop()
        if rng.random() < 0.03:
            held.append(sent)
            return ()
        return (sent,)

    return Staging(_live(shelf, rng).look, tamper)


def duplicated(shelf: Shelf, rng: random.Random) -> Staging:
    """Old pictures shown again under fresh headers, a second's worth at a time."""
    kept: list[bytes] = []
    left = [0]

    def tamper(sent: Sent) -> Sequence[Sent]:
        kept.append(sent.jpeg)
        if not left[0] and len(kept) > 40 and rng.random() < 0.02:
            left[0] = 10
        if left[0]:
            left[0] -= 1
            return (replace(sent, jpeg=kept[-30]),)
        return (sent,)

    return Staging(_live(shelf, rng).look, tamper)


def stretched(shelf: Shelf, rng: random.Random) -> Staging:
    """Live frames whose clock runs slow or fast: time to make the next picture with."""
    factor = rng.choice((0.6, 0.75, 1.3, 1.6))
    return Staging(_live(shelf, rng).look, lambda sent: (replace(sent, time=sent.time * factor),))


SPECIES: dict[str, Species] = {
    "flat-print": _board("flat"),
    "bent-print": _board("bent"),
    "cut-out-print": _board("cutout"),
    "screen-replay": screen_replay,
    "pre-recorded": pre_recorded,
    "old-session": old_session,
    "person-swap": person_swap,
    "alike-swap": alike_swap,
    "slow-morph": slow_morph,
    "puppet": puppet,
    "relit-puppet": relit_puppet,
    "perfect-puppet": perfect_puppet,
    "tinted-puppet": tinted_puppet,
    "virtual-camera": virtual_camera,
    "adaptive": adaptive,
    "wrong-flash": wrong_flash,
    "late-flash": late_flash,
    "late-answers": late_answers,
    "reordered": reordered,
    "duplicated": duplicated,
    "stretched": stretched,
}
HELD_OUT = frozenset({"cut-out-print", "slow-morph"})
"""Nothing was set by looking at these."""
