"""An ONNX model that maps one array to arrays, through onnxruntime."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.errors import BackendError
from limelight.faces.protobuf import Field, field, fields

# Field numbers in onnx.proto
GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE = 1, 5, 11, 12, 13
NODE_INPUT, NODE_OUTPUT, NODE_TYPE, NODE_ATTRIBUTE = 1, 2, 4, 5
VALUE_NAME, ATTRIBUTE_NAME, TENSOR_DIMS, TENSOR_NAME = 1, 1, 1, 8


class OnnxModel:
    """One loaded model with one input; :meth:`close` frees it.

    Args:
        path: Of an ``.onnx`` file.
        num_threads: How many threads one call may use.
        mend: Changes the file's bytes before they are loaded: :func:`keep_input`, :func:`mend_blocks`.
    """

    def __init__(self, path: Path, num_threads: int = 1, *, mend: Callable[[bytes], bytes] = bytes) -> None:
        import onnxruntime  # noqa: PLC0415 - heavy, only where a model is run

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = num_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry(
            "session.disable_quant_qdq", "1"
        )  # unpack weights once, not each call
        try:
            content = mend(path.read_bytes())
            self._session: Any = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as problem:  # onnxruntime's errors have no common root
            raise BackendError(
                f"The model {path} cannot be loaded: {problem}.",
                hint="Run `limelight weights verify`; broken files are deleted and downloaded again.",
            ) from problem
        self._input: str = self._session.get_inputs()[0].name
        self.outputs: tuple[str, ...] = tuple(output.name for output in self._session.get_outputs())

    def __call__(self, values: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """The outputs by name."""
        if self._session is None:
            raise BackendError("This model has been closed.", hint="Use it inside its `with` block.")
        return dict(zip(self.outputs, self._session.run(None, {self._input: values}), strict=True))

    def close(self) -> None:
        """Free the model's memory."""
        self._session = None


def keep_input(model: bytes, name: str) -> bytes:
    """An ONNX model without any declared graph input but ``name``; weights and nodes are left as they are."""

    def keep(graph: bytes) -> bytes:
        return b"".join(
            part.raw
            for part in fields(graph)
            if part.number != GRAPH_INPUT or _text(_inside(part, VALUE_NAME)) == name
        )

    return _with_graph(model, keep)


def mend_blocks(model: bytes) -> bytes:
    """An ONNX model whose tensors with a single scale are not said to be quantised in blocks.

    OpenCV's block quantiser writes ``block_size`` on every DequantizeLinear, also on those with one scale for the
    whole tensor; the ONNX standard allows it only with a scale for each block, and onnxruntime insists.
    """

    def mend(graph: bytes) -> bytes:
        scalars = {
            _text(_inside(part, TENSOR_NAME))
            for part in fields(graph)
            if part.number == GRAPH_INITIALIZER and _inside(part, TENSOR_DIMS) in ([], [1])
        }
        return b"".join(_mend_node(part, scalars) for part in fields(graph))

    return _with_graph(model, mend)


def spell_out_prelu(model: bytes) -> bytes:
    """An ONNX model with each PRelu(x, slope) written as Relu(x) + slope (x - Relu(x)): the same values, bit for bit.

    onnxruntime's own PRelu is not vectorised: in SFace it took more than half of the time.
    """

    def spell(graph: bytes) -> bytes:
        return b"".join(_spelt_out(part) for part in fields(graph))

    return _with_graph(model, spell)


def cut_at(model: bytes, tensor: str) -> tuple[bytes, bytes]:
    """Two ONNX models that do what one did: the first ends with a tensor (float32), the second begins with it.

    Args:
        model: With one output, all of which depends on its input through that tensor.
        tensor: Its name.
    """

    def part(graph: bytes, begin: str, end: str) -> bytes:
        found = list(fields(graph))
        wanted, kept = {end}, set[int]()
        for index in reversed(range(len(found))):
            names = _inside(found[index], NODE_OUTPUT) if found[index].number == GRAPH_NODE else []
            if wanted & {_text([name]) for name in names}:
                kept.add(index)
                wanted |= {_text([name]) for name in _inside(found[index], NODE_INPUT)} - {begin}
        return b"".join(
            one.raw
            for index, one in enumerate(found)
            if index in kept
            or one.number not in {GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT, GRAPH_OUTPUT, GRAPH_VALUE}
            or (one.number == GRAPH_INITIALIZER and _text(_inside(one, TENSOR_NAME)) in wanted)
        )

    def first(graph: bytes) -> bytes:
        inputs = b"".join(one.raw for one in fields(graph) if one.number == GRAPH_INPUT)
        return part(graph, "", tensor) + inputs + field(GRAPH_OUTPUT, _float_tensor(tensor))

    def second(graph: bytes) -> bytes:
        outputs = [one for one in fields(graph) if one.number == GRAPH_OUTPUT]
        rest = part(graph, tensor, _text(_inside(outputs[0], VALUE_NAME)))
        return rest + field(GRAPH_INPUT, _float_tensor(tensor)) + outputs[0].raw

    return _with_graph(model, first), _with_graph(model, second)


def _float_tensor(name: str) -> bytes:
    """A ValueInfoProto of a float32 tensor of any shape."""
    tensor_type = field(1, b"\x08\x01")  # elem_type: float
    return field(VALUE_NAME, name.encode()) + field(2, tensor_type)


def _spelt_out(part: Field) -> bytes:
    if part.number != GRAPH_NODE or _text(_inside(part, NODE_TYPE)) != "PRelu":
        return part.raw
    x, slope = (_text([name]) for name in _inside(part, NODE_INPUT))
    out = _text(_inside(part, NODE_OUTPUT))
    above, below, scaled = (f"{out}_{name}" for name in ("above", "below", "scaled"))
    return (
        _node("Relu", (x,), above)
        + _node("Sub", (x, above), below)
        + _node("Mul", (below, slope), scaled)
        + _node("Add", (above, scaled), out)
    )


def _node(kind: str, inputs: tuple[str, ...], output: str) -> bytes:
    named = b"".join(field(NODE_INPUT, name.encode()) for name in inputs)
    return field(GRAPH_NODE, named + field(NODE_OUTPUT, output.encode()) + field(NODE_TYPE, kind.encode()))


def _mend_node(part: Field, scalars: set[str]) -> bytes:
    if part.number != GRAPH_NODE or not isinstance(part.value, bytes):
        return part.raw
    inputs = _inside(part, NODE_INPUT)
    if _text(_inside(part, NODE_TYPE)) != "DequantizeLinear" or _text(inputs[1:]) not in scalars:
        return part.raw
    kept = b"".join(
        inner.raw
        for inner in fields(part.value)
        if inner.number != NODE_ATTRIBUTE or _text(_inside(inner, ATTRIBUTE_NAME)) != "block_size"
    )
    return field(GRAPH_NODE, kept)


def _with_graph(model: bytes, change: Callable[[bytes], bytes]) -> bytes:
    return b"".join(
        field(GRAPH, change(part.value))
        if part.number == GRAPH and isinstance(part.value, bytes)
        else part.raw
        for part in fields(model)
    )


def _inside(part: Field, number: int) -> list[int | bytes]:
    """The values of all fields of a number inside a message."""
    return (
        [inner.value for inner in fields(part.value) if inner.number == number]
        if isinstance(part.value, bytes)
        else []
    )


def _text(values: list[int | bytes]) -> str:
    return values[0].decode("utf-8", "replace") if values and isinstance(values[0], bytes) else ""
