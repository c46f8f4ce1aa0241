"""A whole song as Whisper hears it: overlapping windows, each encoded once and used by every later step."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from limelight.listen.sound.memory import give_back
from limelight.listen.words.voicing import Voicing
from limelight.listen.words.whisper import (
    BEAM,
    FRAMES,
    RATE,
    WINDOW,
    Floats,
    Heard,
    Listening,
    Whisper,
    Written,
)

if TYPE_CHECKING:
    from limelight.listen.words.attention import Look

HOP = 10.0
"""Seconds between windows: every moment but the edges is heard three times."""
LEAST_SUNG = 0.02
"""Share of a window: where less is sung nothing is listened to."""
TOGETHER = 4
"""Windows written down in one call; each takes 40 MB meanwhile (Whisper base)."""
Result = TypeVar("Result")


class Hearing:
    """The encoded windows of a song, kept as float16 in a temporary file that vanishes with the object.

    Attributes:
        whisper: The model.
        language: Code of the language that the song is taken to be in; set once it is known.
        voiced: Where somebody sings.
        duration: Seconds.
        starts: Seconds at which the windows begin in which somebody sings.
        lengths: Seconds of sound in each.
        kept: What was last looked for in a window, as bytes, and what was seen; :mod:`limelight.listen.words.align`
            keeps it.
    """

    def __init__(
        self,
        whisper: Whisper,
        samples: Floats,
        voiced: Voicing,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.whisper = whisper
        self.language = "en"
        self.voiced = voiced
        self.duration = len(samples) / RATE
        self.starts = _sung(_starts(self.duration), voiced)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the object
        self.lengths: list[float] = []
        self.kept: dict[int, tuple[bytes, Look]] = {}
        for index, heard in enumerate(whisper.hear(samples, self.starts)):
            self._width = heard.states.shape[1]
            self._file.write(heard.states.astype(np.float16).tobytes())
            self.lengths.append(heard.length)
            progress((index + 1) / len(self.starts))
        self._file.flush()
        give_back()

    def window(self, index: int) -> Heard:
        """One encoded window."""
        states = np.memmap(
            self._file,
            dtype=np.float16,
            mode="r",
            offset=index * FRAMES * self._width * 2,
            shape=(FRAMES, self._width),
        )
        return Heard(self.starts[index], self.lengths[index], states.astype(np.float32))

    def each(self, task: Callable[[int, Listening], Result], indices: list[int]) -> Iterator[Result]:
        """Run a decoder task on windows, several at a time, results in order."""
        decoder = self.whisper.decoder

        def run(index: int) -> Result:
            return task(index, decoder.listen(self.window(index)))

        with one_thread_for_algebra(), ThreadPoolExecutor(self.whisper.threads) as pool:
            yield from pool.map(run, indices)

    def write_down(
        self, indices: Sequence[int], hints: Mapping[int, Sequence[int]] | None = None, *, beam: int = BEAM
    ) -> list[Written]:
        """What Whisper writes down for windows, several at a time, in order; ``hints``: tokens for each."""
        threads = self.whisper.threads
        together = max(1, min(TOGETHER, -(-len(indices) // threads)))

        def written(group: Sequence[int]) -> list[Written]:
            told = [hints[index] for index in group] if hints else ()
            windows = [self.window(index) for index in group]
            return self.whisper.write_down(windows, self.language, beam=beam, hints=told)

        groups = [indices[first : first + together] for first in range(0, len(indices), together)]
        with ThreadPoolExecutor(threads) as pool:
            texts = [one for some in pool.map(written, groups) for one in some]
        give_back()
        return texts

    def close(self) -> None:
        """Let the temporary file go."""
        self._file.close()


def _starts(duration: float) -> list[float]:
    last = max(0.0, duration - WINDOW)
    starts = [HOP * index for index in range(int(last // HOP) + 1)]
    if last - starts[-1] > HOP / 4:
        starts.append(last)
    return starts


def _sung(starts: list[float], voiced: Voicing) -> list[float]:
    """Without the windows in which hardly anybody sings; all of them if that leaves none."""
    return [start for start in starts if voiced.share(start, start + WINDOW) >= LEAST_SUNG] or starts


@contextmanager
def one_thread_for_algebra() -> Iterator[None]:
    """One thread for each matrix product: the windows run side by side instead, which wastes nothing."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(limits=1, user_api="blas"):
        yield
