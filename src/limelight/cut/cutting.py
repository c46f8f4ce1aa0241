"""Cut: pictures become takes, takes and the song become the film."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from limelight.cut.captions import Captions, ink_for, wants_captions
from limelight.cut.encode import Encoding, Mark, Picture, encode_take
from limelight.cut.label import Label
from limelight.cut.mux import Joined, join
from limelight.cut.poster import poster_frame, write_poster
from limelight.cut.titles import Titles
from limelight.cut.transitions import Joints, Transitions, plan_joints
from limelight.document import write_atomically
from limelight.events import FileWritten, Listener, ignore
from limelight.formats.lrc import write_lrc
from limelight.formats.otio import export_otio
from limelight.formats.vtt import write_vtt
from limelight.score import Score
from limelight.stage import Stage, digest
from limelight.storyboard import Format, Shot, Storyboard
from limelight.timebase import start_of

VERSION = 3
"""Of all that the cut draws into a take: raise it when the same pictures should give another take."""


def finish_take(
    pictures: Iterable[Picture],
    storyboard: Storyboard,
    number: int,
    score: Score,
    path: Path,
    *,
    encoding: Encoding | None = None,
    threads: int = 1,
    label: bool = False,
    titles: bool = False,
    mark: Mark | None = None,
) -> Path:
    """Camera's pictures -> transitions -> captions -> one take on disk. What a worker process does.

    Args:
        pictures: ``(height, width, 3) uint8``, sRGB, exactly as many as the shot has frames; may be drawn
            into.
        storyboard: The film.
        number: The shot's, from 1.
        score: Its words are the captions.
        path: Where the take belongs.
        encoding: The film's.
        threads: x264's.
        label: Whether "AI-generated" stands in a corner.
        titles: Whether the song's title and artist are shown at the beginning and the end.
        mark: The film's watermark.

    Raises:
        MediaError: as :func:`limelight.cut.encode.encode_take`.
    """
    shot = storyboard.shots[number - 1]
    joints = plan_joints(storyboard)[number - 1]
    captions = Captions(score.lyrics, storyboard.format)
    finished = _finished(pictures, shot, joints, captions, storyboard.format)
    if titles:
        finished = _titled(
            finished, shot, Titles(storyboard.title, score, storyboard.format), storyboard.format
        )
    if label:
        finished = map(Label(storyboard.format).over, finished)
    return encode_take(
        finished, path, storyboard.format, shot.frames, encoding=encoding, threads=threads, mark=mark
    )


def take_key(
    storyboard: Storyboard,
    number: int,
    score: Score,
    *,
    encoding: Encoding | None = None,
    label: bool = False,
    titles: bool = False,
    mark: str = "",
) -> str:
    """SHA-256 of everything that decides a take, beside what the camera says of itself.

    That is the shot, the format, how it meets its neighbours, and the captions on the screen during it: other
    words of the song, and the shots' numbers, do not matter. ``mark`` is what the watermark says of itself.
    """
    shot = storyboard.shots[number - 1]
    rate = storyboard.format.rate
    start, end = start_of(shot.start, rate), start_of(shot.end, rate)
    words = Captions(score.lyrics, storyboard.format).digest(start, end) if wants_captions(shot) else ""
    return digest(
        {
            "version": VERSION,
            "shot": shot.model_dump(mode="json", exclude={"number", "locked"}),
            "format": storyboard.format.model_dump(mode="json"),
            "joints": repr(plan_joints(storyboard)[number - 1]),
            "captions": [words, repr(ink_for(shot))] if words else None,
            "encoding": repr(encoding or Encoding()),
            "titles": Titles(storyboard.title, score, storyboard.format).digest(start, end) if titles else "",
            "label": Label.version if label else None,
            "mark": mark,
        }
    )


def cut_film(
    takes: Sequence[Path],
    song: Path | None,
    score: Score,
    storyboard: Storyboard,
    out: Path,
    *,
    seal: Callable[[Path], None] | None = None,
) -> "Film":
    """Takes + song -> Film, with the stage's ordinary settings; see :meth:`Cut.run`."""
    return Cut().run(takes, song, score, storyboard, out=out, seal=seal)


