"""The look that a shot asks for, as the catalogue has it."""

from limelight.catalogue import Look, catalogue
from limelight.errors import InputError
from limelight.storyboard import Shot


def look_of(shot: Shot) -> Look:
    """The shot's look.

    Raises:
        InputError: it is not in the catalogue.
    """
    try:
        return catalogue().look(shot.look)
    except KeyError as problem:
        known = ", ".join(look.name for look in catalogue().looks)
        raise InputError(
            f"Shot {shot.number} has the look {shot.look!r}, which is not in the catalogue.",
            hint=f"Choose one of: {known}.",
        ) from problem
