"""Every command, option, setting and variable is documented, and ``--help`` is quick because it loads nothing."""

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from limelight.cli.main import COMMANDS, limelight
from limelight.cli.options import FILM_OPTIONS, film_parameters
from limelight.settings import OWN_VARIABLES, Settings
from limelight.weights import registry

ROOT = Path(__file__).parents[2]
HEAVY = {
    *("numpy", "scipy", "cv2", "av", "torch", "PIL", "numba", "librosa", "onnxruntime", "ai_edge_litert"),
    *(
        "faster_whisper",
        "ctranslate2",
        "matplotlib",
        "pydantic",
        "sqlalchemy",
        "cryptography",
        "fastapi",
        "rich",
    ),
}


@pytest.fixture(scope="module")
def script() -> dict[str, object]:
    return runpy.run_path(str(ROOT / "docs/make_cli.py"))


def all_commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(limelight)
    for name in COMMANDS:
        command = limelight.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", inner) for part, inner in command.commands.items())


def test_docs_cli_is_what_the_program_says(script: dict[str, object]) -> None:
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == script["page"](), (
        "run python docs/make_cli.py"
    )


def test_every_command_and_option_says_what_it_does() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    for name, command in all_commands():
        assert f"## limelight {name}\n" in page
        assert command.help or command.callback.__doc__, name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.name}"
                assert option.opts[0] in page


def test_every_setting_is_documented_and_has_a_flag_or_says_where(script: dict[str, object]) -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    told = script["documented_settings"]()
    for name in Settings.model_fields:
        assert told.get(name), f"settings.{name} has no docstring"
        assert f"| `{name}` | `LIMELIGHT_{name.upper()}` |" in page
    flags = {parameter.name for parameter in limelight.get_command(click.Context(limelight), "make").params}
    assert set(Settings.model_fields) <= flags


def test_options_show_the_settings_own_defaults() -> None:
    command = limelight.get_command(click.Context(limelight), "make")
    defaults = Settings()
    for option in command.params:
        if option.name not in Settings.model_fields or not isinstance(option, click.Option):
            continue
        default = getattr(defaults, option.name)
        shown = re.search(r"\[default: (.*)\]", option.help)
        if isinstance(default, bool):
            flag = option.opts[0] if default else option.secondary_opts[0]
            assert shown[1] == flag.removeprefix("--"), option.name
        elif default in ("", ()):
            assert shown is None or option.name == "model", option.name  # empty: the camera's first
        else:
            assert shown[1] == f"{default:g}" if isinstance(default, float) else str(default), option.name


def test_help_shows_the_options_of_a_film_under_headings() -> None:
    text = limelight.get_command(click.Context(limelight), "make").get_help(click.Context(limelight))
    places = [text.index(f"{heading}:\n") for heading in ("SONG", "Options", *FILM_OPTIONS)]
    assert places == sorted(places)
    assert text.index("--output") < text.index("--look") < text.index("--llm-url")
    assert all(text.count(f" {option.opts[0]} ") == 1 for h in FILM_OPTIONS for option in film_parameters(h))


def test_every_variable_that_the_program_reads_is_documented_and_not_taken_for_a_setting() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    named = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"\bLIMELIGHT_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert named == set(OWN_VARIABLES)
    assert all(f"`{name}`" in page for name in named)


def test_third_parties_are_all_named() -> None:
    page = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    written = runpy.run_path(str(ROOT / "docs/make_third_party.py"))
    libraries = {
        name for row in page.splitlines() for name in row.rpartition(" | ")[2].strip(" |").split(", ")
    }
    assert set(written["locked"]()) <= libraries, "run python docs/make_third_party.py"
    for model in registry().names:
        assert f"| {model} | {written['_terms'](registry()[model])} |" in page
    for font in (ROOT / "src/limelight/fonts").glob("*.LICENSE.txt"):
        family = font.name.partition(".")[0].replace("-", " ").title()
        assert any(name in family for name in re.findall(r"[A-Z]\w+(?: [A-Z]\w+)*", page)), family


def test_tables_of_the_docs_are_whole_and_their_rows_numbered_once() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
            if line.startswith("|") and not before.startswith("|"):
                assert re.fullmatch(r"\|[\s:|-]+", after), f"{path.name}: no table begins with {line[:60]!r}"
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs/security.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [str(number) for number in range(1, len(rows) + 1)]


def test_links_of_the_docs_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        for target, _, place in re.findall(r"\]\((?!https?:)([^)#\s]*)(#([^)\s]+))?\)", text):
            found = (path.parent / target) if target else path
            assert found.exists(), f"{path.name} links to {target}, which is not there"
            if place:
                heads = re.findall(r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
                assert place in slugs, f"{path.name}: no heading {place} in {found.name}"


def test_every_benchmark_is_listed_and_make_runs_only_those_that_are_there() -> None:
    listed = (ROOT / "bench/README.md").read_text(encoding="utf-8")
    scripts = {path.name for path in (ROOT / "bench").glob("*.py")}
    missing = {script for script in scripts if f"`{script}" not in listed}
    assert not missing, f"bench/README.md has no line for {missing}"
    recipe = re.search(
        r"^bench:.*?(?=\n\n)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    run = set(re.findall(r"[a-z_]+\.py", recipe[0].partition("for script in")[2].partition(";")[0]))
    assert run, "make bench runs nothing"
    assert run <= scripts - {"strangers.py"}, "strangers.py writes into src"


def loaded_by(*arguments: str) -> set[str]:
    """Heavy libraries that a run of the program imports."""
    program = f"""
import sys
from limelight.cli import main
try:
    main({list(arguments)!r})
except SystemExit as ended:
    assert not ended.code, ended
print(*sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(("Usage: limelight", "limelight, version")), done.stdout
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["make", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == set()
