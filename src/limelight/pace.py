"""How long steps took on this machine before, so that a plan learns from its own runs.

Each finished step leaves what was expected of it and what it took, in seconds by the clock, in ``pace.json`` of the
user's cache folder. Nothing else is kept: no song, no star, no time of day. It may be deleted at any time.
"""

import contextlib
import json
import math
import os
import statistics
from pathlib import Path

from limelight.document import write_atomically

KEPT = 12
"""Runs remembered of each kind of step."""
NEAREST = 3
"""Of these, those whose length is nearest to what is asked decide, by their median: one run beside a busy machine
does not."""


def pace_file() -> Path:
    """Where it is kept."""
    import platformdirs  # noqa: PLC0415

    return (
        Path(os.environ.get("LIMELIGHT_CACHE_DIR") or platformdirs.user_cache_dir("limelight")) / "pace.json"
    )


def learned(kind: str, expected: float) -> float | None:
    """What a step took here for each second expected of it; None: it was never done here.

    Args:
        kind: The step and what did it, such as ``shoot painted``.
        expected: Seconds expected, more than 0.
    """
    runs = _runs().get(kind, [])
    nearest = sorted(runs, key=lambda run: abs(math.log(run[0] / expected)))[:NEAREST]
    return statistics.median(took / before for before, took in nearest) if nearest else None


def learn(kind: str, expected: float, took: float) -> None:
    """Remember a finished step; where that cannot be written, nothing is learned and nothing fails."""
    if not (expected > 0 and took > 0):
        return
    runs = _runs()
    runs[kind] = [*runs.get(kind, []), (round(expected, 2), round(took, 2))][-KEPT:]
    with contextlib.suppress(OSError):
        pace_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(pace_file(), json.dumps(runs, indent=1).encode())


def _runs() -> dict[str, list[tuple[float, float]]]:
    """What is remembered; nothing, if the file is not there or not as it was written."""
    try:
        kept = json.loads(pace_file().read_bytes())
        return {
            str(kind): [(float(e), float(t)) for e, t in runs if e > 0 and t > 0]
            for kind, runs in kept.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
