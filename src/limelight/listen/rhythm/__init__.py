"""Onsets, beats and bars."""
