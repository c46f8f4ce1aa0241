"""Footprint: which projects hold takes of a star, and how they are taken away when the star is forgotten.

A star lies sealed in the vault; what was shot of her or him lies in projects, as films that can be watched. The
vault's folder remembers the projects by their paths, and beside each the folder that it had itself then: a copied
vault remembers projects that are not its own. While the vault that shot them still holds the star, they are that
vault's to take down; a copy tells of them, and leaves them.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from limelight.document import write_atomically
from limelight.errors import DocumentError
from limelight.guard import Screening
from limelight.project import Project

FILM = ("film.*", "report.html", "report.json")
"""The finished film, and what shows pictures of it or of whom it recognised."""


@dataclass(frozen=True)
class Footprint:
    """One note of a vault: a project that a star was shot in."""

    project: Project
    shot_by: Path | None
    """The vault's folder at that time; None in notes of before this was remembered."""

    def belongs_to(self, vault: Path, star: str) -> bool:
        """Whether that vault shot it, or came after the one that did: moved, restored, the last to hold the star."""
        if self.shot_by is None or not (self.shot_by / "stars" / star).is_dir():
            return True
        return vault.is_dir() and vault.samefile(self.shot_by)


def leave(vault: Path, stars: Iterable[str], project: Project) -> None:
    """Remember that a project is about to hold takes of these stars; doing it twice does no harm."""
    said = f"{project.root.resolve()}\0{vault.resolve()}"
    for star in stars:
        name = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        note = vault / "projects" / star / name
        if not note.exists():
            write_atomically(note, said.encode("utf-8", "surrogateescape"))


def footprints(vault: Path, star: str) -> tuple[Footprint, ...]:
    """What a vault remembers of a star's projects that are still there."""
    found = []
    for note in sorted((vault / "projects" / star).glob("[!.]*")):
        place, _, shot_by = note.read_bytes().decode("utf-8", "surrogateescape").partition("\0")
        if Path(place).is_dir():
            found.append(Footprint(Project(Path(place)), Path(shot_by) if shot_by else None))
    return tuple(found)


def projects(vault: Path, star: str) -> tuple[Project, ...]:
    """The projects that a star was shot in by this vault."""
    ours = (one.project for one in footprints(vault, star) if one.belongs_to(vault, star))
    return tuple({project.root: project for project in ours}.values())


def others(vault: Path, star: str) -> tuple[Footprint, ...]:
    """Those that another vault shot, of which this one is a copy, and which still holds the star."""
    mine = {project.root for project in projects(vault, star)}
    return tuple(one for one in footprints(vault, star) if one.project.root not in mine)


def erase(vault: Path, star: str, *, films: bool = False) -> tuple[Path, ...]:
    """Delete a star's takes in all projects of this vault, and what remembers them; the files that are gone.

    Args:
        vault: Its folder.
        star: The id; it need not be in the vault any more.
        films: Whether the finished films in those projects go too, with poster, captions, timeline and report.
            Copies elsewhere are not known and stay, and so do projects of :func:`others`.
    """
    gone: list[Path] = []
    for project in projects(vault, star):
        gone += take_down(project, star, films=films)
    for note in (vault / "projects" / star).glob("*"):
        note.unlink()
    with contextlib.suppress(OSError):
        (vault / "projects" / star).rmdir()
    return tuple(gone)


def take_down(project: Project, star: str, *, films: bool = False) -> tuple[Path, ...]:
    """Delete a star's takes in one project, and with ``films`` the finished film too; the files that are gone."""
    doomed = list(_takes(project, star))
    if films:
        doomed += [path for pattern in FILM for path in project.root.glob(pattern)]
    for path in doomed:
        path.unlink(missing_ok=True)
    return tuple(doomed)


def _takes(project: Project, star: str) -> Iterator[Path]:
    """The takes with the star, finished or not; those that nothing is known of too."""
    for folder in (project.cache / "takes", project.takes):
        for path in folder.glob("*"):
            note = path.with_suffix(".json")
            if path.name.startswith(".") or star in _seen_in(note, star):
                yield path


def _seen_in(note: Path, star: str) -> tuple[str, ...]:
    try:
        return Screening.read(note).stars
    except DocumentError:
        return (star,)
