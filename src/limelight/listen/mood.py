"""Mood: valence and arousal over time, and the song's key.

Both axes are those of Russell's circumplex (J. Pers. Soc. Psychol. 39, 1980). Each is a weighted sum of cues
between -1 and 1, passed through tanh(1.3 x):

    arousal = .30 loudness + .20 onsets + .15 brightness + .10 tempo + .25 tags
    valence = .30 mode + .15 tempo + .10 onsets + .30 tags + .15 words

The cues and the order of their weights follow the experiments on musical expression: mode and tempo lead for
valence; loudness, density, timbre and tempo for arousal (Gabrielsson, Lindström 2010; Eerola, Friberg, Bresin,
"Emotional expression in music", Frontiers in Psychology 4:487, 2013). The weights themselves, the zero points and
which tags count are our own setting, not fitted to ratings. A cue that is missing (no tags, no beat, no English
words) leaves its weight to the others. Absolute values are rough; the course within a song and the ranking of
songs are what they are for.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from limelight.listen.rhythm.pointer import Floats
from limelight.listen.sound.spectrum import CHROMA_RATE, FRAME_RATE, Spectrum
from limelight.score import BeatGrid, Lyrics, MoodPoint

RATE = 2.0
"""Points a second."""
SMOOTH = 1.5
"""Seconds, standard deviation of the smoothing."""
GAIN = 1.3
LOUDEST, SILENT = -11.0, -60.0
"""dBFS, RMS of the loudest moments of a song as it is mastered, and under which nothing is turned up."""
AROUSAL = {"loudness": 0.30, "onsets": 0.20, "brightness": 0.15, "tempo": 0.10, "tags": 0.25}
VALENCE = {"mode": 0.30, "tempo": 0.15, "onsets": 0.10, "tags": 0.30, "words": 0.15}

EXCITED = ("fast", "loud", "dance", "techno", "beat", "party", "rock", "punk", "metal", "hard rock", "heavy metal",
           "House", "electro", "Hip-Hop", "funk")  # fmt: skip
CALM = ("slow", "quiet", "soft", "ambient", "Mellow", "chill", "chillout", "easy listening", "acoustic", "beautiful",
        "new age", "piano", "folk", "sad")  # fmt: skip
GLAD = ("happy", "party", "dance", "funk", "catchy", "country", "soul", "House", "pop", "indie pop", "rnb", "60s",
        "oldies", "easy listening")  # fmt: skip
GLOOMY = ("sad", "metal", "heavy metal", "hard rock", "alternative rock", "experimental", "ambient", "weird",
          "Mellow", "acoustic", "slow", "Progressive rock", "blues", "alternative")  # fmt: skip

MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
"""Krumhansl and Kessler's probe-tone profiles (Psychol. Rev. 89, 1982)."""
PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
WHOLE_SONG = 0.4
"""What the whole song weighs in the mode of a moment."""
CLEAR = 0.45
"""Correlation with the best profile below which the key is unclear."""

Tags = tuple[npt.NDArray[np.float64], Mapping[str, npt.NDArray[np.float32]]]


def feel(
    spectrum: Spectrum,
    rhythm: BeatGrid,
    duration: float,
    tags: Tags | None = None,
    lyrics: Lyrics | None = None,
) -> tuple[MoodPoint, ...]:
    """Valence and arousal at RATE from time 0 on; at least one point.

    Args:
        spectrum: The song's.
        rhythm: Its beats and onsets.
        duration: Seconds.
        tags: Centres in seconds and tag probabilities, of :func:`limelight.listen.sound.tags.tag`, if there are any.
        lyrics: English words with their times, if there are any.
    """
    times = np.arange(0, max(duration, 1 / RATE), 1 / RATE)
    cues: dict[str, Floats] = {
        "loudness": _loudness(spectrum, times),
        "onsets": _onsets(rhythm, times),
        "brightness": _brightness(spectrum, times),
        "mode": _mode(spectrum, times),
    }
    if len(rhythm.beats) > 4:
        cues["tempo"] = _tempo(rhythm, times)
    words = _words(lyrics, times) if lyrics is not None else None
    if words is not None:
        cues["words"] = words
    valence_cues, arousal_cues = dict(cues), dict(cues)
    if tags is not None:
        valence_cues["tags"] = _leaning(tags, GLAD, GLOOMY, times)
        arousal_cues["tags"] = _leaning(tags, EXCITED, CALM, times)
    valence, arousal = _joined(VALENCE, valence_cues), _joined(AROUSAL, arousal_cues)
    return tuple(
        MoodPoint(time=float(time), valence=round(float(glad), 3), arousal=round(float(awake), 3))
        for time, glad, awake in zip(times, valence, arousal, strict=True)
    )


def find_key(spectrum: Spectrum) -> str:
    """The key of the whole song, such as ``A minor``; "" if unclear."""
    loud = spectrum.chroma[spectrum.chroma.sum(axis=1) > 0.1 * spectrum.chroma.sum(axis=1).max(initial=0.0)]
    if not len(loud):
        return ""
    fit = _fit((loud / (loud.sum(axis=1, keepdims=True) + 1e-9)).mean(axis=0)[None])[0]
    best = int(fit.argmax())
    if fit[best] < CLEAR:
        return ""
    return f"{PITCHES[best % 12]} {'major' if best < 12 else 'minor'}"


