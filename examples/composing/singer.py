"""The voice: Kokoro-82M made to sing by giving it the notes' lengths and pitch.

Kokoro (Apache-2.0) speaks in three steps: phonemes to lengths, lengths to a pitch and
energy curve, all of them to sound. The ONNX graph is cut between these steps, so that the
score's lengths and a flattened melody take the place of the predicted ones: no sound is
stretched, and where each phoneme starts is known, because it was asked for. The model
follows pitch only within its speaking range, so the WORLD vocoder (Morise et al., 2016)
then puts the exact melody on its voice, formants untouched.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyworld
from numpy.typing import NDArray

from composing.score import SECONDS_PER_STEP, Line, Note

SAMPLE_RATE = 24_000
FRAME = 600  # samples: 25 ms, the unit of the model's lengths; pitch has two values a frame
FRAMES_PER_STEP = int(SECONDS_PER_STEP * SAMPLE_RATE / FRAME)
EARLY = 0.04  # seconds: how far ahead of its frame the model lets a sound begin (measured median)
LEAD = 20  # frames of silence sung before and after a line

LENGTHS = "/encoder/Clip_output_0"
PITCH = "/encoder/F0_proj/Conv_output_0"
ENERGY = "/encoder/N_proj/Conv_output_0"

VOWELS = frozenset("AIOWYaeiouæɑɐɔəɚɛɜɪʊʌᵊᵻ")
STRESS = frozenset("ˈˌ")
SHORTEST = {"s": 4, "ʃ": 4, "f": 4, "θ": 3, "T": 2, "h": 3}  # frames; other consonants: 3
SHORTEST_VOWEL = 4  # frames
SPEAKING_PITCH, SINGING_PITCH = 205.0, 277.0  # Hz: the middles of speech and of the melody
WORLD_PERIOD = 5.0  # ms
VOICED = 60.0  # Hz: the model's pitch curve is about 7 where there is no voice

Curve = NDArray[np.float32]


@dataclass(frozen=True)
class Manner:
    """How a part is sung: which voice, and how its pitch strays from the written note."""

    voice: str
    seed: int
    vibrato: float = 28.0  # cents, peak, on notes of at least `vibrato_from` seconds
    vibrato_rate: float = 5.4  # Hz
    vibrato_from: float = 0.42
    drift: float = 6.0  # cents, standard deviation of a slow random walk
    detune: float = 0.0  # cents
    range: float = 0.6  # how much of the melody's movement the model is asked for
    breath: float = 0.04  # added to WORLD's aperiodicity above 3 kHz


@dataclass(frozen=True)
class Sung:
    """A sung line: mono sound at 24 kHz, when it starts, and where its syllables are."""

    samples: Curve
    start: float  # seconds of the song at which `samples` begins; may be negative
    syllables: tuple[tuple[float, float], ...]  # seconds of the song
    pitch: Curve  # Hz asked for, one value per 12.5 ms of `samples`; 0 where unvoiced


class Kokoro:
    """The cut model: `lengths`, `curves`, `sound`."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        model = onnx.load(str(folder / "kokoro.onnx"))
        integer, real = int(onnx.TensorProto.INT64), int(onnx.TensorProto.FLOAT)
        told = {"tokens": integer, "style": real}
        self._lengths = _cut(model, told | {"speed": real}, [LENGTHS], threads)
        self._curves = _cut(model, told | {LENGTHS: real}, [PITCH, ENERGY], threads)
        given = told | {LENGTHS: real, PITCH: real, ENERGY: real}
        self._sound = _cut(model, given, ["audio"], threads)
        self._vocabulary = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self._folder = folder

    def told(self, phonemes: str, voice: str) -> dict[str, Any]:
        """Model inputs for a phoneme string in a voice (`a+b`: half of each)."""
        ids = [self._vocabulary[symbol] for symbol in phonemes]
        files = [self._folder / f"{name}.bin" for name in voice.split("+")]
        styles = [np.fromfile(file, np.float32).reshape(-1, 256) for file in files]
        style = np.mean([vectors[len(ids) - 1] for vectors in styles], axis=0)
        tokens = np.array([[0, *ids, 0]], np.int64)
        return {"tokens": tokens, "style": style[None].astype(np.float32)}

    def lengths(self, told: dict[str, Any]) -> list[int]:
        """Spoken length of every token in frames, with the silence on either side."""
        speed = np.ones(1, np.float32)
        answer = self._lengths.run(None, told | {"speed": speed})[0]
        return [int(value) for value in np.ravel(answer)]

    def curves(self, told: dict[str, Any], lengths: Sequence[int]) -> tuple[Curve, Curve]:
        """Pitch in Hz and energy, `(2 * frames,)` each, that speech of these lengths has."""
        given = told | {LENGTHS: np.array([lengths], np.float32)}
        pitch, energy = self._curves.run(None, given)
        return np.ravel(pitch), np.ravel(energy)

    def sound(self, told: dict[str, Any], lengths: Sequence[int], pitch: Curve, energy: Curve) -> Curve:
        """Sound at 24 kHz, `(600 * frames,)`, of these lengths, pitch and energy."""
        given = told | {
            LENGTHS: np.array([lengths], np.float32),
            PITCH: pitch.astype(np.float32)[None, None],
            ENERGY: energy.astype(np.float32)[None, None],
        }
        return np.ravel(self._sound.run(None, given)[0])


