"""``python -m limelight``: the command line, where no script is on the path."""

from limelight.cli import main

main()
