"""A writer behind any server that speaks OpenAI's chat interface: the vendors', llama.cpp, vLLM, Ollama, LM Studio.

The key comes from the environment or the keyring, goes only to the server that was named, over https or to this
machine, and stands in no message, file or cache key. Answers are read up to a size and a time; redirections are not
followed.
"""

import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from limelight.direct.llm.writer import Message, WriterError, WriterGoneError
from limelight.errors import SettingsError

KEY_VARIABLE = "LIMELIGHT_LLM_KEY"
KEYRING_SERVICE = "limelight-llm"
OPENAI_HOST = "api.openai.com"
MOST_BYTES = 1 << 20
"""An answer of a storyboard has a few thousand."""
CONNECT_SECONDS = 10.0
WAITS = (1.0, 4.0)
"""Seconds before asking a busy server again, where it does not say how long."""
LONGEST_WAIT = 20.0
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class ServedWriter:
    """A model on a server.

    Args:
        url: The base, such as ``https://api.openai.com/v1`` or ``http://localhost:8080/v1``.
        model: The server's name for the model.
        seconds: How long one answer may take.

    Raises:
        SettingsError: not an address, or a key would have to go over plain http.
    """

    def __init__(self, url: str, model: str, *, seconds: float = 120.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise SettingsError(
                f"llm_url {parts.hostname or url[:60]!r} is not the address of a server.",
                hint="Give its base, such as http://localhost:8080/v1, without user or password.",
            )
        self.identity = f"{model[:100]} at {parts.hostname}"
        self._endpoint = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._seconds = seconds
        self._key = find_key(parts.hostname)
        self._rung = 0
        if self._key and parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise SettingsError(
                f"the key would go to {parts.hostname} without encryption.",
                hint=f"Use https, or unset {KEY_VARIABLE} if that server needs no key.",
            )

    def __repr__(self) -> str:
        return f"ServedWriter({self.identity})"

    def __enter__(self) -> Self:
        """Open the connection's pool."""
        import httpx2  # noqa: PLC0415  # only this director needs it

        timeout = httpx2.Timeout(self._seconds, connect=CONNECT_SECONDS)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._client = httpx2.Client(timeout=timeout, headers=headers, follow_redirects=False)
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self._client.close()

    def write(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        seed: int,
        longest: int,
        temperature: float = 0.0,
    ) -> str:
        """See :class:`~limelight.direct.llm.writer.Writer`; asks for less where the server refuses a field."""
        while True:
            asked = {"model": self._model, "messages": [dict(message) for message in messages]}
            asked |= _rungs(schema, seed, longest, temperature)[self._rung]
            status, body = self._posted(asked)
            if status == 200:
                return _content(body)
            if status in (400, 404, 415, 422) and self._rung + 1 < len(
                _rungs(schema, seed, longest, temperature)
            ):
                self._rung += 1
                continue
            kind = WriterGoneError if status in (400, 401, 402, 403, 404, 405, 415, 422) else WriterError
            raise kind(f"{self.identity} answers {status}{self._reason(body)}.")

    def _posted(self, asked: Mapping[str, Any]) -> tuple[int, bytes]:
        """Status and body; a busy or broken server is asked again twice."""
        for pause in (*WAITS, None):
            status, body, told = self._once(asked)
            if pause is None or (status != 429 and status < 500):
                break
            time.sleep(min(told if told is not None else pause, LONGEST_WAIT))
        return status, body

    def _once(self, asked: Mapping[str, Any]) -> tuple[int, bytes, float | None]:
        import httpx2  # noqa: PLC0415

        ends = time.monotonic() + self._seconds
        body = bytearray()
        try:
            with self._client.stream("POST", self._endpoint, json=asked) as answer:
                for block in answer.iter_bytes():
                    body += block
                    if len(body) > MOST_BYTES:
                        raise WriterError(f"{self.identity} answers with more than {MOST_BYTES >> 20} MiB.")
                    if time.monotonic() > ends:
                        raise WriterError(f"{self.identity} took longer than {self._seconds:.0f} s.")
                return answer.status_code, bytes(body), _retry_after(answer.headers.get("Retry-After", ""))
        except httpx2.ConnectError as problem:
            raise WriterGoneError(f"{self.identity} cannot be reached.") from problem
        except httpx2.TimeoutException as problem:
            raise WriterError(f"{self.identity} took longer than {self._seconds:.0f} s.") from problem
        except httpx2.HTTPError as problem:
            raise WriterError(f"{self.identity} broke off ({type(problem).__name__}).") from problem

    def _reason(self, body: bytes) -> str:
        """What the server says, in a few plain words, without the key."""
        try:
            error = json.loads(body)["error"]
            told = str(error["message"] if isinstance(error, dict) else error)
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        if self._key:
            told = told.replace(self._key, "***")
        told = re.sub(r"\S*(sk|key|Bearer)[-_]\S+", "***", told)
        printable = "".join(letter if letter.isprintable() else " " for letter in told)
        return f": {printable[:160]}"


def find_key(host: str) -> str:
    """The key for a server: ``LIMELIGHT_LLM_KEY``, the keyring's, or for OpenAI itself ``OPENAI_API_KEY``."""
    if key := os.environ.get(KEY_VARIABLE, "").strip():
        return key
    if host == OPENAI_HOST and (key := os.environ.get("OPENAI_API_KEY", "").strip()):
        return key
    if host in LOCAL_HOSTS:
        return ""
    import keyring  # noqa: PLC0415  # slow to load
    import keyring.errors  # noqa: PLC0415

    try:
        return (keyring.get_password(KEYRING_SERVICE, host) or "").strip()
    except keyring.errors.KeyringError:
        return ""


def _rungs(
    schema: Mapping[str, Any], seed: int, longest: int, temperature: float
) -> tuple[dict[str, Any], ...]:
    """What to ask for beside the messages: all of it, then less and less, as servers differ."""
    by_schema = {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": schema, "strict": True},
        }
    }
    sampling = {"temperature": temperature, "seed": seed, "max_tokens": longest}
    as_object = {"response_format": {"type": "json_object"}}
    return by_schema | sampling, by_schema, as_object | sampling, as_object, sampling, {}


def _content(body: bytes) -> str:
    """The text of an answer, without thoughts and fences."""
    try:
        message = json.loads(body)["choices"][0]["message"]
        text = message["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as problem:
        raise WriterError("the server's answer is not one of a chat.") from problem
    if not isinstance(text, str) or not text.strip():
        raise WriterError("the model refused." if message.get("refusal") else "the answer is empty.")
    return re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)


def _retry_after(told: str) -> float | None:
    try:
        return max(0.0, float(told))
    except ValueError:
        return None
