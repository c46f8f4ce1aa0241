"""What one frame tells, and the moment of the session in which it was taken. Data only: see ``observer.py``."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from limelight.charcha.observing.linear_light import Light
from limelight.charcha.prompts import Prompt, State
from limelight.faces.identity import Embedding
from limelight.faces.landmarks import Face
from limelight.faces.picture import Picture, Points

Patch = NDArray[np.float32]


@dataclass(frozen=True)
class CameraProbe:
    """What the browser said of its camera: asked formats against delivered ones. Anything here may be a lie."""

    requested: tuple[tuple[int, int], ...] = ()
    """Widths and heights asked for, one after the other."""
    delivered: tuple[tuple[int, int], ...] = ()
    """What came for each."""
    frame_rate: float = 0.0
    label: str = ""
    """The camera's name, at most 120 characters."""
    capabilities: tuple[str, ...] = ()
    """Names of the capabilities that the track lists."""
    settle_ms: tuple[float, ...] = ()
    """Milliseconds until each format was delivered."""


@dataclass(frozen=True)
class Observation:
    """What one frame tells.

    ``rgb`` and ``jpeg`` belong to this frame only: look at them, do not keep them.

    Attributes:
        sequence: The client's counter, from 0, without gaps.
        time: Client's capture time in seconds, from the session's first frame, rising.
        arrived: Server's time in seconds.
        rgb: ``(height, width, 3) uint8, sRGB``.
        jpeg: As it came.
        faces: All found, the one that is followed first; empty when there is none.
        embedding: ``(128,)`` of the first face as the frame before showed it, on every n-th frame with a face near
            the front, else None.
        sharpness: Variance of the Laplacian of the face at 128 pixels a side; sharp webcams give 100 and more.
        exposure: Mean luma of the face, 0 to 1.
        skin: ``(3,)`` mean linear RGB over cheeks and forehead, 0 to 1; zeros without a face.
        surround: ``(3,)`` mean linear RGB of the upper corners, away from the face, 0 to 1.
        patch: ``(24, 24) float32`` grey, zero mean and unit variance, of the place where the face was when it
            last looked ahead; what a hand before the face changes.
        audio: For PERFORM: seconds into the song, as the client's player said, else None.
        dark: ``(3,)`` mean linear RGB of the darkest places around the eyes (brows, lashes), 0 to 1; zeros where
            they cannot be seen.
        bright: ``(3,)`` likewise of the skin right beside them.
    """

    sequence: int
    time: float
    arrived: float
    rgb: Picture
    jpeg: bytes
    faces: tuple[Face, ...]
    embedding: Embedding | None
    sharpness: float
    exposure: float
    skin: Light
    surround: Light
    patch: Patch | None
    audio: float | None = None
    dark: Light = field(default_factory=lambda: np.zeros(3, np.float32))
    bright: Light = field(default_factory=lambda: np.zeros(3, np.float32))

    @property
    def face(self) -> Face | None:
        """The face that is followed."""
        return self.faces[0] if self.faces else None


@dataclass(frozen=True)
class Neutral:
    """The person's own calm face, from about a second of calibration. Means over the frames.

    Attributes:
        points: ``(478, 3) float32`` mean mesh, pixels.
        eye_distance: Pixels.
        distance: Camera to face, see ``channels.distance``.
        gap: Between the lips, eye distances.
        yaw: Degrees.
        pitch: Degrees.
        roll: Degrees.
        blendshapes: By name, 0 to 1.
        spread: Standard deviation of each blendshape while calm.
        embedding: ``(128,)`` mean, of length 1.
        patch: ``(24, 24)`` mean patch.
        exposure: 0 to 1.
        size: Width and height of the pictures.
    """

    points: Points
    eye_distance: float
    distance: float
    gap: float
    yaw: float
    pitch: float
    roll: float
    blendshapes: dict[str, float]
    spread: dict[str, float]
    embedding: Embedding
    patch: Patch
    exposure: float
    size: tuple[int, int]


@dataclass(frozen=True)
class Moment:
    """The moment of the session in which a frame was taken.

    Attributes:
        state: Of the protocol.
        prompt: What the client says it showed when it took the frame (its acknowledgement); None at first.
        since: Client's seconds from the first frame that acknowledged this prompt.
        neutral: The calibrated face; None until CALIBRATED.
        probe: What the browser said of its camera; None until PROBED.
    """

    state: State
    prompt: Prompt | None = None
    since: float = 0.0
    neutral: Neutral | None = None
    probe: CameraProbe | None = None
