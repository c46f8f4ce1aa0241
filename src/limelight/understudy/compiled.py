"""How the renderer's kernels are compiled: once a machine, cached where the user may write.

numba keeps compiled code beside the source file, and falls back to the user's cache folder; where neither can be
written (a read-only container) decorating with ``cache=True`` fails. So a folder is chosen here beforehand.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
import platformdirs

P = ParamSpec("P")
R = TypeVar("R")


def cache_folder() -> Path:
    """The folder for everything that the understudies keep between runs, created if need be."""
    wanted = os.environ.get("LIMELIGHT_CACHE_DIR") or platformdirs.user_cache_dir("limelight")
    for base in (
        Path(wanted),
        Path(tempfile.gettempdir()) / f"limelight-{os.getuid() if hasattr(os, 'getuid') else 0}",
    ):
        folder = base / "understudy"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="limelight-understudy-"))


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with numba: float32 maths without strict ordering, cached on disk."""
    config: Any = numba.config
    before = config.CACHE_DIR
    if not before:
        config.CACHE_DIR = str(cache_folder() / "compiled")
    try:
        compiled: Callable[P, R] = numba.njit(
            cache=True, nogil=True, fastmath={"contract", "arcp", "reassoc", "nsz"}
        )(function)
    finally:
        config.CACHE_DIR = before
    return compiled
