"""A song's folder on disk: documents that a person may edit, takes, the film, and a cache.

The cache is content-addressed and may be deleted at any time. Documents edited by hand are never overwritten:
the project remembers the bytes that it wrote itself, and keeps anything else.
"""

import contextlib
import errno
import filecmp
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import filelock

from limelight.document import Document, write_atomically
from limelight.errors import ProjectError
from limelight.stage import sha256_of

SUFFIX = ".limelight"
UNFINISHED = (
    ".cache/*/.*", ".cache/.made.json.*", "takes/*.new",
    ".film.*", ".report.*", ".score.json.*", ".storyboard.json.*", ".limelight.toml.*",
)  # fmt: skip
"""Temporary names under which a killed run leaves what it did not finish."""


class Project:
    """The folder ``<song>.limelight``. Naming one touches nothing: it is made when something is written.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @classmethod
    def beside(cls, song: Path, folder: Path) -> Self:
        """The project of a song in a working folder: ``folder/<song's stem>.limelight``."""
        stem = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in song.stem).strip(". ")
        return cls(folder / f"{stem[:100] or 'song'}{SUFFIX}")

    @property
    def settings_file(self) -> Path:
        """``limelight.toml``."""
        return self.root / "limelight.toml"

    @property
    def score(self) -> Path:
        """``score.json``."""
        return self.root / "score.json"

    @property
    def storyboard(self) -> Path:
        """``storyboard.json``."""
        return self.root / "storyboard.json"

    @property
    def takes(self) -> Path:
        """The folder of finished shots."""
        return self.root / "takes"

    @property
    def film(self) -> Path:
        """``film.mp4``."""
        return self.root / "film.mp4"

    @property
    def report(self) -> Path:
        """``report.json``; ``report.html`` lies beside it."""
        return self.root / "report.json"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.root / ".cache"

    def cached(self, stage: str, key: str, suffix: str) -> Path:
        """Where a stage's result with that key lies, or would lie."""
        folder = self.cache / stage
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{key}{suffix}"

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Make the folder if it is not there, and hold it against a second writer.

        If the work fails before anything is written, a folder that was made for it is removed again.

        Raises:
            ProjectError: it cannot be made or written, a folder stands where one of its files belongs, or another
                process holds it.
        """
        fresh = not self.root.exists()
        for folder in (self.cache, self.takes):
            with explained(str(folder)):
                folder.mkdir(parents=True, exist_ok=True)
        with explained(f"the project folder {self.root}"):
            if not os.access(self.root, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        self._refuse_folders()
        lock = filelock.FileLock(self.cache / "lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout as problem:
            raise ProjectError(
                f"another process is working on {self.root}.", hint="Wait for it, or stop it, and try again."
            ) from problem
        try:
            self._sweep()
            yield
        except BaseException:
            if fresh:
                self._remove_if_empty()
            raise
        finally:
            lock.release()

    def edited_by_hand(self, path: Path) -> bool:
        """Whether a document is there whose bytes are not those that :meth:`publish` wrote.

        Raises:
            ProjectError: a folder stands there.
        """
        _refuse_folder(path)
        return path.exists() and self._made().get(path.name, {}).get("sha256") != sha256_of(path)

    def made_with(self, path: Path) -> str:
        """The key that the document on disk was made with; empty if a person made it or it is not there."""
        if not path.exists() or self.edited_by_hand(path):
            return ""
        return str(self._made().get(path.name, {}).get("key", ""))

    def publish(self, document: Document, path: Path, key: str) -> None:
        """Write a document and remember its bytes, so that a later edit by hand is noticed."""
        with explained(str(path)):
            document.write(path)
        self.remember(path, key)

    def remember(self, path: Path, key: str) -> None:
        """Note that a file is as we wrote it, and what it was made from."""
        with explained(str(path)):
            made = self._made() | {path.name: {"key": key, "sha256": sha256_of(path)}}
            write_atomically(self.cache / "made.json", json.dumps(made, indent=1).encode())

    def delivered(self, place: Path) -> str:
        """SHA-256 of the copy that was put at a place outside the project; empty if none was."""
        return str(self._made().get(_delivery(place), {}).get("sha256", ""))

    def note_delivery(self, place: Path) -> None:
        """Remember a copy that was put outside the project."""
        made = self._made() | {_delivery(place): {"sha256": sha256_of(place)}}
        write_atomically(self.cache / "made.json", json.dumps(made, indent=1).encode())

    def lay_out(self, takes: Mapping[int, Path]) -> tuple[Path, ...]:
        """Show takes of the cache, and the notes beside them, as ``takes/0001.mp4`` and so on.

        They are links where the disk has them, else copies.
        """
        laid = []
        with explained(str(self.takes)):
            self.takes.mkdir(exist_ok=True)
            for number, take in takes.items():
                for kept in (take, take.with_suffix(".json")):
                    place = self.takes / f"{number:04d}{kept.suffix}"
                    _lay(kept, place)
                    laid.append(place)
            for stale in {*self.takes.glob("*.mp4"), *self.takes.glob("*.json")} - set(laid):
                stale.unlink()
        return tuple(place for place in laid if place.suffix == ".mp4")

    def discard(self, take: Path) -> None:
        """Delete a take of ``takes/`` and what it is a link to, or a copy of, in the cache."""
        with explained(str(take)):
            for kept in (self.cache / "takes").glob("*.mp4"):
                if kept.samefile(take) or filecmp.cmp(kept, take, shallow=False):
                    kept.unlink()
            take.unlink()

    def clear_cache(self) -> int:
        """Delete the cache; returns the bytes freed."""
        freed = sum(file.stat().st_size for file in self.cache.rglob("*") if file.is_file())
        for entry in self.cache.iterdir():
            if entry.name in {"lock", "made.json"}:
                continue
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return freed

    def _refuse_folders(self) -> None:
        """See that no folder stands where a file is to be written: before the work, not at its end."""
        ours = (
            self.settings_file,
            self.score,
            self.storyboard,
            self.report,
            self.report.with_suffix(".html"),
        )
        for path in (*ours, *self.root.glob("film.*"), self.cache / "lock", self.cache / "made.json"):
            _refuse_folder(path)

    def _remove_if_empty(self) -> None:
        """Leave no folder behind where nothing came of the work: the song was no song, say."""
        with contextlib.suppress(OSError):  # a folder with anything in it stays
            if not any(path.is_file() and path.name != "lock" for path in self.root.rglob("*")):
                shutil.rmtree(self.root)

    def _sweep(self) -> None:
        """Remove what a killed run did not finish; only who holds the lock may."""
        for pattern in UNFINISHED:
            for abandoned in self.root.glob(pattern):
                with contextlib.suppress(OSError):
                    abandoned.unlink()

    def _made(self) -> dict[str, dict[str, str]]:
        try:
            made = json.loads((self.cache / "made.json").read_bytes())
        except (OSError, ValueError):
            return {}
        known = made.items() if isinstance(made, dict) else ()
        return {name: entry for name, entry in known if isinstance(entry, dict)}


def _delivery(place: Path) -> str:
    """The name under which a copy outside is remembered: no file of the project has a slash in its name."""
    return f"delivered/{place.absolute()}"


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        raise ProjectError(
            f"{path} is a folder, and a file of that name belongs there.",
            hint="Move it elsewhere or delete it, and run the same command again.",
        )


def _lay(kept: Path, place: Path) -> None:
    if place.exists() and place.samefile(kept):
        return
    fresh = place.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    try:
        fresh.hardlink_to(kept)
    except OSError:
        shutil.copyfile(kept, fresh)
    fresh.replace(place)


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn the operating system's refusals into errors that say what to do.

    Raises:
        ProjectError: disk full, read-only, no permission, name too long, not a folder.
    """
    try:
        yield
    except OSError as problem:
        advice = {
            errno.ENOSPC: "Free some space there and run the same command again: finished work is kept.",
            errno.EDQUOT: "Free some space within your quota and run the same command again.",
            errno.EROFS: "That disk is read-only: choose another place with --project or -o.",
            errno.EACCES: "Choose a folder that you may write to, with --project or -o.",
            errno.EPERM: "Choose a folder that you may write to, with --project or -o.",
            errno.EISDIR: "A folder stands where a file belongs: move it elsewhere or delete it.",
            errno.ENOTDIR: "A file stands where a folder belongs: move it elsewhere or delete it.",
            errno.EEXIST: "A file stands where a folder belongs: move it elsewhere or delete it.",
            errno.ENAMETOOLONG: "Give the song or the folder a shorter name.",
        }.get(problem.errno or 0, "Check the path and its permissions.")
        raise ProjectError(
            f"{what} cannot be written: {problem.strerror or problem}.", hint=advice
        ) from problem
