"""Errors and their exit codes: one table."""

import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from limelight.errors import InputError, LimelightError, SettingsError

CODES: tuple[tuple[type[BaseException], int], ...] = (
    (KeyboardInterrupt, 130),
    (click.exceptions.Abort, 130),
    (SettingsError, 2),
    (InputError, 2),
    (click.ClickException, 2),
    (LimelightError, 1),
    (MemoryError, 1),
    (BrokenPipeError, 1),
    (OSError, 1),
)


def exit_code(problem: BaseException, given: Sequence[str] = ()) -> int:
    """Tell the problem on stderr and say which code to exit with. A defect of ours asks to be reported.

    ``given`` is the command line's words, for advice on what was typed.
    """
    if isinstance(problem, click.exceptions.Exit | SystemExit):
        code = getattr(problem, "exit_code", getattr(problem, "code", 0))
        return code if isinstance(code, int) else 1
    for kind, code in CODES:
        if isinstance(problem, kind):
            _tell(problem, given)
            return code
    if os.environ.get("LIMELIGHT_TRACEBACK"):
        traceback.print_exception(problem)
    else:
        click.echo(
            f"limelight: a defect in Limelight itself: {type(problem).__name__}: {problem}\n"
            "Set LIMELIGHT_TRACEBACK=1, run it again, and report what it prints. Finished work is kept.",
            err=True,
        )
    return 1


def _tell(problem: BaseException, given: Sequence[str]) -> None:
    if (
        isinstance(problem, click.exceptions.Abort) and problem.__cause__ is None
    ):  # a question not answered with yes
        click.echo("\nNot confirmed: nothing was done.", err=True)
    elif isinstance(problem, KeyboardInterrupt | click.exceptions.Abort):
        click.echo("\nStopped. Finished work is kept: the same command goes on from here.", err=True)
    elif isinstance(problem, LimelightError):
        click.echo(f"limelight: {problem.message}", err=True)
        if problem.hint:
            click.echo(f"  {problem.hint}", err=True)
    elif isinstance(problem, click.ClickException):
        problem.show(file=sys.stderr)
        if isinstance(problem, click.NoSuchOption) and (meant := _file_like_an_option(given)):
            click.echo(f"  If you mean the file: {meant}", err=True)
    elif isinstance(problem, MemoryError):
        click.echo("limelight: out of memory.\n  Use --workers 1 or a smaller --resolution.", err=True)
    elif not isinstance(problem, BrokenPipeError):
        click.echo(f"limelight: {problem}", err=True)
        click.echo("  Check the path, its permissions and the space left, then run it again.", err=True)


def _file_like_an_option(given: Sequence[str]) -> str:
    """How to write the first word that begins with a dash and is a file's name; empty if there is none."""
    named = (word for word in given if word.startswith("-"))
    return next((shlex.quote(f"./{name}") for name in named if Path(name).is_file()), "")
