"""The desk: levels, equaliser, compression, space, and the limiter at the end.

Levels are set by measured loudness (ITU-R BS.1770, pyloudnorm), not by ear.
"""

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from pedalboard import (
    Compressor,
    Delay,
    HighpassFilter,
    HighShelfFilter,
    LowpassFilter,
    PeakFilter,
    Pedalboard,
    Reverb,
)
from scipy import ndimage, signal

RATE = 44_100
LOUDNESS = -14.0  # LUFS of the finished song
CEILING = -1.2  # dB true peak before the lossy encoder

Stereo = NDArray[np.float32]

# Loudness of each part alone in LUFS, and its place from -1 (left) to 1 (right).
LEVELS = {
    "lead": (-14.8, 0.0),
    "double": (-26.5, -0.55),
    "harmony": (-25.5, 0.5),
    "drums": (-18.5, 0.0),
    "bass": (-19.5, 0.0),
    "keys": (-25.0, -0.25),
    "pad": (-27.0, 0.0),
    "pluck": (-23.5, 0.35),
    "bell": (-27.5, -0.4),
    "guitar": (-27.5, 0.55),
}
VOCALS = ("lead", "double", "harmony")
DUCKED = ("keys", "pad", "pluck", "guitar", "bell")


def mix(parts: dict[str, NDArray[np.float32]]) -> tuple[Stereo, Stereo]:
    """Song and vocal stem, both `(2, samples)` at 44.1 kHz, from dry parts.

    A part is mono `(samples,)` or stereo `(2, samples)`, all of one length.
    """
    voice = Pedalboard(
        [
            HighpassFilter(110),
            PeakFilter(320, -2.5, 1.0),
            Compressor(-24, 3.0, 4, 90),
            PeakFilter(3200, 2.0, 0.8),
            HighShelfFilter(8000, -3.5),
        ]
    )
    bright = Pedalboard([HighpassFilter(180), HighShelfFilter(8000, 0.5)])
    low = Pedalboard([HighpassFilter(35), Compressor(-20, 3.0, 12, 120), PeakFilter(900, 2.0, 0.9)])
    kit = Pedalboard([Compressor(-16, 2.5, 18, 120), HighShelfFilter(8000, -4.0)])
    chains = dict.fromkeys(VOCALS, voice) | {"bass": low, "drums": kit}
    placed = {}
    for name, part in parts.items():
        loudness, pan = LEVELS[name]
        sound = de_ess(part) if name in VOCALS else part
        sound = np.atleast_2d(chains.get(name, bright)(sound.astype(np.float32), RATE))
        placed[name] = at_loudness(panned(sound, pan), loudness)
    sung = np.sum([placed[name] for name in VOCALS if name in placed], axis=0)
    vocals = sung + space(sung, size=0.45, level=0.16) + echo(placed["lead"], 0.45, level=0.10)
    duck = 1 - 0.22 * presence(placed["lead"])
    band = np.sum(
        [placed[name] * (duck if name in DUCKED else 1) for name in placed if name not in VOCALS],
        axis=0,
    )
    roomy = np.sum([placed[name] for name in (*DUCKED, "drums") if name in placed], axis=0)
    band = band + space(roomy, size=0.3, level=0.10)
    song, gain = master(band + vocals)
    return song, np.asarray(vocals * gain, np.float32)


def panned(sound: NDArray[np.float32], pan: float) -> Stereo:
    """Stereo by the constant-power law; a stereo part is balanced."""
    left, right = np.sqrt(1 - pan), np.sqrt(1 + pan)
    both = sound if len(sound) == 2 else np.repeat(sound, 2, axis=0)
    return np.asarray(both * np.array([[left], [right]]), np.float32)


def at_loudness(sound: Stereo, target: float) -> Stereo:
    """The sound at `target` LUFS (gated, so that rests do not count)."""
    return np.asarray(sound * 10 ** ((target - loudness(sound)) / 20), np.float32)


