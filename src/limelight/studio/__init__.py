"""The studio: the page on which a person verifies themself, and the server behind it.

>>> from limelight.studio import studio
>>> app = studio(vault)
"""

from limelight.studio.app import studio

__all__ = ["studio"]
