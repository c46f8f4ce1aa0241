"""Signals: cues that watch a session, one module each, and the verdict over what they found."""
