"""Models: which there are by name, where their bytes are, and how a checkpoint becomes a pipeline."""
