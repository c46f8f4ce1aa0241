"""``limelight doctor``: whether this machine has all that is needed."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click

from limelight.cli.output import output_options, result

MODULES = {
    "ai_edge_litert.interpreter": "ai-edge-litert",
    "av": "av",
    "cv2": "opencv-python-headless",
    "ctranslate2": "ctranslate2",
    "librosa": "librosa",
    "numba": "numba",
    "onnxruntime": "onnxruntime",
    "PIL": "pillow",
}
"""Modules that load native code, and the packages that bring them."""
SPACE_NEEDED = 3_000_000_000
"""Bytes: models, a star and the takes of one film at 720p, rounded up."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    told: str


@click.command(name="doctor", help="Check whether this machine has all that is needed.")
@output_options
def command(as_json: bool, quiet: bool) -> None:
    """Look at Python, libraries, encoders, folders, space, models and stars; exit 1 if something is missing."""
    findings = list(_look())
    text = "\n".join(f"{'ok ' if f.good else 'NO '} {f.what:<26} {f.told}" for f in findings)
    result(
        as_json=as_json, quiet=quiet, text=text, data={"findings": [asdict(finding) for finding in findings]}
    )
    if not all(finding.good for finding in findings):
        raise click.exceptions.Exit(1)


def _look() -> Iterator[Finding]:
    version = sys.version.split()[0]
    yield Finding("Python", sys.version_info >= (3, 11), f"{version} (3.11 or later is needed)")
    for module, package in MODULES.items():
        yield _module(module, package)
    yield _encoders()
    yield from _folders()
    yield _models()


def _module(name: str, package: str) -> Finding:
    try:
        importlib.import_module(name)
        return Finding(name, good=True, told=f"{package} {metadata.version(package)}")
    except (ImportError, OSError) as problem:
        return Finding(name, good=False, told=f"{problem}. Install the locked requirements again.")


def _encoders() -> Finding:
    import av  # noqa: PLC0415

    missing = [name for name in ("libx264", "aac") if name not in av.codecs_available]
    told = (
        "libx264 and aac" if not missing else f"missing: {', '.join(missing)}. Install PyAV from its wheel."
    )
    return Finding("encoders", good=not missing, told=told)


def _folders() -> Iterator[Finding]:
    from limelight.vault.place import default_root  # noqa: PLC0415
    from limelight.weights import weights_folder  # noqa: PLC0415

    for what, folder, other in (
        ("working folder", Path.cwd(), "work in another, or give one with --project"),
        ("models", weights_folder(), "name another with LIMELIGHT_WEIGHTS"),
        ("vault", default_root(), "name another with LIMELIGHT_VAULT"),
    ):
        nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(nearest).free
        writable = os.access(nearest, os.W_OK)
        enough = free > SPACE_NEEDED
        told = (
            f"{folder}: {free / 1e9:.1f} GB free" if writable else f"{folder} may not be written to: {other}."
        )
        if writable and not enough:
            told += f", {SPACE_NEEDED / 1e9:.0f} GB are wanted: free some, or {other}."
        yield Finding(what, good=writable and enough, told=told)


def _models() -> Finding:
    from limelight.weights import is_present, registry  # noqa: PLC0415

    absent = [name for name in registry().names if not is_present(name)]
    told = "all here" if not absent else f"to be fetched when first needed: {', '.join(absent)}"
    return Finding("weights", good=True, told=told)