def _joined(weights: Mapping[str, float], cues: Mapping[str, Floats]) -> Floats:
    known = {name: weight for name, weight in weights.items() if name in cues}
    total = sum((weight * cues[name] for name, weight in known.items()), start=np.zeros(1)) / sum(
        known.values()
    )
    return np.asarray(np.tanh(GAIN * _smooth(np.asarray(total))))


def _loudness(spectrum: Spectrum, times: Floats) -> Floats:
    """-1 at -30 dBFS or less, 1 at -8 or more, 0 at -19; within the song twice as sensitive as between songs.

    The song counts as played so loud that its loudest moments reach LOUDEST: how far a file was turned up is no
    feeling. What is left between songs is how much of them is nearly as loud as that.
    """
    power = _at_times(10 ** (spectrum.loudness / 10), FRAME_RATE, times, 1.0)
    loudest = max(SILENT, float(np.percentile(spectrum.loudness, 99)))
    level = 10 * np.log10(power + 1e-10) + LOUDEST - loudest
    usual = float(np.percentile(level, 75))
    return np.asarray(np.clip((usual + 19) / 22 + (level - usual) / 11, -1, 1))


def _onsets(rhythm: BeatGrid, times: Floats) -> Floats:
    """-1 where nothing begins, 0 at two strong onsets a second, 1 at four."""
    if not rhythm.onsets:
        return np.full(len(times), -1.0)
    total = np.concatenate([[0.0], np.cumsum(rhythm.onset_strengths)])
    first, last = (np.searchsorted(rhythm.onsets, times + shift) for shift in (-2.0, 2.0))
    rate = (total[last] - total[first]) / 4.0
    return np.asarray(np.clip(rate / 2 - 1, -1, 1))


def _brightness(spectrum: Spectrum, times: Floats) -> Floats:
    """The centroid of the mel bands: -1 at 280 Hz, 0 at 800 Hz, 1 at 2.3 kHz."""
    weighted = _at_times(spectrum.mel @ spectrum.mel_centres, FRAME_RATE, times, 1.0)
    centroid = weighted / (_at_times(spectrum.mel.sum(axis=1), FRAME_RATE, times, 1.0) + 1e-9)
    return np.asarray(np.clip(np.log2(np.maximum(centroid, 1) / 800) / 1.5, -1, 1))


def _mode(spectrum: Spectrum, times: Floats) -> Floats:
    """Major (1) or minor (-1): how much better the best major key fits than the best minor one.

    Of the 12 s around and, as relative keys share their notes, of the whole song.
    """
    pitch = np.stack([_at_times(spectrum.chroma[:, p], CHROMA_RATE, times, 6.0) for p in range(12)], axis=1)
    fit = (1 - WHOLE_SONG) * _fit(pitch) + WHOLE_SONG * _fit(pitch.mean(axis=0, keepdims=True))
    return np.asarray(np.tanh((fit[:, :12].max(axis=1) - fit[:, 12:].max(axis=1)) / 0.15))


def _fit(chroma: npt.NDArray[np.floating]) -> Floats:
    """(n, 24) correlation of (n, 12) pitch classes with the 12 major and 12 minor profiles."""
    profiles = np.array([np.roll(profile, shift) for profile in (MAJOR, MINOR) for shift in range(12)])
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    centred = chroma - chroma.mean(axis=1, keepdims=True)
    return np.asarray((centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)) @ profiles.T)


def _tempo(rhythm: BeatGrid, times: Floats) -> Floats:
    """-1 at 62 beats a minute, 0 at 105, 1 at 177."""
    beats = np.array(rhythm.beats)
    local = 60 / np.diff(beats)
    return np.asarray(np.clip(np.log2(np.interp(times, beats[:-1], local) / 105) / 0.75, -1, 1))


def _leaning(tags: Tags, towards: tuple[str, ...], away: tuple[str, ...], times: Floats) -> Floats:
    """The tanh of half the log-odds of one group of tags against the other."""
    centres, found = tags
    one, other = (
        sum((found[name].astype(np.float64) for name in group), start=np.full(len(centres), 0.02))
        for group in (towards, away)
    )
    return np.interp(times, centres, np.tanh(0.5 * np.log(one / other)))


def _words(lyrics: Lyrics, times: Floats) -> Floats | None:
    """The feeling of the English lines nearby (VADER: Hutto, Gilbert, ICWSM 2014); None without such lines."""
    if lyrics.language not in {"en", ""} or not lyrics.lines:
        return None
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    judge = SentimentIntensityAnalyzer()
    middles = np.array([(line.start + line.end) / 2 for line in lyrics.lines])
    feelings = np.array([judge.polarity_scores(line.text)["compound"] for line in lyrics.lines])
    near = np.exp(-0.5 * ((times[:, None] - middles[None]) / 4.0) ** 2)
    overall = float(feelings.mean())
    return np.asarray((near @ feelings + 0.3 * overall) / (near.sum(axis=1) + 0.3))


def _at_times(values: npt.NDArray[np.floating], rate: float, times: Floats, reach: float) -> Floats:
    """The mean of evenly sampled values within ``reach`` seconds of each time."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    first = np.clip(np.round((times - reach) * rate), 0, len(values)).astype(int)
    last = np.clip(np.round((times + reach) * rate), 0, len(values)).astype(int)
    return np.asarray((total[last] - total[first]) / np.maximum(last - first, 1))


def _smooth(curve: Floats) -> Floats:
    from scipy.ndimage import gaussian_filter1d  # noqa: PLC0415

    return np.asarray(gaussian_filter1d(curve, SMOOTH * RATE, mode="nearest"))
