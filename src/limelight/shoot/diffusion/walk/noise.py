"""Noise and spheres: where pictures begin, and the way between two of them.

Gaussian noise in many dimensions lies on a sphere; a straight line between two draws would pass through its inside,
where a model sees fog. Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985.
"""

from collections.abc import Sequence
from typing import Any

Place = tuple[tuple[int, float], ...]
"""A place in the space of noise: ``((seed, 1.0), (other seed, share), ...)``, each a step on the sphere from what the
ones before gave towards the next seed's noise."""
PARALLEL = 0.9995
"""Cosine from which a straight line is as good."""


def gaussian(seed: int, shape: Sequence[int]) -> Any:
    """Standard normal noise of a seed, float32 on the CPU, the same on every machine."""
    import torch

    generator = torch.Generator("cpu").manual_seed(seed % 2**63)
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float32)


def at(place: Place, shape: Sequence[int]) -> Any:
    """The noise at a place, float32 tensor on the CPU."""
    (first, _), *rest = place
    found = gaussian(first, shape)
    for seed, share in rest:
        if share > 0:
            found = slerp(found, gaussian(seed, shape), share)
    return found


def slerp(a: Any, b: Any, share: float, *, dims: Sequence[int] | None = None) -> Any:
    """A step from ``a`` to ``b`` on the sphere; the length goes evenly from one's to the other's.

    Args:
        a: Tensor.
        b: Tensor of the same shape.
        share: 0 gives ``a``, 1 gives ``b``.
        dims: Dimensions that make up one vector; all if None.
    """
    import torch

    along = tuple(range(a.dim())) if dims is None else tuple(dims)
    length_a = torch.linalg.vector_norm(a.float(), dim=along, keepdim=True)
    length_b = torch.linalg.vector_norm(b.float(), dim=along, keepdim=True)
    way_a, way_b = a.float() / length_a.clamp_min(1e-12), b.float() / length_b.clamp_min(1e-12)
    cosine = (way_a * way_b).sum(along, keepdim=True).clamp(-1, 1)
    angle = torch.acos(cosine)
    sine = torch.sin(angle).clamp_min(1e-6)
    bent = way_a * (torch.sin((1 - share) * angle) / sine) + way_b * (torch.sin(share * angle) / sine)
    straight = way_a * (1 - share) + way_b * share
    straight = straight / torch.linalg.vector_norm(straight, dim=along, keepdim=True).clamp_min(1e-12)
    way = torch.where(cosine.abs() > PARALLEL, straight, bent)
    return (way * (length_a * (1 - share) + length_b * share)).to(a.dtype)
