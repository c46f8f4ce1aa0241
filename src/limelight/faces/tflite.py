"""A TensorFlow Lite model that maps one array to arrays."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import BackendError


class TfliteModel:
    """One loaded model with one input; :meth:`close` frees it.

    Args:
        content: The bytes of a ``.tflite`` file.
        num_threads: How many threads one call may use.
    """

    def __init__(self, content: bytes, num_threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - heavy, only where a model is run

        try:
            with _without_greeting():
                self._interpreter: Any = Interpreter(model_content=content, num_threads=num_threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as problem:
            raise BackendError(
                f"A face model cannot be loaded: {problem}.",
                hint="Run `limelight weights verify`; broken files are deleted and downloaded again.",
            ) from problem
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._outputs: dict[str, int] = {
            detail["name"]: detail["index"] for detail in self._interpreter.get_output_details()
        }

    def __call__(self, values: NDArray[np.float32], outputs: Sequence[str] = ()) -> list[NDArray[np.float32]]:
        """The named outputs (all, in the model's order, if none is named), as copies."""
        if self._interpreter is None:
            raise BackendError("This face model has been closed.", hint="Use it inside its `with` block.")
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        wanted = [self._outputs[name] for name in outputs] if outputs else list(self._outputs.values())
        return [self._interpreter.get_tensor(index) for index in wanted]

    def close(self) -> None:
        """Free the model's memory."""
        with contextlib.suppress(AttributeError):
            self._interpreter = None


_greeted = False


@contextlib.contextmanager
def _without_greeting() -> Iterator[None]:
    """The runtime writes a line to standard error with a process's first model, and has no switch for it."""
    global _greeted  # noqa: PLW0603  # once a process
    if _greeted:
        yield
        return
    _greeted = True
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # a device, not a file
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
