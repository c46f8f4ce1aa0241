"""Understudies in a real vault, and a toy model that has seen other understudies."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch

from limelight.shoot.diffusion.training.families import Reading, family_of
from limelight.shoot.diffusion.training.recipe import Recipe
from limelight.star import Purpose
from limelight.understudy.casting import understudy
from limelight.understudy.render import Expression, Performer
from limelight.vault import TimedPicture, Vault
from shoot.diffusion.tiny_pipelines import tiny_sd
from vault.toy import enrol

SIDE = 32
BOTH = (Purpose.FILM, Purpose.TRAINING)
YAWS = (-25, 0, 20, 8)


@cache
def frames(name: str, count: int = 14) -> tuple[np.ndarray, ...]:
    """Rendered pictures of an understudy: other poses, mouths and smiles each."""
    performer = Performer(understudy(name), size=(320, 240), samples=1.0)
    return tuple(
        performer.frame(
            Expression(
                yaw=YAWS[i % 4],
                blendshapes={
                    "jawOpen": (0, 0.35)[i % 2],
                    "mouthSmileLeft": (0, 0.8)[i // 2 % 2],
                    "mouthSmileRight": (0, 0.8)[i // 2 % 2],
                },
            )
        ).rgb
        for i in range(count)
    )


def pictures(name: str) -> list[TimedPicture]:
    return [
        TimedPicture(i / 10, cv2.imencode(".png", frame[..., ::-1])[1].tobytes())
        for i, frame in enumerate(frames(name))
    ]


def vault_with(root: Path, *names: str, purposes: tuple[Purpose, ...] = BOTH) -> Vault:
    vault = Vault(root)
    for name in names:
        enrol(vault, name, pictures=pictures(name), purposes=purposes)
    return vault


def quick(**changes: object) -> Recipe:
    """Seconds, not hours."""
    settings: dict[str, object] = {
        "steps": 8, "rank": 4, "learning_rate": 5e-3, "resolution": SIDE, "class_pictures": 1, "drawing_steps": 2,
        "validation_pictures": 0, "validate_every": 4, "checkpoint_every": 4, "save_memory": False, "pictures": 12,
    }  # fmt: skip
    return Recipe(**(settings | changes))  # type: ignore[arg-type]


def seen(names: Sequence[str] = ("bruno", "mei", "chioma")) -> np.ndarray:
    """Faces of others, ``(n, side, side, 3)``."""
    return np.stack(
        [
            cv2.resize(one[:, 40:280], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            for n in names
            for one in frames(n, 4)
        ]
    )


@cache
def schooled_weights(steps: int = 100) -> tuple[dict[str, torch.Tensor], float]:
    """Weights of the toy UNet after it learnt to draw a few other people, and the VAE's scale."""
    pipe = tiny_sd()
    family = family_of(pipe, Recipe(min_snr=0))
    raw = family.encode(seen())
    scale = pipe.vae.config.scaling_factor / float(raw.std())
    latents = raw / float(raw.std())
    chance = torch.Generator().manual_seed(5)
    optimiser = torch.optim.AdamW(pipe.unet.parameters(), lr=3e-3)
    words = family.read(["photo of a person"]).states.expand(8, -1, -1)
    for _ in range(steps):
        chosen = latents[torch.randint(0, len(latents), (8,), generator=chance)]
        loss = family.losses(chosen, Reading(words), [(SIDE, SIDE)] * 8, chance).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {key: value.detach().clone() for key, value in pipe.unet.state_dict().items()}, scale


def schooled_sd():
    """A fresh pipeline with these weights."""
    weights, scale = schooled_weights()
    pipe = tiny_sd()
    pipe.unet.load_state_dict(weights)
    pipe.vae.register_to_config(scaling_factor=scale)
    return pipe
