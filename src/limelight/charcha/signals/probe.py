"""Probe: what the browser says of its camera. A soft cue: everything in it may be a lie, and an honest lie is cheap.

Real cameras have a handful of formats, take time to change between them, and list what they can do. Programs that
pose as a camera often have one format, or any at once, and carry their own name.
"""

from limelight.charcha.observing.observation import CameraProbe, Moment, Observation
from limelight.charcha.signals.signal import Finding
from limelight.charcha.thresholds import threshold

PROGRAMS = (
    "virtual", "obs", "manycam", "xsplit", "snap camera", "droidcam", "v4l2loopback", "dummy", "splitcam",
    "deepfacelive", "avatarify", "fake_device", "fake device", "screen capture",
)  # fmt: skip
"""Parts of names of programs that pose as a camera; a phone used as a webcam is among them, hence never a gate."""


class Probe:
    """A soft signal. Its value is how many oddities there are; without a probe it says nothing."""

    name = "probe"
    hard = False
    immediate = False

    def __init__(self) -> None:
        self._probe: CameraProbe | None = None

    def observe(self, observation: Observation, moment: Moment) -> None:  # noqa: ARG002  # the protocol's call
        """See a frame: only what came with it of the camera."""
        if self._probe is None:
            self._probe = moment.probe

    def finding(self) -> Finding:
        """Sum of the oddities' weights; 0 for a camera of which nothing odd is known."""
        odd = oddities(self._probe) if self._probe else ()
        return Finding(self.name, float(len(odd)), sum(threshold("probe", name) for name in odd))


def oddities(probe: CameraProbe) -> tuple[str, ...]:
    """What is odd about a camera: keys of ``thresholds.toml``'s table ``probe``."""
    label = f" {probe.label.lower()} "
    asked, came = probe.requested, probe.delivered
    found = {
        "program": any(name in label for name in PROGRAMS if name != "obs") or " obs" in label,
        "one_format": len(set(asked)) >= 3 and len(set(came)) == 1,
        "instant": len(probe.settle_ms) >= 3 and max(probe.settle_ms) < threshold("probe", "instant_ms"),
        "wordless": bool(asked) and len(asked) != len(came),
        "rate": bool(probe.frame_rate) and not 5 <= probe.frame_rate <= 120,
    }
    return tuple(name for name, is_so in found.items() if is_so)
