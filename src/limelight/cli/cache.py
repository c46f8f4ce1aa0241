"""``limelight cache``: what can be made again."""

from pathlib import Path

import click

from limelight.cli.output import output_options, result
from limelight.errors import InputError


@click.command(name="cache", help="Show or clear the cache of a project, and say where models and stars lie.")
@click.argument("project", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--clear", is_flag=True, help="Delete the project's cache. Documents, takes and film stay.")
@output_options
def command(project: Path | None, clear: bool, as_json: bool, quiet: bool) -> None:
    """Show sizes; with ``--clear`` delete what can be made again."""
    from limelight.project import Project  # noqa: PLC0415
    from limelight.vault.place import default_root  # noqa: PLC0415
    from limelight.weights import weights_folder  # noqa: PLC0415

    places = {"models": weights_folder(), "vault": default_root()}
    if clear and project is None:
        raise click.UsageError(
            "say which project's cache to clear: limelight cache --clear my-song.limelight"
        )
    if project is not None:
        opened = Project(project)
        if not opened.cache.is_dir():
            raise InputError(
                f"{str(project)!r} is no project of Limelight, or was never used.",
                hint="Give a folder such as my-song.limelight.",
            )
        places["project cache"] = opened.cache
        if clear:
            with opened.writing():
                freed = opened.clear_cache()
            text = f"Freed {freed / 1e6:.1f} MB in {opened.cache}."
            result(as_json=as_json, quiet=quiet, text=text, data={"freed": freed})
            return
    sizes = {name: _size(path) for name, path in places.items()}
    lines = [f"{name:<14} {sizes[name] / 1e6:9.1f} MB  {path}" for name, path in places.items()]
    result(as_json=as_json, quiet=quiet, text="\n".join(lines), data={"bytes": sizes})


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
