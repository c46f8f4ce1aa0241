"""Archives of weights: their numbers are read, what is pickled beside them is never run."""

import pickle
import zipfile

import numpy as np
import pytest

from limelight.errors import WeightError
from limelight.listen.sound.torch_archive import read_storages

STORAGES = [np.arange(6, dtype=np.float32), np.array([-1.5, 2.0], np.float32)]


class Trap:
    """What runs code when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def archive(path, storages=STORAGES, pickled=b"\x80\x02}.", names=None):
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("archive/data.pkl", pickled)
        for number, numbers in enumerate(storages):
            name = names[number] if names else number
            written.writestr(f"archive/data/{name}", numbers.tobytes())
        written.writestr("archive/version", b"3\n")
    return path


def test_the_numbers_come_out(tmp_path):
    read = read_storages(archive(tmp_path / "weights.pt"), [6, 2])
    assert all(np.array_equal(one, other) for one, other in zip(read, STORAGES, strict=True))


def test_the_order_is_that_of_numbers_not_of_names(tmp_path):
    many = [np.full(2, number, np.float32) for number in range(12)]
    assert [part[0] for part in read_storages(archive(tmp_path / "many.pt", many), [2] * 12)] == list(
        range(12)
    )


def test_code_in_the_pickle_is_never_run(tmp_path):
    trace = tmp_path / "it-ran"
    trapped = pickle.dumps(Trap(trace))
    path = archive(tmp_path / "trapped.pt", pickled=trapped)
    assert np.array_equal(read_storages(path, [6, 2])[0], STORAGES[0])
    assert not trace.exists()
    pickle.loads(trapped).close()  # noqa: S301 - the control: who unpickles it does run it
    assert trace.exists()


@pytest.mark.parametrize("sizes", [[6], [6, 2, 1], [2, 6], [6, 3], []])
def test_other_storages_than_expected_are_refused(tmp_path, sizes):
    with pytest.raises(WeightError, match="instead of"):
        read_storages(archive(tmp_path / "weights.pt"), sizes)


def test_names_that_lead_elsewhere_are_refused(tmp_path):
    path = archive(tmp_path / "weights.pt", names=["0", "../../1"])
    with pytest.raises(WeightError, match="instead of"):
        read_storages(path, [6, 2])


def test_a_storage_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = archive(tmp_path / "weights.pt", names=["0", "0"])
    with pytest.raises(WeightError, match="instead of"):
        read_storages(path, [6, 2])


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04" + bytes(60)])
def test_what_is_no_archive_is_named(tmp_path, content):
    path = tmp_path / "weights.pt"
    path.write_bytes(content)
    with pytest.raises(WeightError, match=r"weights\.pt is not an archive"):
        read_storages(path, [6, 2])


def test_a_damaged_archive_is_refused(tmp_path):
    path = archive(tmp_path / "weights.pt")
    raw = bytearray(path.read_bytes())
    raw[raw.index(STORAGES[0].tobytes()) + 5] ^= 0xFF  # its checksum no longer fits
    path.write_bytes(raw)
    with pytest.raises(WeightError, match="CRC"):
        read_storages(path, [6, 2])
