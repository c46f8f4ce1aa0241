"""Languages that words can be heard in: those of the multilingual Whisper models (openai/whisper, tokenizer.py)."""

import difflib

from limelight.errors import LyricsError

CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu "
    "hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt "
    "ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh "
)
LANGUAGES = tuple(CODES.split())
"""ISO 639-1 codes, but for ``haw``, ``jw`` and ``yue``."""


def refuse_unknown_language(language: str) -> None:
    """Refuse a language before anything is decoded for it; empty is fine.

    Raises:
        LyricsError: no Whisper model knows it.
    """
    if language and language not in LANGUAGES:
        close = difflib.get_close_matches(language[:2].lower(), LANGUAGES, n=3, cutoff=0.5)
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        raise LyricsError(
            f"there is no language {language!r} to hear words in.",
            hint=f"Give a two-letter code such as en, es, fr or de, or leave it out.{meant}",
        )
