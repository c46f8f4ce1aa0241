"""How the renderer's kernels are compiled: once a machine, cached where the user may write.

numba keeps compiled code beside the source file, and falls back to the user's cache folder; where neither can be
written (a read-only container) decorating with ``cache=True`` fails. So a folder is chosen here beforehand.
"""

import os
import stat
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
    shared = Path(tempfile.gettempdir()) / f"limelight-{os.getuid() if hasattr(os, 'getuid') else 0}"
    for base in (Path(wanted), shared):
        folder = base / "understudy"
        try:
            base.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK) and (base is not shared or _is_private(base)):
            return folder
    return Path(tempfile.mkdtemp(prefix="limelight-understudy-"))


def _is_private(folder: Path) -> bool:
    """Whether nobody else may have put anything there: what numba keeps is code that will be run."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return mine and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


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
