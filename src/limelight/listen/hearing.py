"""A whole song as Whisper hears it: overlapping windows, each encoded once and used by every later step."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from limelight.listen.voicing import Voicing
from limelight.listen.whisper import FRAMES, RATE, WINDOW, Floats, Heard, Listening, Whisper

HOP = 10.0
"""Seconds between windows: every moment but the edges is heard three times."""
Result = TypeVar("Result")


class Hearing:
    """The encoded windows of a song, kept as float16 in a temporary file that vanishes with the object.

    Attributes:
        whisper: The model.
        language: Code of the language that the song is taken to be in; set once it is known.
        voiced: Where somebody sings.
        duration: Seconds.
        starts: Seconds at which the windows begin.
        lengths: Seconds of sound in each.
    """

    def __init__(
        self,
        whisper: Whisper,
        samples: Floats,
        voiced: Voicing,
        *,
        threads: int = 1,
        progress: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.whisper = whisper
        self.language = "en"
        self.voiced = voiced
        self.duration = len(samples) / RATE
        self.threads = max(1, threads)
        last = max(0.0, self.duration - WINDOW)
        self.starts = [HOP * index for index in range(int(last // HOP) + 1)]
        if last - self.starts[-1] > HOP / 4:
            self.starts.append(last)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the object
        self.lengths: list[float] = []
        for index, heard in enumerate(whisper.hear(samples, self.starts)):
            self._width = heard.states.shape[1]
            self._file.write(heard.states.astype(np.float16).tobytes())
            self.lengths.append(heard.length)
            progress((index + 1) / len(self.starts))
        self._file.flush()

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

        with _single_threaded_algebra(), ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(run, indices)

    def close(self) -> None:
        """Let the temporary file go."""
        self._file.close()


@contextmanager
def _single_threaded_algebra() -> Iterator[None]:
    """One thread for each matrix product: the windows run side by side instead, which wastes nothing."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    with threadpool_limits(limits=1, user_api="blas"):
        yield
