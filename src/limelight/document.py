"""Documents: frozen pydantic models that people may read, keep and edit as JSON.

Each has a ``schema`` such as ``limelight.storyboard/1``. Reading refuses unknown keys by name, foreign
schemas and newer versions; writing is atomic (a temporary name, then a rename).
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limelight.errors import DocumentError

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Signed = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """A frozen piece of a document; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Document(Part):
    """A whole document with its schema name and version."""

    kind: ClassVar[str]
    version: ClassVar[int] = 1

    schema_: str = Field(default="", alias="schema")

    def model_post_init(self, _context: Any) -> None:
        """Give a document made in code the schema of its class."""
        if not self.schema_:
            object.__setattr__(self, "schema_", f"limelight.{self.kind}/{self.version}")

    def to_json(self) -> str:
        """The document as indented JSON, keys in the order of the fields, ending with a newline."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write atomically: a reader sees the old document or the new one, never half of one."""
        write_atomically(path, self.to_json().encode())

    @classmethod
    def parse(cls, text: str | bytes, *, origin: str = "the document") -> Self:
        """Read a document.

        Raises:
            DocumentError: not JSON, another schema, a newer version, an unknown key or an impossible value.
        """
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise DocumentError(
                f"{origin} is not JSON: {problem}.", hint="Mend it, or delete it to have it made again."
            ) from problem
        _check_schema(cls, raw, origin)
        try:
            return cls.model_validate(raw)
        except ValidationError as problem:
            raise DocumentError(
                f"{origin}: {_explain(cls, problem)}", hint="Mend it, or delete it to have it made again."
            ) from problem

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a document from a file; raises as :meth:`parse` does, also if it is not there."""
        try:
            text = path.read_bytes()
        except OSError as problem:
            raise DocumentError(f"{path} cannot be read: {problem.strerror or problem}.") from problem
        return cls.parse(text, origin=str(path))


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file under a temporary name beside it, flush it to disk, then rename it into place.

    Args:
        path: Where it belongs; folders that are missing are made.
        content: All of it.
        mode: Its permissions, already when it takes its name; 0o600 for what its owner alone may read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)  # mode 600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _check_schema(cls: type[Document], raw: Any, origin: str) -> None:
    wanted = f"limelight.{cls.kind}/{cls.version}"
    got = raw.get("schema") if isinstance(raw, dict) else None
    if got == wanted:
        return
    kind, _, version = str(got).partition("/")
    if kind == f"limelight.{cls.kind}" and version.isdigit() and int(version) > cls.version:
        raise DocumentError(
            f"{origin} has the schema {got}; this version of Limelight reads up to {wanted}.",
            hint="Upgrade Limelight, or delete the file to have it made again.",
        )
    raise DocumentError(
        f"{origin} has the schema {got!r}; {wanted!r} is needed.", hint="Check that it is the right file."
    )


def _explain(cls: type[Document], problem: ValidationError) -> str:
    errors = problem.errors()
    first = errors[0]
    place = ".".join(str(step) for step in first["loc"]) or "the whole document"
    if first["type"] == "extra_forbidden":
        owner = _model_at(cls, first["loc"][:-1])
        allowed = ", ".join(field.alias or name for name, field in owner.model_fields.items())
        text = f"unknown key {place!r}; the keys allowed there are {allowed}."
    elif first["type"] == "value_error":
        text = f"{place}: {first['msg'].removeprefix('Value error, ')}."
    else:
        text = f"{place}: {first['msg']} (got {str(first.get('input'))[:80]!r})."
    return text if len(errors) == 1 else f"{text} And {len(errors) - 1} more like it."


def _model_at(model: type[BaseModel], steps: tuple[int | str, ...]) -> type[BaseModel]:
    for step in steps:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is not None:
            inner = _models_in(field.annotation)
            model = inner[0] if inner else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in getattr(annotation, "__args__", ()) for model in _models_in(inner)]
