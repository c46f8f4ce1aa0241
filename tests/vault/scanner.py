"""Looks for a likeness in clear: pictures that decode and unit vectors of float32, anywhere in any file."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

SIGNATURES = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
COMPRESSED = re.compile(rb"PK\x03\x04|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
LENGTHS = (128, 512)
"""Of the embeddings that face models in use here give, and of the usual other ones."""


def findings(folder: Path) -> list[str]:
    """What was found in which file."""
    found = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        if content:
            found += [f"{file}: {what}" for what in (*pictures(content), *embeddings(content))]
            found += [f"{file}: {what} (compressed)" for part in inflated(content) for what in pictures(part)]
    return found


def pictures(content: bytes) -> Iterator[str]:
    """Every place where a JPEG, PNG or WebP begins and decodes."""
    for match in SIGNATURES.finditer(content):
        decoded = cv2.imdecode(np.frombuffer(content[match.start() :], np.uint8), cv2.IMREAD_COLOR)
        if decoded is not None:
            yield f"a picture at {match.start()}"


def embeddings(content: bytes) -> Iterator[str]:
    """Every run of floats that has length 1 and is neither sparse nor dominated by a few."""
    for shift in range(4):
        usable = (len(content) - shift) // 4 * 4
        bits = np.frombuffer(content[shift : shift + usable], "<u4")
        finite = (bits & 0x7F800000) != 0x7F800000
        values = np.where(finite, bits, 0).astype(np.uint32).view(np.float32).astype(np.float64)
        likely = (np.abs(values) < 0.6) & (np.abs(values) > 1e-7)
        squares = np.where(likely, values, 0) ** 2
        for length in LENGTHS:
            if len(values) < length:
                continue
            energy = windows(squares, length)
            dense = windows(likely.astype(np.float64), length) >= 0.98 * length
            for start in np.flatnonzero(dense & (np.abs(energy - 1) < 1e-3)):
                yield f"a unit vector of {length} floats at {4 * start + shift}"


def windows(values: np.ndarray, length: int) -> np.ndarray:
    """Sums over every run of a length."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    return total[length:] - total[:-length]


def inflated(content: bytes) -> Iterator[bytes]:
    """What zlib, gzip and zip streams within hold."""
    for match in COMPRESSED.finditer(content):
        start, wbits = match.start(), 15
        if content[start : start + 2] == b"PK":
            if len(content) < start + 30:
                continue
            start += 30 + int.from_bytes(content[start + 26 : start + 28], "little")
            start += int.from_bytes(content[match.start() + 28 : match.start() + 30], "little")
            wbits = -15
        elif content[start] == 0x1F:
            wbits = 31
        try:
            yield zlib.decompressobj(wbits).decompress(content[start:], 1 << 24)
        except zlib.error:
            continue
