from dataclasses import dataclass
from typing import ClassVar

from limelight.stage import Stage, cache_key


@dataclass(frozen=True)
class Paint(Stage):
    name: ClassVar[str] = "paint"
    version: ClassVar[int] = 1
    colour: str = "red"
    coats: float = 1.0


@dataclass(frozen=True)
class Repaint(Paint):
    version: ClassVar[int] = 2


def test_a_key_follows_settings_inputs_and_version_and_nothing_else() -> None:
    key = cache_key(Paint(), {"song": "a", "lyrics": "b"})
    assert key == cache_key(Paint(coats=1.0), {"lyrics": "b", "song": "a"})
    others = {
        cache_key(Paint(colour="blue"), {"song": "a", "lyrics": "b"}),
        cache_key(Paint(coats=1.0000001), {"song": "a", "lyrics": "b"}),
        cache_key(Paint(), {"song": "b", "lyrics": "a"}),
        cache_key(Repaint(), {"song": "a", "lyrics": "b"}),
    }
    assert len(others | {key}) == 5