def sing(model: Kokoro, line: Line, manner: Manner, pitches: Sequence[int] = ()) -> Sung:
    """Sing a line, on other pitches than its melody's where some are given."""
    notes = [
        Note(note.start, note.length, pitch)
        for note, pitch in zip(line.notes, pitches or [note.pitch for note in line.notes], strict=True)
    ]
    tokens = spell(line)
    told = model.told("".join(token.symbol for token in tokens), manner.voice)
    spoken = model.lengths(told)[1:-1]
    lengths, starts, ends = place(tokens, spoken, notes)
    predicted, energy = model.curves(told, lengths)
    origin = notes[0].start * FRAMES_PER_STEP - LEAD
    melody = sung_pitch(notes, starts, origin, predicted.size, manner)
    spoken_melody = SPEAKING_PITCH * (melody / SINGING_PITCH) ** manner.range
    pitch = np.where(predicted > VOICED, spoken_melody, predicted)
    spoken_sound = model.sound(told, lengths, pitch, energy)
    samples = tune(spoken_sound, pitch, np.where(predicted > VOICED, melody, 0.0), manner)
    frame = FRAME / SAMPLE_RATE
    spans = tuple((a * frame, b * frame) for a, b in zip(starts, ends, strict=True))
    voiced = np.where(predicted > VOICED, melody, 0.0).astype(np.float32)
    return Sung(samples, origin * frame + EARLY, spans, voiced)


@dataclass(frozen=True)
class Token:
    """A phoneme symbol, the syllable it is sung in, and its place there."""

    symbol: str
    syllable: int
    place: str  # "onset", "vowel", "coda" or "gap"


def spell(line: Line) -> list[Token]:
    """The line's phonemes as tokens; words are apart by a space, the line ends in a stop."""
    tokens: list[Token] = []
    syllable = 0
    for word in line.syllables:
        if tokens:
            tokens.append(Token(" ", syllable - 1, "gap"))
        for sounds in word:
            where = "onset"
            for symbol in sounds:
                nucleus = symbol in VOWELS or symbol in STRESS
                if nucleus:
                    where = "vowel"
                elif where == "vowel":
                    where = "coda"
                tokens.append(Token(symbol, syllable, where))
            syllable += 1
    return [*tokens, Token(".", syllable - 1, "gap")]


def place(
    tokens: Sequence[Token], spoken: Sequence[int], notes: Sequence[Note]
) -> tuple[list[int], list[int], list[int]]:
    """Lengths of all tokens in frames so that every vowel begins on its note.

    Consonants keep about their spoken length, those before a vowel are sung ahead of the
    beat, and the vowel takes what is left. Returns the lengths (with the silence before
    and after), and the first and the last frame of every syllable, from the song's start.
    """
    frames = [_consonant(token, said) for token, said in zip(tokens, spoken, strict=True)]
    count = len(notes)
    for k, note in enumerate(notes):
        between = [
            i
            for i, token in enumerate(tokens)
            if (token.syllable == k and token.place in {"coda", "gap"})
            or (token.syllable == k + 1 and token.place == "onset")
        ]
        room = note.length * FRAMES_PER_STEP - SHORTEST_VOWEL
        while sum(frames[i] for i in between) > room:
            longest = max(between, key=lambda i: frames[i])
            frames[longest] -= 1
    beats = [note.start * FRAMES_PER_STEP for note in notes]
    onset = [_total(tokens, frames, k, "onset") for k in range(count)]
    coda = [_total(tokens, frames, k, "coda") for k in range(count)]
    starts = [beat - ahead for beat, ahead in zip(beats, onset, strict=True)]
    ends, lengths = [], []
    for k, note in enumerate(notes):
        written = beats[k] + note.length * FRAMES_PER_STEP
        legato = k + 1 < count and notes[k + 1].start == note.start + note.length
        ends.append(starts[k + 1] if legato else written + min(coda[k], 2))
    for k in range(count):
        inside = [i for i, token in enumerate(tokens) if token.syllable == k]
        gap = sum(tokens[i].symbol == " " for i in inside)
        room = ends[k] - beats[k] - coda[k] - gap
        nuclei = [i for i in inside if tokens[i].place == "vowel"]
        shares = np.array([0.8 if tokens[i].symbol in STRESS else 1.2 for i in nuclei])
        edges = np.round(np.concatenate(([0], np.cumsum(shares / shares.sum()))) * room)
        for i, length in zip(nuclei, np.diff(edges), strict=True):
            frames[i] = max(1, int(length))
        spare = ends[k] - starts[k] - sum(frames[i] for i in inside if tokens[i].symbol != ".")
        frames[nuclei[-1]] += spare
        if frames[nuclei[-1]] < 1:
            message = f"no room for the vowel of syllable {k + 1}: use a longer note"
            raise ValueError(message)
    lengths = [LEAD + starts[0] - beats[0], *frames, LEAD]
    return lengths, starts, ends


