"""Review: a film is measured, each figure beside its control."""
