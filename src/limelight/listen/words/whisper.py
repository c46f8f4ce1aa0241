"""Whisper, opened up: CTranslate2 encodes and writes down; the decoder's attention is computed here.

CTranslate2 does not hand out cross-attention, which says at which moment of the sound each token looks. So the
decoder's weights are read from the same ``model.bin`` and its teacher-forced pass is done in numpy: a few
hundred tokens at once, where it is as fast as anything on a CPU.

The network is that of Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022).
"""

import itertools
import json
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from limelight.errors import WeightError

Floats = npt.NDArray[np.float32]

RATE = 16_000
"""Samples a second that Whisper hears."""
FRAME = 0.02
"""Seconds an encoded frame lasts."""
WINDOW = 30.0
"""Seconds that Whisper hears at once."""
FRAMES = 1500
BEAM = 5
"""Texts that are followed side by side while one is written down."""
LONGEST_TEXT = 400
"""Tokens that the decoder can be given, with some room for its prompt (448 positions)."""
LONGEST_HINT = 200
"""Tokens of a text that was heard before: Whisper was trained with up to half of its positions for that."""
LONGEST_WRITTEN = 220
"""Tokens that are written down for a window: seven a second; more is a loop."""


class DecoderWeights:
    """The decoder's arrays out of a CTranslate2 ``model.bin`` (binary version 6), as float32.

    Eight-bit weights are divided by their row's scale, as CTranslate2 multiplied them by it.

    The file is: version, name and revision of the specification, then for each variable its name, shape, type
    and bytes.
    """

    TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}  # noqa: RUF012 - a constant of the file's format

    def __init__(self, path: Path) -> None:
        self._arrays: dict[str, Floats] = {}
        try:
            with path.open("rb") as file:
                self._read(file)
            self._scale()
        except (struct.error, KeyError, UnicodeDecodeError, ValueError) as problem:
            raise WeightError(
                f"{path} is not a CTranslate2 model that can be read here: {problem}.",
                hint="Use a float32, float16 or int8 conversion of Whisper, such as whisper-base.",
            ) from problem

    def __getitem__(self, name: str) -> Floats:
        return self._arrays[name]

    def layers(self) -> int:
        """How many decoder layers there are."""
        return sum(name.endswith("ffn/linear_0/weight") for name in self._arrays)

    def _read(self, file: BinaryIO) -> None:
        version = self._number(file, "I")
        if version != 6:
            raise ValueError(f"binary version {version}, not 6")
        self._text(file)
        self._number(file, "I")
        for _ in range(self._number(file, "I")):
            name = self._text(file)
            shape = [self._number(file, "I") for _ in range(self._number(file, "B"))]
            kind = self._number(file, "B")
            size = self._number(file, "I")
            if name.startswith("decoder/") and (shape or name.endswith("num_heads")):
                values = np.frombuffer(file.read(size), dtype=self.TYPES[kind]).reshape(shape)
                self._arrays[name.removeprefix("decoder/")] = values.astype(np.float32)
            else:
                file.seek(size, 1)

    def _scale(self) -> None:
        for name in [name for name in self._arrays if name.endswith("_scale")]:
            scale = self._arrays.pop(name)
            weights = name.removesuffix("_scale")
            self._arrays[weights] /= scale.reshape(-1, *[1] * (self._arrays[weights].ndim - 1))

    @staticmethod
    def _number(file: BinaryIO, kind: str) -> int:
        (value,) = struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))
        return int(value)

    @classmethod
    def _text(cls, file: BinaryIO) -> str:
        return file.read(cls._number(file, "H")).rstrip(b"\0").decode()


@dataclass(frozen=True)
class Heard:
    """One window of sound, encoded.

    Attributes:
        start: Seconds in the song at which the window begins.
        length: Seconds of sound in it; the rest of the window is padding.
        states: (1500, d_model) float32.
    """

    start: float
    length: float
    states: Floats

    @property
    def frames(self) -> int:
        """Encoded frames that hold sound."""
        return max(1, min(FRAMES, round(self.length / FRAME)))


