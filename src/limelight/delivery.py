"""Delivery: the finished film, and what lies beside it, copied to where a person wants it."""

import shutil
from pathlib import Path

from limelight.errors import InputError
from limelight.events import FileWritten, Warned
from limelight.order import Order
from limelight.project import explained
from limelight.provenance import manifest
from limelight.stage import sha256_of


def deliver(order: Order, target: Path) -> Path:
    """Copy the film and what lies beside it.

    The film takes the place that was named. Poster, captions, lyrics and timeline go beside it, but never over
    somebody's own work: ``song.lrc`` beside ``song.mp4``, say.

    Raises:
        InputError: the film would overwrite the song or the lyrics.
        ProjectError: that place cannot be written.
    """
    refuse_overwriting(order, target)
    project = order.project
    with explained(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        renewed = _is_film_of_ours(target)
        _copy_whole(project.film, target)
        for source in sorted(project.root.glob("film.*")):
            if source != project.film:
                _copy_beside(order, source, target.with_suffix(source.suffix), renewed=renewed)
        for suffix in (".json", ".html"):
            report = project.report.with_suffix(suffix)
            if report.exists():
                _copy_whole(report, target.with_name(f"{target.stem}.report{suffix}"))
    order.tell(FileWritten(target, "film"))
    return target


def refuse_overwriting(order: Order, target: Path) -> None:
    """See that a film delivered there would not take the place of what it is made from.

    Raises:
        InputError: it would.
    """
    for what, path in (("song", order.song), ("lyrics", order.lyrics)):
        if _same(target, path):
            raise InputError(f"the film would overwrite the {what}.", hint="Give another name with -o.")


def _copy_beside(order: Order, source: Path, place: Path, *, renewed: bool) -> None:
    """Copy one of the files beside the film, unless somebody's own lies there.

    Args:
        order: Whose project remembers what it delivered, and as what.
        source: In the project.
        place: Beside the delivered film.
        renewed: Whether the film took the place of another one of Limelight's, to which what lies beside it belonged.
    """
    if place.exists() and not _may_replace(order, source, place, renewed=renewed):
        left = f"{place} was there before and is left as it is; this film's own is {source}."
        order.tell(Warned("make", left))
        return
    _copy_whole(source, place)
    order.project.note_delivery(place)


def _may_replace(order: Order, source: Path, place: Path, *, renewed: bool) -> bool:
    if _same(place, order.song) or _same(place, order.lyrics):
        return False
    digest, noted = sha256_of(place), order.project.delivered(place)
    if noted:
        return digest == noted  # else somebody has changed it since
    return renewed or digest == sha256_of(source)


def _is_film_of_ours(path: Path) -> bool:
    """Whether a film of Limelight's lies there, as its manifest says."""
    if not path.is_file():
        return False
    found = manifest.read(path)
    return found is not None and found.claims is not None


def _same(one: Path, other: Path | None) -> bool:
    return other is not None and one.exists() and other.exists() and one.samefile(other)


def _copy_whole(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
