"""The words of a song and when they are sung: given or transcribed, placed, and edited by a person."""
