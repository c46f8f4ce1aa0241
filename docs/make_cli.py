"""Write docs/cli.md from the command line and the settings themselves: ``python docs/make_cli.py``."""  # noqa: INP001

import ast
import inspect
import itertools
from collections.abc import Collection, Iterator
from pathlib import Path

import click

from limelight import settings
from limelight.cli.main import COMMANDS, limelight
from limelight.cli.options import film_options
from limelight.settings import OWN_VARIABLES, PREFIX, Settings

PAGE = Path(__file__).with_name("cli.md")
HEAD = """# The command line

Written by `docs/make_cli.py` from the program itself; a test keeps the two together.

Results go to standard output, everything else to standard error. `--json` gives events and the result as JSON
lines, `--quiet` nothing but errors. The same command again goes on where the last one ended.

| Exit code | Meaning |
| --- | --- |
| 0 | Done. |
| 1 | It could not be done here: disk, network, consent, a broken model. |
| 2 | Something that was given cannot be used: a file, an option, a setting, a document. |
| 130 | Stopped by Ctrl-C. Finished work is kept. |
"""
FILM_HEAD = """## Options of a film

`make`, `new` and each step alone take a SONG (a recording, or a project folder that knows its own) and these. The
project remembers those given, and the song, in its `limelight.toml` (not `--workers` and `--llm-url`): the next time
`limelight make song.mp3` alone goes on with the same film, and says what it remembered. An option given then goes
before it and is remembered in its turn; to forget one, delete its line; `''` is no star, or no lyrics.

| Option | |
| --- | --- |
"""
SETTINGS_HEAD = """## Settings

A setting may stand on the command line, in the environment, in the project's `limelight.toml`, or in the user's
(`limelight.toml` in the user's configuration folder); the first of these counts.

| In limelight.toml | In the environment | Default | |
| --- | --- | --- | --- |
"""
VARIABLES_HEAD = """
## Where things are, and how to behave

| In the environment | |
| --- | --- |
"""
VARIABLES = {
    "LIMELIGHT_WEIGHTS": "Folder of the models.",
    "LIMELIGHT_VAULT": "Folder of the stars.",
    "LIMELIGHT_OFFLINE": "1: nothing is downloaded.",
    "LIMELIGHT_ARCFACE": "An ONNX file of InsightFace's recognition network, for FaceID adapters: research only.",
    "LIMELIGHT_FACE_ADAPTER": "A folder of one's own with a face adapter, instead of the published one.",
    "LIMELIGHT_LLM_KEY": "The key for the server of `llm_url`, else in the keyring (service `limelight-llm`).",
    "LIMELIGHT_CACHE_DIR": "Folder of what can be made again: baked people, compiled code, how long steps took here.",
    "LIMELIGHT_FONTS": "Folder of more fonts, for scripts that the built-in ones lack.",
    "LIMELIGHT_TRACEBACK": "1: a defect of the program shows where it happened.",
    "LIMELIGHT_PASSPHRASE": "Opens a vault that is locked with a passphrase.",
    "LIMELIGHT_DATABASE": "SQLAlchemy URL of the vault's database, such as one of Postgres.",
}


def page() -> str:
    """The whole of docs/cli.md."""
    sections = [HEAD, FILM_HEAD + "\n".join(_options(_film()))]
    context = click.Context(limelight, info_name="limelight")
    for name in COMMANDS:
        command = limelight.get_command(context, name)
        if command is None:
            raise LookupError(name)
        sections += _command(command, f"limelight {name}")
    sections.append(SETTINGS_HEAD + "\n".join(_settings()))
    variables = [f"| `{name}` | {VARIABLES[name]} |" for name in sorted(OWN_VARIABLES)]
    sections.append(VARIABLES_HEAD.lstrip() + "\n".join(variables))
    return "\n\n".join(section.strip() for section in sections) + "\n"


def documented_settings() -> dict[str, str]:
    """What the settings' own docstrings say, by field."""
    body = next(
        node.body
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == Settings.__name__
    )
    found = {}
    for field, text in itertools.pairwise(body):
        said = text.value if isinstance(text, ast.Expr) else None
        if isinstance(field, ast.AnnAssign) and isinstance(said, ast.Constant):
            found[ast.unparse(field.target)] = " ".join(str(said.value).split()).replace("``", "`")
    return found


def _film() -> click.Command:
    """A command with nothing but the options that all share."""
    return click.command("film")(film_options(lambda **_: None))


def _command(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"## {name}\n\n    {name} {pieces}\n\n{' '.join((command.help or '').split())}"
    shared = {option.name for option in _film().params}
    if shared <= {parameter.name for parameter in command.params}:
        yield "Takes the options of a film, and:"
    else:
        shared = set()
    rows = list(_options(command, without=shared))
    if rows:
        yield "| Option | |\n| --- | --- |\n" + "\n".join(rows)
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            inner = command.get_command(context, part)
            if inner is not None:
                yield from _command(inner, f"{name} {part}")


def _options(command: click.Command, without: Collection[str | None] = ()) -> Iterator[str]:
    context = click.Context(command)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record and parameter.name not in without and isinstance(parameter, click.Option):
            yield f"| `{record[0].replace('|', ', ')}` | {record[1].replace('|', ', ')} |"


def _settings() -> Iterator[str]:
    told = documented_settings()
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = "" if default in ("", ()) else f"`{str(default).lower() if default is not None else ''}`"
        yield f"| `{name}` | `{PREFIX}{name.upper()}` | {shown} | {told.get(name, '')} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
