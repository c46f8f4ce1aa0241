"""How much memory the work has taken."""

import sys


def peak_memory() -> float:
    """Most memory (MB) that this process and, beside it, its largest worker have held; 0 where it is unknown."""
    try:
        import resource  # noqa: PLC0415  # not on every system
    except ImportError:
        return 0.0
    unit = 1e6 if sys.platform == "darwin" else 1e3
    whole = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return float(whole / unit)
