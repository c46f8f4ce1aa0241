"""Prompts: a shot in words, ready for a diffusion camera.

Lyrics never enter them, only names of the catalogue and, where a language model directs, its own words after all
signs but letters, digits, commas, apostrophes and hyphens were taken out.
"""

from limelight.catalogue import Look, catalogue
from limelight.storyboard import Composition, Shot

NEGATIVE = (
    "text, watermark, logo, signature, extra limbs, extra fingers, deformed hands, deformed face, crowd, nudity, "
    "gore, weapon, lowres, blurry, jpeg artefacts, frame, border"
)

ALONE = "duplicate person, second person"
"""Kept out of shots of one star; a duet's would lose its second singer."""

FRAMING = {
    Composition.CLOSE_UP: "close-up portrait of {who} singing, in front of {place}",
    Composition.EXTREME_CLOSE_UP: "extreme close-up of the eyes and lips of {who} singing, {place} out of focus",
    Composition.MEDIUM: "medium shot of {who} low in the picture, in front of a wide view of {place}",
    Composition.SILHOUETTE: "backlit silhouette of {who} against a huge luminous disc over {place}",
    Composition.REFLECTION: "{who} mirrored in still water, {place} behind",
    Composition.TRIPTYCH: "triptych of {who} in three sizes side by side, {place} behind",
    Composition.WIDE: "wide establishing shot of {place}",
    Composition.DOUBLE_EXPOSURE: "double exposure, {place} inside the silhouette of {who}, white paper background",
    Composition.GRID: "pop-art screen print portrait of {who}, flat colours, halftone, {place} behind",
    Composition.MEDALLION: "portrait of {who} in a circular frame within a kaleidoscope of {place}",
    Composition.WINDOWS: "{who} in front of {place}, bold poster composition",
}

FEELING = (
    ((1, 1), "euphoric, radiant, vivid colours"),
    ((1, -1), "tender, serene, soft warm light"),
    ((-1, 1), "tense, dramatic, high contrast"),
    ((-1, -1), "melancholic, quiet, muted cold colours"),
)


def negative_for(shot: Shot) -> str:
    """What must not be seen in a shot."""
    return NEGATIVE if len(shot.stars) > 1 else f"{ALONE}, {NEGATIVE}"


def prompt_for(shot: Shot, look: Look, *, picture: str = "", clothes: str = "") -> str:
    """The positive prompt of a shot; the star appears as the token ``<star>``, replaced by whoever trains it.

    Args:
        shot: Its imagery, composition and feeling.
        look: The film's.
        picture: What else is seen, in words that were made harmless.
        clothes: What the star wears, likewise.
    """
    seen = shot.imagery
    place = catalogue().scenery(seen.scenery).prompt
    framing = FRAMING[shot.composition]
    if shot.composition is Composition.WIDE and shot.stars:
        framing = "wide shot of {who} standing before {place}"
    parts = [framing.format(who="<star>" if shot.stars else "nobody", place=place), picture]
    if clothes and shot.stars:
        parts.append(f"wearing {clothes}")
    if seen.elements:
        parts.append(", ".join(seen.elements))
    parts += [seen.time_of_day, f"{seen.weather} weather", _feeling(shot.valence, shot.arousal), look.prompt]
    return ", ".join(part for part in parts if part)


def _feeling(valence: float, arousal: float) -> str:
    signs = (1 if valence >= 0 else -1, 1 if arousal >= 0 else -1)
    return dict(FEELING)[signs]
