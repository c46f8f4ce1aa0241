import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from limelight.crew.local import LocalCrew, tell_parent
from limelight.errors import LimelightError, MediaError
from limelight.events import Event, Warned


def square(number: int) -> int:
    tell_parent(Warned("square", str(number)))
    return number * number


def fail(number: int) -> int:
    raise MediaError(f"no {number}", hint="try 4")


def die(_number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def test_all_jobs_are_done_and_their_events_arrive() -> None:
    told: list[Event] = []
    with LocalCrew(2, told.append) as crew:
        done = dict(crew.each(square, range(6)))
    assert done == {number: number * number for number in range(6)}
    assert {event.message for event in told if isinstance(event, Warned)} == {str(n) for n in range(6)}


def test_a_workers_error_arrives_as_it_was() -> None:
    with pytest.raises(MediaError, match="try 4"), LocalCrew(1, lambda _event: None) as crew:
        list(crew.each(fail, [3]))


def test_a_killed_worker_is_told_and_does_not_hang() -> None:
    with (
        pytest.raises(LimelightError, match="stopped from outside"),
        LocalCrew(1, lambda _event: None) as crew,
    ):
        list(crew.each(die, [1]))


PARENT = """
import os, sys, time
from pathlib import Path

from limelight.crew.local import LocalCrew

def linger(path):
    open(path, "w").write(str(os.getpid()))
    time.sleep(60)

if __name__ == "__main__":
    with LocalCrew(1, lambda event: None) as crew:
        list(crew.each(linger, [sys.argv[1]]))
"""


def test_workers_die_with_a_killed_parent(tmp_path: object) -> None:
    script, mark = f"{tmp_path}/parent.py", f"{tmp_path}/pid"
    with open(script, "w") as stream:  # noqa: PTH123
        stream.write(PARENT)
    parent = subprocess.Popen([sys.executable, script, mark])
    worker = int(_awaited(lambda: Path(mark).read_text()))
    parent.kill()
    parent.wait()
    _awaited(lambda: "gone" if not _alive(worker) else "")


def _awaited(look: object) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if found := look():  # type: ignore[operator]
                return str(found)
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 s")


def _alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stream:  # noqa: PTH123
            return stream.read().rsplit(")", maxsplit=1)[-1].split()[0] != "Z"
    except OSError:
        return False


def chatter(number: int) -> int:
    for _ in range(2000):
        tell_parent(Warned("chatter", "x" * 100))
    return number


def test_a_listener_that_fails_stops_the_work_instead_of_blocking_it() -> None:
    """More events than the pipe between the processes holds: nobody reads them any more."""

    def refuse(_event: Event) -> None:
        raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError, match="nobody listens"), LocalCrew(1, refuse) as crew:
        list(crew.each(chatter, [1, 2]))
