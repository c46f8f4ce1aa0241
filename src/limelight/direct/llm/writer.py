"""Writer: what answers a brief with JSON, and how it is asked, asked again and listened to."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from pydantic import ValidationError

from limelight.document import write_atomically
from limelight.errors import LimelightError
from limelight.stage import digest

Message = Mapping[str, str]
"""``role`` and ``content``, as in the chat interface that all servers share."""
T = TypeVar("T")
TEMPERATURES = 0.0, 0.7
"""Of the first try and the second: the likeliest answer, told what is wrong with it, is often the same again."""
QUOTED = 1500
"""Letters of a wrong answer that are shown to the model again."""


class WriterError(LimelightError):
    """One answer did not come or cannot be used; the next may."""


class WriterGoneError(WriterError):
    """No answer will come: no server, no permission, no memory."""


class Writer(Protocol):
    """A language model, open."""

    identity: str
    """Which model answers, for cache keys and the storyboard: no secret is part of it."""

    def __enter__(self) -> Self:
        """Load or reach the model."""
        ...

    def __exit__(self, *exc: object) -> None:
        """Free it."""
        ...

    def write(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        seed: int,
        longest: int,
        temperature: float = 0.0,
    ) -> str:
        """The answer to a conversation.

        Args:
            messages: System, user, and perhaps an earlier answer with its correction.
            schema: JSON schema that the answer should fit; nobody may rely on it.
            seed: For sampling, where the model samples.
            longest: Tokens that the answer may have.
            temperature: Of sampling, where the model samples; 0 takes the likeliest word each time.

        Raises:
            WriterError: no use in this answer.
            WriterGoneError: no use in asking again.
        """
        ...


class Desk:
    """Asks a writer, once more when the answer does not fit, and remembers sound answers on disk.

    Args:
        writer: The model.
        seed: For sampling.
        keep: A folder for answers, or None; it may be emptied at any time.
        version: Of the briefs: another version, other answers.
    """

    def __init__(self, writer: Writer, seed: int, keep: Path | None, version: int) -> None:
        self._writer = writer
        self._seed = seed % 2**31
        self._keep = keep
        self._version = version

    def ask(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        longest: int,
        *,
        parse: Callable[[str], T],
        rescue: Callable[[str], T],
    ) -> T:
        """A sound answer; where two tries fail, what ``rescue`` finds in the better one.

        Raises:
            WriterGoneError: no use in asking again.
            WriterError: no answer came, twice.
        """
        place = self._place(messages, schema)
        if place is not None and (kept := _read(place)) is not None:
            try:
                return parse(kept)
            except ValueError:
                place.unlink(missing_ok=True)
        conversation = list(messages)
        answer, failure = "", None
        for temperature in TEMPERATURES:
            try:
                latest = self._writer.write(
                    conversation, schema, seed=self._seed, longest=longest, temperature=temperature
                )
            except WriterGoneError:
                raise
            except WriterError as problem:
                failure = problem
                continue
            try:
                sound = parse(latest)
            except (ValueError, RecursionError) as problem:
                answer = answer or latest
                conversation = [*messages, *_correction(latest, problem)]
            else:
                _write(place, latest)
                return sound
        if not answer and failure is not None:
            raise failure
        return rescue(answer)

    def _place(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> Path | None:
        if self._keep is None:
            return None
        asked = {
            "writer": self._writer.identity,
            "version": self._version,
            "messages": [dict(message) for message in messages],
            "schema": schema,
            "seed": self._seed,
        }
        return self._keep / f"{digest(asked)}.json"


def _correction(answer: str, problem: Exception) -> list[Message]:
    wrong = str(problem)
    if isinstance(problem, ValidationError):
        wrong = "; ".join(
            f"{'.'.join(str(step) for step in error['loc'])}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)[:6]
        )
    return [
        {"role": "assistant", "content": answer[:QUOTED]},
        {
            "role": "user",
            "content": f"That answer does not fit: {wrong[:QUOTED]}. Write the whole JSON object again.",
        },
    ]


def _read(place: Path) -> str | None:
    try:
        answer = json.loads(place.read_bytes())["answer"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return answer if isinstance(answer, str) else None


def _write(place: Path | None, answer: str) -> None:
    if place is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, json.dumps({"answer": answer}).encode())
