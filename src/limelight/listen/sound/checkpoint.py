"""TensorFlow checkpoints (the "bundle" of a ``.index`` and one ``.data`` file), read without TensorFlow.

The index is a LevelDB table ("SSTable") of names to ``BundleEntryProto`` messages. Formats: LevelDB's
``doc/table_format.md`` and TensorFlow's ``tensor_bundle.proto``. Only what the two models here need is read:
uncompressed blocks, one shard, float32.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from limelight.errors import WeightError

MAGIC = 0xDB4775248B80FB57
FLOAT = np.dtype("<f4")


def read_checkpoint(index: Path, data: Path) -> dict[str, npt.NDArray[np.float32]]:
    """All float32 tensors of a checkpoint by name, memory-mapped, in TensorFlow's own axis order.

    Raises:
        WeightError: not such a checkpoint.
    """
    table = index.read_bytes()
    try:
        if struct.unpack("<Q", table[-8:])[0] != MAGIC:
            raise ValueError("no table magic at its end")  # noqa: TRY301 - one place turns all into one error
        tensors = np.memmap(data, np.uint8, "r")
        return dict(_tensors(table, tensors))
    except (ValueError, IndexError, KeyError, struct.error) as problem:
        raise WeightError(
            f"{index} is not a TensorFlow checkpoint that can be read: {problem}.",
            hint="Run `limelight weights verify`.",
        ) from problem


def _tensors(table: bytes, data: npt.NDArray[np.uint8]) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    footer = len(table) - 48
    _, at = _handle(table, footer)  # the metaindex, which is empty
    (offset, size), _ = _handle(table, at)
    for _, value in _block(table, offset, size):
        (inner, inner_size), _ = _handle(value, 0)
        for key, entry in _block(table, inner, inner_size):
            fields = dict(_message(entry))
            if key and fields.get(1) == 1:  # the empty key is the header; 1 is DT_FLOAT
                start, length = int(fields.get(4, 0)), int(fields[5])
                raw = data[start : start + length].view(FLOAT)
                yield key.decode(), raw.reshape(_shape(fields.get(2, b"")))


def _block(table: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if table[offset + size] != 0:
        raise ValueError("a compressed block")
    block = table[offset : offset + size]
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _message(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protocol-buffer message."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            number, at = _varint(raw, at)
            yield field, number
        elif wire == 2:
            length, at = _varint(raw, at)
            yield field, raw[at : at + length]
            at += length
        elif wire == 5:
            at += 4
        else:
            raise ValueError(f"wire type {wire}")


def _shape(raw: int | bytes) -> tuple[int, ...]:
    if isinstance(raw, int):
        raise ValueError("a shape that is no message")  # noqa: TRY004 - a broken file, not a wrong call
    dims = [dim for field, dim in _message(raw) if field == 2]
    return tuple(int(dict(_message(dim)).get(1, 0)) for dim in dims if isinstance(dim, bytes))


def _handle(raw: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(raw, at)
    size, at = _varint(raw, at)
    return (offset, size), at


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = raw[at]
        number |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return number, at
