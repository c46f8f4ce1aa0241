"""Just enough of the protocol buffer wire format to read or thin out a message without its schema.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """One field of a message.

    Attributes:
        number: As in the schema.
        value: The number of a varint, the bytes of anything else.
        raw: All bytes of the field, key and length included.
    """

    number: int
    value: int | bytes
    raw: bytes


def fields(message: bytes) -> Iterator[Field]:
    """The fields of a message in order.

    Raises:
        ValueError: these bytes are not a message.
    """
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield Field(number, value, message[start:at])
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"field {number} is of the unknown kind {kind}")
        if at + size > len(message):
            raise ValueError(f"field {number} needs {size} bytes and {len(message) - at} are left")
        yield Field(number, message[at : at + size], message[start : at + size])
        at += size


def field(number: int, value: bytes) -> bytes:
    """A field of bytes (a string, or a message inside a message) as it is written."""
    return _to_varint(number << 3 | 2) + _to_varint(len(value)) + value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    raise ValueError("a number that does not end")


def _to_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
