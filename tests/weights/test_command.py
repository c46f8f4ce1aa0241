"""``limelight weights``, on files of known and of spoilt bytes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from limelight.cli.weights import command
from limelight.weights import registry


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_list_says_what_is_here_and_under_which_licence() -> None:
    said = run("list").output
    assert "· sface" in said
    assert "MIT (unverified)" in said
    rows = json.loads(run("list", "--json").output)["weights"]
    assert [row["name"] for row in rows] == list(registry().names)
    assert not any(row["here"] for row in rows)


def test_pull_wants_names() -> None:
    result = run("pull")
    assert result.exit_code == 2
    assert "--all" in result.output


def test_pull_refuses_what_the_licence_forbids_before_anything_is_fetched(cache: Path) -> None:
    result = run("pull", "wordllama", "--for", "redistribute")
    assert result.exit_code != 0
    assert "passed on" in str(result.exception)
    assert not cache.exists()


def test_verify_deletes_spoilt_files_and_exits_1(cache: Path) -> None:
    name = registry()["yunet"].files[0].name
    spoilt = cache / "yunet" / name
    spoilt.parent.mkdir(parents=True)
    spoilt.write_bytes(b"spoilt")
    result = run("verify")
    assert result.exit_code == 1
    assert "limelight weights pull yunet" in result.output
    assert not spoilt.exists()
    assert run("verify").exit_code == 0


@pytest.mark.parametrize("arguments", [("pull", "nonsense"), ("verify", "nonsense")])
def test_unknown_names_are_refused(arguments: tuple[str, ...]) -> None:
    assert "no model 'nonsense'" in str(run(*arguments).exception)


def test_pull_goes_on_after_one_model_failed_and_names_it(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("LIMELIGHT_OFFLINE", "1")
    result = run("pull", "yunet", "sface")
    assert result.exit_code == 1
    assert "yunet" in str(result.exception)
    assert "sface" in str(result.exception)
    assert not cache.exists()
