"""Settings: flag > ``LIMELIGHT_*`` environment > project's ``limelight.toml`` > user's > default.

Unknown keys are refused by name, whichever place they come from.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, field_validator

from limelight.document import Part, Share
from limelight.errors import SettingsError
from limelight.storyboard import Format
from limelight.timebase import parse_fps

PREFIX = "LIMELIGHT_"
OWN_VARIABLES = frozenset(
    {"LIMELIGHT_WEIGHTS", "LIMELIGHT_VAULT", "LIMELIGHT_OFFLINE", "LIMELIGHT_CACHE_DIR"}
    | {
        "LIMELIGHT_PASSPHRASE",
        "LIMELIGHT_DATABASE",
        "LIMELIGHT_FONTS",
        "LIMELIGHT_TRACEBACK",
        "LIMELIGHT_LLM_KEY",
        "LIMELIGHT_ARCFACE",
        "LIMELIGHT_FACE_ADAPTER",
    }
)
"""Variables that say where things are, or how to behave, rather than what the film is."""
PERSONAL = frozenset({"llm_url"})
"""Where words and a key are sent to. A project may be somebody else's, so it must not choose these."""


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
"""A line of text for people."""
BOUNDS = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "multiple_of": "a multiple of {}",
}


class Settings(Part):
    """What a film is made with. Each field may stand in ``limelight.toml`` and in ``LIMELIGHT_<FIELD>``."""

    song: str = ""
    """Path of the recording."""
    lyrics: str = ""
    """Path of the lyrics (txt, lrc, srt, vtt); empty: those in the file's tags, else transcribed."""
    stars: tuple[str, ...] = ()
    """Ids of the stars."""
    parts: tuple[str, ...] = ()
    """In a duet: names in the lyrics and the stars they mean, such as ``Anna=ada``."""
    title: Line = ""
    """The song's title; empty: that of its tags."""
    artist: Line = ""
    """Who sings or plays it; empty: that of its tags."""
    look: str = "auto"
    """A look of the catalogue; ``auto``: chosen by the song's mood."""
    aspect: Literal["16:9", "9:16", "1:1"] = "16:9"
    """The picture's shape; each is composed for itself, not cropped."""
    resolution: Annotated[int, Field(ge=64, le=4320, multiple_of=2)] = 720
    """The picture's shorter side in pixels."""
    fps: str = "30"
    """Frames a second, 1 to 120, such as 24, 30 or 24000/1001."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    """Another number, another film; the same number, the same film."""
    clip: str = ""
    """A CLIP model (a folder, or a name on the hub) that judges pictures by their prompts; empty: none."""
    retakes: Share = 0.15
    """Share of the shots that are shot once more where their pictures show least of their prompts; needs ``clip``."""
    lips: str = "warp"
    """What makes lips sing in pictures of a model: see ``limelight backends``; ``none`` leaves them."""
    director: str = "rules"
    """Who writes the storyboard: see ``limelight backends``."""
    llm_url: str = ""
    """For the director ``llm``: base address of an OpenAI-compatible server; empty: a model on this machine."""
    llm_model: str = ""
    """Its model: the server's name for it, or a registered model or a gguf file of this machine."""
    llm_sha256: str = ""
    """The sha256 of a gguf file of one's own."""
    llm_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    """How long one answer of the model may take; the rules direct what it does not answer."""
    camera: str = "painted"
    """Who draws: see ``limelight backends``."""
    model: str = ""
    """The model that the diffusion camera draws with: see docs/diffusion.md; empty: sd15."""
    motion: str = ""
    """The video model that moves its keyframes; empty: in-betweens."""
    drawings_a_second: Annotated[float, Field(gt=0, le=120)] = 6.0
    """Pictures that the diffusion camera draws for a second of film; the others are in-betweens."""
    steps: Annotated[int, Field(ge=0, le=200)] = 0
    """Denoising steps for each of them; 0: as many as the model is best at."""
    commercial: bool = False
    """The film earns money: models whose licence forbids that are refused."""
    revenue: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """Yearly revenue in US dollars of whoever makes the film: some licences end at one."""
    language: str = ""
    """ISO 639-1 code of the lyrics; empty: heard or read."""
    whisper: str = "whisper-base"
    """The model that hears the words: see ``limelight weights list``."""
    separate: bool = True
    """Take the voice apart from the band before listening to words."""
    captions: bool = True
    """Show the sung words."""
    titles: bool = True
    """Show the song's title and artist at the film's beginning and end, where nobody sings."""
    label: bool = False
    """Show "AI-generated" in a corner of the picture, all the time."""
    guard: Literal["strict", "standard", "off"] = "standard"
    """How strictly words and pictures are judged; off only without a verified person."""
    swearing: Literal["auto", "shown", "masked"] = "auto"
    """Rude words in captions; ``auto``: masked under a strict guard."""
    scorer: str = "opennsfw"
    """What tells how explicit a picture is: see ``limelight backends``."""
    certificate: str = ""
    """PEM file of the certificate that signs films, its issuers after it; empty: one that the vault made."""
    certificate_key: str = ""
    """PEM file of its private key."""
    longest_minutes: Annotated[float, Field(gt=0, le=24 * 60)] = 20.0
    """Longer songs are refused."""
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    """Processes that shoot; 0: one a core."""

    @field_validator("fps", mode="before")
    @classmethod
    def _exact(cls, value: object) -> str:
        return str(parse_fps(str(value)))

    @field_validator("stars", "parts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @property
    def format(self) -> Format:
        """The picture's size and pace."""
        across, down = (int(side) for side in self.aspect.split(":"))
        short = self.resolution
        width = short * across // down if across >= down else short
        height = short * down // across if down > across else short
        return Format(width=width - width % 2, height=height - height % 2, fps=self.fps)


def gather(
    *,
    flags: Mapping[str, Any],
    project: Path | None = None,
    user: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Join the settings of all places; flags that are None were not given.

    Raises:
        SettingsError: an unknown key or an impossible value, or a project that chooses what only a person may; says
            where it stands.
    """
    environment = os.environ if environment is None else environment
    merged: dict[str, Any] = {}
    for origin, values in (
        (str(user), _from_file(user)),
        (str(project), _from_file(project)),
        ("the environment", _from_environment(environment)),
        ("the command line", {key: value for key, value in flags.items() if value is not None}),
    ):
        _refuse_unknown(values, origin)
        if origin == str(project):
            _refuse_personal(values, origin)
        try:
            Settings.model_validate(values)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            raise SettingsError(
                f"{place} in {origin}: {first['msg']} (got {first.get('input')!r}).",
                hint=f"{_allowed(place)}Mend it there, or leave it out for the default.",
            ) from problem
        merged |= values
    return Settings.model_validate(merged)


def write(settings: Settings, path: Path) -> None:
    """Write what differs from the defaults, keeping comments and order of a file that is already there.

    Raises:
        SettingsError: the file that is there is not TOML.
    """
    default, there = Settings(), read(path)
    values = {name: getattr(settings, name) for name in Settings.model_fields if name not in PERSONAL}
    differing = {
        name: value for name, value in values.items() if value != getattr(default, name) or name in there
    }
    remember(differing, path)


def read(path: Path) -> dict[str, Any]:
    """The settings that stand in a file, as they stand there; none if there is no file.

    Raises:
        SettingsError: it is not TOML.
    """
    return _from_file(path)


def remember(asked: Mapping[str, Any], path: Path) -> None:
    """Write these settings, keeping all else that is in the file; nothing is written that stands there already.

    Raises:
        SettingsError: the file that is there is not TOML, or a path is not text in UTF-8, as TOML has to be.
    """
    import tomlkit  # noqa: PLC0415  # only commands that write need it

    from limelight.document import write_atomically  # noqa: PLC0415

    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    except tomlkit.exceptions.TOMLKitError as problem:
        raise SettingsError(f"{path} is not TOML: {problem}.", hint="Mend it or delete it.") from problem
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asked.items()}
    changed = {key: value for key, value in plain.items() if key not in document or document[key] != value}
    if changed:
        document.update(changed)
        try:
            content = tomlkit.dumps(document).encode()
        except UnicodeEncodeError as problem:
            names = ", ".join(key for key, value in changed.items() if not _is_text(value))
            raise SettingsError(
                f"{names} cannot be kept in {path}: it is not text in UTF-8.",
                hint="Give the file, and the folders above it, names in UTF-8.",
            ) from problem
        write_atomically(path, content)


def _is_text(value: object) -> bool:
    """Whether UTF-8 can hold it; names of files may be any bytes."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _allowed(setting: str) -> str:
    """What numbers a setting takes, as a sentence; empty for other settings."""
    field = Settings.model_fields.get(setting)
    rules = field.metadata if field else []
    bounds = [
        text.format(getattr(rule, bound))
        for rule in rules
        for bound, text in BOUNDS.items()
        if hasattr(rule, bound)
    ]
    return f"Allowed: {', '.join(bounds)}. " if bounds else ""


def _refuse_personal(values: Mapping[str, Any], origin: str) -> None:
    for key in sorted(PERSONAL & values.keys()):
        raise SettingsError(
            f"{key} in {origin}: a project may not choose it, for it could be somebody else's.",
            hint=f"Give it as --{key.replace('_', '-')}, as LIMELIGHT_{key.upper()}, or in your own settings.",
        )


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None or not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as problem:
        raise SettingsError(f"{path} cannot be read: {problem}.", hint="Mend it or delete it.") from problem


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in OWN_VARIABLES
    }


def _refuse_unknown(values: Mapping[str, Any], origin: str) -> None:
    allowed = list(Settings.model_fields)
    for key in values:
        if key not in allowed:
            close = difflib.get_close_matches(key, allowed, n=1)
            meant = f"Did you mean {close[0]!r}? " if close else ""
            raise SettingsError(
                f"unknown setting {key!r} in {origin}.", hint=f"{meant}Allowed: {', '.join(allowed)}."
            )
