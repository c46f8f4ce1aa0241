"""Where a vault lies."""

import os
from pathlib import Path


def default_root() -> Path:
    """``LIMELIGHT_VAULT``, else the user's data folder."""
    import platformdirs  # noqa: PLC0415  # only where the default is asked for

    chosen = os.environ.get("LIMELIGHT_VAULT", "")
    return (
        Path(chosen).expanduser()
        if chosen
        else Path(platformdirs.user_data_dir("limelight", appauthor=False)) / "vault"
    )
