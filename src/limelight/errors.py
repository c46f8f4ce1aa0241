"""Everything that can go wrong, under one root.

Each message says what was got, what is allowed and what to do next. The command line turns the class into an
exit code (``limelight.cli.errors``); nothing else in the library knows about exit codes.
"""

from pathlib import Path


class LimelightError(Exception):
    """The root of all errors that are meant to be read by a person.

    Args:
        message: What was got and what is allowed, in one sentence.
        hint: What to do next, in one sentence, or an empty string.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class InputError(LimelightError):
    """A file, flag or setting that cannot be used as it is."""


class SongError(InputError):
    """A file that does not hold a song that can be listened to."""


class LyricsError(InputError):
    """Lyrics that cannot be read, or that do not belong to the song."""


class DocumentError(InputError):
    """A document (score, storyboard, star, report) that is broken, foreign or from another schema."""


class SettingsError(InputError):
    """An unknown or impossible setting."""


class ProjectError(LimelightError):
    """A project folder that cannot be used: locked by another process, read-only, disk full."""


class WeightError(LimelightError):
    """A model's weights that cannot be had, or whose bytes are not the ones registered."""


class LicenceError(WeightError):
    """A model whose licence forbids the use in hand."""


class BackendError(LimelightError):
    """A backend (camera, director, tracker) that does not exist, exists twice, or cannot run here."""


class ConsentError(LimelightError):
    """The vault said no: not verified, wrong purpose, expired, revoked or tampered with."""


class ProvenanceError(LimelightError):
    """A film that cannot be signed, or what it says of itself cannot be read."""


class MediaError(LimelightError):
    """Encoding, muxing or reading of media failed."""


class TakeError(MediaError):
    """A take that was whole when it was shot and is not any more.

    Args:
        take: The clip.
        fault: What is wrong with it.
    """

    def __init__(self, take: Path, fault: str) -> None:
        super().__init__(
            f"the take {str(take)!r} {fault}.",
            hint="Delete it, and its double in .cache/takes, and shoot again.",
        )
        self.take = take
        self.fault = fault
