"""Memory: handing back what was freed.

After large temporary arrays glibc keeps much of their memory for itself, each thread's share apart: after the
separation and the encoding that was a fifth of the most that listening took at once.
"""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Let the C library hand freed memory back to the system; nothing happens where it has no such call."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
