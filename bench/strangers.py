"""Make src/limelight/faces/strangers.json: what SFace sees in each rendered understudy.

    python bench/strangers.py

Run it again when the understudies' faces change. Prints how much they resemble each other.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from limelight.faces.identity import Recognizer, similarity
from limelight.understudy.casting import cast
from limelight.understudy.render import Expression, Performer

TARGET = Path(__file__).parents[1] / "src/limelight/faces/strangers.json"
POSES = ({}, {"yaw": 12.0}, {"yaw": -12.0}, {"blendshapes": {"jawOpen": 0.3}})


def main() -> None:
    """Render, look, write."""
    embeddings: dict[str, Any] = {}
    with Recognizer() as recognizer:
        for person in cast():
            performer = Performer(person)
            seen = []
            for pose in POSES:
                picture = performer.frame(Expression(**pose)).rgb
                faces = recognizer.detect(picture)
                if faces:
                    seen.append(recognizer.embed(picture, faces[0]))
            mean = np.mean(seen, axis=0)
            embeddings[person.name] = mean / np.linalg.norm(mean)
            print(person.name, len(seen), "faces")
    for name, one in embeddings.items():
        print(name.ljust(10), *(f"{similarity(one, other):5.2f}" for other in embeddings.values()))
    rounded = {name: [round(float(value), 5) for value in one] for name, one in embeddings.items()}
    document = {"about": "SFace embeddings of synthetic people (bench/strangers.py)", "embeddings": rounded}
    TARGET.write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
