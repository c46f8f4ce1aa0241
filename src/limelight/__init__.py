"""Personal music videos that only the person themself can star in."""

__version__ = "0.1.0"
