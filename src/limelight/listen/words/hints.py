"""Hints: the given words that may be sung in a window, told to Whisper as the text that it has just heard.

Whisper goes on in the words of the text before (Radford et al. 2022, section 2.3, trained it so). Told the lyrics
it hears singing that it otherwise gets half wrong. It also makes the hint up where it hears little, with little
probability.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from limelight.listen.words.attention import spell
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.transcribe import folded
from limelight.listen.words.whisper import LONGEST_HINT


def hints(
    hearing: Hearing, lines: Sequence[Sequence[str]], rough: npt.NDArray[np.float64]
) -> dict[int, list[int]]:
    """For every second window, which together hear the song one and a half times, tokens of lines that may be in it.

    Every line counts once, however often it is repeated. If all fit, all are told; else those that are expected
    nearest to the window's middle. All hints are equally long, as CTranslate2 wants them.

    Args:
        hearing: The song.
        lines: Words of each line.
        rough: (words,) seconds, where each word is roughly expected.

    Returns:
        Token ids by the number of the window.
    """
    firsts = np.cumsum([0, *(len(line) for line in lines)])[:-1]
    spelled = {number: spell(hearing.whisper, line).tokens.tolist() for number, line in enumerate(lines)}
    keys = ["".join(map(folded, line)) for line in lines]
    told = {}
    for index in range(min(1, len(hearing.starts) - 1), len(hearing.starts), 2):
        middle = hearing.starts[index] + hearing.lengths[index] / 2
        nearest = sorted(spelled, key=lambda number: abs(rough[firsts[number]] - middle))
        different = list({keys[number]: number for number in reversed(nearest)}.values())[::-1]
        room = np.cumsum([len(spelled[number]) for number in different])
        chosen = different[: int((room < LONGEST_HINT).sum()) + 1]
        tokens = [token for number in sorted(chosen) for token in spelled[number]]
        told[index] = tokens[-LONGEST_HINT:]
    shortest = min((len(tokens) for tokens in told.values()), default=0)
    return {index: tokens[len(tokens) - shortest :] for index, tokens in told.items()}
