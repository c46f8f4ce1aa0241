"""Events on a terminal: a line a stage with a bar and the time left; or JSON lines; or nothing."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click

from limelight.events import (
    Event,
    FileWritten,
    Listener,
    StageFinished,
    StageProgressed,
    StageStarted,
    Warned,
    WeightProgressed,
)

if TYPE_CHECKING:
    from limelight.report import Report

Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(command: Command) -> Command:
    """Add ``--json`` and ``--quiet``."""
    command = click.option("--json", "as_json", is_flag=True, help="Events and result as JSON lines.")(
        command
    )
    return click.option("-q", "--quiet", is_flag=True, help="Only errors.")(command)


@contextmanager
def listening(*, as_json: bool, quiet: bool) -> Iterator[Listener]:
    """The listener that suits the flags and the terminal."""
    if as_json:
        yield lambda event: say_json(**_plain(event))
    elif quiet:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with _Bars() as bars:
            yield bars
    else:
        yield _Lines()


def say_json(**entry: object) -> None:
    """One JSON object on one line of standard output."""
    click.echo(json.dumps(entry, default=str, ensure_ascii=False))


def result(*, as_json: bool, quiet: bool, text: str, data: Mapping[str, object]) -> None:
    """Tell what came out: text for people, one last JSON line for programs."""
    if as_json:
        say_json(event="result", **data)
    elif not quiet:
        click.echo(text)


def told(report: "Report") -> str:
    """What a film's report comes to, a line a measure that has a target: its value, its control, what it missed."""
    from limelight.report import figure  # noqa: PLC0415  # documents take a moment to load

    lines = []
    for measure in report.measures:
        if measure.passed is None:
            continue
        line = f"  {measure.title}: {figure(measure.value, measure.unit)}"
        if measure.control is not None:
            line += f" ({measure.control_title}: {figure(measure.control, measure.unit)})"
        lines.append(line if measure.passed else f"{line}; MISSED, {measure.target_figure} is wanted")
    met = sum(measure.passed is True for measure in report.measures)
    return "\n".join([f"  {met} of {len(lines)} targets met.", *lines])


class _Lines:
    """Plain lines, for logs: beginnings, ends and warnings."""

    def __call__(self, event: Event) -> None:
        match event:
            case StageFinished(stage, seconds, cached):
                click.echo(f"{stage}: {'from the cache' if cached else f'{seconds:.1f} s'}", err=True)
            case Warned(stage, message):
                click.echo(f"{stage}: note: {message}", err=True)
            case FileWritten(path, what):
                click.echo(f"{what}: {path}", err=True)
            case WeightProgressed(name, done, total, source) if total and done >= total:
                click.echo(f"fetched {name} ({total / 1e6:.0f} MB) from {source}", err=True)
            case _:
                pass


class _Bars:
    """Live bars with the time left."""

    def __enter__(self) -> Self:
        from rich.console import Console  # noqa: PLC0415  # only for a terminal
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<18}", markup=False),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=self._console,
        )
        self._tasks: dict[str, Any] = {}
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case StageStarted(stage, total):
                self._task(stage, total or None)
            case StageProgressed(stage, done, total, note):
                self._progress.update(
                    self._task(stage, total), completed=done, total=total or None, note=note
                )
            case StageFinished(stage, _, cached):
                note = "from the cache" if cached else ""
                self._progress.update(self._task(stage, 1), completed=1, total=1, note=note)
            case WeightProgressed(name, done, total, source):
                task = self._task(f"fetch {name}", total)
                self._progress.update(task, completed=done, total=total or None, note=source)
            case Warned(stage, message):
                from rich.markup import escape  # noqa: PLC0415

                self._console.print(f"[yellow]{escape(stage)}:[/] {escape(message)}")
            case FileWritten(path, what):
                self._console.print(f"{what}: {path}", markup=False, highlight=False)

    def _task(self, name: str, total: float | None) -> Any:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total, note="")
        return self._tasks[name]


def _plain(event: Event) -> dict[str, object]:
    name = "".join(f"-{c.lower()}" if c.isupper() else c for c in type(event).__name__).lstrip("-")
    return {"event": name} | dataclasses.asdict(event)
