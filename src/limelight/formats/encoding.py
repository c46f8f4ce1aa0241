"""Read a lyrics file's bytes as text: its encoding found, its size limited."""

import codecs
import unicodedata
from pathlib import Path

from limelight.errors import LyricsError

LARGEST = 1_000_000
"""Bytes. The longest lyrics in the world are far below."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_text(path: Path) -> str:
    r"""The text of a file, line ends as ``\n``, composed (Unicode NFC).

    Raises:
        LyricsError: not there, not a file, larger than 1 MB, not text, or in an unknown encoding.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as problem:
        raise LyricsError(
            f"The lyrics file {str(path)!r} cannot be read: {problem.strerror or problem}.",
            hint="Check the path, or leave the lyrics out to have them transcribed.",
        ) from problem
    return decode(content, origin=str(path))


def decode(content: bytes, *, origin: str = "the lyrics") -> str:
    """Text out of UTF-8, UTF-16 (with or without a byte-order mark) or Windows-1252 bytes.

    Raises:
        LyricsError: larger than 1 MB, not text, or in none of these encodings.
    """
    if len(content) > LARGEST:
        raise LyricsError(
            f"{origin!r} has more than {LARGEST:,} bytes: lyrics have at most that.",
            hint="Is it the right file? Give a text, LRC, SRT, VTT or ASS file.",
        )
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if _is_text(text):
            text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
            return unicodedata.normalize("NFC", text)
    raise LyricsError(
        f"{origin!r} is not text in UTF-8, UTF-16 or Windows-1252.",
        hint="Save it as UTF-8 text in an editor, and give that file.",
    )


def _candidates(content: bytes) -> list[str]:
    marked = [encoding for mark, encoding in _MARKS if content.startswith(mark)]
    if marked:
        return marked
    if b"\0" in content[:1000]:
        zeros_second = content[1:1000:2].count(0) >= content[0:1000:2].count(0)
        return ["utf-16-le" if zeros_second else "utf-16-be"]
    return ["utf-8", "cp1252"]


def _is_text(text: str) -> bool:
    """Controls other than tab, line feed, form feed and carriage return do not occur in lyrics."""
    strange = sum(
        unicodedata.category(sign) in {"Cc", "Cn", "Co"} and sign not in "\t\n\r\f\v" for sign in text
    )
    return strange <= len(text) // 500
