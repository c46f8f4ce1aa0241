"""Provenance: what a film says of itself, and how it is read again."""
