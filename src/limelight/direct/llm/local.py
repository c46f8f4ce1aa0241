"""A writer on this machine: a gguf model in llama.cpp (``xllamacpp``), whose grammar holds answers to the schema."""

import importlib.util
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from limelight.crew.local import available_cores
from limelight.direct.llm.writer import Message, WriterError, WriterGoneError
from limelight.errors import BackendError, SettingsError
from limelight.events import Listener, ignore
from limelight.stage import sha256_of
from limelight.weights import registry, weight

DEFAULT_MODEL = "qwen-coder-1-5b"
COMPACT = {
    "x-guidance": {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"},
}
"""Said to the grammar: no spaces between tokens, which halves the answer."""
CONTEXT = 6144
"""Tokens of a brief and its answer together."""


class LocalWriter:
    """A gguf model.

    Args:
        model: A registered model, or the path of a gguf file.
        sha256: Of a file of one's own; not needed for registered models.
        seconds: How long one answer may take.

    Raises:
        BackendError: the extra is not installed.
        SettingsError: no such model or file, or the file's sha256 is not given.
    """

    def __init__(self, model: str, sha256: str = "", *, seconds: float = 600.0) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise BackendError(
                "a language model on this machine needs the extra 'writer', which is not installed.",
                hint="Run `pip install -e '.[writer]'` in Limelight's folder, or name a server with --llm-url.",
            )
        self._model = model or DEFAULT_MODEL
        self._sha256 = sha256.strip().lower()
        self._seconds = seconds
        if self._registered:
            self.identity = self._model
            return
        path = Path(self._model)
        if path.suffix != ".gguf" or not path.is_file():
            known = ", ".join(name for name in registry().names if "coder" in name)
            raise SettingsError(
                f"llm_model {self._model!r} is neither a registered model nor a gguf file.",
                hint=f"Registered: {known}. For a model on a server, give --llm-url too.",
            )
        if not self._sha256:
            raise SettingsError(
                f"{path.name} is a model of your own: its sha256 must be given as well.",
                hint="Set llm_sha256 to what `sha256sum` says of the file that you trust.",
            )
        self.identity = f"{path.name[:100]} {self._sha256[:12]}"

    @property
    def _registered(self) -> bool:
        return self._model in registry().names

    def __enter__(self) -> Self:
        """Fetch, check and load the model.

        Raises:
            WeightError: it cannot be had.
            WriterGoneError: the file is another, or llama.cpp cannot load it.
        """
        return self.opened()

    def opened(self, tell: Listener = ignore) -> Self:
        """As ``with`` does, telling of a download."""
        path = weight(self._model, on_event=tell) if self._registered else self._own()
        import xllamacpp  # noqa: PLC0415  # 100 MB of code that only this writer needs

        asked = xllamacpp.CommonParams()
        asked.model.path = str(path)
        asked.n_ctx, asked.n_parallel, asked.warmup = CONTEXT, 1, False
        asked.verbosity = -1
        asked.api_keys = [secrets.token_hex(16)]  # its door on this machine is shut to everybody else
        for threads in (asked.cpuparams, asked.cpuparams_batch):
            threads.n_threads, threads.poll = available_cores(), 0
        try:
            self._server = xllamacpp.Server(asked)
        except RuntimeError as problem:
            raise WriterGoneError(f"llama.cpp cannot load {path.name}: {problem}.") from problem
        return self

    def __exit__(self, *exc: object) -> None:
        """Free the model."""
        del self._server

    def write(
        self,
        messages: Sequence[Message],
        schema: Mapping[str, Any],
        *,
        seed: int,
        longest: int,
        temperature: float = 0.0,
    ) -> str:
        """See :class:`~limelight.direct.llm.writer.Writer`; the grammar leaves no other answer than one that fits."""
        import xllamacpp  # noqa: PLC0415

        answer = self._server.handle_chat_completions(
            {
                "messages": [dict(message) for message in messages],
                "temperature": temperature,
                "seed": seed,
                "max_tokens": longest,
                "t_max_predict_ms": int(self._seconds * 1000),
                "cache_prompt": True,
                "dry_penalty_last_n": CONTEXT,
                "dry_multiplier": 0.8,  # a small model repeats itself: the longer the repetition, the less likely
                "dry_allowed_length": 3,
                "dry_sequence_breakers": ['"', ":", "{"],
                "grammar": xllamacpp.json_schema_to_grammar(dict(schema) | COMPACT),
            }
        )
        try:
            text = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError) as problem:
            raise WriterError(f"{self.identity} gives no answer: {str(answer)[:160]}.") from problem
        return str(text)

    def _own(self) -> Path:
        path = Path(self._model)
        got = sha256_of(path)
        if got != self._sha256:
            raise WriterGoneError(f"{path.name} has the sha256 {got}, not the one that llm_sha256 gives.")
        return path
