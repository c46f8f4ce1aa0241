"""Options that several commands share, and how they become an order."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from limelight.cli.remembering import tell_what_is_remembered, to_remember
from limelight.cli.unlock import opened_vault
from limelight.errors import SettingsError, SongError
from limelight.events import Listener

if TYPE_CHECKING:
    from limelight.order import Order
    from limelight.settings import Settings
    from limelight.vault import Vault

Command = TypeVar("Command", bound=Callable[..., Any])


def _setting(usual: str, *names: str, help: str, **kind: Any) -> Callable[[Command], Command]:  # noqa: A002
    """An option whose default is the settings', and is shown."""
    return click.option(*names, help=f"{help} [default: {usual}]", **kind)


FILM_OPTIONS = {
    "The film": (
        click.option(
            "--star",
            "stars",
            multiple=True,
            help="A star's id; repeat for a duet; '' for none. See `limelight star`.",
        ),
        click.option(
            "--part", "parts", multiple=True, help="NAME=STAR: who a name in the lyrics is; repeat for each."
        ),
        click.option("--title", help="The song's title. Without: that of its tags, or none."),
        click.option("--artist", help="Who sings or plays it. Without: that of its tags, or nobody."),
        _setting("auto", "--look", help="A look, or auto. See `limelight backends`."),
        _setting(
            "16:9",
            "--aspect",
            type=click.Choice(["16:9", "9:16", "1:1"]),
            help="The picture's shape.",
        ),
        _setting(
            "720",
            "--resolution",
            type=int,
            help="The shorter side in pixels, such as 720 or 1080.",
        ),
        _setting("30", "--fps", help="Frames a second, such as 24, 30 or 24000/1001."),
        _setting("1", "--seed", type=int, help="Another number, another film."),
        _setting(
            "titles",
            "--titles/--no-titles",
            default=None,
            help="Show the song's title and artist.",
        ),
        _setting("captions", "--captions/--no-captions", default=None, help="Show the sung words."),
        _setting(
            "no-label",
            "--label/--no-label",
            default=None,
            help='Show "AI-generated" in a corner.',
        ),
    ),
    "The song": (
        click.option(
            "--lyrics",
            type=click.Path(),
            help="Lyrics: txt, lrc, srt, vtt or ass. Without: tags, else heard.",
        ),
        click.option("--language", help="Language of the lyrics, such as en or es. Without: heard or read."),
        _setting(
            "whisper-base",
            "--whisper",
            help="Model that hears the words: a name, a hub name, or a folder.",
        ),
        _setting(
            "separate",
            "--separate/--no-separate",
            default=None,
            help="Take the voice apart before listening.",
        ),
        _setting("20", "--longest-minutes", type=float, help="Refuse longer songs."),
    ),
    "The work": (
        click.option(
            "--project",
            type=click.Path(path_type=Path),
            help="The project folder to use. Without: one named after the song, in this folder.",
        ),
        _setting("0", "--workers", type=int, help="Processes that shoot; 0: one a core."),
        _setting("painted", "--camera", help="Who draws. See `limelight backends`."),
        _setting(
            "rules",
            "--director",
            help="Who writes the storyboard. See `limelight backends`.",
        ),
    ),
    "The director llm": (
        click.option("--llm-url", help="An OpenAI-compatible server's base address."),
        click.option("--llm-model", help="Its model; or a registered model or gguf file of this machine."),
        click.option("--llm-sha256", help="The sha256 of a gguf file of your own."),
        _setting("120", "--llm-seconds", type=float, help="How long one answer may take."),
    ),
    "The camera diffusion": (
        _setting("sd15", "--model", help="The model that it draws with. See `limelight backends`."),
        click.option("--motion", help="The video model that moves its keyframes. See `limelight backends`."),
        _setting(
            "6",
            "--drawings-a-second",
            type=float,
            help="Pictures it draws for a second; others are between.",
        ),
        _setting("0", "--steps", type=int, help="Denoising steps for each; 0: the model's own."),
        _setting("warp", "--lips", help="What makes lips sing in a model's pictures, or none."),
        click.option("--clip", help="A CLIP model's folder or hub name: judge pictures by their prompts."),
        _setting(
            "0.15",
            "--retakes",
            type=float,
            help="Share of shots that may be shot again for their prompts.",
        ),
        _setting(
            "private",
            "--commercial/--private",
            default=None,
            help="The film earns money: some models' licences forbid it.",
        ),
        _setting(
            "0",
            "--revenue",
            type=float,
            help="Yearly revenue in USD: some licences end at one.",
        ),
    ),
    "What may be seen, and who signs": (
        _setting(
            "standard",
            "--guard",
            type=click.Choice(["strict", "standard", "off"]),
            help="How strictly contents are judged.",
        ),
        _setting(
            "opennsfw",
            "--scorer",
            help="What tells how explicit a picture is. See `limelight backends`.",
        ),
        _setting(
            "auto",
            "--swearing",
            type=click.Choice(["auto", "shown", "masked"]),
            help="Rude words in the captions.",
        ),
        click.option(
            "--certificate",
            type=click.Path(),
            help="PEM file of the certificate that signs the film. Without: one that the vault made.",
        ),
        click.option("--certificate-key", type=click.Path(), help="PEM file of its private key."),
    ),
}
"""The options that shape a film, by what they are about. None of them has a default of its own: what is not given
comes from the settings, whose defaults are shown."""


SONG_HELP = "A recording (mp3, m4a, flac, ogg, wav, or a video with sound), or a project's folder."


