"""Timbre: how a voice sounds from moment to moment, however loud it is; the same words sung again sound alike."""

import numpy as np
import numpy.typing as npt

from limelight.listen.sound.spectrum import frames, magnitudes, mel_bank

STEP = 0.04
"""Seconds between values."""
WINDOW = 0.06
"""Seconds that are looked at for each value."""
COEFFICIENTS = 13
"""After the zeroth, which tells loudness: as many as speech recognition is used to (Davis and Mermelstein, 1980)."""
BANDS, LOWEST, HIGHEST = 40, 80.0, 7600.0
"""Mel bands and their range in Hz."""
FLOOR = 1e-4
"""Of the loud moments' power: whatever is softer by 40 dB, a separation's rest, sounds the same."""
SMOOTH = 3
"""Values averaged (an eighth of a second): nobody sings a line twice to the hundredth of a second."""

Floats = npt.NDArray[np.float32]


def timbre(voice: npt.NDArray[np.floating], rate: int) -> Floats:
    """Mel-frequency cepstral coefficients of a separated voice, each with mean 0 and deviation 1 over the song.

    Args:
        voice: (n,) float.
        rate: Its Hz.

    Returns:
        (n / rate / STEP, 13) float32; row k is of second k x ``STEP``.
    """
    from scipy.fft import dct  # noqa: PLC0415
    from scipy.ndimage import uniform_filter1d  # noqa: PLC0415

    if not len(voice):
        return np.zeros((0, COEFFICIENTS), np.float32)
    window = round(WINDOW * rate)
    bank, _ = mel_bank(window, BANDS, LOWEST, min(HIGHEST, rate / 2), rate)
    blocks = frames(voice, window, round(STEP * rate))
    power = np.concatenate([magnitudes(block.astype(np.float32)) ** 2 @ bank.T for block in blocks])
    loud = max(float(np.percentile(power, 99.5)), 1e-12)
    cepstrum = dct(np.log(power + FLOOR * loud), norm="ortho", axis=1)[:, 1 : 1 + COEFFICIENTS]
    smooth = uniform_filter1d(cepstrum, SMOOTH, axis=0)
    return np.asarray((smooth - smooth.mean(axis=0)) / (smooth.std(axis=0) + 1e-6), np.float32)
