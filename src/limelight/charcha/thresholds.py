"""The thresholds of the verdict, from one documented file."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def thresholds() -> dict[str, dict[str, Any]]:
    """``thresholds.toml``: one table a signal; every key's comment says how it was set."""
    text = resources.files("limelight.charcha").joinpath("thresholds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def threshold(signal: str, key: str) -> float:
    """One number; ``KeyError`` if there is none."""
    return float(thresholds()[signal][key])
