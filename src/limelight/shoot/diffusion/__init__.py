"""The diffusion camera: keyframes drawn by a diffusion model, moved by the music. Needs ``limelight[diffusion]``."""
