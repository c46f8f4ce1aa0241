"""``limelight inspect``: where does this film come from, was it changed, and do its stars still consent?"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from limelight.cli.options import user_settings
from limelight.cli.output import output_options, result
from limelight.cli.unlock import opened_vault

if TYPE_CHECKING:
    from limelight.provenance.inspecting import Inspection

CODES: Final = {
    "proven": 0,
    "changed": 3,
    "copy": 4,
    "nothing found": 5,
    "foreign": 5,
    "consent ended": 6,
    "intact": 7,
}
"""Exit codes; 1 and 2 are errors, as everywhere."""

SAID: Final = {
    "proven": "Proven: made by Limelight, and not changed since it was signed.",
    "intact": "Intact: not changed since it was signed. It says that it was made by Limelight; nothing here vouches "
    "for who signed it.",
    "changed": "Changed: this file is not what was signed. Nothing that its manifest says can be relied on.",
    "copy": "A copy: the manifest is gone, but the pictures carry the watermark of a film made by Limelight.",
    "nothing found": "Nothing found: no manifest, and no watermark that can be read. That does not prove that it was "
    "not made by Limelight.",
    "foreign": "Made by something else, as its intact manifest says; no watermark of Limelight's that can be read.",
    "consent ended": "Made by Limelight, as far as can be told, and a star in it does not consent any more.",
}


@click.command(
    name="inspect",
    help="Tell where a film comes from: its manifest, its watermark, its stars' consent now.\n\n"
    "Exit code: 0 proven, 3 changed, 4 a copy known by its watermark alone, 5 nothing found or another program's, "
    "6 a consent has ended, 7 intact but signed by a certificate that nothing here vouches for.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--fast", is_flag=True, help="Do not look for cropped, scaled and mirrored copies.")
@output_options
def command(file: Path, *, fast: bool, as_json: bool, quiet: bool) -> None:
    """Inspect a file."""
    from limelight.provenance.inspecting import inspect  # noqa: PLC0415  # loading takes a second
    from limelight.settings import gather  # noqa: PLC0415

    certificate = gather(flags={}, user=user_settings()).certificate
    found = inspect(file, opened_vault(), certificate=certificate, thorough=not fast)
    result(as_json=as_json, quiet=quiet, text=_text(found), data=_data(found))
    if code := CODES[found.verdict]:
        raise click.exceptions.Exit(code)


def _text(found: "Inspection") -> str:
    lines = [SAID[found.verdict], *found.notes, ""]
    lines += [f"{name + ':':<12}{told}" for name, told in _findings(found)]
    return "\n".join(lines)


def _findings(found: "Inspection") -> list[tuple[str, str]]:
    """Name and text of what was found, for people."""
    manifest, claims, mark = found.manifest, found.claims, found.search.found
    told = [("file", f"{found.path}, SHA-256 {found.sha256}")]
    if manifest is None:
        told.append(("manifest", "none"))
    elif not manifest.intact:
        told.append(("manifest", f"broken: {', '.join(manifest.problems)}"))
    else:
        told.append(("manifest", f"intact, by {manifest.generator}"))
    if manifest is not None and found.signed_by is not None:
        told.append(("signed by", f"{found.signed_by} ({manifest.issuer}: {manifest.signer})"))
    if claims is not None:
        told += [("song", f"SHA-256 {claims.song_sha256}"), ("camera", f"{claims.camera} ({claims.source})")]
        names = ", ".join(model.partition(" ")[0] for model in claims.models)  # their hashes: --json
        told += [("director", claims.director), ("models", names or "none")]
    elif found.records:
        told.append(("song", f"SHA-256 {found.records[0].song_sha256}"))
    if mark is None:
        told.append(("watermark", f"none that can be read in {found.search.frames} frames"))
    else:
        told.append(
            ("watermark", f"film {mark.film.text}, read from {mark.frames} frames at scale {mark.scale:.3g}")
        )
    told += [("consent", f"{consent.consent_id}: {consent.status}") for consent in found.consents]
    for record in found.records:
        same = ", this very file" if record.film_sha256 == found.sha256 else ""
        told.append(("made here", f"{record.made:%Y-%m-%d %H:%M} UTC{same}"))
    if found.film_id and not found.records:
        told.append(("made here", "not as far as this vault knows"))
    return told


def _data(found: "Inspection") -> dict[str, object]:
    manifest, claims, mark = found.manifest, found.claims, found.search.found
    return {
        "file": str(found.path),
        "sha256": found.sha256,
        "verdict": str(found.verdict),
        "film_id": found.film_id,
        "notes": list(found.notes),
        "manifest": manifest
        and {
            "intact": manifest.intact,
            "problems": list(manifest.problems),
            "generator": manifest.generator,
            "signed_by": found.signed_by and found.signed_by.name.lower(),
            "issuer": manifest.issuer,
            "signer": manifest.signer,
            "serial": manifest.serial,
            "claims": claims and claims.model_dump(mode="json", by_alias=True),
        },
        "watermark": mark
        and {
            "film_id": mark.film.text,
            "score": mark.score,
            "scale": mark.scale,
            "mirrored": mark.mirrored,
            "frames": mark.frames,
        },
        "frames_looked_at": found.search.frames,
        "consents": [consent.__dict__ for consent in found.consents],
        "made_here": [
            {
                "made": record.made.isoformat(),
                "film_sha256": record.film_sha256,
                "song_sha256": record.song_sha256,
            }
            for record in found.records
        ],
        "same_file": found.same_file,
    }
