"""Personal music videos that only the person themself can star in.

    song    --listen-->  Score
    webcam  --charcha--> Star, sealed in the vault
    Score + Stars --direct--> Storyboard --shoot--> Takes --cut--> Film --review--> Report

:mod:`limelight.make` has these steps as plain calls; :class:`limelight.order.Order` is what they are given.
"""

__version__ = "0.1.0"
