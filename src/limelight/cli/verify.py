"""``limelight verify``: show at a camera that it is you, and become a star."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from limelight.cli.output import output_options, result

if TYPE_CHECKING:
    from limelight.score import Score
    from limelight.studio.lyric_sheet import LyricSheet

LOOPBACK = "127.0.0.1"


@click.command(name="verify", help="Show at a camera that it is you, and become a star.")
@click.option(
    "--song", type=click.Path(path_type=Path), help="Sing along to it: a recording, or a project folder."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Of the page; 0: any that is free.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen at.")
@click.option("--open/--no-open", "opens", default=True, help="Open the page in the browser.")
@click.option("--camera", type=click.IntRange(0, 63), help="No page: this camera, in the terminal.")
@click.option("--name", help="With --camera: your name.")
@click.option("--no-flashing", is_flag=True, help="With --camera: photosensitive; a person looks at the result.")
@output_options
def command(
    song: Path | None, port: int, host: str, opens: bool, camera: int | None, name: str | None,
    no_flashing: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Verify on a page of this computer, or at a camera in the terminal."""
    if camera is not None:
        from limelight.studio.terminal import verify_in_terminal  # noqa: PLC0415

        said = verify_in_terminal(camera, name=name, no_flashing=no_flashing)
        result(as_json=as_json, quiet=quiet, text=said.text, data={"result": said.result, "star": said.star})
        return
    _serve(song, host, port, opens=opens and not as_json, as_json=as_json, quiet=quiet)


def _serve(song: Path | None, host: str, port: int, *, opens: bool, as_json: bool, quiet: bool) -> None:
    import secrets  # noqa: PLC0415
    import webbrowser  # noqa: PLC0415

    from limelight.charcha.protocol import Terms  # noqa: PLC0415
    from limelight.studio import studio  # noqa: PLC0415  # brings the face models' runtimes
    from limelight.studio.guard import HOSTS  # noqa: PLC0415
    from limelight.studio.serving import listening_socket, serve  # noqa: PLC0415
    from limelight.vault import Vault  # noqa: PLC0415

    sheet, recording = _sheet(song, Terms().perform_seconds)
    key = secrets.token_urlsafe(24)
    app = studio(Vault(), sheet=sheet, song=recording, key=key, hosts={*HOSTS, host})
    with listening_socket(host, port) as door:
        address = f"http://{host}:{door.getsockname()[1]}/?key={key}"
        text = f"Open {address}\nIt works in one browser, on this computer. Ctrl-C ends it."
        result(as_json=as_json, quiet=quiet, text=text, data={"address": address})
        if opens:
            webbrowser.open(address)
        serve(app, door)


def _sheet(song: Path | None, seconds: float) -> "tuple[LyricSheet | None, Path | None]":
    """The words of a song that was listened to, and its recording."""
    if song is None:
        return None, None
    from limelight.errors import SongError  # noqa: PLC0415
    from limelight.project import Project  # noqa: PLC0415
    from limelight.score import Score  # noqa: PLC0415
    from limelight.settings import gather  # noqa: PLC0415
    from limelight.studio.lyric_sheet import LyricSheet, lyric_sheet  # noqa: PLC0415

    root = song if song.is_dir() else Project.beside(song, Path.cwd()).root
    recording = song
    if song.is_dir():
        told = gather(flags={}, project=root / "limelight.toml", user=root / "none.toml").song
        recording = root / told
    if not recording.is_file():
        raise SongError(f"there is no recording {str(recording)!r}.", hint="Give a song or its project folder.")
    known = Project(root).score
    score: Score | None = Score.read(known) if known.is_file() else None
    return (lyric_sheet(score, seconds, song=True) if score else LyricSheet(song=True)), recording
