"""Challenges: what is asked, in which words, and whether it was done."""
