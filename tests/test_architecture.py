"""docs/architecture.md says what is there, and its example makes a film."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.backlot import STAR, admit_star, song

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_every_folder_of_the_program_is_in_the_table():
    folders = {path.parent.name for path in (ROOT / "src/limelight").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)/`", PAGE, re.MULTILINE)) == folders


def test_every_subfolder_is_named_in_its_row():
    rows = dict(re.findall(r"^\| `(\w+)/` \|(.*)$", PAGE, re.MULTILINE))
    for package in (ROOT / "src/limelight").glob("*/**/__init__.py"):
        folder, *inner = package.parent.relative_to(ROOT / "src/limelight").parts
        assert all(f"`{name}/`" in rows[folder] for name in inner), package.parent


@pytest.mark.slow
def test_the_example_makes_a_film(tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert '{"aspect": "9:16", "stars": "ada"}' in example
    example = example.replace('"aspect": "9:16"', '"resolution": 64, "separate": False, "workers": 1')
    example = example.replace("song.mp3", "song.wav")
    assert STAR == "ada"
    admit_star(tmp_path / "vault")
    song(tmp_path / "song.wav", 3.0)
    script = tmp_path / "film.py"
    indented = "".join(f"    {line}\n" for line in example.splitlines())
    script.write_text(f'if __name__ == "__main__":\n{indented}    print(film.path, len(report.measures))\n')
    given = os.environ | {"LIMELIGHT_VAULT": str(tmp_path / "vault"), "PYTHONPATH": str(ROOT / "src")}
    said = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env=given, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    path, measures = said.stdout.splitlines()[-1].rsplit(" ", 1)
    assert Path(path).exists()
    assert int(measures) > 5
