"""What kind of pictures a film is made of, in the words of IPTC's digital source types."""

from enum import StrEnum


class SourceType(StrEnum):
    """IPTC's digital source types that fit a camera's pictures."""

    COMPOSITE = "compositeSynthetic"
    """Recorded and synthetic parts put together."""
    TRAINED = "trainedAlgorithmicMedia"
    """Pictures that a trained model made."""
