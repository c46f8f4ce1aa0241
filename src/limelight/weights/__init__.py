"""Every model: its licence, its exact bytes, where it comes from, and a checked copy of it on this machine.

>>> from limelight.weights import weight
>>> path = weight("sface")  # downloads once, then works offline
"""

from limelight.weights.fetch import files_here, is_present, verify, weight, weights_folder
from limelight.weights.registry import (
    Download,
    Packaged,
    Registry,
    Source,
    Use,
    Weight,
    WeightFile,
    registry,
)

__all__ = [
    "Download",
    "Packaged",
    "Registry",
    "Source",
    "Use",
    "Weight",
    "WeightFile",
    "files_here",
    "is_present",
    "registry",
    "verify",
    "weight",
    "weights_folder",
]
