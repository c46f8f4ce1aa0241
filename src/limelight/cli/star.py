"""``limelight star``: who may be in a film, and who may not any more."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from limelight.cli.output import listening, output_options, result
from limelight.cli.train import adapter, train
from limelight.cli.unlock import opened_vault
from limelight.star import Purpose, Star

if TYPE_CHECKING:
    from limelight.vault import Vault

KEEPERS = ("keyring", "passphrase", "file")


@click.group(
    name="star",
    invoke_without_command=True,
    help="Stars: likenesses sealed in the vault. Alone: how it is locked.",
)
@click.pass_context
def command(context: click.Context) -> None:
    """Stars."""
    if context.invoked_subcommand is not None:
        return
    vault = opened_vault()
    lock = vault.lock
    held = f"{len(vault.stars())} stars in {vault.root}" if lock else f"no star yet in {vault.root}"
    keeper = f"; its key is kept by: {lock.source}" if lock else ""
    click.echo(f"{held}{keeper}\nSee limelight star --help.")


@command.command("list")
@output_options
def list_stars(as_json: bool, quiet: bool) -> None:
    """List all stars, and what their consent is worth now."""
    vault = opened_vault()
    stars = vault.stars()
    text = "\n".join(f"{_line(star)}, consent {_consent(vault, star)}" for star in stars)
    data = {
        "stars": [
            entry | {"consent": _consent(vault, star)}
            for entry, star in zip(_plain(stars), stars, strict=True)
        ]
    }
    result(
        as_json=as_json,
        quiet=quiet,
        text=text or "No star yet. Try: limelight star understudy ada",
        data=data,
    )


@command.command("show")
@click.argument("star_id", metavar="STAR")
@output_options
def show(star_id: str, as_json: bool, quiet: bool) -> None:
    """Show a star's card and consent receipt: no picture of it leaves the vault."""
    held = opened_vault().export(star_id)
    shown = {name: held[name] for name in ("consent", "star", "receipt")}
    result(as_json=as_json, quiet=quiet, text=json.dumps(shown, indent=1, ensure_ascii=False), data=shown)