class Decoder:
    """Whisper's text decoder, teacher-forced."""

    def __init__(self, weights: DecoderWeights, alignment_heads: Sequence[tuple[int, int]]) -> None:
        self._weights = weights
        self._heads = int(weights["num_heads"].item())
        self._layers = weights.layers()
        self._by_layer = [
            [head for layer, head in alignment_heads if layer == index] for index in range(self._layers)
        ]

    def listen(self, heard: Heard) -> "Listening":
        """The keys and values of one window's sound, for any number of texts."""
        keys, values = [], []
        for layer in range(self._layers):
            both = self._linear(heard.states, f"layer_{layer}/attention/linear_1")
            key, value = np.split(both, 2, axis=1)
            keys.append(self._split(key))
            values.append(self._split(value))
        return Listening(self, heard, keys, values)

    def run(
        self,
        listening: "Listening",
        texts: Sequence[Sequence[int]],
        bias: Floats | None = None,
    ) -> tuple[list[Floats], list[Floats]]:
        """Teacher-forced passes of several texts over one window.

        Args:
            listening: The window.
            texts: Token ids, each text with its prompt.
            bias: (tokens of all texts, 1500) float32, added to what attention sees in each frame before it is
                made a share; nothing if not given.

        Returns:
            For each text its last hidden states (tokens, d_model), and the cross-attention of the alignment heads
            (heads, tokens, frames), float32, each row a distribution over the 1,500 frames cut to those with
            sound.
        """
        weights = self._weights
        lengths = [len(text) for text in texts]
        edges = np.cumsum([0, *lengths])
        ids = np.concatenate([np.asarray(text, dtype=np.int64) for text in texts])
        positions = np.concatenate([np.arange(length) for length in lengths])
        x = weights["embeddings/weight"][ids] + weights["position_encodings/encodings"][positions]
        looks: list[Floats] = []
        for layer in range(self._layers):
            place = f"layer_{layer}"
            q, k, v = np.split(
                self._linear(self._norm(x, f"{place}/self_attention"), f"{place}/self_attention/linear_0"),
                3,
                axis=1,
            )
            mixed = np.empty_like(q)
            for a, b in itertools.pairwise(edges):
                mixed[a:b] = self._causal(q[a:b], k[a:b], v[a:b])
            x = x + self._linear(mixed, f"{place}/self_attention/linear_1")
            q = self._split(self._linear(self._norm(x, f"{place}/attention"), f"{place}/attention/linear_0"))
            seen = q @ listening.keys[layer].transpose(0, 2, 1) * self._scale(q)
            shares = _softmax(seen if bias is None else seen + bias)
            looks.extend(shares[head, :, : listening.heard.frames] for head in self._by_layer[layer])
            x = x + self._linear(self._join(shares @ listening.values[layer]), f"{place}/attention/linear_2")
            inner = _gelu(self._linear(self._norm(x, f"{place}/ffn"), f"{place}/ffn/linear_0"))
            x = x + self._linear(inner, f"{place}/ffn/linear_1")
        x = self._norm(x, "")
        stacked = np.stack(looks)
        spans = list(itertools.pairwise(edges))
        return [x[a:b] for a, b in spans], [stacked[:, a:b] for a, b in spans]

    def log_probabilities(self, states: Floats, following: Sequence[int]) -> Floats:
        """Natural log-probability of each following token: (tokens,) float32."""
        logits = states @ self._weights["embeddings/weight"].T
        best = logits.max(axis=1)
        total = best + np.log(np.exp(logits - best[:, None]).sum(axis=1))
        chosen: Floats = logits[np.arange(len(following)), np.asarray(following)] - total
        return chosen

    def _linear(self, x: Floats, name: str) -> Floats:
        result: Floats = x @ self._weights[f"{name}/weight"].T
        result += self._weights[f"{name}/bias"]
        return result

    def _norm(self, x: Floats, place: str) -> Floats:
        name = f"{place}/layer_norm" if place else "layer_norm"
        centred = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
        result: Floats = centred / spread * self._weights[f"{name}/gamma"] + self._weights[f"{name}/beta"]
        return result

    def _split(self, x: Floats) -> Floats:
        return x.reshape(len(x), self._heads, -1).transpose(1, 0, 2)

    @staticmethod
    def _join(x: Floats) -> Floats:
        return x.transpose(1, 0, 2).reshape(x.shape[1], -1)

    @staticmethod
    def _scale(q: Floats) -> np.float32:
        return np.float32(q.shape[-1] ** -0.5)

    def _causal(self, q: Floats, k: Floats, v: Floats) -> Floats:
        q, k, v = self._split(q), self._split(k), self._split(v)
        scores = q @ k.transpose(0, 2, 1) * self._scale(q)
        scores += np.triu(np.full((len(scores[0]), len(scores[0])), -np.inf, dtype=np.float32), 1)
        return self._join(_softmax(scores) @ v)


@dataclass(frozen=True)
class Listening:
    """One window with its keys and values for each decoder layer: (heads, 1500, d_head) float32."""

    decoder: Decoder
    heard: Heard
    keys: list[Floats]
    values: list[Floats]


@dataclass(frozen=True)
class Written:
    """What Whisper wrote down for a window: tokens, and their mean log-probability."""

    tokens: tuple[int, ...]
    log_probability: float


