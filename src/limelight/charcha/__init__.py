"""CHARCHA: the live protocol that decides whose face may be in a film."""
