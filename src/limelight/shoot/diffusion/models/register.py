"""Models by name: the register ``models.toml``, any model of the hub, any folder or safetensors file.

A name is data: it is matched against what a name may look like before anything is opened, and it never becomes
part of a path.
"""

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from limelight.document import Part
from limelight.errors import InputError, LicenceError, WeightError
from limelight.weights.registry import PURPOSES, Purpose, Use

Repo = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
HUB_NAME = re.compile(
    r"^(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[A-Za-z0-9][\w.-]*))?$"
)
COMMIT = re.compile(r"^[0-9a-f]{40}$")
DEFAULT = "sd15"
UNKNOWN_LICENCE = "unknown"
PICKLES = (".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle")
"""Endings of files that can run code when they are opened."""


class Family(StrEnum):
    """What decides how a model is told and walked."""

    SD15 = "sd15"
    SDXL = "sdxl"
    Z_IMAGE = "z-image"
    FLUX2_KLEIN = "flux2-klein"
    OTHER = "other"
    """Any other pipeline of diffusers that takes a prompt and gives pictures."""
    ANIMATEDIFF = "animatediff"
    WAN = "wan"
    LTX2 = "ltx-2"

    @property
    def is_video(self) -> bool:
        """Whether it draws clips."""
        return self in {Family.ANIMATEDIFF, Family.WAN, Family.LTX2}

    @property
    def walks_prompts(self) -> bool:
        """Whether a mean of two prompts' embeddings means something in between."""
        return self in {Family.SD15, Family.SDXL}

    @property
    def continues(self) -> bool:
        """Whether it moves by redrawing the shot's first picture, more and more of it, as the walk goes on."""
        return self is Family.Z_IMAGE


class Model(Part):
    """A model and how it is used at its best.

    Attributes:
        name: As in ``--model NAME``.
        repo: On the hub; empty for a model on disk or one that is an adapter of ``base``.
        revision: A commit, tag or branch.
        path: Folder or safetensors file on disk, for models that are not on the hub.
        base: The registered model that an adapter changes.
        adapter: Hub repository of the adapter.
        adapter_file: The adapter's file there; empty: a folder of diffusers.
        variant: Such as ``fp16``: the files' second name.
        scheduler: ``lcm``, ``euler-trailing``, or empty for the model's own.
        licence: SPDX expression or the licence's own name.
        forbids: Uses that it rules out.
        revenue_ceiling: Yearly revenue in US dollars above which it ends.
        steps: Denoising steps.
        guidance: Classifier-free guidance scale; up to 1 means none.
        side: Square root of the number of pixels it was trained on.
        multiple: What width and height must be divisible by.
        parameters: Billions, by component.
        fps: Frames a second of a video model's clips.
        grid: Clips have ``grid * k + 1`` frames; 1: any number.
        longest: Frames of its longest clip.
        first_frame: Whether it takes the first frame.
    """

    name: str
    repo: Repo | Literal[""] = ""
    revision: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")] = "main"
    path: Path | None = None
    base: str = ""
    adapter: Repo | Literal[""] = ""
    adapter_file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*\.safetensors$|^$")] = ""
    variant: Annotated[str, Field(pattern=r"^\w*$")] = ""
    family: Family
    scheduler: Literal["", "lcm", "euler-trailing"] = ""
    licence: str
    licence_source: str = ""
    forbids: tuple[Purpose, ...] = ()
    revenue_ceiling: float | None = None
    note: str = ""
    steps: Annotated[int, Field(ge=1, le=200)] = 25
    guidance: Annotated[float, Field(ge=0, le=30)] = 7.5
    side: Annotated[int, Field(ge=16, le=4096)] = 512
    multiple: Annotated[int, Field(ge=1, le=64)] = 8
    parameters: dict[str, float] = Field(default_factory=dict)
    fps: Annotated[float, Field(ge=0)] = 0.0
    grid: Annotated[int, Field(ge=1)] = 1
    longest: Annotated[int, Field(ge=1)] = 1
    first_frame: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if sum((bool(self.repo), self.path is not None, bool(self.base))) != 1:
            raise ValueError(f"{self.name} needs exactly one of repo, path and base")
        return self

    @property
    def gigabytes(self) -> float:
        """Of all its weights in half precision; 0 where it is not known."""
        return 2 * sum(self.parameters.values())

    @property
    def largest_gigabytes(self) -> float:
        """Of its largest component in half precision: what offloading leaves on the GPU."""
        return 2 * max(self.parameters.values(), default=0.0)

    def permit(self, use: Use) -> None:
        """Let an allowed use pass.

        Raises:
            LicenceError: the licence forbids it, with the reason.
        """
        for purpose in self.forbids:
            if getattr(use, purpose):
                raise self._refused(f"it may not be {PURPOSES[purpose]} under the licence {self.licence!r}")
        if self.revenue_ceiling is not None and use.revenue > self.revenue_ceiling:
            raise self._refused(
                f"its licence {self.licence!r} ends at a yearly revenue of {self.revenue_ceiling:,.0f} USD"
            )
        if self.base:
            registered(self.base).permit(use)

    def _refused(self, reason: str) -> LicenceError:
        return LicenceError(
            f"The model {self.name} cannot be used here: {reason}.",
            hint=(
                f"Choose another model, or read the licence ({self.licence_source or 'on its page'}). {self.note}"
            ).rstrip(),
        )


