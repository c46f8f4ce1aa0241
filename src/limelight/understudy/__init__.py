"""Understudies: synthetic people who perform in place of a real star.

They are the demo film's star and the test users of the protocol. None of them is, or is meant to look like, anybody.

>>> from limelight.understudy.casting import understudy
>>> from limelight.understudy.render import Expression, Performer
>>> frame = Performer(understudy("ada")).frame(Expression(yaw=15, blendshapes={"jawOpen": 0.3}))

- :mod:`limelight.understudy.casting`: who there is
- :mod:`limelight.understudy.render`: expressions in, frames with their ground truth out
- :mod:`limelight.understudy.acting`: singing along, and the actions of the protocol
"""