def _consonant(token: Token, spoken: int) -> int:
    if token.symbol == " ":
        return 1
    if token.symbol == ".":
        return 4
    return min(max(spoken, SHORTEST.get(token.symbol, 3)), 5)


def _total(tokens: Sequence[Token], frames: Sequence[int], syllable: int, where: str) -> int:
    return sum(
        length
        for token, length in zip(tokens, frames, strict=True)
        if token.syllable == syllable and token.place == where
    )


def sung_pitch(notes: Sequence[Note], starts: Sequence[int], origin: int, size: int, manner: Manner) -> Curve:
    """The melody in Hz, `(size,)` at 80 values a second, as a singer would bend it.

    Slides of about 90 ms end on the beat; the first note is scooped from 0.7 semitones
    below; long notes get a vibrato that grows; a slow drift keeps it from sounding drawn.
    """
    rng = np.random.default_rng(manner.seed + notes[0].start)
    rate = 2 * SAMPLE_RATE / FRAME
    time = np.arange(size) / rate
    beat = [(note.start * FRAMES_PER_STEP - origin) * 2 / rate for note in notes]
    semitones = np.full(size, float(notes[0].pitch))
    semitones -= 0.7 * np.exp(-np.maximum(time - beat[0] + 0.05, 0) / 0.035)
    for k in range(1, len(notes)):
        ahead = max(0.05, min(0.09, beat[k] - (starts[k] - origin) * 2 / rate))
        rise = np.clip((time - beat[k] + ahead) / (ahead + 0.03), 0, 1)
        semitones += (notes[k].pitch - notes[k - 1].pitch) * rise * rise * (3 - 2 * rise)
    for k, note in enumerate(notes):
        length = note.length * float(SECONDS_PER_STEP)
        if length < manner.vibrato_from:
            continue
        age = time - beat[k]
        depth = np.clip((age - 0.18) / 0.3, 0, 1) * np.clip((length - age) / 0.08, 0, 1)
        semitones += manner.vibrato / 100 * depth * np.sin(2 * np.pi * manner.vibrato_rate * age)
    window = np.hanning(33)
    drift = np.convolve(rng.standard_normal(size + 64), window / np.sqrt((window**2).sum()), "same")
    semitones += (manner.drift * drift[32 : 32 + size] + manner.detune) / 100
    return (440 * 2 ** ((semitones - 69) / 12)).astype(np.float32)


def tune(samples: Curve, spoken: Curve, sung: Curve, manner: Manner) -> Curve:
    """The same voice on the pitch `sung` (Hz at 80 values a second, 0 where unvoiced)."""
    sound = samples.astype(np.float64)
    found, time = pyworld.harvest(sound, SAMPLE_RATE, f0_floor=90.0, f0_ceil=420.0, frame_period=WORLD_PERIOD)
    grid = np.arange(sung.size) * 1000 / (2 * SAMPLE_RATE / FRAME)
    at = time * 1000
    voiced = np.interp(at, grid, (sung > 0).astype(float)) > 0.5
    asked = np.interp(at, grid, spoken)
    astray = (found <= 0) | (np.abs(np.log2(np.maximum(found, 1) / np.maximum(asked, 1))) > 0.4)
    analysed = np.where(voiced, np.where(astray, asked, found), 0.0)
    envelope = pyworld.cheaptrick(sound, analysed, time, SAMPLE_RATE)
    aperiodicity = pyworld.d4c(sound, analysed, time, SAMPLE_RATE, threshold=0.0)
    bins = np.linspace(0, SAMPLE_RATE / 2, aperiodicity.shape[1])
    aperiodicity = np.clip(aperiodicity + manner.breath * (bins > 3000), 0.001, 1.0)
    inside = sung > 0
    target = np.interp(at, grid[inside], sung[inside]) if inside.any() else asked
    tuned = pyworld.synthesize(
        np.where(analysed > 0, target, 0.0), envelope, aperiodicity, SAMPLE_RATE, WORLD_PERIOD
    )
    return np.asarray(tuned[: samples.size], np.float32)


def _cut(model: Any, inputs: dict[str, int], outputs: list[str], threads: int) -> Any:
    """An inference session for the part of a model between some of its tensors."""
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    needed: set[int] = set()
    queue = list(outputs)
    while queue:
        name = queue.pop()
        if name in inputs or name not in maker or id(maker[name]) in needed:
            continue
        needed.add(id(maker[name]))
        queue += maker[name].input
    nodes = [node for node in graph.node if id(node) in needed]
    used = {name for node in nodes for name in node.input}
    describe = onnx.helper.make_tensor_value_info
    part = onnx.helper.make_graph(
        nodes,
        "part",
        [describe(name, kind, None) for name, kind in inputs.items()],
        [describe(name, onnx.TensorProto.FLOAT, None) for name in outputs],
        [weights for weights in graph.initializer if weights.name in used],
    )
    whole = onnx.helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(whole.SerializeToString(), options)
