"""Looks for a likeness in clear, anywhere in any file.

Of anybody: pictures that decode, arrays of pixels, films, unit vectors of float32. Of somebody known: rows of her or
his pixels, and the embedding, as it is or nearly, as float16, 32 or 64 at any place. Compressed streams, pictures in
web pages and the rows of SQLite databases are looked into.
"""

import base64
import binascii
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.signal import fftconvolve

SIGNATURES = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP", re.DOTALL)
COMPRESSED = re.compile(rb"PK\x03\x04|\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
LENGTHS = (128, 512)
"""Of the embeddings that face models in use here give, and of the usual other ones."""


ARRAY = re.compile(rb"\x93NUMPY.{4}\{'descr': '[|<>]?u1'.{0,60}'shape': \((\d+), (\d+)", re.DOTALL)
FILM = re.compile(rb"....ftyp(?:isom|iso\d|mp4\d|avc1|M4V )|\x1a\x45\xdf\xa3", re.DOTALL)
IN_A_PAGE = re.compile(rb"data:image/[a-z]+;base64,([A-Za-z0-9+/=]+)")
SEGMENT, SEGMENTS = 60, 24
"""Bytes of a row of pixels, and how many rows of a frame are looked for."""
EXACT, ALIKE = 6, 0.8
"""Values of an embedding in a row that are taken for it; the cosine from which another is."""


def findings(folder: Path) -> list[str]:
    """What was found in which file."""
    found = []
    for file in files(folder):
        content = file.read_bytes()
        if content:
            found += [f"{file}: {what}" for what in (*pictures(content), *embeddings(content))]
            found += [f"{file}: {what} (compressed)" for part in inflated(content) for what in pictures(part)]
    return found


def files(folder: Path) -> list[Path]:
    """All of them, hidden ones too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


@dataclass(frozen=True)
class Known:
    """Somebody to look for.

    Attributes:
        frames: ``(height, width, 3) uint8`` each, as they were taken.
        embeddings: ``(128,)`` float32 each.
    """

    frames: Sequence[np.ndarray]
    embeddings: Sequence[np.ndarray]

    def traces(self, folder: Path) -> list[str]:
        """Everything that could be of this person: known traces, and any picture, array or film at all."""
        return [f"{file}: {what}" for file in files(folder) for what in self.within(file)]

    def within(self, file: Path) -> list[str]:
        """What was found in one file."""
        parts = [("", file.read_bytes())]
        parts += [(" (compressed)", part) for part in inflated(parts[0][1])]
        parts += [(" (in a page)", part) for part in unfolded(parts[0][1])]
        parts += [(" (in a database)", part) for part in cells(file)]
        found = []
        for where, content in parts:
            found += [what + where for what in (*pictures(content), *moving(content))]
            found += [what + where for what in (*self.pixels(content), *self.numbers(content))]
        return found

    def pixels(self, content: bytes) -> Iterator[str]:
        """Rows of this person's frames, with red or blue first."""
        for index, frame in enumerate(self.frames):
            for line in np.linspace(0, frame.shape[0] - 1, SEGMENTS).astype(int):
                middle = frame[line, frame.shape[1] // 2 :][: SEGMENT // 3]
                if len(np.unique(middle)) >= 12 and any(
                    row.tobytes() in content for row in (middle, middle[:, ::-1])
                ):
                    yield f"pixels of frame {index}"
                    break

    def numbers(self, content: bytes) -> Iterator[str]:
        """The embeddings, exactly or nearly."""
        for embedding in self.embeddings:
            for kind in ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8"):
                if embedding[:EXACT].astype(kind).tobytes() in content:
                    yield f"the embedding as {kind}"
            digits = (re.escape(f"{value:.6f}"[:-3].encode()) for value in embedding[:3])
            text = rb"\d*[^\d-]{1,40}".join(digits)
            if re.search(text, content):
                yield "the embedding in digits"
            yield from alike(content, embedding)


def alike(content: bytes, embedding: np.ndarray) -> Iterator[str]:
    """Every place at which floats of some width and alignment point where the embedding does."""
    template = embedding[::-1].astype(np.float64) / np.linalg.norm(embedding)
    for width, kind in ((2, "<f2"), (4, "<f4"), (8, "<f8")):
        for shift in range(width):
            count = (len(content) - shift) // width
            if count < len(template):
                continue
            with np.errstate(all="ignore"):
                values = np.frombuffer(content, kind, count, shift).astype(np.float64)
            values = np.where(np.isfinite(values) & (np.abs(values) < 100), values, 0)
            energy = windows(values**2, len(template))
            along = fftconvolve(values, template, "valid")
            near = (energy > 1e-3) & (along > ALIKE * np.sqrt(np.maximum(energy, 0)))
            for start in np.flatnonzero(near[: len(along)])[:1]:
                yield f"something like the embedding as {kind} at {width * start + shift}"


def moving(content: bytes) -> Iterator[str]:
    """Films, and arrays of pixels as numpy keeps them."""
    if FILM.match(content):
        yield "a film"
    for match in ARRAY.finditer(content):
        if min(int(side) for side in match.groups()) >= 16:
            yield f"an array of pixels at {match.start()}"


def unfolded(content: bytes) -> Iterator[bytes]:
    """Pictures written into a web page."""
    for match in IN_A_PAGE.finditer(content):
        try:
            yield base64.b64decode(match[1])
        except binascii.Error:
            continue


def cells(file: Path) -> Iterator[bytes]:
    """What the rows of an SQLite database hold; long ones lie in pieces in the file."""
    with file.open("rb") as stream:
        if stream.read(16) != b"SQLite format 3\x00":
            return
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            for row in database.execute(f'select * from "{table}"'):
                yield from (cell if isinstance(cell, bytes) else str(cell).encode() for cell in row if cell)


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
