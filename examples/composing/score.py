"""The score of "Where the Ocean Glows": words, melody, chords and form.

Time is counted in sixteenths from the first sample. At 100 beats a minute a sixteenth
lasts 150 ms, which is six frames of the singer's model, so every note starts exactly on
its grid and every time in the truth file follows from the integers on this page.
"""

from dataclasses import dataclass
from fractions import Fraction

TITLE = "Where the Ocean Glows"
SLUG = "where-the-ocean-glows"
ARTIST = "The Limelight Authors"
YEAR = "2026"
LICENCE = "CC0 1.0"
KEY = "G major"
TRANSPOSE = -5  # semitones: the song is written below in C
SEED = 20
TEMPO = 100
BEATS_PER_BAR = 4
STEPS_PER_BEAT = 4
STEPS_PER_BAR = BEATS_PER_BAR * STEPS_PER_BEAT
SECONDS_PER_STEP = Fraction(60, TEMPO * STEPS_PER_BEAT)

PITCHES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Note:
    """One sung note: start and length in sixteenths of the song, pitch as a MIDI number."""

    start: int
    length: int
    pitch: int


@dataclass(frozen=True)
class Line:
    """A sung line: its words, one phoneme string a syllable, and one note a syllable.

    `syllables` holds, for each word, its syllables in the phoneme alphabet of the Kokoro
    model (IPA with A, I, O, W for the diphthongs of may, my, mow, now and T for a flap).
    """

    words: tuple[str, ...]
    syllables: tuple[tuple[str, ...], ...]
    notes: tuple[Note, ...]
    harmony: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The words as sung, apart by spaces."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Section:
    """A part of the song: first bar, one chord a bar, and how full the band plays (0 to 3)."""

    label: str
    heading: str
    first_bar: int
    chords: tuple[str, ...]
    band: int
    lines: tuple[Line, ...] = ()

    @property
    def start(self) -> int:
        """First sixteenth."""
        return self.first_bar * STEPS_PER_BAR

    @property
    def end(self) -> int:
        """First sixteenth after it."""
        return (self.first_bar + len(self.chords)) * STEPS_PER_BAR


# A line is words, their phonemes (| between syllables), the melody, the harmony below or
# above it. A note is a pitch, a slash and sixteenths; r is a rest.
Sketch = tuple[str, str, str, str]

VERSE_1: tuple[Sketch, ...] = (
    (
        "City lights are running down",
        "sˈɪ|ti lˈIts ɑɹ ɹˈʌ|nɪŋ dˈWn",
        "C4/2 D4/2 E4/2 E4/2 D4/2 C4/2 A3/3 r/1",
        "",
    ),
    (
        "rivers on the window pane",
        "ɹˈɪ|vəɹz ɔn ðə wˈɪn|dO pˈAn",
        "C4/2 D4/2 F4/2 E4/2 D4/2 C4/2 C4/3 r/1",
        "",
    ),
    (
        "I can hear the harbor now",
        "ˈI kæn hˈɪɹ ðə hˈɑɹ|bəɹ nˈW",
        "E4/2 E4/2 G4/2 E4/2 E4/2 D4/2 C4/3 r/1",
        "",
    ),
    (
        "singing through the silver rain",
        "sˈɪ|ŋɪŋ θɹu ðə sˈɪl|vəɹ ɹˈAn",
        "D4/2 E4/2 D4/2 B3/2 D4/2 E4/2 G4/3 r/1",
        "",
    ),
)

VERSE_2: tuple[Sketch, ...] = (
    (
        "Midnight train through moonlit pines",
        "mˈɪd|nˌIt tɹˈAn θɹu mˈun|lˌɪt pˈInz",
        VERSE_1[0][2],
        "",
    ),
    (
        "neon fading out of view",
        "nˈi|jˌɑn fˈA|dɪŋ ˈWt ʌv vjˈu",
        VERSE_1[1][2],
        "",
    ),
    (
        "lightning draws its broken lines",
        "lˈIt|nɪŋ dɹˈɔz ɪts bɹˈO|kən lˈInz",
        VERSE_1[2][2],
        "",
    ),
    (
        "all of them lead home to you",
        "ˈɔl ʌv ðɛm lˈid hˈOm tə jˈu",
        VERSE_1[3][2],
        "",
    ),
)

