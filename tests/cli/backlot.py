"""Toy films through the real command line: a short song, a drawn star in a real vault, pictures of 114 by 64."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from faces.actor import draw
from limelight.cli import main
from limelight.star import StarKind
from limelight.vault import TimedPicture, Vault
from songs import synth
from vault.toy import enrol

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` takes it away
from limelight.cli import main
main()
"""
LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0}))
"""
FOREIGN = frozenset(name for name in os.environ if name.startswith("LIMELIGHT_")) - {"LIMELIGHT_WEIGHTS"}
"""Settings of whoever runs the tests."""
STAR = "ada"
TINY = ("--resolution", "64", "--no-separate", "--workers", "1")
"""Options of the quickest film."""


def song(path: Path, seconds: float = 8.0) -> Path:
    """Drums at 150 beats a minute: enough for some shots, and no words."""
    return synth.drums(tempo=150.0, duration=seconds).write(path)


def drawn_pictures() -> list[TimedPicture]:
    """A drawn face, mouth opening and head turning, that the face models find."""
    pictures = []
    for index in range(12):
        picture, _ = draw(yaw=(index % 4 - 1.5) * 5, jaw=index % 3 * 0.7, size=(320, 240))
        jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()
        pictures.append(TimedPicture(index / 10, jpeg))
    return pictures


def admit_star(root: Path) -> Path:
    """A drawn face admitted to a new vault like anybody; the vault's folder."""
    enrol(Vault(root), STAR, kind=StarKind.SYNTHETIC, pictures=drawn_pictures())
    return root


@dataclass(frozen=True)
class Said:
    """What a run of the command line ended with and said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, object]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Shell:
    """Runs ``limelight``, in this process or in its own, in one working folder, with its own vault.

    Args:
        folder: The working folder.
        vault: The vault's folder.
        capture: pytest's, for runs in this process.
    """

    def __init__(self, folder: Path, vault: Path, capture: pytest.CaptureFixture[str] | None = None) -> None:
        self.folder = folder
        self.settings = {
            "LIMELIGHT_VAULT": str(vault),
            "LIMELIGHT_CACHE_DIR": str(vault.parent / "user-cache"),
            "XDG_CONFIG_HOME": str(folder / "no-user-settings"),
        }
        self._capture = capture

    def __call__(self, *arguments: object) -> Said:
        """In this process: quick, for what ends before anything is shot."""
        assert self._capture is not None
        self._capture.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.StringIO())
            for name in FOREIGN & set(os.environ):
                patch.delenv(name)
            for name, value in self.settings.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main([str(argument) for argument in arguments])
        out, err = self._capture.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    def spawn(self, *arguments: object, most_bytes: int | None = None) -> Said:
        """In its own process, as a person runs it; with ``most_bytes``, no file may grow beyond them."""
        with self.running(*arguments, most_bytes=most_bytes) as process:
            out, err = process.communicate(timeout=300)
        return Said(process.returncode, out, err)

    @contextmanager
    def running(self, *arguments: object, most_bytes: int | None = None) -> Iterator[subprocess.Popen[str]]:
        """A process of its own, to be stopped in the middle."""
        program = PROGRAM if most_bytes is None else LIMIT.format(most_bytes) + PROGRAM
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            cwd=self.folder,
            env={name: os.environ[name] for name in set(os.environ) - FOREIGN} | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # signals reach its workers as they would from a terminal
        )
        with process:
            try:
                yield process
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def contents(folder: Path) -> Mapping[str, bytes]:
    """All files under a folder by relative path, except locks."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def refused(said: Said, *words: str, codes: Sequence[int] = (1, 2)) -> None:
    """Check that a run ended as an error should: a sentence and advice at the end of stderr, no traceback."""
    assert said.code in codes, said
    assert "Traceback" not in said.err, said.err
    assert "defect in Limelight" not in said.err, said.err
    lines = said.err.strip().splitlines()
    begin = [at for at, line in enumerate(lines) if line.startswith(("limelight: ", "Usage: "))]
    assert len(begin) == 1, said.err
    told = lines[begin[0] :]
    assert len(told) >= 2, f"no advice: {said.err}"
    for word in words:
        assert word in "\n".join(told), f"no {word!r}: {said.err}"
