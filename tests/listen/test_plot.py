import matplotlib.image
import pytest

from limelight.listen.listening import Listen
from limelight.listen.plot import plot
from limelight.score import Line, Lyrics, LyricsSource, Word
from songs import synth


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_score_becomes_a_picture(suffix, tmp_path):
    song = synth.form("AB", 120, 4)
    score = Listen(words=False, separate=False, tags=False, taps=False).run(song.write(tmp_path / "song.wav"))
    word = Word(text="$x_", start=1, end=2)
    line = Line(text="$x_ and a line that is far too long to fit" * 3, start=1, end=3, words=(word,))
    score = score.model_copy(update={"lyrics": Lyrics(source=LyricsSource.GIVEN, lines=(line,) * 6)})
    path = tmp_path / f"score.{suffix}"
    plot(score, song.samples, song.sample_rate, path)
    if suffix == "png":
        assert matplotlib.image.imread(path).std() > 0.05
    else:
        assert path.read_text("utf-8").rstrip().endswith("</svg>")


def test_a_song_without_anything_is_drawn_too(tmp_path):
    song = synth.silence(2.0)
    score = Listen(words=False, separate=False, tags=False, taps=False).run(song.write(tmp_path / "song.wav"))
    plot(score, song.samples, song.sample_rate, tmp_path / "score.png")
    assert (tmp_path / "score.png").stat().st_size > 1000
