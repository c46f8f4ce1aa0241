"""The command line: one file a command."""

from limelight.cli.main import main

__all__ = ["main"]
