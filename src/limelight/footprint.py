"""Footprint: which projects hold takes of a star, and how they are taken away when the star is forgotten.

A star lies sealed in the vault; what was shot of her or him lies in projects, as films that can be watched. The
vault's folder remembers the projects by their paths alone.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from limelight.document import write_atomically
from limelight.errors import DocumentError
from limelight.guard import Screening
from limelight.project import Project

FILM = ("film.*", "report.html", "report.json")
"""The finished film, and what shows pictures of it or of whom it recognised."""


def leave(vault: Path, stars: Iterable[str], project: Project) -> None:
    """Remember that a project is about to hold takes of these stars; doing it twice does no harm."""
    place = str(project.root.resolve())
    for star in stars:
        note = (
            vault
            / "projects"
            / star
            / hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        )
        if not note.exists():
            write_atomically(note, place.encode("utf-8", "surrogateescape"))


def projects(vault: Path, star: str) -> tuple[Project, ...]:
    """The projects that a star was shot in and that are still there."""
    notes = sorted((vault / "projects" / star).glob("[!.]*"))
    places = [Path(note.read_bytes().decode("utf-8", "surrogateescape")) for note in notes]
    return tuple(Project(place) for place in places if place.is_dir())


def erase(vault: Path, star: str, *, films: bool = False) -> tuple[Path, ...]:
    """Delete a star's takes in all projects, and what remembers them; the files that are gone.

    Args:
        vault: Its folder.
        star: The id; it need not be in the vault any more.
        films: Whether the finished films in those projects go too, with poster, captions, timeline and report.
            Copies elsewhere are not known and stay.
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
