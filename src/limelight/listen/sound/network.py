"""A small neural network, put together layer by layer from a TensorFlow checkpoint and run by onnxruntime.

Tensors are (batch, channels, height, width) here and (batch, height, width, channels) in TensorFlow; kernels are
turned accordingly.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
MOST_THREADS = 4
LARGE = 1024
"""Bytes from which on a constant is handed over beside the graph."""


class Network:
    """Layers added one by one; :meth:`session`, called once, makes it runnable.

    Args:
        tensors: The checkpoint, by name.
        epsilon: Of batch normalisation (TensorFlow's default).
    """

    def __init__(self, tensors: Mapping[str, Array], epsilon: float = 1e-3) -> None:
        self.tensors = tensors
        self.epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: dict[str, npt.NDArray[Any]] = {}

    def add(self, operator: str, *inputs: str | Array, **attributes: Any) -> str:
        """Add an ONNX operator on named tensors and constants; the name of its output."""
        from onnx import helper  # noqa: PLC0415 - only where a network is built

        names = [one if isinstance(one, str) else self._constant(one) for one in inputs]
        output = f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, names, [output], **attributes))
        return output

    def conv(self, x: str, layer: str, **attributes: Any) -> str:
        """A convolution with the kernel and bias of a layer."""
        kernel = self.tensors[f"{layer}/kernel"].transpose(3, 2, 0, 1)
        return self.add("Conv", x, kernel, self.tensors[f"{layer}/bias"], **attributes)

    def conv_transpose(self, x: str, layer: str, **attributes: Any) -> str:
        """A transposed convolution with the kernel and bias of a layer."""
        kernel = self.tensors[f"{layer}/kernel"].transpose(3, 2, 0, 1)
        return self.add("ConvTranspose", x, kernel, self.tensors[f"{layer}/bias"], **attributes)

    def dense(self, x: str, layer: str) -> str:
        """A fully connected layer."""
        return self.add("Gemm", x, self.tensors[f"{layer}/kernel"], self.tensors[f"{layer}/bias"])

    def batch_norm(self, x: str, layer: str) -> str:
        """Batch normalisation with the moments that training left."""
        parts = (self.tensors[f"{layer}/{p}"] for p in ("gamma", "beta", "moving_mean", "moving_variance"))
        return self.add("BatchNormalization", x, *parts, epsilon=self.epsilon)

    def session(self, shape: Sequence[int | str], outputs: Sequence[str]) -> Any:
        """An ``onnxruntime.InferenceSession`` whose one input is ``x`` of this shape (names are free sizes)."""
        import onnxruntime  # noqa: PLC0415
        from onnx import TensorProto, helper  # noqa: PLC0415

        graph = helper.make_graph(
            self._nodes,
            "network",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            [_described(name, value) for name, value in self._constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, MOST_THREADS)
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        large = {name: value for name, value in self._constants.items() if value.nbytes >= LARGE}
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in large.values()]
        options.add_external_initializers(list(large), values)
        self._nodes, self._constants = [], {}
        return onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def _constant(self, value: Array) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants[name] = np.ascontiguousarray(value)
        return name


def _described(name: str, value: npt.NDArray[Any]) -> Any:
    """An ONNX tensor; of a large one only name, type and shape, as its values are handed over beside the graph.

    The session copies them; inside the graph they would be copied four times on their way to it.
    """
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    if value.nbytes < LARGE:
        return numpy_helper.from_array(value, name)
    tensor = TensorProto(
        name=name,
        data_type=helper.np_dtype_to_tensor_dtype(value.dtype),
        dims=value.shape,
        data_location=TensorProto.EXTERNAL,
    )
    tensor.external_data.add(key="location", value="beside")
    return tensor
