"""Noise keeps its length on the way from one place to another; a straight line, the control, does not."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some

from limelight.shoot.diffusion.walk import noise

SHAPE = (1, 4, 16, 16)


@settings(max_examples=40, deadline=None)
@given(share=some.floats(0, 1), seeds=some.tuples(some.integers(0, 2**40), some.integers(0, 2**40)))
def test_slerp_keeps_the_norm(share, seeds):
    a, b = (noise.gaussian(seed, SHAPE) for seed in seeds)
    expected = (1 - share) * a.norm() + share * b.norm()
    assert float(noise.slerp(a, b, share).norm()) == pytest.approx(float(expected), rel=1e-4)


def test_a_straight_line_would_lose_a_quarter_of_it():
    a, b = noise.gaussian(1, SHAPE), noise.gaussian(2, SHAPE)
    assert float(((a + b) / 2).norm() / a.norm()) < 0.78
    assert float(noise.slerp(a, b, 0.5).norm() / a.norm()) == pytest.approx(1, abs=0.05)


def test_its_ends_are_the_two_noises():
    a, b = noise.gaussian(1, SHAPE), noise.gaussian(2, SHAPE)
    assert torch.allclose(noise.slerp(a, b, 0.0), a, atol=1e-5)
    assert torch.allclose(noise.slerp(a, b, 1.0), b, atol=1e-5)
    assert torch.allclose(noise.slerp(a, a, 0.3), a, atol=1e-5)


def test_it_can_go_token_by_token():
    a, b = torch.randn(1, 7, 32), torch.randn(1, 7, 32)
    lengths = noise.slerp(a, b, 0.25, dims=(-1,)).norm(dim=-1)
    assert torch.allclose(lengths, 0.75 * a.norm(dim=-1) + 0.25 * b.norm(dim=-1), rtol=1e-4)


def test_near_places_give_near_noise_across_the_end_of_a_leg():
    def place(way):
        leg = int(way)
        return ((1, 1.0), (100 + leg, 0.4 * (1 - way + leg)), (101 + leg, 0.4 * (way - leg)))

    before, after = noise.at(place(0.999), SHAPE), noise.at(place(1.001), SHAPE)
    far = noise.at(place(0.5), SHAPE)
    assert (before - after).norm() < 0.05 * (before - far).norm()


def test_the_same_seed_is_the_same_noise():
    assert torch.equal(noise.at(((5, 1.0), (6, 0.3)), SHAPE), noise.at(((5, 1.0), (6, 0.3)), SHAPE))
