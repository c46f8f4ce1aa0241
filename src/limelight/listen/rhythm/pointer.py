"""The beat pointer: beats of a changing tempo as one best path through a song.

A hidden Markov model whose state is (beat period, position in the beat), decoded exactly: Krebs, Böck, Widmer,
"An efficient state-space model for joint tempo and meter tracking", ISMIR 2015, with the observation of Böck,
Krebs, Widmer, "A multi-model approach to beat tracking", ISMIR 2014. As the position only runs on, it is decoded
here as a semi-Markov chain over beats: one step a frame over the periods, vectorised.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

STEADINESS = 80.0
"""How unwelcome a change of the period is: a change by the share d from beat to beat costs STEADINESS * d nats."""
ZONE = 16
"""A beat is expected to sound in 1 / ZONE of its period."""
FIRST = 255
"""Marks a path's first beat among the back pointers; the period that follows a beat is at most this many kinds."""


def follow(
    activation: Floats, frame_rate: float, slowest: float, fastest: float, reach: int | None = None
) -> Ints:
    """The frames of the beats.

    Args:
        activation: (frames,) how much each frame sounds like a beat, above 0 and below 1.
        frame_rate: Frames a second.
        slowest: Beats a minute.
        fastest: Beats a minute.
        reach: Frames on either side of a beat in which it is expected to sound; in proportion to the period if
            not given, which suits wide ranges but favours slow tempi where little sounds.
    """
    frames = len(activation)
    periods = np.arange(int(60 * frame_rate / fastest), int(np.ceil(60 * frame_rate / slowest)) + 1)[:FIRST]
    kinds, longest = np.arange(len(periods)), int(periods[-1])
    near = np.maximum(1, np.round(periods / ZONE / 2)).astype(int) if reach is None else reach
    quiet = np.log((1 - activation) / (ZONE - 1))
    silence = np.concatenate([[0.0], np.cumsum(quiet)])
    gain = np.concatenate([[0.0], np.cumsum(np.log(activation) - quiet)])
    change = _log_transitions(periods)

    width = longest + 1
    best = np.full(
        (width, len(periods)), -np.inf
    )  # ring: best[t % width, k], a beat at t followed by period k
    back = np.zeros((frames + 1, len(periods)), np.uint8)
    for time in range(frames + 1):
        since = time - periods
        arrived = best[since % width, kinds] + silence[time] - silence[np.maximum(since, 0)]
        arrived[since < 0] = -np.inf
        steps = arrived[:, None] + change
        before = steps.argmax(axis=0)
        score = steps[before, kinds]
        if time < longest:
            begin = silence[time] - np.log(longest * len(periods))
            fresh = (time < periods) & (begin > score)
            score = np.where(fresh, begin, score)
            before = np.where(fresh, FIRST, before)
        beat = gain[np.minimum(time + near + 1, frames)] - gain[np.maximum(time - near, 0)]
        best[time % width] = score + beat
        back[time] = before
    return _trace(best, back, periods, silence, frames)


def _log_transitions(periods: Ints) -> Floats:
    """(from, to): log-probability of the next period."""
    change = -STEADINESS * np.abs(periods[None, :] / periods[:, None] - 1)
    return np.asarray(change - np.log(np.exp(change).sum(axis=1, keepdims=True)))


def _trace(best: Floats, back: npt.NDArray[np.uint8], periods: Ints, silence: Floats, frames: int) -> Ints:
    """The path that ends best within an unfinished last period."""
    last = (-np.inf, 0, 0)
    for kind, period in enumerate(periods):
        times = np.arange(max(0, frames - period + 1), frames + 1)
        scores = best[times % len(best), kind] + silence[frames] - silence[times]
        top = int(scores.argmax())
        last = max(last, (float(scores[top]), int(times[top]), kind))
    _, time, kind = last
    path = [time]
    while (before := int(back[time, kind])) != FIRST:
        time, kind = time - int(periods[before]), before
        path.append(time)
    return np.array(path[::-1])
