"""``limelight``: finds the command, imports only that one, and turns errors into exit codes."""

import difflib
import importlib
import sys
from collections.abc import Sequence

import click

from limelight import __version__
from limelight.cli.errors import exit_code

COMMANDS = {
    "make": "Make the film of a song: listen, direct, shoot, cut, review.",
    "new": "Make a project folder for a song, to be edited before anything runs.",
    "listen": "Hear lyrics, beats, sections and mood: score.json.",
    "direct": "Write the film shot by shot: storyboard.json.",
    "shoot": "Draw the shots: takes/.",
    "cut": "Join takes and song: film.mp4.",
    "review": "Measure the film: report.json and report.html.",
    "inspect": "Tell where a film comes from, and whether its stars still consent.",
    "verify": "Show at a camera that it is you, and become a star.",
    "star": "List, make, show or forget stars.",
    "weights": "List, fetch or verify the models.",
    "cache": "Show or clear what can be made again.",
    "backends": "List cameras, directors and looks.",
    "doctor": "Check whether this machine has all that is needed.",
}


class Commands(click.Group):
    """Imports a command's module when it is called, so that ``--help`` stays quick."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """All commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if name not in COMMANDS:
            return None
        command = importlib.import_module(f"limelight.cli.{name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # our own modules, not input
        return command

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of one that there is not, say which may be meant."""
        if words and words[0] not in COMMANDS and not words[0].startswith("-"):
            close = difflib.get_close_matches(words[0], COMMANDS, n=1)
            meant = f"Did you mean {close[0]!r}? " if close else ""
            context.fail(f"there is no command {words[0]!r}. {meant}Commands: {', '.join(COMMANDS)}.")
        return super().resolve_command(context, words)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(context)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="limelight")
def limelight() -> None:
    """Personal music videos that only the person themself can star in.

    Try: limelight make song.mp3
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 wrong input, 130 stopped by Ctrl-C."""
    try:
        status = limelight.main(arguments, prog_name="limelight", standalone_mode=False)
    except BaseException as problem:  # noqa: BLE001  # the one place where errors become exit codes
        sys.exit(exit_code(problem, sys.argv[1:] if arguments is None else arguments))
    sys.exit(status if isinstance(status, int) else 0)
