"""Real Whisper at toy size (tiny, English), on sounds in which nobody speaks."""

import struct

import numpy as np
import pytest

from limelight.errors import LyricsError, SettingsError, WeightError
from limelight.formats.text import parse_text
from limelight.listen.words.hearing import Hearing
from limelight.listen.words.hints import hints
from limelight.listen.words.lyrics import find_lyrics
from limelight.listen.words.voicing import voicing
from limelight.listen.words.whisper import LONGEST_HINT, DecoderWeights, Whisper
from limelight.listen.words.whisper import whisper as loaded
from limelight.score import LyricsSource
from limelight.weights import is_present, weight

RATE = 16_000
needs_tiny = pytest.mark.skipif(
    not is_present("whisper-tiny-en"), reason="limelight weights pull whisper-tiny-en"
)


@pytest.fixture(scope="module")
def tiny():
    return weight("whisper-tiny-en")


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.05, round(seconds * RATE)).astype(np.float32)


def drums(seconds: float) -> np.ndarray:
    """Decaying bursts, two a second."""
    sound = np.zeros(round(seconds * RATE), dtype=np.float32)
    burst = np.random.default_rng(2).normal(0, 0.5, RATE // 5) * np.exp(-np.arange(RATE // 5) / 600)
    for start in range(0, len(sound) - len(burst), RATE // 2):
        sound[start : start + len(burst)] += burst.astype(np.float32)
    return sound


@pytest.mark.slow
@needs_tiny
@pytest.mark.parametrize("sound", [np.zeros(12 * RATE, dtype=np.float32), noise(12), drums(12)])
def test_nobody_sings_nothing_is_written(tiny, sound) -> None:
    found = find_lyrics(sound, voicing(sound, None), model=tiny, threads=1)
    assert found.lyrics.lines == ()
    assert found.lyrics.source is LyricsSource.NONE


@pytest.mark.slow
@needs_tiny
def test_lyrics_of_a_song_without_voice_are_refused(tiny) -> None:
    given = parse_text("Silver rain on empty streets\nI hear you calling out my name\nCome home")
    found = find_lyrics(drums(12), voicing(drums(12), None), given=given, model=tiny, threads=1)
    assert found.lyrics.lines == ()
    assert "not seem to be this song's" in found.warnings[0]
    silent_voice = np.zeros(12 * RATE, dtype=np.float32)
    unsung = find_lyrics(drums(12), voicing(drums(12), silent_voice), given=given, model=tiny)
    assert "Nobody seems to sing" in unsung.warnings[0]


@pytest.mark.slow
@needs_tiny
def test_the_decoder_agrees_with_ctranslate2(tiny) -> None:
    """Token probabilities of a teacher-forced text, against CTranslate2's own align()."""
    whisper = Whisper(tiny, threads=1)
    sound = noise(8)
    hearing = Hearing(whisper, sound, voicing(sound, None))
    window = hearing.window(0)
    tokens = whisper.tokens(" silver rain on empty streets")
    listening = whisper.decoder.listen(window)
    prompt = whisper.prompt("en")
    (states,), (shares,) = whisper.decoder.run(listening, [[*prompt, *tokens, whisper.end_of_text]])
    ours = np.exp(whisper.decoder.log_probabilities(states[len(prompt) - 1 : -2], tokens))
    (theirs,) = whisper._model.align(whisper._view([window]), prompt[:-1], [tokens], 1500)
    assert ours == pytest.approx(np.array(theirs.text_token_probs), abs=0.03)
    assert shares.shape == (
        len(whisper._config["alignment_heads"]),
        len(prompt) + len(tokens) + 1,
        window.frames,
    )
    hearing.close()
    whisper.close()


@pytest.mark.slow
@needs_tiny
def test_windows_side_by_side_are_written_down_as_one_by_one(tiny) -> None:
    sound = np.concatenate([noise(15), drums(35)])
    texts = []
    for threads in (1, 2):
        with loaded(tiny, threads=threads) as hears:
            hearing = Hearing(hears, sound, voicing(sound, None))
            together = hearing.write_down(range(3))
            assert together == [hears.write_down([hearing.window(index)], "en")[0] for index in range(3)]
            texts.append(together)
            hearing.close()
    assert texts[0] == texts[1]


@needs_tiny
def test_an_unknown_language_is_refused(tiny) -> None:
    with pytest.raises(LyricsError, match="does not know the language 'xx'"):
        find_lyrics(noise(2), voicing(noise(2), None), language="xx", model=tiny, threads=1)


def test_a_file_that_is_no_model_is_refused(tmp_path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x06\x00\x00\x00nonsense")
    with pytest.raises(WeightError, match="not a CTranslate2 model"):
        DecoderWeights(tmp_path / "model.bin")
    with pytest.raises(SettingsError, match=r"config\.json, tokenizer\.json missing"):
        find_lyrics(noise(2), voicing(noise(2), None), model=tmp_path)
    with pytest.raises(SettingsError, match="no Whisper model"):
        find_lyrics(noise(2), voicing(noise(2), None), model=tmp_path / "elsewhere")


def test_a_hub_model_that_is_not_here_is_refused_offline(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    monkeypatch.setenv("LIMELIGHT_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightError, match="LIMELIGHT_OFFLINE forbids"):
        find_lyrics(noise(2), voicing(noise(2), None), model="owner/whisper-huge")


def test_eight_bit_weights_are_scaled_back(tmp_path) -> None:
    """Bytes as CTranslate2 writes them: rows times 127 over their largest value, and that scale beside them."""
    values = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    scale = (127 / np.abs(values).max(axis=1)).astype(np.float32)
    arrays = [
        ("decoder/a/weight", np.rint(values * scale[:, None]).astype(np.int8), 1),
        ("decoder/a/weight_scale", scale, 0),
    ]
    content = struct.pack("<I", 6) + _text("WhisperSpec") + struct.pack("<II", 3, len(arrays))
    for name, array, kind in arrays:
        content += _text(name) + struct.pack(
            f"<B{array.ndim}IBI", array.ndim, *array.shape, kind, array.nbytes
        )
        content += array.tobytes()
    (tmp_path / "model.bin").write_bytes(content)
    read = DecoderWeights(tmp_path / "model.bin")["a/weight"]
    assert np.abs(read - values).max() <= 0.51 / scale.min()


def _text(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


@pytest.mark.slow
@needs_tiny
def test_a_window_is_told_each_line_once_and_the_nearest_ones_of_a_long_text(tiny) -> None:
    sound = drums(70)
    with loaded(tiny, threads=1) as whisper:
        hearing = Hearing(whisper, sound, voicing(sound, None))
        short = [["Silver", "rain"], ["falls", "down"], ["Silver", "rain!"]]
        told = hints(hearing, short, np.array([1.0, 2, 30, 31, 60, 61]))
        assert list(told) == list(range(1, len(hearing.starts), 2))
        assert len({len(tokens) for tokens in told.values()}) == 1
        assert all(whisper.text(tokens).count("Silver rain") == 1 for tokens in told.values())
        numbers = [f"{number} bottles of beer on the wall" for number in range(100, 200)]
        long = [line.split() for line in numbers]
        rough = np.repeat(np.linspace(0, 70, len(long)), 7)
        told = hints(hearing, long, rough)
        assert {len(tokens) for tokens in told.values()} == {LONGEST_HINT}
        hearing.close()
        first, last = whisper.text(told[min(told)]), whisper.text(told[max(told)])
        assert "130 bottles" in first
        assert "130 bottles" not in last
        assert "165 bottles" in last


@pytest.mark.slow
@needs_tiny
def test_a_hint_changes_what_is_written_down(tiny) -> None:
    """In drums Whisper hears what it was told; without a hint it hears something else."""
    sound = drums(12)
    with loaded(tiny, threads=1) as whisper:
        hearing = Hearing(whisper, sound, voicing(sound, None))
        hint = whisper.tokens(" Silver rain on empty streets. I hear you calling out my name." * 6)
        (plain,) = hearing.write_down([0], beam=1)
        (told,) = hearing.write_down([0], {0: hint}, beam=1)
        hearing.close()
        assert whisper.text(plain.tokens) != whisper.text(told.tokens)
