"""The cast: synthetic people. None of them is, or is meant to look like, anybody who lives or lived."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from limelight.errors import InputError
from limelight.understudy.complexion import Colour, Complexion
from limelight.understudy.hair import Haircut
from limelight.understudy.wardrobe import Garment


class UnknownUnderstudyError(InputError):
    """A name that nobody in the cast has."""


@dataclass(frozen=True)
class Understudy:
    """Everything that makes one synthetic person: shape, skin, eyes, hair and clothes."""

    name: str
    ancestry: Mapping[str, float]
    male: float
    age: float
    weight: float
    muscle: float
    shape: Mapping[str, float]
    skin: Complexion
    iris: Colour
    hair: Haircut
    garment: Garment
    iris_glow: Colour = (0.0, 0.0, 0.0)
    brow_arch: float = 0.022
    brow_thickness: float = 0.055
    lashes: float = 1.0
    smile: float = 0.0
    units: Mapping[str, float] = field(default_factory=dict)
    """Face units that this person always holds a little: what makes a neutral look kind, not stern."""


SLENDER = {"neck-scale-horiz-decr": 0.55, "neck-scale-depth-decr": 0.3}
SOFT = {"mouth-angles-up": 0.25, "head-oval": 0.35, "chin-jaw-drop-decr": 0.2}

_CAST = (
    Understudy(
        name="ada",
        ancestry={"caucasian": 0.5, "african": 0.3, "asian": 0.2},
        male=0.0,
        age=0.0,
        weight=-0.1,
        muscle=-0.1,
        shape={
            **SLENDER,
            **SOFT,
            "eye-scale-incr": 0.55,
            "mouth-lowerlip-volume-incr": 0.4,
            "mouth-upperlip-volume-incr": 0.5,
            "cheek-bones-incr": 0.35,
            "nose-width2-decr": 0.35,
            "nose-point-width-decr": 0.4,
            "head-invertedtriangular": 0.35,
            "nose-point-up": 0.3,
        },
        skin=Complexion(
            (0.80, 0.60, 0.47), (0.70, 0.36, 0.34), blush=0.55, freckles=0.08, liner=0.75, shadow=0.35, seed=1
        ),
        iris=(0.34, 0.20, 0.09),
        iris_glow=(0.20, 0.12, 0.03),
        hair=Haircut(
            "long",
            (0.20, 0.11, 0.07),
            length=3.7,
            volume=0.26,
            wave=0.05,
            parting=0.16,
            strands=5500,
            gloss=0.8,
        ),
        garment=Garment("scoop", (0.10, 0.36, 0.38), (0.08, 0.28, 0.30), "knit", sheen=0.3, collar=0.06),
    ),
    Understudy(
        name="bruno",
        ancestry={"caucasian": 1.0},
        male=0.92,
        age=0.05,
        weight=-0.1,
        muscle=0.1,
        shape={
            "neck-scale-horiz-decr": 0.3,
            "mouth-angles-up": 0.2,
            "eye-scale-incr": 0.3,
            "head-oval": 0.2,
            "nose-hump-incr": 0.2,
            "chin-width-incr": 0.2,
            "mouth-upperlip-volume-incr": 0.3,
            "eyebrows-trans-up": 0.3,
        },
        skin=Complexion(
            (0.89, 0.71, 0.60),
            (0.74, 0.46, 0.42),
            blush=0.65,
            freckles=0.25,
            stubble=0.20,
            liner=0.30,
            seed=2,
        ),
        iris=(0.25, 0.38, 0.46),
        iris_glow=(0.18, 0.16, 0.08),
        hair=Haircut(
            "short",
            (0.44, 0.25, 0.13),
            length=0.62,
            volume=0.10,
            wave=0.02,
            parting=-0.2,
            strands=9500,
            gloss=0.5,
        ),
        garment=Garment("crew", (0.16, 0.20, 0.30), (0.86, 0.82, 0.74), "heather", sheen=0.25, collar=0.10),
        brow_arch=0.015,
        brow_thickness=0.075,
        lashes=0.7,
    ),
    Understudy(
        name="chioma",
        ancestry={"african": 1.0},
        male=0.0,
        age=0.0,
        weight=0.05,
        muscle=0.0,
        shape={
            **SLENDER,
            "mouth-angles-up": 0.3,
            "head-round": 0.45,
            "eye-scale-incr": 0.5,
            "cheek-bones-incr": 0.7,
            "nose-width3-incr": 0.35,
            "mouth-scale-horiz-incr": 0.4,
            "eye-trans-out": 0.35,
            "chin-height-decr": 0.3,
        },
        skin=Complexion((0.45, 0.29, 0.21), (0.46, 0.21, 0.20), blush=0.35, liner=0.75, shadow=0.3, seed=3),
        iris=(0.16, 0.08, 0.04),
        iris_glow=(0.05, 0.03, 0.01),
        hair=Haircut(
            "afro", (0.075, 0.055, 0.05), length=0.62, volume=0.1, curl=0.035, strands=11000, gloss=0.35
        ),
        garment=Garment("crew", (0.88, 0.62, 0.14), (0.80, 0.52, 0.10), "knit", sheen=0.35, collar=0.12),
        brow_arch=0.03,
    ),
    Understudy(
        name="dan",
        ancestry={"asian": 1.0},
        male=0.85,
        age=0.0,
        weight=-0.15,
        muscle=0.0,
        shape={
            "neck-scale-horiz-decr": 0.4,
            "mouth-angles-up": 0.3,
            "eye-scale-incr": 0.45,
            "eye-height2-incr": 0.3,
            "head-oval": 0.3,
            "chin-width-decr": 0.2,
        },
        skin=Complexion((0.86, 0.68, 0.54), (0.72, 0.44, 0.40), blush=0.45, stubble=0.05, liner=0.35, seed=4),
        iris=(0.17, 0.09, 0.05),
        iris_glow=(0.06, 0.03, 0.01),
        hair=Haircut(
            "short", (0.07, 0.06, 0.065), length=0.85, volume=0.12, wave=0.015, strands=9500, gloss=0.7
        ),
        garment=Garment("hood", (0.62, 0.24, 0.20), (0.5, 0.2, 0.18), "heather", sheen=0.3, collar=0.26),
        brow_arch=0.02,
        brow_thickness=0.072,
        lashes=0.7,
    ),
    Understudy(
        name="elena",
        ancestry={"caucasian": 0.9, "asian": 0.1},
        male=0.0,
        age=0.52,
        weight=0.0,
        muscle=-0.1,
        shape={
            **SLENDER,
            "mouth-angles-up": 0.4,
            "eye-scale-incr": 0.15,
            "head-rectangular": 0.25,
            "nose-hump-incr": 0.45,
            "nose-scale-vert-incr": 0.35,
            "chin-prominent-incr": 0.25,
            "eye-trans-in": 0.3,
            "mouth-scale-horiz-incr": 0.25,
        },
        skin=Complexion(
            (0.90, 0.74, 0.64), (0.72, 0.40, 0.39), blush=0.6, liner=0.55, shadow=0.25, age=0.7, seed=5
        ),
        iris=(0.30, 0.42, 0.36),
        iris_glow=(0.16, 0.13, 0.04),
        hair=Haircut(
            "long",
            (0.72, 0.69, 0.66),
            length=3.0,
            volume=0.16,
            wave=0.05,
            parting=-0.22,
            cut=6.12,
            strands=5000,
            gloss=0.45,
            brow=(0.45, 0.40, 0.36),
        ),
        garment=Garment("turtle", (0.44, 0.22, 0.40), (0.4, 0.2, 0.36), "knit", sheen=0.35, collar=0.30),
    ),
    Understudy(
        name="mei",
        ancestry={"asian": 1.0},
        male=0.0,
        age=0.0,
        weight=-0.1,
        muscle=-0.2,
        shape={
            **SLENDER,
            **SOFT,
            "eye-scale-incr": 0.55,
            "eye-height2-incr": 0.35,
            "mouth-lowerlip-volume-incr": 0.3,
        },
        skin=Complexion((0.93, 0.78, 0.67), (0.78, 0.38, 0.38), blush=0.6, liner=0.8, shadow=0.25, seed=6),
        iris=(0.20, 0.11, 0.06),
        iris_glow=(0.08, 0.04, 0.01),
        hair=Haircut(
            "bob",
            (0.06, 0.055, 0.065),
            length=2.3,
            volume=0.12,
            wave=0.0,
            parting=0.0,
            cut=6.30,
            strands=9500,
            gloss=0.9,
        ),
        garment=Garment(
            "crew", (0.90, 0.88, 0.84), (0.20, 0.30, 0.48), "stripes", sheen=0.2, collar=0.08, contrast=1.0
        ),
        brow_arch=0.015,
        brow_thickness=0.055,
    ),
    Understudy(
        name="kofi",
        ancestry={"african": 0.9, "caucasian": 0.1},
        male=1.0,
        age=0.12,
        weight=0.1,
        muscle=0.25,
        shape={
            "neck-scale-horiz-decr": 0.3,
            "mouth-angles-up": 0.3,
            "eye-scale-incr": 0.3,
            "chin-width-incr": 0.2,
            "head-oval": 0.2,
        },
        skin=Complexion((0.33, 0.21, 0.155), (0.36, 0.19, 0.17), blush=0.25, stubble=0.35, liner=0.4, seed=7),
        iris=(0.13, 0.07, 0.04),
        iris_glow=(0.03, 0.02, 0.01),
        hair=Haircut("bald", (0.05, 0.042, 0.04), strands=0, beard=1.0),
        garment=Garment("crew", (0.82, 0.82, 0.80), (0.75, 0.75, 0.74), "plain", sheen=0.25, collar=0.09),
        brow_arch=0.02,
        brow_thickness=0.072,
        lashes=0.8,
    ),
)


def cast() -> tuple[Understudy, ...]:
    """All understudies; the first is the one who stars when nobody is named."""
    return _CAST


def understudy(name: str = "ada") -> Understudy:
    """The understudy called `name`.

    Raises:
        UnknownUnderstudyError: nobody is called that; the message lists who there is.
    """
    for person in _CAST:
        if person.name == name:
            return person
    raise UnknownUnderstudyError(
        f"nobody in the cast is called {name!r}; there are {', '.join(p.name for p in _CAST)}.",
        hint="Choose one of these.",
    )
