"""Where compiled kernels are kept: nowhere that another user of the machine could have put code."""

import os
import tempfile
from pathlib import Path

import pytest

from limelight.understudy.compiled import cache_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared folder for temporary files; the user's own cache cannot be made, for a file stands in its place."""
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("LIMELIGHT_CACHE_DIR", str(tmp_path / "blocked/cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def shared(temporary: Path) -> Path:
    return temporary / f"limelight-{os.getuid()}"


def test_the_users_cache_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_CACHE_DIR", str(tmp_path / "mine"))
    assert cache_folder() == tmp_path / "mine/understudy"


def test_else_a_private_folder_among_the_temporary_ones(temporary: Path) -> None:
    assert cache_folder() == cache_folder() == shared(temporary) / "understudy"
    assert shared(temporary).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("planted", ["for all to write", "a link"])
def test_one_that_others_may_write_to_is_not_used(temporary: Path, planted: str) -> None:
    if planted == "a link":
        (temporary / "elsewhere").mkdir()
        shared(temporary).symlink_to(temporary / "elsewhere")
    else:
        shared(temporary).mkdir()
        shared(temporary).chmod(0o777)
    assert shared(temporary) not in cache_folder().parents
