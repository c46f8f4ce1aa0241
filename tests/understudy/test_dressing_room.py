import multiprocessing
from pathlib import Path

import numpy as np

from limelight.understudy.casting import understudy
from limelight.understudy.dressing_room import figure, key


def dress(folder: str) -> float:
    return float(figure(understudy("kofi"), Path(folder)).neutral.sum())


def test_a_figure_is_baked_once_and_read_afterwards(tmp_path: Path) -> None:
    first = figure(understudy("kofi"), tmp_path)
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    again = figure(understudy("kofi"), tmp_path)
    assert kept.stat().st_mtime_ns == stamp
    assert (first.neutral == again.neutral).all()
    assert (first.trim.places == again.trim.places).all()
    assert np.allclose(first.texture, again.texture, atol=1e-3)
    assert again.texture.dtype == np.float32

    kept.write_bytes(kept.read_bytes()[:1000])  # a torn file is baked anew
    mended = figure(understudy("kofi"), tmp_path)
    assert (first.neutral == mended.neutral).all()
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_two_processes_bake_one_person_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        far = pool.apply_async(dress, [str(tmp_path)])
        one, other = dress(str(tmp_path)), far.get(timeout=120)
    assert one == other
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert len(figure(understudy("kofi"), blocked / "figures").neutral)


def test_every_person_has_a_key_of_their_own() -> None:
    assert key(understudy("ada")) != key(understudy("mei"))
    assert key(understudy("ada")) == key(understudy("ada"))
