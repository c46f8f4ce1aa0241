"""The diffusion camera: keyframes drawn by a diffusion model, moved by the music or by a video model."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from limelight.backends import load
from limelight.errors import BackendError
from limelight.events import Listener
from limelight.provenance.source import SourceType
from limelight.shoot.camera import CallSheet, Kit, Picture
from limelight.shoot.diffusion import openings
from limelight.shoot.diffusion.drawing import Draughtsman, drawn_size
from limelight.shoot.diffusion.filming import Cinematographer, Strip, plan_strips
from limelight.shoot.diffusion.framing import framed
from limelight.shoot.diffusion.inbetween import inbetween
from limelight.shoot.diffusion.models.checkpoint import Checkpoint, locate, on_base, require_extra
from limelight.shoot.diffusion.models.loading import Hardware, loaded
from limelight.shoot.diffusion.models.register import Family, Model, find
from limelight.shoot.diffusion.scene import Scene, beats_of, cast_of
from limelight.shoot.looks import look_of
from limelight.shoot.mouthing import sung_envelope
from limelight.shoot.painted.cues import cues_of
from limelight.stage import digest

if TYPE_CHECKING:
    from limelight.shoot.lips import LipSync


class DiffusionCamera:
    """Draws keyframes and moves between them; see docs/diffusion.md.

    A still model draws; a video model, if there is one, films, from the still model's first frame where it takes
    one. Either is loaded when it is first needed, never both at a time, and freed with the camera.
    """

    name: ClassVar[str] = "diffusion"
    version: ClassVar[int] = 1
    weights: ClassVar[tuple[str, ...]] = ()
    follows_prompts: ClassVar[bool] = True
    source: ClassVar[SourceType] = SourceType.TRAINED
    most_workers: ClassVar[int] = 1

    def __init__(self, kit: Kit | None = None) -> None:
        require_extra()
        self._kit = kit or Kit()
        chosen, motion = find(self._kit.model), find(self._kit.motion) if self._kit.motion else None
        for model in (chosen, motion):
            if model is not None:
                model.permit(self._kit.use)
        self._chosen, self._moving = chosen, motion
        self._open, self._loaded = ExitStack(), ExitStack()
        self._at_work: Draughtsman | Cinematographer | None = None
        lips = self._kit.lips
        self._lips: LipSync | None = None if lips == "none" else load("lip-syncs", lips)()

    @cached_property
    def still(self) -> Checkpoint | None:
        """The model that draws, pinned to its bytes; None if ``--model`` is a video model that does all alone."""
        found = self._pinned(self._chosen)
        return None if found.model.family.is_video else found

    @cached_property
    def motion(self) -> Checkpoint | None:
        """The model that films, pinned to its bytes, or None."""
        if self._moving is None:
            return self._pinned(self._chosen) if self.still is None else None
        found = self._pinned(self._moving)
        if not found.model.family.is_video:
            raise BackendError(
                f"{self._moving.name} is no video model.",
                hint="Give it as --model, or choose another --motion.",
            )
        if found.model.family is Family.ANIMATEDIFF and self.still is not None:
            return on_base(found, self.still)
        return found

    @property
    def models(self) -> tuple[str, ...]:
        """The models for the report: name, place and commit or SHA-256."""
        return tuple(checkpoint.label for checkpoint in (self.still, self.motion) if checkpoint is not None)

    def __enter__(self) -> Self:
        if self._lips is not None:
            self._open.enter_context(self._lips)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._at_work = None
        self._loaded.close()
        self._open.close()

    def tasks(self, sheets: Sequence[CallSheet]) -> Sequence[str]:
        """First frames for the video model that are not kept yet (``opening 7``).

        They are drawn before anything is filmed, so that each model is loaded once.

        Raises:
            ConsentError: a star says no.
        """
        found = []
        for sheet in sheets:
            cast = cast_of(sheet)
            if self._opens and openings.recall(sheet, self._opening_key(self._scene(sheet)), cast) is None:
                found.append(f"opening {sheet.shot.number}")
        return found

    def prepare(self, task: str, sheets: Sequence[CallSheet], tell: Listener) -> None:
        """Draw an opening and keep it, sealed if there is anybody in it.

        Raises:
            ConsentError: a star says no.
            BackendError: no such task.
        """
        del tell  # the caller tells when it is done
        kind, _, number = task.partition(" ")
        sheet = next((one for one in sheets if str(one.shot.number) == number), None)
        if kind != "opening" or sheet is None:
            raise BackendError(
                f"The diffusion camera has no task {task!r}.", hint="Use the names that tasks() gives."
            )
        self._opening(self._scene(sheet))

    def shoot(self, sheet: CallSheet) -> Iterator[Picture]:
        """Yield the shot's pictures; see :class:`limelight.shoot.camera.Camera`.

        Consent is asked for at the start, before each drawing, and once a second after.
        """
        scene = self._scene(sheet)
        scene.check()
        pictures = framed(self._moved(scene), sheet)
        every = max(1, round(float(sheet.format.rate)))
        yield from scene.allowed(self._lips.sing(pictures, sheet) if self._lips else pictures, every)

    def depends_on(self, sheet: CallSheet) -> Mapping[str, str]:
        """Digests of models, identity, neighbours' prompts, the walk, what is heard, and the likenesses."""
        checkpoints = [checkpoint for checkpoint in (self.still, self.motion) if checkpoint is not None]
        return {
            "camera": f"{self.name}/{self.version}",
            "models": digest([[one.digest, _settings(one.model)] for one in checkpoints]),
            "scene": self._scene(sheet).digest,
            "strips": repr(self._strips(sheet)),
            "look": look_of(sheet.shot).model_dump_json(),
            "heard": digest(cues_of(sheet.score, sheet.shot, sheet.format).digests()),
            "lips": self._singing(sheet),
        }

    @property
    def _opens(self) -> bool:
        """Whether a still model draws the first frames of what a video model films."""
        return self.still is not None and self.motion is not None and self.motion.model.first_frame

    def _moved(self, scene: Scene) -> Iterator[Picture]:
        """The shot's frames, in the size in which they were drawn."""
        sheet = scene.sheet
        if self.motion is None:
            artist = self._draughtsman()
            drawn = scene.draw(artist, _size(artist.model, sheet))
            return inbetween(drawn, sheet.shot.frames)
        first = self._opening(scene) if self._opens else None
        return self._filmed(scene, first)

    def _filmed(self, scene: Scene, first: Picture | None) -> Iterator[Picture]:
        operator = self._cinematographer(from_picture=first is not None)
        size = _size(operator.model, scene.sheet)
        strips, wish = self._strips(scene.sheet), scene.wishes[0]
        if operator.model.family is not Family.ANIMATEDIFF:  # who is seen comes with the first frame
            yield from operator.film(wish, strips, size, first)
            return
        with scene.identity.dress(operator.pipeline, scene.cast, size) as dressing:
            yield from operator.film(wish, strips, size, first, dressing)

    def _strips(self, sheet: CallSheet) -> tuple[Strip, ...]:
        if self.motion is None:
            return ()
        return plan_strips(sheet.shot.frames, float(sheet.format.rate), beats_of(sheet), self.motion.model)

    def _opening(self, scene: Scene) -> Picture:
        key = self._opening_key(scene)
        kept = openings.recall(scene.sheet, key, scene.cast)
        if kept is not None:
            return kept
        scene.check()
        artist = self._draughtsman()
        picture = scene.open(artist, _size(artist.model, scene.sheet))
        openings.keep(scene.sheet, key, picture, scene.cast)
        return picture

    def _opening_key(self, scene: Scene) -> str:
        still = self._still()
        first = scene.wishes[0]
        size = _size(still.model, scene.sheet)
        people = [likeness.digest for likeness in scene.cast]
        identity = scene.identity.digest(scene.cast)
        asked = [first.prompt, first.negative, first.noise, first.towards, first.share]
        return digest([still.digest, _settings(still.model), asked, size, people, identity])

    def _scene(self, sheet: CallSheet) -> Scene:
        model = (self.still or self._film()).model
        return Scene.of(sheet, model, self._kit.drawings_a_second)

    def _singing(self, sheet: CallSheet) -> str:
        if self._lips is None or not sheet.shot.stars:
            return ""
        heard = [sung_envelope(sheet, star).round(3).tolist() for star in sheet.shot.stars]
        return digest([self._lips.name, self._lips.version, heard])

    def _pinned(self, model: Model) -> Checkpoint:
        found = locate(model)
        steps = self._kit.steps or found.model.steps
        return replace(found, model=found.model.model_copy(update={"steps": steps}))

    def _still(self) -> Checkpoint:
        if self.still is None:
            raise BackendError(f"{self._chosen.name} draws no stills.", hint="Give a still model as --model.")
        return self.still

    def _film(self) -> Checkpoint:
        if self.motion is None:
            raise BackendError("There is no video model.", hint="Give one as --motion.")
        return self.motion

    def _draughtsman(self) -> Draughtsman:
        if not isinstance(self._at_work, Draughtsman):
            pipeline, hardware = self._load(self._still())
            self._at_work = Draughtsman(pipeline, self._still().model, hardware)
        return self._at_work

    def _cinematographer(self, *, from_picture: bool) -> Cinematographer:
        if not isinstance(self._at_work, Cinematographer):
            pipeline, hardware = self._load(self._film(), from_picture=from_picture)
            self._at_work = Cinematographer(pipeline, self._film().model, hardware)
        return self._at_work

    def _load(self, checkpoint: Checkpoint, *, from_picture: bool = False) -> tuple[Any, Hardware]:
        """Free the model at work, then load this one."""
        self._at_work = None
        self._loaded.close()
        hardware = Hardware.here()
        return self._loaded.enter_context(loaded(checkpoint, hardware, from_picture=from_picture)), hardware


def _size(model: Model, sheet: CallSheet) -> tuple[int, int]:
    return drawn_size(model, sheet.format.width, sheet.format.height)


def _settings(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json", exclude={"name", "path", "note", "licence_source"})
