"""Simulated attacks on CHARCHA, and simulated bona fide sessions beside them.

    python bench/attacks                                  # 20 sessions of each species, 5 of each person and stand
    python bench/attacks --sessions 300 --bona-fide 30    # the full run: hours on two cores
    python bench/attacks --species adaptive --sessions 50

Everything is simulated: rendered people, rendered attacks. It proves the protocol's logic, never its security against
real attackers nor its fairness. Worst species first; no mean over species is given, for attackers choose.
"""

import argparse
import json
import random
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from scipy.stats import beta

sys.path.insert(0, str(Path(__file__).parent))

import casts
from atlas import Shelf
from play import House, Played, house, look_once, tally
from simulated import Performance
from species import HELD_OUT, SPECIES, Staging

from limelight.charcha.signals import Outcome

CACHE = Path.home() / ".cache/limelight/attacks"


def main() -> None:
    """Read the command line, play, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=20, help="of each species")
    parser.add_argument("--bona-fide", type=int, default=5, help="sessions of each person and stand")
    parser.add_argument(
        "--stands", type=int, default=1, choices=(1, 2, 3), help="lights and cameras a person"
    )
    parser.add_argument("--species", nargs="*", default=list(SPECIES), choices=[*SPECIES, "none"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the atlases")
    parser.add_argument("--json", type=Path, help="write every session there, a line each")
    chosen = parser.parse_args()
    look_once()
    stage, folder = house(Shelf(chosen.cache))
    log = chosen.json.open("a") if chosen.json else None
    try:
        results = {}
        for name in chosen.species:
            if name != "none":
                results[name] = play_species(stage, name, chosen.sessions, chosen.seed)
                note(log, name, results[name])
                print(f"  {name}: {len(results[name])} sessions", file=sys.stderr, flush=True)
        live = {}
        for person in casts.PEOPLE if chosen.bona_fide else ():
            for stand in range(chosen.stands):
                live[person, stand] = play_live(stage, person, stand, chosen.bona_fide, chosen.seed)
                note(log, f"live:{person}:{stand}", live[person, stand])
                print(f"  {person} {stand}: {len(live[person, stand])} sessions", file=sys.stderr, flush=True)
    finally:
        folder.cleanup()
        if log:
            log.close()
    print_attacks(results)
    print_live(live)


def play_species(stage: House, name: str, sessions: int, seed: int) -> list[Played]:
    """So many sessions of a species, each with a chance of its own."""
    played = []
    for i in range(sessions):
        rng = random.Random(f"{seed}-{name}-{i}")
        played.append(stage.play(SPECIES[name](stage.shelf, rng), rng))
    return played


def play_live(stage: House, person: str, stand: int, sessions: int, seed: int) -> list[Played]:
    """So many bona fide sessions of a person before a camera, in rooms of different brightness."""
    played = []
    atlas = casts.bona_fide(stage.shelf, person, stand)
    for i in range(sessions):
        rng = random.Random(f"{seed}-{person}-{stand}-{i}")
        room = rng.choice((0.04, 0.08, 0.12, 0.2))
        performance = Performance(
            atlas,
            rng,
            screen_light=room,
            relight_lag=rng.uniform(0.05, 0.2),
            pulse=rng.choice((0.0, 0.001, 0.002)),
        )
        played.append(stage.play(Staging(performance.look), rng))
    return played


def print_attacks(results: dict[str, list[Played]]) -> None:
    """Worst first."""
    print(
        "\nSimulated attacks, worst first: accepted of N, upper end of the one-sided 95 % interval (Clopper-Pearson)"
    )
    print(
        f"{'species':18}{'accepted':>10}{'sim-APCER <=':>14}{'review':>8}{'actions only':>14}   what stopped them"
    )
    for name, played in sorted(results.items(), key=lambda item: -rate(item[1], Outcome.PASSED)):
        accepted = count(played, Outcome.PASSED)
        review, alone = count(played, Outcome.REVIEW), sum(one.actions for one in played)
        n = len(played)
        fired = ", ".join(f"{reason} {times}" for reason, times in tally(played).most_common(4))
        held = "*" if name in HELD_OUT else ""
        print(
            f"{name + held:18}{f'{accepted}/{n}':>10}{upper(accepted, n):>13.1%}{review:>8}"
            f"{f'{alone}/{n}':>14}   {fired}"
        )
    print("* held out: nothing was set by looking at it")


def print_live(live: dict[tuple[str, int], list[Played]]) -> None:
    """By person, by light and camera, then all together."""
    if not live:
        return
    print("\nSimulated bona fide sessions: not passed (sim-BPCER, two-sided 95 %), of them in review")
    groups: dict[str, list[Played]] = defaultdict(list)
    for (person, stand), played in live.items():
        light, _, camera = casts.STANDS[person, stand]
        for group in (f"person {person}", f"light {light}", f"camera {camera}", "all"):
            groups[group] += played
    for group, played in sorted(groups.items()):
        n = len(played)
        missed = n - count(played, Outcome.PASSED)
        low, high = interval(missed, n)
        why = ", ".join(f"{reason} {times}" for reason, times in tally(played).most_common(3))
        print(
            f"{group:16}{f'{missed}/{n}':>9}{low:>7.1%} to {high:.1%}, review {count(played, Outcome.REVIEW)}   {why}"
        )
    everyone = groups["all"]
    seconds = sorted(one.seconds for one in everyone if one.outcome is Outcome.PASSED)
    if seconds:
        p95 = seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))]
        print(
            f"simulated time to complete, without the song: {statistics.median(seconds):.0f} s; 95 %: {p95:.0f} s"
        )
    frame = 1000 * sum(one.wall for one in everyone) / max(1, sum(one.frames for one in everyone))
    print(
        f"protocol, signals and the bench's own simulation, without seeing the face: {frame:.1f} ms a frame"
    )


def count(played: list[Played], outcome: Outcome) -> int:
    """How many ended so."""
    return sum(one.outcome is outcome for one in played)


def rate(played: list[Played], outcome: Outcome) -> float:
    """Which share ended so."""
    return count(played, outcome) / max(1, len(played))


def upper(k: int, n: int) -> float:
    """One-sided 95 % upper bound of a share (Clopper-Pearson); about 3 / n for none of n."""
    return 1.0 if k >= n else float(beta.ppf(0.95, k + 1, n - k))


def interval(k: int, n: int) -> tuple[float, float]:
    """Two-sided 95 % interval of a share (Clopper-Pearson)."""
    low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
    return low, 1.0 if k >= n else float(beta.ppf(0.975, k + 1, n - k))


def note(log: object, name: str, played: list[Played]) -> None:
    """A line of JSON for each session."""
    for one in played if log else ():
        line = {
            "of": name, "outcome": one.outcome, "actions": one.actions, "fired": one.fired,
            "score": round(one.score, 3), "seconds": round(one.seconds, 1), "frames": one.frames,
            "findings": {key: round(float(value), 3) for key, value in one.findings.items()},
        }  # fmt: skip
        log.write(json.dumps(line) + "\n")  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
