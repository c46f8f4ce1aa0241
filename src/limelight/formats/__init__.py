"""Formats: parse and write lyric and subtitle files, nothing else."""
