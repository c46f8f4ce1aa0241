"""Toy models on disk, once a run; nothing here touches a network."""

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when huggingface_hub is imported

pytest.importorskip("torch", reason="the diffusion camera's extra is not installed: limelight[diffusion]")
pytest.importorskip("diffusers", reason="the diffusion camera's extra is not installed: limelight[diffusion]")

from shoot.diffusion import tiny


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A function from a kind of toy model (``sd15``, ``sdxl``, ``z_image``, ...) to its folder."""
    root = tmp_path_factory.mktemp("models")
    saved = {}

    def folder(kind, **settings):
        key = (kind, *sorted(settings.items()))
        if key not in saved:
            place = root / f"{kind}-{len(saved)}"
            saved[key] = getattr(tiny, f"save_{kind}")(place, **settings)
        return saved[key]

    return folder
