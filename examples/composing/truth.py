"""What the song is known to contain, written beside it: lyrics and exact times."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from composing import score
from composing.score import Section, seconds
from composing.singer import Sung


def lyrics(sections: Sequence[Section]) -> str:
    """Words as people write them down: a heading a section, a line a line."""
    parts = [
        "\n".join([f"[{section.heading}]", *(capital(line.text) for line in section.lines)])
        for section in sections
        if section.lines
    ]
    return "\n\n".join(parts) + "\n"


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[0].upper() + text[1:]


def truth(
    sections: Sequence[Section], sung: Sequence[Sequence[Sung]], duration: float, audio: str
) -> dict[str, Any]:
    """All that is exact by construction. Times are seconds from the first sample.

    A word starts with its first phoneme, which is a little ahead of the beat its vowel
    falls on, and ends with its last.
    """
    lines = []
    for number, (section, takes) in enumerate(zip(sections, sung, strict=True)):
        for line, take in zip(section.lines, takes, strict=True):
            spans, at = iter(take.syllables), []
            for word, sounds in zip(line.words, line.syllables, strict=True):
                own = [next(spans) for _ in sounds]
                at.append({"text": word, "start": tidy(own[0][0]), "end": tidy(own[-1][1])})
            lines.append(
                {
                    "text": capital(line.text),
                    "section": number,
                    "start": at[0]["start"],
                    "end": at[-1]["end"],
                    "words": at,
                }
            )
    steps = sections[-1].end
    edges = [seconds(section.start) for section in sections] + [duration]
    return {
        "schema": "limelight.demo-truth/1",
        "title": score.TITLE,
        "artist": score.ARTIST,
        "licence": score.LICENCE,
        "audio": audio,
        "duration": tidy(duration),
        "tempo": score.TEMPO,
        "meter": "4/4",
        "key": score.KEY,
        "seed": score.SEED,
        "exact": (
            "Every time follows from the score. Measured against the sound, kicks are 4 to 6 ms"
            " late and words within about 30 ms."
        ),
        "beats": [tidy(seconds(step)) for step in range(0, steps, score.STEPS_PER_BEAT)],
        "downbeats": [tidy(seconds(step)) for step in range(0, steps, score.STEPS_PER_BAR)],
        "chords": [
            {"start": tidy(seconds(section.start + i * score.STEPS_PER_BAR)), "name": chord}
            for section in sections
            for i, chord in enumerate(score.sounding(section.chords))
        ],
        "sections": [
            {"label": section.label, "start": tidy(start), "end": tidy(end)}
            for section, start, end in zip(sections, edges[:-1], edges[1:], strict=True)
        ],
        "lines": lines,
    }


def tidy(time: float) -> float:
    """The time to a tenth of a millisecond, so that the file is readable."""
    return round(time, 4)


def write(folder: Path, slug: str, words: str, facts: dict[str, Any]) -> None:
    """`<slug>.lyrics.txt` and `<slug>.truth.json` in `folder`."""
    (folder / f"{slug}.lyrics.txt").write_text(words, "utf-8")
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (folder / f"{slug}.truth.json").write_text(text + "\n", "utf-8")
