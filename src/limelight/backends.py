"""Backends: classes behind entry points. Built-ins come through the same door as plug-ins."""

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from limelight.errors import BackendError

GROUPS = {
    "cameras": "limelight.cameras",
    "directors": "limelight.directors",
    "lip-syncs": "limelight.lip_syncs",
    "scorers": "limelight.scorers",
}
"""Kinds of backends and their entry point groups."""


def names(kind: str) -> tuple[str, ...]:
    """The names of all installed backends of a kind, sorted."""
    return tuple(sorted(_found(kind)))


def load(kind: str, name: str) -> Any:
    """The class of a backend.

    Raises:
        BackendError: there is none of that name, there are two, or it cannot be imported here.
    """
    found = _found(kind)
    if name not in found:
        raise BackendError(
            f"there is no {kind.removesuffix('s')} called {name!r}.",
            hint=f"Installed: {', '.join(sorted(found)) or 'none'}.",
        )
    try:
        return found[name].load()
    except ImportError as problem:
        raise BackendError(
            f"the {kind.removesuffix('s')} {name!r} cannot be loaded here: {problem}.",
            hint="Install what it needs, or choose another with `limelight backends`.",
        ) from problem


def _found(kind: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUPS[kind]):
        if point.name in found and found[point.name].value != point.value:
            raise BackendError(
                f"two {kind} are called {point.name!r}: {found[point.name].value} and {point.value}.",
                hint="Uninstall one of the two packages.",
            )
        found[point.name] = point
    return found
