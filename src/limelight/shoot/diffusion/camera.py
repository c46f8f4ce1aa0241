"""The diffusion camera: keyframes drawn by a diffusion model, moved by the music."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Self

from limelight.backends import load
from limelight.errors import BackendError
from limelight.events import Listener
from limelight.shoot.camera import CallSheet, Kit, Picture
from limelight.shoot.diffusion import wording
from limelight.shoot.diffusion.casting import Identity, identity_for
from limelight.shoot.diffusion.checkpoint import Checkpoint, locate
from limelight.shoot.diffusion.coherence import steady
from limelight.shoot.diffusion.drawing import Draughtsman, Wish, drawn_size
from limelight.shoot.diffusion.framing import framed, look_of
from limelight.shoot.diffusion.inbetween import Drawn, inbetween
from limelight.shoot.diffusion.keyframes import Keyframe, Surroundings, plan, surroundings
from limelight.shoot.diffusion.loading import Hardware, loaded
from limelight.shoot.diffusion.models import find
from limelight.shoot.mouthing import sung_envelope
from limelight.shoot.painted.cues import cues_of
from limelight.stage import digest
from limelight.storyboard import Shot
from limelight.vault import Likeness

if TYPE_CHECKING:
    from limelight.shoot.lips import LipSync

MOST_STARS = 2
REDRAWN = (0.3, 0.8)
"""Strength with which the first picture is redrawn: nothing walked since, and a whole leg."""


class DiffusionCamera:
    """Draws keyframes and moves between them; see docs/diffusion.md.

    The model is loaded when the first picture is drawn, once, and freed with the camera.
    """

    name: ClassVar[str] = "diffusion"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ()
    most_workers: ClassVar[int] = 1

    def __init__(self, kit: Kit | None = None) -> None:
        self._kit = kit or Kit()
        model = find(self._kit.model)
        model.permit(self._kit.use)
        self._checkpoint: Checkpoint | None = None
        self._model = model
        self._open = ExitStack()
        self._draughtsman: Draughtsman | None = None
        chosen = self._kit.lips
        self._lips: LipSync | None = None if chosen == "none" else load("lip-syncs", chosen)()

    @property
    def checkpoint(self) -> Checkpoint:
        """The model, pinned to its bytes."""
        if self._checkpoint is None:
            found = locate(self._model)
            steps = self._kit.steps or found.model.steps
            self._checkpoint = replace(found, model=found.model.model_copy(update={"steps": steps}))
        return self._checkpoint

    @property
    def models(self) -> tuple[str, ...]:
        """The models for the report: name, place and commit or SHA-256."""
        return (self.checkpoint.label,)

    def __enter__(self) -> Self:
        if self._lips is not None:
            self._open.enter_context(self._lips)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draughtsman = None
        self._open.close()

    def tasks(self, sheets: Sequence[CallSheet]) -> Sequence[str]:
        """Nothing is shared among shots."""
        for sheet in sheets:
            _cast(sheet)
        return ()

    def prepare(self, task: str, sheets: Sequence[CallSheet], tell: Listener) -> None:
        """There are no preparations."""
        del sheets, tell
        raise BackendError(
            f"The diffusion camera has no task {task!r}.", hint="Use the names that tasks() gives."
        )

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        """Yield the shot's pictures; see :class:`limelight.shoot.camera.Camera`.

        Consent is asked for at the start, before each batch of drawings, and once a second after.
        """
        cast = _cast(sheet)
        for likeness in cast:
            likeness.check()
        scene = self._scene(sheet, cast)
        size = drawn_size(self.checkpoint.model, sheet.format.width, sheet.format.height)
        drawn = self._drawn(sheet, scene, cast, size)
        every = max(1, round(float(sheet.format.rate)))
        pictures = framed(inbetween(drawn, sheet.shot.frames), sheet)
        for frame, picture in enumerate(self._lips.sing(pictures, sheet) if self._lips else pictures):
            if frame and frame % every == 0:
                for likeness in cast:
                    likeness.check()
            yield picture

    def depends_on(self, sheet: CallSheet) -> Mapping[str, str]:
        """Digests of model, identity, neighbours' prompts, the walk, and the likenesses."""
        cast = _cast(sheet)
        scene = self._scene(sheet, cast)
        following = scene.around.following
        return {
            "camera": f"{self.name}/{self.version}",
            "model": self.checkpoint.digest,
            "settings": digest(self.checkpoint.model.model_dump(mode="json", exclude={"name", "path"})),
            "identity": scene.identity.digest(cast),
            "keyframes": hashlib.sha256(repr(scene.keyframes).encode()).hexdigest(),
            "following": following.prompt if following else "",
            "lips": self._singing(sheet),
            "look": look_of(sheet.shot).model_dump_json(),
            "heard": digest(cues_of(sheet.score, sheet.shot, sheet.format).digests()),
        } | {f"star {likeness.star.id}": likeness.digest for likeness in cast}

    def _singing(self, sheet: CallSheet) -> str:
        if self._lips is None or not sheet.shot.stars:
            return ""
        heard = [sung_envelope(sheet, star).round(3).tolist() for star in sheet.shot.stars]
        return digest([self._lips.name, self._lips.version, heard])

    def _scene(self, sheet: CallSheet, cast: Sequence[Likeness]) -> "_Scene":
        around = surroundings(sheet.score, sheet.shot, sheet.shots or (sheet.shot,), sheet.format)
        keyframes = plan(sheet.score, sheet.shot, around, sheet.format, self._kit.drawings_a_second)
        return _Scene(around, keyframes, identity_for(self.checkpoint.model, cast))

    def _drawn(
        self, sheet: CallSheet, scene: "_Scene", cast: Sequence[Likeness], size: tuple[int, int]
    ) -> list[Drawn]:
        words = {likeness.star.id: scene.identity.words(likeness) for likeness in cast}
        wishes = [_wish(sheet.shot, scene, keyframe, words) for keyframe in scene.keyframes]
        artist = self._artist()
        with scene.identity.dress(artist.pipeline, cast, size) as dressing:
            if self.checkpoint.model.family.continues:
                (first,) = artist.draw(wishes[:1], size, dressing)
                rest = [
                    _continued(wish, key, first) for wish, key in zip(wishes, scene.keyframes, strict=True)
                ]
                pictures = [first, *artist.draw(rest[1:], size, dressing)]
            else:
                pictures = list(artist.draw(wishes, size, dressing))
        drawn = [Drawn(key.frame, picture) for key, picture in zip(scene.keyframes, pictures, strict=True)]
        return steady(drawn, [key.change for key in scene.keyframes])

    def _artist(self) -> Draughtsman:
        if self._draughtsman is None:
            hardware = Hardware.here()
            pipeline = self._open.enter_context(loaded(self.checkpoint, hardware))
            self._draughtsman = Draughtsman(pipeline, self.checkpoint.model, hardware)
        return self._draughtsman


