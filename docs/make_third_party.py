"""Write THIRD_PARTY.md: what Limelight ships, loads and fetches of others' work: ``python docs/make_third_party.py``.

Run it in the locked environment (`make test` makes one): the licences are read from the installed packages.
"""  # noqa: INP001

import re
from collections import defaultdict
from importlib import metadata
from pathlib import Path

from limelight.weights import registry
from limelight.weights.registry import Weight

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "THIRD_PARTY.md"
HEAD = """# Other people's work

Written by `docs/make_third_party.py`; a test checks that nothing is left out. Limelight's own code is Apache-2.0
([LICENSE](LICENSE)), its demo song CC0 1.0 ([docs/demo-song.md](docs/demo-song.md)).

## In this repository

| what | where | licence |
| --- | --- | --- |
| fonts: Montserrat, Noto Sans, Noto Serif Display, Anton, Oswald | [fonts](src/limelight/fonts/README.md) | OFL-1.1 |
| the understudies' anatomy, from MakeHuman | [data](src/limelight/understudy/data/NOTICE.md) | CC0-1.0 |

## Models

None is in this repository: each is fetched when it is first needed, under its own licence, and is not passed on.
`limelight weights list` says what each is for; [docs/weights.md](docs/weights.md) says which need care. The diffusion
camera's models are listed by `limelight backends`, with their licences.

| model | licence |
| --- | --- |
"""
LIBRARIES = """
## Libraries

Installed from the package index, not part of this repository (`requirements/base.lock`). Two things matter to whoever
passes on a bundle of all of them, an image of a container for example:

- **mutagen** is GPL-2.0-or-later. It reads a song's tags. A bundle with it is to be passed on under the GPL, version
  3 (with which Apache-2.0 agrees); the sources here stay Apache-2.0.
- **av**'s wheels carry FFmpeg with x264 and x265 (GPL-2.0-or-later), **soxr** is LGPL-2.1-or-later.

Both concern only passing on; making films, also for money, is not restricted by them. H.264 and AAC are covered by
patents in some countries.

| licence | libraries |
| --- | --- |
"""
SPELLINGS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
ELSEWHERE = {"colorama": "BSD-3-Clause", "pywin32-ctypes": "BSD-3-Clause", "httpx2-jsfetch": "BSD-3-Clause"}
"""Of other systems: not installed where this is run."""


def locked() -> list[str]:
    """The names of all packages that the base installation locks."""
    lines = (ROOT / "requirements/base.lock").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([A-Za-z0-9_.-]+)==", lines, re.MULTILINE)))


def licence(package: str) -> str:
    """As the installed package states it."""
    if package in ELSEWHERE:
        return ELSEWHERE[package]
    stated = metadata.metadata(package)
    if expression := stated.get("License-Expression"):
        return str(expression)
    classes = [line.rpartition("::")[2].strip() for line in stated.get_all("Classifier") or ()
               if line.startswith("License ::")]  # fmt: skip
    told = "; ".join(classes) or str(stated.get("License") or "not stated").splitlines()[0]
    return SPELLINGS.get(told, told)


def page() -> str:
    """The whole of THIRD_PARTY.md, as the installed packages state it."""
    models = [f"| {name} | {_terms(registry()[name])} |" for name in registry().names]
    under = defaultdict(list)
    for package in locked():
        under[licence(package)].append(package)
    libraries = [f"| {terms} | {', '.join(under[terms])} |" for terms in sorted(under, key=str.casefold)]
    return HEAD + "\n".join(models) + "\n" + LIBRARIES + "\n".join(libraries) + "\n"


def _terms(model: Weight) -> str:
    return model.licence if model.licence_verified else f"{model.licence} (unverified)"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
