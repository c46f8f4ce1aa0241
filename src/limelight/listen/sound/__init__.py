"""The sound itself: decoded, separated, as a spectrum, and what networks hear in it."""
