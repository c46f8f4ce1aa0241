"""The film's id: 48 bits that song and consents alone decide, and the words that carry them.

The id must be known before the first frame is drawn and must not change when one shot is edited, since each take is
drawn and kept by itself. So it is a digest of what a film is answerable for: the song and the consents.
"""

import hashlib
import itertools
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from limelight.errors import InputError

ID_BITS, CHECK_BITS, SYMBOL_BITS = 48, 32, 10
SYMBOLS = (ID_BITS + CHECK_BITS) // SYMBOL_BITS
"""Eight symbols of ten bits carry an id and its CRC-32."""
DOMAIN = b"limelight film id 1\n"


@dataclass(frozen=True)
class FilmId:
    """48 bits, written as 12 hex digits."""

    text: str

    def __post_init__(self) -> None:
        if len(self.text) != ID_BITS // 4 or set(self.text) - set("0123456789abcdef"):
            raise InputError(f"{self.text!r} is not a film's id.", hint="An id is 12 hex digits.")

    @classmethod
    def of(cls, song_sha256: str, consent_ids: Iterable[str]) -> Self:
        """The id of the film of a song with these consents: SHA-256 over a domain, the song and the sorted ids."""
        told = "\n".join([song_sha256, *sorted(consent_ids)])
        return cls(hashlib.sha256(DOMAIN + told.encode()).hexdigest()[: ID_BITS // 4])

    @property
    def symbols(self) -> tuple[int, ...]:
        """What the watermark carries: the id and its check, most significant bits first."""
        number = int(self.text, 16) << CHECK_BITS | _check(self.text)
        last = SYMBOL_BITS * (SYMBOLS - 1)
        return tuple(number >> shift & (1 << SYMBOL_BITS) - 1 for shift in range(last, -1, -SYMBOL_BITS))

    @classmethod
    def heard(cls, candidates: Sequence[Sequence[int]]) -> Self | None:
        """The id whose check is right among all ways to choose one candidate a symbol; None if there is none.

        Each choice passes by chance with 2**-32: with three candidates a symbol, 6,561 choices, 1.5e-6 in all.
        """
        for chosen in itertools.product(*candidates):
            number = 0
            for symbol in chosen:
                number = number << SYMBOL_BITS | symbol
            text = f"{number >> CHECK_BITS:0{ID_BITS // 4}x}"
            if number & (1 << CHECK_BITS) - 1 == _check(text):
                return cls(text)
        return None


def _check(text: str) -> int:
    return zlib.crc32(DOMAIN + bytes.fromhex(text))
