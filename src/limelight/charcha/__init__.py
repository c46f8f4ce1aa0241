"""CHARCHA: the live protocol that decides whose face may be in a film.

A library without any web in it. It proves, as far as a camera can, that a live person, one and the same
throughout, does what is asked now, and it collects the only frames that may personalise a film. After Agarwal et
al., "Secure & Personalized Music-to-Video Generation via CHARCHA", 2025 (arXiv 2502.02610), an independent
implementation.

- :mod:`limelight.charcha.session`: what a server talks to
- :mod:`limelight.charcha.protocol`: the state machine, pure
- :mod:`limelight.charcha.challenge`, :mod:`limelight.charcha.judging`: what is asked, and whether it was done
- :mod:`limelight.charcha.observation`: what one frame tells
- :mod:`limelight.charcha.signals`, :mod:`limelight.charcha.panel`: cues that watch a session, one module each
- :mod:`limelight.charcha.webcam`: an understudy before a simulated webcam
"""