class FilmCommand(click.Command):
    """Shows the film's options under headings, a command's own before them."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each heading."""
        about = {option.name: heading for heading in FILM_OPTIONS for option in film_parameters(heading)}
        sections: dict[str, list[tuple[str, str]]] = {heading: [] for heading in ("Options", *FILM_OPTIONS)}
        for parameter in self.get_params(context):
            record = parameter.get_help_record(context)
            if record and isinstance(parameter, click.Option):
                sections[about.get(parameter.name, "Options")].append(record)
        with formatter.section("SONG"):
            formatter.write_text(SONG_HELP)
        for heading, records in sections.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


def film_parameters(heading: str) -> list[click.Parameter]:
    """The options under one heading of :data:`FILM_OPTIONS`, as click knows them."""

    def nothing(**_: object) -> None: ...

    for option in reversed(FILM_OPTIONS[heading]):
        option(nothing)
    return click.command()(nothing).params


def film_options(command: Command) -> Command:
    """Add SONG and all that shapes a film."""
    for options in reversed(FILM_OPTIONS.values()):
        for option in reversed(options):
            command = option(command)
    return click.argument("song", type=click.Path(path_type=Path))(command)


def order_from(song: Path, project: Path | None, flags: dict[str, Any], tell: Listener) -> "Order":
    """Gather the settings and open project and vault.

    ``song`` is a recording, or a project folder that knows its own. Paths in a project's settings are relative to
    the project; those on the command line to the working folder.

    Raises:
        SongError: there is no such file.
        SettingsError: an unknown or impossible setting.
        BackendError: there is no such camera or director.
        ConsentError: the vault refuses one of the stars.
    """
    from limelight.backends import load  # noqa: PLC0415
    from limelight.order import Order  # noqa: PLC0415  # loading the makers takes a second
    from limelight.project import Project  # noqa: PLC0415
    from limelight.settings import gather, read  # noqa: PLC0415

    is_project = song.is_dir()
    root = song if is_project else (project or Project.beside(song, Path.cwd()).root)
    file = root / "limelight.toml"
    before = read(file)
    flags = _with_cast(flags, before)
    settings = gather(flags=flags, project=file, user=user_settings())
    if is_project:
        if not settings.song:
            raise _nameless(song)
        song = root / settings.song
    if not song.is_file():
        what = "is a pipe or a device, and a song is read more than once" if _there(song) else "is not there"
        raise SongError(
            f"the file {str(song)!r} {what}.",
            hint="Give a recording: mp3, m4a, flac, ogg, wav or a video.",
        )
    paths = {"song": str(song)}
    if settings.lyrics and not flags["lyrics"] and (root / settings.lyrics).is_file():
        paths["lyrics"] = str(root / settings.lyrics)
    settings = settings.model_copy(update=paths)
    asked = to_remember(song, settings, flags, file, before)
    tell_what_is_remembered(before, settings, flags, file, tell)
    vault = opened_vault()
    _refuse_unknown(settings, vault)
    order = Order(song, Project(root), settings, vault, tell, asked)
    load("cameras", settings.camera)(order.kit)  # models it does not know, licences, what is not installed
    return order


def _with_cast(flags: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The options with stars and parts as settings have them; an empty name is no star.

    The parts of an earlier cast mean nothing to another one.
    """
    stars, parts = (tuple(flags[name]) for name in ("stars", "parts"))
    cast = tuple(star for star in stars if star) if stars else None
    recast = "parts" in before and cast is not None and set(cast) != set(before.get("stars", ()))
    given = tuple(part for part in parts if part) if parts or recast else None
    return {**flags, "stars": cast, "parts": given}


def _there(path: Path) -> bool:
    with contextlib.suppress(OSError):  # a name that no disk takes
        return path.exists()
    return False


def _nameless(folder: Path) -> SettingsError:
    """A folder was given for a song, and its settings name none."""
    if (folder / "score.json").exists():
        return SettingsError(
            f"the project {folder} does not know its song: it was given on the command line.",
            hint="Give the recording and the same options again: `limelight make` and `limelight new` remember them.",
        )
    return SettingsError(
        f"{folder} is a folder without a song.",
        hint="Give a recording, or a project made by `limelight new`.",
    )


def _refuse_unknown(settings: "Settings", vault: "Vault") -> None:
    """Names that mean nothing here are refused before minutes of work, not after them."""
    from limelight.backends import load  # noqa: PLC0415
    from limelight.catalogue import catalogue  # noqa: PLC0415
    from limelight.guard import Policy, refuse_off  # noqa: PLC0415
    from limelight.listen.words.languages import refuse_unknown_language  # noqa: PLC0415
    from limelight.provenance.certificate import signer_for  # noqa: PLC0415
    from limelight.star import Purpose  # noqa: PLC0415
    from limelight.weights.hub import refuse_unknown_whisper  # noqa: PLC0415

    looks = ("auto", *(look.name for look in catalogue().looks))
    if settings.look not in looks:
        raise SettingsError(f"there is no look {settings.look!r}.", hint=f"Choose one of {', '.join(looks)}.")
    refuse_unknown_whisper(settings.whisper)
    refuse_unknown_language(settings.language)
    load("directors", settings.director)
    if settings.lips != "none":
        load("lip-syncs", settings.lips)
    load("scorers", settings.scorer)
    if settings.certificate or settings.certificate_key:
        signer_for(vault, settings.certificate, settings.certificate_key)
    refuse_off(Policy(settings.guard), [vault.open(star, Purpose.FILM).star for star in settings.stars])


def user_settings() -> Path:
    """The user's own ``limelight.toml``."""
    import platformdirs  # noqa: PLC0415

    return Path(platformdirs.user_config_dir("limelight", appauthor=False)) / "limelight.toml"
