"""Cut: takes and the song become a film."""
