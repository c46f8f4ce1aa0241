"""``limelight verify --review``: decide on sessions of people who could not do all that is asked."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from limelight.cli.output import result
from limelight.cli.unlock import opened_vault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from limelight.charcha.records.waiting import Case, WaitingRoom

ADVICE = """\
Let somebody in only if you know them, and have heard from them, not through this page or a chat, that it was they
who sat there. Looking at the pictures does not show whether they were forged."""
SHOWN, COLUMNS, WIDTH = 30, 6, 240
"""Pictures on the sheet at most, in a row, and pixels of each."""


def waiting(*, as_json: bool, quiet: bool) -> None:
    """List who waits."""
    cases = _room().cases()
    lines = [
        f"{case.session[:8]}  {case.ended:%Y-%m-%d %H:%M}  {case.name}, without {', '.join(case.spared)}"
        for case in cases
    ]
    text = "\n".join([*lines, "Decide: limelight verify --review SESSION"]) if lines else "Nobody waits."
    result(as_json=as_json, quiet=quiet, text=text, data={"waiting": [_told(case) for case in cases]})


def decide(session: str, *, opens: bool, as_json: bool, quiet: bool) -> None:
    """Show one case to a second person, and do as they say."""
    room = _room()
    case = room.case(session)
    with tempfile.TemporaryDirectory(prefix="limelight-review-") as folder:  # mode 700, gone afterwards
        sheet = Path(folder) / "sheet.jpg"
        sheet.write_bytes(contact_sheet(room, case))
        click.echo(_described(case), err=True)
        click.echo(f"Pictures: {sheet}\n{ADVICE}", err=True)
        if opens:
            click.launch(str(sheet))
        choice = click.prompt("Decision", type=click.Choice(["let in", "send away", "later"]), err=True)
    if choice == "later":
        result(as_json=as_json, quiet=quiet, text="Nothing was decided.", data={"decided": ""})
        return
    reviewer = click.prompt("Your own name", err=True)
    passphrase = click.prompt("The vault's passphrase", hide_input=True, err=True)
    if choice == "let in":
        room.let_in(case, reviewer, passphrase)
        text = f"{case.name} is a star: limelight make song.mp3 --star {case.star_id}"
    else:
        room.send_away(case, reviewer, passphrase)
        text = "Nothing of the session was kept."
    result(as_json=as_json, quiet=quiet, text=text, data={"decided": choice, "star": case.star_id})


def contact_sheet(room: "WaitingRoom", case: "Case") -> bytes:
    """A JPEG of portraits, and of the song's frames evenly over its length."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    every = max(1, len(case.frames) // SHOWN)
    tiles: list[NDArray[np.uint8]] = []
    for index, picture in enumerate(room.footage(case)):
        if index % every == 0 and len(tiles) < SHOWN:
            bgr = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
            if bgr is not None:
                small = cv2.resize(bgr, (WIDTH, WIDTH * 3 // 4), interpolation=cv2.INTER_AREA)
                tiles.append(small.astype(np.uint8, copy=False))
    blank = np.zeros((WIDTH * 3 // 4, WIDTH, 3), np.uint8)
    tiles += [blank] * (-len(tiles) % COLUMNS or (COLUMNS if not tiles else 0))
    rows = [np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)]
    return cv2.imencode(".jpg", np.vstack(rows))[1].tobytes()


def _room() -> "WaitingRoom":
    from limelight.charcha.records.waiting import WaitingRoom  # noqa: PLC0415

    return WaitingRoom(opened_vault())


def _described(case: "Case") -> str:
    found = "\n".join(f"  {one.signal:11}{one.value:8.2f}  {one.gate}" for one in case.found)
    return f"{case.name}, {case.ended:%Y-%m-%d %H:%M}, without {', '.join(case.spared)}\n{found}"


def _told(case: "Case") -> dict[str, object]:
    return {
        "session": case.session, "name": case.name, "ended": case.ended.isoformat(), "without": list(case.spared),
        "found": [one.model_dump() for one in case.found],
    }  # fmt: skip