def loudness(sound: Stereo) -> float:
    """Integrated loudness in LUFS."""
    return float(pyloudnorm.Meter(RATE).integrated_loudness(sound.T.astype(np.float64)))


def de_ess(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn down 5 to 11.5 kHz, by at most 9 dB, where it exceeds the rest of the voice."""
    sos = signal.butter(2, [5000, 11_500], "bandpass", fs=RATE, output="sos")
    hiss = signal.sosfiltfilt(sos, sound)
    window = int(0.006 * RATE)
    level = np.sqrt(np.maximum(ndimage.uniform_filter1d(hiss**2, window), 0))
    usual = np.sqrt(np.mean(sound[np.abs(sound) > 1e-3] ** 2)) * 0.16
    gain = np.clip((usual / np.maximum(level, 1e-9)) ** 0.7, 10 ** (-9 / 20), 1)
    return np.asarray(sound - hiss * (1 - ndimage.uniform_filter1d(gain, window)), np.float32)


def presence(sound: Stereo) -> NDArray[np.float32]:
    """Between 0 and 1: where somebody sings, smoothed over a quarter of a second."""
    level = ndimage.uniform_filter1d(np.abs(sound).mean(axis=0), int(0.25 * RATE))
    return np.asarray(np.clip(level / (0.5 * level.max()), 0, 1), np.float32)


def space(sound: Stereo, size: float, level: float) -> Stereo:
    """Reverberation alone, bass kept dry."""
    room = Reverb(room_size=size, damping=0.5, wet_level=1.0, dry_level=0.0, width=1.0)
    board = Pedalboard([HighpassFilter(250), LowpassFilter(7500), room])
    return np.asarray(board(sound.astype(np.float32), RATE) * level, np.float32)


def echo(sound: Stereo, time: float, level: float) -> Stereo:
    """Repeats on the dotted eighth, each softer and darker."""
    board = Pedalboard([HighpassFilter(400), LowpassFilter(3500), Delay(time, 0.3, 1.0)])
    return np.asarray(board(sound.astype(np.float32), RATE) * level, np.float32)


def master(song: Stereo) -> tuple[Stereo, float]:
    """Glue compression, fades, limiter; also the gain that a stem needs to sit beside it."""
    glue = Pedalboard([HighpassFilter(28), Compressor(-14, 1.6, 25, 160), HighShelfFilter(9_000, -0.5)])
    fade = np.ones(song.shape[1], np.float32)
    tail = int(1.6 * RATE)
    fade[-tail:] = np.cos(np.linspace(0, np.pi / 2, tail)) ** 2
    mixed = glue(at_loudness(song, -17.0), RATE) * fade
    gain = 1.0
    for _ in range(6):  # the limiter takes some loudness away: approach the aim from below
        limited = limit(mixed * gain)
        gain *= 10 ** ((LOUDNESS - loudness(limited)) / 20)
    return limit(mixed * gain), gain * 10 ** ((-17.0 - loudness(song)) / 20)


def limit(sound: Stereo) -> Stereo:
    """Look-ahead limiter on the true peak (four times oversampled), 3 ms ahead, 80 ms back."""
    peaks = np.abs(signal.resample_poly(sound, 4, 1, axis=1)).max(axis=0)
    peak = peaks[: 4 * sound.shape[1]].reshape(-1, 4).max(axis=1)
    ceiling = 10 ** (CEILING / 20)
    wanted = np.minimum(1, ceiling / np.maximum(peak, 1e-9))
    ahead = int(0.003 * RATE)
    held = ndimage.minimum_filter1d(wanted, 2 * ahead + 1)
    back = int(0.08 * RATE)
    slow = ndimage.uniform_filter1d(ndimage.minimum_filter1d(held, back), back)
    gain = ndimage.uniform_filter1d(np.minimum(slow, held), ahead)
    return np.asarray(sound * np.minimum(gain, wanted), np.float32)
