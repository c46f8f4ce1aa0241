"""Duration: do pictures and sound end together, and does the film have the frames it should have."""

from fractions import Fraction

from limelight.report import Measure
from limelight.review.pictures import Lengths
from limelight.storyboard import Storyboard


def measure_duration(lengths: Lengths, storyboard: Storyboard, song_seconds: float) -> tuple[Measure, ...]:
    """Pictures against sound and against the song, in frames.

    The control is what rounding each shot's length to hundredths of a second and adding them up would have
    given: the usual way of losing the time.
    """
    fps = storyboard.format.rate
    against_sound = abs(lengths.video - lengths.sound) * fps if lengths.sound else Fraction(0)
    against_song = abs(lengths.frames - Fraction(song_seconds) * fps)
    summed = sum(Fraction(round(100 * shot.frames / fps), 100) for shot in storyboard.shots)
    return (
        Measure(
            name="duration_error",
            title="Pictures against sound",
            value=float(against_sound),
            unit="frames",
            control=float(abs(summed - Fraction(song_seconds)) * fps),
            control_title="shots rounded to 10 ms and added up",
            target=1.0,
            higher_is_better=False,
            samples=lengths.frames,
            note="" if lengths.sound else "the film is silent",
        ),
        Measure(
            name="song_length_error",
            title="Frames against the song's length",
            value=float(against_song),
            unit="frames",
            target=1.0,
            higher_is_better=False,
            samples=lengths.frames,
        ),
        Measure(
            name="missing_frames",
            title="Frames that the storyboard has and the film has not",
            value=float(abs(storyboard.frames - lengths.frames)),
            unit="frames",
            target=0.0,
            higher_is_better=False,
            samples=storyboard.frames,
        ),
    )