class _Register(Part):
    schema_: Annotated[Literal["limelight.diffusion-models/1"], Field(alias="schema")]
    model: tuple[Model, ...]


@cache
def models() -> dict[str, Model]:
    """The registered models by name."""
    text = resources.files("limelight.shoot.diffusion.models").joinpath("models.toml").read_text("utf-8")
    try:
        found = _Register.model_validate(tomllib.loads(text)).model
    except (tomllib.TOMLDecodeError, ValidationError) as problem:
        raise WeightError(f"models.toml of the diffusion camera is not right: {problem}.") from problem
    return {model.name: model for model in found}


def registered(name: str) -> Model:
    """A model of the register.

    Raises:
        InputError: there is none of that name.
    """
    known = models()
    if name not in known:
        raise InputError(
            f"there is no diffusion model {name!r}.",
            hint=f"Registered: {', '.join(known)}. Or owner/name@revision, ./folder, /a/file.safetensors.",
        )
    return known[name]


def find(name: str) -> Model:
    """What a name means: a registered model, ``owner/name[@revision]``, a folder, or a safetensors file.

    Folders begin with ``/``, ``.`` or ``~``, so that none is taken for a model of the hub. What is not registered
    has an unknown licence: it may be used for one's own films only.

    Raises:
        InputError: no such model, or a file that is not safetensors.
    """
    wanted = name.strip() or DEFAULT
    if wanted in models():
        return registered(wanted)
    if wanted.startswith(("/", ".", "~")) or wanted.lower().endswith((".safetensors", *PICKLES)):
        return _on_disk(wanted)
    hub = HUB_NAME.match(wanted)
    if hub is None or ".." in wanted:
        return registered(wanted)
    known = next((model for model in models().values() if model.repo == hub["repo"]), None)
    if known is not None:
        return known.model_copy(update={"name": wanted, "revision": hub["revision"] or known.revision})
    return Model(
        name=wanted,
        repo=hub["repo"],
        revision=hub["revision"] or "main",
        family=Family.OTHER,
        licence=UNKNOWN_LICENCE,
        forbids=("commercial", "hosted", "redistribute"),
        note="Its licence is not known here; read its card.",
    )


def _on_disk(name: str) -> Model:
    try:
        path = Path(name).expanduser().resolve()
        exists = path.exists()
    except (OSError, ValueError, RuntimeError) as problem:  # no such user, a null character, too long
        raise InputError(f"{name!r} is no path: {problem}.", hint="Give a folder or a file.") from problem
    if path.suffix.lower() in PICKLES:
        raise InputError(
            f"{str(path)!r} is not safetensors: opening a {path.suffix} file can run code hidden in it.",
            hint="Take the model's .safetensors file, or convert it on a machine that may be lost.",
        )
    if not exists or not (path.is_dir() or path.suffix.lower() == ".safetensors"):
        raise InputError(
            f"there is no model at {str(path)!r}.", hint="Give a folder of diffusers or a .safetensors file."
        )
    return Model(
        name=path.name,
        path=path,
        family=Family.OTHER,
        licence=UNKNOWN_LICENCE,
        forbids=("commercial", "hosted", "redistribute"),
        note="Its licence is not known here; read its card.",
    )
