"""The audition: an understudy, a synthetic person, sings along before a simulated webcam and becomes a star.

The footage goes through the vault's door like anybody's; its kind says ``synthetic``.
"""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from limelight.crew import LocalCrew
from limelight.events import Listener, StageFinished, StageProgressed, StageStarted, ignore
from limelight.star import Purpose, Star, StarKind
from limelight.vault import Agreement, Manifest, TimedPicture, Vault

SIZE = (1280, 720)
SECONDS, FPS = 16.0, 10.0
"""The painted camera chooses at most 160 frames; more would never be looked at."""
ENVELOPE_RATE = 50.0
FRAMES_A_JOB = 10
JPEG_QUALITY = 93


@dataclass(frozen=True)
class Reel:
    """A job: some frames of one understudy's performance."""

    name: str
    first: int
    last: int
    seed: int


def audition(vault: Vault, name: str, *, seed: int = 1, workers: int = 0, tell: Listener = ignore) -> Star:
    """Render an understudy's sing-along and admit it to the vault.

    Args:
        vault: Where the star will live, under the understudy's name.
        name: One of ``limelight.understudy.cast()``.
        seed: Another number, another performance.
        workers: Processes; 0: one a core.
        tell: Gets the progress.

    Raises:
        InputError: there is no understudy of that name.
        ConsentError: the vault holds a star of that name already.
    """
    from limelight.understudy.casting import understudy  # noqa: PLC0415  # brings the renderer

    person = understudy(name)
    vault.refuse_double(person.name)
    frames = int(SECONDS * FPS)
    started = time.perf_counter()
    tell(StageStarted("audition", frames, "frames"))
    jobs = [
        Reel(person.name, at, min(at + FRAMES_A_JOB, frames), seed) for at in range(0, frames, FRAMES_A_JOB)
    ]
    with LocalCrew(workers, tell) as crew:
        done: dict[int, tuple[TimedPicture, ...]] = {}
        for job, pictures in crew.each(perform, jobs):
            done[job.first] = pictures
            tell(StageProgressed("audition", sum(map(len, done.values())), frames))
    star = _hire(vault, person.name, [picture for first in sorted(done) for picture in done[first]])
    tell(StageFinished("audition", time.perf_counter() - started))
    return star


def _hire(vault: Vault, name: str, pictures: list[TimedPicture]) -> Star:
    """Consent and manifest as for anybody, of the kind ``synthetic``; the vault vouches that it was rendered here."""
    shown = f"{name.title()} (synthetic)"
    agreement = Agreement(shown, adult=True, account="nobody", kind=StarKind.SYNTHETIC)
    receipt = vault.consent(agreement)
    star = Star(
        id=name,
        name=shown,
        star_kind=StarKind.SYNTHETIC,
        consent_id=receipt.consent_id,
        verified=receipt.event.event_time,
        expires=receipt.expires,
        purposes=tuple(Purpose),
    )
    marks = tuple(picture.mark for picture in pictures)
    manifest = Manifest(
        session=secrets.token_hex(16),
        star_id=star.id,
        star_kind=star.star_kind,
        consent_id=star.consent_id,
        chain=hashlib.sha256("".join(mark.sha256 for mark in marks).encode()).hexdigest(),
        passed=receipt.event.event_time,
        frames=marks,
    ).signed(vault.verifier)
    vault.admit(star, pictures, manifest)
    return star


def perform(job: Reel) -> tuple[TimedPicture, ...]:
    """Render one job's frames."""
    import cv2  # noqa: PLC0415  # in the workers alone

    from limelight.understudy.acting import sing_along  # noqa: PLC0415
    from limelight.understudy.casting import understudy  # noqa: PLC0415
    from limelight.understudy.render import Performer  # noqa: PLC0415

    person = understudy(job.name)
    performer = Performer(person, size=SIZE, seed=job.seed)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    pictures = []
    expressions = sing_along(warm_up(job.seed), ENVELOPE_RATE, SECONDS, FPS, job.seed)
    for index, expression in enumerate(expressions):
        if job.first <= index < job.last:
            rgb = performer.frame(expression).rgb
            _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), quality)
            pictures.append(TimedPicture(index / FPS, jpeg.tobytes()))
    return tuple(pictures)


def warm_up(seed: int) -> NDArray[np.float64]:
    """The loudness of an imagined voice at 50 Hz: syllables of all strengths, so that every mouth occurs."""
    rng = np.random.default_rng([seed, 77])
    level = np.zeros(int(SECONDS * ENVELOPE_RATE))
    moments = np.arange(len(level)) / ENVELOPE_RATE
    for start, length, strength in _syllables(rng):
        inside = (moments >= start) & (moments < start + length)
        level[inside] = strength * np.sin(np.pi * (moments[inside] - start) / length) ** 0.6
    return level


def _syllables(rng: np.random.Generator) -> Iterator[tuple[float, float, float]]:
    at = 0.4
    while at < SECONDS:
        length = float(rng.uniform(0.16, 0.7))
        yield at, length, float(rng.uniform(0.25, 1.0))
        at += length + (float(rng.uniform(0.4, 0.9)) if rng.random() < 0.15 else 0.02)