class Whisper:
    """A loaded Whisper of any size, in CTranslate2's form.

    Windows are encoded and written down side by side, each by one thread: several threads for one window would wait
    for each other.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        import ctranslate2  # noqa: PLC0415 - heavy
        import tokenizers  # noqa: PLC0415
        from faster_whisper.feature_extractor import FeatureExtractor  # noqa: PLC0415

        self._path = folder
        self.threads = max(1, threads)
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=1, inter_threads=self.threads
        )
        self._tokens: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._mel: Any = FeatureExtractor(feature_size=self._model.n_mels)
        self._config = json.loads((folder / "config.json").read_text())
        self._start = self._id("<|startoftranscript|>")
        self.end_of_text = self._id("<|endoftext|>")

    @property
    def multilingual(self) -> bool:
        """Whether it knows other languages than English."""
        return bool(self._model.is_multilingual)

    @cached_property
    def decoder(self) -> Decoder:
        """The decoder in numpy; its weights are read when first asked for."""
        heads = [(int(layer), int(head)) for layer, head in self._config["alignment_heads"]]
        return Decoder(DecoderWeights(self._path / "model.bin"), heads)

    def languages(self) -> tuple[str, ...]:
        """Language codes that it knows."""
        if not self.multilingual:
            return ("en",)
        names = (self._tokens.id_to_token(token) for token in self._config["lang_ids"])
        return tuple(name.strip("<|>") for name in names)

    def prompt(self, language: str) -> list[int]:
        """The tokens before a text without time stamps."""
        task = [self._id(f"<|{language}|>"), self._id("<|transcribe|>")] if self.multilingual else []
        return [self._start, *task, self._id("<|notimestamps|>")]

    def tokens(self, text: str) -> list[int]:
        """Token ids of a text, without any special ones."""
        ids: list[int] = self._tokens.encode(text, add_special_tokens=False).ids
        return ids

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones left out."""
        return str(self._tokens.decode([token for token in tokens if token < self.end_of_text]))

    def hear(self, samples: Floats, starts: Sequence[float]) -> Iterator[Heard]:
        """Encode windows of 30 s that begin at given seconds; ``samples`` (n,) float32 at 16 kHz."""
        import ctranslate2  # noqa: PLC0415

        def encoded(start: float) -> Heard:
            first = round(start * RATE)
            sound = samples[first : first + round(WINDOW * RATE)]
            mel = self._mel(sound, padding=480_000 - len(sound) + 160)[:, : 2 * FRAMES]
            features = np.ascontiguousarray(mel[None], dtype=np.float32)
            states = self._model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
            return Heard(start, len(sound) / RATE, np.array(states, dtype=np.float32)[0])

        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(encoded, starts)

    def language_shares(self, heard: Heard) -> dict[str, float]:
        """Probability of each language in a window."""
        if not self.multilingual:
            return {"en": 1.0}
        (found,) = self._model.detect_language(self._view([heard]))
        return {name.strip("<|>"): float(share) for name, share in found}

    def write_down(
        self,
        windows: Sequence[Heard],
        language: str,
        *,
        beam: int = BEAM,
        hints: Sequence[Sequence[int]] = (),
    ) -> list[Written]:
        """The text that Whisper hears in each window, without time stamps.

        Args:
            windows: What was heard.
            language: Its code.
            beam: Texts that are followed side by side; 1 is greedy.
            hints: For each window tokens of a text that it is told to have heard just before, all equally many, at
                most ``LONGEST_HINT``; it then expects these words. Empty: no window is told anything.

        The windows of one call share every look at the weights: four at once take two thirds of the time of one by
        one, and their texts are the same.
        """
        prompt = self.prompt(language)
        before = self._id("<|startofprev|>")
        prompts = [[before, *hint, *prompt] for hint in hints] if hints else [prompt] * len(windows)
        results = self._model.generate(
            self._view(windows),
            prompts,
            beam_size=beam,
            sampling_temperature=0.0,
            max_length=len(prompts[0]) + LONGEST_WRITTEN,
            no_repeat_ngram_size=0,
            repetition_penalty=1.0,
            suppress_blank=True,
            suppress_tokens=[-1],
            return_scores=True,
        )
        return [
            Written(
                tuple(token for token in result.sequences_ids[0] if token < self.end_of_text),
                float(result.scores[0]),
            )
            for result in results
        ]

    def close(self) -> None:
        """Free the model."""
        self._model.unload_model()
        self.__dict__.pop("decoder", None)

    @staticmethod
    def _view(windows: Sequence[Heard]) -> Any:
        import ctranslate2  # noqa: PLC0415

        return ctranslate2.StorageView.from_array(np.stack([heard.states for heard in windows]))

    def _id(self, name: str) -> int:
        return int(self._tokens.token_to_id(name))


@contextmanager
def whisper(folder: Path, *, threads: int = 1) -> Iterator[Whisper]:
    """A Whisper that is freed at the end of the ``with`` block."""
    model = Whisper(folder, threads=threads)
    try:
        yield model
    finally:
        model.close()


def _softmax(scores: Floats) -> Floats:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


def _gelu(x: Floats) -> Floats:
    from scipy.special import erf  # noqa: PLC0415

    result: Floats = x * (0.5 * (1 + erf(x * np.float32(0.5**0.5))))
    return result
