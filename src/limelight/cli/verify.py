"""``limelight verify``: show at a camera that it is you, and become a star."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from limelight.cli.output import output_options, result
from limelight.cli.unlock import opened_vault

if TYPE_CHECKING:
    from limelight.charcha.wire.messages import Reply
    from limelight.studio.consenting import ConsentForm
    from limelight.studio.lyric_sheet import LyricSheet

LOOPBACK = "127.0.0.1"
HINTS = {
    "no_face": "I cannot see your face", "too_dark": "more light, please", "too_bright": "less light, please",
    "too_far": "closer, please", "too_close": "back a little", "off_centre": "to the middle, please",
    "head_cut_off": "your whole head, please", "look_ahead": "look straight ahead and keep still",
}  # fmt: skip
ENDS = {
    "pass": "That's you. You can be in films now: limelight make song.mp3 --star {star}",
    "fail": "It could not be confirmed that it is you, live. Nothing of you was kept.",
    "retry": "It was not completed. Nothing of you was kept. Please try once more.",
    "pending": "Thank you. You chose another way through, so a person looks at the result.",
}


@click.command(name="verify", help="Show at a camera that it is you, and become a star.")
@click.option(
    "--song", type=click.Path(path_type=Path), help="Sing along to it: a recording, or a project folder."
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Of the page; 0: any that is free.")
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen at.")
@click.option("--open/--no-open", "opens", default=True, help="Open the page in the browser.")
@click.option("--camera", type=click.IntRange(0, 63), help="No page: this camera, in the terminal.")
@click.option(
    "--review", is_flag=False, flag_value="", metavar="[SESSION]",
    help="Sessions of people who could not do all that is asked: list them, or decide on one.",
)  # fmt: skip
@output_options
def command(  # noqa: PLR0917  # click's own order
    song: Path | None, port: int, host: str, opens: bool, camera: int | None, review: str | None,
    as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Verify on a page of this computer, or at a camera in the terminal."""
    if review is not None:
        from limelight.cli.reviewing import decide, waiting  # noqa: PLC0415

        if review:
            decide(review, opens=opens, as_json=as_json, quiet=quiet)
        else:
            waiting(as_json=as_json, quiet=quiet)
    elif camera is not None:
        _in_terminal(camera, as_json=as_json, quiet=quiet)
    else:
        _on_page(song, host, port, opens=opens and not as_json, as_json=as_json, quiet=quiet)


def _on_page(song: Path | None, host: str, port: int, *, opens: bool, as_json: bool, quiet: bool) -> None:
    import secrets  # noqa: PLC0415
    import webbrowser  # noqa: PLC0415

    from limelight.charcha.protocol import Terms  # noqa: PLC0415
    from limelight.studio import studio  # noqa: PLC0415  # brings the face models' runtimes
    from limelight.studio.guard import HOSTS  # noqa: PLC0415
    from limelight.studio.serving import listening_socket, serve  # noqa: PLC0415

    sheet, recording = _sheet(song, Terms().perform_seconds)
    key = secrets.token_urlsafe(24)
    app = studio(opened_vault(), sheet=sheet, song=recording, key=key, hosts={*HOSTS, host, f"[{host}]"})
    with listening_socket(host, port) as door:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{door.getsockname()[1]}/?key={key}"
        text = f"Open {address}\nCtrl-C ends it."
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

    root, recording = Project.beside(song, Path.cwd()).root, song
    if song.is_dir():
        settings = gather(flags={}, project=song / "limelight.toml", user=song / "no-such-file.toml")
        root, recording = song, song / (settings.song or "no song")
    if not recording.is_file():
        raise SongError(
            f"there is no recording {str(recording)!r}.", hint="Give a song, or a project folder with one."
        )
    known = Project(root).score
    if known.is_file():
        return lyric_sheet(Score.read(known), seconds, song=True), recording
    return LyricSheet(song=True), recording


def _in_terminal(number: int, *, as_json: bool, quiet: bool) -> None:
    from limelight.charcha.observing.observer import Observer  # noqa: PLC0415
    from limelight.charcha.records.store import Store  # noqa: PLC0415
    from limelight.charcha.session import Services, Session  # noqa: PLC0415
    from limelight.star import StarKind  # noqa: PLC0415
    from limelight.studio.app import ACCOUNT, STORE  # noqa: PLC0415
    from limelight.studio.consenting import book  # noqa: PLC0415
    from limelight.studio.live import wall_clock  # noqa: PLC0415
    from limelight.studio.terminal import camera, film, refuse_without_camera  # noqa: PLC0415

    refuse_without_camera(number)  # before anybody is asked anything
    vault = opened_vault()
    form = _asked()
    booking = book(form, vault, ACCOUNT, StarKind.PERSON, ())
    store = Store(vault.root / STORE, wall_clock())
    try:
        with camera(number) as read, Observer() as observer:
            ticket = store.issue(ACCOUNT, wall_clock())
            session = Session.open(
                ticket, ACCOUNT, wall_clock(),
                sitter=booking.sitter, services=Services(store, vault), observer=observer,
            )  # fmt: skip
            end, shown = "", ""
            for reply in film(read, session, booking.consented):
                shown = _show(reply, shown)
                end = reply.result or end
    finally:
        click.secho("", reset=True)
        store.close()
    star = booking.sitter.star_id if end == "pass" else ""
    told = ENDS.get(end, ENDS["retry"]).format(star=star)
    result(as_json=as_json, quiet=quiet, text=told, data={"result": end or "retry", "star": star})


def _asked() -> "ConsentForm":
    """The notice, and the person's answers."""
    from limelight.star import Purpose  # noqa: PLC0415
    from limelight.studio.consenting import ConsentForm  # noqa: PLC0415
    from limelight.vault.consent import notice, notice_sha256  # noqa: PLC0415

    click.echo(notice(), err=True)
    name = click.prompt("Your name, as you like to be called", err=True).strip()
    offered = (Purpose.FILM, Purpose.TRAINING)  # nothing is sung in a terminal
    purposes = tuple(
        one for one in offered if click.confirm(f"May your likeness be used to {one}?", err=True)
    )
    if not purposes:
        raise click.Abort
    flashing = click.confirm(
        "The terminal will change colour about twice a second. Is that safe for you?", err=True
    )
    click.confirm(
        "Are you an adult, the person at the camera, and do you agree to the notice?", abort=True, err=True
    )
    return ConsentForm(
        name=name, adult=True, purposes=purposes, notice=notice_sha256(), no_flashing=not flashing
    )


def _show(reply: "Reply", shown: str) -> str:
    """Say what is new; gives what is on the screen now."""
    prompt = reply.prompt
    if prompt is None:
        return shown
    if prompt.colour is not None:
        if prompt.id != shown:
            red, green, blue = prompt.colour
            click.echo(f"\x1b[48;2;{red};{green};{blue}m\x1b[2J\x1b[H{prompt.words}", err=True)
        return prompt.id
    hint = next((HINTS[one] for one in reply.hints if one in HINTS), "")
    said = f"{prompt.words}. {hint}" if hint else prompt.words
    if said != shown:
        click.echo(f"\x1b[0m[{reply.done}/{reply.total}] {said}", err=True)
    return said
