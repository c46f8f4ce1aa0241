"""Observing: from a JPEG to what one frame tells of a face, against the person's own calm one."""