@command.command("export")
@click.argument("star_id", metavar="STAR")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to; default: STAR.json."
)
@output_options
def export(star_id: str, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Write all that is held about a star, except pictures: receipt, manifest, card, log."""
    from limelight.document import write_atomically  # noqa: PLC0415

    held = opened_vault().export(star_id)
    path = output or Path(f"{star_id}.json")
    write_atomically(path, (json.dumps(held, indent=1, ensure_ascii=False) + "\n").encode())
    result(as_json=as_json, quiet=quiet, text=f"Written: {path}", data={"written": str(path)})


@command.command("understudy")
@click.argument("name")
@click.option("--if-missing", is_flag=True, help="Do nothing if the star is there already.")
@output_options
def understudy(name: str, if_missing: bool, as_json: bool, quiet: bool) -> None:
    """Make a star of a synthetic person: ada, bruno, chioma, dan, elena, mei or kofi.

    Each is rendered, and goes through the whole of CHARCHA before a simulated webcam. It takes about a minute.
    """
    from limelight.charcha.simulated.rehearsal import audition  # noqa: PLC0415

    vault = opened_vault()
    if if_missing and vault.holds(name):
        vault.purge()  # one that has expired may audition again
    if if_missing and vault.holds(name):
        vault.open(name, Purpose.FILM)  # one whose consent was withdrawn is of no use: say so now
        result(as_json=as_json, quiet=quiet, text=f"The star {name!r} is there already.", data={"star": name})
        return
    with listening(as_json=as_json, quiet=quiet) as tell:
        star, rehearsal = audition(vault, name, tell=tell)
    text = (
        f"{star.name} passed CHARCHA before a simulated webcam: {rehearsal.simulated_seconds:.0f} simulated seconds, "
        f"{rehearsal.frames} frames looked at, states {' > '.join(rehearsal.trail)}."
    )
    data = {
        "star": _plain([star])[0],
        "simulated_seconds": rehearsal.simulated_seconds,
        "frames": rehearsal.frames,
    }
    result(as_json=as_json, quiet=quiet, text=f"{text}\n{_line(star)}", data=data)


@command.command("revoke")
@click.argument("star_id", metavar="STAR")
@output_options
def revoke(star_id: str, as_json: bool, quiet: bool) -> None:
    """Withdraw a star's consent: closed at once, in films under way too. The data stays sealed."""
    opened_vault().revoke(star_id)
    text = f"The consent of {star_id!r} is withdrawn. Destroy the data: limelight star forget {star_id}"
    result(as_json=as_json, quiet=quiet, text=text, data={"revoked": star_id})


@command.command("forget")
@click.argument("star_id", metavar="STAR")
@click.option("--films", is_flag=True, help="Delete the finished films in their projects too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_options
def forget(star_id: str, films: bool, yes: bool, as_json: bool, quiet: bool) -> None:
    """Destroy a star's key, all that it sealed, and its takes in all projects. This cannot be undone."""
    from limelight.footprint import erase, others  # noqa: PLC0415

    vault = opened_vault()
    if not yes and vault.holds(star_id):  # what is not there is refused without a question
        click.confirm(f"Forget the star {star_id!r} for ever?", abort=True)
    vault.forget(star_id)
    left = others(vault.root, star_id)
    gone = erase(vault.root, star_id, films=films)
    rest = "Copies of films elsewhere stay." if films else "Finished films are where you put them."
    text = f"The star {star_id!r} is forgotten, with {len(gone)} files of takes in projects. {rest}"
    if left:
        vaults = ", ".join(sorted({str(one.shot_by) for one in left}))
        text += (
            f"\nThis vault is a copy. {len(left)} projects were shot by the vault that it was copied from, which "
            f"still holds {star_id!r}, and were left as they are. To forget it there too: "
            f"LIMELIGHT_VAULT={vaults} limelight star forget {star_id}"
        )
    data = {
        "forgotten": star_id,
        "deleted": [str(path) for path in gone],
        "left": [{"project": str(one.project.root), "vault": str(one.shot_by)} for one in left],
    }
    result(as_json=as_json, quiet=quiet, text=text, data=data)


@command.command("purge")
@output_options
def purge(as_json: bool, quiet: bool) -> None:
    """Destroy every star whose consent has expired."""
    from limelight.footprint import erase  # noqa: PLC0415

    vault = opened_vault()
    gone = vault.purge()
    for star_id in gone:
        erase(vault.root, star_id)
    text = f"Destroyed: {', '.join(gone)}" if gone else "No consent has expired."
    result(as_json=as_json, quiet=quiet, text=text, data={"purged": list(gone)})


@command.command("log")
@output_options
def log(as_json: bool, quiet: bool) -> None:
    """Show the audit log and prove it; exit 1 if it was changed."""
    proof = opened_vault().log()
    told = (
        f"{len(proof.entries)} entries, nothing was changed."
        if proof.whole
        else f"The log was changed: entry {proof.broken} is not what was written, or is missing."
    )
    lines = [
        f"{entry.seq:>5} {entry.at[:19]} {entry.event:<10} {entry.star_id:<16} {entry.detail}"
        for entry in proof.entries
    ]
    data = {
        "whole": proof.whole,
        "broken": proof.broken,
        "entries": [entry.__dict__ for entry in proof.entries],
    }
    result(as_json=as_json, quiet=quiet, text="\n".join([*lines, told]), data=data)
    if not proof.whole:
        raise click.exceptions.Exit(1)


@command.command("rekey")
@click.argument("keeper", type=click.Choice(KEEPERS))
@output_options
def rekey(keeper: str, as_json: bool, quiet: bool) -> None:
    """Give the vault's key to another keeper: the system's keyring, a passphrase, or a file."""
    from limelight.vault import KeySource  # noqa: PLC0415

    vault = opened_vault()
    passphrase = ""
    if keeper == KeySource.PASSPHRASE:
        passphrase = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    vault.move_key(KeySource(keeper), passphrase)
    text = (
        f"The vault's key is kept by: {keeper}. Whoever copied the old one can still open this vault's stars."
    )
    result(as_json=as_json, quiet=quiet, text=text, data={"keeper": keeper})


command.add_command(train)
command.add_command(adapter)


def _consent(vault: "Vault", star: Star) -> str:
    return str(vault.consent_status(star.consent_id))


def _line(star: Star) -> str:
    until = f", until {star.expires:%Y-%m-%d}" if star.expires else ""
    return f"{star.id:<20} {star.name:<20} {star.star_kind}{until}"


def _plain(stars: Sequence[Star]) -> list[dict[str, object]]:
    return [star.model_dump(mode="json", by_alias=True) for star in stars]
