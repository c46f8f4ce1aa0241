"""CHARCHA: the live protocol that decides whose face may be in a film.

A library without any web in it. It proves, as far as a camera can, that a live person, one and the same
throughout, does what is asked now, and it collects the only frames that may personalise a film. After Agarwal et
al., "Secure & Personalized Music-to-Video Generation via CHARCHA", 2025 (arXiv 2502.02610), an independent
implementation.

- :mod:`limelight.charcha.session`: what a server talks to; it joins all that follows
- :mod:`limelight.charcha.protocol`: the state machine, pure; :mod:`limelight.charcha.prompts`: its states and prompts
- :mod:`limelight.charcha.prompting`: which prompt is shown next, and which one the client says that it shows
- :mod:`limelight.charcha.wire`: frames and messages, checked and chained
- :mod:`limelight.charcha.observing`: what one frame tells of a face
- :mod:`limelight.charcha.challenges`: what is asked, and whether it was done
- :mod:`limelight.charcha.signals`: cues that watch a session, one module each, and the verdict over them
- :mod:`limelight.charcha.records`: what is kept of a session, and the sessions that wait for a person
- :mod:`limelight.charcha.simulated`: an understudy before a simulated webcam
"""
