"""Training: a star's own adapter for a diffusion model, from verified frames only, sealed where they are.

recipe.py      how to train
captions.py    what each frame shows, in words
crops.py       pictures around the face, in buckets of shapes
album.py       the star's frames, chosen and captioned; the only place that opens a likeness for training
families.py    what differs between SD 1.5, SDXL and flow-matching transformers
checkpoints.py where training stands, sealed, without pickle
trainer.py     the loop
validation.py  pictures drawn on the way, compared with the star and with strangers
adapter.py     the result: sealed, found again, exported by its owner
"""