@dataclass(frozen=True)
class _Scene:
    """What is to be drawn of a shot."""

    around: Surroundings
    keyframes: tuple[Keyframe, ...]
    identity: Identity


def _continued(wish: Wish, keyframe: Keyframe, first: Picture) -> Wish:
    """Redraw the shot's first picture, the more the further the walk has come."""
    return replace(
        wish, continued=first, strength=REDRAWN[0] + (REDRAWN[1] - REDRAWN[0]) * min(1.0, keyframe.away)
    )


def _wish(shot: Shot, scene: _Scene, keyframe: Keyframe, words: Mapping[str, str]) -> Wish:
    following = scene.around.following
    return Wish(
        prompt=wording.positive(shot, words),
        negative=wording.negative(shot),
        noise=keyframe.noise,
        towards=wording.positive(following, words) if following is not None else "",
        share=keyframe.share,
    )


def _cast(sheet: CallSheet) -> list[Likeness]:
    found = []
    for star in sheet.shot.stars[:MOST_STARS]:
        if star not in sheet.cast:
            raise BackendError(
                f"Shot {sheet.shot.number} wants the star {star!r}, whose likeness was not opened.",
                hint="Open it in the vault and hand it over in the call sheet's cast.",
            )
        found.append(sheet.cast[star])
    return found
