"""Listen: a song becomes a score."""
