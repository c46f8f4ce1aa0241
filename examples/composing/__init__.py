"""The parts of `compose_demo.py`: score, band, singer, mix and truth of the demo song."""