CHORUS: tuple[Sketch, ...] = (
    (
        "Take me where the ocean glows",
        "tˈAk mi wˈɛɹ ði ˈO|ʃən ɡlˈOz",
        "A4/2 G4/2 A4/2 G4/2 C5/2 B4/2 A4/3 r/1",
        "F4 E4 F4 E4 A4 G4 F4",
    ),
    (
        "over mountains, under stars",
        "ˈO|vəɹ mˈWn|tᵊnz ˈʌn|dəɹ stˈɑɹz",
        "B4/2 A4/2 B4/2 A4/2 C5/2 B4/2 G4/3 r/1",
        "G4 F4 G4 F4 A4 G4 D4",
    ),
    (
        "every road the desert knows",
        "ˈɛv|ɹi ɹˈOd ðə dˈɛ|zəɹt nˈOz",
        "A4/2 G4/2 A4/2 G4/2 C5/2 B4/2 A4/3 r/1",
        "E4 E4 E4 E4 A4 G4 E4",
    ),
    (
        "leads me back to where you are",
        "lˈidz mi bˈæk tə wˈɛɹ ju ˈɑɹ",
        "G4/2 E4/2 G4/2 E4/2 G4/2 A4/2 C5/3 r/1",
        "E4 C4 E4 C4 E4 F4 G4",
    ),
    (
        "Take me where the ocean glows",
        "tˈAk mi wˈɛɹ ði ˈO|ʃən ɡlˈOz",
        "C5/4 A4/4 A4/4 G4/4 B4/4 A4/4 G4/7 r/1",
        "A4 F4 F4 E4 G4 F4 D4",
    ),
)

OUTRO: tuple[Sketch, ...] = (
    (
        "where the ocean glows",
        "wˈɛɹ ði ˈO|ʃən ɡlˈOz",
        "A4/4 A4/2 G4/4 F4/6 E4/10 r/6",
        "F4 F4 E4 C4 C4",
    ),
)


def pitch_number(name: str) -> int:
    """MIDI number, in the song's key, of a pitch as written here (`C4` is 60 before moving)."""
    return PITCHES[name[0]] + 12 * (int(name[1:]) + 1) + TRANSPOSE


def read_line(sketch: Sketch, start: int) -> tuple[Line, int]:
    """Turn a sketched line that begins at sixteenth `start` into notes; also where it ends."""
    text, phonemes, melody, harmony = sketch
    notes, step = [], start
    for token in melody.split():
        name, length = token.split("/")
        if name != "r":
            notes.append(Note(step, int(length), pitch_number(name)))
        step += int(length)
    syllables = tuple(tuple(word.split("|")) for word in phonemes.split())
    line = Line(
        tuple(text.split()),
        syllables,
        tuple(notes),
        tuple(pitch_number(name) for name in harmony.split()),
    )
    counts = {len(line.notes), sum(map(len, syllables))} | ({len(line.harmony)} - {0})
    if len(counts) != 1 or len(line.words) != len(syllables):
        message = f"words, syllables, notes and harmony of {text!r} do not match"
        raise ValueError(message)
    return line, step


def compose() -> tuple[Section, ...]:
    """The whole song in order."""
    form: tuple[tuple[str, str, str, int, tuple[Sketch, ...]], ...] = (
        ("intro", "Intro", "Am F", 0, ()),
        ("verse", "Verse 1", "Am F C G", 1, VERSE_1),
        ("chorus", "Chorus", "F G Am C F G", 3, CHORUS),
        ("verse", "Verse 2", "Am F C G", 2, VERSE_2),
        ("chorus", "Chorus", "F G Am C F G", 3, CHORUS),
        ("outro", "Outro", "F C", 0, OUTRO),
    )
    sections, bar = [], 0
    for label, heading, chords, band, sketches in form:
        step, lines = bar * STEPS_PER_BAR, []
        for sketch in sketches:
            line, step = read_line(sketch, step)
            lines.append(line)
        section = Section(label, heading, bar, tuple(chords.split()), band, tuple(lines))
        sections.append(section)
        bar += len(section.chords)
    return tuple(sections)


def seconds(step: float | Fraction) -> float:
    """Seconds from the first sample of a position in sixteenths."""
    return float(Fraction(step) * SECONDS_PER_STEP)


def sounding(chords: tuple[str, ...]) -> tuple[str, ...]:
    """Chord names in the song's key, from those written on this page in C."""
    names = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    return tuple(names[(PITCHES[name[0]] + TRANSPOSE) % 12] + name[1:] for name in chords)
