"""A TensorFlow Lite model that maps one array to arrays."""

import contextlib
from collections.abc import Sequence
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
