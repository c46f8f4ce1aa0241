"""Who and what is simulated: people, lights and cameras for bona fide sessions, and the attackers' material."""

import random
from dataclasses import replace
from functools import partial

import stages
from atlas import CAMERAS, Atlas, Shelf

PEOPLE = ("ada", "bruno", "chioma", "dan", "elena", "mei", "kofi")
LIGHTS = ("soft", "warm", "cool", "flat")
STANDS = {
    (person, n): (("soft", "room", "good"), ("warm", "studio", "plain"), ("cool", "room", "poor"))[n]
    if i % 2
    else (("flat", "room", "plain"), ("cool", "studio", "good"), ("soft", "room", "poor"))[n]
    for i, person in enumerate(PEOPLE)
    for n in range(3)
}
"""Each person before three cameras in three lights: (light, backdrop, camera)."""
VICTIMS = ("ada", "kofi")
DRIVERS = {"ada": "elena", "kofi": "bruno"}


def bona_fide(shelf: Shelf, person: str, stand: int) -> Atlas:
    """A live understudy."""
    light, backdrop, camera = STANDS[person, stand]
    seed = random.Random(person).randrange(1000)
    return shelf(
        f"live-{person}-{light}-{backdrop}-{camera}",
        lambda _: stages.person(person, light, backdrop, seed),
        CAMERAS[camera],
    )


def false_face(shelf: Shelf, kind: str, victim: str) -> Atlas:
    """What an attacker holds before the camera, or feeds in its place."""
    light, backdrop, camera = STANDS[victim, 0]
    live = partial(stages.person, victim, light, backdrop, 7)
    driver = partial(stages.person, DRIVERS[victim], "soft", "room", 8)
    makers = {
        "flat": lambda marks: stages.printed(live(), marks),
        "bent": lambda marks: stages.printed(live(), marks, radius=0.7),
        "cutout": lambda marks: stages.printed(live(), marks, radius=1.0, holes=True),
        "screen": lambda _: stages.on_screen(live(), 11),
        "adaptive": lambda marks: stages.puppet(live(), driver(), marks, hand=True),
    }
    reach = 1.6 if kind in {"flat", "bent", "cutout"} else 1.15
    return shelf(f"{kind}-{victim}-{camera}", makers[kind], CAMERAS[camera], reach)


def handless(atlas: Atlas) -> Atlas:
    """The same where a hand does nothing: a puppet whose driver's hand is not drawn."""
    calm = atlas.looks["calm", 0]
    return replace(
        atlas, looks={key: calm if key[0] == "hand" else look for key, look in atlas.looks.items()}
    )
