"""Listen: the stage that turns a recording into a Score."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from limelight.errors import WeightError
from limelight.events import Listener, StageFinished, StageProgressed, StageStarted, Warned, ignore
from limelight.formats.given import GivenLyrics
from limelight.listen.mood import feel, find_key
from limelight.listen.rhythm.beatnet import BEATNET, tap
from limelight.listen.rhythm.percussion import beaten
from limelight.listen.rhythm.tracking import track
from limelight.listen.sound.decode import LONGEST, SILENCE, Sound, decode
from limelight.listen.sound.memory import give_back
from limelight.listen.sound.separation import VOICE_RATE, Voice, vocals
from limelight.listen.sound.spectrum import Spectrum, analyse
from limelight.listen.sound.tags import TAGGER, tag
from limelight.listen.sound.voice import sing
from limelight.listen.structure.form import with_refrain
from limelight.listen.structure.sections import find_sections
from limelight.listen.words.hearing import one_thread_for_algebra
from limelight.listen.words.languages import refuse_unknown_language
from limelight.listen.words.lyrics import FoundLyrics, find_lyrics
from limelight.listen.words.voicing import Voicing, voicing
from limelight.score import BeatGrid, Lyrics, LyricsSource, Score, Song
from limelight.stage import Stage
from limelight.weights import weight
from limelight.weights.hub import whisper_folder

WORD_RATE = 16_000
"""Hz, of what the transcriber hears."""
WHISPER = "whisper-base"
"""The transcriber if no other is named."""


@dataclass(frozen=True)
class Listen(Stage):
    """Song -> Score.

    Beats and tags are looked for beside the separation, by a thread of their own: each of these leaves a core idle
    now and then.

    Without network and without the models' weights it still gives a score, poorer and with a warning: the voice
    from the mix, the beats by onsets and chords alone, the mood without tags, no words.
    """

    name: ClassVar[str] = "listen"
    version: ClassVar[int] = 8
    weights: ClassVar[tuple[str, ...]] = ("spleeter-2stems", "musicnn", BEATNET, WHISPER)

    words: bool = True
    """Look for the words: align the given ones, or transcribe."""
    language: str = ""
    """ISO 639-1 code; empty: heard or read."""
    whisper: str = WHISPER
    """A name in the weights registry, a hub name, or a folder."""
    separate: bool = True
    """Take the voice apart from the band first."""
    tags: bool = True
    """Let a tagging network join in judging the mood."""
    taps: bool = True
    """Let a network that was trained on people's tapping join in the vote on which beats are felt."""
    longest: float = LONGEST
    """Seconds; a longer song is refused."""

    def run(self, path: Path, given: GivenLyrics | None = None, *, tell: Listener = ignore) -> Score:
        """Listen to a recording.

        Args:
            path: Anything with sound in it that FFmpeg reads.
            given: Its lyrics, if they are known.
            tell: Told of the stages decode, separation, rhythm, voice, lyrics, sections and mood. What ran beside an
                earlier stage counts only for what is left of it.

        Raises:
            SongError: it cannot be listened to.
            LyricsError: a language that the transcriber does not know.
            SettingsError: there is no such transcriber.
            WeightError: the transcriber that was named cannot be had.
        """
        warnings: list[str] = []

        def warn(stage: str, *messages: str) -> None:
            warnings.extend(messages)
            for message in messages:
                tell(Warned(stage, message))

        def has(model: str, stage: str, without: str) -> bool:
            try:
                weight(model, on_event=tell)
            except WeightError as problem:
                warn(stage, f"{without}: {problem}")
                return False
            return True

        refuse_unknown_language(self.language)
        if self.words and self.whisper != WHISPER:
            whisper_folder(self.whisper, on_event=tell)  # who names a model wants no film without it
        with _stage("decode", tell):
            sound = decode(path, VOICE_RATE, longest=self.longest)
        warn("decode", *sound.warnings)
        silent = max(sound.samples.max(), -sound.samples.min()) < SILENCE
        with one_thread_for_algebra(), ThreadPoolExecutor(1) as beside:
            taps = not silent and self.taps and has(BEATNET, "rhythm", "No network helped to find the beats")
            music = beside.submit(_music, sound, silent=silent, taps=taps)
            tagged = not silent and self.tags and has(TAGGER, "mood", "The mood was judged without tags")
            tags = beside.submit(tag, sound.samples, VOICE_RATE) if tagged else None
            with _stage("separation", tell, sound.duration) as progress:
                voice = None if silent else self._voice(sound, tell, progress, warn)
            with _stage("rhythm", tell):
                spectrum, rhythm = music.result()
            if not rhythm.beats and not silent:
                warn("rhythm", "No steady beat was found: cuts will follow onsets and the words.")
            with _stage("voice", tell):
                envelope = sing(voice, sound.samples, VOICE_RATE)
                voiced = voicing(sound.samples, voice, VOICE_RATE)
                del voice
                give_back()
            with _stage("lyrics", tell):
                found = FoundLyrics(Lyrics()) if silent else self._words(sound, voiced, given, tell, warn)
            warn("lyrics", *found.warnings)
            judged = tags.result() if tags else None
        with _stage("sections", tell):
            sections = find_sections(spectrum, rhythm, sound.duration, envelope, found.lyrics.lines)
            if found.lyrics.source in (LyricsSource.GIVEN, LyricsSource.EMBEDDED):
                sections = with_refrain(sections, found.lyrics.lines, rhythm, sound.duration)
        with _stage("mood", tell):
            mood = feel(spectrum, rhythm, sound.duration, judged, found.lyrics)
        return Score(
            song=Song(
                title=sound.title or (given.title if given else ""),
                artist=sound.artist or (given.artist if given else ""),
                sha256=sound.sha256,
                duration=sound.duration,
                sample_rate=sound.file_rate,
                channels=sound.channels,
            ),
            rhythm=rhythm,
            sections=sections,
            lyrics=found.lyrics,
            mood=mood,
            voice=envelope,
            percussion=beaten(spectrum),
            key=find_key(spectrum),
            warnings=tuple(warnings),
        )

    def _voice(
        self,
        sound: Sound,
        tell: Listener,
        progress: Callable[[float], None],
        warn: Callable[..., None],
    ) -> Voice | None:
        if not self.separate:
            return None
        try:
            return vocals(sound, on_event=tell, progress=progress)
        except WeightError as problem:
            warn("separation", f"The voice was not taken apart from the band: {problem}")
            return None

    def _words(
        self,
        sound: Sound,
        voiced: Voicing,
        given: GivenLyrics | None,
        tell: Listener,
        warn: Callable[..., None],
    ) -> FoundLyrics:
        if not self.words:
            return FoundLyrics(Lyrics())
        try:
            found = find_lyrics(
                sound.at(WORD_RATE),
                voiced,
                given=given,
                language=self.language,
                model=self.whisper,
                tell=tell,
            )
        except WeightError as problem:
            warn("lyrics", f"No words were looked for: {problem}")
            return FoundLyrics(Lyrics())
        if found.lyrics.source is LyricsSource.TRANSCRIBED:
            warn(
                "lyrics",
                "The words were transcribed: of sung words about half are wrong. Give the lyrics (--lyrics), mend "
                "these (limelight listen --edit), or name a larger model (--whisper).",
            )
        return found


def _music(sound: Sound, *, silent: bool, taps: bool) -> tuple[Spectrum, BeatGrid]:
    spectrum = analyse(sound.samples)
    if silent:
        return spectrum, BeatGrid(tempo=0.0)
    return spectrum, track(spectrum, tap(sound.samples) if taps else None)


@contextmanager
def _stage(name: str, tell: Listener, total: float = 0.0) -> Iterator[Callable[[float], None]]:
    """Tell of a stage's begin and end; yields what tells of its progress in seconds of the song."""
    start = time.perf_counter()
    tell(StageStarted(name, total, "s" if total else ""))
    yield lambda done: tell(StageProgressed(name, min(done, total), total))
    tell(StageFinished(name, time.perf_counter() - start))
