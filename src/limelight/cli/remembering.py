"""What a project remembers of the options that it was made with, in its ``limelight.toml``.

A second ``limelight make song.mp3`` goes on with the film that was asked for before. Options given now go before
those remembered and are remembered in their turn; how many processes work is not the film's and never is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limelight.errors import SettingsError
from limelight.events import Listener, Warned

if TYPE_CHECKING:
    from limelight.settings import Settings

OF_THIS_RUN = frozenset({"workers"})
MAYBE_PATHS = ("lyrics", "certificate", "certificate_key", "whisper", "clip", "model", "motion", "llm_model")
"""Settings that are a path, or may be one instead of a name."""


def paths_made_absolute(settings: "Settings") -> dict[str, str]:
    """Those settings that are paths of files that are there, as seen from any folder."""
    given = {name: getattr(settings, name) for name in MAYBE_PATHS}
    return {name: str(Path(path).absolute()) for name, path in given.items() if path and Path(path).exists()}


def to_remember(
    song: Path, settings: "Settings", flags: Mapping[str, Any], file: Path, before: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings that were asked for on the command line, and the song, as ``limelight.toml`` has them.

    Args:
        song: The recording.
        settings: All settings of this run.
        flags: Options of the command line; None: not given.
        file: The project's ``limelight.toml``.
        before: What stands in it now.

    Raises:
        SettingsError: the project is that of another recording.
    """
    from limelight.settings import PERSONAL  # noqa: PLC0415  # the documents take a moment to load

    kept = [name for name, value in flags.items() if value is not None]
    whole = paths_made_absolute(settings)
    asked = {
        name: whole.get(name, getattr(settings, name)) for name in kept if name not in OF_THIS_RUN | PERSONAL
    }
    known = file.parent / str(before.get("song") or "no song")
    if not known.is_file():
        asked["song"] = str(song.absolute())
    elif not _same(known, song):
        raise SettingsError(
            f"{file.parent} is the project of {str(known)!r}, which is another recording than {str(song)!r}.",
            hint="Give this one a project of its own with --project NAME.limelight; or, if the film is now to be of "
            f"this one, change song in {file}.",
        )
    return asked


def tell_what_is_remembered(
    before: Mapping[str, Any], settings: "Settings", flags: Mapping[str, Any], file: Path, tell: Listener
) -> None:
    """Say in one line which settings come from the project and not from the command line, and how to forget them."""
    used = [
        f"{name} = {_worded(before[name])}"
        for name in before
        if name != "song" and flags.get(name) is None and _as_set(settings, name, before[name])
    ]
    if used:
        told = f"as before: {', '.join(used)} (to forget one, delete its line in {file}, or give another)."
        tell(Warned("settings", told))


def _same(one: Path, other: Path) -> bool:
    from limelight.stage import sha256_of  # noqa: PLC0415

    return one.samefile(other) or sha256_of(one) == sha256_of(other)


def _as_set(settings: "Settings", name: str, value: object) -> bool:
    """Whether a value of the project decides, and not one of the environment."""
    from limelight.settings import Settings  # noqa: PLC0415

    return bool(getattr(Settings.model_validate({name: value}), name) == getattr(settings, name))


def _worded(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " and ".join(map(str, value)) or "none"
    return repr(value) if isinstance(value, str) and (not value or " " in value) else str(value)
