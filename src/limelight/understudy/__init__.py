"""Understudies: synthetic people who perform in place of a real star."""