def film_at(out: Path, score: Score) -> "Film | None":
    """The film that was cut there before, if all that belongs to it is still beside it."""
    subtitles, lyrics = (
        out.with_suffix(suffix) if score.lyrics.lines else None for suffix in (".vtt", ".lrc")
    )
    film = Film(out, None, out.with_suffix(".jpg"), subtitles, lyrics, out.with_suffix(".otio"))
    parts = (film.path, film.poster, film.subtitles, film.lyrics, film.timeline)
    return film if all(part.exists() for part in parts if part is not None) else None


def _finished(
    pictures: Iterable[Picture], shot: Shot, joints: Joints, captions: Captions, picture_format: Format
) -> Iterator[Picture]:
    transitions = Transitions(joints, shot.frames, picture_format.rate)
    ink = ink_for(shot) if wants_captions(shot) else None
    for index, picture in enumerate(pictures):
        drawn = transitions.apply(picture, index)
        if ink is not None:
            if not drawn.flags.writeable:
                drawn = drawn.copy()
            drawn = captions.over(drawn, start_of(shot.start + index, picture_format.rate), ink)
        yield drawn


def _titled(
    pictures: Iterable[Picture], shot: Shot, titles: Titles, picture_format: Format
) -> Iterator[Picture]:
    for index, picture in enumerate(pictures):
        yield titles.over(picture, start_of(shot.start + index, picture_format.rate))


@dataclass(frozen=True)
class Film:
    """A finished film and what lies beside it."""

    path: Path
    joined: Joined | None
    """How it was joined; None for one that was there before."""
    poster: Path | None = None
    subtitles: Path | None = None
    """WebVTT, None for a song without words."""
    lyrics: Path | None = None
    """Enhanced LRC, None for a song without words."""
    timeline: Path | None = None
    """OpenTimelineIO."""


@dataclass(frozen=True)
class Cut(Stage):
    """Takes, song, score and storyboard -> Film."""

    name: ClassVar[str] = "cut"
    version: ClassVar[int] = VERSION
    poster: bool = True
    subtitles: bool = True
    timeline: bool = True

    def run(
        self,
        takes: Sequence[Path],
        song: Path | None,
        score: Score,
        storyboard: Storyboard,
        *,
        out: Path,
        seal: Callable[[Path], None] | None = None,
        tell: Listener = ignore,
    ) -> Film:
        """Join the takes and the song into ``out``, and write what belongs beside it.

        Args:
            takes: One a shot, in order.
            song: The song's file; None for a silent film.
            score: The words, title and artist.
            storyboard: Says how many frames the film has.
            out: ``film.mp4``; the other files have its name and another suffix.
            seal: Signs the film, in place, before it takes its name.
            tell: Told of each file.

        Raises:
            MediaError: takes that do not fit the storyboard, or a file that cannot be read or written.
            SongError: the song holds no sound that can be decoded.
        """
        tags = {"title": storyboard.title or score.song.title, "artist": score.song.artist}
        rate = storyboard.format.rate
        joined = join(takes, song, out, storyboard.frames, rate, metadata=tags, seal=seal)
        tell(FileWritten(out, "film"))
        poster = subtitles = lyrics = timeline = None
        if self.poster:
            poster = write_poster(out, poster_frame(storyboard), rate, out.with_suffix(".jpg"))
            tell(FileWritten(poster, "poster"))
        if self.subtitles and score.lyrics.lines:
            subtitles, lyrics = out.with_suffix(".vtt"), out.with_suffix(".lrc")
            write_atomically(subtitles, write_vtt(score.lyrics).encode())
            told = write_lrc(score.lyrics, title=tags["title"], artist=tags["artist"])
            write_atomically(lyrics, told.encode())
            tell(FileWritten(subtitles, "subtitles"))
            tell(FileWritten(lyrics, "lyrics"))
        if self.timeline:
            timeline = out.with_suffix(".otio")
            folder = takes[0].parent if _numbered(takes) else None
            export_otio(storyboard, timeline, takes=folder, song=song)
            tell(FileWritten(timeline, "timeline"))
        return Film(out, joined, poster, subtitles, lyrics, timeline)


def _numbered(takes: Sequence[Path]) -> bool:
    """Whether the takes are called 0001.mp4 and so on, as the timeline expects."""
    return all(take.name == f"{number:04d}.mp4" for number, take in enumerate(takes, start=1))
