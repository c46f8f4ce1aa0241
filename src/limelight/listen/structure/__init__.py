"""Sections of a song: where they begin, which are alike, and what they are called."""
