"""Simulated: an understudy before a simulated webcam, and whole sessions of it. Proves logic, nothing of people."""
