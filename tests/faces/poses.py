"""The drawn faces on which MediaPipe's answers were recorded (``golden.json``), by name."""

from typing import Any

POSES: dict[str, dict[str, Any]] = {
    "front": {},
    "right": {"yaw": 30.0},
    "left": {"yaw": -20.0},
    "up": {"pitch": 15.0},
    "down": {"pitch": -15.0},
    "tilted": {"yaw": 15.0, "pitch": 8.0, "roll": 25.0},
    "open": {"jaw": 2.0},
    "aside": {"shift": (9.0, 4.0), "roll": -20.0, "size": (960, 540)},
}
