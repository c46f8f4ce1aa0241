"""Checkpoints: where a training stands, as one sealed safetensors blob. Nothing is pickled, nothing lies in clear."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from limelight.vault import OpenLikeness

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Checkpoint:
    """All that the next step depends on.

    Attributes:
        fingerprint: Of recipe, model and likeness: what was begun with others is not gone on with.
        step: Steps done.
        tensors: Adapter, optimiser and chance, by name.
        notes: Numbers and words: losses, validations, the best so far.
    """

    fingerprint: str
    step: int
    tensors: "Mapping[str, torch.Tensor]"
    notes: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """For sealing."""
        from safetensors.torch import save

        head = {"fingerprint": self.fingerprint, "step": str(self.step), "notes": json.dumps(self.notes)}
        return save({name: tensor.contiguous() for name, tensor in self.tensors.items()}, head)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Checkpoint":
        """The reverse of :meth:`to_bytes`."""
        from safetensors.torch import load

        head = header_of(content)
        return cls(head["fingerprint"], int(head["step"]), load(content), json.loads(head["notes"]))


def header_of(content: bytes) -> dict[str, str]:
    """The words in the head of a safetensors blob."""
    length = int.from_bytes(content[:8], "little")
    head: dict[str, dict[str, str]] = json.loads(content[8 : 8 + length])
    return head.get("__metadata__", {})


def keep(likeness: OpenLikeness, name: str, checkpoint: Checkpoint) -> None:
    """Seal it beside the likeness; the one before is replaced as a whole, or not at all."""
    likeness.keep(name, checkpoint.to_bytes())


def recall(likeness: OpenLikeness, name: str, fingerprint: str) -> Checkpoint | None:
    """The checkpoint of this very training, or None."""
    content = likeness.recall(name)
    if content is None:
        return None
    found = Checkpoint.from_bytes(content)
    return found if found.fingerprint == fingerprint else None


def optimiser_tensors(optimiser: "torch.optim.Optimizer") -> "dict[str, torch.Tensor]":
    """The moments of an AdamW by number and name."""
    state = optimiser.state_dict()["state"]
    return {f"optimiser.{index}.{name}": value for index, own in state.items() for name, value in own.items()}


def set_optimiser_tensors(optimiser: "torch.optim.Optimizer", tensors: "Mapping[str, torch.Tensor]") -> None:
    """The reverse of :func:`optimiser_tensors`."""
    state: dict[int, dict[str, Any]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, index, moment = name.split(".", 2)
            state.setdefault(int(index), {})[moment] = value
    whole = optimiser.state_dict()
    optimiser.load_state_dict({"state": state, "param_groups": whole["param_groups"]})


def stacked(pictures: "Sequence[torch.Tensor]", prefix: str) -> "dict[str, torch.Tensor]":
    """Tensors of several shapes under numbered names."""
    return {f"{prefix}.{index}": picture for index, picture in enumerate(pictures)}
