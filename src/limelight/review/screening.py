"""What the content guard saw: how much it looked at, the most explicit picture, and the network's control."""

from collections.abc import Mapping, Sequence

from limelight.backends import load
from limelight.guard import Policy, Screening
from limelight.guard.decoy import decoy
from limelight.report import Measure


def measure_screening(screenings: Sequence[Screening]) -> tuple[Measure, ...]:
    """Share of pictures looked at, and the highest score beside the decoy's; nothing if the guard was off.

    Raises:
        BackendError: the scorer is not installed any more.
        WeightError: its model cannot be had.
    """
    watched = [screening for screening in screenings if screening.policy is not Policy.OFF]
    if not watched:
        return ()
    checked = sum(screening.attempts[-1].checked for screening in watched)
    frames = sum(screening.frames for screening in screenings)
    with load("scorers", watched[0].scorer)() as scorer:
        control = float(scorer.explicit(decoy()))
    return (
        Measure(
            name="guard_checked",
            title="Pictures that the content guard looked at",
            value=checked / frames,
            unit="share",
            samples=frames,
        ),
        Measure(
            name="guard_highest",
            title="Most explicit picture",
            value=max(screening.attempts[-1].highest for screening in watched),
            control=control,
            control_title="a decoy of skin-coloured curves",
            target=min(screening.policy.threshold for screening in watched),
            higher_is_better=False,
            samples=checked,
            note="the score of open_nsfw, 0 to 1" if watched[0].scorer == "opennsfw" else "",
        ),
        Measure(
            name="guard_redirected",
            title="Shots drawn another way than directed",
            value=sum(screening.redirected for screening in watched),
            samples=len(watched),
        ),
    )


def redirections(screenings: Sequence[Screening]) -> Mapping[int, str]:
    """A sentence on each shot that was drawn another way, or that passed for its scenery, by its number."""
    told = {}
    for screening in screenings:
        last = screening.attempts[-1] if screening.attempts else None
        if last is not None and screening.redirected:
            told[screening.number] = f"Drawn another way ({last.way}): as directed it {_why(screening)}."
        elif last is not None and last.scenery is not None:
            told[screening.number] = (
                f"Scored {last.scenery:.2f} for explicit content for its scenery, which the camera's own code draws; "
                f"the same shot before a reference scenery scored {last.highest:.2f}."
            )
    return told


def _why(screening: Screening) -> str:
    first = screening.attempts[0]
    if first.uninvited:
        return "showed a face of nobody in the cast"
    return f"scored {first.highest:.2f} for explicit content"


def measure_guests(screenings: Sequence[Screening]) -> tuple[Measure, ...]:
    """Shots in which a face of nobody was found, and what became of it; nothing for cameras that invent nobody."""
    looked = [screening for screening in screenings if any(one.looked for one in screening.attempts)]
    if not looked:
        return ()
    met = [screening for screening in looked if any(one.uninvited for one in screening.attempts)]
    hidden = sum(screening.attempts[-1].uninvited > 0 for screening in met)
    return (
        Measure(
            name="uninvited",
            title="Shots that showed a face of nobody in the cast, and were drawn again or covered",
            value=len(met),
            samples=len(looked),
            higher_is_better=False,
            note=f"{len(met) - hidden} drawn again without it, {hidden} with it covered; two looks a second",
        ),
    )
