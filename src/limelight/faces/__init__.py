"""What can be read from a picture of a face: its mesh and expression, whose it is, its outline, whether it is fit.

- :mod:`limelight.faces.landmarks`: 478 points, 52 expression values and the head's pose
- :mod:`limelight.faces.identity`: is it the same person
- :mod:`limelight.faces.matte`: the person cut out of the background
- :mod:`limelight.faces.content`: is a picture explicit

Pictures are ``(height, width, 3) uint8, sRGB``, points are in pixels from the top left corner. Each class loads a
model and frees it: use it in a ``with`` statement. An object belongs to one thread at a time.
"""
