"""Stage: settings in, one document out. The only framework there is."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol


class Keyed(Protocol):
    """What a cache key names."""

    name: ClassVar[str]
    version: ClassVar[int]


class Stage(Keyed, Protocol):
    """A step of the film: a frozen dataclass whose fields are its settings, with a ``run`` of its own types.

    ``version`` is raised whenever the same input should give another output, so that caches are left behind.
    """

    weights: ClassVar[tuple[str, ...]] = ()
    """Names in the weights registry whose bytes decide the outcome."""


def cache_key(stage: Keyed, inputs: Mapping[str, str]) -> str:
    """SHA-256 over the stage's name and version, its settings, and the digests of what goes in.

    Args:
        stage: A frozen dataclass.
        inputs: Digests by role, such as ``{"song": "ab12...", "weight:yunet": "..."}``.
    """
    settings: dict[str, Any] = dataclasses.asdict(stage) if dataclasses.is_dataclass(stage) else {}
    parts = {"stage": stage.name, "version": stage.version, "settings": settings, "inputs": dict(inputs)}
    return digest(parts)


def digest(value: Any) -> str:
    """SHA-256 of a JSON-like value, independent of key order. Floats count with all their digits."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
