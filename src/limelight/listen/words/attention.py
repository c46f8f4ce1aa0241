"""From a decoder's attention to the moments at which words begin.

Each token's cross-attention, averaged over Whisper's alignment heads as logarithms, says how likely it is sung at
each frame. A Viterbi path walks through the tokens in order, with a silence state before every word.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from limelight.listen.words.whisper import FRAMES, Decoder, Floats, Listening, Whisper

FLOOR = 0.05
"""Added to attention in units of its uniform share, so that one blind head cannot veto the others."""
SILENCE = 0.9
"""A token must look at a frame with exp(.9), 2.5 times its uniform share, to be likelier there than silence."""
SILENT = -4.0
"""Added to a token's score in frames where the voice is silent."""
WAIT = -0.05
"""A frame of silence inside a line while the voice sounds: a held note, or words that are not in the text."""
UNSEEN = float(np.log(FLOOR)) - SILENCE
"""The score of a token in frames at which no window looked for it."""
LATENCY = 0.1
"""Seconds added: attention begins a little before the word is heard (measured on ten sung songs)."""
_SIGNS = re.compile(r"[()\[\]{}<>\"“”„«»*~♪♫#_|/\\–—…-]+")
_REPEATED = re.compile(r"([!?.,;:])[!?.,;:]+")


@dataclass(frozen=True)
class Spelling:
    """Words as tokens.

    Attributes:
        tokens: (n,) int64 ids.
        owner: (n,) int64, the number of the word that each token belongs to.
        first: (n,) bool, whether the token begins its word.
    """

    tokens: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int64]
    first: npt.NDArray[np.bool_]

    def part(self, words: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Indices of the tokens of the chosen words; ``words`` (word count,) bool."""
        return np.flatnonzero(words[self.owner])


def spell(whisper: Whisper, words: Sequence[str]) -> Spelling:
    """Tokens of words, each with the space before it, as Whisper writes them: small letters, no brackets."""
    letters = [sign for word in words for sign in word if sign.isalpha()]
    shouted = sum(sign.isupper() for sign in letters) > 0.6 * len(letters)
    tokens: list[int] = []
    owner: list[int] = []
    for index, word in enumerate(words):
        plain = " ".join(_REPEATED.sub(r"\1", _SIGNS.sub(" ", word)).split()) or word
        ids = whisper.tokens(f" {plain.lower() if shouted else plain}") or whisper.tokens(" la")
        tokens.extend(ids)
        owner.extend([index] * len(ids))
    owners = np.array(owner, dtype=np.int64)
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = owners[1:] != owners[:-1]
    return Spelling(np.array(tokens, dtype=np.int64), owners, first)


@dataclass(frozen=True)
class Look:
    """Where the tokens of one text look in one window.

    Attributes:
        scores: (tokens, frames) float32, log-odds against silence.
        log_probabilities: (tokens,) float32, of each token after those before it.
    """

    scores: Floats
    log_probabilities: Floats


def look(
    listening: Listening,
    prompt: Sequence[int],
    tokens: npt.NDArray[np.int64],
    end: int,
    bias: Floats | None = None,
) -> Look:
    """Teacher-force a text in a window; ``end`` is the token that ends a text.

    ``bias`` (tokens, 1500), at most 0: how unlikely each token is in each frame for other reasons. The attention
    itself is told, so that a word is not looked for where like words are sung that the text lacks.
    """
    decoder: Decoder = listening.decoder
    before = slice(len(prompt) - 1, len(prompt) - 1 + len(tokens))
    whole = None
    if bias is not None:
        whole = np.zeros((len(prompt) + len(tokens) + 1, FRAMES), dtype=np.float32)
        whole[before] = bias
    (states,), (shares,) = decoder.run(listening, [[*prompt, *tokens.tolist(), end]], whole)
    scores = np.log(shares[:, before] * FRAMES + FLOOR).mean(axis=0) - SILENCE
    return Look(scores, decoder.log_probabilities(states[before], tokens.tolist()))


@dataclass(frozen=True)
class Waits:
    """What silence costs.

    Attributes:
        inside: (tokens,) float32, 1 where a pause before the token would be one inside a line, else 0.
        cost: (frames,) float32, at most 0: ``WAIT`` where the voice sounds, else 0.
    """

    inside: Floats
    cost: Floats


def best_path(
    scores: Floats, first: npt.NDArray[np.bool_], waits: "Waits | None" = None
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The likeliest monotone path through all tokens, with silence allowed before words and at the end.

    Args:
        scores: (tokens, frames) log-odds against silence; at least as many frames as tokens.
        first: (tokens,) whether a token begins a word.
        waits: Where silence costs something; nowhere if not given.

    Returns:
        First frame and frame after the last one of each token, (tokens,) int64 each.
    """
    tokens, frames = scores.shape
    states = 2 * tokens + 1  # even: silence before the token; odd: the token
    closed = np.zeros(states, dtype=np.bool_)
    closed[0 : 2 * tokens : 2] = ~first
    steps = np.zeros((frames, states), dtype=np.uint8)
    best = np.full(states, -np.inf, dtype=np.float32)
    best[0], best[1] = 0.0, scores[0, 0]
    columns = np.ascontiguousarray(scores.T)
    for frame in range(1, frames):
        moved = best.copy()
        one = best[:-1] > moved[1:]
        moved[1:][one] = best[:-1][one]
        two = best[1:-2:2] > moved[3::2]
        moved[3::2][two] = best[1:-2:2][two]
        steps[frame, 1:] = one
        steps[frame, 3::2][two] = 2
        moved[1::2] += columns[frame]
        if waits is not None:
            moved[0:-1:2] += waits.cost[frame] * waits.inside
        moved[closed] = -np.inf
        best = moved
    state = states - 1 if best[-1] >= best[-2] else states - 2
    starts = np.zeros(tokens, dtype=np.int64)
    ends = np.zeros(tokens, dtype=np.int64)
    for frame in range(frames - 1, -1, -1):
        if state % 2:
            starts[state // 2] = frame
            if not ends[state // 2]:
                ends[state // 2] = frame + 1
        state -= int(steps[frame, state])
    return starts, ends
