"""How well times that were found agree with the true ones."""

import numpy as np


def f_measure(true, found, tolerance=0.07):
    """Share of matched events, 0 to 1: harmonic mean of precision and recall, each event matched once."""
    true, found = list(true), list(found)
    hits, i, j = 0, 0, 0
    while i < len(true) and j < len(found):
        apart = found[j] - true[i]
        if abs(apart) <= tolerance:
            hits, i, j = hits + 1, i + 1, j + 1
        elif apart < 0:
            j += 1
        else:
            i += 1
    return 2 * hits / max(1, len(true) + len(found))


def random_like(found, rng, duration):
    """As many moments anywhere in the song: the control."""
    return np.sort(rng.uniform(0, duration, len(found)))
