"""Guard: what may be drawn. Words and finished pictures are judged; a refused shot is drawn another way.

Stages and cameras go through it: the director reads what :func:`for_director` leaves, cameras get prompts from
:func:`cleared` and draw words from :func:`masked`, and every take is watched on its way to the encoder.
"""

from limelight.guard.policy import Policy, refuse_off
from limelight.guard.reading import clear_prompt, cleared, for_director, masked, negative_prompt, with_prompts
from limelight.guard.redirect import PLAIN, Way, plain, ways
from limelight.guard.screening import Attempt, BlockedError, Scorer, Screening, Watch

__all__ = [
    "PLAIN",
    "Attempt",
    "BlockedError",
    "Policy",
    "Scorer",
    "Screening",
    "Watch",
    "Way",
    "clear_prompt",
    "cleared",
    "for_director",
    "masked",
    "negative_prompt",
    "plain",
    "refuse_off",
    "ways",
    "with_prompts",
]
